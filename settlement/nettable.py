"""Which places of settlement net trades, from when on; and what waits for the next netting run."""

from django.db import models
from simple_history.models import HistoricalRecords

from settlement.obligation import Obligation


class NettingSwitch(models.Model):
    """From trade date ``valid_from`` on, obligations at this place are netted, or instructed one by one."""

    place_of_settlement = models.CharField(max_length=11)
    valid_from = models.DateField()
    nets = models.BooleanField(help_text="on: net from this trade date; off: gross")
    history = HistoricalRecords()

    class Meta:
        ordering = ["place_of_settlement", "valid_from"]
        verbose_name_plural = "netting switches"
        constraints = [
            models.UniqueConstraint(fields=["place_of_settlement", "valid_from"], name="netting_switch_once")
        ]

    def __str__(self) -> str:
        return f"{self.place_of_settlement} {'net' if self.nets else 'gross'} from {self.valid_from}"


class AwaitingNetting(models.Model):
    """An obligation that has no instruction yet: the netting run after its trade date takes it away."""

    obligation = models.OneToOneField(Obligation, models.PROTECT, primary_key=True, related_name="awaiting")
    trade_date = models.DateField()

    class Meta:
        ordering = ["obligation"]
        verbose_name_plural = "awaiting netting"
        indexes = [models.Index(fields=["trade_date"], name="awaiting_netting_day")]

    def __str__(self) -> str:
        return f"{self.obligation}"
