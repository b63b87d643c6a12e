"""What only Compliance may see: orders in watched names, and what the watch over trades found. Append-only."""

from django.db import models
from django.db.models import Q

from orders.models import Account, Instrument, Order
from risk.result import Outcome

OUTCOMES = [outcome.label for outcome in Outcome]


class Observation(models.Model):
    """One finding that is not shown with the order: a silent control, or a control of what was traded.

    ``seen`` names what it is about, such as an ExecID, so that the same thing is observed once.
    """

    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="observations")
    account = models.ForeignKey(Account, models.PROTECT, null=True, db_index=False, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, db_index=False, related_name="+")
    control = models.CharField(max_length=8)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=[(o, o) for o in OUTCOMES])
    seen = models.CharField(max_length=120)
    finding = models.JSONField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["control", "seen"], name="observation_once"),
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="observation_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.control} {self.outcome}: {self.seen}"
