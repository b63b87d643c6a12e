"""``Idempotency-Key``: the same request again is answered as before, and never done twice."""

import hashlib
from collections.abc import Callable

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request

from oms.api.problems import Problem
from oms.base.clock import now
from oms.base.locks import lane
from oms.keys import KEPT
from oms.models import IdempotencyKey
from orders.models import User

LONGEST_KEY = 255
HEADER = "Idempotency-Key"


def key_of(request: Request) -> str | None:
    """The request's key, or None. Raises Problem if it cannot be one."""
    key = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Problem(400, "BAD_TEXT", f"{HEADER} must be 1 to {LONGEST_KEY} printable ASCII characters")
    return key


def once(request: Request, user: User, work: Callable[[], HttpResponse]) -> HttpResponse:
    """Do ``work`` if this key has not been answered yet, in one transaction with remembering the answer.

    What ``work`` raises undoes everything and is not remembered: nothing was done, so it may be tried again.
    """
    key = key_of(request)
    if key is None:
        return work()
    digest = _digest(request)
    with transaction.atomic():
        if not lane(f"idempotency:{user.pk}:{key}"):
            raise Problem(409, "IN_FLIGHT", f"the request with the key {key} is still being worked on")
        # Looked up after the lock: what the holder before us has committed is visible now.
        before = IdempotencyKey.objects.filter(user=user, key=key).first()
        if before and before.created_at > now() - KEPT:
            return _again(before, digest)
        response = work()
        _remember(user, key, digest, response)
    return response


def _digest(request: Request) -> bytes:
    inner = request._request
    head = f"{inner.method}\n{inner.path}\n{inner.content_type}\n{request.headers.get('If-Match', '')}\n"
    return hashlib.sha256(head.encode("utf-8", "surrogateescape") + inner.body).digest()


def _again(before: IdempotencyKey, digest: bytes) -> HttpResponse:
    if bytes(before.request_hash) != digest:
        raise Problem(422, "KEY_REUSED", f"the key {before.key} came with another request before")
    headers = {"Idempotent-Replayed": "true"}
    return HttpResponse(before.body, status=before.status, content_type=before.content_type, headers=headers)


def _remember(user: User, key: str, digest: bytes, response: HttpResponse) -> None:
    IdempotencyKey.objects.bulk_create(
        [
            IdempotencyKey(
                user=user,
                key=key,
                request_hash=digest,
                status=response.status_code,
                content_type=response["Content-Type"],
                body=response.content.decode(),
                created_at=now(),
            )
        ],
        update_conflicts=True,
        unique_fields=["user", "key"],
        update_fields=["request_hash", "status", "content_type", "body", "created_at"],
    )
