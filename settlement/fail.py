"""Settlement fails in the database: dated penalty rates, the category of an instrument, the penalty of each day."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from oms.base import money
from orders.models import Instrument
from settlement.instruction import Instruction
from settlement.penalty import CATEGORIES

_CHOICES = [(name, name.replace("_", " ")) for name in CATEGORIES]


class PenaltyRate(models.Model):
    """What a day of failing costs from ``valid_from`` on: basis points, for lack of cash per cent a year."""

    market = models.CharField(max_length=8, blank=True)
    category = models.CharField(max_length=20, choices=_CHOICES)
    valid_from = models.DateField()
    rate = models.DecimalField(max_digits=12, decimal_places=6)
    history = HistoricalRecords()

    class Meta:
        ordering = ["market", "category", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["market", "category", "valid_from"], name="penalty_rate_once"),
            models.CheckConstraint(condition=Q(category__in=CATEGORIES), name="penalty_rate_category_known"),
            models.CheckConstraint(
                condition=Q(rate__gte=0) | Q(category="lack_of_cash"), name="penalty_rate_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market or 'any'} {self.category} {self.rate.normalize():f} from {self.valid_from}"


class PenaltyCategory(models.Model):
    """An instrument whose category its asset class does not tell: an illiquid share, a growth market's."""

    instrument = models.OneToOneField(Instrument, models.PROTECT, related_name="+")
    category = models.CharField(max_length=20, choices=_CHOICES)
    history = HistoricalRecords()

    class Meta:
        ordering = ["instrument"]
        verbose_name_plural = "penalty categories"
        constraints = [models.CheckConstraint(condition=Q(category__in=CATEGORIES[:-1]), name="penalty_category_known")]

    def __str__(self) -> str:
        return f"{self.instrument} {self.category}"


class PenaltyDay(models.Model):
    """A day whose penalties have been accrued; each day is accrued once. Append-only."""

    day = models.DateField(primary_key=True)
    accrued_at = models.DateTimeField()
    penalties = models.IntegerField()

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.penalties}"


class Penalty(models.Model):
    """What an instruction's failing cost on one day. Append-only. ``is_ours``: we pay it, else we are paid."""

    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="penalties", db_index=False)
    day = models.DateField()
    category = models.CharField(max_length=20, choices=_CHOICES)
    reason_code = models.CharField(max_length=4, blank=True)
    failed_qty = money.amount()
    reference_price = money.amount()
    rate = models.DecimalField(max_digits=12, decimal_places=6)
    amount = money.amount()
    currency = models.CharField(max_length=3)
    is_ours = models.BooleanField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "penalties"
        constraints = [
            models.UniqueConstraint(fields=["instruction", "day"], name="penalty_once_a_day"),
            models.CheckConstraint(condition=Q(amount__gte=0, failed_qty__gt=0), name="penalty_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.instruction_id} {self.day}: {money.plain(self.amount)} {self.currency}"

    @property
    def stands(self) -> "Penalty | PenaltyCorrection":
        """What it comes to as far as is known: its last correction, or itself."""
        return max(self.corrections.all(), key=lambda one: one.seq, default=self)


class PenaltyCorrection(models.Model):
    """What a penalty comes to after all: the custodian told later what had settled by that day. Append-only.

    ``seq`` counts the corrections of a penalty; the last one stands. Its difference to the one before is in the ledger.
    """

    penalty = models.ForeignKey(Penalty, models.PROTECT, related_name="corrections", db_index=False)
    seq = models.PositiveSmallIntegerField()
    failed_qty = money.amount()
    amount = money.amount()
    corrected_at = models.DateTimeField()

    class Meta:
        ordering = ["penalty", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["penalty", "seq"], name="penalty_correction_seq_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="penalty_correction_seq_from_1"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, failed_qty__gte=0), name="penalty_correction_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.penalty_id}/{self.seq}: {money.plain(self.amount)}"
