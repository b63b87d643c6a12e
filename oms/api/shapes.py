"""The shapes of requests and answers, for the OpenAPI description alone: requests are read by fields.py.

A test sends real requests and holds every answer against these shapes.
"""

from typing import Any

from rest_framework import serializers as s

from oms.api.override_shapes import Overrides, WayShape
from orders.vocabulary import (
    AssetClass,
    ExecInst,
    ExecType,
    HandlInst,
    Hold,
    OrdStatus,
    OrdType,
    PegOffsetType,
    PegPriceType,
    PriceType,
    Role,
    Side,
    TimeInForce,
    choices,
)


def amount(**options: Any) -> s.DecimalField:
    """A decimal number, in a string."""
    return s.DecimalField(max_digits=28, decimal_places=8, **options)


def word(longest: int, **options: Any) -> s.CharField:
    """Text that may be empty in answers."""
    return s.CharField(max_length=longest, allow_blank=True, **options)


class Error(s.Serializer[Any]):
    """One fault of a request."""

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
    """An order as it is now, in FIX terms."""

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
    stop_px = amount(allow_null=True, help_text="StopPx (99)")
    cash_order_qty = amount(allow_null=True, help_text="CashOrderQty (152)")
    max_floor = amount(allow_null=True, help_text="MaxFloor (111): how much of an iceberg is shown")
    exec_inst = word(120, help_text="ExecInst (18), names with a space between them")
    peg_price_type = word(12, help_text="PegPriceType (1094)")
    peg_offset_value = amount(allow_null=True, help_text="PegOffsetValue (211)")
    peg_offset_type = word(12, help_text="PegOffsetType (836)")
    expire_time = s.DateTimeField(allow_null=True, help_text="ExpireTime (126)")
    settl_date = s.DateField(allow_null=True, help_text="SettlDate (64), where one was agreed")
    handl_inst = s.ChoiceField(choices(HandlInst), help_text="HandlInst (21): manual is a care order")
    hold = word(12, help_text="why an open order is not at a venue: " + ", ".join(h for h in Hold if h))
    triggered = s.BooleanField(help_text="its stop_px was reached")
    emulated = word(12, help_text="what is done here because no venue does it; empty if nothing")
    unresolved = s.BooleanField(help_text="a request was not answered in time: nobody knows what became of it")
    composition = word(8, help_text="block or multileg; empty for an order of its own")
    strategy = word(32, help_text="TargetStrategy (847): the strategy it is traded for; empty if none")
    assigned_to = s.CharField(allow_null=True, help_text="who works it")
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
    """An order with its children."""

    children = s.ListField(child=s.CharField(), help_text="order_id of each child")

    class Meta:
        ref_name = "WholeOrder"


class OrderRequest(Overrides):
    """An order to enter."""

    account = s.CharField(max_length=16)
    symbol = s.CharField(max_length=29, help_text="AAPL, or with its market AAPL.XNAS")
    side = s.ChoiceField(choices(Side))
    ord_type = s.ChoiceField(choices(OrdType))
    order_qty = amount(required=False, allow_null=True, help_text="or cash_order_qty")
    price = amount(required=False, allow_null=True, help_text="of types with a limit; the cap of a pegged order")
    time_in_force = s.CharField(required=False, help_text=f"{', '.join(TimeInForce)}, gtc, ioc or fok; default: day")
    cl_ord_id = s.CharField(max_length=64, required=False, help_text="unique for your user for ever; ours if left out")
    stop_px = amount(required=False, allow_null=True, help_text="of types that wait for a price")
    cash_order_qty = amount(required=False, allow_null=True, help_text="a market order for this much money")
    max_floor = amount(required=False, allow_null=True, help_text="show only so much of it")
    exec_inst = s.CharField(required=False, help_text=", ".join(ExecInst) + "; several with a space between them")
    peg_price_type = s.ChoiceField(choices(PegPriceType), required=False)
    peg_offset_value = s.CharField(required=False, help_text="of pegged orders and trailing stops")
    peg_offset_type = s.ChoiceField(choices(PegOffsetType), required=False)
    expire_time = s.DateTimeField(required=False, help_text="of good_till_date, ISO 8601 with its zone")
    price_type = s.ChoiceField([one.value for one in PriceType], required=False, help_text="of a bond's price")
    settl_date = s.DateField(required=False, help_text="SettlDate (64): other than usual; a settlement day")
    handl_inst = s.ChoiceField(choices(HandlInst), required=False)
    hold = s.CharField(required=False, help_text="staged: for a trader to accept; manual: worked by hand")
    strategy = s.CharField(max_length=32, required=False, help_text="TargetStrategy (847): whose limits it counts in")


