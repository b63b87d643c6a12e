"""What can be looked up: instruments, accounts, positions, quotes, reasons; for the OpenAPI description."""

from typing import Any

from rest_framework import serializers as s

from oms.api.shapes import amount, word
from orders.vocabulary import AssetClass, choices


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
