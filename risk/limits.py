"""Limits: rows over any combination of dimensions, how the rows of a measure are chosen, and what changes with them."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from oms.base import clock, money
from oms.base.refusal import Refusal
from orders.models import Account, Desk, Instrument
from orders.vocabulary import AssetClass, choices
from risk.room import DIMENSIONS, EXPOSURES, MONEY, POSITIONS, Measure

MEASURES = [(str(measure), measure.replace("_", " ")) for measure in Measure]
SCOPE = tuple(DIMENSIONS)
REFERENCES = ("instrument", "account", "trader", "desk")
WORDS = tuple(name for name in SCOPE if name not in REFERENCES)


def _any(to: object) -> models.ForeignKey:
    return models.ForeignKey(to, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")  # type: ignore[arg-type]


class Limit(models.Model):
    """How much of ``measure`` all orders in the scope together may use. An empty part of the scope means any.

    ``hard`` refuses and ``soft`` warns, both inclusive; 0 means none at all. Money is in ``currency``; quantities and
    counts have none. ``window_s`` is the length in seconds of the window of window_notional. A position limit names
    its instrument, an exposure limit its instrument or issuer, and its accounts by desk, client, account or portfolio.
    Scope and measure never change; levels do, under the next version (a trigger insists). Write limits through
    ``risk.limiting.put``, which counts what is open already.
    """

    measure = models.CharField(max_length=20, choices=MEASURES)
    desk = _any(Desk)
    trader = _any(settings.AUTH_USER_MODEL)
    strategy = models.CharField(max_length=32, blank=True)
    client = models.CharField(max_length=16, blank=True)
    account = _any(Account)
    portfolio = models.CharField(max_length=16, blank=True)
    instrument = _any(Instrument)
    issuer = models.CharField(max_length=80, blank=True)
    venue = models.CharField(max_length=4, blank=True, help_text="MIC of the instrument's first market")
    asset_class = models.CharField(max_length=20, choices=choices(AssetClass), blank=True)
    soft = money.amount(null=True, blank=True)
    hard = money.amount()
    currency = models.CharField(max_length=3, blank=True)
    window_s = models.PositiveIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)
    effective_from = models.DateTimeField(default=clock.now)
    effective_to = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, db_index=False, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["measure", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "window_s", *SCOPE],
                condition=Q(active=True),
                nulls_distinct=False,
                name="limit_once_a_scope",
            ),
            models.CheckConstraint(condition=Q(measure__in=list(Measure)), name="limit_measure_known"),
            models.CheckConstraint(condition=Q(hard__gte=0), name="limit_hard_not_negative"),
            models.CheckConstraint(
                condition=Q(soft__isnull=True) | Q(soft__gte=0, soft__lte=F("hard")), name="limit_soft_within_hard"
            ),
            models.CheckConstraint(
                condition=Q(measure__in=sorted(MONEY), currency__regex=r"^[A-Z]{3}$")
                | ~Q(measure__in=sorted(MONEY)) & Q(currency=""),
                name="limit_currency_iff_money",
            ),
            models.CheckConstraint(
                condition=Q(measure=Measure.WINDOW_NOTIONAL, window_s__gte=1)
                | ~Q(measure=Measure.WINDOW_NOTIONAL) & Q(window_s__isnull=True),
                name="limit_window_iff_window",
            ),
            models.CheckConstraint(
                condition=~Q(measure__in=sorted(POSITIONS)) | Q(instrument__isnull=False),
                name="limit_position_of_instrument",
            ),
            models.CheckConstraint(
                condition=~Q(measure__in=sorted(EXPOSURES))
                | (Q(instrument__isnull=False) | ~Q(issuer="")) & Q(trader__isnull=True, strategy="", venue=""),
                name="limit_exposure_of_accounts",
            ),
            models.CheckConstraint(
                condition=Q(asset_class="") | Q(asset_class__in=list(AssetClass)), name="limit_asset_class_known"
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="limit_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="limit_version_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.measure.replace('_', ' ')} of {self.scope_text()}"

    def clean(self) -> None:
        """Validate how the parts go together. Raises ValidationError with every fault."""
        faults: dict[str, list[str]] = {}
        for refusal in words(self):
            faults.setdefault(refusal.field, []).append(refusal.text)
        if faults:
            raise ValidationError(faults)

    def scope_text(self) -> str:
        """The scope in words; the firm where nothing is named."""
        named = [(name, getattr(self, name)) for name in SCOPE]
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in named if value) or "the firm"


def words(limit: "Limit") -> Iterable[Refusal]:
    """How the row's parts go together. The database insists on the same."""
    measure = limit.measure
    for name in ("hard", "soft"):
        level = getattr(limit, name)
        if level is not None and not isinstance(level, str) and level < 0:
            yield Refusal("BAD_VALUE", name, f"{name} must not be below 0; 0 means none at all")
    if limit.soft is not None and limit.hard is not None and limit.soft > limit.hard:
        yield Refusal("BAD_VALUE", "soft", f"soft {limit.soft:f} must not be above hard {limit.hard:f}")
    if measure in MONEY and not (len(limit.currency) == 3 and limit.currency.isascii() and limit.currency.isupper()):
        yield Refusal("MISSING", "currency", f"{measure} is money: give its currency, three letters (ISO 4217)")
    if measure not in MONEY and limit.currency:
        yield Refusal("BAD_VALUE", "currency", f"{measure} is no money: leave currency empty")
    if measure == Measure.WINDOW_NOTIONAL and not limit.window_s:
        yield Refusal("MISSING", "window_s", "give the length of the window in seconds, 1 or more")
    if measure != Measure.WINDOW_NOTIONAL and limit.window_s is not None:
        yield Refusal("BAD_VALUE", "window_s", "only window_notional has a window")
    if measure in POSITIONS and limit.instrument_id is None:
        yield Refusal("MISSING", "instrument", "quantities of different instruments add up to nothing: name one")
    if measure in EXPOSURES:
        if limit.instrument_id is None and not limit.issuer:
            yield Refusal("MISSING", "issuer", "an exposure is to an instrument or an issuer: name one")
        for name in ("trader", "strategy", "venue"):
            if getattr(limit, name):
                yield Refusal("BAD_VALUE", name, "an exposure is of accounts: it cannot be narrowed so")
    if limit.effective_to is not None and limit.effective_to <= limit.effective_from:
        yield Refusal("BAD_VALUE", "effective_to", "effective_to must be after effective_from")


