"""What controls need to know of instruments, accounts and people that the book itself does not keep.

Every row says where it comes from and as of when: a rule may ask that it be no older than so many days.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf
from simple_history.models import HistoricalRecords

from oms.base import clock, money
from orders.models import Account, Instrument
from orders.reference import issuer_of
from orders.vocabulary import AssetClass, choices


class InstrumentAnalytics(models.Model):
    """Classification and analytics of an instrument. An empty field is not known, and a control that needs it refuses.

    ``adv`` is the 20-day average daily volume in units; ``duration`` years; ``initial_margin`` money a contract;
    ``ratings`` agency to grade, such as {"S&P": "BBB-"}; ``ssr_until`` the last day on which the short sale price test
    is on, and ``ssr_checked`` the day up to which that is known.
    """

    class Liquidity(models.TextChoices):
        HIGHLY_LIQUID = "highly_liquid"
        MODERATELY_LIQUID = "moderately_liquid"
        LESS_LIQUID = "less_liquid"
        ILLIQUID = "illiquid"

    instrument = models.OneToOneField(Instrument, models.PROTECT, primary_key=True, related_name="analytics")
    parent = models.CharField(
        max_length=80, blank=True, db_index=True, help_text="ultimate issuer; empty: the instrument's own issuer"
    )
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166")
    sector = models.CharField(max_length=40, blank=True, help_text="empty: the instrument's own")
    shares_outstanding = money.amount(null=True, blank=True)
    adv = money.amount(null=True, blank=True)
    duration = money.amount(null=True, blank=True)
    ratings = models.JSONField(null=True, blank=True)
    liquidity = models.CharField(max_length=20, blank=True, choices=Liquidity.choices)
    only_qib = models.BooleanField(null=True, blank=True, help_text="Rule 144A: qualified institutional buyers only")
    retail = models.BooleanField(null=True, blank=True, help_text="may be sold to retail clients")
    evaluated_price = money.amount(null=True, blank=True)
    initial_margin = money.amount(null=True, blank=True)
    ssr_until = models.DateField(null=True, blank=True)
    ssr_checked = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=80)
    as_of = models.DateTimeField()
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "instrument analytics"
        constraints = [
            models.CheckConstraint(
                condition=Q(liquidity__in=["", "highly_liquid", "moderately_liquid", "less_liquid", "illiquid"]),
                name="analytics_liquidity_known",
            ),
            models.CheckConstraint(
                condition=(Q(adv__isnull=True) | Q(adv__gte=0))
                & (Q(shares_outstanding__isnull=True) | Q(shares_outstanding__gt=0))
                & (Q(initial_margin__isnull=True) | Q(initial_margin__gte=0)),
                name="analytics_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} as of {self.as_of:%Y-%m-%d}"


def ultimate_issuer_of(path: str = "") -> Coalesce:
    """Who stands behind the instrument at ``path``: the parent, of itself or of its underlying, or else the issuer."""
    own, underlying = f"{path}analytics__parent", f"{path}underlying__analytics__parent"
    return Coalesce(NullIf(own, Value("")), NullIf(underlying, Value("")), issuer_of(path))


class AccountProfile(models.Model):
    """Who stands behind an account, what it may do, and what it is worth. Money is in the account's base currency.

    ``self_trade_group`` empty: the account alone. ``barrier`` names the side of the information barrier the account is
    on. Venues and brokers that are null are not known; an empty list allows none.
    """

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="profile")
    owner = models.CharField(max_length=80, blank=True, db_index=True, help_text="beneficial owner")
    self_trade_group = models.CharField(max_length=40, blank=True, db_index=True)
    proprietary = models.BooleanField(null=True, blank=True)
    barrier = models.CharField(max_length=40, blank=True)
    qib = models.BooleanField(null=True, blank=True, help_text="qualified institutional buyer")
    erisa = models.BooleanField(null=True, blank=True)
    retail = models.BooleanField(null=True, blank=True)
    sanctioned = models.BooleanField(null=True, blank=True)
    options_level = models.PositiveSmallIntegerField(null=True, blank=True)
    approved_venues = models.JSONField(null=True, blank=True, help_text='["XNAS", "XNYS"]')
    approved_brokers = models.JSONField(null=True, blank=True, help_text='["GSCO"]')
    nav = money.amount(null=True, blank=True)
    nav_as_of = models.DateTimeField(null=True, blank=True)
    cash = money.amount(null=True, blank=True)
    margin_equity = money.amount(null=True, blank=True)
    benchmark_duration = money.amount(null=True, blank=True)
    var_pct = money.amount(null=True, blank=True)
    benchmark_var_pct = money.amount(null=True, blank=True)
    source = models.CharField(max_length=80)
    as_of = models.DateTimeField()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(nav__isnull=True) | Q(nav__gt=0, nav_as_of__isnull=False), name="profile_nav_dated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} as of {self.as_of:%Y-%m-%d}"


class Permission(models.Model):
    """A trader's explicit permission; an empty part means any. In force over [effective_from, effective_to)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="trading_permissions")
    asset_class = models.CharField(max_length=20, choices=choices(AssetClass), blank=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    venue = models.CharField(max_length=4, blank=True)
    effective_from = models.DateTimeField(default=clock.now)
    effective_to = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=80, blank=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(asset_class="") | Q(asset_class__in=list(AssetClass)), name="permission_asset_class_known"
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="permission_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.asset_class or 'anything'}"


class Locate(models.Model):
    """Stock located for short sales of an account, from ``effective_from`` until it expires.

    ``used_qty`` is what was used of it outside this system; short sales entered here since are counted by themselves.
    """

    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    qty = money.amount()
    used_qty = money.amount(default=0)
    effective_from = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    reference = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=80, help_text="the lender")
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(qty__gt=0, used_qty__gte=0), name="locate_not_negative"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("effective_from")), name="locate_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.qty} {self.instrument} for {self.account}"


class StrategySender(models.Model):
    """A FIX session or a login (SenderCompID, 49) through which a strategy sends. A sender has one strategy or none.

    Throttles, brakes, roll-outs and losses of a strategy count over all its senders; a sender without one is its own.
    """

    sender = models.CharField(max_length=64, primary_key=True)
    strategy = models.CharField(max_length=64, db_index=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["strategy", "sender"]
        constraints = [
            models.CheckConstraint(condition=~Q(sender="") & ~Q(strategy=""), name="strategy_sender_named"),
        ]

    def __str__(self) -> str:
        return f"{self.sender} sends for {self.strategy}"


class Arming(models.Model):
    """A strategy was armed again after it had been stopped for repeated executions (RTS 6 art. 15(3)). Append-only.

    ``strategy`` is the strategy an order names, or else the SenderCompID it comes under.
    """

    strategy = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.strategy} at {self.at}"
