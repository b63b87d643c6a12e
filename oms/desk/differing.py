"""Spreads whose legs' fills are not in their ratio, or come to another net price than the whole's: somebody must know.

A venue reports the whole and each leg on their own, so a moment's difference means nothing. A spread that changed is
marked, and looked at until whole and legs agree; one that does not for ``LEGS_DIFFER_S`` seconds becomes an alert, once
for each state of its fills. Nothing is taken back: what a venue says was traded was traded.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from oms.base.clock import now
from oms.base.locks import lane
from oms.base.refusal import Refusal
from oms.desk import alerts
from orders.book import FACTS, Book
from orders.legs import Part, off_price, off_ratio
from orders.lifecycle import State
from orders.lists import WHOLE
from orders.models import Alert, ListOrder, OrderList
from orders.reference import business_date
from orders.vocabulary import ContingencyType

BITE = 500


class Standing(NamedTuple):
    """How a spread and its legs stand."""

    order_id: int
    side: str
    state: State
    legs: list[Part]
    # Contracts of one size: only then is the net price the sum of the legs' as they are quoted.
    alike: bool

    @property
    def wrong(self) -> str:
        """What is wrong with the fills, in words; '' if nothing is."""
        price = off_price(self.side, self.state, self.legs) if self.alike else ""
        return off_ratio(self.state, self.legs) or price


def differing(limit: int = BITE) -> int:
    """Look at spreads that changed; answer how many need no further look. 0 also when another worker is at it."""
    with transaction.atomic():
        if not lane("differing"):
            return 0
        changed = OrderList.objects.filter(to_check=True, active=True, kind=ContingencyType.MULTILEG)
        lists = list(changed.order_by("id")[:limit])
        return _look(lists) if lists else 0


def _look(lists: Sequence[OrderList]) -> int:
    patience = now() - timedelta(seconds=settings.LEGS_DIFFER_S)
    standing, recent = _standing(lists, patience)
    wrong = {pk: text for pk, one in standing.items() if (text := one.wrong)}
    settled = [one for one in lists if one.pk not in wrong or one.pk not in recent]
    _surface(standing[one.pk] for one in settled if one.pk in wrong)
    for one in settled:
        OrderList.objects.filter(pk=one.pk, stamp=one.stamp).update(to_check=False)
    return len(settled)


def _standing(lists: Sequence[OrderList], since: object) -> tuple[dict[int, Standing], set[int]]:
    """Each spread as it is, and which had news ``since``. One SELECT."""
    found: dict[int, Standing] = {}
    recent: set[int] = set()
    sizes: dict[int, set[object]] = {}
    columns = ("list_id", "role", "ratio_qty", "order_id", "order__side", "order__updated_at",
               "order__instrument__multiplier", *(f"order__{name}" for name in FACTS))  # fmt: skip
    rows = ListOrder.objects.filter(list__in=lists).order_by("list_id", "seq_no").values_list(*columns)
    for list_id, role, ratio_qty, order_id, side, at, size, *facts in rows:
        if at > since:
            recent.add(list_id)
        if role == WHOLE:
            found[list_id] = Standing(order_id, side, State(*facts), [], True)
            continue
        found[list_id].legs.append(Part(side, ratio_qty, State(*facts)))
        sizes.setdefault(list_id, set()).add(size)
    return {pk: one._replace(alike=len(sizes[pk]) == 1) for pk, one in found.items()}, recent


def _surface(wrong: Iterable[Standing]) -> None:
    """Once for each state of the fills."""
    texts = {one.order_id: f"spread {one.order_id}: {one.wrong}"[:500] for one in wrong}
    if not texts:
        return
    told = Alert.objects.filter(code="LEGS_DIFFER", order_id__in=list(texts))
    known = set(told.values_list("order_id", "text"))
    book = Book(now(), business_date())
    alerts.save([
        alerts.about(book, pk, Alert.Severity.CRITICAL, "multileg", Refusal("LEGS_DIFFER", "", text))
        for pk, text in texts.items()
        if (pk, text) not in known
    ])  # fmt: skip