class OrderProblem(ProblemShape):
    """A problem with an order."""

    order = OrderShape(required=False, allow_null=True, help_text="the order as it is stored")
    override = WayShape(required=False, help_text="absent where nobody may let it through")
    order_id = s.CharField(required=False, help_text="of a ClOrdID used before: the order it named")

    class Meta:
        ref_name = "OrderProblem"


class OrderResult(s.Serializer[Any]):
    """The answer to one item of a list."""

    status = s.IntegerField()
    order = OrderShape(required=False, allow_null=True)
    problem = OrderProblem(required=False)


class RowResult(OrderResult):
    """The answer to one row of a table."""

    row = s.IntegerField(help_text="line of the file; the header is line 1")


class AmendRequest(Overrides):
    """New terms for an order."""

    order_qty = amount(required=False, help_text="the new total, including what is filled")
    price = amount(required=False)
    stop_px = amount(required=False)
    cl_ord_id = s.CharField(max_length=64, required=False)


class CancelRequest(s.Serializer[Any]):
    """A wish to take an order back."""

    cl_ord_id = s.CharField(max_length=64, required=False)


class ExecutionShape(s.Serializer[Any]):
    """An event of the journal, as an execution report."""

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
    """Something that happened to an order."""

    at = s.DateTimeField(help_text="when it happened")
    recorded_at = s.DateTimeField(help_text="when we wrote it")
    kind = s.CharField()
    title = s.CharField()
    actor = s.CharField()
    detail = s.DictField()


class PositionShape(s.Serializer[Any]):
    """What an account holds of an instrument."""

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
    """A step of a tick table."""

    price_from = amount()
    tick = amount()

    class Meta:
        ref_name = "Tick"


class InstrumentShape(s.Serializer[Any]):
    """Something that can be traded."""

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
    issuer = word(80, help_text="code of the issuer; a derivative without one has that of its underlying")
    sector = word(40)
    sub_industry = word(80)
    reference_price = amount(allow_null=True)
    settl_market = s.CharField()
    state = s.CharField()

    class Meta:
        ref_name = "Instrument"


class AccountShape(s.Serializer[Any]):
    """An account that orders are entered for."""

    account = s.CharField()
    name = s.CharField()
    desk = s.CharField()
    base_currency = s.CharField()
    client = s.CharField(help_text="code of the client it belongs to; empty if none")
    portfolio = s.CharField(help_text="code of the portfolio it is part of; empty if none")
    active = s.BooleanField()
    average_price = s.BooleanField(help_text="its trades are allocated to others, and owe nothing themselves")

    class Meta:
        ref_name = "Account"


class QuoteShape(s.Serializer[Any]):
    """The top of book of one venue."""

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
    """A code that a refusal can carry."""

    code = s.CharField()
    text = s.CharField()
    remedy = s.CharField()

    class Meta:
        ref_name = "Reason"


class MeShape(s.Serializer[Any]):
    """A user."""

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
    """User name and password."""

    username = s.CharField(max_length=150)
    password = s.CharField(max_length=256)


class LoginAnswer(s.Serializer[Any]):
    """A token."""

    token = s.CharField()
    expiry = s.DateTimeField()
    user = MeShape()


class FlowShape(s.Serializer[Any]):
    """Whether the order flow runs."""

    on = s.BooleanField()
    changed_at = s.DateTimeField(allow_null=True)
    changed_by = word(150)

    class Meta:
        ref_name = "Flow"


class FlowRequest(s.Serializer[Any]):
    """Whether the order flow shall run."""

    on = s.BooleanField()
