"""Pages of a list: newest first, by id, so that rows that arrive while somebody reads neither repeat nor hide any."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from oms.api.answers import answer
from oms.api.fields import MAX_ID, Field, Read, take
from oms.api.problems import Problem
from oms.base.refusal import Refusal

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
MAX_REPEATS = 100
Row = TypeVar("Row", bound=Model)
Image = dict[str, Any]


class Query(dict[str, Any]):
    """The query's filters, each a list of values; ``limit`` and ``before`` are the page's."""

    limit: int = DEFAULT_LIMIT
    before: int | None = None

    def one(self, name: str) -> Any:
        """The value of a filter that is given at most once, or None."""
        return self[name][0] if name in self else None


def read(request: Request, filters: Mapping[str, Read], *, single: frozenset[str] = frozenset()) -> Query:
    """The filters of the address. An unknown name is refused: ignoring a filter shows more than was asked for."""
    query = Query()
    faults: list[Refusal] = []
    known = {**filters, "limit": _limit, "cursor": _cursor}
    for name, values in request.GET.lists():
        once = name in single or name in ("limit", "cursor")
        if name in known and len(values) > (1 if once else MAX_REPEATS):
            faults.append(Refusal("TOO_MANY", name, f"{name} stands {len(values)} times"))
            continue
        for value in values:
            found = take({name: value}, {name: Field(known[name])} if name in known else {})
            faults += _named(found.faults, known)
            query.setdefault(name, []).extend(found.values.values())
    if faults:
        raise Problem.of(faults, 400)
    query.limit = query.pop("limit", [DEFAULT_LIMIT])[0]
    query.before = query.pop("cursor", [None])[0]
    return query


def page(
    request: Request,
    rows: QuerySet[Row],
    query: Query,
    images: Callable[[QuerySet[Row]], list[Image]],
    *,
    ascending: bool = False,
) -> HttpResponse:
    """One page of ``rows`` by id and the address of the next one. Two SELECTs: the keys, and the images."""
    if query.before is not None:
        rows = rows.filter(pk__gt=query.before) if ascending else rows.filter(pk__lt=query.before)
    keys = list(rows.order_by("pk" if ascending else "-pk").values_list("pk", flat=True)[: query.limit + 1])
    shown, more = keys[: query.limit], len(keys) > query.limit
    found = images(rows.model._default_manager.filter(pk__in=shown).order_by("pk" if ascending else "-pk"))
    return answer({"results": found, "next": _next(request, shown[-1]) if more else None})


def _next(request: Request, last: int) -> str:
    given = [(name, value) for name, values in request.GET.lists() for value in values if name != "cursor"]
    return f"{request.path}?{urlencode([*given, ('cursor', _encoded(last))])}"


def _encoded(key: int) -> str:
    return base64.urlsafe_b64encode(f"id:{key}".encode()).decode().rstrip("=")


def _cursor(raw: str, name: str) -> int | Refusal:
    wrong = Refusal("BAD_CURSOR", name, "the cursor is not one we gave")
    try:
        kind, _, digits = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        return wrong
    if kind != "id" or not (digits.isascii() and digits.isdigit() and len(digits) <= 19) or int(digits) > MAX_ID:
        return wrong
    return int(digits)


def _limit(raw: str, name: str) -> int | Refusal:
    if raw.isascii() and raw.isdigit() and len(raw) <= 5 and 1 <= int(raw) <= MAX_LIMIT:
        return int(raw)
    return Refusal("BAD_VALUE", name, f"{name} must be from 1 to {MAX_LIMIT}")


def _named(faults: tuple[Refusal, ...], known: Mapping[str, Any]) -> list[Refusal]:
    """Faults about the address, naming the filters there are."""
    names = ", ".join(known)
    return [
        fault._replace(text=f"no filter {fault.field!r}; the filters are {names}")
        if fault.code == "UNKNOWN_FIELD"
        else fault
        for fault in faults
    ]
