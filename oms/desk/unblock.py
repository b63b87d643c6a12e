"""Giving back the members of blocks that ended: looked at again until nothing is left to do.

Level-triggered, so it does not matter how a block ended, or whether a worker died in between: a member that waits for
a block which works no more is given back. A block that was canceled, refused or only filled in part leaves what is left
of its members to the desk: staged or waiting for its wave as before if nothing of it was filled, else to be worked by
hand; it never goes to the market by itself. What expired with the block has expired.
"""

from collections.abc import Mapping

from django.db import transaction

from oms.base import bell
from oms.base.clock import now
from oms.base.locks import lane
from oms.desk.members import Members
from oms.desk.release import released
from orders.book import Book, Line
from orders.lifecycle import Report
from orders.lists import BLOCK, OUT, UNROUTED
from orders.models import ListOrder, OrderList
from orders.reference import business_date
from orders.vocabulary import ContingencyType, ExecType, Hold, Phase, TimeInForce
from risk import usage

BITE = 500
ACTOR = "block"
AT_ONCE = (TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL)


def unblock(limit: int = BITE) -> int:
    """Give back the members of up to ``limit`` blocks; answer how many blocks. 0 also when another worker is at it."""
    with transaction.atomic():
        if not lane("blocks"):
            return 0
        waiting = ListOrder.objects.filter(
            order__hold=Hold.BLOCK, list__kind=ContingencyType.BLOCK, list__active=True
        ).exclude(role__in=(BLOCK, OUT))
        ended = ListOrder.objects.filter(
            list_id__in=set(waiting.values_list("list_id", flat=True)), role=BLOCK, order__leaves_qty=0
        )
        lists = dict(ended.order_by("list_id").values_list("list_id", "order_id")[:limit])
        if lists:
            _give_back(lists)
        return len(lists)


def _give_back(lists: Mapping[int, int]) -> None:
    of = Members(lists.values())
    usage.lock(of.keys, of.order_ids)
    book = Book(now(), business_date())
    book.load({*lists.values(), *of.order_ids})
    held = usage.held(of.order_ids)
    over = [pk for pk, block_id in lists.items() if not book.lines[block_id].state.leaves_qty]
    for pk in over:
        block = book.lines[lists[pk]]
        for member in of.of[block.id]:
            if book.lines[member.order_id].hold == Hold.BLOCK:
                _back(book, book.lines[member.order_id], member.was, block)
    book.save()
    usage.move(released(book, held))
    OrderList.objects.filter(pk__in=over).update(active=False)
    bell.ring_on_commit("live")


def _back(book: Book, line: Line, was: str, block: Line) -> None:
    ended = {Phase.EXPIRED: ExecType.EXPIRED, Phase.DONE_FOR_DAY: ExecType.DONE_FOR_DAY}.get(Phase(block.state.phase))
    if ended is None and line.state.time_in_force in AT_ONCE:
        ended = ExecType.CANCELED
    line.hold, line.changed = "", True
    if not line.state.is_open:
        return
    if ended:
        book.note(line, Report(ended), actor=ACTOR, text=f"with block {block.id}")
        return
    line.hold = was if was != UNROUTED and not line.state.cum_qty else Hold.MANUAL.value
    line.assigned_to_id = line.assigned_to_id or block.assigned_to_id
    kind = ExecType.NEW if line.hold != Hold.STAGED and line.state.phase == Phase.PENDING_NEW else ExecType.ORDER_STATUS
    book.note(line, Report(kind), actor=ACTOR, text=f"back from block {block.id}, which is {block.state.ord_status}")
