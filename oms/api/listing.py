"""The filters of lists: what may be asked, and what it means. Nothing else reaches a query."""

from datetime import UTC, datetime
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from oms.api.fields import Read, ascii_text, choice, key, text
from oms.api.pages import Query
from oms.base.refusal import Refusal
from orders.filter import Term, faults_of, parse
from orders.filtered import matching
from orders.models import ExecutionReport, Order, Position
from orders.vocabulary import OrdStatus, OrdType, Side, TimeInForce

Row = TypeVar("Row", bound=Model)


def moment(raw: str, name: str) -> datetime | Refusal:
    """A time in ISO 8601; without a zone it is UTC. A blank stands where an unescaped plus was."""
    try:
        at = datetime.fromisoformat(raw.replace(" ", "+") if raw.count(":") > 2 else raw)
    except ValueError:
        return Refusal("BAD_VALUE", name, f"{name} must be a time in ISO 8601, as 2030-12-31T08:00:00Z")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def switch(raw: str, name: str) -> bool | Refusal:
    """1 or 0."""
    return raw == "1" if raw in ("0", "1") else Refusal("BAD_VALUE", name, f"{name} must be 1 or 0")


def terms(raw: str, name: str) -> tuple[Term, ...] | Refusal:
    """A filter line as the page has it; the first of its faults, if it is not understood."""
    read = parse(raw)
    return faults_of(read, name)[0] if read.faults else read.terms


ORDERS: dict[str, Read] = {
    "account": text(16),
    "symbol": text(29),
    "side": choice(Side),
    "ord_type": choice(OrdType),
    "time_in_force": choice(TimeInForce),
    "ord_status": choice(OrdStatus),
    "cl_ord_id": ascii_text(64),
    "created_after": moment,
    "created_before": moment,
    "filter": terms,
    "children": switch,
    "parent_id": key,
}
EXECUTIONS: dict[str, Read] = {
    "account": text(16),
    "symbol": text(29),
    "side": choice(Side),
    "order_id": key,
    "created_after": moment,
    "created_before": moment,
}
POSITIONS: dict[str, Read] = {"account": text(16), "symbol": text(29)}
# Filters that make no sense twice; the others mean any of their values.
SINGLE = frozenset({"filter", "created_after", "created_before", "children", "parent_id", "order_id"})


def orders(rows: QuerySet[Order], query: Query) -> QuerySet[Order]:
    """The orders asked for: roots, with ``children=1`` also what went to venues, or one root's with ``parent_id``."""
    if parent := query.one("parent_id"):
        rows = rows.filter(parent_id=parent)
    elif not query.one("children"):
        rows = rows.filter(parent__isnull=True)
    for name in ("side", "ord_type", "time_in_force", "ord_status", "cl_ord_id"):
        if name in query:
            rows = rows.filter(**{f"{name}__in": query[name]})
    if "account" in query:
        rows = rows.filter(account__code__in=query["account"])
    if "filter" in query:
        rows = rows.filter(matching(query.one("filter")))
    return _between(_of_symbols(rows, query, "instrument"), query, "created_at")


def executions(rows: QuerySet[ExecutionReport], query: Query) -> QuerySet[ExecutionReport]:
    """The fills asked for."""
    if "order_id" in query:
        rows = rows.filter(order_id=query.one("order_id"))
    if "side" in query:
        rows = rows.filter(side__in=query["side"])
    if "account" in query:
        rows = rows.filter(order__account__code__in=query["account"])
    return _between(_of_symbols(rows, query, "order__instrument"), query, "recorded_at")


def positions(rows: QuerySet[Position], query: Query) -> QuerySet[Position]:
    """The positions asked for."""
    if "account" in query:
        rows = rows.filter(account__code__in=query["account"])
    return _of_symbols(rows, query, "instrument")


def of_symbols(symbols: list[str], path: str) -> Q:
    """Instruments by symbol, or by symbol and market: AAPL.XNAS. A symbol may itself hold a point."""
    which = Q(**{f"{path}symbol__in": symbols})
    for symbol in symbols:
        head, _, mic = symbol.rpartition(".")
        if head:
            which |= Q(**{f"{path}symbol": head, f"{path}primary_mic": mic})
    return which


def _of_symbols(rows: QuerySet[Row], query: Query, path: str) -> QuerySet[Row]:
    return rows.filter(of_symbols(query["symbol"], f"{path}__")) if "symbol" in query else rows


def _between(rows: QuerySet[Row], query: Query, column: str) -> QuerySet[Row]:
    """From ``created_after`` on, up to but not at ``created_before``."""
    if "created_after" in query:
        rows = rows.filter(**{f"{column}__gte": query.one("created_after")})
    if "created_before" in query:
        rows = rows.filter(**{f"{column}__lt": query.one("created_before")})
    return rows
