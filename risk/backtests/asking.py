"""Asking for a backtest: the version, the dates, and what will be reconstructed."""

from datetime import datetime, timedelta
from typing import Any

from oms.base import bell
from oms.base.clock import now
from oms.base.refusal import Refusal
from orders.models import ExecutionReport
from risk.backtests.working import work
from risk.models import Backtest, RuleVersion
from risk.pipeline import Pipeline, read

LONGEST = timedelta(days=366)
SMALL = 2_000
"""A backtest over this many events of the journal or fewer is done at once; a greater one by the worker."""


def ask(version_id: int, since: datetime, until: datetime, actor: Any) -> Backtest | list[Refusal]:
    """Try a version on the orders entered in [since, until). Small ones come back done."""
    version = RuleVersion.objects.filter(pk=version_id).first()
    if version is None:
        return [Refusal("UNKNOWN_RULE", "version", f"there is no version {version_id} of a rule")]
    rule = read(version.resolved)
    faults = [*(rule if isinstance(rule, list) else ()), *_dates(since, until)]
    if not isinstance(rule, list) and rule.measure == "pnl":
        text = "profit and loss of past moments is not reconstructed: bring the rule into force as a dry run instead"
        faults.append(Refusal("NOT_RECONSTRUCTED", "measure", text))
    if faults or isinstance(rule, list):
        return faults
    asked = Backtest.objects.create(
        version=version, since=since, until=until, asked_by=actor, asked_at=now(), basis=basis(rule)
    )
    events = ExecutionReport.objects.filter(is_root=True, recorded_at__gte=since, recorded_at__lt=until)
    if events.order_by()[: SMALL + 1].count() > SMALL:
        bell.ring_on_commit("backtest")
        return asked
    bites = 0
    while work(asked.pk):
        bites += 1
    asked.refresh_from_db()
    if asked.finished_at is None:
        # Another one is at work: this one waits its turn.
        bell.ring_on_commit("backtest")
    return asked


def basis(rule: Pipeline) -> list[str]:
    """What the result rests on, in sentences, for whoever reads it."""
    told = [
        "Orders as they were first entered, each judged by this rule alone; amendments are not tried.",
        "History as it was: an order that would have been stopped still counts, with its fills, for those after it.",
        "Positions and open orders of each moment are rebuilt from the journal of executions.",
    ]
    if rule.is_rate:
        return [told[0], told[1], "Messages and trades are counted from the requests and executions on record."]
    return [
        *told,
        "Prices are each order's own reference price and the last fill since; where there was neither, today's close.",
        "Net asset values, classification, ratings, volumes and units outstanding are those on file today.",
    ]


def _dates(since: datetime, until: datetime) -> list[Refusal]:
    if until <= since:
        return [Refusal("BAD_PERIOD", "until", "the end must come after the beginning")]
    if until - since > LONGEST:
        return [Refusal("BAD_PERIOD", "until", f"at most {LONGEST.days} days at a time")]
    if since >= now():
        return [Refusal("BAD_PERIOD", "since", "only orders of the past can be tried")]
    return []
