"""Logging in for a token, logging out, and who one is."""

from datetime import timedelta

from django.contrib.auth import authenticate, logout
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework.request import Request

from oms import logins
from oms.api import schema
from oms.api.access import ANYBODY, EVERYONE, desk_ids
from oms.api.answers import answer
from oms.api.fields import Field, take, text
from oms.api.problems import Problem, respond
from oms.api.views import View, object_body
from oms.base import bell
from oms.base.refusal import REASONS
from oms.desk.asked import CHANGES, ENTERS
from orders.models import Account, Desk, User

TOKEN_LIFE = timedelta(hours=12)
# Passwords may hold any printable character; the bound keeps hashing from becoming a burden.
FIELDS = {"username": Field(text(150)), "password": Field(text(256))}


class Login(View):
    """A token for a user name and password."""

    access = {"POST": ANYBODY}
    # A session cookie that came along is of no account here, so no CSRF token is asked for.
    authentication_classes = ()

    @extend_schema(**schema.LOGIN)
    def post(self, request: Request) -> HttpResponse:
        """Send the token as ``Authorization: Token ...``. It is valid for twelve hours."""
        values, faults = take(object_body(request), FIELDS)
        if faults:
            raise Problem.of(faults, 400)
        if logins.locked_out(values["username"], logins.address_of(request._request)):
            minutes = logins.WINDOW.seconds // 60
            problem = Problem(429, "TOO_MANY_LOGINS", f"wait {minutes} minutes before you try again")
            return respond(problem, Retry_After=str(logins.WINDOW.seconds))
        user = authenticate(request._request, **values)
        if not isinstance(user, User):
            raise Problem(401, "BAD_LOGIN", REASONS["BAD_LOGIN"].text)
        row, token = AuthToken.objects.create(user, expiry=TOKEN_LIFE)
        return answer({"token": token, "expiry": row.expiry, "user": told(user)})


class Logout(View):
    """The end of a token or session."""

    access = {"POST": EVERYONE}

    @extend_schema(**schema.LOGOUT)
    def post(self, request: Request) -> HttpResponse:
        """Make the token used for this request invalid, or end the session."""
        if isinstance(request.auth, AuthToken):
            request.auth.delete()
        else:
            logout(request._request)
        bell.ring("rights")
        return HttpResponse(status=204)


class Me(View):
    """Who one is."""

    access = {"GET": EVERYONE}

    @extend_schema(**schema.ME)
    def get(self, request: Request) -> HttpResponse:
        """Your role, desks and accounts, and what you may do."""
        return answer(told(self.user(request)))


def told(user: User) -> dict[str, object]:
    """A user as he is told about himself."""
    desks = desk_ids(user)
    return {
        "username": user.username,
        "role": user.role,
        "is_superuser": user.is_superuser,
        "desks": list(Desk.objects.filter(pk__in=desks).values_list("code", flat=True)),
        "accounts": list(Account.objects.filter(desk_id__in=desks, active=True).values_list("code", flat=True)),
        "may_enter": user.is_superuser or user.role in ENTERS,
        "may_change": user.is_superuser or user.role in CHANGES,
    }
