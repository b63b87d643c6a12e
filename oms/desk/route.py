"""Routing what waits: choose venues, write child orders and the messages that carry them, in one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q, Sum

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane, locked
from oms.base.prepared import Prepared
from oms.base.refusal import Refusal
from oms.desk import alerts, members, roots
from oms.desk.amend import message_legs
from oms.desk.heldback import not_now
from oms.desk.release import released
from oms.desk.reprice import peg_prices
from orders.book import COLUMNS, FIXED, Book, Line, begin
from orders.legs import Follower
from orders.lifecycle import Report, State
from orders.models import Account, Alert, Instrument, Order
from orders.reference import business_date, price_factor
from orders.sessions import of_venues
from orders.vocabulary import Composition, ExecType, Hold, OrdType, Phase
from risk import kill, usage
from routing import market, rules
from routing.boxes import Outgoing, new_message, of_legs
from routing.capabilities import AUCTION, Capability, Way, Working, after_trigger, way
from routing.choose import Choice, Condition, Wish, choose
from routing.models import RouteDecision
from routing.quotes import Top

BITE = 500
_LANE = "route"
ROUTING = "routing"
# What we watch the market for. An iceberg needs no watching: its next part follows the fill of the one before.
WATCHED = frozenset({"stop", "if_touched", "trailing"})
INSTRUMENT = ("symbol", "asset_class", "multiplier", "round_lot")


class Plan(NamedTuple):
    """For each order the choice of venues and the way it is worked there, and what its messages need."""

    choices: dict[int, Choice]
    ways: dict[int, Way]
    symbols: dict[int, str]
    sessions: dict[str, str]


class Market(NamedTuple):
    """What a batch is routed by, as of ``at``: nothing of it is locked, so it is read before anything is."""

    at: datetime
    conditions: Sequence[Condition]
    usable: dict[str, str]
    listed: Mapping[int, frozenset[str]]
    quotes: Mapping[int, Sequence[Top]]
    able: Mapping[str, Capability]
    stopped: frozenset[str]
    instruments: Mapping[int, tuple[Any, ...]]


def route(limit: int = BITE) -> int:
    """Route up to ``limit`` waiting orders; answer how many were taken. 0 also when another worker is at it."""
    with transaction.atomic():
        if not lane(_LANE):
            return 0
        waiting = Order.objects.filter(to_route=True).exclude(not_now()).order_by("pk")
        keys = list(waiting.values_list("pk", "account_id", "instrument_id", "composition")[:limit])
        if keys:
            _route(keys)
        return len(keys)


def _route(keys: Sequence[tuple[int, int, int, str]]) -> None:
    kill.stay()
    legs = roots.legs(pk for pk, _, _, composition in keys if composition == Composition.MULTILEG)
    counted = {(account, instrument) for _, account, instrument, _ in keys} | {leg.key for leg in legs.values()}
    seen = _look({instrument for _, instrument in counted})
    # Every order of these accounts waits from here on: as little as can be is left to do.
    usage.lock(counted, {pk for pk, _, _, _ in keys} | legs.keys())
    at = now()
    book, outgoing = Book(at, business_date()), Outgoing(at)
    waiting = Q(pk__in=[pk for pk, _, _, _ in keys], to_route=True) & ~not_now()
    book.take(locked(Order.objects.filter(waiting | Q(pk__in=list(legs)))).values_list(*COLUMNS))
    lines = [line for line in book.lines.values() if line.to_route]
    spreads = {pk: parts for pk, parts in roots.by_whole(legs).items() if pk in book.lines}
    roots.have_follow(book, {leg.id: leg for parts in spreads.values() for leg in parts})
    held = usage.held(book.lines)
    stopped, out = _stopped(book, spreads), _out(line.id for line in lines)
    fit = [line for line in lines if line.id not in stopped and line.state.leaves_qty > out.get(line.id, 0)]
    plan = _choose(fit, at, spreads, out, seen)
    held_back = _hold_back(book, plan)
    children = _children(book, plan, at)
    _with_legs(book, children, spreads)
    codes: dict[int, str] = dict(_CODES({line.account_id for line in lines}))
    for child in children:
        message = new_message(child, codes[child.account_id], plan.symbols[child.parent_id or 0], at)
        parts = message_legs(book, spreads.get(child.parent_id or 0, ()))
        outgoing.add(child, "AB", of_legs(message, parts)) if parts else outgoing.add(child, "D", message)
    sent = {child.parent_id for child in children} | held_back
    # What venues still work goes on: the order ends with it.
    over = [line for line in lines if line.id not in sent and line.id not in out]
    notices = [_end(book, line, stopped.get(line.id), plan) for line in over]
    for line in lines:
        line.to_route, line.changed = False, True
    alerts.save(notices)
    book.save()
    _save_decisions(plan, at)
    outgoing.save()
    usage.move(released(book, held))
    bell.ring_on_commit("live", *outgoing.bells())


_OUT = Prepared(
    lambda orders: (
        Order.objects.filter(parent_id__among=orders, leaves_qty__gt=0)
        .order_by()
        .values_list("parent_id")
        .annotate(Sum("leaves_qty"))
    )
)
_INSTRUMENTS = Prepared(lambda ids: Instrument.objects.filter(pk__among=ids).values_list("pk", *INSTRUMENT))
_CODES = Prepared(lambda ids: Account.objects.filter(pk__among=ids).values_list("pk", "code"))


def _stopped(book: Book, spreads: Mapping[int, Sequence[roots.Root]]) -> dict[int, str]:
    """The orders that must not be sent, and why: a spread also for what stops one of its legs."""
    stopped = members.stopped(book.lines.values())
    for whole_id, legs in spreads.items():
        why = [stopped[leg.id] for leg in legs if leg.id in stopped]
        if why:
            stopped.setdefault(whole_id, why[0])
    return stopped


def _out(order_ids: Iterable[int]) -> dict[int, Decimal]:
    """How much of each order venues work already, where a part of it came back and is sent elsewhere. One SELECT."""
    return dict(_OUT(order_ids))


def _look(ids: Collection[int]) -> Market:
    """Rules, sessions, listings, quotes, what venues can do, which are stopped, and instruments: one SELECT each."""
    instruments = {row[0]: row[1:] for row in _INSTRUMENTS(ids)}
    return Market(
        now(), rules.active(), rules.sessions(), rules.listings(ids), market.tops(ids), rules.capabilities(),
        kill.stopped_venues(), instruments,
    )  # fmt: skip


def _choose(
    lines: Sequence[Line],
    at: datetime,
    spreads: Mapping[int, Sequence[roots.Root]],
    out: Mapping[int, Decimal],
    seen: Market,
) -> Plan:
    """Where each line goes, in ``seen``. A spread goes undivided to a venue that lists every leg. Its price is no price
    of its first leg.
    """
    seen_at, conditions, usable, listed, quotes, able, stopped, instruments = seen
    auctions = any(line.state.time_in_force in AUCTION for line in lines)
    hours = of_venues(usable, at.date()) if auctions else {}
    prices = peg_prices(lines, at)
    choices, ways = {}, {}
    for line in lines:
        symbol, asset_class, multiplier, lot = instruments[line.instrument_id]
        of_it = {line.instrument_id, *(leg.instrument_id for leg in spreads.get(line.id, ()))}
        everywhere = frozenset.intersection(*(listed.get(pk, frozenset()) for pk in of_it))
        venues = frozenset(mic for mic in everywhere if mic in usable and mic not in stopped)
        multileg = line.composition == Composition.MULTILEG
        found = way(working(line), venues, able, at, hours)
        if found.emulated == "peg":
            found = found._replace(terms=found.terms._replace(price=prices.get(line.id)))
        ways[line.id] = found
        qty = line.state.leaves_qty - out.get(line.id, 0)
        if found.emulated == "iceberg":
            qty = min(qty, line.max_floor or qty)
        wish = Wish(
            line.account_id, symbol, asset_class, line.side, found.terms.ord_type, found.terms.time_in_force, qty,
            None if multileg else found.terms.price, multiplier * price_factor(asset_class), lot, found.venues,
            undivided=multileg,
        )  # fmt: skip
        choice = choose(wish, conditions, quotes.get(line.instrument_id, []), seen_at)
        emulated = {"emulated": found.emulated} if found.emulated else {}
        choices[line.id] = choice._replace(why=choice.why | {"not_taken": found.why} | emulated)
    return Plan(choices, ways, {line.id: instruments[line.instrument_id][0] for line in lines}, usable)


def working(line: Line) -> Working:
    """The terms the order has now: a waiting order that fired is what its trigger makes of it."""
    state = line.state
    terms = Working(
        line.ord_type, state.time_in_force, state.price, state.stop_px, line.max_floor, line.exec_inst,
        line.peg_price_type, line.peg_offset_value, line.peg_offset_type, line.composition == Composition.MULTILEG,
    )  # fmt: skip
    return after_trigger(terms) if line.triggered else terms


def _hold_back(book: Book, plan: Plan) -> set[int]:
    """Orders that we watch the market for: acknowledged by us, and sent on when their price is there."""
    waiting = set()
    for order_id, found in plan.ways.items():
        unpriced = found.emulated == "peg" and found.terms.price is None
        if not plan.choices[order_id].parts or not (found.emulated in WATCHED or unpriced):
            continue
        line = book.lines[order_id]
        line.hold, line.emulated, line.changed = Hold.TRIGGER, found.emulated, True
        if line.state.phase == Phase.PENDING_NEW:
            book.note(line, Report(ExecType.NEW), actor="routing", text=f"watched here: {found.emulated}")
        waiting.add(order_id)
    return waiting


def _children(book: Book, plan: Plan, at: datetime) -> list[Line]:
    """Begin a child order for each part, under the session of its venue."""
    parts = [
        (parent_id, mic, qty)
        for parent_id, choice in plan.choices.items()
        for mic, qty in choice.parts
        if book.lines[parent_id].hold == ""
    ]
    children = []
    for child_id, (parent_id, mic, qty) in zip(sets.ids(Order, len(parts)), parts, strict=True):
        parent = book.lines[parent_id]
        found = plan.ways[parent_id]
        if found.emulated:
            parent.emulated = found.emulated
        child = begin_child(book, parent, child_id, mic, plan.sessions[mic], qty, found.terms)
        children.append(child)
    return children


def _with_legs(book: Book, children: Sequence[Line], spreads: Mapping[int, Sequence[roots.Root]]) -> None:
    """Beside each order for a spread begin one for each leg: what is sent as one is booked leg by leg."""
    pairs = [(child, leg) for child in children for leg in spreads.get(child.parent_id or 0, ())]
    for (child, leg), leg_id in zip(pairs, sets.ids(Order, len(pairs)), strict=True):
        assert leg.leg is not None
        terms = Working(OrdType.MARKET, child.state.time_in_force)
        qty = child.state.order_qty * leg.leg.ratio_qty
        line = begin_child(book, book.lines[leg.id], leg_id, child.venue, child.sender_comp_id, qty, terms)
        follower = Follower(line, leg.leg.ratio_qty, str(leg.leg.seq_no), leg.symbol)
        book.followers.setdefault(child.id, []).append(follower)


def begin_child(
    book: Book,
    parent: Line,
    child_id: int,
    mic: str,
    session: str,
    qty: Decimal,
    terms: Working,
    actor: str = "routing",
) -> Line:
    """Begin a part of ``parent`` that goes to the venue with ``terms``."""
    fixed: dict[str, Any] = {name: getattr(parent, name) for name in FIXED} | {
        "id": child_id, "parent_id": parent.id, "sender_comp_id": session, "venue": mic, "composition": "",
        "ord_type": terms.ord_type, "max_floor": terms.max_floor, "exec_inst": terms.exec_inst, "cash_order_qty": None,
        "peg_price_type": terms.peg_price_type, "peg_offset_value": terms.peg_offset_value,
        "peg_offset_type": terms.peg_offset_type,
    }  # fmt: skip
    child = book.open(fixed, State(terms.time_in_force, qty, terms.price, terms.stop_px), f"{child_id}.1")
    book.ask(child, "new", child.cl_ord_id, qty=qty, price=terms.price, stop_px=terms.stop_px)
    begin(book, child, "pending_new", actor=actor)
    return child


def _end(book: Book, line: Line, switch: str | None, plan: Plan) -> alerts.Row:
    """Take back an order that must not or cannot go out; operations and the trader see why."""
    if switch is not None:
        refusal = Refusal("KILL_SWITCH", "", f"not sent: {switch}")
    elif line.composition == Composition.MULTILEG and not (plan.ways[line.id].venues or plan.ways[line.id].why):
        refusal = Refusal("NOT_SUPPORTED_BY_VENUE", "", "not sent: no venue in use lists every leg")
    elif not plan.ways[line.id].venues and plan.ways[line.id].why:
        lacks = "; ".join(f"{mic} does not take {lack}" for mic, lack in plan.ways[line.id].why.items())
        refusal = Refusal("NOT_SUPPORTED_BY_VENUE", "", f"not sent: {lacks}"[:400])
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
