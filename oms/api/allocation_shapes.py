"""What allocations and confirmations look like, asked for and answered; and how what is asked is read."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from rest_framework import serializers as s

from oms.api import shapes
from oms.api.fields import Field, above_zero, ascii_text, choice, flag, key, number, take, text
from oms.base.refusal import Refusal
from oms.desk.allocable import Share
from orders.vocabulary import Side
from settlement.allocation.matching import Version
from settlement.allocation.shares import Method

MOST = 1_000
ONE = Decimal(1)


def day(raw: Any, name: str) -> date | Refusal:
    """A date in ISO 8601."""
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) and len(raw) == 10 and raw.isascii() else _no_day(name)
    except ValueError:
        return _no_day(name)


def _no_day(name: str) -> Refusal:
    return Refusal("BAD_VALUE", name, f"{name} must be a date, such as 2026-12-31")


def rank(raw: Any, name: str) -> int | Refusal:
    """A priority."""
    if isinstance(raw, int) and not isinstance(raw, bool) and 1 <= raw <= 1_000:
        return raw
    return Refusal("BAD_VALUE", name, f"{name} must be a whole number from 1 (first) to 1000")


def keys(raw: Any, name: str) -> tuple[int, ...] | Refusal:
    """Ids of orders, at least one."""
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST:
        return Refusal("BAD_VALUE", name, f"{name} is a list of 1 to {MOST} order ids")
    read = [key(one, name) for one in raw]
    wrong = next((one for one in read if isinstance(one, Refusal)), None)
    return wrong or tuple(one for one in read if isinstance(one, int))


SHARE: Mapping[str, Field] = {
    "account": Field(text(16)),
    "qty": Field(above_zero, None, nullable=True),
    "percent": Field(above_zero, None, nullable=True),
    "nav": Field(above_zero, None, nullable=True),
    "priority": Field(rank, None, nullable=True),
}


def shares(raw: Any, name: str) -> tuple[Share, ...] | Refusal:
    """What is asked for each account; what is wrong names it: shares[1].percent."""
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST:
        return Refusal("BAD_VALUE", name, f'{name} is a list such as [{{"account": "EQ-CORE", "percent": "50"}}]')
    read: list[Share] = []
    for at, one in enumerate(raw):
        if not isinstance(one, dict):
            return Refusal("BAD_VALUE", f"{name}[{at}]", "a share is an object with account and what is asked for it")
        values, faults = take(one, SHARE)
        if faults:
            return faults[0]._replace(field=f"{name}[{at}].{faults[0].field}")
        read.append(Share(**values))
    return tuple(read)


ASKED: Mapping[str, Field] = {
    "method": Field(choice(Method)),
    "shares": Field(shares),
    "min_lot": Field(above_zero, ONE),
    "text": Field(text(300, empty=True), ""),
}
WISH: Mapping[str, Field] = {
    "order_ids": Field(keys),
    **ASKED,
    "alloc_id": Field(ascii_text(64), ""),
    "trade_date": Field(day, None, nullable=True),
    "auto_book": Field(flag, False),
}
CHANGE: Mapping[str, Field] = {**ASKED, "version": Field(key, None, nullable=True)}
PICK: Mapping[str, Field] = {
    "version": Field(key, None, nullable=True),
    "text": Field(text(300, empty=True), ""),
}
THEIRS: Mapping[str, Field] = {
    "side": Field(choice(Side), None, nullable=True),
    "isin": Field(ascii_text(12), None, nullable=True),
    "qty": Field(above_zero, None, nullable=True),
    "avg_px": Field(number, None, nullable=True),
    "net_money": Field(number, None, nullable=True),
    "trade_date": Field(day, None, nullable=True),
    "settl_date": Field(day, None, nullable=True),
    "account": Field(text(16), None, nullable=True),
}


def theirs(raw: Any, name: str) -> Version | Refusal:
    """The counterparty's version of a trade."""
    if not isinstance(raw, dict):
        return Refusal("BAD_VALUE", name, f"{name} is an object with some of {', '.join(THEIRS)}")
    values, faults = take(raw, THEIRS)
    return faults[0]._replace(field=f"{name}.{faults[0].field}") if faults else Version(**values)


