"""Orders that a kill switch takes back are not sent again when a venue asks for a gap to be filled.

The venue is told that the gap holds nothing, then of the cancel; it is asked for the order's status after each logon
anyway. Called on the engine's own thread, which has a connection of its own: it only reads.
"""

import logging

from django.db import Error, close_old_connections
from django.db.models import Q

from routing.models import Outbox

log = logging.getLogger("oms.gateway")
_STOPPED = "KILL_SWITCH"


def stopped(session: str, cl_ord_id: str) -> bool:
    """Whether the order of this message is being canceled by a kill switch, or was. What cannot be read is not sent."""
    of_it = Q(order__reason_code=_STOPPED) | Q(order__parent__reason_code=_STOPPED)
    try:
        return Outbox.objects.filter(of_it, session_id=session, cl_ord_id=cl_ord_id).exclude(msg_type="H").exists()
    except Error as error:
        log.warning("resend of %s: %s", cl_ord_id, str(error).strip())
        close_old_connections()
        return True
