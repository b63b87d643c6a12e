"""What Compliance writes: rules, every version of them, what was done with each version, and backtests."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class WrittenRule(models.Model):
    """A rule by the name it keeps for ever. What it says stands in its versions."""

    code = models.CharField(max_length=24, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = "rule of Compliance", "rules of Compliance"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z][A-Z0-9-]{1,23}$"), name="written_rule_code")
        ]

    def __str__(self) -> str:
        return self.code


class RuleVersion(models.Model):
    """One version of a rule, whole. Append-only: whoever changes anything writes the next one.

    ``pipeline`` is the rule as its writer says it, ``resolved`` with the filters of the rules it names in their place:
    that is what is tested, approved and comes into force. ``cases`` are its own test cases.
    """

    rule = models.ForeignKey(WrittenRule, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    why = models.CharField(max_length=500, blank=True)
    pipeline = models.JSONField()
    resolved = models.JSONField()
    cases = models.JSONField()
    dry_run = models.BooleanField(default=False)
    effective_from = models.DateTimeField(null=True, blank=True)
    effective_to = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="rule_version_number_from_1"),
            models.CheckConstraint(
                condition=Q(effective_from__isnull=True)
                | Q(effective_to__isnull=True)
                | Q(effective_to__gt=F("effective_from")),
                name="rule_version_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} version {self.number}"


class RuleStep(models.Model):
    """What somebody did with a version: tested it, approved it, asked for its end, ended it. Append-only.

    ``maker`` is who made what is decided upon: the author of the version that is approved, or whoever asked for the
    end. Nobody approves or ends by themselves what they made (a CHECK; and a composite key, in SQL, holds the maker
    of an approval to the version's author). ``enforced`` is the rule of risk that came of an approval.
    """

    class Kind(models.TextChoices):
        TESTED = "tested"
        APPROVED = "approved"
        END_ASKED = "end_asked"
        RETIRED = "retired"

    version = models.ForeignKey(RuleVersion, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    green = models.BooleanField(null=True)
    results = models.JSONField(null=True)
    enforced = models.ForeignKey("risk.Rule", models.PROTECT, null=True, related_name="approvals")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["tested", "approved", "end_asked", "retired"]), name="rule_step_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["approved", "retired"]) | Q(maker__isnull=False) & ~Q(maker=F("by")),
                name="rule_step_by_another",
            ),
            models.CheckConstraint(
                condition=Q(kind="tested", green__isnull=False, results__isnull=False)
                | ~Q(kind="tested") & Q(green__isnull=True, results__isnull=True),
                name="rule_step_test_has_results",
            ),
            models.CheckConstraint(
                condition=Q(kind="approved", enforced__isnull=False) | ~Q(kind="approved") & Q(enforced__isnull=True),
                name="rule_step_approval_enforced",
            ),
            models.UniqueConstraint(
                fields=["version"], condition=Q(kind="approved"), name="rule_version_approved_once"
            ),
            models.UniqueConstraint(fields=["version"], condition=Q(kind="retired"), name="rule_version_retired_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by}"


class Backtest(models.Model):
    """A version tried on the orders entered in [``since``, ``until``): how far it is, and what it found.

    ``done_to`` is how far the journal was followed, by the id of its event. ``carried`` is what the next bite begins
    with; ``basis`` says, for whoever reads the result, what was reconstructed and what was not.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    version = models.ForeignKey(RuleVersion, models.PROTECT, related_name="backtests")
    since = models.DateTimeField()
    until = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    done_to = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    events = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    passed = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)
    stopped = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    carried = models.JSONField(default=dict)
    basis = models.JSONField(default=list)
    text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="backtest_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "failed"]), name="backtest_state_known"
            ),
            models.CheckConstraint(
                condition=Q(orders=F("passed") + F("warned") + F("stopped") + F("unknown")), name="backtest_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} from {self.since:%Y-%m-%d} until {self.until:%Y-%m-%d}"


class BacktestFinding(models.Model):
    """One past order that the rule would have warned of or stopped, or that it could not judge. Append-only."""

    backtest = models.ForeignKey(Backtest, models.PROTECT, related_name="findings")
    order = models.ForeignKey("orders.Order", models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()
    level = models.CharField(max_length=8)
    was_accepted = models.BooleanField()
    measured = models.CharField(max_length=40, blank=True)
    limit = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["backtest", "order"], name="backtest_finding_once"),
            models.CheckConstraint(
                condition=Q(level__in=["warn", "fail", "missing", "stale"]), name="backtest_finding_level_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.level}"
