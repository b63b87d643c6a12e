"""Canceling and amending many orders in two steps: what would become of each, then exactly that, and nothing else.

The first step answers a token over the orders it showed. The second does it, whatever matches by then: an order that
changed since has an answer of its own, one that came since is left alone. No limit stands in the way of a cancel.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from oms.base.refusal import Refusal
from oms.desk.amend import amend as amend_orders
from oms.desk.amend import foresee as foresee_amend
from oms.desk.asked import Actor, Amendment, Answer, Cancellation, refused, unreasoned
from oms.desk.cancel import cancel as cancel_orders
from oms.desk.cancel import foresee as foresee_cancel
from oms.desk.chosen import Choice, Shown, choose, show, terms_of
from oms.desk.sealed import LIFE, Sealed, mark, seal, unseal
from orders.adjust import Step, Unit, new_price, new_qty
from orders.models import Order, OrderRequest

CANCEL, AMEND = "cancel", "amend"
PENDING = ("pending_cancel", "pending_replace")
Refusals = tuple[Refusal, ...]


class Change(NamedTuple):
    """The new terms of an amendment, of each order alike. At least one is said."""

    price: Step | None = None
    order_qty: Step | None = None
    acknowledge_soft: bool = False
    acknowledge_reason: str = ""


class Foreseen(NamedTuple):
    """An order, what would be answered, and the terms it would have. ``asked``: a venue would have to agree."""

    shown: Shown
    answer: Answer
    order_qty: Decimal | None = None
    price: Decimal | None = None

    @property
    def asked(self) -> bool:
        return self.answer.accepted and self.answer.ord_status in PENDING


class Preview(NamedTuple):
    """What would become of each order, and the token to have exactly that done, until it expires."""

    rows: list[Foreseen]
    token: str
    expires_at: datetime


class Done(NamedTuple):
    """What became of an order. ``seen`` is the version that was shown; ``repeated``: it was asked for before."""

    order_id: int
    seen: int
    answer: Answer
    repeated: bool = False


def preview_cancel(choice: Choice, actor: Actor, at: datetime) -> Preview | Refusals:
    """Show what canceling the orders would come to."""
    shown = choose(choice, actor)
    if isinstance(shown, tuple):
        return shown
    answers = foresee_cancel([Cancellation(one.order_id) for one in shown], actor)
    rows = [Foreseen(one, answer) for one, answer in zip(shown, answers, strict=True)]
    return _sealed(CANCEL, rows, {}, actor, at)


def preview_amend(choice: Choice, change: Change, actor: Actor, at: datetime) -> Preview | Refusals:
    """Show what amending the orders would come to; each passes the controls as it would in earnest."""
    if fault := unreasoned(change):
        return (fault,)
    shown = choose(choice, actor)
    if isinstance(shown, tuple):
        return shown
    read = _amendments(shown, change)
    wishes = [one for one in read if isinstance(one, Amendment)]
    answers = iter(one.answer for one in foresee_amend(wishes, actor))
    rows = [
        Foreseen(order, next(answers), one.order_qty, one.price)
        if isinstance(one, Amendment)
        else Foreseen(order, _no(order, one))
        for order, one in zip(shown, read, strict=True)
    ]
    return _sealed(AMEND, rows, _told(change), actor, at)


def cancel(token: str, actor: Actor, at: datetime, *, unchanged: bool = False) -> list[Done] | Refusal:
    """Cancel what was shown, also where an order changed since; with ``unchanged`` such an order is left alone."""
    sealed = unseal(token, CANCEL, actor, at)
    if isinstance(sealed, Refusal):
        return sealed
    wishes = [Cancellation(pk, seen if unchanged else None, sealed.name(pk)) for pk, seen in sealed.orders]
    return _done(sealed, cancel_orders(wishes, actor))


def amend(token: str, actor: Actor, at: datetime) -> list[Done] | Refusal:
    """Amend what was shown. An order that changed since is left as it is: its new terms were never looked at."""
    sealed = unseal(token, AMEND, actor, at)
    if isinstance(sealed, Refusal):
        return sealed
    change, seen = _change(sealed.terms), dict(sealed.orders)
    rows = Order.objects.filter(pk__in=list(seen), parent__isnull=True, desk_id__in=actor.desk_ids).order_by("pk")
    now_shown = [one for one in show(rows) if one.version == seen[one.order_id]]
    read = dict(zip((one.order_id for one in now_shown), _amendments(now_shown, change), strict=True))
    # One that changed, or is gone, is asked about by the version that was shown: the desk says what is the matter.
    wishes = {pk: read.get(pk, Amendment(pk)) for pk in seen}
    named = {
        pk: one._replace(version=seen[pk], cl_ord_id=sealed.name(pk))
        for pk, one in wishes.items()
        if isinstance(one, Amendment)
    }
    answers = dict(zip(named, amend_orders(list(named.values()), actor), strict=True)) if named else {}
    by_id = {one.order_id: one for one in now_shown}
    return _done(sealed, [_answer(one, answers.get(pk), by_id.get(pk)) for pk, one in wishes.items()])


def _answer(wish: Amendment | Refusals, answer: Answer | None, shown: Shown | None) -> Answer:
    if isinstance(wish, Amendment) or shown is None:
        assert answer is not None
        return answer
    return _no(shown, wish)


def _amendments(shown: Sequence[Shown], change: Change) -> list[Amendment | Refusals]:
    """The amendment of each order, or why it can have none. Two SELECTs."""
    terms = terms_of(shown)
    made: list[Amendment | Refusals] = []
    for one in shown:
        if not one.leaves_qty:
            made.append((Refusal("ORDER_CLOSED", "", f"order {one.order_id} is {one.ord_status}"),))
            continue
        price = None if change.price is None else new_price(change.price, terms[one.order_id])
        qty = None if change.order_qty is None else new_qty(change.order_qty, terms[one.order_id])
        faults = tuple(value for value in (price, qty) if isinstance(value, Refusal))
        if isinstance(price, Refusal) or isinstance(qty, Refusal):
            made.append(faults)
        else:
            said = (change.acknowledge_soft, change.acknowledge_reason)
            made.append(Amendment(one.order_id, qty, price, acknowledge_soft=said[0], acknowledge_reason=said[1]))
    return made


def _no(shown: Shown, refusals: Refusals) -> Answer:
    return refused(*refusals, order_id=shown.order_id, version=shown.version, status=shown.ord_status)


def _sealed(verb: str, rows: list[Foreseen], terms: dict[str, object], actor: Actor, at: datetime) -> Preview:
    expires_at = (at + LIFE).replace(microsecond=0)
    orders = tuple((row.shown.order_id, row.shown.version) for row in rows)
    token = seal(Sealed(verb, orders, terms, mark(), expires_at), actor)
    return Preview(rows, token, expires_at)


def _done(sealed: Sealed, answers: Sequence[Answer]) -> list[Done]:
    """Answers by order; one refused because the same token asked before is answered as what it is. One SELECT."""
    refused_ids = [pk for (pk, _), answer in zip(sealed.orders, answers, strict=True) if not answer.accepted]
    names = [sealed.name(pk) for pk in refused_ids]
    requests = OrderRequest.objects.filter(order_id__in=refused_ids, cl_ord_id__in=names)
    before = set(requests.values_list("order_id", "cl_ord_id"))
    found = []
    for (pk, seen), answer in zip(sealed.orders, answers, strict=True):
        repeated = not answer.accepted and (pk, sealed.name(pk)) in before
        found.append(Done(pk, seen, answer._replace(refusals=()) if repeated else answer, repeated))
    return found


def _told(change: Change) -> dict[str, object]:
    """A change as the token has it."""
    steps = {"price": change.price, "order_qty": change.order_qty}
    told: dict[str, object] = {name: [f"{step.size:f}", step.unit.value] for name, step in steps.items() if step}
    return told | {"soft": change.acknowledge_soft, "reason": change.acknowledge_reason}


def _change(told: dict[str, list[str]]) -> Change:
    steps = {name: Step(Decimal(told[name][0]), Unit(told[name][1])) for name in ("price", "order_qty") if name in told}
    return Change(**steps, acknowledge_soft=bool(told["soft"]), acknowledge_reason=str(told.get("reason", "")))
