"""Saved views of the blotter: which columns, in which order, sorted, filtered; one person's, or shared with a desk."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from oms.base.refusal import Refusal
from orders.models import Desk

# What a page can keep of a table, and how many of anything.
TABLES = ("orders", "executions", "positions")
MOST_COLUMNS = 60
LONGEST_WORD, LONGEST_LINE = 40, 500
WIDEST = 2_000


class SavedView(models.Model):
    """A view under an address of its own. ``body`` is what :func:`read_body` lets through; ``version`` counts changes.

    ``desk`` is whom it is shared with: members of the desk may look through it, its owner alone changes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False)
    desk = models.ForeignKey(Desk, models.CASCADE, null=True, blank=True)
    name = models.CharField(max_length=60)
    body = models.JSONField()
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_named"),
            models.CheckConstraint(condition=Q(version__gte=1), name="saved_view_version_from_1"),
        ]

    def __str__(self) -> str:
        return self.name


def read_body(raw: Any, field: str) -> dict[str, Any] | Refusal:
    """A view's body, or what is wrong with it: names, whole numbers and text of bounded size, and nothing else.

    Which columns there are is the page's affair: it passes over what it does not know, so that views outlive columns.
    """
    if not isinstance(raw, dict):
        return Refusal("BAD_VALUE", field, f"{field} must be an object")
    reads = {"tables": _tables, "filter": _line, "chip": _word, "linked": _flag}
    body: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in reads:
            return Refusal("UNKNOWN_FIELD", field, f"{field} has {', '.join(reads)}, not {ascii(name)[1:41]}")
        body[name] = reads[name](value, f"{field}.{name}")
        if isinstance(body[name], Refusal):
            return body[name]  # type: ignore[no-any-return]
    return body


def _tables(raw: Any, field: str) -> dict[str, Any] | Refusal:
    if not isinstance(raw, dict) or not set(raw) <= set(TABLES):
        return Refusal("BAD_VALUE", field, f"{field} must be an object of {', '.join(TABLES)}")
    kept: dict[str, Any] = {}
    for name, table in raw.items():
        kept[name] = _table(table, f"{field}.{name}")
        if isinstance(kept[name], Refusal):
            return kept[name]  # type: ignore[no-any-return]
    return kept


def _table(raw: Any, field: str) -> dict[str, Any] | Refusal:
    if not isinstance(raw, dict) or not set(raw) <= {"columns", "widths", "sort", "pinned", "group"}:
        return Refusal("BAD_VALUE", field, f"{field} must be an object of columns, widths, sort, pinned and group")
    columns, widths, sort = raw.get("columns", []), raw.get("widths", {}), raw.get("sort", [])
    if not _names(columns):
        return Refusal("BAD_VALUE", field, f"{field}.columns must be different names, at most {MOST_COLUMNS}")
    if not (isinstance(widths, dict) and _names(list(widths)) and all(_whole(one, WIDEST) for one in widths.values())):
        return Refusal("BAD_VALUE", field, f"{field}.widths must be whole numbers of pixels by column")
    if not (isinstance(sort, list) and len(sort) <= MOST_COLUMNS and all(_sorted(one) for one in sort)):
        return Refusal("BAD_VALUE", field, f"{field}.sort must be a list of {{field, down}}")
    if not _whole(raw.get("pinned", 0), MOST_COLUMNS):
        return Refusal("BAD_VALUE", field, f"{field}.pinned must be how many columns stay in place")
    if not isinstance(raw.get("group", ""), str) or len(raw.get("group", "")) > LONGEST_WORD:
        return Refusal("BAD_VALUE", field, f"{field}.group must be the name of a column")
    return raw


def _names(raw: Any) -> bool:
    return (
        isinstance(raw, list)
        and len(raw) <= MOST_COLUMNS
        and all(isinstance(one, str) and 0 < len(one) <= LONGEST_WORD and one.isidentifier() for one in raw)
        and len(set(raw)) == len(raw)
    )


def _whole(raw: Any, most: int) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= most


def _sorted(raw: Any) -> bool:
    return (
        isinstance(raw, Mapping)
        and set(raw) == {"field", "down"}
        and _names([raw["field"]])
        and isinstance(raw["down"], bool)
    )


def _line(raw: Any, field: str) -> str | Refusal:
    if not isinstance(raw, str) or len(raw) > LONGEST_LINE or not raw.isprintable():
        return Refusal("BAD_TEXT", field, f"{field} must be printable text of at most {LONGEST_LINE} characters")
    return raw


def _word(raw: Any, field: str) -> str | Refusal:
    return raw if _names([raw]) else Refusal("BAD_VALUE", field, f"{field} must be a name")


def _flag(raw: Any, field: str) -> bool | Refusal:
    return raw if isinstance(raw, bool) else Refusal("BAD_VALUE", field, f"{field} must be true or false")
