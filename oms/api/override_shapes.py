"""The shapes of overrides, and of what an order says of them, for the OpenAPI description alone."""

from typing import Any

from rest_framework import serializers as s

from orders.vocabulary import choices
from risk.models import OverrideEvent
from risk.waiving import State, Way


class Overrides(s.Serializer[Any]):
    """What an order or an amendment says of objections to it."""

    acknowledge_soft = s.BooleanField(required=False, help_text="enter it in spite of warnings")
    acknowledge_reason = s.CharField(max_length=500, required=False, help_text="why; needed with acknowledge_soft")
    override_id = s.CharField(required=False, allow_null=True, help_text="the override granted for these terms")


class WayShape(s.Serializer[Any]):
    """How what was refused may be sent all the same."""

    needs = s.CharField(help_text="reason; second_person or designated: ask under risk/overrides/ for an override")
    order_id = s.CharField(help_text="what to ask about")
    terms_hash = s.CharField(help_text="SHA-256 of the terms that were refused; an override is for these alone")


class WaivedObjectionShape(s.Serializer[Any]):
    """One finding that stopped the order."""

    leg = s.IntegerField(allow_null=True, help_text="of a spread: to which of its legs")
    control = s.CharField(help_text="such as PT-02")
    code = s.CharField()
    outcome = s.CharField(help_text="soft or hard")
    text = s.CharField()
    measured = s.CharField(allow_null=True)
    limit = s.CharField(allow_null=True)


class EventShape(s.Serializer[Any]):
    """One step in the life of an override."""

    what = s.ChoiceField(OverrideEvent.What.choices)
    at = s.DateTimeField()
    by = s.CharField(allow_null=True, help_text="nobody where an order or the clock did it")
    order_id = s.CharField(allow_null=True, help_text="the order that used it")
    text = s.CharField(allow_blank=True)


class OverrideShape(s.Serializer[Any]):
    """Leave for one order that controls stopped."""

    override_id = s.CharField()
    order_id = s.CharField(help_text="the order that was refused, or was to be amended")
    kind = s.CharField(help_text="enter or amend")
    desk = s.CharField()
    account = s.CharField()
    symbol = s.CharField(help_text="of a spread its legs")
    side = s.CharField()
    ord_type = s.CharField()
    order_qty = s.CharField()
    price = s.CharField(allow_null=True)
    terms = s.DictField(child=s.CharField(), help_text="all that the hash is of")
    terms_hash = s.CharField(help_text="SHA-256 of the terms")
    needs = s.ChoiceField(choices(Way))
    breaches = WaivedObjectionShape(many=True)
    state = s.ChoiceField(choices(State), help_text="expired as soon as it is too late, whatever it was")
    trader = s.CharField(help_text="whose order it is")
    asked_by = s.CharField()
    asked_at = s.DateTimeField()
    reason = s.CharField()
    decided_by = s.CharField(allow_null=True)
    decided_at = s.DateTimeField(allow_null=True)
    answer = s.CharField(allow_blank=True)
    expires_at = s.DateTimeField()
    used_by = s.CharField(allow_null=True, help_text="the order that used it")
    used_at = s.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "Override"


class WholeOverride(OverrideShape):
    """An override with its history."""

    events = EventShape(many=True)

    class Meta:
        ref_name = "WholeOverride"


class AskRequest(s.Serializer[Any]):
    """A request for an override."""

    order_id = s.CharField(help_text="the order that was refused, or whose amendment was")
    reason = s.CharField(max_length=500)
    terms_hash = s.CharField(required=False, help_text="of the refusal you mean; else that of the last one")


class GrantRequest(s.Serializer[Any]):
    """Leave, and for how long."""

    reason = s.CharField(max_length=500)
    minutes = s.IntegerField(required=False, help_text="1 to 60; default: 15")


class RefuseRequest(s.Serializer[Any]):
    """No leave."""

    reason = s.CharField(max_length=500)
