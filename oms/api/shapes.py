"""The shapes of requests and answers, for the OpenAPI description alone: requests are read by fields.py.

Here stands what all of them share. A test sends real requests and holds every answer against the shapes.
"""

from typing import Any

from rest_framework import serializers as s


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
