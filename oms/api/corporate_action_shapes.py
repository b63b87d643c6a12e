"""What is said and asked of corporate actions, for the OpenAPI description."""

from typing import Any

from rest_framework import serializers as s

from oms.api import shapes
from settlement.actions.kinds import Kind
from settlement.actions.tables import CorporateAction


class CorporateActionShape(s.Serializer[Any]):
    """A corporate action."""

    id = s.CharField()
    source = s.CharField(help_text="what the notice is called where it came from; a repetition is known by it")
    kind = s.CharField(help_text=", ".join(Kind))
    instrument = s.CharField(help_text="SYMBOL.MIC")
    ex_date = s.DateField()
    record_date = s.DateField()
    pay_date = s.DateField()
    currency = s.CharField()
    amount = shapes.amount(allow_null=True, help_text="money a unit; of bonds per 100 of face")
    new = shapes.amount(allow_null=True)
    old = shapes.amount(allow_null=True, help_text="new units for old ones")
    in_lieu_px = shapes.amount(allow_null=True, help_text="paid for fractions of a unit; without it they stay")
    pct = shapes.amount(allow_null=True, help_text="of cost that goes with a spin-off; of each holding that is called")
    into = s.CharField(allow_null=True, help_text="SYMBOL.MIC of what is given")
    new_symbol = s.CharField(allow_blank=True)
    new_isin = s.CharField(allow_blank=True)
    text = s.CharField(allow_blank=True)
    state = s.CharField(help_text=", ".join(CorporateAction.State.values))
    automatic = s.BooleanField(help_text="made from the terms of a bond; needs no second person")
    is_guided = s.BooleanField(help_text="look at the preview before you approve it")
    announced_by = s.CharField()
    announced_at = s.DateTimeField()
    approved_by = s.CharField(allow_blank=True)
    approved_at = s.DateTimeField(allow_null=True)
    orders_at = s.DateTimeField(allow_null=True, help_text="when all open orders had been adjusted")

    class Meta:
        ref_name = "CorporateAction"


class NoticeRequest(s.Serializer[Any]):
    """A corporate action to be announced. Which terms a kind takes is in docs/operations.md."""

    source = s.CharField(max_length=64)
    kind = s.CharField(help_text=", ".join(Kind))
    instrument = s.CharField()
    ex_date = s.DateField()
    pay_date = s.DateField(required=False)
    record_date = s.DateField(required=False)
    amount = shapes.amount(required=False)
    new = shapes.amount(required=False)
    old = shapes.amount(required=False)
    in_lieu_px = shapes.amount(required=False)
    pct = shapes.amount(required=False)
    into = s.CharField(required=False)
    new_symbol = s.CharField(required=False)
    new_isin = s.CharField(required=False)
    text = s.CharField(required=False)


class WordsRequest(s.Serializer[Any]):
    """Why."""

    text = s.CharField(required=False, max_length=300)


class MoveShape(s.Serializer[Any]):
    """One effect on a position."""

    instrument = s.CharField()
    kind = s.CharField()
    qty = shapes.amount()
    px = shapes.amount(allow_null=True, help_text="null: the units stay at what they cost")
    money = shapes.amount(help_text="what the account gets; below zero it pays")
    factor_new = shapes.amount(allow_null=True)
    factor_old = shapes.amount(allow_null=True)


class EffectShape(s.Serializer[Any]):
    """What the action does to one account."""

    account = s.CharField()
    qty = shapes.amount(help_text="entitled by this position")
    moves = MoveShape(many=True)


class EntitledShape(s.Serializer[Any]):
    """What an account was entitled to."""

    account = s.CharField()
    qty = shapes.amount()
    unsettled_qty = shapes.amount()
    money = shapes.amount()
    units = shapes.amount()


class MarketClaimShape(s.Serializer[Any]):
    """Income on a trade over the ex-date that its counterparty owes on, or is owed."""

    account = s.CharField()
    counterparty = s.CharField(allow_blank=True)
    qty = shapes.amount(help_text="above zero: still to come to the account")
    money = shapes.amount(help_text="above zero: receivable")
    state = s.CharField(help_text="pending, settled or void")
    order_id = s.CharField(allow_null=True)
    settl_date = s.DateField()
    ended_at = s.DateTimeField(allow_null=True)


class EffectPreviewShape(s.Serializer[Any]):
    """The action with every effect of it: as it would be booked now, or as it was."""

    action = CorporateActionShape()
    effects = EffectShape(many=True)
    entitlements = EntitledShape(many=True)
    claims = MarketClaimShape(many=True)


class ImportedShape(s.Serializer[Any]):
    """What became of each row of a table."""

    results = s.ListField(child=s.DictField())
