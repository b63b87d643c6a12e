"""What someone must look at."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from orders.order import Order
from orders.people import Desk


class Alert(models.Model):
    """A numbered notice: a refused report, a missing input, a breach. ``payload`` holds all that is needed to decide.

    A venue's report that makes no sense is kept here whole and waits for operations; it is never dropped.
    """

    class Severity(models.IntegerChoices):
        INFO = 1
        WARNING = 2
        CRITICAL = 3

    at = models.DateTimeField()
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=40, blank=True)
    desk = models.ForeignKey(Desk, models.PROTECT, null=True, blank=True)
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True)
    text = models.CharField(max_length=500)
    payload = models.JSONField(default=dict)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(severity__in=[1, 2, 3]), name="alert_severity_known"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(acknowledged_by__isnull=False),
                name="alert_ack_has_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"
