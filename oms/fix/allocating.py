"""What clients say of who a trade is for (J) and of what we confirmed (AU): each a batch for a verb of the desk."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from oms.base.clock import now
from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from oms.desk import affirming, allocating
from oms.desk.affirming import Word
from oms.desk.allocable import Share
from oms.desk.allocating import Change, Pick, Told, Wish
from oms.fix.codes import ascii_text, told
from oms.fix.replies import Present, Replies, present
from oms.fix.trading import Party
from orders.models import OrderRequest
from settlement.models import Allocation

Request = Mapping[str, Any]
ZERO = Decimal(0)
# AllocRejCode (88) of a refusal; what has no number of its own is 7 (other).
ALLOC_REJ_CODES = {
    "UNKNOWN_ACCOUNT": 0, "BAD_ALLOCATION": 8, "UNKNOWN_ORDER": 5, "UNKNOWN_ALLOCATION": 11, "BAD_NUMBER": 1,
}  # fmt: skip
QUANTITY, PRICE, NOT_ITS_PARTS, MISMATCH, NO_SUCH_NAME = 1, 2, 8, 11, 12
# Average prices are told with four decimals by many.
NEAR = Decimal("0.0001")
# BusinessRejectReason (380): unknown ID, or nothing can be said of it now.
UNKNOWN_ID = 1


def instructions(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """AllocationInstruction (35=J): new, replace or cancel; answered by P: accepted, or refused (AllocRejCode, 88)."""
    outcomes: list[str] = []
    for kind, run in groupby(requests, key=lambda request: str(request["alloc_trans_type"])):
        some = list(run)
        read = {"new": _new, "replace": _replace, "cancel": _cancel}.get(kind)
        answers = read(some, party) if read else [_refused(f"AllocTransType {kind} is not taken")] * len(some)
        outcomes += [_say(request, one, replies) for request, one in zip(some, answers, strict=True)]
    return outcomes


Answer = tuple[int, Refusal] | None


def _refused(text: str, code: int = 7, name: str = "BAD_VALUE", field: str = "") -> Answer:
    return code, Refusal(name, field, text)


def _say(request: Request, wrong: Answer, replies: Replies) -> str:
    fields: dict[str, Any] = {
        "alloc_id": request["alloc_id"],
        "transact_time": now().isoformat(timespec="milliseconds"),
    }
    if request.get("trade_date"):
        fields["trade_date"] = request["trade_date"]
    if wrong is None:
        replies.say("P", fields | {"alloc_status": "accepted"})
        return "applied"
    code, refusal = wrong
    status = "account_level_reject" if refusal.code == "UNKNOWN_ACCOUNT" else "block_level_reject"
    text = told(refusal.code, refusal.text)
    replies.say("P", fields | {"alloc_status": status, "alloc_rej_code": code, "text": text})
    return refusal.code


def _answers(read: Sequence[Any], verb: Any, party: Party) -> list[Answer]:
    """The desk's answers to what could be read, and what was wrong with the rest, in order."""
    wishes = [one for one in read if not (isinstance(one, tuple) and isinstance(one[-1], Refusal))]
    answers: Iterable[Told] = iter(verb(wishes, party.actor)) if wishes else iter(())
    return [
        one if isinstance(one, tuple) and isinstance(one[-1], Refusal) else _of(next(answers))  # type: ignore[call-overload]
        for one in read
    ]


def _of(one: Told) -> Answer:
    if not one.refusals:
        return None
    return ALLOC_REJ_CODES.get(one.refusals[0].code, 7), one.refusals[0]


def _new(requests: Sequence[Request], party: Party) -> list[Answer]:
    orders = _orders(requests, party)
    read: list[Any] = []
    for request in requests:
        found = orders_of(request, orders)
        shares = found if isinstance(found, tuple) else _shares(request, party, found)
        if isinstance(shares, tuple):
            read.append(shares)
            continue
        ids = tuple(order.id for order in found)  # type: ignore[union-attr]
        wish = Wish(ids, "fixed", tuple(shares), alloc_id=request["alloc_id"], auto_book=True)
        read.append(wish._replace(text=str(request.get("text", ""))[:300]))
    return _answers(read, allocating.allocate, party)


def _replace(requests: Sequence[Request], party: Party) -> list[Answer]:
    named = _named(requests, party)
    orders = _orders(requests, party)
    read: list[Any] = []
    for request in requests:
        pk = named.get(str(request.get("ref_alloc_id", "")))
        if pk is None:
            read.append(_unnamed(request))
            continue
        found: Any = orders_of(request, orders) if request.get("orders") else []
        shares = found if isinstance(found, tuple) else _shares(request, party, found)
        if isinstance(shares, tuple):
            read.append(shares)
        else:
            read.append(Change(pk, "fixed", tuple(shares), alloc_id=request["alloc_id"]))
    return _answers(read, allocating.change, party)


def _cancel(requests: Sequence[Request], party: Party) -> list[Answer]:
    named = _named(requests, party)
    read: list[Any] = []
    for request in requests:
        pk = named.get(str(request.get("ref_alloc_id", "")))
        read.append(_unnamed(request) if pk is None else Pick(pk, text=str(request.get("text", ""))[:300]))
    return _answers(read, allocating.cancel, party)


def _unnamed(request: Request) -> Answer:
    text = f"no allocation {request.get('ref_alloc_id')!r} of yours"
    return _refused(text, MISMATCH, "UNKNOWN_ALLOCATION", "ref_alloc_id")


