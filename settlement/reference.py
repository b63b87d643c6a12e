"""Standing data of settlement, all of it dated rows: calendars, cycles, places, fees, commission."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from oms.base import money
from orders.models import Account, Instrument
from orders.vocabulary import AssetClass, choices
from settlement.fees import Basis
from settlement.fees import tiers as read_tiers


def are_tiers(value: Any) -> None:
    """Refuse what is no table of tiers."""
    try:
        read_tiers(value)
    except ValueError as why:
        raise ValidationError(str(why)) from why


class SettlementCalendar(models.Model):
    """The days a market or a currency does not settle, known from ``valid_from`` to ``valid_to``."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=80)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(valid_from__lte=models.F("valid_to")), name="settlement_calendar_span")
        ]

    def __str__(self) -> str:
        return self.code


class Holiday(models.Model):
    """A day on which a calendar does not settle, as the shipped source says. Loading replaces these rows."""

    calendar = models.ForeignKey(SettlementCalendar, models.PROTECT, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["calendar", "day"]
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.day} {self.name}"


class HolidayOverride(models.Model):
    """What operations decided about one day: it wins over the shipped holidays and loading never touches
    it.
    """

    calendar = models.ForeignKey(SettlementCalendar, models.PROTECT, related_name="overrides")
    day = models.DateField()
    is_open = models.BooleanField(help_text="on: the calendar settles that day although the source says not")
    reason = models.CharField(max_length=200)
    history = HistoricalRecords()

    class Meta:
        ordering = ["calendar", "day"]
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="holiday_override_once")]

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.day} {'open' if self.is_open else 'closed'}"


class SettlementCycle(models.Model):
    """From trade date ``valid_from``: T + ``days`` on ``calendar``. No days: the market had no single cycle
    then.

    Spot FX rows are of market "FX" with no calendar (the currencies have theirs) and a pair if it has its
    own cycle.
    """

    market = models.CharField(max_length=8)
    asset_class = models.CharField(max_length=20)
    pair = models.CharField(max_length=6, blank=True)
    valid_from = models.DateField()
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    calendar = models.ForeignKey(SettlementCalendar, models.PROTECT, null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["market", "asset_class", "pair", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["market", "asset_class", "pair", "valid_from"], name="settlement_cycle_once"
            ),
            models.CheckConstraint(
                condition=Q(market="FX", calendar__isnull=True) | ~Q(market="FX") & Q(calendar__isnull=False, pair=""),
                name="settlement_cycle_calendar_unless_fx",
            ),
            models.CheckConstraint(condition=Q(days__isnull=True) | Q(days__lte=10), name="settlement_cycle_days"),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.asset_class} {self.pair} T+{self.days} from {self.valid_from}"


class PlaceOfSettlement(models.Model):
    """Where trades of a market settle (ISO 20022 PlcOfSttlm), and who stands on the other side there."""

    market = models.CharField(max_length=8)
    asset_class = models.CharField(max_length=20, choices=choices(AssetClass))
    bic = models.CharField(max_length=11)
    name = models.CharField(max_length=80)
    counterparty = models.CharField(max_length=40)
    history = HistoricalRecords()

    class Meta:
        ordering = ["market", "asset_class"]
        constraints = [models.UniqueConstraint(fields=["market", "asset_class"], name="place_of_settlement_once")]

    def __str__(self) -> str:
        return f"{self.market} {self.asset_class}: {self.name}"


class FeeRate(models.Model):
    """A dated rate of a fee or tax; blank market, asset class or issuer country means any
    (settlement/fees.py).
    """

    class AppliesTo(models.TextChoices):
        BUY = "buy"
        SELL = "sell"
        BOTH = "both"

    code = models.CharField(max_length=16)
    name = models.CharField(max_length=80)
    market = models.CharField(max_length=8, blank=True)
    asset_class = models.CharField(max_length=20, choices=choices(AssetClass), blank=True)
    issuer_country = models.CharField(max_length=2, blank=True)
    applies_to = models.CharField(max_length=4, choices=AppliesTo.choices)
    valid_from = models.DateField()
    basis = models.CharField(max_length=16, choices=choices(Basis))
    rate = models.DecimalField(max_digits=28, decimal_places=12)
    minimum = money.amount(null=True, blank=True)
    cap = money.amount(null=True, blank=True)
    rounding_unit = money.amount(default="0.01")
    round_up = models.BooleanField(default=False)
    needs_list = models.BooleanField(default=False, help_text="only for instruments on this fee's own list")
    history = HistoricalRecords()

    class Meta:
        ordering = ["code", "market", "asset_class", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "market", "asset_class", "issuer_country", "applies_to", "valid_from"],
                name="fee_rate_once",
            ),
            models.CheckConstraint(condition=Q(rate__gte=0), name="fee_rate_not_negative"),
            models.CheckConstraint(condition=Q(basis__in=list(Basis)), name="fee_rate_basis_known"),
            models.CheckConstraint(condition=Q(applies_to__in=["buy", "sell", "both"]), name="fee_rate_side_known"),
            models.CheckConstraint(condition=Q(rounding_unit__gt=0), name="fee_rate_rounding_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.rate.normalize():f} {self.basis} from {self.valid_from}"


class FeeListing(models.Model):
    """An instrument that a fee with a list of its own is charged for, such as a French company above 1 bn
    EUR.
    """

    code = models.CharField(max_length=16)
    instrument = models.ForeignKey(Instrument, models.PROTECT)

    class Meta:
        ordering = ["code", "instrument"]
        constraints = [models.UniqueConstraint(fields=["code", "instrument"], name="fee_listing_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.instrument_id}"


class CommissionRate(models.Model):
    """What an account, or all accounts of a client, pay for execution from ``valid_from`` on.

    Minimum and cap are an order's. ``tiers`` are further rates, each for what is beyond its beginning.
    """

    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True)
    client = models.CharField(max_length=16, blank=True)
    asset_class = models.CharField(max_length=20, choices=choices(AssetClass), blank=True)
    valid_from = models.DateField()
    basis = models.CharField(max_length=16, choices=choices(Basis))
    rate = models.DecimalField(max_digits=28, decimal_places=12)
    minimum = money.amount(null=True, blank=True)
    cap = money.amount(null=True, blank=True)
    tiers = models.JSONField(
        default=list, blank=True, validators=[are_tiers],
        help_text='[["10000", "0.003"]]: from 10,000 shares (or units of money) on, this rate',
    )  # fmt: skip
    history = HistoricalRecords()

    class Meta:
        ordering = ["account", "client", "asset_class", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "client", "asset_class", "valid_from"],
                name="commission_rate_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(rate__gte=0), name="commission_rate_not_negative"),
            models.CheckConstraint(condition=Q(account__isnull=True) | Q(client=""), name="commission_rate_of_one"),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True) | Q(cap__isnull=True) | Q(minimum__lte=models.F("cap")),
                name="commission_rate_bounds",
            ),
            models.CheckConstraint(condition=Q(basis__in=list(Basis)), name="commission_rate_basis_known"),
        ]

    def __str__(self) -> str:
        return f"{self.account or 'any'} {self.asset_class or 'any'} {self.rate.normalize():f} {self.basis}"


class ReferenceRevision(models.Model):
    """One row whose number a trigger raises when any table above changes: readers keep what they read until
    then.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="reference_revision_one_row")]

    def __str__(self) -> str:
        return str(self.number)
