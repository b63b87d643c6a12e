"""New orders, cancels and replaces from a client: each a batch for one verb of the desk, each answered."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from oms.desk import Actor, Amendment, Cancellation, Draft, amend, cancel, enter
from oms.desk.asked import Answer
from oms.fix import preallocating
from oms.fix.drafts import draft, objections, symbols
from oms.fix.replies import Present, Replies, present
from orders.models import OrderRequest
from orders.vocabulary import PRICED, Composition

Request = Mapping[str, Any]


class Party(NamedTuple):
    """Who speaks: the session's code, what it may do, and what it calls our accounts."""

    code: str
    actor: Actor
    accounts: Mapping[str, str]


def new_orders(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """NewOrderSingle (35=D). What risk refuses is an event and reported as one; what was no order is answered here."""
    return answered(requests, entered(requests, party), replies)


def entered(requests: Sequence[Request], party: Party) -> list[Answer]:
    """Enter orders, and allocate those that name accounts (78); an answer each, in order."""
    known = symbols(requests)
    orders = preallocating.fitting([_read(request, party, known) for request in requests], party.actor)
    told = iter(enter([order for order, _ in orders if isinstance(order, Draft)], party.actor))
    answers = [next(told) if isinstance(order, Draft) else Answer(None, None, "", order) for order, _ in orders]
    fresh = [
        (answer.order_id, order.cl_ord_id, shares)
        for answer, (order, shares) in zip(answers, orders, strict=True)
        if shares and isinstance(order, Draft) and answer.order_id and answer.accepted and not answer.duplicate
    ]
    preallocating.allocate(fresh, party.actor)
    return answers


def _read(request: Request, party: Party, known: Mapping[tuple[str, str], str]) -> preallocating.Read:
    """The order and the accounts it names, or everything that is wrong with either."""
    order = draft(request, party.accounts, known)
    shares = preallocating.read(request, party.accounts)
    if isinstance(shares, Refusal):
        return ((shares,) if isinstance(order, Draft) else (*order, shares)), ()
    return order, shares


def answered(requests: Sequence[Request], answers: Sequence[Answer], replies: Replies) -> list[str]:
    """Say what became of new orders that are no events: what was no order, and what was heard before."""
    outcomes: list[str] = []
    repeated: list[tuple[Request, int]] = []
    for request, answer in zip(requests, answers, strict=True):
        duplicate = answer.duplicate or any(r.code == "DUPLICATE_CL_ORD_ID" for r in answer.refusals)
        if duplicate and answer.order_id is not None:
            repeated.append((request, answer.order_id))
        elif answer.order_id is None:
            replies.rejected(request, answer.refusals)
        outcomes.append("duplicate" if duplicate else answer.refusals[0].code if answer.refusals else "applied")
    _repeated(repeated, replies)
    return outcomes


def _repeated(found: Sequence[tuple[Request, int]], replies: Replies) -> None:
    """Heard before: with PossResend the client only wants to be sure, without it is a duplicate (F.1.b)."""
    orders = present(order_id for _, order_id in found) if found else {}
    for request, order_id in found:
        if request.get("poss_resend"):
            replies.status(orders[order_id], request)
        else:
            replies.duplicate(orders[order_id], request)


class Named(NamedTuple):
    """The order that OrigClOrdID (41) names, and whether ClOrdID (11) was used before."""

    order: Present | None
    used: bool


def named(requests: Sequence[Request], party: Party) -> list[Named]:
    """What each request is about: any ClOrdID of an order's chain leads to it. Two SELECTs."""
    names = {request.get("orig_cl_ord_id") for request in requests} | {request["cl_ord_id"] for request in requests}
    rows = OrderRequest.objects.filter(sender_comp_id=party.code, cl_ord_id__in=names - {None})
    by_name = dict(rows.values_list("cl_ord_id", "order_id"))
    orders = present(by_name.values())
    found = []
    for request in requests:
        used = by_name.get(request["cl_ord_id"])
        order_id = by_name.get(str(request.get("orig_cl_ord_id", ""))) or (used if request.get("poss_resend") else None)
        found.append(Named(orders.get(order_id) if order_id else None, used is not None))
    return found


def cancels(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """OrderCancelRequest (35=F). Never throttled, never limited."""
    return ask("F", requests, party, replies)


def replaces(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """OrderCancelReplaceRequest (35=G). It restates the order: OrderQty is the new total."""
    return ask("G", requests, party, replies)


def ask(
    kind: str,
    requests: Sequence[Request],
    party: Party,
    replies: Replies,
    objection: Callable[[Request, Present], Refusal | None] = lambda request, order: None,
) -> list[str]:
    """Ask the desk to cancel (F) or to replace (G, AC). ``objection`` says what else stands against it."""
    outcomes = ["applied"] * len(requests)
    wishes: list[tuple[int, Amendment | Cancellation, Present]] = []
    for at, (request, found) in enumerate(zip(requests, named(requests, party), strict=True)):
        wish = _wish(kind, request, found)
        if isinstance(wish, Amendment | Cancellation) and found.order and (refusal := objection(request, found.order)):
            wish = refusal
        if isinstance(wish, Refusal):
            outcomes[at] = wish.code
            replies.cancel_reject(kind, request, wish, found.order)
        elif wish is None:
            assert found.order is not None
            outcomes[at] = "repeated"
            replies.status(found.order, request)
        else:
            assert found.order is not None
            wishes.append((at, wish, found.order))
    verb: Any = cancel if kind == "F" else amend
    answers = verb([wish for _, wish, _ in wishes], party.actor) if wishes else []
    for (at, _, order), answer in zip(wishes, answers, strict=True):
        if answer.refusals:
            outcomes[at] = answer.refusals[0].code
            now = order._replace(ord_status=answer.ord_status or order.ord_status)
            replies.cancel_reject(kind, requests[at], answer.refusals[0], now)
    return outcomes


def _wish(kind: str, request: Request, found: Named) -> Amendment | Cancellation | Refusal | None:
    """What to ask of the desk; None when the very request was heard before and the client wants to be sure."""
    order = found.order
    if order is None:
        return Refusal("UNKNOWN_ORDER", "orig_cl_ord_id", f"no order {request.get('orig_cl_ord_id')!r} of yours")
    if found.used:
        if request.get("poss_resend"):
            return None
        return Refusal("DUPLICATE_CL_ORD_ID", "cl_ord_id", f"ClOrdID {request['cl_ord_id']} was used before")
    if kind == "F":
        return Cancellation(order.id, cl_ord_id=request["cl_ord_id"])
    if kind == "G" and order.composition == Composition.MULTILEG:
        return Refusal("BAD_VALUE", "msg_type", f"order {order.id} is a spread: replace it by 35=AC, with its legs")
    return _amendment(request, order)


def _amendment(request: Request, order: Present) -> Amendment | Refusal:
    for name in ("side", "ord_type"):
        if request.get(name) not in (None, "", getattr(order, name)):
            return Refusal("BAD_VALUE", name, f"{name} cannot be changed from {getattr(order, name)}")
    if not order.composition and str(request.get("symbol", order.symbol)).partition(".")[0] not in (
        order.symbol,
        "[N/A]",
    ):
        return Refusal("BAD_VALUE", "symbol", f"the order is in {order.symbol}")
    if order.ord_type in PRICED and not request.get("price"):
        return Refusal("MISSING", "price", f"a {order.ord_type} order needs its Price (44)")
    numbers: dict[str, Decimal | None] = {}
    for name in ("order_qty", "price", "stop_px"):
        number = parse_decimal(request[name], name) if request.get(name) not in (None, "") else None
        if isinstance(number, Refusal):
            return number
        numbers[name] = number
    return Amendment(
        order.id,
        numbers["order_qty"],
        numbers["price"],
        cl_ord_id=request["cl_ord_id"],
        stop_px=numbers["stop_px"],
        **objections(request),
    )
