"""What follows for linked orders: looked at again whenever one of them changed, until nothing is left to do.

Level-triggered: the mark on a list is cleared only when the list stands as it should and nothing changed meanwhile. So
a crash between looking and acting, or acting twice, is harmless; each act is an ordinary verb of the desk.
"""

from collections.abc import Sequence

from oms.base.clock import now
from oms.base.locks import lane_of_session
from oms.base.refusal import Refusal
from oms.desk import alerts
from oms.desk.amend import amend
from oms.desk.asked import Actor, Amendment, Answer, Cancellation
from oms.desk.cancel import cancel
from oms.desk.hold import release
from orders.book import FACTS, Book
from orders.contingency import Member, Wanted, breached, decide
from orders.lifecycle import State
from orders.lists import CONTINGENT
from orders.models import Alert, Desk, ListOrder, OrderList
from orders.reference import business_date

BITE = 500
ACTOR = "contingent"
REASON = "what it is linked to was filled"


def contingent(limit: int = BITE) -> int:
    """Look at up to ``limit`` lists that changed; answer how many were. 0 also when another worker is at it."""
    with lane_of_session("lists") as mine:
        if not mine:
            return 0
        rows = list(OrderList.objects.filter(to_check=True, active=True, kind__in=CONTINGENT).order_by("id")[:limit])
        return _look(rows) if rows else 0


def _look(lists: Sequence[OrderList]) -> int:
    members = _members(lists)
    wanted = {one.pk: decide(one.kind, members[one.pk]) for one in lists}
    acts = [act for acts in wanted.values() for act in acts]
    failed = _act(acts)
    for one in lists:
        if breached(one.kind, members[one.pk]):
            _surface(one, members[one.pk])
    # What was refused is not asked for again until something changes: a person was told.
    settled = [one for one in lists if not wanted[one.pk] or any(act.order_id in failed for act in wanted[one.pk])]
    for one in settled:
        over = all(not m.state.is_open and not m.state.may_be_replaced for m in members[one.pk])
        OrderList.objects.filter(pk=one.pk, stamp=one.stamp).update(to_check=False, active=not over)
    return sum(1 for one in lists if wanted[one.pk]) if not failed else 0


def _members(lists: Sequence[OrderList]) -> dict[int, list[Member]]:
    """The orders of the lists as they are now. One SELECT."""
    found: dict[int, list[Member]] = {one.pk: [] for one in lists}
    columns = ("list_id", "order_id", "ratio_qty", "order__hold", "order__to_route", *(f"order__{n}" for n in FACTS))
    rows = ListOrder.objects.filter(list__in=lists).order_by("list_id", "seq_no").values_list(*columns)
    for list_id, order_id, base, hold, to_route, *facts in rows:
        state = State(*facts)
        found[list_id].append(Member(order_id, base or state.order_qty, state, hold, to_route))
    return found


def _act(acts: Sequence[Wanted]) -> set[int]:
    """Do it by the desk's verbs; the orders for which it was refused."""
    actor = Actor(0, ACTOR, "operations", frozenset(Desk.objects.values_list("pk", flat=True)), is_superuser=True)
    failed: set[int] = set()
    amends = [Amendment(act.order_id, act.order_qty, acknowledge_soft=True, acknowledge_reason=REASON)
              for act in acts if act.action == "amend"]  # fmt: skip
    cancels = [Cancellation(act.order_id) for act in acts if act.action == "cancel"]
    releases = [act.order_id for act in acts if act.action == "release"]
    _told(amend(amends, actor) if amends else [], [one.order_id for one in amends], failed)
    _told(cancel(cancels, actor) if cancels else [], [one.order_id for one in cancels], failed)
    fit = [order_id for order_id in releases if order_id not in failed]
    _told(release(fit, ACTOR, "its primary was filled", of="contingent") if fit else [], fit, failed)
    return failed


def _told(answers: Sequence[Answer], order_ids: Sequence[int], failed: set[int]) -> None:
    """An act that was refused leaves an order other than it should be: somebody must know."""
    book = Book(now(), business_date())
    rows = []
    for order_id, answer in zip(order_ids, answers, strict=True):
        if answer.refusals:
            failed.add(order_id)
            text = f"linked order {order_id} is not as it should be: {answer.refusals[0].text}"
            refusal = Refusal(answer.refusals[0].code, "", text)
            rows.append(alerts.about(book, order_id, Alert.Severity.CRITICAL, "contingency", refusal))
    alerts.save(rows)


def _surface(one: OrderList, members: Sequence[Member]) -> None:
    """Both sides were filled before the cancel arrived. Once for each list and state of fills."""
    fills = ", ".join(f"order {m.order_id} filled {m.state.cum_qty.normalize():f}" for m in members if m.state.cum_qty)
    text = f"{one.kind} {one.list_id}: {fills}"[:500]
    if not Alert.objects.filter(code="CONTINGENCY_BREACHED", text=text).exists():
        book = Book(now(), business_date())
        refusal = Refusal("CONTINGENCY_BREACHED", "", text)
        alerts.save([alerts.about(book, members[0].order_id, Alert.Severity.CRITICAL, "contingency", refusal)])
