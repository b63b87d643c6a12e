"""Who may do what, and whose rows they see. What is not allowed here is denied."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request

from oms.base.clock import now
from oms.base.prepared import Prepared
from orders.models import Account, Desk, User
from orders.vocabulary import Role

EVERYONE = frozenset(Role)
OPERATIONS = frozenset({Role.OPERATIONS})
COMPLIANCE = frozenset({Role.COMPLIANCE})
ANYBODY = frozenset({"anybody"})
# Those who watch over all desks; everyone else sees the desks they belong to.
FIRM_WIDE = frozenset({Role.COMPLIANCE, Role.OPERATIONS, Role.AUDITOR})
LONGEST_TOKEN = 200


_TOKEN_FIELDS = [field.attname for field in AuthToken._meta.concrete_fields]
_USER_FIELDS = [field.attname for field in User._meta.concrete_fields]
_TOKENS = Prepared(
    lambda digests: AuthToken.objects.filter(digest__among=digests).values_list(
        *_TOKEN_FIELDS, *(f"user__{name}" for name in _USER_FIELDS)
    )
)


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Token ...`` or ``Bearer ...``, a knox token. One SELECT; anything odd is a plain 401."""

    def authenticate(self, request: Request) -> tuple[User, AuthToken] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() not in ("token", "bearer"):
            return None
        token = token.strip()
        if not token.isascii() or not token.isprintable() or not 0 < len(token) <= LONGEST_TOKEN:
            raise exceptions.AuthenticationFailed("The token cannot be one of ours.")
        # The digest is the key: an attacker who can time the look-up learns nothing about a token.
        rows = _TOKENS([hash_token(token)])
        if not rows:
            raise exceptions.AuthenticationFailed("The token is not valid, or no longer.")
        split = len(_TOKEN_FIELDS)
        found = AuthToken.from_db("default", _TOKEN_FIELDS, rows[0][:split])
        found.user = User.from_db("default", _USER_FIELDS, rows[0][split:])
        if not found.user.is_active or (found.expiry and found.expiry <= now()):
            raise exceptions.AuthenticationFailed("The token is not valid, or no longer.")
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class CookieAuthentication(authentication.SessionAuthentication):
    """The page's session, with its CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        """Checked on Django's own request: the framework's would parse the body to look for a form."""
        super().enforce_csrf(request._request)  # type: ignore[arg-type]


class ByRole(permissions.BasePermission):
    """A view's ``access`` names the roles of each method; a method it does not name is for nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        roles = view.access.get("GET" if request.method == "HEAD" else request.method, frozenset())
        if roles is ANYBODY:
            return True
        user = request.user
        if isinstance(user, AnonymousUser) or not user.is_authenticated:
            return False
        return bool(roles) and (user.is_superuser or user.role in roles)


def sees_all(user: User) -> bool:
    """Whether the user looks after the whole firm."""
    return user.is_superuser or user.role in FIRM_WIDE


def desk_ids(user: User) -> list[int]:
    """The desks whose rows the user may see. One SELECT: every query is scoped by it."""
    desks = Desk.objects.all() if sees_all(user) else user.desks.all()
    return list(desks.values_list("id", flat=True))


def account_ids(user: User) -> list[int]:
    """The accounts whose rows the user may see. One SELECT."""
    accounts = Account.objects.all() if sees_all(user) else Account.objects.filter(desk__users=user)
    return list(accounts.values_list("id", flat=True))
