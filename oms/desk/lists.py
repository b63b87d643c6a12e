"""Lists of orders: linked ones, entered all or nothing or each alone, and working orders linked afterwards."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from oms.base import sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk.asked import ENTERS, Actor, Answer, Draft, refused
from oms.desk.enter import enter
from orders.lists import CONTINGENT
from orders.models import Desk, ListOrder, Order, OrderList
from orders.vocabulary import ContingencyType, Hold

MEMBERS = ("list_id", "order_id", "seq_no", "role", "ratio_qty", "wave")


class ListDraft(NamedTuple):
    """Orders to be entered together (FIX 35=E). The first is the primary of an OTO or a bracket."""

    list_id: str
    kind: str
    drafts: Sequence[Draft]
    all_or_nothing: bool = False


class ListAnswer(NamedTuple):
    """The list as it is stored, if it is, and an answer for each order."""

    pk: int | None
    answers: list[Answer]
    refusals: tuple[Refusal, ...] = ()
    duplicate: bool = False


def enter_list(draft: ListDraft, actor: Actor) -> ListAnswer:
    """Enter the orders of a list in one transaction. A ListID that was used before answers the first list.

    All or nothing: if one is refused none is entered, and each says why, or LIST_REFUSED. The others of an OTO or a
    bracket are checked and reserved at once and wait for the primary.
    """
    wrong = _faults(draft)
    if wrong or not actor.may(ENTERS):
        return ListAnswer(
            None, [], wrong or (Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not enter orders"),)
        )
    with transaction.atomic():
        earlier = OrderList.objects.filter(sender_comp_id=actor.sender_comp_id, list_id=draft.list_id).first()
        if earlier is not None:
            return _before(earlier)
        answers = enter([_held(draft, at, one) for at, one in enumerate(draft.drafts)], actor)
        failed = [answer for answer in answers if answer.refusals]
        if failed and (draft.all_or_nothing or draft.kind in CONTINGENT):
            transaction.set_rollback(True)
            return ListAnswer(None, [_none_entered(answer) for answer in answers])
        return ListAnswer(_store(draft, answers, actor), answers)


def _faults(draft: ListDraft) -> tuple[Refusal, ...]:
    faults = []
    if not draft.list_id or len(draft.list_id) > 64 or not draft.list_id.isascii() or not draft.list_id.isprintable():
        faults.append(Refusal("BAD_TEXT", "list_id", "list_id must be 1 to 64 printable ASCII characters"))
    if draft.kind not in set(ContingencyType):
        faults.append(Refusal("BAD_VALUE", "kind", f"kind must be one of {', '.join(ContingencyType)}"))
    if draft.kind == ContingencyType.MULTILEG:
        faults.append(Refusal("BAD_VALUE", "kind", "a spread is entered as one order with legs: multileg-orders"))
    if draft.kind in CONTINGENT and len(draft.drafts) < 2:
        faults.append(Refusal("BAD_LIST", "orders", "at least two orders are needed"))
    if draft.kind == ContingencyType.BRACKET and len(draft.drafts) != 3:
        faults.append(Refusal("BAD_LIST", "orders", "a bracket is an order, its profit target and its stop"))
    return tuple(faults)


def _held(draft: ListDraft, at: int, one: Draft) -> Draft:
    """What waits for the primary."""
    waits = at > 0 and draft.kind in (ContingencyType.ONE_TRIGGERS_OTHER, ContingencyType.BRACKET)
    return one._replace(hold=Hold.CONTINGENT.value) if waits else one


def _none_entered(answer: Answer) -> Answer:
    other = Refusal("LIST_REFUSED", "", "another order of the list was refused")
    return refused(*(answer.refusals or (other,)))


def _store(draft: ListDraft, answers: Sequence[Answer], actor: Actor) -> int:
    order_ids = [answer.order_id for answer in answers if answer.order_id]
    orders = dict(Order.objects.filter(pk__in=order_ids).values_list("pk", "order_qty"))
    desk_id = Order.objects.filter(pk__in=order_ids).values_list("desk_id", flat=True).first()
    made = OrderList.objects.create(
        list_id=draft.list_id, sender_comp_id=actor.sender_comp_id, kind=draft.kind, entered_by_id=actor.user_id,
        desk_id=desk_id or Desk.objects.values_list("pk", flat=True)[0], all_or_nothing=draft.all_or_nothing,
        created_at=now(),
    )  # fmt: skip
    _join(made.pk, [(pk, orders[pk]) for pk in order_ids])
    return made.pk


def _join(list_pk: int, orders: Sequence[tuple[int, Decimal]]) -> None:
    rows = [(list_pk, pk, seq, "primary" if seq == 1 else "", qty, 0) for seq, (pk, qty) in enumerate(orders, 1)]
    sets.insert(ListOrder, MEMBERS, rows)


def _before(earlier: OrderList) -> ListAnswer:
    orders = Order.objects.filter(lists__list=earlier).order_by("lists__seq_no")
    rows = orders.values_list("pk", "version", "ord_status")
    return ListAnswer(earlier.pk, [Answer(*row, duplicate=True) for row in rows], duplicate=True)


def link(order_ids: Sequence[int], kind: str, actor: Actor) -> ListAnswer:
    """Link working orders: from now on one cancels, or updates, the others. They must be of one account."""
    if not actor.may(ENTERS):
        return ListAnswer(None, [], (Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not link orders"),))
    with transaction.atomic():
        rows = Order.objects.filter(pk__in=set(order_ids), parent__isnull=True, desk_id__in=actor.desk_ids)
        orders = {order.pk: order for order in rows.order_by("pk")}
        wrong = _cannot_link(order_ids, kind, orders)
        if wrong:
            return ListAnswer(None, [], (wrong,))
        first = orders[order_ids[0]]
        made = OrderList.objects.create(
            list_id=f"oms-link-{'-'.join(map(str, order_ids))}"[:50] + f"-{first.version}", kind=kind,
            sender_comp_id=actor.sender_comp_id, entered_by_id=actor.user_id, desk_id=first.desk_id, created_at=now(),
            to_check=True, stamp=1,
        )  # fmt: skip
        # What is filled already is history: each is linked for what it still works.
        _join(made.pk, [(pk, orders[pk].order_qty) for pk in order_ids])
        answers = [Answer(pk, orders[pk].version, orders[pk].ord_status) for pk in order_ids]
        return ListAnswer(made.pk, answers)


def _cannot_link(order_ids: Sequence[int], kind: str, orders: dict[int, Order]) -> Refusal | None:
    if kind not in (ContingencyType.ONE_CANCELS_OTHER, ContingencyType.ONE_UPDATES_OTHER):
        return Refusal("BAD_VALUE", "kind", "working orders are linked as one_cancels_other or one_updates_other")
    if len(set(order_ids)) < 2 or len(set(order_ids)) != len(order_ids):
        return Refusal("BAD_LIST", "order_ids", "give two or more different orders")
    for order_id in order_ids:
        if order_id not in orders:
            return Refusal("UNKNOWN_ORDER", "order_ids", f"no order {order_id} on your desks")
        if orders[order_id].hold == Hold.LEG:
            return Refusal("IS_A_LEG", "order_ids", f"order {order_id} is a leg: link the spread as a whole")
        if orders[order_id].leaves_qty <= 0:
            return Refusal("ORDER_CLOSED", "order_ids", f"order {order_id} is {orders[order_id].ord_status}")
        if orders[order_id].cum_qty:
            return Refusal("BAD_LIST", "order_ids", f"order {order_id} is filled in part: the others would end at once")
    if len({order.account_id for order in orders.values()}) > 1:
        return Refusal("BAD_LIST", "order_ids", "linked orders must be of one account")
    taken = ListOrder.objects.filter(order_id__in=order_ids, list__active=True, list__kind__in=CONTINGENT).first()
    return Refusal("BAD_LIST", "order_ids", f"order {taken.order_id} is linked already") if taken else None


def unlink(list_pk: int, actor: Actor) -> Refusal | None:
    """Let the orders of a list stand alone. Those that wait for a primary go on waiting for a person."""
    found = OrderList.objects.filter(pk=list_pk, desk_id__in=actor.desk_ids, active=True)
    if not actor.may(ENTERS):
        return Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not unlink orders")
    return None if found.update(active=False) else Refusal("UNKNOWN_ORDER", "", f"no active list {list_pk} of yours")
