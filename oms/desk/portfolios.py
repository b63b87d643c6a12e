"""Compliance of portfolios with no order at all: at the end of the business date, and whenever somebody asks.

Each holding is put to the evaluator as an order that is filled already, so that the same controls weigh the portfolio
as it is. What is new is active where the portfolio, at the same prices, would not breach without what was traded since
it was last looked at, and passive otherwise. A case that is not seen again is closed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from django.db import transaction
from django.db.models import Q

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import lane_of_session, locked
from oms.base.money import plain
from oms.base.refusal import Refusal
from oms.desk import breaches, days
from oms.desk.batch import bites
from oms.desk.supplied import SUPPLIED
from orders.models import Account, DayStep
from orders.reference import business_date, price_factor
from risk import cases, facts, lists, supply
from risk.caselife import PENDING, State, Verb
from risk.cases import Key, Sight, Told
from risk.controls import TRADE
from risk.evidence import entry
from risk.known import Facts, Scoped
from risk.models import Breach, PortfolioReview, Usage, WatchMark
from risk.result import Outcome
from risk.room import Held
from risk.supply.batch import Batch
from risk.terms import Terms
from risk.verdict import Finding, decide
from routing import market

NAME, BITE = "portfolios", 200
ZERO, ONE = Decimal(0), Decimal(1)
# What each control of a portfolio speaks of: the words that name a case beside the account.
SUBJECTS = {
    "CP-01": "issuer", "CP-02": "instrument", "CP-03": "portfolio", "CP-04": "sector", "CP-05": "instrument",
    "CP-06": "portfolio", "CP-07": "portfolio", "CP-08": "portfolio", "CP-09": "portfolio", "CP-10": "region",
    "CP-11": "instrument", "CP-12": "portfolio", "CP-14": "firm", "PO-05": "instrument",
}  # fmt: skip
_CAUSES = {"CP-05": "rating", "CP-09": "value at risk", "CP-11": "list", "CP-12": "cash"}
_ROW = (
    "scope_id", "instrument_id", "position_qty", "instrument__symbol", "instrument__asset_class",
    "instrument__multiplier", "instrument__currency",
)  # fmt: skip


class Holder(NamedTuple):
    """An account that is looked at."""

    id: int
    code: str
    desk_id: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What the evaluator says of each holding: every finding, with the terms and what the fund looked like."""

    by_account: Mapping[int, list[tuple[Terms, Finding, Any]]] = field(default_factory=dict)


class Outcomes(NamedTuple):
    """What a run came to."""

    run: int
    accounts: int
    breaches: int
    opened: int
    closed: int


def review(codes: Sequence[str] | None, by: str, trigger: str = "on_demand") -> Outcomes | Refusal:
    """Look at these accounts, or at all that hold anything. A constant number of statements for every 200 accounts."""
    known = Account.objects.all() if codes is None else Account.objects.filter(code__in=codes)
    holders = [Holder(*row) for row in known.order_by("pk").values_list("pk", "code", "desk_id")]
    if codes is not None and (missing := sorted(set(codes) - {holder.code for holder in holders})):
        return Refusal("UNKNOWN_ACCOUNT", "account", f"there is no account {', '.join(missing)}")
    with lane_of_session(NAME) as mine:
        if not mine:
            return Refusal("BUSY", "", "the portfolios are being looked at")
        [run] = sets.ids(PortfolioReview, 1)
        parts = [_review(bite, run, by, trigger, whole=codes is None) for bite in bites(holders, BITE)]
    sums = [sum(column) for column in zip(*parts, strict=True)] or [0, 0, 0, 0]
    return Outcomes(run, *sums)


def due() -> int:
    """Look at every portfolio once the business date has ended, and see whose deadline or waiver is over."""
    day, at = business_date(), now()
    moved = clocks(day, at)
    mark = WatchMark.objects.filter(pk=NAME).first()
    if mark is not None and mark.seen.get("date") == day.isoformat():
        return moved
    if not DayStep.objects.filter(date=day, run="end", name=days.LAST["end"]).exists():
        return moved
    outcome = review(None, days.BY_ITSELF, "end_of_day")
    if isinstance(outcome, Refusal):
        return moved
    WatchMark.objects.update_or_create(pk=NAME, defaults={"at": at, "seen": {"date": day.isoformat()}})
    return moved + outcome.accounts


def clocks(day: date, at: datetime) -> int:
    """Waivers that are over, and deadlines that have passed: each is told once. At most seven statements."""
    with transaction.atomic():
        live = Breach.objects.filter(closed_at=None)
        lapsed = list(locked(live.filter(state=State.WAIVED, waiver_until__lt=day)))
        for row in lapsed:
            row.waiver_asked_by_id = row.waived_by_id = row.waiver_until = None
        if lapsed:
            cases.system(lapsed, Verb.LAPSE, "the waiver is over", at)
        pending = [str(state) for state in PENDING]
        late = list(locked(live.filter(state__in=pending, deadline__lt=day, overdue_at=None)))
        for row in late:
            row.overdue_at = at
        if late:
            cases.system(late, Verb.OVERDUE, "the deadline has passed", at)
        breaches.tell([*(Told(row, "open") for row in lapsed), *(Told(row, Verb.OVERDUE) for row in late)], at)
        return len(lapsed) + len(late)