class LimitPolicy(models.Model):
    """Which of a measure's rows an order counts in: all that cover it, or only the most specific. All if not said.

    The most specific names the most dimensions; among equals the first of ``risk.room.DIMENSIONS`` decides.
    """

    class Rows(models.TextChoices):
        ALL = "all", "all rows that cover an order"
        MOST_SPECIFIC = "most_specific", "the most specific row alone"

    measure = models.CharField(max_length=20, choices=MEASURES, primary_key=True)
    rows = models.CharField(max_length=16, choices=Rows.choices, default=Rows.ALL)
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "limit policies"
        constraints = [
            models.CheckConstraint(condition=Q(measure__in=list(Measure)), name="limit_policy_measure_known"),
            models.CheckConstraint(condition=Q(rows__in=["all", "most_specific"]), name="limit_policy_rows_known"),
        ]

    def __str__(self) -> str:
        return f"{self.measure}: {self.rows}"


class Stamp(models.Model):
    """The one row that changes with every change of a rule, a limit or a policy: triggers write it.

    A process keeps what it has read of them under the stamp it was read at, and reads again when that has changed.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    stamp = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="stamp_one_row")]

    def __str__(self) -> str:
        return str(self.stamp)


class Sent(models.Model):
    """Money that the orders of one batch count as in the window of a limit; deleted once the window has passed."""

    usage = models.ForeignKey("risk.Usage", models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()
    value = money.amount()

    class Meta:
        indexes = [models.Index(fields=["usage", "at"], name="sent_in_window")]
        constraints = [models.CheckConstraint(condition=Q(value__gte=0), name="sent_not_negative")]

    def __str__(self) -> str:
        return f"{self.usage_id}: {self.value} at {self.at}"
