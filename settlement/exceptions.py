"""What came from the custodian and could not be applied as it was: one item each, for operations to resolve.

Nothing from outside is dropped: what is malformed, unknown, contradictory, late or the same and yet different is kept
here with its bytes, once, and rings an alert. The messages beside it are applied.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import Q

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.models import Alert

STATES = ["open", "resolved"]
# The whole file is kept beside the archive; here stands what a person needs to see.
MOST_RAW = 16_384


class CustodyException(models.Model):
    """One thing from outside that needs a person. ``code`` is of the catalogue, ``kind`` the sort of message.

    ``owner`` looks into it; ``resolution`` says what was done about it. An item is never deleted.
    """

    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=500)
    raw = models.BinaryField(blank=True)
    file = models.CharField(max_length=120, blank=True)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=[(state, state) for state in STATES], default="open")
    owner = models.CharField(max_length=150, blank=True)
    resolution = models.CharField(max_length=500, blank=True)
    resolved_by = models.CharField(max_length=150, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], name="custody_exception_open", condition=Q(state="open"))]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="custody_exception_once"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="custody_exception_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", resolved_at__isnull=True, resolved_by="", resolution="")
                | Q(state="resolved", resolved_at__isnull=False) & ~Q(resolved_by="") & ~Q(resolution=""),
                name="custody_exception_resolved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.reference}".strip()


class CustodyMessage(models.Model):
    """A message of the custodian that was applied, so that it is not applied again. Append-only.

    The same ``message_id`` with another ``digest`` is an exception item.
    """

    message_id = models.CharField(max_length=35)
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["message_id"], name="custody_message_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"


class Exceptional(NamedTuple):
    """What is to become an item. ``kind`` is the definition of the message (sese.025), or what else it was."""

    code: str
    kind: str
    reference: str
    text: str
    raw: bytes = b""
    file: str = ""

    @property
    def digest(self) -> str:
        """What tells whether it is the same thing again: all but the file it came in."""
        told = "\0".join((self.code, self.kind, self.reference, self.text)).encode("utf-8", "backslashreplace")
        return hashlib.sha256(told + b"\0" + self.raw).hexdigest()


_COLUMNS = (
    "code", "kind", "reference", "text", "raw", "file", "digest", "received_at", "state", "owner", "resolution",
    "resolved_by",
)  # fmt: skip
_NOTICE = ("at", "severity", "kind", "code", "text", "payload", "resolution")


def exceptional(items: Sequence[Exceptional]) -> int:
    """Write items in the caller's transaction; how many of them are new. Two statements, whatever their number.

    One alert a batch tells of the new ones: a broken file of a thousand messages rings once.
    """
    at = now()
    rows = {
        item.digest: (
            item.code[:40], item.kind[:40], _shown(item.reference, 40), _shown(item.text, 500), item.raw[:MOST_RAW],
            item.file[:120], item.digest, at, "open", "", "", "",
        )
        for item in items
    }  # fmt: skip
    fresh = sets.insert(CustodyException, _COLUMNS, list(rows.values()), skip_duplicates=True, returning="digest")
    if fresh:
        first = next(item for item in items if item.digest in set(fresh))
        more = f" (and {len(fresh) - 1} more exception items)" if len(fresh) > 1 else ""
        text = f"{_shown(first.text, 400)}{more}"
        payload = {"reference": _shown(first.reference, 40), "kind": first.kind, "items": len(fresh)}
        sets.insert(Alert, _NOTICE, [(at, Alert.Severity.CRITICAL.value, "custodian", first.code, text, payload, "")])
    return len(fresh)


def take(item_ids: Sequence[int], owner: str) -> list[Refusal | None]:
    """Make ``owner`` the one who looks into open items; one refusal (or None) each, in order."""
    with transaction.atomic():
        held = _held(item_ids)
        answers = [_closed(id_, held) for id_ in item_ids]
        rows = sorted({id_ for id_, answer in zip(item_ids, answers, strict=True) if answer is None})
        sets.update(CustodyException, ["id"], ["owner"], [(id_, owner) for id_ in rows])
        return answers


def resolve(item_ids: Sequence[int], actor: str, resolution: str) -> list[Refusal | None]:
    """Close items and say what was done; one refusal (or None) each, in order."""
    if not resolution.strip():
        return [Refusal("MISSING", "resolution", "say what was done about it") for _ in item_ids]
    with transaction.atomic():
        at, held = now(), _held(item_ids)
        answers: list[Refusal | None] = []
        changed: dict[int, tuple[str, str]] = {}
        for id_ in item_ids:
            answer = _closed(id_, held)
            answers.append(answer)
            if answer is None:
                changed[id_] = (held[id_][1] or actor, "resolved")
                held[id_] = ("resolved", changed[id_][0])
        columns = ("owner", "state", "resolution", "resolved_by", "resolved_at")
        rows = [(id_, *row, resolution[:500], actor, at) for id_, row in sorted(changed.items())]
        sets.update(CustodyException, ["id"], columns, rows)
        return answers


def _held(item_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    rows = locked(CustodyException.objects.filter(pk__in=set(item_ids)))
    return {id_: (state, owner) for id_, state, owner in rows.values_list("id", "state", "owner")}


def _closed(id_: int, held: dict[int, tuple[str, str]]) -> Refusal | None:
    if id_ not in held:
        return Refusal("MISSING", "id", f"no exception item {id_}")
    if held[id_][0] != "open":
        return Refusal("BAD_VALUE", "state", f"exception item {id_} is resolved already")
    return None


def _shown(text: str, longest: int) -> str:
    """Text from outside as the database and people can take it."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)[:longest]
