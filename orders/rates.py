"""Exchange rates that operations supply, for pairs that no venue quotes."""

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from oms.base import clock, money


class FxRate(models.Model):
    """What one ``base`` is worth in ``quote``, since ``at``. A younger quote of a venue counts before it."""

    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = money.amount()
    at = models.DateTimeField(default=clock.now)
    source = models.CharField(max_length=80)
    history = HistoricalRecords()

    class Meta:
        ordering = ["base", "quote"]
        constraints = [
            models.UniqueConstraint(fields=["base", "quote"], name="fx_rate_once_a_pair"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="fx_rate_positive"),
            models.CheckConstraint(
                condition=Q(base__regex=r"^[A-Z]{3}$", quote__regex=r"^[A-Z]{3}$"), name="fx_rate_iso_4217"
            ),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="fx_rate_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.base}{self.quote}"
