"""From what an entry of the ledger was made from to the life of its trade."""

from collections.abc import Iterable

from django.urls import reverse

from settlement.models import Obligation


def lives(sources: Iterable[str]) -> dict[str, str]:
    """The address of the trade that each source names; sources of no trade are left out. One SELECT."""
    named: dict[int, list[str]] = {}
    for source in sources:
        kind, _, number = source.partition(":")
        if kind in ("trade", "settlement", "void") and number.isdecimal():
            named.setdefault(int(number), []).append(source)
    found = Obligation.objects.filter(pk__in=named).values_list("pk", "order_id")
    return {source: reverse("ops-trade", args=[order_id]) for key, order_id in found for source in named[key]}
