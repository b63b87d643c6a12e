"""Routing what waits: choose venues, write child orders and the messages that carry them, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane, locked
from oms.base.refusal import Refusal
from oms.desk import alerts
from oms.desk.release import released
from orders.book import FIXED, Book, Line, begin
from orders.lifecycle import Report, State
from orders.models import Account, Alert, Instrument, Order
from orders.reference import business_date, price_factor
from orders.vocabulary import ExecType, Phase
from risk import kill, usage
from routing import market, rules
from routing.boxes import Outgoing, new_message
from routing.choose import Choice, Wish, choose
from routing.models import RouteDecision

BITE = 500
_LANE = "route"
INSTRUMENT = ("symbol", "asset_class", "multiplier", "round_lot")


class Plan(NamedTuple):
    """The choice for each order, the symbols of their instruments, and the session that leads to each venue."""

    choices: dict[int, Choice]
    symbols: dict[int, str]
    sessions: dict[str, str]


def route(limit: int = BITE) -> int:
    """Route up to ``limit`` waiting orders; answer how many were taken. 0 also when another worker is at it."""
    with transaction.atomic():
        if not lane(_LANE):
            return 0
        waiting = Order.objects.filter(to_route=True).order_by("pk")
        keys = list(waiting.values_list("pk", "account_id", "instrument_id")[:limit])
        if keys:
            _route(keys)
        return len(keys)


def _route(keys: Sequence[tuple[int, int, int]]) -> None:
    kill.stay()
    usage.lock({(account, instrument) for _, account, instrument in keys})
    at = now()
    book, outgoing = Book(at, business_date()), Outgoing(at)
    book.take(locked(Order.objects.filter(pk__in=[pk for pk, _, _ in keys], to_route=True)))
    lines = list(book.lines.values())
    held = usage.held(book.lines)
    stopped = kill.blocked(lines)
    plan = _choose([line for line in lines if line.id not in stopped], at)
    children = _children(book, plan)
    codes = dict(Account.objects.filter(pk__in={line.account_id for line in lines}).values_list("pk", "code"))
    for child in children:
        outgoing.add(child, "D", new_message(child, codes[child.account_id], plan.symbols[child.parent_id or 0], at))
    sent = {child.parent_id for child in children}
    notices = [_end(book, line, stopped.get(line.id)) for line in lines if line.id not in sent]
    for line in lines:
        line.to_route, line.changed = False, True
    alerts.save(notices)
    book.save()
    _save_decisions(plan, at)
    outgoing.save()
    usage.move(released(book, held))
    bell.ring_on_commit("live", *outgoing.bells())


def _choose(lines: Sequence[Line], at: datetime) -> Plan:
    """Where each line goes: rules, listings, quotes and instruments in one SELECT each, then pure."""
    ids = {line.instrument_id for line in lines}
    conditions, usable, listed, quotes = (
        rules.active(),
        rules.sessions(),
        rules.listings(ids),
        market.tops(ids),
    )
    stopped = kill.stopped_venues()
    instruments = {row[0]: row[1:] for row in Instrument.objects.filter(pk__in=ids).values_list("pk", *INSTRUMENT)}
    choices = {}
    for line in lines:
        symbol, asset_class, multiplier, lot = instruments[line.instrument_id]
        venues = frozenset(mic for mic in listed.get(line.instrument_id, ()) if mic in usable and mic not in stopped)
        state = line.state
        wish = Wish(
            line.account_id, symbol, asset_class, line.side, line.ord_type, state.time_in_force, state.leaves_qty,
            state.price, multiplier * price_factor(asset_class), lot, venues,
        )  # fmt: skip
        choices[line.id] = choose(wish, conditions, quotes.get(line.instrument_id, []), at)
    return Plan(choices, {line.id: instruments[line.instrument_id][0] for line in lines}, usable)


def _children(book: Book, plan: Plan) -> list[Line]:
    """Begin a child order for each part, under the session of its venue."""
    parts = [(parent_id, mic, qty) for parent_id, choice in plan.choices.items() for mic, qty in choice.parts]
    children = []
    for child_id, (parent_id, mic, qty) in zip(sets.ids(Order, len(parts)), parts, strict=True):
        parent = book.lines[parent_id]
        fixed: dict[str, Any] = {name: getattr(parent, name) for name in FIXED} | {"composition": ""}
        fixed |= {"id": child_id, "parent_id": parent_id, "sender_comp_id": plan.sessions[mic], "venue": mic}
        state = State(parent.state.time_in_force, qty, parent.state.price, parent.state.stop_px)
        child = book.open(fixed, state, f"{child_id}.1")
        book.ask(child, "new", child.cl_ord_id, qty=qty, price=state.price, stop_px=state.stop_px)
        begin(book, child, "pending_new", actor="routing")
        children.append(child)
    return children


def _end(book: Book, line: Line, switch: str | None) -> alerts.Row:
    """Take back an order that must not or cannot go out; operations and the trader see why."""
    if switch is not None:
        refusal = Refusal("KILL_SWITCH", "", f"not sent: {switch}")
    else:
        refusal = Refusal("NO_ROUTE", "", "no routing rule leads to a venue that lists the instrument")
    untouched = line.state.phase == Phase.PENDING_NEW and not line.state.cancels_pending
    ends = ExecType.REJECTED if untouched else ExecType.CANCELED
    book.note(line, Report(ends), actor="routing", text=refusal.text, reason_code=refusal.code)
    return alerts.notice(book, line, Alert.Severity.WARNING, "routing", refusal)


def _save_decisions(plan: Plan, at: datetime) -> None:
    rows = [
        (order_id, choice.rule and choice.rule.id, choice.rule and choice.rule.version, choice.why, at)
        for order_id, choice in plan.choices.items()
    ]
    sets.insert(RouteDecision, ("order_id", "rule_id", "rule_version", "why", "at"), rows)
