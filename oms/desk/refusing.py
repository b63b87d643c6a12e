"""What refused orders last, and how they may be sent all the same: of a spread the decisions on its legs together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from orders.lists import LEG, WHOLE
from orders.models import ListOrder, Order
from risk.models import Decision
from risk.waiving import Way, strictest


class Judged(NamedTuple):
    """The last decision on an order; of a spread the one that is the hardest to wave through stands for its legs'.

    ``breaches`` are the findings that stand against it, of a spread each with its leg.
    """

    order: Order
    decision: Decision
    way: Way
    breaches: list[Mapping[str, Any]]


def latest(order_ids: Iterable[int], desk_ids: Collection[int] | None = None) -> dict[int, Judged]:
    """What was decided last of each root order (of these desks). Two SELECTs, and two more where there are spreads."""
    ids = set(order_ids)
    found = {pk: _judged(decision.order, [(0, decision)]) for pk, decision in _decisions(ids, desk_ids).items()}
    rows = ListOrder.objects.filter(role=LEG, list__members__role=WHOLE, list__members__order_id__in=ids - found.keys())
    legs = {
        leg: (whole, number) for leg, whole, number in rows.values_list("order_id", "list__members__order_id", "seq_no")
    }
    if not legs:
        return found
    every: dict[int, list[tuple[int, Decision]]] = defaultdict(list)
    for leg, decision in _decisions(legs, desk_ids).items():
        whole, number = legs[leg]
        every[whole].append((number, decision))
    wholes = Order.objects.select_related("instrument").in_bulk(every)
    return found | {pk: _judged(wholes[pk], decisions) for pk, decisions in every.items()}


def _decisions(order_ids: Collection[int], desk_ids: Collection[int] | None) -> dict[int, Decision]:
    """The last decision on each order. One SELECT."""
    rows = Decision.objects.filter(order_id__in=order_ids, order__parent__isnull=True)
    if desk_ids is not None:
        rows = rows.filter(order__desk_id__in=desk_ids)
    last = rows.order_by("order_id", "-id").distinct("order_id").select_related("order__instrument")
    return {decision.order_id: decision for decision in last}


def _judged(order: Order, decisions: list[tuple[int, Decision]]) -> Judged:
    """Of the legs those count that were decided last, together: what was refused before is over."""
    at = max(decision.at for _, decision in decisions)
    last = sorted(((n, one) for n, one in decisions if one.at == at), key=lambda pair: pair[0])
    refused = [decision for _, decision in last if not decision.accepted]
    way = strictest(decision.way for decision in refused)
    stands = next((one for one in refused if one.way == way), last[0][1])
    return Judged(order, stands, way, [one for number, decision in last for one in _breaches(decision, number)])


def _breaches(decision: Decision, leg: int) -> list[Mapping[str, Any]]:
    """The findings that stopped the order: what is to be waived."""
    named = {"leg": leg} if leg else {}
    found = (one for one in decision.findings if one["outcome"] in ("soft", "hard") and not one.get("dry_run"))
    return [{**one, **named} for one in found]
