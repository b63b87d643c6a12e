"""The evidence for a self-assessment (RTS 6 art. 9, 15c3-5(e)): what each control was set to, did and let pass.

Read from what was written when it happened: decisions, observations, kill switches and the history of rules. Nothing
is reckoned anew, so that a rule that has been changed since does not change the past.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Q

from orders.models import Alert, Order
from risk.articles import ARTICLES, Article
from risk.controls import CATALOGUE
from risk.controls.limits import ROWS
from risk.models import Breach, KillSwitch, Limit, LossLimit, LossStop, Override, Rule

MET, GAP, PARTLY = "met", "gap", "in part"


class Setting(NamedTuple):
    """A rule in force at the end of the period."""

    id: int
    version: int
    name: str
    scope: str
    params: Mapping[str, Any]
    dry_run: bool


class Record(NamedTuple):
    """What one control did in the period: how often it looked, what it found, and what went on all the same."""

    checked: int = 0
    alert: int = 0
    soft: int = 0
    hard: int = 0
    passed_over: int = 0


class Change(NamedTuple):
    """One version of a rule that was written in the period."""

    at: datetime
    rule: int
    version: int
    control: str
    name: str
    by: str


class Drill(NamedTuple):
    """One engagement of a kill switch."""

    scope: str
    reason: str
    engaged_by: str
    engaged_at: datetime
    released_by: str | None
    released_at: datetime | None


class Waiver(NamedTuple):
    """One override that was decided in the period, and what became of it."""

    id: int
    order: int
    way: str
    state: str
    asked_by: str
    decided_by: str
    decided_at: datetime
    reason: str


@dataclass(frozen=True)
class Evidence:
    """Everything there is to show for [begin, end)."""

    begin: datetime
    end: datetime
    settings: Mapping[str, Sequence[Setting]]
    records: Mapping[str, Record]
    changes: Sequence[Change]
    drills: Sequence[Drill]
    overrides: Sequence[Waiver] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)


class Finding(NamedTuple):
    """What is to be said of one article, and why."""

    article: Article
    state: str
    missing: tuple[str, ...]


def gather(begin: datetime, end: datetime) -> Evidence:
    """Read the evidence of [begin, end). The number of statements is the same whatever there is."""
    return Evidence(
        begin, end, _settings(end), _records(begin, end), _changes(begin, end), _drills(begin, end),
        _waivers(begin, end), _limits(end), _figures(begin, end),
    )  # fmt: skip


def judge(evidence: Evidence) -> list[Finding]:
    """Article by article: whether every control that it asks for watches, without a rule or by one in force.

    A rule that only tries (``dry_run``) stops nobody, so it does not count.
    """
    findings = []
    for article in ARTICLES:
        missing = tuple(_missing(article.controls, evidence))
        there = len(article.controls) - len(missing)
        state = MET if not missing else PARTLY if there else GAP
        if "drills" in article.evidence and not evidence.drills:
            state, missing = PARTLY, (*missing, "no kill switch was tried in the period")
        findings.append(Finding(article, state, missing))
    return findings


def _missing(controls: Iterable[str], evidence: Evidence) -> Iterable[str]:
    for name in controls:
        control = CATALOGUE[name]
        rules = evidence.settings.get(name, ())
        watched = control.standing is not None or name in evidence.limits
        if not watched and not any(not rule.dry_run for rule in rules):
            tried = " (only tried)" if rules else "" if control.by_rule else " (no input)"
            yield f"{name} {control.name}: no rule in force{tried}"


def _settings(at: datetime) -> dict[str, list[Setting]]:
    rows = Rule.objects.filter(
        Q(effective_to__isnull=True) | Q(effective_to__gt=at), active=True, effective_from__lte=at
    ).select_related("desk", "account", "instrument")
    found: dict[str, list[Setting]] = defaultdict(list)
    for rule in rows.order_by("control", "pk"):
        parts = (rule.desk, rule.account, rule.instrument, rule.asset_class)
        scope = ", ".join(str(part) for part in parts if part) or "firm"
        found[rule.control].append(Setting(rule.pk, rule.version, rule.name, scope, rule.params, rule.dry_run))
    return dict(found)


_COUNTED = """
SELECT control, count(*),
    count(*) FILTER (WHERE outcome = 'alert'),
    count(*) FILTER (WHERE outcome = 'soft'),
    count(*) FILTER (WHERE outcome = 'hard'),
    count(*) FILTER (WHERE outcome IN ('soft', 'hard') AND accepted)
