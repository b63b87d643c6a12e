"""What every view of this door shares."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from oms.api import strict
from oms.api.access import ANYBODY, ByRole, CookieAuthentication, TokenAuthentication
from oms.api.problems import Problem
from orders.models import User

CSV_TYPES = ("text/csv", "application/csv")


class OneKind(BaseContentNegotiation):
    """Answers are JSON whatever the client would like: an Accept header is no reason to refuse an order."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None


class Door:
    """A view with ``access``: the roles allowed for each method. Methods it does not name are refused to all."""

    access: ClassVar[Mapping[str, frozenset[Any]]] = {}
    authentication_classes = (TokenAuthentication, CookieAuthentication)
    permission_classes = (ByRole,)
    content_negotiation_class = OneKind
    # OPTIONS would describe the view to anyone.
    metadata_class = None

    def check_permissions(self, request: Request) -> None:
        """A method that the view does not have is 405 to whoever may ask, and not an affair of roles."""
        open_door = ANYBODY in self.access.values()
        if request.method not in (*self.access, "HEAD") and (open_door or request.user.is_authenticated):
            raise exceptions.MethodNotAllowed(request.method or "")
        super().check_permissions(request)  # type: ignore[misc]


class View(Door, APIView):
    """What this door's own views share."""

    def user(self, request: Request) -> User:
        """Whoever is logged in; ``access`` has seen to it that somebody is."""
        assert isinstance(request.user, User)
        return request.user

    def http_method_not_allowed(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:
        raise exceptions.MethodNotAllowed(request.method or "")


def json_body(request: Request) -> Any:
    """The JSON value of the body. Raises Problem or BadJson."""
    return strict.loads(_body(request, ("application/json",)))


def object_body(request: Request) -> dict[str, Any]:
    """The JSON object of the body."""
    return as_object(json_body(request))


def as_object(value: Any) -> dict[str, Any]:
    """``value``, which must be a JSON object."""
    if not isinstance(value, dict):
        raise Problem(400, "BAD_JSON", "a JSON object is expected here")
    return value


def csv_body(request: Request) -> bytes:
    """The bytes of a CSV body."""
    return _body(request, CSV_TYPES)


def _body(request: Request, kinds: tuple[str, ...]) -> bytes:
    inner: HttpRequest = request._request
    kind = inner.content_type or kinds[0]
    if kind not in kinds:
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", f"send {kinds[0]}, not {ascii(kind)[1:61]}")
    return inner.body