def _named(requests: Sequence[Request], party: Party) -> dict[str, int]:
    """The client's allocations by their AllocID. One SELECT."""
    names = {str(request.get("ref_alloc_id", "")) for request in requests} - {""}
    rows = Allocation.objects.filter(sender_comp_id=party.actor.sender_comp_id, alloc_id__in=names)
    return dict(rows.values_list("alloc_id", "pk"))


def _orders(requests: Sequence[Request], party: Party) -> dict[str, Present]:
    """The client's orders by OrderID (37) and by every ClOrdID (11) they had. Two SELECTs."""
    listed = [one for request in requests for one in request.get("orders", ())]
    names = {str(one.get("cl_ord_id") or "") for one in listed}
    ids = {int(one["order_id"]) for one in listed if str(one.get("order_id") or "").isdigit()}
    rows = OrderRequest.objects.filter(sender_comp_id=party.code, order__parent__isnull=True)
    by_name = dict(rows.filter(cl_ord_id__in=names).values_list("cl_ord_id", "order_id"))
    own = set(rows.filter(order_id__in=ids).values_list("order_id", flat=True))
    found = present([*by_name.values(), *own])
    return {name: found[pk] for name, pk in by_name.items()} | {f"id:{pk}": found[pk] for pk in own}


def orders_of(request: Request, known: Mapping[str, Present]) -> list[Present] | tuple[int, Refusal]:
    """The orders that an instruction lists. Where it gives an OrderID, that and the ClOrdID must name the same."""
    found: list[Present] = []
    for one in request.get("orders", ()):
        order_id, name = str(one.get("order_id") or ""), str(one.get("cl_ord_id") or "")
        order = known.get(f"id:{order_id}") if order_id else known.get(name)
        if order is None or (order_id and name in known and known[name].id != order.id):
            what = f"OrderID {order_id}" if order_id else f"ClOrdID {name}"
            return (5 if order_id else NO_SUCH_NAME), Refusal("UNKNOWN_ORDER", "orders", f"no order {what} of yours")
        found.append(order)
    if not found:
        return 7, Refusal("MISSING", "orders", "NoOrders (73) must list the orders")
    return found


def _shares(request: Request, party: Party, orders: Sequence[Present]) -> list[Share] | tuple[int, Refusal]:
    """The accounts' quantities, which must come to Quantity (53), and that to what is executed, or ordered before."""
    total = parse_decimal(request.get("quantity", ""), "quantity", positive=True)
    price = parse_decimal(request.get("avg_px", ""), "avg_px")
    parts = [parse_decimal(one.get("alloc_qty", ""), "alloc_qty", positive=True) for one in request.get("allocs", ())]
    wrong = next((one for one in (total, price, *parts) if isinstance(one, Refusal)), None)
    if wrong or not parts:
        return QUANTITY, wrong or Refusal("MISSING", "allocs", "NoAllocs (78) must list the accounts")
    numbers = [one for one in parts if isinstance(one, Decimal)]
    assert isinstance(total, Decimal)
    assert isinstance(price, Decimal)
    if sum(numbers, ZERO) != total:
        text = f"the accounts come to {sum(numbers, ZERO):f} of Quantity {total:f}"
        return NOT_ITS_PARTS, Refusal("BAD_ALLOCATION", "allocs", text)
    return _differs(request, orders, total, price) or [
        Share(party.accounts.get(one["alloc_account"], one["alloc_account"]), qty=qty)
        for one, qty in zip(request["allocs"], numbers, strict=True)
    ]


def _differs(request: Request, orders: Sequence[Present], total: Decimal, price: Decimal) -> tuple[int, Refusal] | None:
    for order in orders:
        for name, mine in (("side", order.side), ("symbol", order.symbol)):
            if str(request.get(name) or mine).partition(".")[0] not in (mine, "[N/A]"):
                text = f"order {order.id} is {mine}, not {request[name]}"
                return MISMATCH, Refusal("BAD_VALUE", name, text)
    done = sum((order.cum_qty for order in orders), ZERO)
    ended = all(order.leaves_qty == 0 for order in orders)
    if orders and done and ended and done != total:
        return QUANTITY, Refusal("BAD_ALLOCATION", "quantity", f"executed are {done:f}, not {total:f}")
    gross = sum((order.gross_trade_amt for order in orders), ZERO)
    if orders and done == total and abs(gross / done - price) > NEAR:
        return PRICE, Refusal("BAD_ALLOCATION", "avg_px", f"the average price is {gross / done:f}, not {price:f}")
    return None


def acknowledgements(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """ConfirmationAck (35=AU): affirmed, rejected with why, or just received. What cannot be is answered by j."""
    outcomes = ["received"] * len(requests)
    for verb, status in ((affirming.affirm, "affirmed"), (affirming.dispute, "confirm_rejected")):
        at = [n for n, request in enumerate(requests) if request["affirm_status"] == status]
        words = [_word(requests[n]) for n in at]
        for n, heard in zip(at, verb(words, party.actor) if words else [], strict=True):
            outcomes[n] = heard.refusals[0].code if heard.refusals else "applied"
            if heard.refusals:
                refusal = heard.refusals[0]
                fields = {"ref_msg_type": "AU", "business_reject_reason": UNKNOWN_ID}
                name = ascii_text(str(requests[n]["confirm_id"]), 64)
                told_it = {"text": told(refusal.code, refusal.text), "business_reject_ref_id": name}
                replies.say("j", fields | told_it)
    return outcomes


def _word(request: Request) -> Word:
    number = str(request["confirm_id"])
    known = number.isascii() and number.isdigit() and len(number) < 19
    why = str(request.get("text") or "")
    if request["affirm_status"] == "confirm_rejected":
        why = why or f"rejected, reason {request.get('confirm_rej_reason', 'not given')}"
    return Word(int(number) if known else 0, text=why[:300])
