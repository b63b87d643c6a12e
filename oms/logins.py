"""Logging in by password, whichever door: after too many wrong ones from one address none is tried for a while.

By name and address together, so that nobody can lock out somebody else from elsewhere (ASVS 6.3.1).
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from oms.base.clock import now
from oms.models import FailedLogin
from orders.models import User

TRIES = 10
WINDOW = timedelta(minutes=5)


class Throttled(ModelBackend):
    """Django's own backend behind the count of failures."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **more: Any
    ) -> User | None:
        """The user whose password this is, or None. Raises PermissionDenied when it has been tried too often."""
        if not username or password is None:
            return None
        address = address_of(request)
        if locked_out(username, address):
            raise PermissionDenied("too many failed logins")
        user = super().authenticate(request, username=username, password=password, **more)
        if not isinstance(user, User):
            FailedLogin.objects.filter(at__lt=now() - WINDOW).delete()
            FailedLogin.objects.create(username=username[:150], address=address, at=now())
            return None
        return user


def locked_out(username: str, address: str) -> bool:
    """Whether there have been too many failures lately."""
    lately = FailedLogin.objects.filter(username=username[:150], address=address, at__gt=now() - WINDOW)
    return lately.count() >= TRIES


def address_of(request: HttpRequest | None) -> str:
    """Where a request comes from, as the socket says; headers that a client can write are not believed."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45] if request else ""
