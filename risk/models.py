"""What risk keeps: rules, restricted names, kill switches, decisions, and how much of each limit is in use."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from oms.base import clock, money
from orders.models import Account, Desk, Instrument, Order
from orders.vocabulary import AssetClass, Side, choices
from risk import params
from risk.controls import CATALOGUE
from risk.override import Override, OverrideEvent
from risk.reference import AccountProfile, Arming, InstrumentAnalytics, Locate, Permission
from risk.result import Outcome
from risk.surveillance import Observation
from risk.waiving import Way

__all__ = [
    "AccountProfile",
    "Arming",
    "Decision",
    "InstrumentAnalytics",
    "KillSwitch",
    "Locate",
    "Observation",
    "Override",
    "OverrideEvent",
    "Permission",
    "Reservation",
    "Restriction",
    "Rule",
    "Usage",
]

OUTCOMES = [outcome.label for outcome in Outcome]


class Rule(models.Model):
    """A control with its parameters and its scope. An empty part of the scope means any; all rules that apply count.

    ``version`` grows by one with each change (a trigger insists), and decisions name the version they used; change a
    rule through ``risk.rules.put``. A ``dry_run`` rule is evaluated and recorded and never stands in the way.
    """

    control = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    desk = models.ForeignKey(Desk, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    asset_class = models.CharField(max_length=20, choices=choices(AssetClass), blank=True)
    params = models.JSONField(default=dict, blank=True)
    dry_run = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    effective_from = models.DateTimeField(default=clock.now)
    effective_to = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["control", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(control__regex=r"^[A-Z]{2}-[0-9]{2}$"), name="rule_control_id"),
            models.CheckConstraint(
                condition=Q(asset_class="") | Q(asset_class__in=list(AssetClass)), name="rule_asset_class_known"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="rule_version_from_1"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="rule_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.control} {self.name}"

    def clean(self) -> None:
        """Validate the parameters by the control's own declaration. Raises ValidationError with every fault."""
        control = CATALOGUE.get(self.control)
        if control is None or not control.by_rule:
            known = ", ".join(c.id for c in CATALOGUE.values() if c.by_rule)
            raise ValidationError({"control": f"rules can be written for {known}"})
        try:
            params.read(control.params, self.params)
        except params.ParamError as fault:
            raise ValidationError({"params": fault.messages}) from fault


class Restriction(models.Model):
    """An entry of a list, from and until when: half open, [from, to). An instrument, or an issuer with all it issued.

    ``side`` is what a restricted entry bars; ``sell`` bars short sales too. Entries of watch and grey lists never
    stand in the way: Compliance is told, nobody else may see them. ``account`` empty: everybody's list. Derivatives
    follow their underlying. ``reason`` is for Compliance: a trader never reads it.
    """

    class Kind(models.TextChoices):
        RESTRICTED = "restricted"
        SELL_ONLY = "sell_only"
        WATCH = "watch"
        GREY = "grey"
        EXCLUSION = "exclusion"
        EASY_TO_BORROW = "easy_to_borrow"

    class Barred(models.TextChoices):
        ANY = "any"
        BUY = "buy"
        SELL = "sell"
        SELL_SHORT = "sell_short"

    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.RESTRICTED)
    instrument = models.ForeignKey(
        Instrument, models.PROTECT, null=True, blank=True, related_name="restrictions", help_text="or else an issuer"
    )
    issuer = models.CharField(max_length=80, blank=True, db_index=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    side = models.CharField(max_length=12, choices=Barred.choices, default=Barred.ANY)
    effective_from = models.DateTimeField(default=clock.now)
    effective_to = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=80, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["instrument__symbol", "effective_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["restricted", "sell_only", "watch", "grey", "exclusion", "easy_to_borrow"]),
                name="restriction_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(side__in=["any", "buy", "sell", "sell_short"]), name="restriction_side_known"
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="restriction_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(instrument__isnull=False, issuer="") | Q(instrument__isnull=True) & ~Q(issuer=""),
                name="restriction_names_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument or self.issuer} {self.kind} {self.side}"


class KillSwitch(models.Model):
    """One engagement of a kill switch, from engaging to release by another person (RTS 6 art. 12).

    ``scope_id`` is the primary key of the desk, user, account or instrument in text, or the venue's MIC; the firm
    has none. Engage and release through ``risk.killswitch``.
    """

    class Scope(models.TextChoices):
        FIRM = "firm"
        DESK = "desk"
        TRADER = "trader"
        ACCOUNT = "account"
        INSTRUMENT = "instrument"
        VENUE = "venue"

    scope = models.CharField(max_length=12, choices=Scope.choices)
    scope_id = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500)
    engaged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    engaged_at = models.DateTimeField()
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "scope_id"],
                condition=Q(released_at__isnull=True),
                name="kill_switch_engaged_once",
            ),
            models.CheckConstraint(
                condition=Q(scope="firm", scope_id="")
                | Q(scope__in=["desk", "trader", "account", "instrument", "venue"]) & ~Q(scope_id=""),
                name="kill_switch_scope_known",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True, released_at__isnull=True)
                | Q(released_by__isnull=False, released_at__isnull=False),
                name="kill_switch_release_whole",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("engaged_by")),
                name="kill_switch_released_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.scope_id}".strip()

    @property
    def active(self) -> bool:
        """Whether it still stops trading."""
        return self.released_at is None


