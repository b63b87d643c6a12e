"""How far a trade has come: the steps from order to money, each done, under way, or still to come."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from oms.blotter.ops.cells import qty
from orders.models import ExecutionReport, Order
from settlement.models import LedgerEntry, Obligation

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
    order: Order, fills: Sequence[ExecutionReport], owed: Sequence[Obligation], entries: Sequence[LedgerEntry]
) -> tuple[Step, ...]:
    """The steps of one order."""
    filled = Step(
        "Executed", _share(order.cum_qty, order.order_qty), f"{qty(order.cum_qty).text} of {qty(order.order_qty).text}"
    )
    booked = Step(
        "Obligations", DONE if owed and not order.leaves_qty else UNDER_WAY if owed else TO_COME, f"{len(owed)}"
    )
    open_entries = {one.pk for one in entries if one.phase == "pending"} - {one.resolves_id for one in entries}
    money = Step(
        "Money and securities", TO_COME if not entries else UNDER_WAY if open_entries else DONE,
        f"{sum(one.phase == 'posted' for one in entries)} posted, {len(open_entries)} pending" if entries else "",
    )  # fmt: skip
    return (Step("Order", DONE, order.entered_by.username), filled, booked, money)


def _share(part: Decimal, whole: Decimal) -> str:
    return DONE if part >= whole else UNDER_WAY if part else TO_COME
