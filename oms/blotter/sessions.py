"""Who session cookies belong to, asked of the session store each time: a session that has ended is nobody's."""

from collections.abc import Collection
from enum import StrEnum

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from oms.base.clock import now
from orders.models import User


class Gone(StrEnum):
    """Why a session is nobody's, in words for whoever sits before the page."""

    ENDED = "your session has ended"
    INACTIVE = "your user may not sign in any more"
    PASSWORD = "your password was changed"  # noqa: S105 - it is said, not used


def users_of(keys: Collection[str]) -> dict[str, User | Gone]:
    """The active user behind each session key, or why there is none. Two SELECTs, whatever the number."""
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=now())
    sessions = {row.session_key: row.get_decoded() for row in rows}
    known = {
        key: one for key, one in sessions.items() if one.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    }
    users = {str(user.pk): user for user in User.objects.filter(pk__in={one[SESSION_KEY] for one in known.values()})}
    return {key: _user(known[key], users) if key in known else Gone.ENDED for key in keys}


def _user(session: dict[str, str], users: dict[str, User]) -> User | Gone:
    user = users.get(str(session[SESSION_KEY]))
    if user is None or not user.is_active:
        return Gone.INACTIVE
    same = constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return user if same else Gone.PASSWORD
