"""What is traded, and the day it is traded on."""

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, NullIf
from simple_history.models import HistoricalRecords

from oms.base import money
from oms.base.prepared import Prepared
from orders.vocabulary import AssetClass, choices


class TickTable(models.Model):
    """A named table of minimum price increments (Reg NMS 612; MiFID RTS 11)."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.code


class Tick(models.Model):
    """From ``price_from`` upwards prices are multiples of ``tick``, until the next row of the table."""

    table = models.ForeignKey(TickTable, models.CASCADE, related_name="ticks")
    price_from = money.amount()
    tick = money.amount()

    class Meta:
        ordering = ["price_from"]
        constraints = [
            models.UniqueConstraint(fields=["table", "price_from"], name="tick_once_a_price"),
            models.CheckConstraint(condition=Q(tick__gt=0), name="tick_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.tick} from {self.price_from}"


class Instrument(models.Model):
    """Something that can be bought and sold.

    ``issuer`` is whoever issued it (an LEI fits); a derivative without one has that of its underlying. Limits, weights,
    lists and rules all mean this one.

    ``settl_market`` names the row group of the settlement cycle table; prices of bonds are per 100 of face value.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        HALTED = "halted"
        EXPIRED = "expired"

    symbol = models.CharField(max_length=24, db_index=True)
    name = models.CharField(max_length=120)
    asset_class = models.CharField(max_length=20, choices=choices(AssetClass))
    isin = models.CharField(max_length=12, blank=True, db_index=True)
    cusip = models.CharField(max_length=9, blank=True, db_index=True)
    sedol = models.CharField(max_length=7, blank=True, db_index=True)
    primary_mic = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    tick_table = models.ForeignKey(TickTable, models.PROTECT)
    round_lot = money.amount(default=Decimal(1))
    min_qty = money.amount(default=Decimal(1))
    multiplier = money.amount(default=Decimal(1))
    maturity_date = models.DateField(null=True, blank=True)
    underlying = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    strike_price = money.amount(null=True, blank=True)
    put_or_call = models.CharField(max_length=4, blank=True, choices=[("put", "put"), ("call", "call")])
    coupon_rate = money.amount(null=True, blank=True)
    coupon_frequency = models.PositiveSmallIntegerField(null=True, blank=True)
    day_count = models.CharField(max_length=24, blank=True)
    issue_date = models.DateField(null=True, blank=True)
    issuer = models.CharField(max_length=80, blank=True)
    sector = models.CharField(max_length=40, blank=True)
    sub_industry = models.CharField(max_length=80, blank=True)
    reference_price = money.amount(null=True, blank=True)
    settl_market = models.CharField(max_length=8, default="US")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    history = HistoricalRecords()

    class Meta:
        ordering = ["symbol"]
        constraints = [
            models.UniqueConstraint(fields=["symbol", "primary_mic"], name="instrument_symbol_once_a_market"),
            models.UniqueConstraint(
                fields=["isin", "primary_mic"], condition=~Q(isin=""), name="instrument_isin_once_a_market"
            ),
            models.CheckConstraint(condition=Q(asset_class__in=list(AssetClass)), name="instrument_class_known"),
            models.CheckConstraint(
                condition=Q(state__in=["active", "halted", "expired"]), name="instrument_state_known"
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="instrument_currency_iso_4217"),
            models.CheckConstraint(condition=Q(primary_mic__regex=r"^[A-Z0-9]{4}$"), name="instrument_mic_iso_10383"),
            models.CheckConstraint(
                condition=Q(round_lot__gt=0, min_qty__gt=0, multiplier__gt=0),
                name="instrument_sizes_positive",
            ),
            models.CheckConstraint(
                condition=~Q(asset_class=AssetClass.OPTION)
                | Q(strike_price__isnull=False, maturity_date__isnull=False, put_or_call__in=["put", "call"]),
                name="instrument_option_complete",
            ),
            models.CheckConstraint(
                condition=~Q(asset_class__in=[AssetClass.GOVERNMENT_BOND, AssetClass.CORPORATE_BOND])
                | Q(coupon_rate__isnull=False, maturity_date__isnull=False),
                name="instrument_bond_complete",
            ),
        ]

    def __str__(self) -> str:
        return self.symbol

    @property
    def price_factor(self) -> Decimal:
        """What a price of 1 is worth for a quantity of 1 before the multiplier: bonds are quoted per 100 of face."""
        return price_factor(self.asset_class)


_BONDS = frozenset({AssetClass.GOVERNMENT_BOND.value, AssetClass.CORPORATE_BOND.value})
_ONE, _PER_HUNDRED = Decimal(1), Decimal("0.01")


def issuer_of(path: str = "") -> Coalesce:
    """The issuer of the instrument at ``path``: a derivative is of its underlying's, unless it says of whom itself."""
    return Coalesce(NullIf(f"{path}issuer", Value("")), f"{path}underlying__issuer", Value(""))


def price_factor(asset_class: str) -> Decimal:
    """1, or 1/100 for bonds."""
    return _PER_HUNDRED if asset_class in _BONDS else _ONE


class BusinessDate(models.Model):
    """The one row that says which business day the firm is on. TradeDate (tag 75) of an execution is this date."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    today = models.DateField()
    moved_at = models.DateTimeField(auto_now=True)
    moved_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="business_date_one_row")]

    def __str__(self) -> str:
        return self.today.isoformat()


_TODAY = Prepared(lambda: BusinessDate.objects.filter(pk=1).values_list("today"))


def business_date() -> date:
    """The firm's business date. One small query: callers ask once a batch."""
    for (today,) in _TODAY():
        return today  # type: ignore[no-any-return]
    raise BusinessDate.DoesNotExist
