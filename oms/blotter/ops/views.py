"""One view for all sheets: the page, its rows as JSON for the scripts, and what is told of one row."""

import hashlib
from typing import Any, cast
from urllib.parse import urlencode

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from oms.blotter.ops import access
from oms.blotter.ops.attention import attention
from oms.blotter.ops.places import ONE, SHEETS, TABS
from oms.blotter.ops.sheet import PER_PAGE, Act, Asked, Field, Found, Sheet, asked
from orders.models import BusinessDate, User


def of(request: HttpRequest, slug: str, key: int | None) -> Sheet:
    """The sheet an address names."""
    sheets = SHEETS if key is None else ONE
    if slug not in sheets:
        raise Http404(f"no page {slug[:40]}")
    return sheets[slug](cast(User, request.user), key or 0)


@require_safe
@access.watched
@gzip_page
def page(request: HttpRequest, slug: str, key: int | None = None) -> HttpResponse:
    """The page as HTML, complete without a script; ``open`` shows one row beside the table."""
    sheet = of(request, slug, key)
    wish = asked(sheet, request.GET)
    found = sheet.read(wish)
    opened = request.GET.get("open", "")
    detail = sheet.detail(int(opened)) if opened.isascii() and opened.isdigit() and len(opened) < 19 else None
    context = frame(request, slug) | {
        "sheet": sheet, "found": found, "asked": wish, "detail": detail, "opened": opened, "heads": _heads(sheet, wish),
        "filters": [(one, wish.values.get(one.name, ""), list(one.options())) for one in sheet.filters],
        "pages": _pages(wish, found), "here": _address(wish, page=1),
        "config": _config(request, sheet, slug, key) | {"first": found.image, "around": _around()},
    }  # fmt: skip
    return render(request, "ops/sheet.html", context, status=400 if wish.faults else 200)


@require_safe
@access.watched
@gzip_page
def rows(request: HttpRequest, slug: str, key: int | None = None) -> HttpResponse:
    """GET /ops/<page>/rows: {rows, total, sums, page, pages, attention, today}; 304 while nothing has changed."""
    sheet = of(request, slug, key)
    wish = asked(sheet, request.GET)
    if wish.faults:
        faults = [{"code": one.code, "field": one.field, "text": one.text} for one in wish.faults]
        return told(request, {"title": "The address asks for what there is not.", "errors": faults}, 400)
    found = sheet.read(wish)
    image = found.image | {"page": wish.page, "pages": max(1, -(-found.total // PER_PAGE))}
    return told(request, image | _around())


@require_safe
@access.watched
@gzip_page
def detail(request: HttpRequest, slug: str, row: int, key: int | None = None) -> HttpResponse:
    """GET /ops/<page>/<row>/detail: what is told of one row."""
    found = of(request, slug, key).detail(row)
    if found is None:
        return told(request, {"title": f"No row {row} is here."}, 404)
    return told(request, found.image)


def frame(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What every page of the desk shows around its own."""
    counts = attention()
    tabs = [(number, tab, counts.get(tab.slug, 0), tab.slug == slug) for number, tab in enumerate(TABS, 1)]
    return {"page": "ops", "tabs": tabs, "today": today(), "may_act": access.acts(cast(User, request.user))}


def today() -> str:
    """The business date."""
    found = BusinessDate.objects.values_list("today", flat=True).first()
    return found.isoformat() if found else ""


def told(request: HttpRequest, value: Any, status: int = 200) -> HttpResponse:
    """``value`` as JSON with its digest as ETag, or 304 where the asker has it already."""
    body = orjson.dumps(value)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if status == 200 and request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/json", status=status)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie"])
    return response


def _around() -> dict[str, Any]:
    """What is said around the rows: the business date, and how much waits on each page."""
    return {"today": today(), "attention": attention()}


def _config(request: HttpRequest, sheet: Sheet, slug: str, key: int | None) -> dict[str, Any]:
    """What the scripts must know."""
    may = access.acts(cast(User, request.user))
    at = reverse("ops-sheet", args=[slug]) if key is None else reverse("ops-one", args=[slug, key])
    return {
        "csrf": get_token(request), "user": request.user.get_username(), "at": at, "per_page": PER_PAGE,
        "columns": [{"name": one.name, "title": one.title, "kind": one.kind} for one in sheet.columns],
        "acts": [_act(one) for one in sheet.acts if may],
        "empty": sheet.empty,
    }  # fmt: skip


def _act(one: Act) -> dict[str, Any]:
    return one._asdict() | {"fields": [_field(field) for field in one.fields], "also": dict(one.also)}


def _field(one: Field) -> dict[str, Any]:
    return one._asdict() | {"options": list(one.options() if callable(one.options) else one.options)}


def _heads(sheet: Sheet, wish: Asked) -> list[tuple[Any, str, str]]:
    """Each column with its aria-sort and the address that sorts by it."""
    heads = []
    for column in sheet.columns:
        now = "ascending" if wish.sort == column.name else "descending" if wish.sort == f"-{column.name}" else "none"
        next_sort = f"-{column.name}" if now == "ascending" else column.name
        heads.append((column, now, _address(wish, sort=next_sort) if column.sort else ""))
    return heads


def _pages(wish: Asked, found: Found) -> dict[str, Any]:
    last = max(1, -(-found.total // PER_PAGE))
    return {
        "page": wish.page, "last": last, "total": found.total,
        "before": _address(wish, page=wish.page - 1) if wish.page > 1 else "",
        "after": _address(wish, page=wish.page + 1) if wish.page < last else "",
    }  # fmt: skip


def _address(wish: Asked, sort: str | None = None, page: int | None = None) -> str:
    """The address of the same rows, sorted otherwise or on another page."""
    given: dict[str, Any] = dict(wish.values)
    given |= {"find": wish.find, "sort": wish.sort if sort is None else sort, "page": page if page and page > 1 else ""}
    return "?" + urlencode({name: value for name, value in given.items() if value})
