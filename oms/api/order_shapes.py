"""What is said of orders, their executions and their story, for the OpenAPI description."""

from typing import Any

from rest_framework import serializers as s

from oms.api.override_shapes import Overrides, WayShape
from oms.api.shapes import ProblemShape, amount, word
from orders.vocabulary import (
    ExecInst,
    ExecType,
    HandlInst,
    Hold,
    OrdStatus,
    OrdType,
    PegOffsetType,
    PegPriceType,
    PriceType,
    Side,
    TimeInForce,
    choices,
)


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
