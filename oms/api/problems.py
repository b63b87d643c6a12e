"""Problems (RFC 9457): every error of this door as one shape, whatever raised it."""

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import Error, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from rest_framework import exceptions

import oms.api.reasons  # noqa: F401 - enters the codes into the catalogue
from oms.api.answers import PROBLEM, answer
from oms.api.strict import BadJson
from oms.base.refusal import REASONS, Refusal

log = logging.getLogger(__name__)

RETRY_AFTER_S = "1"
# Answers that a repetition will change: lock and statement timeouts, deadlock, serialization, shutdown, no room.
BUSY_CODES = frozenset({"55P03", "57014", "40P01", "40001", "57P01", "57P02", "57P03", "53300", "25P03"})
# What a refusal means over HTTP; everything else the desk refuses is 422.
STATUS = {
    "UNKNOWN_ORDER": 404,
    "UNKNOWN_TRANSFER": 404,
    "SOURCE_REUSED": 409,
    "NOT_FOUND": 404,
    "NOT_ALLOWED": 403,
    "VERSION_CONFLICT": 412,
    "VERSION_REQUIRED": 428,
    "DUPLICATE_CL_ORD_ID": 409,
    "ORDER_CLOSED": 409,
    "NOT_OPEN_FOR_AMEND": 409,
    "IN_FLIGHT": 409,
    "NOT_HELD": 409,
    "IS_A_LEG": 409,
    "TOO_MUCH": 409,
    "BAD_BLOCK": 409,
    "IN_BLOCK": 409,
    "IS_BLOCK": 409,
    "BLOCK_WORKS": 409,
    "BAD_SPLIT": 409,
    "CONFLICT": 409,
    "VENUE_OPEN": 409,
    "HOURS_UNKNOWN": 409,
    "DAY_NOT_ENDED": 409,
    "BAD_ALLOCATION": 409,
    "ALLOCATION_STATE": 409,
    "ALLOCATED_ALREADY": 409,
    "DUPLICATE_ALLOC_ID": 409,
    "NOT_ALLOCABLE": 409,
    "UNKNOWN_ALLOCATION": 404,
    "UNKNOWN_CONFIRMATION": 404,
    "CONFIRMATION_STATE": 409,
    "DAY_OPEN": 409,
    "SIGNED": 409,
    "NOT_COMPARED": 409,
    "BREAKS_OPEN": 409,
    "BREAK_CLOSED": 409,
    "BUSY": 503,
    # That somebody was turned away is written down, so the answer stands.
    **dict.fromkeys(
        (
            "UNKNOWN_OVERRIDE",
            "OVERRIDE_PENDING",
            "OVERRIDE_REFUSED",
            "OVERRIDE_USED",
            "OVERRIDE_EXPIRED",
            "OVERRIDE_TERMS",
        ),
        422,
    ),
}


class Problem(Exception):
    """An answer that ends the request. ``extra`` are further members of the problem.

    ``soft``: every refusal is a warning, and the same request with ``acknowledge_soft`` would be taken.
    """

    soft = False

    def __init__(self, status: int, code: str, detail: str, errors: Iterable[Refusal] = (), **extra: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.extra = tuple(errors), extra

    @classmethod
    def of(cls, refusals: Iterable[Refusal], status: int | None = None, **extra: Any) -> "Problem":
        """The problem that ``refusals`` amount to: the first one names it."""
        errors = tuple(refusals)
        first = errors[0]
        detail = "; ".join(error.text for error in errors)
        return cls(status or STATUS.get(first.code, 422), first.code, detail, errors, **extra)

    def body(self) -> dict[str, Any]:
        """The problem as JSON."""
        return {
            "type": f"/api/v1/reasons/#{self.code}",
            "title": REASONS[self.code].text,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [{**error_body(error), **({"soft": True} if self.soft else {})} for error in self.errors],
            **self.extra,
        }


def error_body(refusal: Refusal) -> dict[str, str]:
    """One fault: where, which, what, and what to do about it."""
    reason = REASONS.get(refusal.code)
    return {
        "field": refusal.field,
        "code": refusal.code,
        "text": refusal.text,
        "remedy": reason.remedy if reason else "",
    }


def respond(problem: Problem, **headers: str) -> HttpResponse:
    """The response to a problem."""
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE or problem.code == "IN_FLIGHT":
        headers.setdefault("Retry_After", RETRY_AFTER_S)
    response = answer(problem.body(), problem.status, PROBLEM, **headers)
    # Django would log every refused order as a warning. Who was not let in is worth a line, and what we failed at.
    response._has_been_logged = problem.status not in (401, 403, 429) and problem.status < 500  # type: ignore[attr-defined]
    return response


def handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """What REST framework calls for every exception of a view, authentication and permissions included."""
    if isinstance(error, Problem):
        return respond(error)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, Http404):
        return respond(_plain(404, "NOT_FOUND"))
    if isinstance(error, PermissionDenied):
        return respond(_plain(403, "NOT_ALLOWED"))
    if isinstance(error, BadJson):
        return respond(Problem(400, "BAD_JSON", str(error)))
    if isinstance(error, RequestDataTooBig):
        return respond(_plain(413, "TOO_LARGE"))
    if isinstance(error, BadRequest | SuspiciousOperation | MultiPartParserError | UnreadablePostError):
        return respond(_plain(400, "BAD_REQUEST"))
    if isinstance(error, Error) and (busy := _of_database(error)):
        log.warning("busy: %s", error)
        return respond(busy)
    request = context["request"]._request
    # Django's own way of telling whoever listens (logging, test client) of a failure that became an answer.
    got_request_exception.send(sender=None, request=request)
    log.exception("%s %s", request.method, request.path)
    return respond(_plain(500, "INTERNAL"))


def _plain(status: int, code: str) -> Problem:
    return Problem(status, code, REASONS[code].text)


def _of_database(error: Error) -> Problem | None:
    """Busy or gone is worth another try; a rival's unique key is a conflict; anything else is a bug of ours."""
    pgcode = getattr(error.__cause__, "pgcode", None) or ""
    lost = isinstance(error, InterfaceError | OperationalError) and not pgcode
    if lost or pgcode in BUSY_CODES or pgcode.startswith("08"):
        return _plain(503, "BUSY")
    if isinstance(error, IntegrityError) and pgcode == "23505":
        return _plain(409, "CONFLICT")
    return None


def _of_framework(error: exceptions.APIException) -> HttpResponse:
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        header = getattr(error, "auth_header", "") or "Token"
        problem = Problem(401, "NOT_AUTHENTICATED", str(error.detail))
        return respond(problem, WWW_Authenticate=header)
    if isinstance(error, exceptions.PermissionDenied):
        return respond(Problem(403, "NOT_ALLOWED", str(error.detail)))
    if isinstance(error, exceptions.MethodNotAllowed):
        return respond(_plain(405, "METHOD_NOT_ALLOWED"))
    if isinstance(error, exceptions.UnsupportedMediaType):
        return respond(_plain(415, "UNSUPPORTED_MEDIA_TYPE"))
    if isinstance(error, exceptions.NotFound):
        return respond(_plain(404, "NOT_FOUND"))
    return respond(Problem(error.status_code, "BAD_REQUEST", str(error.detail)))
