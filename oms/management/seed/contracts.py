"""Futures and options that are alive on a day: symbols, expiries and strikes as their exchanges make them."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

QUARTERS = (3, 6, 9, 12)
MONTH_CODES = "FGHJKMNQUVXZ"
# A contract that is about to expire is no good for a demonstration.
LEAST_LIFE = timedelta(days=30)


class Future(NamedTuple):
    """A family of futures: multiplier in units of the underlying, tick table, a price to begin with."""

    root: str
    name: str
    mic: str
    multiplier: int
    tick_table: str
    price: str
    contracts: int


class Option(NamedTuple):
    """An underlying with options around ``strike``."""

    underlying: str
    strike: int
    call_price: str
    put_price: str


FUTURES = (
    Future("ES", "E-mini S&P 500", "XCME", 50, "CME-025", "5962.50", 2),
    Future("NQ", "E-mini Nasdaq-100", "XCME", 20, "CME-025", "20780.25", 1),
    Future("CL", "WTI crude oil", "XNYM", 1000, "CME-001", "70.15", 1),
)
OPTIONS = (Option("AAPL", 230, "12.35", "10.90"), Option("SPY", 600, "17.60", "19.25"))
COLUMNS = (
    "symbol", "name", "asset_class", "primary_mic", "currency", "tick_table", "multiplier", "maturity_date",
    "underlying", "strike_price", "put_or_call", "reference_price",
)  # fmt: skip
Row = tuple[str, ...]


def rows(today: date) -> Iterator[Row]:
    """Every contract for ``today``, in the order of COLUMNS."""
    for family in FUTURES:
        expiries = quarterly(today, family.contracts)
        yield from (_future(family, month) for month in expiries)
    (month,) = quarterly(today, 1)
    for chain in OPTIONS:
        yield _option(chain, month, "call", chain.call_price)
        yield _option(chain, month, "put", chain.put_price)


def quarterly(today: date, count: int) -> list[date]:
    """The third Fridays of the next ``count`` quarterly months that leave a contract some life."""
    fridays = (third_friday(year, month) for year in range(today.year, today.year + 4) for month in QUARTERS)
    return [day for day in fridays if day >= today + LEAST_LIFE][:count]


def third_friday(year: int, month: int) -> date:
    """When index futures and equity options of the month expire."""
    first = date(year, month, 1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)


def _future(family: Future, expiry: date) -> Row:
    symbol = f"{family.root}{MONTH_CODES[expiry.month - 1]}{expiry.year % 10}"
    name = f"{family.name} {expiry:%b %Y}"
    return (
        symbol, name, "future", family.mic, "USD", family.tick_table, str(family.multiplier), expiry.isoformat(),
        "", "", "", family.price,
    )  # fmt: skip


def _option(chain: Option, expiry: date, kind: str, price: str) -> Row:
    """The symbol is OSI's without blanks: root, yymmdd, C or P, strike in thousandths on eight digits."""
    symbol = f"{chain.underlying}{expiry:%y%m%d}{kind[0].upper()}{int(Decimal(chain.strike) * 1000):08d}"
    name = f"{chain.underlying} {expiry:%d %b %Y} {chain.strike} {kind}"
    return (
        symbol, name, "option", "XCBO", "USD", "US-OPT", "100", expiry.isoformat(),
        chain.underlying, str(chain.strike), kind, price,
    )  # fmt: skip
