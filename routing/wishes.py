"""What operators want done to running FIX sessions: asked for, confirmed, and carried out by whoever runs the session.

A reset forgets what was sent and not received, so it is done only when a second person has confirmed it.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet

from oms.base.clock import now
from oms.base.refusal import Refusal
from routing.fix.engine import Engine
from routing.models import ClientSession, SessionOrder, VenueSession

Kind = SessionOrder.Kind
OPEN = Q(done_at__isnull=True, withdrawn_at__isnull=True)
_LONGEST_NUMBER = 2**31 - 1
# A wish that nobody took up is not done when the session comes up days later.
STALE = timedelta(hours=1)


def ask(
    sessions: Sequence[ClientSession] | Sequence[VenueSession], kind: str, reason: str, user: Any,
    begin: str = "", end: str = "",
) -> list[SessionOrder] | list[Refusal]:  # fmt: skip
    """Write the wish for each of ``sessions``; or everything that is wrong with it. One INSERT."""
    numbers = _numbers(kind, begin, end)
    faults = [one for one in numbers if isinstance(one, Refusal)]
    if not reason.strip() or len(reason) > 200 or not reason.isprintable():
        faults.append(Refusal("MISSING", "reason", "reason: say why, in 1 to 200 characters"))
    if faults:
        return faults
    first, last = (one if isinstance(one, int) else None for one in numbers)
    at = now()
    return SessionOrder.objects.bulk_create([
        SessionOrder(
            session=one if isinstance(one, ClientSession) else None,
            venue_session=one if isinstance(one, VenueSession) else None,
            kind=kind, begin_seq_no=first, end_seq_no=last, reason=reason.strip(), asked_by=user, asked_at=at,
        )
        for one in sessions
    ])  # fmt: skip


def _numbers(kind: str, begin: str, end: str) -> tuple[int | Refusal | None, int | Refusal | None]:
    """The range of a resend; nothing for anything else."""
    if kind != Kind.RESEND:
        return None, None
    first, last = _number("begin_seq_no", begin, 1), _number("end_seq_no", end, 0)
    if isinstance(first, int) and isinstance(last, int) and 0 < last < first:
        return first, Refusal("BAD_VALUE", "end_seq_no", f"end_seq_no {last} is before {first}; 0 means to the last")
    return first, last


def _number(name: str, text: str, least: int) -> int | Refusal:
    text = text.strip()
    if not text:
        return least
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1
    if least <= number <= _LONGEST_NUMBER:
        return number
    return Refusal("BAD_VALUE", name, f"{name}: {text[:20]!a} is no whole number from {least} to {_LONGEST_NUMBER}")


def confirm(wishes: QuerySet[SessionOrder], user: Any) -> tuple[int, list[Refusal]]:
    """Confirm resets as a second person; answer how many, and a refusal for each that may not be. One UPDATE."""
    unconfirmed = wishes.filter(OPEN, kind=Kind.RESET, confirmed_by__isnull=True)
    refusals = []
    for wish in wishes.exclude(pk__in=unconfirmed.exclude(asked_by=user).values("pk")).order_by("id"):
        if wish.kind == Kind.RESET and wish.asked_by_id == user.pk and not wish.is_over and not wish.confirmed_by_id:
            text = f"you asked for the reset of {wish.code} yourself: another person must confirm it"
            refusals.append(Refusal("SECOND_PERSON", "", text))
        else:
            refusals.append(Refusal("BAD_VALUE", "", f"the {wish.kind} of {wish.code} waits for no confirmation"))
    count = unconfirmed.exclude(asked_by=user).update(confirmed_by=user, confirmed_at=now())
    return count, refusals


def withdraw(wishes: QuerySet[SessionOrder], user: Any) -> int:
    """Take back what has not been done yet, whoever asked for it; answer how many."""
    return wishes.filter(OPEN).update(withdrawn_by=user, withdrawn_at=now())


def fulfil(wishes: QuerySet[SessionOrder], engine_of: Callable[[str], Engine | None]) -> None:
    """Do what is asked for among ``wishes``, and confirmed where it must be. Called by who runs the sessions.

    At most once: what was begun by a process that died says so, and is not done again.
    """
    ready = wishes.filter(OPEN).filter(~Q(kind=Kind.RESET) | Q(confirmed_by__isnull=False))
    for wish in ready.order_by("id"):
        if not wishes.filter(OPEN, pk=wish.pk).update(done_at=now(), outcome="begun"):
            continue
        engine = engine_of(wish.code)
        if (wish.confirmed_at or wish.asked_at) < now() - STALE:
            outcome = "too old: nothing was done; ask again"
        else:
            outcome = "the session is not running" if engine is None else _do(engine, wish)
        SessionOrder.objects.filter(pk=wish.pk).update(outcome=outcome[:200])


def _do(engine: Engine, wish: SessionOrder) -> str:
    try:
        if wish.kind == Kind.DISCONNECT:
            engine.turn_out(wish.code, wish.reason)
        elif wish.kind == Kind.RESEND:
            engine.resend(wish.code, wish.begin_seq_no or 1, wish.end_seq_no or 0)
        else:
            engine.reset_session(wish.code)
    except ValueError as error:
        return str(error)
    return "done"
