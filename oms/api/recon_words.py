"""What the addresses of reconciliation have in common: filters, lists, and answers to several at once."""

from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter

from oms.api import pages, schema
from oms.api.fields import Read, choice, text
from oms.api.problems import STATUS, Problem, error_body
from oms.api.views import as_object
from oms.base.refusal import Refusal
from settlement.statements import KINDS

MOST = 500


def enum(name: str, values: Any) -> Any:
    """The words that a field takes."""
    return StrEnum(name, [(value.upper(), value) for value in values])


def day_of(raw: Any, name: str) -> date | Refusal:
    """A day as ISO 8601 writes it."""
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        return Refusal("BAD_VALUE", name, f"{name} must be a date such as 2026-11-24")


KIND = choice(enum("Kind", KINDS))
SIGNED: dict[str, Read] = {"kind": KIND, "account": text(16), "day": day_of}
_SAID = {
    "kind": "holdings, movements, cash or dropcopy; may be repeated", "account": "may be repeated",
    "day": "may be repeated",
    "source": "custodian, a MIC or a broker's session; may be repeated", "type": "may be repeated",
    "state": "live, open, assigned, resolved or auto_closed; may be repeated", "owner": "username; may be repeated",
    "opened_on": "may be repeated", "age": "at least so many business days old",
}  # fmt: skip


def parameters(filters: dict[str, Read]) -> list[OpenApiParameter]:
    """The filters of a list, and what turns its pages."""
    named = [OpenApiParameter(name, str, description=_SAID[name]) for name in filters]
    return [*named, *schema.filters("limit", "cursor")]


def asked_for(query: pages.Query, columns: dict[str, str]) -> Q:
    """The rows that a query asks for; ``columns`` are those that are called otherwise than their filter."""
    which = Q()
    for name, values in query.items():
        which &= Q(**{f"{columns.get(name, name)}__in": values})
    return which


def as_list(value: Any) -> list[dict[str, Any]]:
    """A list of objects, and not too long a one."""
    if not isinstance(value, list):
        raise Problem(400, "BAD_JSON", "a JSON list is expected here")
    if len(value) > MOST:
        raise Problem(413, "TOO_LARGE", f"at most {MOST} items at once, not {len(value)}")
    return [as_object(one) for one in value]


def answered(said: Any, ok: int) -> dict[str, Any]:
    """One answer of several: done, or the refusals."""
    if said is None:
        return {"status": ok}
    refusals = [said] if isinstance(said, Refusal) else list(said)
    status = STATUS.get(refusals[0].code, 422) if isinstance(said, Refusal) else 400
    return {"status": status, "errors": [error_body(one) for one in refusals]}
