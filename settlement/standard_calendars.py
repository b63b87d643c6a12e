"""The settlement calendars and cycles shipped with the system: rows for the tables.

Holidays come from the ``holidays`` library. It is read only here, when calendars are loaded; the request
path reads rows. Each source was compared day by day with exchange calendars and QuantLib; what differed and
could be decided is in CORRECTIONS, and the span of each calendar ends where its holidays stop being decided
or computable.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from settlement.calendars import SATURDAY, Calendar, build
from settlement.cycles import FX, FX_SPOT, Cycle

FIRST_YEAR, LAST_YEAR = 2000, 2060
LAST_DECIDED = 2026  # for holidays set by decree, election or moon sighting
Days = Mapping[date, str]


class Source(NamedTuple):
    """A calendar's code, its name, the years for which it is known, and what reads the days of some years."""

    code: str
    name: str
    first_year: int
    last_year: int
    read: Callable[[range], Days]


class Holiday(NamedTuple):
    """A weekday on which the calendar ``calendar`` does not settle."""

    calendar: str
    day: date
    name: str


def _market(code: str) -> Callable[[range], Days]:
    import holidays

    return lambda years: dict(holidays.financial_holidays(code, years=years).items())


def _country(code: str, *, subdivision: str = "", categories: tuple[str, ...] = ("public",)) -> Callable[[range], Days]:
    import holidays

    return lambda years: dict(
        holidays.country_holidays(code, subdiv=subdivision or None, years=years, categories=categories).items()
    )


def _union(*parts: Callable[[range], Days]) -> Callable[[range], Days]:
    def read(years: range) -> Days:
        found: dict[date, str] = {}
        for part in parts:
            found = {**part(years), **found}
        return found

    return read


def _only(part: Callable[[range], Days], *names: str) -> Callable[[range], Days]:
    return lambda years: {day: name for day, name in part(years).items() if name.startswith(names)}


def _without(part: Callable[[range], Days], *words: str) -> Callable[[range], Days]:
    """The days of ``part`` with a name that has none of the words in it; "; " joins the names of one day."""

    def kept(names: str) -> bool:
        return not all(any(word in name for word in words) for name in names.split("; "))

    return lambda years: {day: names for day, names in part(years).items() if kept(names)}


@cache
def sources() -> tuple[Source, ...]:
    """All calendars we can answer for. Markets and currencies that are not here are unsupported."""
    end, decided = LAST_YEAR, LAST_DECIDED
    # The exchange keeps these bank holidays as trading days, but dollars do not move.
    us = _union(_market("XNYS"), _market("XFED"))
    # Canadian banks also close on two days on which Toronto trades.
    canadian_banks = _union(
        _market("XTSE"),
        _only(
            _country("CA", categories=("government",)),
            "Remembrance Day",
            "National Day for Truth and Reconciliation",
        ),
    )
    # New Zealand banks close in both Auckland and Wellington on either town's anniversary.
    nz_banks = _union(_country("NZ", subdivision="AUK"), _country("NZ", subdivision="WGN"))
    return (
        Source("US", "US securities: NYSE and bank holidays", FIRST_YEAR, end, us),
        Source("US-GOVT", "US government securities: SIFMA", FIRST_YEAR, end, _market("XSIF")),
        Source("USD", "US dollar: Federal Reserve", FIRST_YEAR, end, _market("XFED")),
        Source("T2", "Euro: TARGET", FIRST_YEAR, end, _market("XECB")),
        Source(
            "UK",
            "United Kingdom: bank holidays of England",
            FIRST_YEAR,
            end,
            _country("GB", subdivision="ENG"),
        ),
        Source("CH", "Switzerland: SIX", FIRST_YEAR, end, _market("XSWX")),
        Source(
            "CHF",
            "Swiss franc: banks",
            FIRST_YEAR,
            end,
            _without(_market("XSWX"), "Christmas Eve", "Year's Eve"),
        ),
        Source("JP", "Japan: Tokyo", FIRST_YEAR, end, _market("XJPX")),
        Source("HK", "Hong Kong", 2014, end, _market("XHKG")),
        Source("AU", "Australia: ASX", 2010, end, _market("XASX")),
        Source("CA", "Canada: Toronto", 2002, end, _market("XTSE")),
        Source("CAD", "Canadian dollar: banks", 2021, end, canadian_banks),
        Source("MX", "Mexico: BMV", 2010, end, _market("XMEX")),
        Source("IN", "India: BSE", 2020, decided, _market("XBOM")),
        Source("SG", "Singapore: SGX", 2010, decided, _market("XSES")),
        Source("BR", "Brazil: B3", 2020, end, _market("B3")),
        Source("NZD", "New Zealand dollar: banks", 2010, end, nz_banks),
        Source("ZAR", "South African rand: JSE", 2010, decided, _market("XJSE")),
        Source("CZK", "Czech koruna: banks", 2015, end, _country("CZ")),
        Source("PLN", "Polish zloty: banks", 2019, end, _country("PL")),
        Source(
            "SEK",
            "Swedish krona: banks",
            2015,
            end,
            _without(_country("SE", categories=("public", "bank", "de_facto")), "(from"),
        ),
        Source("TRY", "Turkish lira: BIST", 2016, decided, _market("XIST")),
        Source("PHP", "Philippine peso: proclaimed holidays", 2015, decided, _country("PH")),
        Source("RUB", "Russian rouble: public holidays", 2015, decided, _country("RU")),
    )