def _review(holders: Sequence[Holder], run: int, by: str, trigger: str, *, whole: bool) -> tuple[int, int, int, int]:
    at, day = now(), business_date()
    rows = list(
        Usage.objects.filter(kind=Usage.Kind.ACCOUNT, scope_id__in=[holder.id for holder in holders])
        .exclude(position_qty=0).order_by("scope_id", "instrument_id").values_list(*_ROW)
    )  # fmt: skip
    desks = {holder.id: holder.desk_id for holder in holders}
    rules = [rule for rule in facts.rules_in_force(at) if rule.control in SUBJECTS]
    quotes = market.references({row[1] for row in rows})
    before = _before(holders)
    judged = _judge(rows, desks, rules, quotes, at, {})
    seen = _breaches(judged)
    traded = _traded(rows, before)
    fresh = seen.keys() - _live(holders)
    innocent: set[Key] = set()
    if fresh and traded:
        # The same portfolio at the same prices without what was traded since: what breaches there too, no trade caused.
        innocent = set(_breaches(_judge(rows, desks, rules, quotes, at, traded)))
    accounts = {key[0] for key in traded}
    policies = breaches.policies(key[0] for key in seen)
    sights = []
    for key, (terms, finding) in seen.items():
        active = key not in innocent and (terms.account_id in accounts or (key[0] == "CP-14" and bool(accounts)))
        sights.append(_sight(key, terms, finding, policies, day, active=active, before=before))
    looked = Q(account_id__in=[holder.id for holder in holders])
    if whole:
        looked |= Q(account=None, order=None)
    with transaction.atomic():
        sets.insert(PortfolioReview, _EVIDENCE, _evidence(holders, rows, judged, run, day, trigger, by, at))
        told = cases.sight(Breach.Kind.POST_TRADE, sights, looked, at)
        breaches.tell(told, at)
    counts = [one.verb for one in told]
    return len(holders), len(seen), counts.count("open"), counts.count(Verb.CLEAN)


def _judge(
    rows: Sequence[tuple[Any, ...]],
    desks: Mapping[int, int],
    rules: Sequence[Scoped],
    quotes: Mapping[int, Any],
    at: datetime,
    without: Mapping[tuple[int, int], Decimal],
) -> Judged:
    """Put every holding to the evaluator, before and after trades alike."""
    held = {(row[0], row[1]): row[2] - without.get((row[0], row[1]), ZERO) for row in rows}
    terms = [
        _terms(number, row, desks, held[row[0], row[1]]) for number, row in enumerate(rows, 1) if held[row[0], row[1]]
    ]
    entries = lists.in_force({one.instrument_id for one in terms if one.instrument_id}, at)
    batch = Batch(terms, at, rules, quotes, facts.NO_RATES, entries, SUPPLIED, positions_only=True, without=without)
    parts = supply.load(supply.needed(rules), batch)
    usages = {key: Held(0, qty) for key, qty in held.items()}
    known = Facts(usages=usages, rules=rules, lists=entries, quotes=quotes, parts=parts)
    traded = Facts(usages=usages, rules=rules, lists=entries, quotes=quotes, stage=TRADE)
    by_account: dict[int, list[tuple[Terms, Finding, Any]]] = defaultdict(list)
    for asked in (known, traded):
        for one, verdict in zip(terms, decide(terms, asked, at), strict=True):
            by_account[one.account_id or 0] += [
                (one, finding, verdict.context.fund)
                for finding in verdict.findings
                if finding.result.control in SUBJECTS
            ]
    return Judged(by_account)


def _terms(number: int, row: tuple[Any, ...], desks: Mapping[int, int], qty: Decimal) -> Terms:
    """A holding as an order of one unit that is filled: it adds nothing, and is judged with all that is held."""
    account, instrument, _, symbol, kind, multiplier, currency = row
    return Terms(
        order_id=number, account_id=account, desk_id=desks[account], instrument_id=instrument, symbol=symbol,
        asset_class=kind, side="buy" if qty > 0 else "sell", ord_type="limit", order_qty=ONE, cum_qty=ONE, price=ONE,
        price_before=ONE, multiplier=multiplier, price_factor=price_factor(kind), currency=currency,
    )  # fmt: skip


def _breaches(judged: Judged) -> dict[Key, tuple[Terms, Finding]]:
    """What is objected to, each subject once, at its gravest."""
    worst: dict[Key, tuple[Terms, Finding]] = {}
    for account, findings in judged.by_account.items():
        for terms, finding, fund in findings:
            if finding.result.outcome is Outcome.PASS or not finding.enforced:
                continue
            key = finding.result.control, finding.rule and finding.rule.id, _about(account, terms, finding, fund)
            if key not in worst or worst[key][1].result.outcome < finding.result.outcome:
                worst[key] = terms, finding
    return worst


