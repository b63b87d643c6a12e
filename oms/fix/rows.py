"""Whether the rows of clients' sessions say something else than what runs, and what is to be run of them."""

import logging
from typing import Any

from routing import sessionterms
from routing.models import ClientSession

log = logging.getLogger("oms.fix")
# What the engine is told of a session; a change of these takes effect with a new engine.
SHAPE = (
    "sender_comp_id", "target_comp_id", "version", "enabled", "start", "end", "start_day", "end_day", "tls",
    "certificate", "addresses", "username", "password", "account_map", "throttle", "cancel_on_disconnect",
    "send_pending_new", "transforms", "purpose", "user_id", "user__is_active", "user__role",
)  # fmt: skip
Shapes = dict[str, tuple[Any, ...]]


def shapes() -> Shapes:
    """What the rows of enabled sessions say, by code. One SELECT."""
    return {row[0]: row[1:] for row in ClientSession.objects.filter(enabled=True).values_list("code", *SHAPE)}


def runnable(*, secure: bool) -> dict[str, ClientSession]:
    """The sessions that can be run. One that cannot says why in its row, and the others are run without it."""
    found: dict[str, ClientSession] = {}
    for one in ClientSession.objects.filter(enabled=True).select_related("user").order_by("code"):
        problem = sessionterms.first(one.faults())
        if not problem and not one.user.is_active:
            problem = f"user: {one.user} is not active"
        if not problem and one.tls and not secure:
            problem = "tls: there is no server.pem and server.key in OMS_HOME/fix/tls"
        if problem:
            log.error("session %s is not run: %s", one.code, problem)
        else:
            found[one.code] = one
        if problem != one.problem:
            ClientSession.objects.filter(pk=one.pk).update(problem=problem[:200])
    # What does not run is not up, whatever the process before us last wrote.
    ClientSession.objects.exclude(pk__in=found).update(logged_on_at=None)
    return found
