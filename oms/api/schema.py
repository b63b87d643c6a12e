"""The shapes of requests and answers, for the OpenAPI description alone: requests are read by fields.py.

A test sends real requests and holds every answer against these shapes.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer
from rest_framework import serializers as s

from orders.vocabulary import AssetClass, ExecType, OrdStatus, OrdType, Role, Side, TimeInForce, choices


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


def amount(**options: Any) -> s.DecimalField:
    """A decimal number, in a string."""
    return s.DecimalField(max_digits=28, decimal_places=8, **options)


def word(longest: int, **options: Any) -> s.CharField:
    """Text that may be empty in answers."""
    return s.CharField(max_length=longest, allow_blank=True, **options)


class Error(s.Serializer[Any]):
    field = word(80, help_text="the field at fault; empty if it is none in particular")
    code = s.CharField(help_text="see /api/v1/reasons/")
    text = s.CharField(help_text="what is wrong, with the numbers")
    remedy = word(200, help_text="what to do about it")
    soft = s.BooleanField(required=False, help_text="a warning: the same with acknowledge_soft is taken")


class ProblemShape(s.Serializer[Any]):
    """RFC 9457."""

    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = word(4000)
    code = s.CharField()
    errors = Error(many=True)

    class Meta:
        ref_name = "Problem"


class OrderShape(s.Serializer[Any]):
    order_id = s.CharField(help_text="OrderID (37)")
    parent_id = s.CharField(allow_null=True, help_text="the root order this one was sent for")
    version = s.IntegerField(help_text="grows with every event; the ETag")
    cl_ord_id = s.CharField(max_length=64, help_text="ClOrdID (11)")
    account = s.CharField(max_length=16, help_text="Account (1)")
    symbol = s.CharField(max_length=24, help_text="Symbol (55)")
    primary_mic = s.CharField(max_length=4)
    currency = s.CharField(max_length=3, help_text="Currency (15)")
    desk = s.CharField(max_length=16)
    side = s.ChoiceField(choices(Side), help_text="Side (54)")
    ord_type = s.ChoiceField(choices(OrdType), help_text="OrdType (40)")
    time_in_force = s.ChoiceField(choices(TimeInForce), help_text="TimeInForce (59)")
    order_qty = amount(help_text="OrderQty (38)")
    price = amount(allow_null=True, help_text="Price (44)")
    ord_status = s.ChoiceField(choices(OrdStatus), help_text="OrdStatus (39)")
    cum_qty = amount(help_text="CumQty (14)")
    leaves_qty = amount(help_text="LeavesQty (151)")
    avg_px = amount(allow_null=True, help_text="AvgPx (6)")
    venue = word(4, help_text="MIC a child order went to; empty for a root order")
    text = word(500, help_text="Text (58)")
    reason_code = word(40)
    entered_by = s.CharField()
    created_at = s.DateTimeField()
    transact_time = s.DateTimeField(help_text="TransactTime (60) of the last event")

    class Meta:
        ref_name = "Order"


class WholeOrder(OrderShape):
    children = s.ListField(child=s.CharField(), help_text="order_id of each child")

    class Meta:
        ref_name = "WholeOrder"


class OrderRequest(s.Serializer[Any]):
    account = s.CharField(max_length=16)
    symbol = s.CharField(max_length=29, help_text="AAPL, or with its market AAPL.XNAS")
    side = s.ChoiceField(choices(Side))
    ord_type = s.ChoiceField(choices(OrdType))
    order_qty = amount()
    price = amount(required=False, allow_null=True, help_text="for a limit order; a market order takes none")
    time_in_force = s.ChoiceField(
        [*choices(TimeInForce), *((name, name) for name in ("gtc", "ioc", "fok"))],
        required=False,
        help_text="default: day",
    )
    cl_ord_id = s.CharField(max_length=64, required=False, help_text="unique for your user for ever; ours if left out")
    acknowledge_soft = s.BooleanField(required=False, help_text="enter it in spite of warnings")


class OrderProblem(ProblemShape):
    order = OrderShape(required=False, allow_null=True, help_text="the order as it is stored")
    order_id = s.CharField(required=False, help_text="of a ClOrdID used before: the order it named")

    class Meta:
        ref_name = "OrderProblem"


class OrderResult(s.Serializer[Any]):
    status = s.IntegerField()
    order = OrderShape(required=False, allow_null=True)
    problem = OrderProblem(required=False)


class RowResult(OrderResult):
    row = s.IntegerField(help_text="line of the file; the header is line 1")


class AmendRequest(s.Serializer[Any]):
    order_qty = amount(required=False, help_text="the new total, including what is filled")
    price = amount(required=False)
    cl_ord_id = s.CharField(max_length=64, required=False)
    acknowledge_soft = s.BooleanField(required=False)


class CancelRequest(s.Serializer[Any]):
    cl_ord_id = s.CharField(max_length=64, required=False)


class ExecutionShape(s.Serializer[Any]):
    exec_id = s.CharField(help_text="ExecID (17)")
    order_id = s.CharField()
    seq = s.IntegerField(help_text="1..n without a hole, by order")
    cl_ord_id = s.CharField()
    orig_cl_ord_id = word(64)
    exec_type = s.ChoiceField(choices(ExecType), help_text="ExecType (150)")
    ord_status = s.ChoiceField(choices(OrdStatus))
    account = s.CharField()
    symbol = s.CharField()
    currency = s.CharField()
    side = s.ChoiceField(choices(Side))
    order_qty = amount()
    price = amount(allow_null=True)
    last_qty = amount(help_text="LastQty (32)")
    last_px = amount(allow_null=True, help_text="LastPx (31)")
    last_mkt = word(4, help_text="LastMkt (30)")
    cum_qty = amount()
    leaves_qty = amount()
    avg_px = amount(allow_null=True)
    venue_exec_id = word(64)
    exec_ref_id = word(64)
    text = word(500)
    reason_code = word(40)
    actor = s.CharField()
    trade_date = s.DateField(help_text="TradeDate (75)")
    transact_time = s.DateTimeField()
    recorded_at = s.DateTimeField()

    class Meta:
        ref_name = "Execution"


class TimelineEntry(s.Serializer[Any]):
    at = s.DateTimeField(help_text="when it happened")
    recorded_at = s.DateTimeField(help_text="when we wrote it")
    kind = s.CharField()
    title = s.CharField()
    actor = s.CharField()
    detail = s.DictField()


class PositionShape(s.Serializer[Any]):
    account = s.CharField()
    symbol = s.CharField()
    primary_mic = s.CharField()
    asset_class = s.ChoiceField(choices(AssetClass))
    currency = s.CharField()
    qty = amount(help_text="signed")
    avg_cost = amount()
    realised = amount()
    bought_qty = amount()
    sold_qty = amount()
    version = s.IntegerField()
    updated_at = s.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "Position"


class TickShape(s.Serializer[Any]):
    price_from = amount()
    tick = amount()

    class Meta:
        ref_name = "Tick"


class InstrumentShape(s.Serializer[Any]):
    id = s.IntegerField()
    symbol = s.CharField()
    name = s.CharField()
    asset_class = s.ChoiceField(choices(AssetClass))
    isin = word(12)
    cusip = word(9)
    sedol = word(7)
    primary_mic = s.CharField()
    currency = s.CharField()
    tick_table = s.CharField()
    ticks = TickShape(many=True)
    round_lot = amount()
    min_qty = amount()
    multiplier = amount()
    price_factor = amount(help_text="bonds are quoted per 100 of face: 0.01")
    maturity_date = s.DateField(allow_null=True)
    underlying = s.CharField(allow_null=True)
    strike_price = amount(allow_null=True)
    put_or_call = word(4)
    coupon_rate = amount(allow_null=True)
    coupon_frequency = s.IntegerField(allow_null=True)
    day_count = word(24)
    sector = word(40)
    sub_industry = word(80)
    reference_price = amount(allow_null=True)
    settl_market = s.CharField()
    state = s.CharField()

    class Meta:
        ref_name = "Instrument"


class AccountShape(s.Serializer[Any]):
    account = s.CharField()
    name = s.CharField()
    desk = s.CharField()
    base_currency = s.CharField()
    active = s.BooleanField()

    class Meta:
        ref_name = "Account"


class QuoteShape(s.Serializer[Any]):
    symbol = s.CharField()
    primary_mic = s.CharField()
    venue = s.CharField()
    bid_px = amount(allow_null=True)
    bid_size = amount(allow_null=True)
    offer_px = amount(allow_null=True)
    offer_size = amount(allow_null=True)
    last_px = amount(allow_null=True)
    last_size = amount(allow_null=True)
    quoted_at = s.DateTimeField()

    class Meta:
        ref_name = "Quote"


class ReasonShape(s.Serializer[Any]):
    code = s.CharField()
    text = s.CharField()
    remedy = s.CharField()

    class Meta:
        ref_name = "Reason"


class MeShape(s.Serializer[Any]):
    username = s.CharField()
    role = s.ChoiceField(choices(Role))
    is_superuser = s.BooleanField()
    desks = s.ListField(child=s.CharField())
    accounts = s.ListField(child=s.CharField())
    may_enter = s.BooleanField()
    may_change = s.BooleanField()

    class Meta:
        ref_name = "Me"


class LoginRequest(s.Serializer[Any]):
    username = s.CharField(max_length=150)
    password = s.CharField(max_length=256)


class LoginAnswer(s.Serializer[Any]):
    token = s.CharField()
    expiry = s.DateTimeField()
    user = MeShape()


class FlowShape(s.Serializer[Any]):
    on = s.BooleanField()
    changed_at = s.DateTimeField(allow_null=True)
    changed_by = word(150)

    class Meta:
        ref_name = "Flow"


class FlowRequest(s.Serializer[Any]):
    on = s.BooleanField()


class ImportResult(s.Serializer[Any]):
    row = s.IntegerField(help_text="line of the file; the header is line 1")
    symbol = word(24)
    primary_mic = s.CharField()
    action = s.ChoiceField(["new", "update", "unchanged", "refused"])
    changes = s.DictField()
    errors = Error(many=True)


class ImportAnswer(s.Serializer[Any]):
    dry_run = s.BooleanField()
    counts = s.DictField(child=s.IntegerField())
    ignored = s.ListField(child=s.CharField())
    results = ImportResult(many=True)


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
    problems = {status: OpenApiResponse(ProblemShape) for status in (400, 401, 403, *statuses, 503)}
    return {ok: OpenApiResponse(shape, what) if shape is not None else OpenApiResponse(description=what), **problems}


def filters(*names: str) -> list[OpenApiParameter]:
    """Query parameters of a list."""
    return [OpenApiParameter(name, FILTERS[name][0], description=FILTERS[name][1]) for name in names]


FILTERS: dict[str, tuple[Any, str]] = {
    "account": (str, "may be repeated"),
    "symbol": (str, "AAPL or AAPL.XNAS; may be repeated"),
    "side": (str, "may be repeated"),
    "ord_type": (str, "may be repeated"),
    "time_in_force": (str, "may be repeated"),
    "ord_status": (str, "may be repeated"),
    "cl_ord_id": (str, "may be repeated"),
    "order_id": (str, ""),
    "parent_id": (str, "the children of this order"),
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
        "created_before", "children", "parent_id", "limit", "cursor",
    ),
    "responses": said(paged(OrderShape, "Order")),
}  # fmt: skip
ENTER_ORDERS: OPERATION = {
    "operation_id": "orders_enter",
    "parameters": [KEY],
    "request": PolymorphicProxySerializer("OneOrMany", [OrderRequest, OrderRequest(many=True)], None, many=False),
    "responses": {
        201: OpenApiResponse(OrderShape, "entered"),
        200: PolymorphicProxySerializer("OrderOrResults", [OrderShape, OrderResult(many=True)], None, many=False),
        409: OpenApiResponse(OrderProblem, "the ClOrdID was used with other terms"),
        413: OpenApiResponse(ProblemShape),
        422: OpenApiResponse(OrderProblem, "risk refused it; `order` is the rejected order"),
        **{status: OpenApiResponse(ProblemShape) for status in (400, 401, 403, 415, 503)},
    },
}
ENTER_CSV: OPERATION = {
    "operation_id": "orders_enter_csv",
    "parameters": [KEY],
    "request": CSV,
    "responses": said(RowResult(many=True), 413, 415),
}
READ_ORDER: OPERATION = {"operation_id": "orders_read", "responses": said(WholeOrder, 404)}
AMEND_ORDER: OPERATION = {
    "operation_id": "orders_amend",
    "parameters": [IF_MATCH, KEY],
    "request": AmendRequest,
    "responses": {**said(OrderShape, 404, 412, 415, 428), **dict.fromkeys((409, 422), OpenApiResponse(OrderProblem))},
}
CANCEL_ORDER: OPERATION = {
    "operation_id": "orders_cancel",
    "parameters": [IF_MATCH_OPTIONAL, KEY],
    "request": CancelRequest,
    "responses": {**said(OrderShape, 404, 412, 415), **dict.fromkeys((409, 422), OpenApiResponse(OrderProblem))},
}
ORDER_EXECUTIONS: OPERATION = {
    "operation_id": "orders_executions",
    "parameters": filters("limit", "cursor"),
    "responses": said(paged(ExecutionShape, "Event"), 404),
}
LIST_EXECUTIONS: OPERATION = {
    "operation_id": "executions_list",
    "parameters": filters(
        "account", "symbol", "side", "order_id", "created_after", "created_before", "limit", "cursor"
    ),
    "responses": said(paged(ExecutionShape, "Execution")),
}
TIMELINE: OPERATION = {
    "operation_id": "orders_timeline",
    "parameters": filters("raw"),
    "responses": said(paged(TimelineEntry, "Timeline"), 404),
}
LIST_POSITIONS: OPERATION = {
    "operation_id": "positions_list",
    "parameters": filters("account", "symbol", "limit", "cursor"),
    "responses": said(paged(PositionShape, "Position")),
}
LIST_INSTRUMENTS: OPERATION = {
    "operation_id": "instruments_list",
    "parameters": filters("search", "symbol", "isin", "cusip", "sedol", "asset_class", "limit", "cursor"),
    "responses": said(paged(InstrumentShape, "Instrument")),
}
LIST_ACCOUNTS: OPERATION = {"operation_id": "accounts_list", "responses": said(paged(AccountShape, "Account"))}
LIST_QUOTES: OPERATION = {
    "operation_id": "quotes_list",
    "parameters": filters("symbol"),
    "responses": said(paged(QuoteShape, "Quote")),
}
LIST_REASONS: OPERATION = {"operation_id": "reasons_list", "responses": said(paged(ReasonShape, "Reason"))}
ME: OPERATION = {"operation_id": "me", "responses": said(MeShape)}
LOGIN: OPERATION = {
    "operation_id": "login", "request": LoginRequest, "responses": said(LoginAnswer, 415, 429), "auth": [],
}  # fmt: skip
LOGOUT: OPERATION = {"operation_id": "logout", "request": None, "responses": said(None, ok=204, what="logged out")}
IMPORT_INSTRUMENTS: OPERATION = {
    "operation_id": "instruments_import",
    "parameters": filters("dry_run", "mic"),
    "request": CSV,
    "responses": said(ImportAnswer, 415),
}
READ_FLOW: OPERATION = {"operation_id": "flow_read", "responses": said(FlowShape)}
SET_FLOW: OPERATION = {"operation_id": "flow_set", "request": FlowRequest, "responses": said(FlowShape, 415)}