# (calendar, day, is it open, why): decided by exchanges after or against the rule the library computes.
CORRECTIONS: tuple[tuple[str, date, bool, str], ...] = (
    ("BR", date(2021, 1, 25), False, "Sao Paulo city anniversary, observed by B3 up to 2021"),
    ("BR", date(2021, 7, 9), False, "Constitutionalist Revolution, observed by B3 up to 2021"),
    ("IN", date(2023, 6, 28), True, "Bakri Id was moved to 29 June"),
    ("IN", date(2023, 6, 29), False, "Bakri Id"),
    ("IN", date(2024, 1, 22), False, "Closed by order of the state of Maharashtra"),
    ("IN", date(2024, 5, 20), False, "Election to the Lok Sabha in Mumbai"),
    ("IN", date(2024, 11, 20), False, "Election to the assembly of Maharashtra"),
    ("IN", date(2026, 1, 15), False, "Municipal elections in Maharashtra"),
)


def spans() -> list[tuple[str, date, date]]:
    """(code, valid from, valid to) of every calendar."""
    return [(source.code, date(source.first_year, 1, 1), date(source.last_year, 12, 31)) for source in sources()]


@cache
def holidays() -> tuple[Holiday, ...]:
    """Every weekday holiday of every calendar, corrected. Takes a second the first time."""
    found = {(source.code, day): name for source in sources() for day, name in _weekdays(source)}
    for code, day, is_open, why in CORRECTIONS:
        if is_open:
            found.pop((code, day), None)
        else:
            found[code, day] = why
    return tuple(Holiday(code, day, name) for (code, day), name in sorted(found.items()))


def _weekdays(source: Source) -> Iterable[tuple[date, str]]:
    days = source.read(range(source.first_year, source.last_year + 1))
    return (
        (day, name)
        for day, name in days.items()
        if day.weekday() < SATURDAY and source.first_year <= day.year <= source.last_year
    )


@cache
def calendars() -> Mapping[str, Calendar]:
    """The shipped calendars, for use without a database."""
    return build(spans(), [(row.calendar, row.day) for row in holidays()])


def _rows(market: str, assets: str, calendar: str, *history: tuple[date, int | None]) -> tuple[Cycle, ...]:
    return tuple(Cycle(market, asset, start, n, calendar) for asset in assets.split() for start, n in history)


_T2_IN_EUROPE = date(2014, 10, 6)
_T1_IN_EUROPE = date(2027, 10, 11)  # Regulation (EU) 2025/2075; the UK and Switzerland on the same day
_T1_IN_AMERICA = date(2024, 5, 28)  # SEC rule 15c6-1(a)
_T1_NORTH_AND_SOUTH = date(2024, 5, 27)  # Canada and Mexico, a day earlier: it was a holiday in the US
_LONG_AGO = date(2000, 1, 1)

CYCLES: tuple[Cycle, ...] = (
    *_rows(
        "US", "equity etf corporate_bond municipal_bond", "US",
        (_LONG_AGO, 3), (date(2017, 9, 5), 2), (_T1_IN_AMERICA, 1),
    ),
    *_rows("US", "government_bond", "US-GOVT", (_LONG_AGO, 1)),
    # Futures: variation margin moves on the next settlement day; nothing is delivered before expiry.
    *_rows("US", "option future", "US", (_LONG_AGO, 1)),
    *_rows("EU", "equity etf corporate_bond government_bond", "T2", (_T2_IN_EUROPE, 2), (_T1_IN_EUROPE, 1)),
    *_rows("UK", "equity etf corporate_bond", "UK", (_T2_IN_EUROPE, 2), (_T1_IN_EUROPE, 1)),
    *_rows("UK", "government_bond", "UK", (_LONG_AGO, 1)),
    *_rows("CH", "equity etf corporate_bond government_bond", "CH", (_T2_IN_EUROPE, 2), (_T1_IN_EUROPE, 1)),
    *_rows("CA", "equity etf corporate_bond", "CA", (date(2017, 9, 5), 2), (_T1_NORTH_AND_SOUTH, 1)),
    *_rows("MX", "equity etf", "MX", (date(2017, 9, 5), 2), (_T1_NORTH_AND_SOUTH, 1)),
    *_rows("JP", "equity etf", "JP", (_LONG_AGO, 3), (date(2019, 7, 16), 2)),
    *_rows("HK", "equity etf", "HK", (_LONG_AGO, 2)),
    *_rows("AU", "equity etf", "AU", (_LONG_AGO, 3), (date(2016, 3, 7), 2)),
    *_rows("SG", "equity etf", "SG", (_LONG_AGO, 3), (date(2018, 12, 10), 2)),
    *_rows("BR", "equity etf", "BR", (_LONG_AGO, 3), (date(2019, 5, 27), 2)),
    # India moved in tranches, share by share, from 25 February 2022 to 27 January 2023.
    *_rows(
        "IN", "equity etf", "IN", (date(2003, 4, 1), 2), (date(2022, 2, 25), None), (date(2023, 1, 27), 1)
    ),
    Cycle(FX, FX_SPOT, _LONG_AGO, 2, ""),
    *(Cycle(FX, FX_SPOT, _LONG_AGO, 1, "", pair) for pair in ("USDCAD", "USDTRY", "USDPHP", "USDRUB")),
)  # fmt: skip
