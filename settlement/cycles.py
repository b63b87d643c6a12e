"""When a trade settles: dated settlement cycles by market and asset class, and the value date of spot FX.

The rule for securities: SettlDate (tag 64) is the n-th business day of the settlement calendar after
TradeDate (tag 75). The settlement calendar is not the trading calendar (a US trade on Columbus Day is made,
but the day does not count; T2 settles on 24 December when Xetra is shut), and n depends on the trade date
(T+2 became T+1 in the US on 28 May 2024; the EU, the UK and Switzerland follow on 11 October 2027).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from settlement.calendars import Calendar, Unsupported, weekdays

FX = "FX"
FX_SPOT = "fx_spot"
USD = "USD"
# Names for the same thing met in files and messages; the tables hold the name on the right.
MARKETS = {"GB": "UK", "T2": "EU", "TARGET": "EU", "US-GOVT": "US"} | dict.fromkeys(
    # The euro area: TARGET settles for all of them, whatever the national exchange's calendar.
    (
        *("AT", "BE", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK"),
    ),
    "EU",
)
ASSETS = {
    "govt_bond": "government_bond",
    "gilt": "government_bond",
    "treasury": "government_bond",
    "corp_bond": "corporate_bond",
    "gov_bond": "government_bond",
    "ust": "government_bond",
    "muni": "municipal_bond",
    "municipal": "municipal_bond",
    "stock": "equity",
    "adr": "equity",
    "fx": FX_SPOT,
    "listed_option": "option",
    "futures": "future",
}
# Which calendar says when banks of a currency pay. A currency that is not here is unsupported.
CURRENCY_CALENDARS = {
    "AUD": "AU", "CAD": "CAD", "CHF": "CHF", "CZK": "CZK", "EUR": "T2", "GBP": "UK", "HKD": "HK", "JPY": "JP",
    "MXN": "MX", "NZD": "NZD", "PHP": "PHP", "PLN": "PLN", "RUB": "RUB", "SEK": "SEK", "SGD": "SG",
    "TRY": "TRY", "USD": "USD", "ZAR": "ZAR",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cycle:
    """From trade date ``valid_from`` on, this asset class (or FX pair) of this market settles T+``days``.

    ``days`` is None where one number does not answer for the market (India moved share by share in 2022).
    """

    market: str
    asset: str
    valid_from: date
    days: int | None
    calendar: str
    pair: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The answer, with what it was derived from."""

    settl_date: date
    days: int
    calendar: str


def settlement_date(
    market: str,
    asset: str,
    trade_date: date,
    calendars: Mapping[str, Calendar],
    cycles: Iterable[Cycle],
    pair: str = "",
) -> date:
    """SettlDate (tag 64) of a trade of ``trade_date``. Raises Unsupported where the tables do not say.

    ``pair`` names the two currencies of a spot FX trade, such as "EURUSD" or "EUR/USD".
    """
    return settlement(market, asset, trade_date, calendars, cycles, pair).settl_date


def settlement(
    market: str,
    asset: str,
    trade_date: date,
    calendars: Mapping[str, Calendar],
    cycles: Iterable[Cycle],
    pair: str = "",
) -> Settlement:
    """As ``settlement_date``, with the cycle and the calendar used."""
    asset = ASSETS.get(asset, asset)
    if asset == FX_SPOT:
        return _spot(pair, trade_date, calendars, cycles)
    cycle = find(cycles, MARKETS.get(market, market), asset, trade_date)
    assert cycle.days is not None
    day = _calendar(calendars, cycle.calendar).add(trade_date, cycle.days)
    return Settlement(day, cycle.days, cycle.calendar)


def find(cycles: Iterable[Cycle], market: str, asset: str, trade_date: date, pair: str = "") -> Cycle:
    """The cycle in force on ``trade_date``: the one that began last. Raises Unsupported if there is none."""
    in_force = [
        cycle
        for cycle in cycles
        if (cycle.market, cycle.asset, cycle.pair) == (market, asset, pair) and cycle.valid_from <= trade_date
    ]
    if not in_force:
        raise Unsupported(
            f"no settlement cycle for {asset} {pair} in market {market} on {trade_date}".replace("  ", " ")
        )
    cycle = max(in_force, key=lambda row: row.valid_from)
    if cycle.days is None:
        raise Unsupported(f"{market} {asset}: more than one settlement cycle was in force on {trade_date}")
    return cycle


def _spot(pair: str, trade_date: date, calendars: Mapping[str, Calendar], cycles: Iterable[Cycle]) -> Settlement:
    """The spot value date: each currency counts its own clear days, then a day good in both and in USD.

    In a T+2 pair a USD holiday on T+1 is ignored, so the dollar counts weekdays and only the value date
    must be good.
    """
    currencies = currencies_of(pair)
    cycle = _fx_cycle(cycles, currencies, trade_date)
    assert cycle.days is not None
    banks = {code: _currency_calendar(calendars, code) for code in {*currencies, USD}}
    dates = [
        weekdays(trade_date, cycle.days) if code == USD and cycle.days > 1 else banks[code].add(trade_date, cycle.days)
        for code in currencies
    ]
    day = max(dates)
    while not all(bank.is_business_day(day) for bank in banks.values()):
        day = weekdays(day, 1)
    return Settlement(day, cycle.days, "+".join([*currencies, USD]))


def currencies_of(pair: str) -> tuple[str, str]:
    """The base and the quote currency of "EURUSD", "EUR/USD" or "EUR.USD"."""
    letters = "".join(char for char in pair.upper() if char.isalpha())
    if len(letters) != 6 or letters[:3] == letters[3:]:
        raise Unsupported(f"{pair!r} does not name two currencies")
    return letters[:3], letters[3:]


def _fx_cycle(cycles: Iterable[Cycle], currencies: tuple[str, str], trade_date: date) -> Cycle:
    """The cycle of the pair, written either way round, if it has one of its own; else that of all pairs."""
    rows = [cycle for cycle in cycles if cycle.market == FX]
    own = {cycle.pair for cycle in rows if cycle.pair and set(currencies_of(cycle.pair)) == set(currencies)}
    return find(rows, FX, FX_SPOT, trade_date, own.pop() if own else "")


def _currency_calendar(calendars: Mapping[str, Calendar], currency: str) -> Calendar:
    if currency not in CURRENCY_CALENDARS:
        raise Unsupported(f"no bank calendar for {currency}")
    return _calendar(calendars, CURRENCY_CALENDARS[currency])


def _calendar(calendars: Mapping[str, Calendar], code: str) -> Calendar:
    if code not in calendars:
        raise Unsupported(f"calendar {code} is not loaded")
    return calendars[code]
