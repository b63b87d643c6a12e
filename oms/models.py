"""Tables of the doors themselves: what was answered to a keyed request, and switches that operations throws."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from oms.base.heartbeat import Heartbeat
from oms.ordertemplate import OrderTemplate
from oms.savedview import SavedView


class IdempotencyKey(models.Model):
    """What was answered to a request with this key (draft-ietf-httpapi-idempotency-key-header).

    Written in the transaction of the request itself: either both happened or neither. Kept for seven days.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False)
    key = models.CharField(max_length=255)
    request_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=80)
    body = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once"),
            models.CheckConstraint(condition=~Q(key=""), name="idempotency_key_not_empty"),
        ]

    def __str__(self) -> str:
        return self.key


class FailedLogin(models.Model):
    """A password that was wrong, by the name it was tried for and the address it came from (oms/logins.py)."""

    username = models.CharField(max_length=150)
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["username", "address", "at"], name="failed_login")]

    def __str__(self) -> str:
        return f"{self.username} from {self.address}"


class Switch(models.Model):
    """Something that runs or rests at the word of operations. ``flow`` is the demo's own stream of orders."""

    name = models.CharField(max_length=20, primary_key=True)
    on = models.BooleanField(default=True)
    changed_at = models.DateTimeField(null=True, editable=False)
    changed_by = models.CharField(max_length=150, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "switches"

    def __str__(self) -> str:
        return f"{self.name} {'on' if self.on else 'off'}"


FLOW = "flow"


def is_on(name: str) -> bool:
    """Whether the switch is on. One that nobody has thrown yet is."""
    return Switch.objects.filter(pk=name, on=False).first() is None


__all__ = ["FLOW", "FailedLogin", "Heartbeat", "IdempotencyKey", "OrderTemplate", "SavedView", "Switch", "is_on"]