class Decision(models.Model):
    """The evidence of one evaluation of one order: every control that ran, also those that passed. Append-only.

    One row an order, not one a rule: the evidence is read order by order, and a row a rule would make entering an
    order dearer with every rule somebody writes. ``findings`` lists for each rule its id and version, the outcome,
    the number measured and the limit it was compared with; ``inputs`` what was known of the surroundings.
    ``basis`` says why an order with a soft or hard breach was accepted all the same: the ``reason`` with which its
    warnings were acknowledged, or the override ``override_no`` that was used. ``way`` says how one that was refused
    may be sent all the same; of an order with a breach ``terms_hash`` is the hash of the terms that ``inputs`` hold.
    """

    class Kind(models.TextChoices):
        ENTER = "enter"
        AMEND = "amend"

    class Basis(models.TextChoices):
        ACKNOWLEDGED = "acknowledged"
        REDUCE_ONLY = "reduce_only"
        PART = "part"
        OVERRIDE = "override"

    order = models.ForeignKey(Order, models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=[(o, o) for o in OUTCOMES])
    accepted = models.BooleanField()
    basis = models.CharField(max_length=12, choices=Basis.choices, blank=True)
    inputs = models.JSONField()
    findings = models.JSONField()
    reason = models.CharField(max_length=500, blank=True, db_default="")
    override_no = models.BigIntegerField(null=True)
    way = models.CharField(max_length=16, choices=choices(Way), blank=True, db_default="")
    terms_hash = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(kind="enter"), name="decision_entered_once"),
            models.CheckConstraint(condition=Q(kind__in=["enter", "amend"]), name="decision_kind_known"),
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="decision_outcome_known"),
            models.CheckConstraint(
                condition=Q(accepted=True, outcome__in=["pass", "alert"], basis="")
                | Q(accepted=True, outcome="soft", basis__in=["acknowledged", "reduce_only", "part", "override"])
                | Q(accepted=True, outcome="hard", basis__in=["reduce_only", "part", "override"])
                | Q(accepted=False, outcome__in=["soft", "hard"], basis=""),
                name="decision_follows_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(basis="override") | Q(override_no__isnull=False), name="decision_names_override"
            ),
            models.CheckConstraint(
                condition=Q(way__in=["", "reason", "second_person", "designated"]), name="decision_way_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}: {self.outcome}"


class Usage(models.Model):
    """What counts towards limits in one instrument: the position, and how much is open on either side.

    Orders of the same scope and instrument wait for each other on this row, which is what keeps two of them from
    taking the same room. Open quantities are the sums of the reservations.
    """

    class Kind(models.TextChoices):
        ACCOUNT = "account"

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.ACCOUNT)
    scope_id = models.BigIntegerField()
    instrument = models.ForeignKey(Instrument, models.PROTECT, db_index=False, related_name="+")
    position_qty = money.amount(default=0)
    open_buy_qty = money.amount(default=0)
    open_sell_qty = money.amount(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "scope_id", "instrument"], name="usage_once"),
            models.CheckConstraint(condition=Q(kind__in=["account"]), name="usage_kind_known"),
            models.CheckConstraint(condition=Q(open_buy_qty__gte=0), name="usage_open_buy_not_negative"),
            models.CheckConstraint(condition=Q(open_sell_qty__gte=0), name="usage_open_sell_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope_id} {self.instrument_id}"


class Reservation(models.Model):
    """How much of a usage one order holds: its leaves, or more while a larger replacement is in flight; closed: 0."""

    order = models.ForeignKey(Order, models.PROTECT, db_index=False, related_name="reservations")
    usage = models.ForeignKey(Usage, models.PROTECT, related_name="reservations")
    side = models.CharField(max_length=12, choices=choices(Side))
    qty = money.amount()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "usage"], name="reservation_once"),
            models.CheckConstraint(condition=Q(qty__gte=0), name="reservation_not_negative"),
            models.CheckConstraint(condition=Q(side__in=list(Side)), name="reservation_side_known"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} holds {self.qty}"