def _about(account: int, terms: Terms, finding: Finding, fund: Any) -> str:
    """What the case is about. What is not known is not known of the whole portfolio."""
    control, subject = finding.result.control, SUBJECTS[finding.result.control]
    if finding.result.reason_code == "DATA_MISSING":
        return f"account {account} inputs"
    named = {
        "issuer": f"issuer {fund.issuer}" if fund else "",
        "sector": f"sector {fund.sector}" if fund else "",
        "region": f"country {fund.country} currency {fund.currency}" if fund else "",
        "instrument": f"instrument {terms.instrument_id}",
        "portfolio": "portfolio",
    }
    if control == "CP-14":
        return f"firm instrument {terms.instrument_id}"
    return f"account {account} {named[subject]}"


def _before(holders: Sequence[Holder]) -> dict[int, PortfolioReview]:
    """The last look at each account. One statement."""
    rows = PortfolioReview.objects.filter(account_id__in=[holder.id for holder in holders])
    return {row.account_id: row for row in rows.order_by("account_id", "-id").distinct("account_id")}


def _traded(rows: Sequence[tuple[Any, ...]], before: Mapping[int, PortfolioReview]) -> dict[tuple[int, int], Decimal]:
    """What was bought, less what was sold, since the account was last looked at; of a first look everything held."""
    found = {}
    for account, instrument, qty, *_ in rows:
        last = before.get(account)
        then = Decimal(last.holdings.get(str(instrument), "0")) if last else ZERO
        if qty != then:
            found[account, instrument] = qty - then
    gone = {(account, int(key)) for account, last in before.items() for key in last.holdings}
    for account, instrument in gone - {(row[0], row[1]) for row in rows}:
        found[account, instrument] = -Decimal(before[account].holdings[str(instrument)])
    return found


def _live(holders: Sequence[Holder]) -> set[Key]:
    rows = Breach.objects.filter(
        Q(account_id__in=[holder.id for holder in holders]) | Q(account=None),
        kind=Breach.Kind.POST_TRADE,
        closed_at=None,
    )
    return set(rows.values_list("control", "rule_id", "about"))


def _sight(
    key: Key, terms: Terms, finding: Finding, policies: breaches.Policies, day: date, *, active: bool,
    before: Mapping[int, PortfolioReview],
) -> Sight:  # fmt: skip
    result, rule = finding.result, finding.rule
    firm, blind = key[2].startswith("firm "), result.reason_code == "DATA_MISSING"
    instrument = SUBJECTS[result.control] in ("instrument", "firm") and not blind
    return Sight(
        control=result.control, rule_id=key[1], rule_version=rule.version if rule else None, about=key[2],
        outcome=result.outcome, reason_code=result.reason_code, text=_said(result.text),
        measured=breaches.number(result.measured), limit=breaches.number(result.limit),
        origin=Breach.Origin.ACTIVE if active and not blind else Breach.Origin.PASSIVE,
        cause="trade" if active and not blind else _cause(key, finding, terms, before),
        account_id=None if firm else terms.account_id, desk_id=None if firm else terms.desk_id,
        instrument_id=terms.instrument_id if instrument else None,
        deadline=breaches.deadline(policies.of(*key[:2]), day), finding=entry(finding),
    )  # fmt: skip


def _cause(key: Key, finding: Finding, terms: Terms, before: Mapping[int, PortfolioReview]) -> str:
    """Why it breaches although we did not trade: a rule that is new or changed, or what the control looks at."""
    if finding.result.reason_code == "DATA_MISSING":
        return "data"
    last = before.get(terms.account_id or 0)
    versions = {(e["control"], e.get("rule"), e.get("version")) for e in last.findings} if last else set()
    rule = finding.rule
    if rule is not None and versions and (key[0], rule.id, rule.version) not in versions:
        return "rule"
    return _CAUSES.get(key[0], "price or net assets")


def _said(text: str) -> str:
    """The finding in the words of what is, not of what an order would lead to."""
    return (
        text.replace("would be", "is").replace("would come to", "come to").replace("would weigh", "weighs")
        .replace("so the order cannot be checked", "so it cannot be judged")
    )  # fmt: skip


_EVIDENCE = ("run", "account_id", "date", "trigger", "by", "at", "outcome", "findings", "holdings")


def _evidence(
    holders: Iterable[Holder], rows: Sequence[tuple[Any, ...]], judged: Judged, run: int, day: date, trigger: str,
    by: str, at: datetime,
) -> list[tuple[Any, ...]]:  # fmt: skip
    """One row an account: what was found, also what passed, each finding once; and what was held."""
    held: dict[int, dict[str, str]] = defaultdict(dict)
    for account, instrument, qty, *_ in rows:
        held[account][str(instrument)] = plain(qty) or "0"
    evidence = []
    for holder in holders:
        findings = judged.by_account.get(holder.id, [])
        told = {said: orjson.loads(said) for _, finding, _ in findings if (said := orjson.dumps(entry(finding)))}
        worst = max((f.result.outcome for _, f, _ in findings if f.enforced), default=Outcome.PASS)
        evidence.append((run, holder.id, day, trigger, by, at, worst.label, list(told.values()), held[holder.id]))
    return evidence
