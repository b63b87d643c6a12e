"""Watching what was traded: fills, drop copies and failed deliveries under the rules of the controls that look back.

It follows the journal, and asks the evaluator that orders are asked of. What it objects to is kept for Compliance,
once, and told to the desk. Nothing here stops an order: a breach of a position is for people to act on (kill switches).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import lane
from orders import feed
from orders.models import Alert, ExecutionReport, OrderRequest
from orders.reference import business_date
from orders.vocabulary import ExecType
from risk import facts, observed
from risk.controls import CATALOGUE, TRADE
from risk.known import Facts, Scoped
from risk.models import Usage
from risk.parts import Copied, Copies, Fail, Fill, Traffic
from risk.result import Outcome
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
    "order__composition",
)  # fmt: skip
ALERT = ("at", "severity", "kind", "code", "desk_id", "order_id", "text", "payload", "resolution")
Row = dict[str, Any]
Seen = tuple[Terms, str, int | None]
"""Who is concerned, what it is about, and the order."""


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
    _judge([(_terms(trade), trade["exec_id"], trade["order_id"]) for trade in trades], known, at)


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
        seen.append((_bare(pk), f"drop copy {pk}", None))
    _judge(seen, Facts(rules=rules, parts={"copies": copies}, stage=TRADE), at)


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
        seen.append((_bare(pk, account, instrument, desk, side), f"delivery {pk} on {today}", order_id))
    _judge(seen, Facts(rules=rules, parts={"fail": fails}, stage=TRADE), at)


def _bare(
    key: int, account: int | None = None, instrument: int | None = None, desk: int | None = None, side: str = "buy"
) -> Terms:
    one = Decimal(1)
    return Terms(
        order_id=key, account_id=account, desk_id=desk, instrument_id=instrument, symbol="", asset_class="", side=side,
        ord_type="limit", order_qty=one, cum_qty=one, price=one,
    )  # fmt: skip


def _judge(seen: Sequence[Seen], known: Facts, at: datetime) -> None:
    """Ask the evaluator, keep what it objects to, and tell the desk of what is new."""
    found: dict[tuple[str, str], tuple[Terms, Finding, int | None]] = {}
    for (terms, about, order_id), verdict in zip(seen, decide([t for t, _, _ in seen], known, at), strict=True):
        wrong = [f for f in verdict.findings if f.result.outcome is not Outcome.PASS and _has_input(f, known)]
        # How late an alert is can only be said of an alert.
        wrong = [f for f in wrong if f.result.control != "PO-02" or len(wrong) > 1]
        found.update({(f.result.control, about): (terms, f, order_id) for f in wrong})
    rows = [
        observed.row(finding, at, about, order_id, terms.account_id, terms.instrument_id)
        for (_, about), (terms, finding, order_id) in found.items()
    ]
    fresh = observed.save(rows)
    told = [found[key] for key in found if key in fresh and found[key][1].enforced]
    sets.insert(Alert, ALERT, [_alert(*one, at) for one in told])


def _has_input(finding: Finding, known: Facts) -> bool:
    """Whether the control is about what is looked at: a fill says nothing of deliveries, nor the reverse."""
    needs = {"PO-01": "copies", "PO-10": "fail", "PO-12": "traffic"}
    part = needs.get(finding.result.control, "fill")
    return part in known.parts


def _alert(terms: Terms, finding: Finding, order_id: int | None, at: datetime) -> tuple[Any, ...]:
    result = finding.result
    text = f"{terms.symbol} {result.control}: {result.text}".strip()[:500]
    severity = Alert.Severity.WARNING.value
    return at, severity, "surveillance", result.reason_code, terms.desk_id, order_id, text, {}, ""
