"""Controls of what was traded: over-fill, drop copies, latency, positions, fails, undone trades, traffic."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from risk import params
from risk.context import Context
from risk.controls.holding import PositionLimit
from risk.params import Nothing
from risk.parts import Copied
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import Terms

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Within:
    """How long the other side may take."""

    window_s: Annotated[Decimal, params.number("how long", "s", above_zero=True)] = Decimal(60)


@dataclass(frozen=True, slots=True)
class AlertWithin:
    """How long an alert may take."""

    max_s: Annotated[Decimal, params.number("how long", "s", above_zero=True)] = Decimal(5)


@dataclass(frozen=True, slots=True)
class ReportWithin:
    """How long a fill may take to the supervisor's feed."""

    max_s: Annotated[Decimal, params.number("how long", "s", above_zero=True)] = Decimal(1)


@dataclass(frozen=True, slots=True)
class CloseOut:
    """Settlement days after which a failed delivery must be closed out, before the market opens."""

    short_days: Annotated[Decimal, params.number("for a short sale", "days")] = Decimal(1)
    long_days: Annotated[Decimal, params.number("for a long sale or a market maker", "days")] = Decimal(3)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Orders to trades."""

    max_ratio: Annotated[Decimal, params.number("tell of more")] = Decimal(100)


def overfill(_terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PO-04: a report that overfills an order, or names one we do not know, is not booked to it."""
    fill = context.fill
    if fill is None or fill.order_qty is None or fill.cum_qty is None or fill.last_qty is None:
        return missing("PO-04", "order")
    total = fill.cum_qty + fill.last_qty
    if total <= fill.order_qty:
        return passed("PO-04", total, fill.order_qty)
    text = f"The venue reported {show(total)} filled of an order for {show(fill.order_qty)}"
    return breach("PO-04", Outcome.HARD, "OVERFILL", text, total, fill.order_qty)


def drop_copy(_terms: Terms, limits: Within, context: Context) -> Result:
    """PO-01: RTS 6 art. 17(3). Every execution stands on both sides, alike, within the window.

    Measured is the age of the oldest that does not.
    """
    copies = context.copies
    if copies is None:
        return missing("PO-01", "drop copy", limits.window_s)
    both = ({one.exec_id: one for one in copies.ours}, {one.exec_id: one for one in copies.theirs})
    apart = [
        one for mine, other in (both, both[::-1]) for one in mine.values() if not _alike(one, other.get(one.exec_id))
    ]
    oldest = max((one.age_s for one in apart), default=ZERO)
    differ = any(one.exec_id in both[0] and one.exec_id in both[1] for one in apart)
    if not differ and oldest <= limits.window_s:
        return passed("PO-01", oldest, limits.window_s)
    text = f"{len(apart)} executions differ between us and the drop copy, the oldest {show(oldest)} s old"
    return breach("PO-01", Outcome.ALERT, "DROP_COPY_UNMATCHED", text, oldest, limits.window_s)


def _alike(one: Copied, other: Copied | None) -> bool:
    return other is not None and (one.qty, one.price) == (other.qty, other.price)


def alert_latency(_terms: Terms, limits: AlertWithin, context: Context) -> Result:
    """PO-02: RTS 6 art. 16(5). From the event to the alert."""
    return _in_time("PO-02", "ALERT_LATE", "The alert", context.latency_s, limits.max_s)


def fill_reported(_terms: Terms, limits: ReportWithin, context: Context) -> Result:
    """PO-06: 15c3-5(c)(2)(iv). From the fill to the supervisor's feed; what was not delivered is not known."""
    return _in_time("PO-06", "REPORT_LATE", "The supervisor's feed", context.latency_s, limits.max_s)


def _in_time(control: str, code: str, what: str, latency_s: Decimal | None, max_s: Decimal) -> Result:
    if latency_s is None:
        return missing(control, "time of delivery", max_s)
    if latency_s <= max_s:
        return passed(control, latency_s, max_s)
    text = f"{what} came after {show(latency_s)} s; at most {show(max_s)} s is allowed"
    return breach(control, Outcome.ALERT, code, text, latency_s, max_s)


def position_after(_terms: Terms, limits: PositionLimit, context: Context) -> Result:
    """PO-05: RTS 6 art. 17(1), (4). The position as it is after the fill. Measured is that position."""
    if context.holding is None:
        return missing("PO-05", "position")
    position = context.holding.position
    limit = limits.max_long if position >= 0 else limits.max_short
    fits = None if limit is None else limit if position >= 0 else -limit
    if limit is None or abs(position) <= limit:
        return passed("PO-05", position, fits)
    text = f"The position is {show(position)}; the limit is {show(fits or ZERO)}"
    return breach("PO-05", Outcome.ALERT, "POSITION_LIMIT", text, position, fits)


def close_out(_terms: Terms, limits: CloseOut, context: Context) -> Result:
    """PO-10: Reg SHO 204. An open fail is closed out before the open of so many settlement days after it was due."""
    fail = context.fail
    if fail is None:
        return missing("PO-10", "state of the delivery")
    days = limits.short_days if fail.short else limits.long_days
    if fail.settled or fail.age_days < days:
        return passed("PO-10", fail.age_days, days)
    text = f"A delivery has failed for {show(fail.age_days)} settlement days; it must be closed out by day {show(days)}"
    return breach("PO-10", Outcome.ALERT, "CLOSE_OUT", text, fail.age_days, days)


def undone(_terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PO-11: FIX TrdCnl. After a bust or a correction every book stands as if the trade had been so from the start.

    Measured is the number of books that do not.
    """
    known = context.undone
    if known is None or not known.books or any(None in pair for pair in known.books.values()):
        return missing("PO-11", "books before and after")
    wrong = sorted(name for name, (should, does) in known.books.items() if should != does)
    if not wrong:
        return passed("PO-11", ZERO, ZERO)
    text = f"Not reversed exactly: {', '.join(wrong)}"
    return breach("PO-11", Outcome.HARD, "NOT_REVERSED", text, Decimal(len(wrong)), ZERO)


def order_to_trade(_terms: Terms, limits: Ratio, context: Context) -> Result:
    """PO-12: RTS 9. Orders over trades, less one. Where nothing was traded every order is one too many."""
    traffic = context.traffic
    if traffic is None:
        return missing("PO-12", "count of orders and trades", limits.max_ratio)
    if not traffic.trades:
        if not traffic.orders:
            return passed("PO-12", ZERO, limits.max_ratio)
        text = f"{show(traffic.orders)} orders and no trade"
        return breach("PO-12", Outcome.ALERT, "ORDER_TO_TRADE", text, None, limits.max_ratio)
    measured = traffic.orders / traffic.trades - 1
    if traffic.orders - traffic.trades <= limits.max_ratio * traffic.trades:
        return passed("PO-12", measured, limits.max_ratio)
    text = f"{show(traffic.orders)} orders and {show(traffic.trades)} trades: {show(round(measured, 4))} to 1"
    return breach("PO-12", Outcome.ALERT, "ORDER_TO_TRADE", text, measured, limits.max_ratio)
