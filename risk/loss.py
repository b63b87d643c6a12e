"""Daily loss limits: their levels, what they led to, and where the day's results began."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from oms.base import money
from orders.models import Account, Instrument
from risk.losslevels import LEVELLED, LossAction, faults

ACTIONS = [str(action) for action in LossAction]


def _rises() -> Q:
    """Each level that is given is above every milder one that is."""
    rises = Q()
    for at, graver in enumerate(LEVELLED):
        for milder in LEVELLED[:at]:
            known = Q(**{f"{milder}__isnull": True}) | Q(**{f"{graver}__isnull": True})
            rises &= known | Q(**{f"{graver}__gt": F(milder)})
    return rises


class LossLimit(models.Model):
    """Levels of today's loss of one account, desk, trader or strategy, and what each leads to. Money in ``currency``.

    ``scope_id`` is the primary key of the account, desk or user in text, or the strategy's name (SenderCompID). Change
    one through ``risk.losses.put``: ``version`` grows by one with each change, a trigger insists.
    """

    class Scope(models.TextChoices):
        ACCOUNT = "account"
        DESK = "desk"
        TRADER = "trader"
        STRATEGY = "strategy"

    scope = models.CharField(max_length=8, choices=Scope.choices)
    scope_id = models.CharField(max_length=64)
    currency = models.CharField(max_length=3, default="USD")
    warn = money.amount(null=True, blank=True)
    reduce_only = money.amount(null=True, blank=True)
    halt = money.amount(null=True, blank=True)
    cancel = money.amount(null=True, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")
    history = HistoricalRecords()

    class Meta:
        ordering = ["scope", "scope_id"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "scope_id"], condition=Q(active=True), name="loss_limit_once"),
            models.CheckConstraint(
                condition=Q(scope__in=["account", "desk", "trader", "strategy"]) & ~Q(scope_id=""),
                name="loss_limit_scope_known",
            ),
            models.CheckConstraint(condition=_rises(), name="loss_limit_levels_rise"),
            models.CheckConstraint(
                condition=~Q(warn__lte=0) & ~Q(reduce_only__lte=0) & ~Q(halt__lte=0) & ~Q(cancel__lte=0),
                name="loss_limit_above_zero",
            ),
            models.CheckConstraint(
                condition=Q(warn__isnull=False) | Q(reduce_only__isnull=False) | Q(halt__isnull=False)
                | Q(cancel__isnull=False),
                name="loss_limit_has_a_level",
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="loss_limit_currency_iso_4217"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.scope} {self.scope_id}"

    @property
    def levels(self) -> dict[LossAction, Decimal | None]:
        """The levels by what they lead to."""
        return {action: getattr(self, action) for action in LEVELLED}

    def clean(self) -> None:
        """Every fault of the levels, by field."""
        found: dict[str, list[str]] = {}
        for field, text in faults(self.levels):
            found.setdefault(field, []).append(text)
        if found:
            raise ValidationError(found)


class LossStop(models.Model):
    """What a loss led to on one business date: it holds until that date is over, or another person releases it.

    ``unknown`` is lifted by the system as soon as the result can be told again; until then ``lacks`` is the code of
    what is missing or stale, and ``reason`` says what. ``limit_author`` set the levels, and is not the one who may
    release.
    """

    limit = models.ForeignKey(LossLimit, models.PROTECT, related_name="stops")
    limit_version = models.PositiveIntegerField()
    limit_author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    date = models.DateField()
    action = models.CharField(max_length=12, choices=[(a, a) for a in ACTIONS])
    level = money.amount(null=True)
    realised = money.amount(null=True)
    unrealised = money.amount(null=True)
    at = models.DateTimeField()
    acted_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    lacks = models.CharField(max_length=12, blank=True, db_default="")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["date"], name="loss_stop_in_force", condition=Q(released_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(
                fields=["limit", "date", "action"], condition=~Q(action="unknown") | Q(released_at__isnull=True),
                name="loss_stop_once_a_day",
            ),
            models.CheckConstraint(condition=Q(action__in=ACTIONS), name="loss_stop_action_known"),
            models.CheckConstraint(
                condition=Q(lacks="") | Q(lacks__in=["DATA_MISSING", "DATA_STALE"], action="unknown"),
                name="loss_stop_lacks_known",
            ),
            models.CheckConstraint(
                condition=Q(action="unknown", level__isnull=True)
                | ~Q(action="unknown") & Q(level__isnull=False, realised__isnull=False, unrealised__isnull=False),
                name="loss_stop_has_its_numbers",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False) & ~Q(reason="")
                | Q(released_at__isnull=False, action="unknown"),
                name="loss_stop_release_whole",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("limit_author")),
                name="loss_stop_released_by_another",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.limit} {self.action} on {self.date}"


class OpeningResult(models.Model):
    """What a position had made when a business date began: the day's result is what it has made since.

    ``qty`` and ``mark`` are as they were then; ``unrealised`` is not known where there was no mark.
    """

    date = models.DateField()
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, db_index=False, related_name="+")
    qty = money.amount()
    mark = money.amount(null=True)
    realised = money.amount()
    unrealised = money.amount(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["date", "account", "instrument"], name="opening_result_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.instrument_id} on {self.date}"