WORD: Mapping[str, Field] = {**PICK, "theirs": Field(theirs, None, nullable=True)}
DISPUTE: Mapping[str, Field] = {**PICK, "text": Field(text(300))}


class ShareRequest(s.Serializer[Any]):
    """What is asked for an account: the numbers that the method needs."""

    account = s.CharField(max_length=16)
    qty = shapes.amount(required=False, allow_null=True, help_text="pro_rata, fixed, priority")
    percent = shapes.amount(required=False, allow_null=True, help_text="percent, percent_of_nav")
    nav = shapes.amount(required=False, allow_null=True, help_text="percent_of_nav; as the account's profile has it")
    priority = s.IntegerField(required=False, allow_null=True, help_text="priority: 1 is served first")


class AskedRequest(s.Serializer[Any]):
    """How a trade is to be divided."""

    method = s.ChoiceField(choices=[str(one) for one in Method])
    shares = ShareRequest(many=True)
    min_lot = shapes.amount(required=False, help_text="what is given, in whole multiples; 1 if left out")
    text = s.CharField(max_length=300, required=False)


class AllocationRequest(AskedRequest):
    """Who the executions of some orders are for."""

    order_ids = s.ListField(child=s.CharField(), help_text="of one instrument, side and desk")
    alloc_id = s.CharField(max_length=64, required=False, help_text="AllocID (70), yours, once")
    trade_date = s.DateField(required=False, allow_null=True, help_text="of orders executed on several days")
    auto_book = s.BooleanField(required=False, help_text="book it by itself when the orders have ended")


class ChangeRequest(AskedRequest):
    """What is asked instead."""

    version = s.IntegerField(required=False, allow_null=True, help_text="that you have seen")


class PickRequest(s.Serializer[Any]):
    """Nothing, or the version you have seen, and why."""

    version = s.IntegerField(required=False, allow_null=True)
    text = s.CharField(max_length=300, required=False)


class VersionRequest(s.Serializer[Any]):
    """The counterparty's version; what is left out is not compared."""

    side = s.CharField(required=False, allow_null=True)
    isin = s.CharField(max_length=12, required=False, allow_null=True)
    qty = shapes.amount(required=False, allow_null=True)
    avg_px = shapes.amount(required=False, allow_null=True)
    net_money = shapes.amount(required=False, allow_null=True)
    trade_date = s.DateField(required=False, allow_null=True)
    settl_date = s.DateField(required=False, allow_null=True)
    account = s.CharField(max_length=16, required=False, allow_null=True)


class AffirmRequest(PickRequest):
    """That the other side affirms, with its version of the trade if it gave one."""

    theirs = VersionRequest(required=False, allow_null=True)


class DisputeRequest(PickRequest):
    """That the other side does not agree, and why."""

    text = s.CharField(max_length=300)


class ShareShape(s.Serializer[Any]):
    """An account's share; amounts are null until it is booked."""

    account = s.CharField()
    percent = shapes.amount(allow_null=True)
    qty = shapes.amount(allow_null=True)
    nav = shapes.amount(allow_null=True)
    priority = s.IntegerField(allow_null=True)
    alloc_qty = shapes.amount(allow_null=True)
    avg_px = shapes.amount(allow_null=True)
    gross_trade_amt = shapes.amount(allow_null=True)
    principal = shapes.amount(allow_null=True)
    accrued = shapes.amount(allow_null=True)
    commission = shapes.amount(allow_null=True)
    fees = shapes.amount(allow_null=True)
    net_money = shapes.amount(allow_null=True)


class AllocationEventShape(s.Serializer[Any]):
    """What happened to it."""

    seq = s.IntegerField()
    act = s.CharField()
    state = s.CharField()
    revision = s.IntegerField()
    at = s.DateTimeField()
    actor = s.CharField()
    text = s.CharField(allow_blank=True)


