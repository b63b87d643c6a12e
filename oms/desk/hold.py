"""Letting held orders go to the market."""

from collections.abc import Sequence

from oms.base import bell
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from oms.desk import members, roots
from oms.desk.asked import Answer, refused
from oms.desk.batch import in_bites
from orders.book import COLUMNS, Book
from orders.lifecycle import Report
from orders.models import Order
from orders.reference import business_date
from orders.vocabulary import ExecType, HandlInst, Phase
from risk import kill


def release(order_ids: Sequence[int], actor: str, text: str, *, of: str) -> list[Answer]:
    """Send on orders that are held for the reason ``of``; one answer each. The routing takes them like any other."""
    return in_bites(lambda bite: _release(bite, actor, text, of), order_ids)


def _release(order_ids: Sequence[int], actor: str, text: str, of: str) -> list[Answer]:
    kill.stay()
    book = Book(now(), business_date())
    book.take(locked(Order.objects.filter(pk__in=set(order_ids), parent__isnull=True)).values_list(*COLUMNS))
    stopped = members.stopped(book.lines.values())
    answers = []
    for order_id in order_ids:
        line = book.lines.get(order_id)
        if line is None:
            answers.append(refused(Refusal("UNKNOWN_ORDER", "order_id", f"no order {order_id}")))
        elif line.hold != of or not line.state.is_open:
            answers.append(roots.no(line, Refusal("NOT_HELD", "", f"order {order_id} is not held: {of}")))
        elif order_id in stopped:
            answers.append(roots.no(line, Refusal("KILL_SWITCH", "", stopped[order_id])))
        else:
            line.hold, line.to_route = "", True
            kind = ExecType.NEW if line.state.phase == Phase.PENDING_NEW else ExecType.ORDER_STATUS
            if line.handl_inst == HandlInst.AUTOMATED and of == "staged":
                kind = ExecType.ORDER_STATUS
            book.note(line, Report(kind), actor=actor, text=text)
            answers.append(roots.yes(line))
    book.save()
    bell.ring_on_commit("live", "route")
    return answers
