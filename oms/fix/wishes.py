"""What operators want done to running sessions: carried out by the process that owns them, and written down."""

from collections.abc import Mapping

from django.db.models import Q

from oms.base.clock import now
from routing.fix.engine import Engine
from routing.models import ClientSession, SessionOrder

# What the engine is told of a session; a change of these takes effect with a new engine.
SHAPE = (
    "sender_comp_id", "target_comp_id", "version", "enabled", "start", "end", "start_day", "end_day", "tls",
    "addresses", "username", "password", "account_map", "throttle", "cancel_on_disconnect", "send_pending_new",
    "transforms", "purpose", "user_id",
)  # fmt: skip


def fulfil(engines: Mapping[str, Engine]) -> None:
    """Do what is asked for, and confirmed where it must be; a reset wants a second person."""
    waiting = SessionOrder.objects.filter(done_at__isnull=True).filter(~Q(kind="reset") | Q(confirmed_by__isnull=False))
    for wish in waiting.order_by("id"):
        engine = engines.get(wish.session_id)
        outcome = "the session is not running" if engine is None else _do(engine, wish)
        SessionOrder.objects.filter(pk=wish.pk).update(done_at=now(), outcome=outcome[:200])


def _do(engine: Engine, wish: SessionOrder) -> str:
    try:
        if wish.kind == SessionOrder.Kind.DISCONNECT:
            engine.logout(wish.session_id, wish.reason)
        elif wish.kind == SessionOrder.Kind.RESEND:
            engine.resend(wish.session_id, wish.begin_seq_no or 1, wish.end_seq_no or 0)
        else:
            engine.reset_session(wish.session_id)
    except ValueError as error:
        return str(error)
    return "done"


def sessions_changed(running: Mapping[str, ClientSession]) -> bool:
    """Whether the rows say something else than what runs."""
    now_told = {row[0]: row[1:] for row in ClientSession.objects.filter(enabled=True).values_list("code", *SHAPE)}
    return now_told != {code: tuple(getattr(one, name) for name in SHAPE) for code, one in running.items()}
