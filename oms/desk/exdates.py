"""Open orders on an ex-date: adjusted and taken back through the desk's own verbs, with the action's name.

Each request has a ClOrdID made from the action and the order, which can be used once: so it can be asked for again
after any failure, and nothing is asked for twice. An adjustment is checked like any amendment. One that risk refuses,
or that a venue does not take, must not be left at a price of yesterday: the order is taken back, and its desk is told.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import alerts
from oms.desk.amend import amend
from oms.desk.asked import Actor, Amendment, Answer, Cancellation
from oms.desk.cancel import cancel
from orders.exdate import LIVES_ON, Adjusted, Change, ExDate, Open, adjusted
from orders.lists import LEG, WHOLE
from orders.models import Alert, Desk, ExecutionReport, ListOrder, Order, OrderRequest
from orders.ticks import bands_by_table
from orders.vocabulary import Hold, Role
from settlement.actions.kinds import Kind
from settlement.actions.tables import CorporateAction
from settlement.rounding import ONE, ZERO

BITE = 1_000
CODE = "CORPORATE_ACTION"
CHANGES_ORDERS = (Kind.CASH_DIVIDEND, Kind.SPLIT, Kind.REVERSE_SPLIT)
# What a later look will find out of the way.
LATER = frozenset({"NOT_OPEN_FOR_AMEND", "REQUEST_PENDING", "VERSION_CONFLICT"})
DONE = frozenset({"ORDER_CLOSED", "DUPLICATE_CL_ORD_ID", "NOTHING_CHANGES"})


class Found(NamedTuple):
    """An open order of the instrument, as a look at its row found it."""

    id: int
    terms: Open
    after: Adjusted
    hold: str
    composition: str


def see_to_orders() -> int:
    """Take a bite of every action that orders wait for; answer how many requests were made."""
    rows = CorporateAction.objects.filter(
        state__in=["effective", "processed"], orders_at__isnull=True, kind__in=CHANGES_ORDERS
    )
    return sum(_see_to(action) for action in rows.order_by("ex_date", "pk").select_related("instrument"))


def _see_to(action: CorporateAction) -> int:
    asked = _take_back_refused(action)
    found = _unasked(action)[:BITE]
    actor, text = _actor(action), f"{action.kind} of {action.instrument.symbol}, ex {action.ex_date} (CA{action.pk})"
    amendments, ends, waiting = [], [], 0
    for one in found:
        after = one.after
        if one.hold == Hold.BLOCK:
            # It comes back from its block, which is taken back, and is seen to then.
            waiting += 1
        elif _is_alone(one):
            price = after.price if after.price != one.terms.price else None
            stop_px = after.stop_px if after.stop_px != one.terms.stop_px else None
            qty = after.order_qty if after.order_qty != one.terms.order_qty else None
            amendments.append(
                Amendment(one.id, qty, price, None, _name(action, one.id), stop_px=stop_px, text=text, reason_code=CODE)
            )
        else:
            ends.append(one.id)
    refused: list[int] = []
    for wish, answer in zip(amendments, amend(amendments, actor), strict=True):
        what = _outcome(answer)
        waiting += what == "later"
        asked += what == "done"
        if what == "refused":
            refused.append(wish.order_id)
            _tell(action, wish.order_id, answer.refusals)
    waiting += _end(action, [*ends, *refused], text)
    asked += len(ends) + len(refused)
    if not found and not waiting and not _in_flight(action):
        CorporateAction.objects.filter(pk=action.pk).update(orders_at=now())
    return asked


def _is_alone(one: Found) -> bool:
    """Held orders are amended like others, but for what belongs to another order: that is taken back as a whole."""
    return one.after.change is Change.ADJUST and one.hold != Hold.LEG and not one.composition


def _event(action: CorporateAction) -> ExDate:
    if action.kind == Kind.CASH_DIVIDEND:
        return ExDate(dividend=action.amount or ZERO)
    return ExDate(new=action.new or ONE, old=action.old or ONE)


def _unasked(action: CorporateAction) -> list[Found]:
    """The orders that lived before the ex-date, would change, and have not been asked for. Two SELECTs."""
    first = ExecutionReport.objects.filter(order=OuterRef("pk"), seq=1, trade_date__lt=action.ex_date)
    asked = OrderRequest.objects.filter(order=OuterRef("pk"), cl_ord_id__startswith=_prefix(action))
    rows = (
        _concerned(action)
        .filter(Exists(first), ~Exists(asked), cancels_pending=0, replaces_pending=0)
        .order_by("pk")
        .values_list(
            "pk", "side", "ord_type", "time_in_force", "price", "stop_px", "order_qty", "cum_qty", "exec_inst", "hold",
            "composition", "instrument__tick_table_id", "triggered",
        )
    )  # fmt: skip
    found, bands, event = [], bands_by_table(), _event(action)
    for pk, side, ord_type, tif, price, stop_px, qty, cum_qty, exec_inst, hold, composition, table, triggered in rows:
        terms = Open(side, ord_type, tif, price, None if triggered else stop_px, qty, cum_qty, exec_inst)
        after = adjusted(terms, event, bands[table])
        if after.change is not Change.NONE:
            found.append(Found(pk, terms, after, hold, composition))
    return found


def _concerned(action: CorporateAction) -> QuerySet[Order]:
    return Order.objects.filter(
        parent__isnull=True, leaves_qty__gt=0, instrument_id=action.instrument_id, time_in_force__in=sorted(LIVES_ON)
    )


def _take_back_refused(action: CorporateAction) -> int:
    """Orders whose adjustment a venue did not take, and that are open still."""
    refused = OrderRequest.objects.filter(cl_ord_id__startswith=_prefix(action), kind="replace", state="rejected")
    asked = OrderRequest.objects.filter(order=OuterRef("order"), cl_ord_id__startswith=_prefix(action), kind="cancel")
    rows = refused.filter(~Exists(asked), order__leaves_qty__gt=0, order__parent__isnull=True, order__cancels_pending=0)
    ids = list(rows.order_by("order_id").values_list("order_id", flat=True)[:BITE])
    for pk in ids:
        _tell(action, pk, (Refusal("VENUE_REJECTED", "", f"the venue did not adjust order {pk}"),))
    _end(action, ids, f"its venue did not adjust it for CA{action.pk}")
    return len(ids)


def _end(action: CorporateAction, order_ids: Sequence[int], text: str) -> int:
    """Take the orders back, of a spread the whole; how many have to wait."""
    if not order_ids:
        return 0
    wholes = dict(
        ListOrder.objects.filter(
            role=WHOLE, list__members__role=LEG, list__members__order_id__in=order_ids
        ).values_list("list__members__order_id", "order_id")
    )
    wishes = [
        Cancellation(pk, None, f"{_prefix(action)}x.{pk}", text=text, reason_code=CODE)
        for pk in sorted({wholes.get(pk, pk) for pk in order_ids})
    ]
    return sum(_outcome(answer) == "later" for answer in cancel(wishes, _actor(action)))


def _in_flight(action: CorporateAction) -> bool:
    """Whether a request made for the action waits for a venue, or an order could not be asked for yet."""
    return OrderRequest.objects.filter(cl_ord_id__startswith=_prefix(action), state="pending").exists() or (
        _concerned(action).filter(Q(cancels_pending__gt=0) | Q(replaces_pending__gt=0)).exists()
    )


def _outcome(answer: Answer) -> str:
    codes = {refusal.code for refusal in answer.refusals}
    if codes & LATER:
        return "later"
    return "refused" if codes - DONE else "done"


def _prefix(action: CorporateAction) -> str:
    return f"ca{action.pk}."


def _name(action: CorporateAction, order_id: int) -> str:
    return f"{_prefix(action)}{order_id}"


def _actor(action: CorporateAction) -> Actor:
    desks = frozenset(Desk.objects.values_list("pk", flat=True))
    return Actor(0, f"CA{action.pk}", Role.OPERATIONS, desks, is_superuser=True)


def _tell(action: CorporateAction, order_id: int, refusals: Sequence[Refusal]) -> None:
    why = "; ".join(refusal.text for refusal in refusals)
    text = f"order {order_id} is taken back: it could not be adjusted for CA{action.pk}: {why}"[:500]
    desk = Order.objects.values_list("desk_id", flat=True).get(pk=order_id)
    alerts.save([(now(), Alert.Severity.WARNING.value, "corporate_action", CODE, desk, order_id, text, {}, "")])
