"""What is said and asked of settlement instructions, for the OpenAPI description."""

from typing import Any

from rest_framework import serializers as s

from oms.api import shapes

LONGEST_REASON = 300


class InstructionEventShape(s.Serializer[Any]):
    """A state it has been in."""

    seq = s.IntegerField()
    state = s.CharField()
    at = s.DateTimeField()
    actor = s.CharField()
    text = s.CharField(allow_blank=True)


class InstructionConfirmationShape(s.Serializer[Any]):
    """What the custodian confirmed as settled: all of it, or a part."""

    message_id = s.CharField()
    business_date = s.DateField()
    qty = shapes.amount()
    net_money = shapes.amount()
    at = s.DateTimeField()


class InstructionShape(s.Serializer[Any]):
    """A settlement instruction."""

    id = s.CharField()
    reference = s.CharField(help_text="TxId in messages")
    account = s.CharField()
    symbol = s.CharField()
    isin = s.CharField(allow_blank=True)
    direction = s.CharField(help_text="deliver or receive")
    payment = s.CharField(help_text="against_payment or free")
    is_net = s.BooleanField()
    trade_date = s.DateField()
    settl_date = s.DateField()
    qty = shapes.amount()
    price = shapes.amount(allow_null=True)
    net_money = shapes.amount(help_text="paid by the receiver of the securities")
    currency = s.CharField()
    settled_qty = shapes.amount()
    settled_money = shapes.amount()
    place_of_settlement = s.CharField(allow_blank=True)
    counterparty = s.CharField(allow_blank=True)
    agent_bic = s.CharField(allow_blank=True)
    safekeeping_account = s.CharField(allow_blank=True)
    ssi_id = s.CharField(allow_null=True)
    partial = s.CharField()
    priority = s.IntegerField()
    on_hold = s.BooleanField()
    linked_to = s.CharField(allow_null=True)
    linkage = s.CharField(allow_blank=True)
    made_by = s.CharField(allow_null=True)
    checked_by = s.CharField(allow_null=True)
    state = s.CharField()
    state_at = s.DateTimeField()
    reason_code = s.CharField(allow_blank=True)
    cancel_requested_at = s.DateTimeField(allow_null=True)
    custodian_reference = s.CharField(allow_blank=True)
    settled_on = s.DateField(allow_null=True)
    version = s.IntegerField()


class WholeInstruction(InstructionShape):
    """An instruction with its history, what was confirmed of it, and what it discharges."""

    events = InstructionEventShape(many=True)
    confirmations = InstructionConfirmationShape(many=True)
    obligations = s.ListField(child=s.CharField())
    orders = s.ListField(child=s.CharField())


class RepairRequest(s.Serializer[Any]):
    """Why."""

    reason = s.CharField(max_length=LONGEST_REASON)


class AmendInstruction(RepairRequest):
    """New terms, and why. What was sent is cancelled on request and replaced."""

    partial = s.CharField(required=False, help_text="allowed or not_allowed")
    priority = s.IntegerField(required=False, help_text="1 (high) to 4 (low)")
    settl_date = s.DateField(required=False)


class FreeRequest(RepairRequest):
    """Securities to be moved free of payment."""

    account = s.CharField(max_length=16)
    symbol = s.CharField(max_length=29)
    direction = s.CharField(help_text="deliver or receive")
    qty = shapes.amount()
    settl_date = s.DateField()
    counterparty = s.CharField(max_length=40, required=False, allow_blank=True)
