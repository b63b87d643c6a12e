"""Limits during execution: working orders are judged again when something they were judged by has changed.

The evaluator is that of entry, asked without locks about each order under its own present terms, so that nothing is
counted twice. What it objects to and did not object to at entry is a case, an alert on the desk's page, and what the
policy of the rule wants: nothing more, no further part is routed, or what still works is canceled. Reading and judging
hold no transaction open; what was found is written in one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, CharField, Q, Value, When

from oms.base.clock import now
from oms.base.locks import lane_of_session, locked
from oms.desk import breaches, changed, supplied
from oms.desk.asked import Actor, Cancellation
from oms.desk.cancel import cancel
from orders.models import Desk, Order
from orders.reference import business_date, price_factor
from orders.vocabulary import Role
from risk import cases, facts, usage
from risk.caselife import PENDING, State, Verb
from risk.cases import Sight, Told
from risk.context import Switch
from risk.evidence import entry
from risk.known import Scoped
from risk.models import Breach, Decision, Reservation, WatchMark
from risk.result import Outcome
from risk.room import Hold
from risk.terms import Terms
from risk.verdict import Finding, decide
from routing import market

NAME = "intrade"
BITE = 1_000
# Looks follow each other no faster than this, and every so often all working orders are looked at: time passes too.
PAUSE, SWEEP = timedelta(seconds=1), timedelta(seconds=60)
# What is asked once, when an order is entered or amended: of an order at work it says nothing.
AT_ENTRY = frozenset(
    {
        "PT-00", "PT-07", "PT-08", "PT-09", "PT-11", "PT-12", "PT-23", "PT-24", "PT-25", "PT-26", "PT-28", "PT-29",
        "PT-31", "PT-32", "PT-35", "PT-36", "PT-39", "PT-43",
    }
)  # fmt: skip
BLIND = ("DATA_MISSING", "DATA_STALE")
_COLUMNS = (
    "pk", "account_id", "desk_id", "instrument_id", "instrument__symbol", "instrument__asset_class",
    "instrument__multiplier", "instrument__currency", "side", "ord_type", "order_qty", "price", "cum_qty",
    "leaves_qty", "entered_by_id", "sender_comp_id", "stop_px", "exec_inst", "time_in_force", "peg_price_type",
    "strategy",
)  # fmt: skip


Name = tuple[int, str, int | None, int | None]
"""An order, and the control, rule and row of limits that objects to it."""


class Seen(NamedTuple):
    """A working order with a finding, and why it was looked at."""

    terms: Terms
    finding: Finding
    cause: str


def intrade(pause: timedelta = PAUSE) -> int:
    """Judge the working orders that what changed concerns; answer how many, 0 when another worker is at it."""
    with lane_of_session(NAME) as mine:
        return _look(pause) if mine else 0


def _look(pause: timedelta) -> int:
    at = now()
    mark = WatchMark.objects.filter(pk=NAME).first()
    if mark is not None and at - mark.at < pause:
        return 0
    rules = facts.rules_in_force(at)
    seen: dict[str, Any] = mark.seen if mark else {}
    swept = datetime.fromisoformat(seen["swept"]) if "swept" in seen else None
    sweep = swept is None or at - swept >= SWEEP
    news = changed.since(seen, mark.at if mark else at, at, rules, everything=sweep)
    judged, last = 0, 0
    while news.causes and (rows := _working(news, last)):
        _judge(rows, at)
        judged, last = judged + len(rows), rows[-1][0]
    with transaction.atomic():
        breaches.tell(_over(at), at)
        kept = news.seen | {"swept": (at if sweep else swept or at).isoformat()}
        WatchMark.objects.update_or_create(pk=NAME, defaults={"at": at, "seen": kept})
    _act(at)
    return 0 if sweep and set(news.causes) == {"time"} else judged


def _working(news: changed.Changed, last: int) -> list[tuple[Any, ...]]:
    """The next orders concerned, each once, and the gravest cause. One SELECT."""
    open_ = Reservation.objects.filter(qty__gt=0).values("order_id")
    cause = Case(
        *(When(which, then=Value(cause)) for cause, which in news.causes.items()),
        default=Value(""), output_field=CharField(),
    )  # fmt: skip
    rows = Order.objects.filter(
        news.any, pk__gt=last, pk__in=open_, leaves_qty__gt=0, cancels_pending=0, parent__isnull=True, composition=""
    )
    return list(rows.annotate(cause=cause).order_by("pk").values_list(*_COLUMNS, "cause")[:BITE])


def _judge(rows: Sequence[tuple[Any, ...]], at: datetime) -> None:
    """Ask the evaluator about a bite of orders, and bring their cases up to what it says. Constant statements."""
    holds = usage.held(row[0] for row in rows)
    terms = [_terms(row, holds) for row in rows]
    causes = {row[0]: row[-1] for row in rows}
    quotes = market.references(one.instrument_id for one in terms if one.instrument_id)
    known = supplied.known(terms, at, quotes, business_date(), standing=list(holds), lock=False)
    known = facts.of_orders(known, holds, at, market.references)
    terms = _where(terms, known.switches)
    wrong = [
        Seen(one, finding, causes[one.order_id])
        for one, verdict in zip(terms, decide(terms, known, at), strict=True)
        for finding in verdict.objections
        if finding.enforced and finding.result.control not in AT_ENTRY
    ]
    accepted = _known_at_entry(wrong)
    news = [one for one in wrong if accepted.get(_name(one), Outcome.PASS) < one.finding.result.outcome]
    policies = breaches.policies(one.finding.result.control for one in news)
    blind = [one for one in news if one.finding.result.reason_code in BLIND]
    sights = {sight.key: sight for sight in (_sight(one, policies) for one in news)}
    quiet = {(one.finding.result.control, _rule(one.finding.rule), _about(one)) for one in blind}
    ids = [one.order_id for one in terms]
    instruments = {one.instrument_id for one in terms}
    looked = Q(order_id__in=ids) | Q(order_id=None, instrument_id__in=instruments)
    with transaction.atomic():
        breaches.tell(cases.sight(Breach.Kind.IN_TRADE, sights.values(), looked, at, quiet), at)


def _terms(row: tuple[Any, ...], holds: Mapping[int, Hold]) -> Terms:
    """The order under its own terms, as an amendment that changes nothing: what it holds it does not ask for again."""
    (pk, account, desk, instrument, symbol, kind, multiplier, currency, side, ord_type, qty, price, cum, leaves, trader,
     sender, stop_px, exec_inst, tif, peg, strategy, _) = row  # fmt: skip
    return Terms(
        order_id=pk, account_id=account, desk_id=desk, instrument_id=instrument, symbol=symbol, asset_class=kind,
        side=side, ord_type=ord_type, order_qty=qty, price=price, multiplier=multiplier,
        price_factor=price_factor(kind), currency=currency, entered_by_id=trader,
        open_before=max(leaves, holds[pk].qty) if pk in holds else leaves, cum_qty=cum, price_before=price,
        stop_px=stop_px, exec_inst=exec_inst, time_in_force=tif, peg_price_type=peg, sender=sender, strategy=strategy,
    )  # fmt: skip


def _where(terms: list[Terms], switches: Iterable[Switch]) -> list[Terms]:
    """The terms, with the venue of a part where a switch stops it. One SELECT, and none where no venue is stopped."""
    stopped = {switch.scope_id for switch in switches if switch.scope == "venue"}
    if not stopped:
        return terms
    parts = Order.objects.filter(parent_id__in=[one.order_id for one in terms], venue__in=stopped, leaves_qty__gt=0)
    there = dict(parts.order_by("-venue").values_list("parent_id", "venue"))
    return [replace(one, venue=there[one.order_id]) if one.order_id in there else one for one in terms]


def _rule(rule: Scoped | None) -> int | None:
    return rule.id if rule else None


def _about(one: Seen) -> str:
    row = one.finding.row
    return f"order {one.terms.order_id}" + (f" limit {row.id}" if row else "")


def _name(one: Seen) -> Name:
    finding = one.finding
    return one.terms.order_id, finding.result.control, _rule(finding.rule), finding.row and finding.row.id


def _known_at_entry(wrong: Iterable[Seen]) -> dict[Name, Outcome]:
    """What was objected to when the order was last accepted: whoever wanted it none the less need not hear of it."""
    ids = {one.terms.order_id for one in wrong}
    if not ids:
        return {}
    rows = Decision.objects.filter(order_id__in=ids, accepted=True).order_by("order_id", "-id").distinct("order_id")
    return {
        (order_id, entry["control"], entry.get("rule"), entry.get("row")): Outcome[entry["outcome"].upper()]
        for order_id, findings in rows.values_list("order_id", "findings")
        for entry in findings
        if entry["outcome"] != "pass"
    }


def _sight(one: Seen, policies: breaches.Policies) -> Sight:
    """The case of it. What cannot be told is a matter of the instrument: one case for all its orders."""
    result, rule, terms = one.finding.result, one.finding.rule, one.terms
    blind = result.reason_code in BLIND
    policy = policies.of(result.control, _rule(rule))
    return Sight(
        control=result.control, rule_id=_rule(rule), rule_version=rule.version if rule else None,
        about=f"inputs of instrument {terms.instrument_id}" if blind else _about(one),
        outcome=result.outcome, reason_code=result.reason_code, text=f"{terms.symbol}: {result.text}",
        measured=breaches.number(result.measured), limit=breaches.number(result.limit),
        origin=Breach.Origin.ACTIVE if one.cause == "position" else Breach.Origin.PASSIVE, cause=one.cause,
        order_id=None if blind else terms.order_id, account_id=None if blind else terms.account_id,
        instrument_id=terms.instrument_id, desk_id=terms.desk_id,
        action="alert" if blind else policy.action, finding=entry(one.finding),
    )  # fmt: skip


def _over(at: datetime) -> list[Told]:
    """Orders that work no more have nothing left to breach. Two statements, and none where there is none."""
    ended = Breach.objects.filter(kind=Breach.Kind.IN_TRADE, closed_at=None, order__leaves_qty=0)
    ids = list(ended.values_list("pk", flat=True)[:BITE])
    if not ids:
        return []
    return cases.sight(Breach.Kind.IN_TRADE, (), Q(pk__in=ids), at, over="the order works no more")


def _act(at: datetime) -> None:
    """Cancel what the policies want canceled. A breach says so until it was done, so dying in between repeats it."""
    waiting = Breach.objects.filter(
        kind=Breach.Kind.IN_TRADE, action="cancel", acted_at=None, state__in=[str(state) for state in PENDING]
    ).exclude(order=None)
    orders = dict(waiting.values_list("pk", "order_id")[:BITE])
    if not orders:
        return
    answers = cancel([Cancellation(order_id) for order_id in sorted(set(orders.values()))], watch_actor())
    refused = Counter(answer.refusals[0].code for answer in answers if answer.refusals)
    with transaction.atomic():
        rows = list(locked(Breach.objects.filter(pk__in=list(orders), acted_at=None).exclude(state=State.CLOSED)))
        for row in rows:
            row.acted_at = at
        why = ", ".join(f"{code} {count}" for code, count in refused.items())
        cases.system(rows, Verb.ACT, f"canceled what still worked{f' ({why})' if why else ''}", at)


def watch_actor() -> Actor:
    """In whose name orders are taken back: nobody's, on every desk."""
    return Actor(0, "compliance watch", Role.OPERATIONS, frozenset(Desk.objects.values_list("pk", flat=True)))
