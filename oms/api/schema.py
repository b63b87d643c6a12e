"""What each address takes and answers, for the OpenAPI description."""

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer
from rest_framework import serializers as s

from oms.api import order_shapes, reference_shapes, shapes, table_shapes, user_shapes


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the token is sent."""

    target_class = "oms.api.access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <token>`, from POST /api/v1/auth/login/",
        }


class CookieScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """How the page is known."""

    target_class = "oms.api.access.CookieAuthentication"


def paged(shape: type[s.Serializer[Any]], name: str) -> type[s.Serializer[Any]]:
    """A page of ``shape``."""
    fields = {
        "results": shape(many=True),
        "next": s.CharField(allow_null=True, help_text="address of the next page, or null"),
        "Meta": type("Meta", (), {"ref_name": f"{name}Page"}),
    }
    return type(f"{name}Page", (s.Serializer,), fields)


def said(shape: Any, *statuses: int, ok: int = 200, what: str = "") -> dict[int, Any]:
    """The answers of an operation: ``shape`` when it went well, problems for the rest."""
    problems = {status: OpenApiResponse(shapes.ProblemShape) for status in (400, 401, 403, *statuses, 503)}
    return {ok: OpenApiResponse(shape, what) if shape is not None else OpenApiResponse(description=what), **problems}


def filters(*names: str) -> list[OpenApiParameter]:
    """Query parameters of a list."""
    return [OpenApiParameter(name, FILTERS[name][0], description=FILTERS[name][1]) for name in names]


FILTERS: dict[str, tuple[Any, str]] = {
    "measure": (str, "of limits; may be repeated"),
    "active": (str, "1 (default): limits that are in use; 0: those that were ended"),
    "account": (str, "may be repeated"),
    "symbol": (str, "AAPL or AAPL.XNAS; may be repeated"),
    "side": (str, "may be repeated"),
    "ord_type": (str, "may be repeated"),
    "time_in_force": (str, "may be repeated"),
    "ord_status": (str, "may be repeated"),
    "cl_ord_id": (str, "may be repeated"),
    "order_id": (str, ""),
    "parent_id": (str, "the children of this order"),
    "filter": (str, "a filter line: `sym:AAPL* side:buy qty>=1000 -status:filled`"),
    "children": (int, "1: child orders as well; without it root orders only"),
    "created_after": (OpenApiTypes.DATETIME, "from this time on"),
    "created_before": (OpenApiTypes.DATETIME, "before this time"),
    "search": (str, "part of symbol, name or an identifier; the likeliest first"),
    "isin": (str, "may be repeated"),
    "cusip": (str, "may be repeated"),
    "sedol": (str, "may be repeated"),
    "asset_class": (str, "may be repeated"),
    "limit": (int, "rows a page, at most 1000"),
    "cursor": (str, "from `next` of the page before"),
    "raw": (int, "1: FIX messages as they came"),
    "dry_run": (int, "1: only say what would be done"),
    "mic": (str, "market of rows that name none; default XNAS"),
}
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same request under the same key is done once and answered alike for seven days.",
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='"<version>" of the order you read', required=True
)
IF_MATCH_OPTIONAL = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description='"<version>"')
CSV = {"text/csv": OpenApiTypes.STR}
OPERATION = dict[str, Any]

LIST_ORDERS: OPERATION = {
    "operation_id": "orders_list",
    "parameters": filters(
        "account", "symbol", "side", "ord_type", "time_in_force", "ord_status", "cl_ord_id", "created_after",
        "created_before", "filter", "children", "parent_id", "limit", "cursor",
    ),
    "responses": said(paged(order_shapes.OrderShape, "Order")),
}  # fmt: skip
ENTER_ORDERS: OPERATION = {
    "operation_id": "orders_enter",
    "parameters": [KEY],
    "request": PolymorphicProxySerializer(
        "OneOrMany", [order_shapes.OrderRequest, order_shapes.OrderRequest(many=True)], None, many=False
    ),
    "responses": {
        201: OpenApiResponse(order_shapes.OrderShape, "entered"),
        200: PolymorphicProxySerializer(
            "OrderOrResults", [order_shapes.OrderShape, order_shapes.OrderResult(many=True)], None, many=False
        ),
        409: OpenApiResponse(order_shapes.OrderProblem, "the ClOrdID was used with other terms"),
        413: OpenApiResponse(shapes.ProblemShape),
        422: OpenApiResponse(order_shapes.OrderProblem, "risk refused it; `order` is the rejected order"),
        **{status: OpenApiResponse(shapes.ProblemShape) for status in (400, 401, 403, 415, 503)},
    },
}
ENTER_CSV: OPERATION = {
    "operation_id": "orders_enter_csv",
    "parameters": [KEY],
    "request": CSV,
    "responses": said(order_shapes.RowResult(many=True), 413, 415),
}
READ_ORDER: OPERATION = {"operation_id": "orders_read", "responses": said(order_shapes.WholeOrder, 404)}
AMEND_ORDER: OPERATION = {
    "operation_id": "orders_amend",
    "parameters": [IF_MATCH, KEY],
    "request": order_shapes.AmendRequest,
    "responses": {
        **said(order_shapes.OrderShape, 404, 415, 428),
        **dict.fromkeys((409, 412, 422), OpenApiResponse(order_shapes.OrderProblem)),
    },
}
CANCEL_ORDER: OPERATION = {
    "operation_id": "orders_cancel",
    "parameters": [IF_MATCH_OPTIONAL, KEY],
    "request": order_shapes.CancelRequest,
    "responses": {
        **said(order_shapes.OrderShape, 404, 415),
        **dict.fromkeys((409, 412, 422), OpenApiResponse(order_shapes.OrderProblem)),
    },
}
ORDER_EXECUTIONS: OPERATION = {
    "operation_id": "orders_executions",
    "parameters": filters("limit", "cursor"),
    "responses": said(paged(order_shapes.ExecutionShape, "Event"), 404),
}
LIST_EXECUTIONS: OPERATION = {
    "operation_id": "executions_list",
    "parameters": filters(
        "account", "symbol", "side", "order_id", "created_after", "created_before", "limit", "cursor"
    ),
    "responses": said(paged(order_shapes.ExecutionShape, "Execution")),
}
TIMELINE: OPERATION = {
    "operation_id": "orders_timeline",
    "parameters": filters("raw"),
    "responses": said(paged(order_shapes.TimelineEntry, "Timeline"), 404),
}
LIST_INSTRUMENTS: OPERATION = {
    "operation_id": "instruments_list",
    "parameters": filters("search", "symbol", "isin", "cusip", "sedol", "asset_class", "limit", "cursor"),
    "responses": said(paged(reference_shapes.InstrumentShape, "Instrument")),
}
LIST_ACCOUNTS: OPERATION = {
    "operation_id": "accounts_list",
    "responses": said(paged(reference_shapes.AccountShape, "Account")),
}
LIST_LIMITS: OPERATION = {
    "operation_id": "limits_list",
    "parameters": filters("measure", "active", "limit", "cursor"),
    "responses": said(paged(table_shapes.LimitShape, "Limit")),
}
IMPORT_LIMITS: OPERATION = {
    "operation_id": "limits_import",
    "parameters": filters("dry_run"),
    "request": CSV,
    "responses": {**said(table_shapes.LimitImport, 415), 422: OpenApiResponse(table_shapes.LimitImport)},
}
LIST_QUOTES: OPERATION = {
    "operation_id": "quotes_list",
    "parameters": filters("symbol"),
    "responses": said(paged(reference_shapes.QuoteShape, "Quote")),
}
LIST_REASONS: OPERATION = {
    "operation_id": "reasons_list",
    "responses": said(paged(reference_shapes.ReasonShape, "Reason")),
}
ME: OPERATION = {"operation_id": "me", "responses": said(user_shapes.MeShape)}
LOGIN: OPERATION = {
    "operation_id": "login",
    "request": user_shapes.LoginRequest,
    "responses": said(user_shapes.LoginAnswer, 415, 429),
    "auth": [],
}
LOGOUT: OPERATION = {"operation_id": "logout", "request": None, "responses": said(None, ok=204, what="logged out")}
IMPORT_INSTRUMENTS: OPERATION = {
    "operation_id": "instruments_import",
    "parameters": filters("dry_run", "mic"),
    "request": CSV,
    "responses": said(table_shapes.ImportAnswer, 415),
}
READ_FLOW: OPERATION = {"operation_id": "flow_read", "responses": said(user_shapes.FlowShape)}
SET_FLOW: OPERATION = {
    "operation_id": "flow_set",
    "request": user_shapes.FlowRequest,
    "responses": said(user_shapes.FlowShape, 415),
}
