"""Canceling many of a client's orders at once (35=q): by what, whose, and how each is answered.

MassCancelRequestType (530) says by what; Side (54) and Account (1) narrow any of them. We keep no CFI codes and no
trading sessions by order, so 4 and 6 are refused. Never throttled, never limited.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import Q

from oms.base.refusal import Refusal
from oms.desk import Cancellation, cancel
from oms.fix.drafts import symbol_of, symbols
from oms.fix.replies import Present, Replies, present
from oms.fix.trading import Party
from orders.models import Instrument, Order
from orders.vocabulary import AssetClass

Request = Mapping[str, Any]
# MassCancelRejectReason (532).
NOT_SUPPORTED, UNKNOWN_SECURITY, UNKNOWN_UNDERLYING, UNKNOWN_PRODUCT, UNKNOWN_TYPE = 0, 1, 2, 3, 5
UNKNOWN_MARKET, OTHER = 7, 99
# Product (460): 3 corporate, 4 currency, 5 equity, 6 government, 1 agency and others we do not trade.
PRODUCTS = {
    3: {AssetClass.CORPORATE_BOND}, 4: {AssetClass.FX_SPOT}, 5: {AssetClass.EQUITY, AssetClass.ETF},
    6: {AssetClass.GOVERNMENT_BOND},
}  # fmt: skip
# SecurityType (167).
TYPES = {
    "CS": {AssetClass.EQUITY}, "ETF": {AssetClass.ETF}, "MF": {AssetClass.ETF}, "CORP": {AssetClass.CORPORATE_BOND},
    "TBOND": {AssetClass.GOVERNMENT_BOND}, "TNOTE": {AssetClass.GOVERNMENT_BOND}, "GOVT": {AssetClass.GOVERNMENT_BOND},
    "FUT": {AssetClass.FUTURE}, "OPT": {AssetClass.OPTION}, "FXSPOT": {AssetClass.FX_SPOT},
}  # fmt: skip


class Fault(NamedTuple):
    """Why the request as a whole is refused: MassCancelRejectReason (532), and the words."""

    reason: int
    text: str


Scope = Q | Fault


def mass_cancel(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """OrderMassCancelRequest (35=q): r says what was taken; each order has its own 8, or a 9 that says why not."""
    return [_mass_cancel(request, party, replies) for request in requests]


def _mass_cancel(request: Request, party: Party, replies: Replies) -> str:
    kind = str(request.get("mass_cancel_request_type", ""))
    answer: dict[str, Any] = {
        "cl_ord_id": request["cl_ord_id"], "order_id": f"M-{request['cl_ord_id']}"[:64],
        "mass_cancel_request_type": kind,
    }  # fmt: skip
    scope = _scope(kind, request, party)
    if isinstance(scope, Fault):
        refused = {"mass_cancel_response": "request_rejected", "mass_cancel_reject_reason": scope.reason}
        replies.say("r", answer | refused | {"text": scope.text})
        return "BAD_VALUE"
    mine = Order.objects.filter(scope, sender_comp_id=party.code, parent__isnull=True, leaves_qty__gt=0)
    orders = present(mine.values_list("pk", flat=True))
    answers = cancel([Cancellation(order_id) for order_id in orders], party.actor) if orders else []
    taken = [orders[one.order_id] for one in answers if one.order_id and not one.refusals]
    affected = [{"orig_cl_ord_id": order.cl_ord_id, "affected_order_id": str(order.id)} for order in taken]
    more = {"affected_orders": affected} if affected else {}
    replies.say("r", answer | {"mass_cancel_response": kind, "total_affected_orders": len(taken)} | more)
    for order, one in zip(orders.values(), answers, strict=True):
        if one.refusals:
            _refused(request, order, one.refusals[0], replies)
    return "applied"


def _refused(request: Request, order: Present, refusal: Refusal, replies: Replies) -> None:
    """A 9 for an order that could not be taken back, under the request's ClOrdID."""
    named = {"cl_ord_id": request["cl_ord_id"], "orig_cl_ord_id": order.cl_ord_id}
    replies.cancel_reject("F", named, refusal, order)


def _scope(kind: str, request: Request, party: Party) -> Scope:
    if kind not in SCOPES:
        return Fault(NOT_SUPPORTED, f"MassCancelRequestType (530) must be one of {', '.join(SCOPES)}")
    scope = SCOPES[kind](request)
    if isinstance(scope, Fault):
        return scope
    if request.get("side"):
        scope &= Q(side=request["side"])
    if request.get("account"):
        scope &= Q(account__code=party.accounts.get(request["account"], request["account"]))
    return scope


def _instrument(request: Request) -> Scope:
    """The instrument named by Symbol (55) and perhaps its market (207), or by SecurityID (48)."""
    symbol = symbol_of(request, symbols([request]))
    found = _named(symbol)
    return Q(instrument_id__in=found) if found else Fault(UNKNOWN_SECURITY, f"no instrument {symbol!r}")


def _underlying(request: Request) -> Scope:
    """Options and futures on the instrument that UnderlyingSymbol (311) names."""
    symbol = str(request.get("underlying_symbol", ""))
    found = _named(symbol)
    return Q(instrument__underlying_id__in=found) if found else Fault(UNKNOWN_UNDERLYING, f"no instrument {symbol!r}")


def _named(symbol: str) -> list[int]:
    """The instruments with the symbol, or the one on the market named behind it: AAPL.XNAS."""
    head, _, mic = symbol.rpartition(".")
    which = Q(symbol=symbol) | Q(symbol=head, primary_mic=mic) if head else Q(symbol=symbol)
    return list(Instrument.objects.filter(which).values_list("pk", flat=True)) if symbol else []


def _among(field: str, known: Mapping[Any, set[AssetClass]], reason: int) -> Callable[[Request], Scope]:
    def scope(request: Request) -> Scope:
        value = request.get(field)
        if value not in known:
            return Fault(reason, f"{field} must be one of {', '.join(map(str, known))}")
        return Q(instrument__asset_class__in=known[value])

    return scope


def _market(request: Request) -> Scope:
    """The instruments whose market is SecurityExchange (207)."""
    mic = request.get("security_exchange")
    known = bool(mic) and Instrument.objects.filter(primary_mic=mic).exists()
    return Q(instrument__primary_mic=mic) if known else Fault(UNKNOWN_MARKET, f"no market {mic!r} in tag 207")


SCOPES: dict[str, Callable[[Request], Scope]] = {
    "orders_for_a_security": _instrument,
    "orders_for_an_underlying_security": _underlying,
    "orders_for_a_product": _among("product", PRODUCTS, UNKNOWN_PRODUCT),
    "orders_for_a_security_type": _among("security_type", TYPES, UNKNOWN_TYPE),
    "all_orders": lambda _: Q(),
    "orders_for_a_market": _market,
}