FROM risk_finding WHERE at >= %(begin)s AND at < %(end)s AND NOT dry_run GROUP BY 1
UNION ALL
SELECT control, count(*), count(*) FILTER (WHERE outcome = 'alert'), count(*) FILTER (WHERE outcome = 'soft'),
    count(*) FILTER (WHERE outcome = 'hard'), 0
FROM risk_observation WHERE at >= %(begin)s AND at < %(end)s GROUP BY 1
"""


def _records(begin: datetime, end: datetime) -> dict[str, Record]:
    """By control, from decisions and from what was observed. A rule's dry run counts for nothing."""
    found: dict[str, Record] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, {"begin": begin, "end": end})
        for control, *counts in cursor.fetchall():
            found[control] = Record(*(a + b for a, b in zip(found.get(control, Record()), counts, strict=True)))
    return dict(found)


def _changes(begin: datetime, end: datetime) -> list[Change]:
    rows = Rule.history.filter(history_date__gte=begin, history_date__lt=end).order_by("history_date", "history_id")
    columns = ("history_date", "id", "version", "control", "name", "history_user__username")
    return [Change(at, pk, version, control, name, by or "") for at, pk, version, control, name, by in
            rows.values_list(*columns)]  # fmt: skip


def _drills(begin: datetime, end: datetime) -> list[Drill]:
    rows = KillSwitch.objects.filter(engaged_at__gte=begin, engaged_at__lt=end).order_by("pk")
    columns = (
        "scope",
        "scope_id",
        "reason",
        "engaged_by__username",
        "engaged_at",
        "released_by__username",
        "released_at",
    )
    return [Drill(f"{scope} {scope_id}".strip(), *rest) for scope, scope_id, *rest in rows.values_list(*columns)]


def _waivers(begin: datetime, end: datetime) -> list[Waiver]:
    rows = Override.objects.filter(decided_at__gte=begin, decided_at__lt=end).order_by("pk")
    columns = (
        "pk", "order_id", "way", "state", "asked_by__username", "decided_by__username", "decided_at", "reason",
    )  # fmt: skip
    return [Waiver(*row) for row in rows.values_list(*columns)]


def _limits(at: datetime) -> dict[str, int]:
    """How many rows of the table of limits, and of daily losses, stand in for rules of a control."""
    in_force = Q(effective_to__isnull=True) | Q(effective_to__gt=at)
    rows = Limit.objects.filter(in_force, active=True, effective_from__lte=at).values_list("measure")
    found: dict[str, int] = defaultdict(int)
    for measure, count in rows.annotate(n=Count("pk")).order_by():
        found[ROWS[measure].control] += count
    if losses := LossLimit.objects.filter(active=True).count():
        found["PT-33"] += losses
    return dict(found)


def _figures(begin: datetime, end: datetime) -> dict[str, int]:
    """Orders, those without an answer to who and for whom, and what was told to people."""
    roots = Order.objects.filter(created_at__gte=begin, created_at__lt=end, parent__isnull=True)
    orders = roots.aggregate(
        orders=Count("pk"),
        unattributed=Count("pk", filter=Q(entered_by__isnull=True) | Q(account__isnull=True) | Q(desk__isnull=True)),
        unreserved=Count("pk", filter=Q(leaves_qty__gt=0, composition="", reservations__isnull=True)),
    )
    cases = Breach.objects.filter(opened_at__gte=begin, opened_at__lt=end).aggregate(
        breaches=Count("pk"), breaches_open=Count("pk", filter=Q(closed_at__isnull=True)),
        breaches_overdue=Count("pk", filter=Q(overdue_at__isnull=False)),
    )  # fmt: skip
    written = {
        "limit_changes": Limit.history.filter(history_date__gte=begin, history_date__lt=end).count(),
        "loss_stops": LossStop.objects.filter(at__gte=begin, at__lt=end).count(),
    }
    alerts = Alert.objects.filter(at__gte=begin, at__lt=end).aggregate(
        alerts=Count("pk"), unacknowledged=Count("pk", filter=Q(acknowledged_at__isnull=True))
    )
    basis = dict(
        Order.objects.filter(decisions__at__gte=begin, decisions__at__lt=end)
        .exclude(decisions__basis="")
        .values_list("decisions__basis")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return {**orders, **cases, **written, **alerts, **{f"accepted: {name}": n for name, n in sorted(basis.items())}}
