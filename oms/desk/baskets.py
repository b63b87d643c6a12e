"""Releasing baskets wave by wave: the orders named, a share of the basket, or so many rows, in the basket's order."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from django.db import transaction

from oms.base.locks import locked
from oms.base.refusal import Refusal
from oms.desk.asked import CHANGES, Actor, Answer
from oms.desk.staging import Wish, send_on
from orders.models import ListOrder, OrderList
from orders.vocabulary import ContingencyType, Hold, Phase

HUNDRED = Decimal(100)


class Wave(NamedTuple):
    """What goes now: these orders, this percent of the basket's, or so many; all that wait if nothing is said."""

    order_ids: tuple[int, ...] = ()
    percent: Decimal | None = None
    rows: int | None = None


class WaveAnswer(NamedTuple):
    """The number of the wave, 0 if nothing went, and an answer for each of its orders."""

    wave: int
    answers: list[Answer]
    refusals: tuple[Refusal, ...] = ()


def release(list_pk: int, wave: Wave, actor: Actor) -> WaveAnswer:
    """Have the next orders of a basket routed; they are a wave of it. Two at once are two waves."""
    if not actor.may(CHANGES):
        return _no(Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not release orders"))
    if len([part for part in (wave.order_ids, wave.percent, wave.rows) if part]) > 1:
        return _no(Refusal("BAD_VALUE", "percent", "give order_ids, percent or rows, one of them"))
    with transaction.atomic():
        baskets = OrderList.objects.filter(pk=list_pk, desk_id__in=actor.desk_ids, kind=ContingencyType.BASKET)
        if locked(baskets).first() is None:
            return _no(Refusal("UNKNOWN_ORDER", "", f"no basket {list_pk} on your desks"))
        members = ListOrder.objects.filter(list_id=list_pk).exclude(order__phase=Phase.REJECTED).order_by("seq_no")
        rows = list(members.values_list("order_id", "wave", "order__hold", "order__leaves_qty"))
        waiting = [order_id for order_id, _, hold, leaves in rows if hold == Hold.WAVE and leaves]
        chosen = _chosen(wave, waiting, len(rows))
        if isinstance(chosen, Refusal):
            return _no(chosen)
        answers = send_on([Wish(order_id) for order_id in chosen], actor)
        gone = [answer.order_id for answer in answers if answer.accepted and answer.order_id]
        number = max((wave for _, wave, _, _ in rows), default=0) + 1 if gone else 0
        members.filter(order_id__in=gone).update(wave=number)
        return WaveAnswer(number, answers)


def _no(refusal: Refusal) -> WaveAnswer:
    return WaveAnswer(0, [], (refusal,))


def _chosen(wave: Wave, waiting: Sequence[int], count: int) -> Sequence[int] | Refusal:
    if not waiting:
        return Refusal("NOT_HELD", "", "no order of the basket waits for a wave")
    if wave.order_ids:
        unknown = [str(order_id) for order_id in wave.order_ids if order_id not in waiting]
        if unknown:
            return Refusal("NOT_HELD", "order_ids", f"not waiting in this basket: {', '.join(unknown[:20])}")
        return list(dict.fromkeys(wave.order_ids))
    if wave.percent is not None:
        if not 0 < wave.percent <= HUNDRED:
            return Refusal("BAD_VALUE", "percent", "percent must be above 0 and at most 100")
        return waiting[: int((count * wave.percent / HUNDRED).to_integral_value(ROUND_CEILING))]
    if wave.rows is not None:
        return waiting[: wave.rows] if wave.rows > 0 else Refusal("NOT_POSITIVE", "rows", "rows must be above 0")
    return waiting
