"""What a venue takes as it is, what we do in its stead, and what nobody does. Pure, but for ``stored``."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from orders.trading_hours import Hours, Unknown
from orders.vocabulary import TRIGGERED, ExecInst, OrdType, TimeInForce

ZERO = Decimal(0)
# Instructions that we see to ourselves, wherever the order goes.
OURS = frozenset({ExecInst.DO_NOT_INCREASE, ExecInst.DO_NOT_REDUCE})
AUCTION = frozenset({TimeInForce.AT_THE_OPENING, TimeInForce.AT_THE_CLOSE})


class Capability(NamedTuple):
    """What one venue takes natively. The cut-offs are UTC on a full day; after them it takes no orders for the auction.

    On a half day the closing auction's is as long before the close as on a full one.
    """

    ord_types: frozenset[str]
    times_in_force: frozenset[str]
    exec_insts: frozenset[str] = frozenset()
    peg_price_types: frozenset[str] = frozenset()
    max_floor: bool = False
    multileg: bool = False
    open_cutoff: time | None = None
    close_cutoff: time | None = None


# Of a venue that nobody described.
PLAIN = Capability(
    frozenset({OrdType.MARKET, OrdType.LIMIT}),
    frozenset({TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCEL, TimeInForce.IMMEDIATE_OR_CANCEL,
               TimeInForce.FILL_OR_KILL}),
    frozenset({ExecInst.CANCEL_ON_TRADING_HALT, ExecInst.REINSTATE_ON_TRADING_HALT}),
)  # fmt: skip


class Working(NamedTuple):
    """The terms an order goes to a venue with."""

    ord_type: str
    time_in_force: str
    price: Decimal | None = None
    stop_px: Decimal | None = None
    max_floor: Decimal | None = None
    exec_inst: str = ""
    peg_price_type: str = ""
    peg_offset_value: Decimal | None = None
    peg_offset_type: str = ""
    multileg: bool = False


def lacks(can: Capability, terms: Working, at: datetime, hours: Hours | None = None) -> str:
    """The first thing about ``terms`` that the venue does not take, in words; '' if it takes them as they are."""
    instructions = frozenset(terms.exec_inst.split()) - OURS
    if terms.multileg and not can.multileg:
        return "orders of several legs"
    if terms.ord_type not in can.ord_types:
        return f"order type {terms.ord_type}"
    if terms.time_in_force not in can.times_in_force:
        return f"time in force {terms.time_in_force}"
    if instructions - can.exec_insts:
        return f"instruction {min(instructions - can.exec_insts)}"
    if terms.max_floor is not None and not can.max_floor:
        return "showing a part only"
    if terms.ord_type == OrdType.PEGGED and terms.peg_price_type not in can.peg_price_types:
        return f"peg to {terms.peg_price_type}"
    return _too_late(can, terms, at, hours)


def _too_late(can: Capability, terms: Working, at: datetime, hours: Hours | None) -> str:
    """Too late is from the cut-off to the auction; what comes after it, or on a holiday, is for the next session."""
    cutoffs = {TimeInForce.AT_THE_OPENING: can.open_cutoff, TimeInForce.AT_THE_CLOSE: can.close_cutoff}
    regular = cutoffs.get(TimeInForce(terms.time_in_force))
    if regular is None:
        return ""
    cut = _cut_off(regular, terms.time_in_force, at, hours)
    return f"orders {terms.time_in_force} after {cut:%H:%M} UTC" if at >= cut else ""


def _cut_off(regular: time, time_in_force: str, at: datetime, hours: Hours | None) -> datetime:
    """The cut-off before the auction that an order sent now is for; where hours are not known, today's."""
    if hours is None or hours.around_the_clock:
        return datetime.combine(at.astimezone(UTC).date(), regular, UTC)
    try:
        session = hours.entered_for(at, time_in_force)
    except Unknown:
        return datetime.combine(at.astimezone(UTC).date(), regular, UTC)
    if time_in_force == TimeInForce.AT_THE_CLOSE:
        return hours.cut_off(session, regular)
    return datetime.combine(session.opens_at.date(), regular, UTC)


def after_trigger(terms: Working) -> Working:
    """What a waiting order is once the market reached its price: a market or a limit order."""
    limit = terms.ord_type in (OrdType.STOP_LIMIT, OrdType.LIMIT_IF_TOUCHED)
    return terms._replace(
        ord_type=OrdType.LIMIT if limit else OrdType.MARKET,
        stop_px=None,
        peg_offset_value=None,
        peg_offset_type="",
        time_in_force=terms.time_in_force if limit else TimeInForce.DAY,
    )


def emulations(terms: Working) -> list[tuple[str, Working]]:
    """What we could do ourselves, and what the venue is then sent: the name of it and the terms, the mildest first."""
    if terms.ord_type in TRIGGERED:
        return [(_WAITS[OrdType(terms.ord_type)], after_trigger(terms))]
    found = []
    if terms.max_floor is not None:
        found.append(("iceberg", terms._replace(max_floor=None)))
    if terms.ord_type == OrdType.PEGGED:
        plain = terms._replace(ord_type=OrdType.LIMIT, peg_price_type="", peg_offset_value=None, peg_offset_type="")
        found.append(("peg", plain))
    return found


_WAITS = {
    OrdType.STOP: "stop",
    OrdType.STOP_LIMIT: "stop",
    OrdType.MARKET_IF_TOUCHED: "if_touched",
    OrdType.LIMIT_IF_TOUCHED: "if_touched",
    OrdType.TRAILING_STOP: "trailing",
}


class Way(NamedTuple):
    """How an order can be worked: at which venues, with which terms, and what we emulate. No venues: ``why`` not."""

    venues: frozenset[str]
    terms: Working
    emulated: str
    why: dict[str, str]


def way(
    terms: Working,
    venues: Collection[str],
    able: Mapping[str, Capability],
    at: datetime,
    hours: Mapping[str, Hours] = MappingProxyType({}),
) -> Way:
    """Natively where any venue takes it so; else emulated, if a venue takes what is left; else nowhere."""
    why: dict[str, str] = {}
    for emulated, sent in [("", terms), *emulations(terms)]:
        missing = {mic: lacks(able.get(mic, PLAIN), sent, at, hours.get(mic)) for mic in sorted(venues)}
        takers = frozenset(mic for mic, lack in missing.items() if not lack)
        if takers:
            return Way(takers, sent, emulated, why)
        why |= {mic: lack for mic, lack in missing.items() if mic not in why}
    return Way(frozenset(), terms, "", why)
