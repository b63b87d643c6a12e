"""What reconciliation takes and answers, for the OpenAPI description."""

from typing import Any

from rest_framework import serializers as s

from oms.api import shapes
from settlement.recon import breaklife
from settlement.recon.matching import TYPES


class StatementShape(s.Serializer[Any]):
    """One statement received, and what the comparison came to; null until it is compared."""

    id = s.CharField()
    message_id = s.CharField()
    kind = s.CharField()
    source = s.CharField()
    account = s.CharField(allow_blank=True)
    currency = s.CharField(allow_blank=True)
    day = s.DateField()
    opening = shapes.amount(allow_null=True)
    closing = shapes.amount(allow_null=True)
    lines = s.IntegerField()
    received_at = s.DateTimeField()
    statement_id = s.CharField(help_text="what a corrected statement repeats of the one it replaces")
    made_at = s.DateTimeField(help_text="by its sender")
    version = s.IntegerField(help_text="1, and one more for each correction; the last one holds")
    replaces = s.CharField(allow_null=True, help_text="the statement in whose place it is")
    compared_at = s.DateTimeField(allow_null=True)
    matched = s.DictField(child=s.IntegerField(), allow_null=True, help_text="by pass")
    breaks = s.IntegerField(allow_null=True)


class StatementLineShape(s.Serializer[Any]):
    """One line of a statement."""

    id = s.CharField()
    number = s.IntegerField()
    reference = s.CharField(allow_blank=True)
    custodian_reference = s.CharField(allow_blank=True)
    isin = s.CharField(allow_blank=True)
    direction = s.CharField(allow_blank=True)
    qty = shapes.amount(allow_null=True)
    price = shapes.amount(allow_null=True)
    money = shapes.amount(allow_null=True)
    currency = s.CharField(allow_blank=True)
    day = s.DateField(allow_null=True)


class BreakEventShape(s.Serializer[Any]):
    """One thing that happened to a break."""

    seq = s.IntegerField()
    verb = s.CharField()
    state = s.CharField()
    at = s.DateTimeField()
    actor = s.CharField()
    text = s.CharField(allow_blank=True)


class BreakShape(s.Serializer[Any]):
    """One break."""

    id = s.CharField()
    kind = s.CharField()
    source = s.CharField()
    account = s.CharField(allow_blank=True)
    type = s.CharField(help_text=", ".join(TYPES))
    key = s.CharField()
    ours = s.DictField(allow_null=True)
    theirs = s.DictField(allow_null=True)
    difference = shapes.amount(allow_null=True, help_text="theirs less ours")
    tolerance = shapes.amount()
    currency = s.CharField(allow_blank=True)
    opened_on = s.DateField()
    seen_on = s.DateField()
    age = s.IntegerField(help_text="business days")
    owner = s.CharField(allow_blank=True)
    state = s.CharField()
    reason = s.CharField(allow_blank=True, help_text="with state assigned: written_off waits for a second person")
    text = s.CharField(allow_blank=True)
    entry = s.CharField(allow_null=True, help_text="ledger transaction")
    adjustment = s.CharField(allow_blank=True, help_text="source of a position adjustment")
    resolved_by = s.CharField(allow_blank=True)
    confirmed_by = s.CharField(allow_blank=True)
    closed_at = s.DateTimeField(allow_null=True)
    version = s.IntegerField()
    events = BreakEventShape(many=True)


class ActRequest(s.Serializer[Any]):
    """What is to be done with a break."""

    id = s.CharField(required=False, help_text="in a list; alone the address says it")
    verb = s.CharField(required=False, help_text=", ".join(breaklife.VERBS))
    owner = s.CharField(required=False, help_text="username, for assign; yourself if left out")
    reason = s.CharField(required=False, help_text=f"for resolve: {', '.join(breaklife.REASONS)}")
    text = s.CharField(max_length=300, required=False)
    entry = s.CharField(required=False, help_text="ledger transaction that corrects it")
    adjustment = s.CharField(max_length=64, required=False, help_text="source of the position adjustment")
    version = s.IntegerField(required=False)


class StandShape(s.Serializer[Any]):
    """One reconciliation of a day, signed or waiting to be."""

    kind = s.CharField()
    account = s.CharField(allow_blank=True)
    day = s.DateField()
    matches = s.IntegerField()
    breaks = s.IntegerField()
    open_breaks = s.IntegerField()
    unowned = s.IntegerField()
    waiting = s.IntegerField(help_text="statements that are not compared yet")
    signed = s.BooleanField()


class SignOffShape(s.Serializer[Any]):
    """One signature."""

    id = s.CharField()
    kind = s.CharField()
    account = s.CharField(allow_blank=True)
    day = s.DateField()
    matches = s.IntegerField()
    breaks = s.IntegerField()
    open_breaks = s.IntegerField()
    signed_by = s.CharField()
    signed_at = s.DateTimeField()
    text = s.CharField(allow_blank=True)


class SignRequest(s.Serializer[Any]):
    """What is to be signed."""

    kind = s.CharField()
    account = s.CharField(required=False, help_text="none for dropcopy")
    day = s.DateField()
    text = s.CharField(max_length=300, required=False)


class OneAnswer(s.Serializer[Any]):
    """What became of one item of a list, in its order."""

    status = s.IntegerField()
    errors = s.ListField(child=s.DictField(), required=False)
