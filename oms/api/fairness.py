"""The fairness report: each account's price and share of every booked allocation, against the block's."""

import csv
import io
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from oms.api import allocation_shapes as a
from oms.api import listing, pages, schema
from oms.api.access import EVERYONE, desk_ids
from oms.api.allocations import day_parameter
from oms.api.fields import Read, text
from oms.api.views import View
from oms.base.money import plain, scaled
from settlement.allocation.shares import Ask, Method, weights
from settlement.models import AllocationShare

HUNDRED = Decimal(100)
FILTERS: dict[str, Read] = {
    "symbol": text(29), "account": text(16), "from": a.day, "to": a.day, "csv": listing.switch,
}  # fmt: skip
ROW = ("id", "allocation_id", "account__code", "alloc_qty", "avg_px", "net_money")
BLOCK = ("trade_date", "instrument__symbol", "side", "method", "qty", "avg_px", "revision")


class Fairness(View):
    """Who got what at which price."""

    access = {"GET": EVERYONE}

    @extend_schema(
        operation_id="allocations_fairness",
        parameters=[
            *schema.filters("symbol", "account"), day_parameter("from", "trade date, inclusive"),
            day_parameter("to", "trade date, inclusive"),
            OpenApiParameter("csv", int, description="1: the page as a table"), *schema.filters("limit", "cursor"),
        ],
        responses=schema.said(schema.paged(a.FairnessShape, "Fairness")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """By instrument and day: an account's average price against the block's, share asked against share given."""
        query = pages.read(request, FILTERS, single=frozenset({"from", "to", "csv"}))
        desks = desk_ids(self.user(request))
        rows = AllocationShare.objects.filter(
            allocation__state="booked", allocation__desk_id__in=desks, revision=F("allocation__revision")
        )
        if "symbol" in query:
            rows = rows.filter(listing.of_symbols(query["symbol"], "allocation__instrument__"))
        if "account" in query:
            rows = rows.filter(account__code__in=query["account"])
        if "from" in query:
            rows = rows.filter(allocation__trade_date__gte=query.one("from"))
        if "to" in query:
            rows = rows.filter(allocation__trade_date__lte=query.one("to"))
        if query.one("csv"):
            return _table(report(rows.order_by("allocation__trade_date", "allocation", "seq")[: query.limit]))
        return pages.page(request, rows, query, report)


def report(rows: QuerySet[AllocationShare]) -> list[dict[str, Any]]:
    """The rows of the report. Two SELECTs: the shares, and all shares of their allocations to weigh them by."""
    found = list(rows.values_list("revision", *ROW, *(f"allocation__{name}" for name in BLOCK[:-1])))
    everyone = AllocationShare.objects.filter(
        allocation_id__in={row[2] for row in found}, revision=F("allocation__revision")
    )
    asked: dict[int, list[tuple[int, Ask]]] = {}
    for pk, allocation, *ask in everyone.order_by("seq").values_list("id", "allocation_id", *Ask._fields):
        asked.setdefault(allocation, []).append((pk, Ask(*ask)))
    return [_row(row, asked[row[2]]) for row in found]


def _row(row: tuple[Any, ...], asks: list[tuple[int, Ask]]) -> dict[str, Any]:
    _, pk, allocation, account, qty, px, net, day, symbol, side, method, total, block_px = row
    weighed = weights(Method(method), [ask for _, ask in asks])
    mine = weighed[[id_ for id_, _ in asks].index(pk)]
    exact = mine * total / sum(weighed)
    return {
        "allocation_id": str(allocation), "trade_date": day, "symbol": symbol, "side": side, "method": method,
        "account": account, "block_qty": total, "block_avg_px": block_px, "alloc_qty": qty, "avg_px": px,
        "px_difference": px - block_px, "share_asked_pct": scaled(exact * HUNDRED / total),
        "share_given_pct": scaled(qty * HUNDRED / total), "share_difference_qty": scaled(qty - exact),
        "net_money": net,
    }  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> HttpResponse:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(a.FairnessShape().fields))
    writer.writeheader()
    writer.writerows({name: plain(v) if isinstance(v, Decimal) else v for name, v in row.items()} for row in rows)
    name = 'attachment; filename="fairness.csv"'
    return HttpResponse(out.getvalue(), content_type="text/csv", headers={"Content-Disposition": name})
