"""Who may log on: CompIDs are the engine's affair, credentials and addresses ours."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.hashers import check_password, make_password

from routing.fix.front import Caller
from routing.models import ClientSession
from routing.sessionterms import plain_certificate

# Checked when no session or no password is there, so that a refusal takes as long in either case.
_NOBODY = make_password("nobody")


def refusal(session: ClientSession | None, fields: Mapping[str, Any], address: str) -> str | None:
    """Why this Logon is refused, in words that tell a stranger nothing; None if it is welcome.

    Username (553) and Password (554) are compared with what the session's row holds, the address with its list.
    """
    known = session is not None and session.enabled
    stored = session.password if session and session.password else _NOBODY
    right = check_password(str(fields.get("password", "")), stored)
    if session is None or not known:
        return "not authorized"
    # Behind the front of TLS every address is our own; ``not_admitted`` has looked at the true one.
    if session.addresses and not session.tls and address not in session.addresses:
        return "not authorized"
    if session.password and not (right and fields.get("username") == session.username):
        return "not authorized"
    return None


def not_admitted(sessions: Iterable[ClientSession], logon: Mapping[str, str], caller: Caller) -> str | None:
    """Why a connection with TLS is closed before the engine hears of it, for our log; None if it may go on."""
    begin, theirs, ours = (logon.get(tag, "") for tag in ("8", "49", "56"))
    found = [one for one in sessions if one.target_comp_id == theirs and one.sender_comp_id == ours]
    if logon.get("35") != "A" or not found:
        return f"{theirs[:32]!a} has no session of {begin[:10]!a} here"
    # Versions of one pair of CompIDs may differ in what they ask for; the engine finds the one of this version.
    return next((why for one in found if (why := _unlike(one, caller))), None)


def _unlike(session: ClientSession, caller: Caller) -> str | None:
    if session.addresses and caller.address not in session.addresses:
        return f"{session.code} may not connect from here"
    if session.certificate and not _shown(session.certificate, caller):
        return f"{session.code} shows another certificate than its own"
    return None


def _shown(wanted: str, caller: Caller) -> bool:
    """Whether it is the certificate of the row: by fingerprint, or by the common name that an authority signed."""
    if wanted.startswith("CN="):
        return bool(caller.certificate) and hmac.compare_digest(wanted[3:].encode(), caller.common_name.encode())
    print_ = hashlib.sha256(caller.certificate).hexdigest() if caller.certificate else ""
    return hmac.compare_digest(plain_certificate(wanted), print_)
