"""What operators want done to running FIX sessions: asked for, confirmed, and carried out by whoever runs the session.

A reset forgets what was sent and not received, so it is done only when a second person has confirmed it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet

from oms.base.clock import now
from oms.base.refusal import Refusal
from routing.fix.engine import Engine
from routing.models import ClientSession, SessionOrder, Venue, VenueSession

Kind = SessionOrder.Kind
DK_FIELDS = ("order_id", "exec_id", "symbol", "side", "order_qty", "last_qty", "last_px")
OPEN = Q(done_at__isnull=True, withdrawn_at__isnull=True)
_LONGEST_NUMBER = 2**31 - 1
# A wish that nobody took up is not done when the session comes up days later.
STALE = timedelta(hours=1)


def ask(
    sessions: Sequence[ClientSession] | Sequence[VenueSession], kind: str, reason: str, user: Any,
    begin: str = "", end: str = "", fields: Mapping[str, Any] | None = None,
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
            fields=dict(fields or {}),
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
        elif wish.kind == Kind.RESET:
            engine.reset_session(wish.code)
        elif not engine.is_logged_on(wish.code):
            return f"{wish.code} is not logged on"
        else:
            engine.send(wish.code, *message(wish))
    except ValueError as error:
        return str(error)
    return "done"


def message(wish: SessionOrder) -> tuple[str, dict[str, Any]]:
    """What a venue is sent that is about no one order of ours: type and fields."""
    if wish.kind == Kind.MASS_STATUS:
        return "AF", {"mass_status_req_id": f"S{wish.pk}", "mass_status_req_type": "all_orders"}
    if wish.kind == Kind.MASS_CANCEL:
        at = now().isoformat(timespec="milliseconds")
        return "q", {"cl_ord_id": f"M{wish.pk}", "mass_cancel_request_type": "all_orders", "transact_time": at}
    return "Q", wish.fields


def dont_know(report: Mapping[str, Any], user: Any, reason: str, session: str = "") -> SessionOrder | Refusal:
    """Have the venue told that we do not know the execution it reported (35=Q). Three statements at most.

    ``session`` is that of our order; without one it is that of the market the report names (LastMkt, 30).
    """
    found = VenueSession.objects.filter(pk=session).first() if session else None
    if found is None:
        market = Venue.objects.filter(pk=report.get("last_mkt", "")).select_related("session").first()
        found = market.session if market else None
    if found is None:
        return Refusal("BAD_VALUE", "", "no session of ours leads to the market of that report: talk to the venue")
    missing = [name for name in ("order_id", "exec_id", "symbol", "side") if not report.get(name)]
    if missing:
        return Refusal("MISSING", missing[0], f"the report has no {missing[0]}, which DontKnowTrade needs")
    kept = {name: report[name] for name in DK_FIELDS if report.get(name)}
    [wish] = ask([found], Kind.DONT_KNOW, reason, user, fields=kept | {"dk_reason": "no_matching_order"})
    return wish
