"""The work of backtests, a bite of the journal at a time: the same evaluator, over the books as they were then."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.fields.json import KeyTransform

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import lane, locked
from orders.models import Account, ExecutionReport, Instrument, User
from risk.backtests.past import Past, opening
from risk.backtests.traffic import Counter
from risk.models import Backtest, BacktestFinding, Decision
from risk.pipeline import Asked, Book, Level, Nav, Pipeline, Thing, evaluate, read
from risk.pipeline.book import Who
from risk.result import show
from risk.supply.situation import THING, thing

BITE = 1_000
EVENTS = (
    "pk", "seq", "exec_type", "order_id", "account_id", "instrument_id", "side", "order_qty", "price", "leaves_qty",
    "cum_qty", "last_px", "recorded_at", "order__ord_type", "order__time_in_force", "order__entered_by_id",
    "order__sender_comp_id", "order__created_at",
)  # fmt: skip
FOUND = ("backtest_id", "order_id", "at", "level", "was_accepted", "measured", "limit", "text")
Event = dict[str, Any]


class Surroundings:
    """What is on file today of the accounts, instruments and people of past orders. Three statements."""

    def __init__(self, at: datetime) -> None:
        self.whos: dict[int, Who] = {}
        self.navs: dict[str, Nav] = {}
        columns = ("pk", "code", "desk__code", "base_currency", "client", "profile__nav", "profile__nav_as_of")
        for pk, code, desk, currency, client, nav, nav_at in Account.objects.values_list(*columns):
            self.whos[pk] = Who(code, client or code, desk)
            if nav is not None:
                # Its age is that of today, which says nothing of its age then.
                self.navs[code] = Nav(nav, currency, nav_at and at)
        self.things: dict[int, Thing] = {
            row[0]: replace(thing(row, None), as_of=at) for row in Instrument.objects.values_list(*THING)
        }
        self.names: dict[int, str] = dict(User.objects.values_list("pk", "username"))

    def book(self, past: Past, at: datetime, counts: Any) -> Book:
        """Everything as it was before one order."""
        priced = {pk: self.priced(pk, past) for _, pk in past.held if pk in self.things}
        owners = tuple(who for who in self.whos.values() if who.account in self.navs)
        navs = {account: nav._replace(at=nav.at and at) for account, nav in self.navs.items()}
        return Book(at, past.rows(self.whos, priced), navs, owners, {}, counts)

    def priced(self, instrument_id: int, past: Past) -> Thing:
        """An instrument at the price seen last."""
        found = self.things[instrument_id]
        return replace(found, price=past.prices[instrument_id]) if instrument_id in past.prices else found


def work(backtest_id: int | None = None) -> int:
    """One bite of the oldest backtest that waits, or of one; answer whether there may be more to do."""
    with transaction.atomic():
        if not lane("backtest"):
            return 0
        waiting = Backtest.objects.filter(state__in=[Backtest.State.WAITING, Backtest.State.RUNNING])
        if backtest_id is not None:
            waiting = waiting.filter(pk=backtest_id)
        first = waiting.order_by("pk").values_list("pk", flat=True).first()
        if first is None:
            return 0
        row = locked(Backtest.objects.filter(pk=first)).select_related("version").get()
        rule = read(row.version.resolved)
        if isinstance(rule, list):
            row.state, row.text = Backtest.State.FAILED, "; ".join(fault.text for fault in rule)[:500]
            row.finished_at = now()
            row.save()
            return 1
        _bite(row, rule)
        return 1


def _bite(row: Backtest, rule: Pipeline) -> None:
    """The next events: six to eight statements, however many orders are among them."""
    past = Past.resumed(row.carried) if row.carried else opening(row.since)
    journal = ExecutionReport.objects.filter(
        pk__gt=row.done_to, is_root=True, order__composition="", recorded_at__gte=row.since, recorded_at__lt=row.until
    )
    events = [dict(zip(EVENTS, one, strict=True)) for one in journal.order_by("pk").values_list(*EVENTS)[:BITE]]
    entered = [event for event in events if event["seq"] == 1]
    around = Surroundings(row.until)
    references = _references(entered)
    counter = Counter(rule, entered, around.whos, around.names) if rule.is_rate and entered else None
    found = []
    for event in events:
        if event["seq"] == 1:
            if references.get(event["order_id"]):
                past.prices[event["instrument_id"]] = Decimal(references[event["order_id"]])
            found += _try(row, rule, event, past, around, counter)
        past.happened(event)
    sets.insert(BacktestFinding, FOUND, found, skip_duplicates=True)
    row.events += len(events)
    if len(events) < BITE:
        row.state, row.finished_at, row.carried = Backtest.State.DONE, now(), {}
    else:
        row.state, row.done_to, row.carried = Backtest.State.RUNNING, events[-1]["pk"], past.carried()
    row.save()


def _try(
    row: Backtest, rule: Pipeline, event: Event, past: Past, around: Surroundings, counter: Counter | None
) -> list[tuple[Any, ...]]:
    """One past order under the rule; counted in ``row``, and told of where it would not simply have passed."""
    at = event["recorded_at"]
    book = around.book(past, at, counter.until(event) if counter else None)
    answer = evaluate(rule, book, _asked(event, past, around))
    row.orders += 1
    if answer.level is Level.PASS:
        row.passed += 1
        return []
    if answer.level is Level.WARN:
        row.warned += 1
    elif answer.level is Level.FAIL:
        row.stopped += 1
    else:
        row.unknown += 1
    text = answer.text if answer.level in (Level.WARN, Level.FAIL) else f"No {answer.text} is known"
    accepted = event["exec_type"] != "rejected"
    numbers = _shown(answer.number), _shown(answer.limit)
    return [(row.pk, event["order_id"], at, answer.level.value, accepted, *numbers, text[:500])]


def _asked(event: Event, past: Past, around: Surroundings) -> Asked:
    subject = replace(around.priced(event["instrument_id"], past), as_of=event["recorded_at"])
    return Asked(
        who=around.whos[event["account_id"]], thing=subject, side=event["side"], total=event["order_qty"],
        price=event["price"] if event["price"] is not None else subject.price, ord_type=event["order__ord_type"],
        time_in_force=event["order__time_in_force"], trader=around.names.get(event["order__entered_by_id"], ""),
        sender=event["order__sender_comp_id"], strategy="",
    )  # fmt: skip


def _references(entered: Sequence[Event]) -> Mapping[int, str]:
    """The reference price that each order was decided by. One statement."""
    rows = Decision.objects.filter(order_id__in=[event["order_id"] for event in entered], kind=Decision.Kind.ENTER)
    price = KeyTransform(0, KeyTransform("reference", "inputs"))
    return {order: str(value) for order, value in rows.values_list("order_id", price) if value is not None}


def _shown(number: Decimal | str | None) -> str:
    return "" if number is None else number if isinstance(number, str) else show(number)[:40]