class AllocationShape(s.Serializer[Any]):
    """An allocation with its present shares and its history."""

    id = s.CharField()
    version = s.IntegerField()
    revision = s.IntegerField()
    state = s.CharField(help_text="draft, frozen, submitted, booked or cancelled")
    order_ids = s.ListField(child=s.CharField())
    symbol = s.CharField()
    side = s.CharField()
    trade_date = s.DateField(allow_null=True)
    method = s.CharField()
    min_lot = shapes.amount()
    auto_book = s.BooleanField()
    alloc_id = s.CharField(allow_blank=True)
    made_by = s.CharField()
    made_at = s.DateTimeField()
    booked_at = s.DateTimeField(allow_null=True)
    qty = shapes.amount(allow_null=True)
    avg_px = shapes.amount(allow_null=True)
    net_money = shapes.amount(allow_null=True)
    currency = s.CharField()
    text = s.CharField(allow_blank=True)
    shares = ShareShape(many=True)
    events = AllocationEventShape(many=True)


class PreviewShareShape(s.Serializer[Any]):
    """What an account would get."""

    account = s.CharField()
    alloc_qty = shapes.amount()
    avg_px = shapes.amount(allow_null=True)
    gross_trade_amt = shapes.amount(allow_null=True)
    principal = shapes.amount(allow_null=True)
    accrued = shapes.amount(allow_null=True)
    commission = shapes.amount(allow_null=True)
    fees = shapes.amount(allow_null=True)
    net_money = shapes.amount(allow_null=True)


class PreviewShape(s.Serializer[Any]):
    """What an allocation would come to; money is null while nothing is executed."""

    executed = s.BooleanField(help_text="false: of what is ordered, as nothing is filled yet")
    qty = shapes.amount()
    avg_px = shapes.amount(allow_null=True)
    gross_trade_amt = shapes.amount(allow_null=True)
    principal = shapes.amount(allow_null=True)
    accrued = shapes.amount(allow_null=True)
    commission = shapes.amount(allow_null=True)
    fees = shapes.amount(allow_null=True)
    net_money = shapes.amount(allow_null=True)
    shares = PreviewShareShape(many=True)


class ToDoShape(s.Serializer[Any]):
    """An order in an allocation account whose executions of a day are not booked for anybody."""

    order_id = s.CharField()
    trade_date = s.DateField()
    market = s.CharField()


class ToDoList(s.Serializer[Any]):
    """What is still to be allocated."""

    results = ToDoShape(many=True)


class FairnessShape(s.Serializer[Any]):
    """One account's share of one booked allocation, against the block's."""

    allocation_id = s.CharField()
    trade_date = s.DateField()
    symbol = s.CharField()
    side = s.CharField()
    method = s.CharField()
    account = s.CharField()
    block_qty = shapes.amount()
    block_avg_px = shapes.amount()
    alloc_qty = shapes.amount()
    avg_px = shapes.amount()
    px_difference = shapes.amount(help_text="of the account's average price from the block's: 0")
    share_asked_pct = shapes.amount(help_text="exact part asked for, of what was executed")
    share_given_pct = shapes.amount()
    share_difference_qty = shapes.amount(help_text="given less asked, in units: less than a lot")
    net_money = shapes.amount()


class DifferenceShape(s.Serializer[Any]):
    """A field that differs."""

    field = s.CharField()
    ours = s.CharField(allow_blank=True)
    theirs = s.CharField(allow_blank=True)


class ConfirmationEventShape(s.Serializer[Any]):
    """A state it was in."""

    seq = s.IntegerField()
    state = s.CharField()
    at = s.DateTimeField()
    actor = s.CharField()
    text = s.CharField(allow_blank=True)


class ConfirmationShape(s.Serializer[Any]):
    """What a share comes to, for the other side to affirm."""

    id = s.CharField()
    version = s.IntegerField()
    allocation_id = s.CharField()
    account = s.CharField()
    symbol = s.CharField()
    isin = s.CharField(allow_blank=True)
    side = s.CharField()
    qty = shapes.amount()
    avg_px = shapes.amount()
    net_money = shapes.amount()
    currency = s.CharField()
    trade_date = s.DateField()
    settl_date = s.DateField()
    state = s.CharField(help_text="unconfirmed, confirmed, affirmed, disputed, late or cancelled")
    affirm_by = s.DateTimeField(allow_null=True)
    was_late = s.BooleanField()
    theirs = s.DictField(child=s.CharField())
    differences = DifferenceShape(many=True)
    events = ConfirmationEventShape(many=True)
