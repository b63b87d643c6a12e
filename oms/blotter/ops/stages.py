"""How far a trade has come: the steps from order to money, each done, under way, or still to come."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from oms.blotter.ops.cells import qty
from orders.models import ExecutionReport, Order
from settlement.models import Allocation, Instruction, LedgerEntry, Obligation, TradeConfirmation

DONE, UNDER_WAY, TO_COME, WRONG = "done", "under way", "to come", "wrong"


class Step(NamedTuple):
    """A step with its state and, in a few words, how far it is."""

    title: str
    state: str
    says: str = ""

    @property
    def image(self) -> dict[str, Any]:
        """As the scripts get it."""
        return self._asdict()


def of(
    order: Order,
    fills: Sequence[ExecutionReport],
    allocated: Allocation | None,
    confirmed: Sequence[TradeConfirmation],
    owed: Sequence[Obligation],
    sent: Sequence[Instruction],
    entries: Sequence[LedgerEntry],
) -> tuple[Step, ...]:
    """The steps of one order."""
    whole = f"{qty(order.cum_qty).text} of {qty(order.order_qty).text}"
    return (
        Step("Order", DONE, f"by {order.entered_by.username}"),
        Step("Executed", _share(order.cum_qty, order.order_qty), f"{whole} in {len(fills)}"),
        *_named(allocated, confirmed),
        Step("Owed", _part(len(owed), 0), "1 obligation" if len(owed) == 1 else f"{len(owed)} obligations"),
        _instructed(sent),
        _booked(entries),
    )


def _named(allocated: Allocation | None, confirmed: Sequence[TradeConfirmation]) -> tuple[Step, ...]:
    """Whose the trade is, and whether the other side agrees; of a trade that is its account's there is neither."""
    if allocated is None:
        return ()
    affirmed = sum(one.state == "affirmed" for one in confirmed)
    wrong = [one.state for one in confirmed if one.state in ("disputed", "late")]
    booked = Step(
        "Allocated", DONE if allocated.state == "booked" else UNDER_WAY, allocated.get_state_display().lower()
    )
    at = WRONG if wrong else _part(len(confirmed), len(confirmed) - affirmed)
    return booked, Step("Confirmed", at, wrong[0] if wrong else f"{affirmed} of {len(confirmed)} affirmed")


def _instructed(sent: Sequence[Instruction]) -> Step:
    live = [one for one in sent if one.state != "cancelled"]
    settled = sum(one.state == "settled" for one in live)
    wrong = [one.state for one in live if one.state in ("failing", "rejected")]
    at = WRONG if wrong else _part(len(live), len(live) - settled)
    return Step(
        "Instructed and settled", at, wrong[0] if wrong else f"{settled} of {len(live)} settled" if live else ""
    )


def _booked(entries: Sequence[LedgerEntry]) -> Step:
    ended = {one.resolves_id for one in entries}
    pending = sum(one.phase == "pending" and one.pk not in ended for one in entries)
    posted = sum(one.phase == "posted" for one in entries)
    return Step(
        "Money and securities", _part(len(entries), pending), f"{posted} posted, {pending} pending" if entries else ""
    )


def _part(there: int, left: int) -> str:
    return UNDER_WAY if left else DONE if there else TO_COME


def _share(part: Decimal, whole: Decimal) -> str:
    return DONE if part >= whole else UNDER_WAY if part else TO_COME
