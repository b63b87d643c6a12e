"""Confirmations of shares, what the other side said of them, and until when it must be said."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from oms.base import money
from orders.models import Account, Instrument
from orders.vocabulary import Side, choices
from settlement.allocation.tables import AllocationShare
from settlement.obligation import Obligation


class ConfirmationState(models.TextChoices):
    """``unconfirmed``: not told to the other side yet. ``late``: not affirmed at the cut-off. ``cancelled``: its
    booking was taken back.
    """

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    AFFIRMED = "affirmed"
    DISPUTED = "disputed"
    LATE = "late"
    CANCELLED = "cancelled"


# What the other side has still to affirm.
OPEN = (
    ConfirmationState.UNCONFIRMED, ConfirmationState.CONFIRMED, ConfirmationState.DISPUTED, ConfirmationState.LATE,
)  # fmt: skip


class TradeConfirmation(models.Model):
    """What an account's share of a booked allocation comes to, for the other side to affirm (35=AK, ConfirmID 664).

    ``affirm_by`` is the cut-off, empty where the market has none. ``theirs`` is the counterparty's version as it was
    given, ``differences`` what of it differs from ours. ``was_late`` stays when it is affirmed after the cut-off.
    ``told_version`` is the version that the client's session was last told.
    """

    share = models.OneToOneField(AllocationShare, models.PROTECT, related_name="confirmation")
    obligation = models.OneToOneField(Obligation, models.PROTECT, related_name="confirmation")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=12, choices=choices(Side))
    trade_date = models.DateField()
    settl_date = models.DateField()
    qty = money.amount()
    avg_px = money.amount()
    net_money = money.amount()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=ConfirmationState.choices)
    state_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    told_version = models.PositiveIntegerField(default=0)
    affirm_by = models.DateTimeField(null=True, blank=True)
    was_late = models.BooleanField(default=False)
    theirs = models.JSONField(default=dict, blank=True)
    differences = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["affirm_by"], name="trade_confirmation_open", condition=Q(state__in=OPEN)),
            models.Index(fields=["id"], name="trade_confirmation_untold", condition=Q(told_version__lt=F("version"))),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(ConfirmationState)), name="trade_confirmation_state_known"
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="trade_confirmation_qty_positive"),
            models.CheckConstraint(
                condition=~Q(state="late") | Q(was_late=True), name="trade_confirmation_late_is_remembered"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"confirmation {self.pk} {self.state}"


class TradeConfirmationEvent(models.Model):
    """Every state a confirmation has been in, who said so, and what. Append-only; ``seq`` is 1..n without a hole."""

    confirmation = models.ForeignKey(TradeConfirmation, models.PROTECT, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    state = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["confirmation", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["confirmation", "seq"], name="trade_confirmation_event_seq_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="trade_confirmation_event_seq_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.confirmation_id}/{self.seq} {self.state}"


class CutOff(models.Model):
    """Until when on the trade date trades of a market ("" for all) must be allocated, or affirmed. A row a change."""

    class What(models.TextChoices):
        ALLOCATE = "allocate"
        AFFIRM = "affirm"

    market = models.CharField(max_length=8, blank=True)
    what = models.CharField(max_length=8, choices=What.choices)
    valid_from = models.DateField()
    at = models.TimeField(help_text="in the zone beside it")
    zone = models.CharField(max_length=40, default="America/New_York")
    history = HistoricalRecords()

    class Meta:
        ordering = ["market", "what", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["market", "what", "valid_from"], name="cut_off_once_a_day"),
            models.CheckConstraint(condition=Q(what__in=["allocate", "affirm"]), name="cut_off_what_known"),
        ]

    def __str__(self) -> str:
        return f"{self.what} by {self.at:%H:%M} {self.zone}"

    def clean(self) -> None:
        """A zone that there is."""
        if self.zone not in available_timezones():
            raise ValidationError({"zone": f"{self.zone!r} is no time zone, such as America/New_York"})


class MatchTolerance(models.Model):
    """How far the other side's price and net money may be from ours; currency "" is any that has no row."""

    currency = models.CharField(max_length=3, blank=True, unique=True)
    avg_px = money.amount(default=0)
    net_money = money.amount(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["currency"]
        constraints = [
            models.CheckConstraint(condition=Q(avg_px__gte=0, net_money__gte=0), name="tolerance_not_negative"),
            models.CheckConstraint(
                condition=Q(currency="") | Q(currency__regex=r"^[A-Z]{3}$"), name="tolerance_currency_iso_4217"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency or 'any'}: {money.plain(self.net_money)}"
