"""The shapes of limits, and of what became of tables that were sent. For the OpenAPI description alone."""

from typing import Any

from rest_framework import serializers as s

from oms.api.shapes import Error, amount, word
from orders.vocabulary import choices
from risk.room import Measure


class ImportResult(s.Serializer[Any]):
    """What became of a row."""

    row = s.IntegerField(help_text="line of the file; the header is line 1")
    symbol = word(24)
    primary_mic = s.CharField()
    action = s.ChoiceField(["new", "update", "unchanged", "refused"])
    changes = s.DictField()
    errors = Error(many=True)


class ImportAnswer(s.Serializer[Any]):
    """What became of a table."""

    dry_run = s.BooleanField()
    counts = s.DictField(child=s.IntegerField())
    ignored = s.ListField(child=s.CharField())
    results = ImportResult(many=True)


class LimitShape(s.Serializer[Any]):
    """A limit and what is used of it."""

    id = s.CharField()
    version = s.IntegerField()
    measure = s.ChoiceField(choices(Measure))
    control = s.CharField(help_text="the control that its findings name")
    rows = s.ChoiceField(["all", "most_specific"], help_text="which rows of the measure an order counts in")
    scope = s.DictField(child=s.CharField(), help_text="what it names; empty for the whole firm")
    soft = amount(allow_null=True, help_text="warns above it")
    hard = amount(help_text="refuses above it")
    currency = word(3, help_text="of limits in money")
    window_s = s.IntegerField(allow_null=True, help_text="length of the window in seconds")
    active = s.BooleanField()
    effective_from = s.DateTimeField()
    effective_to = s.DateTimeField(allow_null=True)
    used = amount(allow_null=True, help_text="in the worst case; null where a price or rate is not known")
    room = amount(allow_null=True, help_text="what is left")
    percent = amount(allow_null=True, help_text="used of the hard level")

    class Meta:
        ref_name = "Limit"


class LimitResult(s.Serializer[Any]):
    """What became of a row."""

    row = s.IntegerField(help_text="line of the file; the header is line 1")
    limit = s.CharField()
    action = s.ChoiceField(["new", "update", "unchanged", "refused"])
    errors = Error(many=True)


class LimitImport(s.Serializer[Any]):
    """What became of a table: with one row refused nothing is written."""

    dry_run = s.BooleanField()
    written = s.BooleanField()
    counts = s.DictField(child=s.IntegerField())
    results = LimitResult(many=True)
