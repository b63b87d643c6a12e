"""The blocks that orders of a batch are in, and taking orders out of them."""

from collections.abc import Iterable, Mapping

from django.db.models import Q

from oms.base.refusal import Refusal
from oms.desk.members import blocks_of
from oms.desk.roots import Root
from orders.book import Book, Line
from orders.lifecycle import ZERO, Report
from orders.lists import OUT
from orders.models import ListOrder
from orders.vocabulary import ContingencyType, ExecRestatementReason, ExecType, Hold


class Homes:
    """The block of each order that is in one. Two SELECTs, none where no order is."""

    def __init__(self, found: Iterable[Root]) -> None:
        inside = [root.id for root in found if root.hold == Hold.BLOCK]
        self.of = blocks_of(inside) if inside else {}
        self.left: list[int] = []

    def take_out(self, book: Book, line: Line, families: Mapping[int, list[Line]], actor: str) -> Refusal | None:
        """Take a member out of its block while nothing of the block is filled; or why it must stay.

        The block is then for so much less. What venues work of it must not come to more than the rest.
        """
        block = book.lines.get(self.of.get(line.id, 0))
        if block is None:
            return Refusal("IN_BLOCK", "", f"order {line.id} has just been merged into a block: try again")
        if block.state.is_open:
            rest = block.state.order_qty - line.state.order_qty
            out = sum((child.state.leaves_qty for child in families.get(block.id, ())), ZERO)
            if (
                block.state.cum_qty
                or block.state.cancels_pending
                or block.state.replaces_pending
                or out > max(rest, ZERO)
            ):
                return Refusal(
                    "IN_BLOCK", "", f"block {block.id} is filled or at a venue: cancel it, which gives it back"
                )
            text = f"order {line.id} was taken out"
            if rest > 0:
                report = Report(ExecType.REPLACED, order_qty=rest, reason=ExecRestatementReason.OTHER)
            else:
                block.hold, block.to_route, report = "", False, Report(ExecType.CANCELED)
            book.note(block, report, actor=actor, text=text)
            self.left.append(line.id)
        return None

    def save(self) -> None:
        """The orders that were taken out are members no more. One statement, if there are any."""
        if self.left:
            which = Q(order_id__in=self.left, list__kind=ContingencyType.BLOCK, list__active=True)
            ListOrder.objects.filter(which).update(role=OUT)
