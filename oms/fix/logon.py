"""Who may log on: CompIDs are the engine's affair, credentials and addresses ours."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.hashers import check_password, make_password

from routing.models import ClientSession

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
    if session.addresses and address not in session.addresses:
        return "not authorized"
    if session.password and not (right and fields.get("username") == session.username):
        return "not authorized"
    return None
