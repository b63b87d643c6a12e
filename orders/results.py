"""The result of a day: what a position has made since the row before, in its own currency and the account's. Pure."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from orders.fx import Rate
from orders.positions import ZERO, Holding, Unit, unrealised

QUANTUM = Decimal("0.00000001")


class Price(NamedTuple):
    """What a unit is worth, since when (None for a price on file), and who says so: market or reference."""

    price: Decimal
    at: datetime | None
    source: str


class Before(NamedTuple):
    """The row before; all zero where there was none."""

    price: Decimal | None = None
    qty: Decimal = ZERO
    fx_rate: Decimal | None = None
    net_cash: Decimal = ZERO
    realised: Decimal = ZERO
    fifo_realised: Decimal = ZERO
    unrealised: Decimal | None = ZERO
    dividends: Decimal = ZERO
    fees: Decimal = ZERO
    accrued: Decimal = ZERO


class Result(NamedTuple):
    """The columns of a row that follow from others; what they mean says orders/dayresult.py."""

    unrealised: Decimal | None
    day_realised: Decimal
    day_fifo_realised: Decimal
    day_unrealised: Decimal | None
    day_dividends: Decimal
    day_fees: Decimal
    day_accrued: Decimal
    day_base: Decimal | None
    day_fx_cash: Decimal | None
    day_fx_position: Decimal | None
    missing: str


def result(
    held: Holding, fifo_realised: Decimal, fees: Decimal, accrued: Decimal, unit: Unit,
    price: Price | None, rate: Rate | None, before: Before,
) -> Result:  # fmt: skip
    """What the day has made. A number of which a part is not known is None."""
    floating: Decimal | None = ZERO
    if held.qty:
        floating = scaled(unrealised(held.qty, held.avg_cost, price.price, unit.value)) if price else None
    realised, fifo = held.realised - before.realised, fifo_realised - before.fifo_realised
    change = None if floating is None or before.unrealised is None else floating - before.unrealised
    dividends, charged, interest = held.dividends - before.dividends, fees - before.fees, accrued - before.accrued
    base = fx_cash = fx_position = None
    if rate is not None:
        total = None if change is None else realised + change + dividends - charged - interest
        base = None if total is None else scaled(total * rate.rate)
        moved = ZERO if before == Before() else None if before.fx_rate is None else rate.rate - before.fx_rate
        if moved is not None:
            fx_cash = scaled((before.net_cash - before.fees - before.accrued) * moved)
            fx_position = _market_value(before, unit, moved)
    lacks = [name for name, known in (("price", floating), ("fx_rate", rate)) if known is None]
    if change is None and not lacks:
        lacks = ["price before"]
    return Result(
        floating, realised, fifo, change, dividends, charged, interest, base, fx_cash, fx_position, ", ".join(lacks)
    )


def _market_value(before: Before, unit: Unit, moved: Decimal) -> Decimal | None:
    """What the change of the rate has made of what was held. Of a future only its result is worth money."""
    if not before.qty:
        return ZERO
    if before.price is None or before.unrealised is None:
        return None
    worth = before.qty * before.price * unit.value if unit.principal else before.realised + before.unrealised
    return scaled(worth * moved)


def scaled(value: Decimal) -> Decimal:
    """Rounded half up to what a column keeps."""
    return value.quantize(QUANTUM, ROUND_HALF_UP)
