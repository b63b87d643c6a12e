"""Whether the counterparty's version of a trade is ours: field by field, money and price within a tolerance. Pure."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

BUYS = frozenset({"buy", "buy_minus"})


class Version(NamedTuple):
    """A trade as one side has it; what is None is not said, and not compared.

    The names are FIX's: Side 54, SecurityID 48 (an ISIN), AllocQty 80, AvgPx 6, NetMoney 118, TradeDate 75,
    SettlDate 64, AllocAccount 79. Both sides speak of our side of the trade.
    """

    side: str | None = None
    isin: str | None = None
    qty: Decimal | None = None
    avg_px: Decimal | None = None
    net_money: Decimal | None = None
    trade_date: date | None = None
    settl_date: date | None = None
    account: str | None = None


class Tolerance(NamedTuple):
    """How far price and net money may be apart, each way and inclusive. Everything else must be equal."""

    avg_px: Decimal = Decimal(0)
    net_money: Decimal = Decimal(0)


class Difference(NamedTuple):
    """A field that differs, and what each side says."""

    field: str
    ours: str
    theirs: str


def differences(ours: Version, theirs: Version, tolerance: Tolerance) -> list[Difference]:
    """What differs, in the order of the fields; nothing where the two match."""
    found = []
    for name in Version._fields:
        mine, other = getattr(ours, name), getattr(theirs, name)
        if other is not None and not _alike(name, mine, other, tolerance):
            found.append(Difference(name, _shown(mine), _shown(other)))
    return found


def _alike(name: str, mine: object, other: object, tolerance: Tolerance) -> bool:
    if name == "side":
        # A short sale is a sale to whoever buys.
        return (mine in BUYS) == (other in BUYS)
    if isinstance(mine, Decimal) and isinstance(other, Decimal):
        return abs(mine - other) <= getattr(tolerance, name, Decimal(0))
    return mine == other


def _shown(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else "" if value is None else str(value)
