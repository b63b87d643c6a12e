"""Executions agreed by voice: who proposed them, who confirmed them, and the booking they became."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from oms.base import money
from orders.order import Order


class ManualExecution(models.Model):
    """A fill made on the telephone. A large one is booked when a second person has confirmed it.

    ``exec_id`` is what it is booked under on the child order that stands for it; empty until it is.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        BOOKED = "booked"
        REFUSED = "refused"

    order = models.ForeignKey(Order, models.PROTECT, related_name="manual_executions")
    last_qty = money.amount()
    last_px = money.amount()
    last_mkt = models.CharField(max_length=4)
    counterparty = models.CharField(max_length=80, blank=True)
    transact_time = models.DateTimeField()
    text = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices)
    exec_id = models.CharField(max_length=64, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(last_qty__gt=0, last_px__gt=0), name="manual_fill_positive"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")), name="manual_maker_not_checker"
            ),
            models.CheckConstraint(condition=~Q(state="booked") | ~Q(exec_id=""), name="manual_booked_has_exec_id"),
        ]

    def __str__(self) -> str:
        return f"{self.last_qty} at {self.last_px} for order {self.order_id}"
