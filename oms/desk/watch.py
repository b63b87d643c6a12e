"""Watching what was traded: fills, drop copies and failed deliveries under the rules of the controls that look back.

It follows the journal, and asks the evaluator that orders are asked of. What it objects to is kept for Compliance,
once, and is a case that is told to the desk: over when the copy has come, the delivery settled, the fill was taken
back, the number holds again; else somebody acknowledges it and another waives it. Nothing here stops an order: a
breach of a position is for people to act on (kill switches).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery

from oms.base.clock import now
from oms.base.locks import lane
from oms.desk import breaches
from orders import feed
from orders.models import ExecutionReport, OrderRequest
from orders.reference import business_date
from orders.vocabulary import ExecType
from risk import cases, facts, observed
from risk.controls import CATALOGUE, TRADE
from risk.evidence import entry
from risk.known import Facts, Scoped
from risk.models import Breach, Usage
from risk.parts import Copied, Copies, Fail, Fill, Traffic
from risk.room import Held
from risk.terms import Terms
from risk.verdict import Finding, decide
from routing import market
from routing.models import DropCopy
from settlement.instruction import OPEN
from settlement.models import Instruction, InstructionObligation
from settlement.standing import standing

BITE = 2_000
READER = "watch"
COLUMNS = (
    "pk", "tx", "exec_type", "is_root", "exec_id", "order_id", "account_id", "instrument_id", "side", "order_qty",
    "cum_qty", "last_qty", "last_px", "recorded_at", "order__desk_id", "order__entered_by_id", "order__sender_comp_id",
    "order__instrument__symbol", "order__instrument__asset_class", "order__instrument__currency",
    "order__composition", "exec_ref_id",
)  # fmt: skip
UNDOES = frozenset({ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT})
Row = dict[str, Any]
# Of a fill: is it the fill itself, the account in the name, or how quick we are for a desk that the case is about?
_FILLS = {"PO-03": "fill", "PO-05": "holding", "PO-12": "holding", "PO-02": "desk", "PO-06": "desk"}


class Seen(NamedTuple):
    """What is looked at: who is concerned, what it is about, the order, and what a case of it would be about."""

    terms: Terms
    about: str
    order_id: int | None
    cases: Mapping[str, str]


def watch(limit: int = BITE) -> int:
    """Look at what was executed since the last time, and at what waits for an answer; answer how many events."""
    with transaction.atomic():
        if not lane(READER):
            return 0
        at = now()
        rules = [rule for rule in facts.rules_in_force(at) if _looks_back(rule)]
        place = feed.hold(READER)
        if not rules:
            # What happens while nobody asks is left alone.
            feed.advance(READER, feed.latest())
            return 0
        events = [dict(zip(COLUMNS, row, strict=True)) for row in feed.after(place, limit).values_list(*COLUMNS)]
        if events:
            feed.advance(READER, feed.Place(events[-1]["tx"], events[-1]["pk"]))
        _fills([event for event in events if _is_fill(event)], rules, at)
        _undone([event for event in events if event["exec_type"] in UNDOES and event["is_root"]], at)
        if any(rule.control == "PO-01" for rule in rules):
            _copies(rules, at)
        if any(rule.control == "PO-10" for rule in rules):
            _fails(rules, at)
        return len(events)


def _is_fill(event: Row) -> bool:
    """A fill of what a client asked for: not of a block beside its members, nor of a spread beside its legs."""
    return event["is_root"] and event["exec_type"] == ExecType.TRADE and not event["order__composition"]


def _looks_back(rule: Scoped) -> bool:
    return rule.control in CATALOGUE and CATALOGUE[rule.control].stage == TRADE


def _fills(trades: Sequence[Row], rules: Sequence[Scoped], at: datetime) -> None:
    """Price, position, delivery and traffic of each fill. Five statements."""
    if not trades:
        return
    quotes = market.references(trade["instrument_id"] for trade in trades)
    keys = {(trade["account_id"], trade["instrument_id"]) for trade in trades}
    usages = _positions(keys)
    traffic = _traffic(keys, at)
    parts: dict[str, dict[int, Any]] = {"fill": {}, "latency_s": {}, "traffic": {}}
    for trade in trades:
        quote = quotes.get(trade["instrument_id"])
        parts["fill"][trade["pk"]] = Fill(
            trade["last_qty"], trade["last_px"], trade["order_qty"], trade["cum_qty"] - trade["last_qty"],
            quote.bid if quote else None, quote.offer if quote else None, quote.price if quote else None,
        )  # fmt: skip
        parts["latency_s"][trade["pk"]] = facts.age_s(at, trade["recorded_at"])
        parts["traffic"][trade["pk"]] = traffic[trade["account_id"], trade["instrument_id"]]
    known = Facts(usages=usages, rules=rules, quotes=quotes, parts=parts, stage=TRADE)
    seen = [Seen(_terms(trade), trade["exec_id"], trade["order_id"], _of_fill(trade)) for trade in trades]
    # Of a fill that is judged again nothing is over; of the account and of the desk, what holds now is.
    looked = Q(about__in={about for one in seen for kind, about in one.cases.items() if kind != "fill"})
    _judge(seen, known, at, looked & Q(control__in=_FILLS))


def _of_fill(trade: Row) -> dict[str, str]:
    """What the cases of a fill are about."""
    holding = f"account {trade['account_id']} instrument {trade['instrument_id']}"
    return {"fill": f"execution {trade['exec_id']}", "holding": holding, "desk": f"desk {trade['order__desk_id']}"}


def _undone(events: Sequence[Row], at: datetime) -> None:
    """A fill that was busted or corrected is looked at no more. Three statements, and none where none was."""
    refs = {event["order_id"]: event["exec_ref_id"] for event in events if event["exec_ref_id"]}
    rows = ExecutionReport.objects.filter(order_id__in=list(refs), venue_exec_id__in=set(refs.values())) if refs else ()
    if gone := {f"execution {row.exec_id}" for row in rows}:
        looked = Q(about__in=gone, control="PO-03")
        breaches.tell(cases.sight(Breach.Kind.TRADED, (), looked, at, over="the fill was taken back"), at)


def _terms(trade: Row) -> Terms:
    """The order of a fill, under the id of the event: an order may have several in one bite."""
    return Terms(
        order_id=trade["pk"], account_id=trade["account_id"], desk_id=trade["order__desk_id"],
        instrument_id=trade["instrument_id"], symbol=trade["order__instrument__symbol"],
        asset_class=trade["order__instrument__asset_class"], side=trade["side"], ord_type="limit",
        order_qty=trade["cum_qty"], cum_qty=trade["cum_qty"], price=trade["last_px"],
        currency=trade["order__instrument__currency"], entered_by_id=trade["order__entered_by_id"],
        sender=trade["order__sender_comp_id"],
    )  # fmt: skip


def _positions(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Held]:
    accounts, instruments = {account for account, _ in keys}, {instrument for _, instrument in keys}
    rows = Usage.objects.filter(kind=Usage.Kind.ACCOUNT, scope_id__in=accounts, instrument_id__in=instruments)
    columns = ("scope_id", "instrument_id", "pk", "position_qty", "open_buy_qty", "open_sell_qty")
    return {(row[0], row[1]): Held(*row[2:]) for row in rows.values_list(*columns)}


def _traffic(keys: Iterable[tuple[int, int]], at: datetime) -> Mapping[tuple[int, int], Traffic]:
    """Requests and trades today (UTC) of each account in each instrument."""
    keys = set(keys)
    day = datetime.combine(at.astimezone(UTC).date(), time(), UTC)
    accounts, instruments = {account for account, _ in keys}, {instrument for _, instrument in keys}
    asked = OrderRequest.objects.filter(
        created_at__gte=day, order__parent__isnull=True, order__composition="", order__account_id__in=accounts,
        order__instrument_id__in=instruments,
    ).values_list("order__account_id", "order__instrument_id")  # fmt: skip
    done = ExecutionReport.objects.filter(
        recorded_at__gte=day, is_root=True, order__composition="", exec_type=ExecType.TRADE, account_id__in=accounts,
        instrument_id__in=instruments,
    ).values_list("account_id", "instrument_id")  # fmt: skip
    orders = {(account, instrument): n for account, instrument, n in asked.annotate(n=Count("pk"))}
    trades = {(account, instrument): n for account, instrument, n in done.order_by().annotate(n=Count("pk"))}
    return {key: Traffic(Decimal(orders.get(key, 0)), Decimal(trades.get(key, 0))) for key in keys}


def _copies(rules: Sequence[Scoped], at: datetime) -> None:
    """Executions that a broker told us of and that we do not have. One statement."""
    rows = DropCopy.objects.filter(report_id__isnull=True).order_by("-pk")[:BITE]
    copies, seen = {}, []
    for pk, exec_id, qty, price, received in rows.values_list("pk", "exec_id", "last_qty", "last_px", "received_at"):
        copies[pk] = Copies((), (Copied(exec_id, qty, price, facts.age_s(at, received)),))
        seen.append(Seen(_bare(pk), f"drop copy {pk}", None, {"copy": f"drop copy {pk}"}))
    _judge(seen, Facts(rules=rules, parts={"copies": copies}, stage=TRADE), at, Q(control="PO-01"))


def _fails(rules: Sequence[Scoped], at: datetime) -> None:
    """Deliveries that are due and have not settled, by settlement days since. Two statements."""
    today = business_date()
    rows = Instruction.objects.filter(
        settl_date__lt=today, direction=Instruction.Direction.DELIVER,
        state__in=OPEN,
    ).order_by("pk")[:BITE]  # fmt: skip
    calendars = standing().calendars
    fails, seen = {}, []
    columns = ("pk", "settl_date", "account_id", "instrument_id", "instrument__settl_market", "account__desk_id")
    # A net delivery is that of a short sale as soon as one of its sales was.
    sold = InstructionObligation.objects.filter(instruction=OuterRef("pk"), obligation__side__startswith="sell")
    first = sold.order_by("-obligation__side", "obligation_id")
    named = rows.annotate(
        side=Subquery(first.values("obligation__side")[:1]), order=Subquery(first.values("obligation__order_id")[:1])
    )
    for pk, due, account, instrument, place, desk, sale, order_id in named.values_list(*columns, "side", "order"):
        side = sale or "sell"
        calendar = calendars.get(place) or calendars["US"]
        fails[pk] = Fail(Decimal(calendar.between(due, today)), side == "sell_short")
        bare = _bare(pk, account, instrument, desk, side)
        seen.append(Seen(bare, f"delivery {pk} on {today}", order_id, {"delivery": f"delivery {pk}"}))
    _judge(seen, Facts(rules=rules, parts={"fail": fails}, stage=TRADE), at, Q(control="PO-10"))


def _bare(
    key: int, account: int | None = None, instrument: int | None = None, desk: int | None = None, side: str = "buy"
) -> Terms:
    one = Decimal(1)
    return Terms(
        order_id=key, account_id=account, desk_id=desk, instrument_id=instrument, symbol="", asset_class="", side=side,
        ord_type="limit", order_qty=one, cum_qty=one, price=one,
    )  # fmt: skip


def _judge(seen: Sequence[Seen], known: Facts, at: datetime, looked: Q) -> None:
    """Ask the evaluator, keep what it objects to, bring the cases up to it; ``looked`` are those that may be over."""
    found: dict[tuple[str, str], tuple[Seen, Finding]] = {}
    for one, verdict in zip(seen, decide([one.terms for one in seen], known, at), strict=True):
        wrong = [f for f in verdict.objections if _has_input(f, known)]
        # How late an alert is can only be said of an alert.
        wrong = [f for f in wrong if f.result.control != "PO-02" or len(wrong) > 1]
        found.update({(f.result.control, one.about): (one, f) for f in wrong})
    observed.save([
        observed.row(finding, at, about, one.order_id, one.terms.account_id, one.terms.instrument_id)
        for (_, about), (one, finding) in found.items()
    ])  # fmt: skip
    policies = breaches.policies(control for control, _ in found)
    sights: dict[cases.Key, cases.Sight] = {}
    for one, finding in found.values():
        if finding.enforced:
            sight = _sight(one, finding, policies)
            worst = sights.get(sight.key)
            if worst is None or _measured(worst) <= _measured(sight):
                sights[sight.key] = sight
    breaches.tell(cases.sight(Breach.Kind.TRADED, sights.values(), looked, at), at)


def _measured(sight: cases.Sight) -> Decimal:
    return Decimal(sight.measured) if sight.measured else Decimal("Infinity")


def _has_input(finding: Finding, known: Facts) -> bool:
    """Whether the control is about what is looked at: a fill says nothing of deliveries, nor the reverse."""
    needs = {"PO-01": "copies", "PO-10": "fail", "PO-12": "traffic"}
    part = needs.get(finding.result.control, "fill")
    return part in known.parts


def _sight(one: Seen, finding: Finding, policies: breaches.Policies) -> cases.Sight:
    """The case of it, with what it is about and who must hear of it."""
    result, rule, terms = finding.result, finding.rule, one.terms
    kind = _FILLS.get(result.control, next(iter(one.cases)))
    of_desk, of_fill = kind == "desk", kind in ("fill", "delivery")
    policy = policies.of(result.control, rule.id if rule else None)
    return cases.Sight(
        control=result.control, rule_id=rule.id if rule else None, rule_version=rule.version if rule else None,
        about=one.cases[kind], outcome=result.outcome, reason_code=result.reason_code,
        text=f"{terms.symbol}: {result.text}" if terms.symbol and not of_desk else result.text,
        measured=breaches.number(result.measured), limit=breaches.number(result.limit),
        origin=Breach.Origin.ACTIVE if kind in ("fill", "holding") else Breach.Origin.PASSIVE,
        cause="trade" if kind in ("fill", "holding") else kind,
        order_id=one.order_id if of_fill else None, account_id=None if of_desk else terms.account_id,
        instrument_id=None if of_desk else terms.instrument_id, desk_id=terms.desk_id,
        deadline=breaches.deadline(policy, business_date()), finding=entry(finding),
    )  # fmt: skip
