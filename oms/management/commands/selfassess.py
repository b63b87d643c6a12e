"""``manage.py selfassess``: article by article, what the controls were set to, what they found, and what is missing."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms.base.clock import now
from risk.articles import ARTICLES
from risk.assessment import Evidence, Finding, gather, judge
from risk.controls import CATALOGUE

YEAR = timedelta(days=365)


class Command(BaseCommand):
    """Print the report as Markdown, or with ``--json`` as one JSON object; write nothing."""

    help = "Evidence for the yearly self-assessment (RTS 6 art. 9, 15c3-5(e)): rules, breaches, overrides, drills."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The period is half open, [from, to), in whole days of UTC; the last year where nothing is said."""
        parser.add_argument("--from", dest="begin", type=_day, help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="end", type=_day, help="the day after the last, YYYY-MM-DD")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *_args: Any, **options: Any) -> None:
        end = options["end"] or now()
        begin = options["begin"] or end - YEAR
        if begin >= end:
            raise CommandError("--from must be before --to")
        evidence = gather(begin, end)
        findings = judge(evidence)
        if options["json"]:
            self.stdout.write(json.dumps(_plain(evidence, findings), default=str, indent=1))
        else:
            self.stdout.write("\n".join(_report(evidence, findings)))


def _day(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(), UTC)


def _plain(evidence: Evidence, findings: list[Finding]) -> dict[str, Any]:
    told = asdict(evidence)
    told["settings"] = {name: [rule._asdict() for rule in rules] for name, rules in evidence.settings.items()}
    told["records"] = {name: record._asdict() for name, record in evidence.records.items()}
    for name in ("changes", "drills", "overrides"):
        told[name] = [row._asdict() for row in getattr(evidence, name)]
    articles = [{**asdict(f.article), "state": f.state, "missing": f.missing} for f in findings]
    return {"articles": articles, **told}


def _report(evidence: Evidence, findings: list[Finding]) -> Iterator[str]:
    """The report in Markdown, the summary first."""
    states = [finding.state for finding in findings]
    yield f"# Self-assessment, {evidence.begin:%Y-%m-%d} to {evidence.end:%Y-%m-%d %H:%M} UTC"
    yield ""
    yield f"{len(ARTICLES)} requirements: " + ", ".join(f"{states.count(s)} {s}" for s in ("met", "in part", "gap"))
    yield ""
    yield from _figures(evidence)
    for finding in findings:
        yield from _article(finding, evidence)
    yield from _changes(evidence)
    yield from _drills(evidence)
    yield from _overrides(evidence)


def _figures(evidence: Evidence) -> Iterator[str]:
    yield "| figure | number |"
    yield "|---|---:|"
    yield from (f"| {name} | {number:,} |" for name, number in evidence.figures.items())
    yield ""


def _article(finding: Finding, evidence: Evidence) -> Iterator[str]:
    article = finding.article
    yield f"## {article.title}: {finding.state}"
    yield ""
    yield f"{article.requires}."
    yield ""
    yield from (f"- missing: {what}" for what in finding.missing)
    for name in article.controls:
        yield from _control(name, evidence)
    if article.evidence:
        yield f"- see also: {', '.join(article.evidence)} below"
    yield ""


def _control(name: str, evidence: Evidence) -> Iterator[str]:
    control, record = CATALOGUE[name], evidence.records.get(name)
    told = "never looked in the period"
    if record:
        told = (
            f"looked {record.checked:,} times; {record.alert:,} alerts, {record.soft:,} soft and {record.hard:,} hard "
            f"breaches, of which {record.passed_over:,} went on (acknowledged, overridden, or only reducing)"
        )
    yield f"- {name} {control.name}: {told}"
    if name in evidence.limits:
        yield f"  - {evidence.limits[name]:,} limits in force"
    if control.standing is not None:
        yield "  - watches every order without a rule"
    for rule in evidence.settings.get(name, ()):
        tried = ", only tried" if rule.dry_run else ""
        yield f"  - rule {rule.id} version {rule.version} ({rule.scope}{tried}): {json.dumps(dict(rule.params))}"


def _changes(evidence: Evidence) -> Iterator[str]:
    yield "## Changes of rules"
    yield ""
    for one in evidence.changes:
        by = one.by or "the system"
        yield f"- {one.at:%Y-%m-%d %H:%M}: {one.control} rule {one.rule} version {one.version} ({one.name}) by {by}"
    yield "" if evidence.changes else "None in the period."


def _drills(evidence: Evidence) -> Iterator[str]:
    yield "## Kill switches engaged, drills among them"
    yield ""
    for one in evidence.drills:
        released = "still on"
        if one.released_at:
            released = f"released by {one.released_by} after {(one.released_at - one.engaged_at).total_seconds():.0f} s"
        yield f"- {one.engaged_at:%Y-%m-%d %H:%M}: {one.scope} by {one.engaged_by} ({one.reason}), {released}"
    yield "" if evidence.drills else "None in the period."


def _overrides(evidence: Evidence) -> Iterator[str]:
    yield "## Overrides decided"
    yield ""
    for one in evidence.overrides:
        yield (
            f"- {one.decided_at:%Y-%m-%d %H:%M}: override {one.id} of order {one.order} ({one.way}), asked by "
            f"{one.asked_by} ({one.reason}), decided by {one.decided_by}: {one.state}"
        )
    yield "" if evidence.overrides else "None in the period."
