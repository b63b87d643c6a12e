"""Breaches that somebody must act upon: the case, its events, what a breach leads to, and the evidence of runs."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from orders.models import Account, Desk, Instrument, Order
from risk.caselife import LIVE, State, Verb
from risk.result import Outcome

STATES = [str(state) for state in State]
VERBS = ["open", *(str(verb) for verb in Verb)]
OUTCOMES = [outcome.label for outcome in Outcome if outcome is not Outcome.PASS]


class BreachPolicy(models.Model):
    """What a breach of a control leads to, for one rule or, without one, for every rule of the control.

    ``action`` is what is done with a working order: an alert and no more, no further part of it is routed, or what
    still works is canceled. ``cure_days`` are business days of ``calendar`` until a portfolio's breach must be cured.
    """

    class Action(models.TextChoices):
        ALERT = "alert"
        HOLD = "hold"
        CANCEL = "cancel"

    control = models.CharField(max_length=8)
    rule = models.ForeignKey("risk.Rule", models.PROTECT, null=True, blank=True, related_name="+")
    action = models.CharField(max_length=8, choices=Action.choices, default=Action.ALERT)
    cure_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="business days; empty: no deadline")
    calendar = models.CharField(max_length=16, default="US", help_text="settlement calendar of the deadline")
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "breach policies"
        constraints = [
            models.UniqueConstraint(fields=["control", "rule"], nulls_distinct=False, name="breach_policy_once"),
            models.CheckConstraint(
                condition=Q(action__in=["alert", "hold", "cancel"]), name="breach_policy_action_known"
            ),
            models.CheckConstraint(
                condition=Q(cure_days__isnull=True) | Q(cure_days__lte=365), name="breach_policy_within_a_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.control} {self.action}"


class Breach(models.Model):
    """A case: what was breached, since when, whose it is, and what became of it. It changes in risk/cases.py alone.

    ``kind`` is of a working order, of a portfolio, or of what was traded: a fill, a drop copy, a delivery, a latency.

    ``about`` names what it is about within the control, such as an order or an issuer of an account; of that there is
    one live case at a time. ``origin`` is active where a trade of ours caused it, passive where price, net assets, a
    rating, a list or a rule did. ``action`` is what its policy wants done with the order, and ``acted_at`` when it was.
    """

    class Kind(models.TextChoices):
        IN_TRADE = "in_trade"
        POST_TRADE = "post_trade"
        TRADED = "traded"

    class Origin(models.TextChoices):
        ACTIVE = "active"
        PASSIVE = "passive"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    control = models.CharField(max_length=8)
    rule = models.ForeignKey("risk.Rule", models.PROTECT, null=True, db_index=False, related_name="+")
    rule_version = models.PositiveIntegerField(null=True)
    about = models.CharField(max_length=160)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    cause = models.CharField(max_length=80, blank=True)
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="breaches")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, db_index=False, related_name="+")
    desk = models.ForeignKey(Desk, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=8, choices=[(o, o) for o in OUTCOMES])
    reason_code = models.CharField(max_length=40)
    text = models.CharField(max_length=500)
    measured = models.CharField(max_length=60, blank=True)
    limit = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=12, choices=[(s, s) for s in STATES], default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    deadline = models.DateField(null=True)
    overdue_at = models.DateTimeField(null=True)
    action = models.CharField(max_length=8, choices=BreachPolicy.Action.choices, default=BreachPolicy.Action.ALERT)
    acted_at = models.DateTimeField(null=True)
    waiver_asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    waiver_until = models.DateField(null=True)
    waived_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "breaches"
        indexes = [
            models.Index(fields=["kind", "order"], name="breach_live", condition=~Q(state="closed")),
            models.Index(fields=["closed_at"], name="breach_closed", condition=Q(state="closed")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "control", "rule", "about"], nulls_distinct=False, condition=~Q(state="closed"),
                name="breach_live_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["in_trade", "post_trade", "traded"]), name="breach_kind_known"
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="breach_state_known"),
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="breach_outcome_known"),
            models.CheckConstraint(condition=Q(origin__in=["active", "passive"]), name="breach_origin_known"),
            models.CheckConstraint(condition=Q(action__in=["alert", "hold", "cancel"]), name="breach_action_known"),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at__isnull=True),
                name="breach_closed_when_closed",
            ),
            models.CheckConstraint(
                condition=~Q(state="waived") | Q(waived_by__isnull=False, waiver_asked_by__isnull=False),
                name="breach_waived_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(waived_by__isnull=True) | ~Q(waived_by=F("waiver_asked_by")),
                name="breach_waived_by_another",
            ),
            models.CheckConstraint(
                condition=Q(kind="in_trade") | Q(action="alert"), name="breach_action_needs_an_order"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.control} {self.about}"

    @property
    def is_live(self) -> bool:
        """Whether it still has to hold again."""
        return self.state in LIVE


class BreachEvent(models.Model):
    """What happened to a case, numbered from 1, with the numbers as they were then. Append-only."""

    breach = models.ForeignKey(Breach, models.PROTECT, db_index=False, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=16, choices=[(v, v) for v in VERBS])
    state = models.CharField(max_length=12, choices=[(s, s) for s in STATES])
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    text = models.CharField(max_length=1000, blank=True)
    finding = models.JSONField(default=dict)

    class Meta:
        ordering = ["breach_id", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["breach", "seq"], name="breach_event_once"),
            models.CheckConstraint(condition=Q(verb__in=VERBS), name="breach_event_verb_known"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="breach_event_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.breach_id}.{self.seq} {self.verb}"


class PortfolioReview(models.Model):
    """The evidence of one look at one portfolio with no order at all: every rule that ran, also those that passed.

    Append-only. ``holdings`` are the positions as they were, by instrument: what was traded since is the difference.
    """

    run = models.BigIntegerField(db_index=True)
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    date = models.DateField()
    trigger = models.CharField(max_length=12)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8)
    findings = models.JSONField()
    holdings = models.JSONField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["account", "-id"], name="review_latest")]
        constraints = [
            models.UniqueConstraint(fields=["run", "account"], name="review_once_a_run"),
            models.CheckConstraint(condition=Q(trigger__in=["end_of_day", "on_demand"]), name="review_trigger_known"),
            models.CheckConstraint(condition=Q(outcome__in=["pass", *OUTCOMES]), name="review_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.account} on {self.date}: {self.outcome}"


class WatchMark(models.Model):
    """How far a watch has looked: when, and what it had seen by then."""

    name = models.CharField(max_length=16, primary_key=True)
    at = models.DateTimeField()
    seen = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"
