"""Instruments, accounts, quotes, and the catalogue of reasons."""

import hashlib
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from oms.api import images, listing, pages, schema
from oms.api.access import EVERYONE, desk_ids
from oms.api.answers import answer
from oms.api.fields import Read, choice, text
from oms.api.problems import Problem
from oms.api.views import View
from oms.base.refusal import REASONS
from orders.models import Account, Instrument
from orders.vocabulary import AssetClass
from routing.models import Quote

INSTRUMENTS: dict[str, Read] = {
    "search": text(60),
    "symbol": text(29),
    "isin": text(12),
    "cusip": text(9),
    "sedol": text(7),
    "asset_class": choice(AssetClass),
}
MOST_FOUND = 50


class Instruments(View):
    """What can be traded."""

    access = {"GET": EVERYONE}

    @extend_schema(**schema.LIST_INSTRUMENTS)
    def get(self, request: Request) -> HttpResponse:
        """Search with ``search`` (symbol, name or identifier, best matches first), or list by exact fields."""
        query = pages.read(request, INSTRUMENTS, single=frozenset({"search"}))
        rows = Instrument.objects.all()
        for name in ("isin", "cusip", "sedol", "asset_class"):
            if name in query:
                rows = rows.filter(**{f"{name}__in": query[name]})
        if "symbol" in query:
            rows = rows.filter(listing.of_symbols(query["symbol"], ""))
        if "search" not in query:
            return tagged(request, pages.page(request, rows, query, images.instruments, ascending=True))
        best = found(rows, query.one("search"))[: min(query.limit, MOST_FOUND)]
        return tagged(request, answer({"results": images.instruments(best), "next": None}))


class Accounts(View):
    """The accounts of your desks."""

    access = {"GET": EVERYONE}

    @extend_schema(**schema.LIST_ACCOUNTS)
    def get(self, request: Request) -> HttpResponse:
        """All of them, by code."""
        pages.read(request, {})
        rows = Account.objects.filter(desk_id__in=desk_ids(self.user(request))).order_by("code")
        names = ("account", "name", "desk", "base_currency", "client", "portfolio", "active", "average_price")
        columns = ("code", "name", "desk__code", "base_currency", "client", "portfolio", "active", "average_price")
        results = [dict(zip(names, row, strict=True)) for row in rows.values_list(*columns)]
        return answer({"results": results, "next": None})


class Quotes(View):
    """What venues quote."""

    access = {"GET": EVERYONE}

    @extend_schema(**schema.LIST_QUOTES)
    def get(self, request: Request) -> HttpResponse:
        """The top of book of each venue for the symbols named; at least one must be."""
        query = pages.read(request, {"symbol": text(29)})
        if "symbol" not in query:
            raise Problem(400, "MISSING", "name at least one symbol: ?symbol=AAPL")
        which = listing.of_symbols(query["symbol"], "instrument__")
        rows = Quote.objects.filter(which).order_by("instrument__symbol", "venue_id")
        return answer({"results": images.quotes(rows), "next": None})


class Reasons(View):
    """Every code a refusal can carry."""

    access = {"GET": EVERYONE}

    @extend_schema(**schema.LIST_REASONS)
    def get(self, request: Request) -> HttpResponse:
        """What each code means, and what whoever meets it can do."""
        pages.read(request, {})
        results = [{"code": code, "text": r.text, "remedy": r.remedy} for code, r in sorted(REASONS.items())]
        return answer({"results": results, "next": None})


def found(rows: Any, text: str) -> Any:
    """Instruments that match what somebody types, the likeliest first."""
    upper = text.upper()
    rank = Case(
        When(symbol=upper, then=Value(0)),
        When(Q(isin=upper) | Q(cusip=upper) | Q(sedol=upper), then=Value(1)),
        When(symbol__startswith=upper, then=Value(2)),
        When(name__istartswith=text, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    matches = Q(symbol__startswith=upper) | Q(isin=upper) | Q(cusip=upper) | Q(sedol=upper) | Q(name__icontains=text)
    return rows.filter(matches).order_by(rank, "symbol", "pk")


def tagged(request: Request, response: HttpResponse) -> HttpResponse:
    """The response under an ETag of its content, or 304 when the client has it."""
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": tag})
    response["ETag"] = tag
    return response
