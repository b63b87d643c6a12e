"""Order templates: what stands in the ticket, kept under a name. One person's own."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from oms.base.refusal import Refusal

# Fields of the ticket, as typed: "25k" and "mid" stay what they are, so that they mean what they mean when it is used.
FIELDS = frozenset({
    "symbol", "mic", "side", "qty", "type", "price", "tif", "stop", "trail", "trail_unit", "peg", "offset", "cap",
    "display", "expire", "handling", "post", "reduce", "account",
})  # fmt: skip
LONGEST = 40


class OrderTemplate(models.Model):
    """A ticket under a name. ``body`` is what :func:`read_body` lets through; ``version`` counts changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False)
    name = models.CharField(max_length=60)
    body = models.JSONField()
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="order_template_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="order_template_named"),
            models.CheckConstraint(condition=Q(version__gte=1), name="order_template_version_from_1"),
        ]

    def __str__(self) -> str:
        return self.name


def read_body(raw: Any, field: str) -> dict[str, str] | Refusal:
    """A template's body, or what is wrong with it: known fields with short printable text, and nothing else.

    What the fields mean is decided when an order is sent from it, by the desk, as of any other ticket.
    """
    if not isinstance(raw, dict):
        return Refusal("BAD_VALUE", field, f"{field} must be an object")
    for name, value in raw.items():
        if name not in FIELDS:
            return Refusal("UNKNOWN_FIELD", field, f"{field} has {', '.join(sorted(FIELDS))}, not {ascii(name)[1:41]}")
        if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
            text = f"{field}.{name} must be printable text of at most {LONGEST} characters"
            return Refusal("BAD_TEXT", f"{field}.{name}", text)
    return raw
