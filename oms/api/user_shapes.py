"""Users, their tokens, and the demonstration's order flow, for the OpenAPI description."""

from typing import Any

from rest_framework import serializers as s

from oms.api.shapes import word
from orders.vocabulary import Role, choices


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
