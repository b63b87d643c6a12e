"""Settlement prices, the margin that followed from them, and what holders of options decided. All dated rows."""

from django.db import models
from django.db.models import Q

from oms.base.money import amount as number
from orders.models import Account, Instrument
from orders.vocabulary import AssetClass, choices


class SettlementPrice(models.Model):
    """The price a day is settled at, as clearing house or exchange published it. A correction replaces it.

    ``source`` says whence; "last quote" is taken only when operations asks for it.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    price = number()
    source = models.CharField(max_length=40)
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField()
    # When the day's margin was booked from it. What is corrected later is made good by the next day's.
    margin_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-day", "instrument"]
        indexes = [
            models.Index(fields=["day"], name="settlement_price_open", condition=Q(margin_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["instrument", "day"], name="settlement_price_once_a_day"),
            models.CheckConstraint(condition=~Q(source=""), name="settlement_price_has_source"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.day}: {self.price:f}"


class VariationMargin(models.Model):
    """The margin of one account's position in one future for one day. Append-only, once.

    ``amount`` is what the account got (below zero: paid), on ``value_date``.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    qty = number()
    settlement_px = number()
    amount = number()
    value_date = models.DateField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["instrument", "account", "day"], name="variation_margin_once"),
            models.CheckConstraint(condition=Q(value_date__gte=models.F("day")), name="variation_margin_paid_after"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.instrument_id} {self.day}: {self.amount:f}"


class ExerciseThreshold(models.Model):
    """From ``valid_from`` on, options on this asset class that are in the money by so much exercise by themselves."""

    asset_class = models.CharField(max_length=20, choices=choices(AssetClass))
    valid_from = models.DateField()
    threshold = number()

    class Meta:
        ordering = ["asset_class", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["asset_class", "valid_from"], name="exercise_threshold_once"),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="exercise_threshold_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_class} {self.threshold:f} from {self.valid_from}"


class OptionNotice(models.Model):
    """What a holder decided (exercise, or abandon in spite of the rule), or a clearing house assigned, for a day.

    Proposed by one person, booked when another confirms it. Append-only but for the confirmation.
    """

    class Kind(models.TextChoices):
        EXERCISE = "exercise"
        ABANDON = "abandon"
        ASSIGNMENT = "assignment"

    source = models.CharField(max_length=64)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    qty = number()
    day = models.DateField()
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source"], name="option_notice_source_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="option_notice_qty_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=["exercise", "abandon", "assignment"]), name="option_notice_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(confirmed_by=models.F("proposed_by")), name="option_notice_maker_not_checker"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by="", confirmed_at__isnull=True)
                | ~Q(confirmed_by="") & Q(confirmed_at__isnull=False),
                name="option_notice_confirmed_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.qty:f} {self.instrument_id} of {self.account_id} on {self.day}"
