"""What risk keeps: rules, restricted names, kill switches, decisions, and how much of each limit is in use."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from oms.base import clock, money
from orders.models import Account, Desk, Instrument, Order
from orders.vocabulary import AssetClass, Side, choices
from risk import params
from risk.breach import Breach, BreachEvent, BreachPolicy, PortfolioReview, WatchMark
from risk.controls import CATALOGUE
from risk.killswitch import KillSwitch, Taken
from risk.limits import Limit, LimitPolicy, Sent, Stamp
from risk.loss import LossLimit, LossStop, OpeningResult
from risk.override import Override, OverrideEvent
from risk.proposal import RuleProposal
from risk.reference import AccountProfile, Arming, InstrumentAnalytics, Locate, Permission, StrategySender
from risk.result import Outcome
from risk.rulefamily import RuleFamily
from risk.surveillance import Observation
from risk.waiving import Way
from risk.written import Backtest, BacktestFinding, RuleStep, RuleVersion, WrittenRule

__all__ = [
    "AccountProfile",
    "Arming",
    "Backtest",
    "BacktestFinding",
    "Breach",
    "BreachEvent",
    "BreachPolicy",
    "Decision",
    "InstrumentAnalytics",
    "KillSwitch",
    "Limit",
    "LimitPolicy",
    "Locate",
    "LossLimit",
    "LossStop",
    "Observation",
    "OpeningResult",
    "Override",
    "OverrideEvent",
    "Permission",
    "PortfolioReview",
    "Reservation",
    "Restriction",
    "Rule",
    "RuleFamily",
    "RuleProposal",
    "RuleStep",
    "RuleVersion",
    "Sent",
    "Stamp",
    "StrategySender",
    "Taken",
    "Usage",
    "WatchMark",
    "WrittenRule",
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


class Decision(models.Model):
    """The evidence of one evaluation of one order: every control that ran, also those that passed. Append-only.

    One row an order, not one a rule: the evidence is read order by order, and a row a rule would make entering an
    order dearer with every rule somebody writes. ``findings`` lists for each rule its id and version, the outcome,
    the number measured and the limit it was compared with, and names rules that measure alike by their ``RuleFamily``:
    ``risk.evidence.of`` and the view ``risk_finding`` have an entry a rule. ``inputs`` is what was known of the
    surroundings.
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
    """What counts towards limits: of an account in one instrument, or of one row of the table of limits.

    Orders of the same scope wait for each other on this row, which is what keeps two of them from taking the same
    room. Open quantities and money are the sums of the reservations, buys and sells apart; ``executed_value`` is what
    was executed on ``executed_on``. Money is in the limit's currency, of an account in the instrument's.
    ``scope_id`` is the account's or the limit's primary key.
    """

    class Kind(models.TextChoices):
        ACCOUNT = "account"
        LIMIT = "limit"

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.ACCOUNT)
    scope_id = models.BigIntegerField()
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, db_index=False, related_name="+")
    position_qty = money.amount(default=0)
    open_buy_qty = money.amount(default=0)
    open_sell_qty = money.amount(default=0)
    open_buy_value = money.amount(default=0)
    open_sell_value = money.amount(default=0)
    open_orders = models.IntegerField(default=0)
    executed_value = money.amount(default=0)
    executed_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["instrument"], name="usage_of_instrument", condition=Q(kind="account"))]
        constraints = [
            models.UniqueConstraint(fields=["kind", "scope_id", "instrument"], name="usage_once"),
            models.UniqueConstraint(fields=["scope_id"], condition=Q(kind="limit"), name="usage_once_a_limit"),
            models.CheckConstraint(
                condition=Q(kind="account", instrument__isnull=False) | Q(kind="limit", instrument__isnull=True),
                name="usage_kind_known",
            ),
            models.CheckConstraint(condition=Q(open_buy_qty__gte=0), name="usage_open_buy_not_negative"),
            models.CheckConstraint(condition=Q(open_sell_qty__gte=0), name="usage_open_sell_not_negative"),
            models.CheckConstraint(
                condition=Q(open_buy_value__gte=0, open_sell_value__gte=0, open_orders__gte=0),
                name="usage_open_value_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope_id} {self.instrument_id or ''}".strip()


class Reservation(models.Model):
    """What one order holds: its leaves, or more while a larger replacement is in flight; closed: 0.

    ``unit`` is the money a unit of it counts as, in the instrument's currency, ``per_px`` that for a price of 1.
    ``limits`` are the usages of limits it counts in, each with the rate into the limit's currency as it was then:
    [[usage id, "rate"], ...]. One row an order, not one a limit: see docs/adr. ``traded`` is the money it executed on
    ``traded_on``.
    """

    order = models.ForeignKey(Order, models.PROTECT, db_index=False, related_name="reservations")
    usage = models.ForeignKey(Usage, models.PROTECT, related_name="reservations")
    side = models.CharField(max_length=12, choices=choices(Side))
    qty = money.amount()
    unit = money.amount(default=0)
    per_px = money.amount(default=1)
    limits = models.JSONField(default=list)
    traded = money.amount(default=0)
    traded_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "usage"], name="reservation_once"),
            models.CheckConstraint(condition=Q(qty__gte=0), name="reservation_not_negative"),
            models.CheckConstraint(condition=Q(unit__gte=0, per_px__gt=0), name="reservation_money_not_negative"),
            models.CheckConstraint(condition=Q(side__in=list(Side)), name="reservation_side_known"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} holds {self.qty}"
