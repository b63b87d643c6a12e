"""Daily loss limits: writing them, what is in force today, engaging what a loss has reached, release by another person.

What is engaged is engaged behind the fence of the kill switches: when ``engage`` has committed, every order that did
not see it is committed too, and none that it stops is entered or sent after it.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from oms.base import fence, sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.money import plain
from oms.base.prepared import Prepared
from oms.base.refusal import Refusal
from orders.models import BusinessDate, Order
from risk.context import LossStop as Stop
from risk.losslevels import LossAction
from risk.models import LossLimit, LossStop, StrategySender

HALTS = (LossAction.HALT, LossAction.CANCEL)


class Reached(NamedTuple):
    """A level that a result has reached; for ``unknown`` there is neither level nor result, but what is lacking."""

    limit: LossLimit
    action: LossAction
    level: Decimal | None
    realised: Decimal | None
    unrealised: Decimal | None
    lacks: str = ""
    why: str = ""


def put(limit: LossLimit, actor: Any, reason: str = "") -> LossLimit | list[Refusal]:
    """Save new or edited levels under their next version, or answer every fault. ``actor`` is a user."""
    limit.author = actor
    try:
        limit.full_clean()
    except ValidationError as error:
        return [
            Refusal("BAD_VALUE", "" if name == "__all__" else name, text)
            for name, texts in error.message_dict.items()
            for text in texts
        ]
    with transaction.atomic():
        if limit.pk is not None:
            latest = locked(LossLimit.objects.filter(pk=limit.pk)).values_list("version", flat=True).first()
            if latest != limit.version:
                text = f"Loss limit {limit.pk} is at version {latest}; you changed version {limit.version}"
                return [Refusal("VERSION_CONFLICT", "version", text)]
            limit.version += 1
        limit._history_user, limit._change_reason = actor, reason[:100] or None  # type: ignore[attr-defined]
        limit.save()
    return limit


_STOPS = Prepared(
    lambda: (
        LossStop.objects.filter(date=BusinessDate.objects.values("today")[:1], released_at__isnull=True)
        .order_by("pk")
        .values_list("limit__scope", "limit__scope_id", "action", "level", "lacks", "reason")
    )
)


def in_force() -> tuple[Stop, ...]:
    """What holds on the present business date. Never cached. One statement."""
    return tuple(
        Stop(scope, scope_id, action, plain(level) or "", lacks, why if lacks else "")
        for scope, scope_id, action, level, lacks, why in _STOPS()
    )


def engage(day: date, reached: Sequence[Reached], at: datetime) -> list[LossStop]:
    """Put into force what was reached; answer what is new. Its own transaction: it waits for orders under way."""
    if not reached:
        return []
    columns = (
        "limit_id", "limit_version", "limit_author_id", "date", "action", "level", "realised", "unrealised", "at",
        "lacks", "reason",
    )  # fmt: skip
    rows = [
        (one.limit.pk, one.limit.version, one.limit.author_id, day, str(one.action), one.level, one.realised,
         one.unrealised, at, one.lacks, one.why)
        for one in reached
    ]  # fmt: skip
    with transaction.atomic():
        fence.alone()
        fresh = sets.insert(LossStop, columns, rows, skip_duplicates=True, returning="id")
        return list(LossStop.objects.filter(pk__in=fresh).select_related("limit").order_by("pk"))


def known_again(day: date, limits: Iterable[int], at: datetime) -> int:
    """Lift what was engaged because a result could not be told. One statement."""
    rows = LossStop.objects.filter(date=day, limit_id__in=list(limits), action=LossAction.UNKNOWN, released_at=None)
    return rows.update(released_at=at, reason="the result is known again")


def release(stop_id: int, actor: Any, reason: str) -> LossStop | Refusal:
    """Let trading go on for this day. ``actor`` is a user: neither who set the levels, nor who trades in the scope."""
    if not reason.strip():
        return Refusal("MISSING", "reason", "A loss stop is released for a reason: state it")
    with transaction.atomic():
        stop: LossStop | None = locked(LossStop.objects.filter(pk=stop_id)).select_related("limit").first()
        if stop is None or stop.released_at is not None or stop.date != BusinessDate.objects.get().today:
            return Refusal("NOT_ENGAGED", "id", f"Loss stop {stop_id} is not in force")
        if stop.limit_author_id == actor.pk or _trades_in(stop.limit, actor):
            text = "Neither who set the levels nor who trades in the scope may release it: ask another person"
            return Refusal("SAME_PERSON", "", text)
        stop.released_by, stop.released_at, stop.reason = actor, now(), reason[:500]
        stop.save(update_fields=["released_by", "released_at", "reason"])
        return stop


def _trades_in(limit: LossLimit, actor: Any) -> bool:
    if limit.scope == LossLimit.Scope.TRADER:
        return limit.scope_id == str(actor.pk)
    return Order.objects.filter(of(limit.scope, limit.scope_id), entered_by_id=actor.pk).exists()


def of(scope: str, scope_id: str) -> Q:
    """The orders of a scope."""
    if scope == LossLimit.Scope.STRATEGY:
        senders = StrategySender.objects.filter(strategy=scope_id).values("sender")
        return (Q(sender_comp_id=scope_id) | Q(sender_comp_id__in=senders)) & Q(parent__isnull=True)
    column = {"account": "account_id", "desk": "desk_id", "trader": "entered_by_id"}[scope]
    return Q(**{column: scope_id}, parent__isnull=True)
