"""Spreads from a client: NewOrderMultileg (AB) and MultilegOrderCancelReplace (AC). A cancel is F, as for any order."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from oms.desk import roots
from oms.desk.asked import Answer
from oms.desk.multileg import LegDraft, MultilegDraft, enter_multileg
from oms.fix import trading
from oms.fix.drafts import objections
from oms.fix.replies import Present, Replies
from oms.fix.reports import OURS
from oms.fix.trading import Party, Request
from orders.legs import leg_side
from orders.vocabulary import Composition


def new_orders(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """NewOrderMultileg (35=AB): the whole is reported with 442=3, each leg's fills with 442=2 and LegRefID (654)."""
    read = [_draft(request, party.accounts) for request in requests]
    entered = iter(enter_multileg([one for one in read if isinstance(one, MultilegDraft)], party.actor))
    answers = [next(entered) if isinstance(one, MultilegDraft) else Answer(None, None, "", one) for one in read]
    return trading.answered(requests, answers, replies)


def _draft(request: Request, accounts: Mapping[str, str]) -> MultilegDraft | tuple[Refusal, ...]:
    """The spread in the message, or everything that is wrong with it."""
    faults: list[Refusal] = []
    if str(request.get("cl_ord_id", "")).startswith(OURS):
        faults.append(Refusal("BAD_VALUE", "cl_ord_id", f"a ClOrdID may not begin with {OURS}"))
    if not request.get("order_qty"):
        faults.append(Refusal("MISSING", "order_qty", "OrderQty (38), the number of spreads, is needed"))
    qty, price = (_number(request, name, faults) for name in ("order_qty", "price"))
    legs = [_leg(leg, number, faults) for number, leg in enumerate(request.get("legs", ()), 1)]
    if faults or qty is None:
        return tuple(faults)
    account = str(request.get("account", ""))
    return MultilegDraft(
        accounts.get(account, account), request.get("side", ""), request.get("ord_type", ""),
        request.get("time_in_force", "day"), qty, legs, price, str(request["cl_ord_id"]),
        **objections(request),
    )  # fmt: skip


def _leg(leg: Request, number: int, faults: list[Refusal]) -> LegDraft:
    """LegSymbol (600) with its market (616), LegSide (624), LegRatioQty (623, one if absent), LegRefID (654)."""
    wrong: list[Refusal] = []
    ratio = _number(leg, "leg_ratio_qty", wrong) if leg.get("leg_ratio_qty") else Decimal(1)
    faults += [fault._replace(field=f"legs[{number}].{fault.field}") for fault in wrong]
    symbol, market = str(leg["leg_symbol"]), leg.get("leg_security_exchange")
    symbol = f"{symbol}.{market}" if market and "." not in symbol else symbol
    return LegDraft(symbol, leg.get("leg_side", ""), ratio or Decimal(1), str(leg.get("leg_ref_id", "")))


def _number(request: Request, name: str, faults: list[Refusal]) -> Decimal | None:
    number = parse_decimal(request[name], name) if request.get(name) not in (None, "") else None
    if isinstance(number, Refusal):
        faults.append(number)
        return None
    return number


def replaces(requests: Sequence[Request], party: Party, replies: Replies) -> list[str]:
    """MultilegOrderCancelReplace (35=AC). It restates the order with its legs, which do not change by it."""
    found = trading.named(requests, party)
    wholes = {one.order.id for one in found if one.order and one.order.composition == Composition.MULTILEG}
    legs = roots.by_whole(roots.legs(wholes))

    def objection(request: Request, order: Present) -> Refusal | None:
        if order.id not in legs:
            return Refusal("BAD_VALUE", "msg_type", f"order {order.id} has no legs: replace it by 35=G")
        given = [_terms(leg) for leg in request.get("legs", ())]
        if given != [_of(leg, order.side) for leg in legs[order.id]]:
            return Refusal("BAD_VALUE", "legs", "the legs of a spread cannot be changed")
        return None

    return trading.ask("AC", requests, party, replies, objection)


def _terms(leg: Request) -> tuple[Any, ...]:
    ratio = parse_decimal(leg.get("leg_ratio_qty") or "1", "leg_ratio_qty")
    return str(leg["leg_symbol"]).partition(".")[0], leg.get("leg_side"), ratio


def _of(leg: roots.Root, side: str) -> tuple[Any, ...]:
    assert leg.leg is not None
    return leg.symbol, leg_side(leg.leg.side, side), leg.leg.ratio_qty
