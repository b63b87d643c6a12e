"""Splitting an order while nothing of it is at a venue: by quantity, by percent, and among accounts of its desk.

The first part of the order's own account stays with the order, which keeps its id and its ClOrdID and is restated to
it; the others are new orders. If every part is for another account the order ends. All of it, and what it means for
the limits, is one transaction: the parts together never hold more than the order held, and never less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Max

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import roots, supplied
from oms.desk.amend import bare
from oms.desk.asked import ENTERS, Actor, Answer, refused, unreasoned
from oms.desk.batch import in_bites
from oms.desk.block import untouched
from oms.desk.lists import MEMBERS
from oms.desk.lookup import Account
from oms.desk.overridden import no_way_round
from oms.desk.passed_on import PassedOn, part_hold
from orders.blocks import by_percent
from orders.book import FIXED, Book, Line, begin
from orders.lifecycle import Report, State
from orders.models import ListOrder, Order
from orders.reference import business_date
from orders.vocabulary import ContingencyType, ExecRestatementReason, ExecType, Phase
from risk import check, facts, usage
from risk.terms import Terms
from risk.verdict import Verdict
from routing import market
from routing.models import ClientSession

ZERO, HUNDRED = Decimal(0), Decimal(100)
MOST_PARTS = 100


class Part(NamedTuple):
    """A part: its quantity, or its percent of what is left; its account, the order's own if empty."""

    order_qty: Decimal | None = None
    percent: Decimal | None = None
    account: str = ""


class Split(NamedTuple):
    """An order and the parts it is to become; they come to what is left of it."""

    order_id: int
    parts: tuple[Part, ...]
    version: int | None = None
    acknowledge_soft: bool = False
    acknowledge_reason: str = ""


class SplitAnswer(NamedTuple):
    """The order as it is now, and the ids of all its parts in order, itself among them."""

    answer: Answer
    order_ids: tuple[int, ...] = ()


class _Planned(NamedTuple):
    """A split that can be done: its parts' quantities, orders and accounts, and which of them the order keeps."""

    line: Line
    qtys: list[Decimal]
    ids: list[int]
    accounts: list[int]
    keeps: int | None
    terms: list[Terms]
    verdicts: list[Verdict]

    @property
    def kept(self) -> Decimal:
        """What stays with the order."""
        return ZERO if self.keeps is None else self.qtys[self.keeps]


def split(wishes: Sequence[Split], actor: Actor) -> list[SplitAnswer]:
    """Split orders; one answer each. Parts for another account are checked like new orders, and all or none is done."""
    if not actor.may(ENTERS):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not split orders")
        return [SplitAnswer(refused(no)) for _ in wishes]
    return in_bites(lambda bite: _split(bite, actor, now()), wishes)


def _split(wishes: Sequence[Split], actor: Actor, at: datetime) -> list[SplitAnswer]:
    found = roots.find((wish.order_id for wish in wishes), actor)
    accounts = _accounts(wishes, actor)
    fresh = iter(sets.ids(Order, sum(len(wish.parts) for wish in wishes)))
    ids = [[next(fresh) for _ in wish.parts] for wish in wishes]
    book = Book(at, business_date())
    quotes = market.references(root.instrument_id for root in found.values())
    everywhere = _everywhere(wishes, found, accounts, ids, actor)
    known = supplied.known(everywhere, at, quotes, book.trade_date, standing=found)
    book.load(found, families=True)
    families, held = roots.children_of(book), usage.held(found)
    passing = {t.order_id: part_hold(held[t.part_of]) for t in everywhere if t.part_of in held}
    room = PassedOn(facts.of_orders(known, {**held, **passing}, at, market.references), held)
    clients = set(ClientSession.objects.values_list("code", flat=True))
    answers: list[SplitAnswer] = []
    planned: list[_Planned] = []
    repeated = roots.twice(wishes)
    for place, wish in enumerate(wishes):
        answer = roots.objections(wish, book, found)
        if answer is None:
            line = book.lines[wish.order_id]
            wrong = _objection(line, wish, families.get(line.id, ()), clients, place in repeated)
            plan = wrong or _plan(line, found[line.id], wish, accounts, ids[place], room, actor, at)
            if isinstance(plan, _Planned):
                room.take(line, plan.kept, plan.terms, plan.verdicts)
                planned.append(plan)
                _write(book, plan, actor)
                answers.append(SplitAnswer(roots.yes(line), tuple(plan.ids)))
                continue
            answer = roots.no(line, *plan)
        answers.append(SplitAnswer(answer))
    _save(book, planned, room)
    bell.ring_on_commit("live", "route")
    return answers


def _accounts(wishes: Sequence[Split], actor: Actor) -> dict[str, Account]:
    """Each account that is named and the actor may use."""
    codes = {part.account for wish in wishes for part in wish.parts if part.account}
    rows = actor.accounts.filter(code__in=codes, active=True)
    return {row[1]: Account(*row) for row in rows.values_list(*Account._fields)}


def _everywhere(
    wishes: Sequence[Split],
    found: Mapping[int, roots.Root],
    accounts: Mapping[str, Account],
    ids: Sequence[Sequence[int]],
    actor: Actor,
) -> list[Terms]:
    """Every order, and every part under the id it would have, whose limits the batch may move."""
    terms = []
    for wish, fresh in zip(wishes, ids, strict=True):
        root = found.get(wish.order_id)
        if root is not None:
            terms.append(bare(root))
            for part, order_id in zip(wish.parts, fresh, strict=True):
                terms.append(_part_of(bare(root), order_id, accounts.get(part.account), actor))
    return terms


def _part_of(whole: Terms, order_id: int, account: Account | None, actor: Actor) -> Terms:
    """A part of an order: of its own account, or of ``account`` and new there."""
    one = replace(whole, order_id=order_id, entered_by_id=actor.user_id, split_of=whole.order_id)
    if account is None or account.id == whole.account_id:
        return replace(one, part_of=whole.order_id)
    return replace(
        one, account_id=account.id, desk_id=account.desk_id, client=account.client, portfolio=account.portfolio
    )


def _objection(
    line: Line, wish: Split, children: Sequence[Line], clients: set[str], repeated: bool
) -> tuple[Refusal, ...]:
    if fault := unreasoned(wish):
        return (fault,)
    why = "it is split by an earlier item of the list" if repeated else untouched(line, children, filled=True)
    if line.sender_comp_id in clients:
        why = why or "its client knows it by its ClOrdID and would not hear of the parts; work it in slices"
    if why:
        return (Refusal("BAD_SPLIT", "", f"order {line.id}: {why}"),)
    if not 2 <= len(wish.parts) <= MOST_PARTS:
        return (Refusal("BAD_SPLIT", "parts", f"give 2 to {MOST_PARTS} parts"),)
    kinds = {(part.order_qty is None, part.percent is None) for part in wish.parts}
    if kinds not in ({(False, True)}, {(True, False)}):
        return (Refusal("BAD_SPLIT", "parts", "give each part an order_qty, or each a percent"),)
    return ()


def _plan(
    line: Line,
    root: roots.Root,
    wish: Split,
    accounts: Mapping[str, Account],
    ids: Sequence[int],
    room: PassedOn,
    actor: Actor,
    at: datetime,
) -> _Planned | tuple[Refusal, ...]:
    """What the split comes to; or everything that is wrong with it, what risk says of its parts included."""
    listing = room.known.listings[line.instrument_id]
    qtys = _quantities(line, wish, listing.round_lot or Decimal(1), listing.min_qty or ZERO)
    if isinstance(qtys, Refusal):
        return (qtys,)
    for part in wish.parts:
        if part.account and (part.account not in accounts or accounts[part.account].desk_id != line.desk_id):
            return (Refusal("UNKNOWN_ACCOUNT", "parts", f"no active account {part.account!r} of the order's desk"),)
    theirs = [accounts[part.account].id if part.account else line.account_id for part in wish.parts]
    keeps = theirs.index(line.account_id) if line.account_id in theirs else None
    if keeps is not None and line.max_floor and line.max_floor > line.state.cum_qty + qtys[keeps]:
        return (
            Refusal("BAD_SPLIT", "parts", f"the order shows {line.max_floor.normalize():f} of itself and keeps less"),
        )
    fresh = [line.id if place == keeps else ids[place] for place in range(len(theirs))]
    terms = [
        _terms(_part_of(bare(root), order_id, accounts.get(part.account), actor), line, qty, wish)
        for order_id, part, qty in zip(fresh, wish.parts, qtys, strict=True)
        if order_id != line.id
    ]
    kept = ZERO if keeps is None else qtys[keeps]
    verdicts = check.decide(terms, room.released(room.known, line, kept), at)
    refusals = tuple(refusal for verdict in verdicts for refusal in check.refusals(verdict))
    ways = [verdict.way for verdict in verdicts if not verdict.accepted]
    what = "a split takes no override: make the parts smaller, or enter that part as an order and ask for one of it"
    refusals = no_way_round(refusals, ways, what)
    return refusals or _Planned(line, qtys, fresh, theirs, keeps, terms, verdicts)


def _quantities(line: Line, wish: Split, lot: Decimal, smallest: Decimal) -> list[Decimal] | Refusal:
    """What each part is for: exactly what is left, in units that trade."""
    left = line.state.leaves_qty
    percents = [part.percent for part in wish.parts if part.percent is not None]
    qtys = [part.order_qty for part in wish.parts if part.order_qty is not None]
    if percents:
        total = sum(percents, ZERO)
        if min(percents) <= 0 or total != HUNDRED:
            return Refusal("BAD_SPLIT", "parts", f"percents are above 0 and come to 100, not to {total.normalize():f}")
        qtys = by_percent(left, percents, lot)
    total = sum(qtys, ZERO)
    if total != left:
        text = f"the parts come to {total.normalize():f}; {left.normalize():f} is left to split"
        return Refusal("BAD_SPLIT", "parts", text)
    if min(qtys) <= 0:
        return Refusal("BAD_SPLIT", "parts", f"{left.normalize():f} is too little for {len(qtys)} parts")
    if smallest and any(qty % smallest for qty in qtys):
        return Refusal("BAD_SPLIT", "parts", f"each part must be a multiple of {smallest.normalize():f}")
    return qtys


def _terms(part: Terms, line: Line, qty: Decimal, wish: Split) -> Terms:
    return replace(
        part, desk_id=line.desk_id, side=line.side, ord_type=line.ord_type, order_qty=qty, price=line.state.price,
        stop_px=line.state.stop_px, exec_inst=line.exec_inst, acknowledge_soft=wish.acknowledge_soft,
        acknowledge_reason=wish.acknowledge_reason,
    )  # fmt: skip


def _write(book: Book, plan: _Planned, actor: Actor) -> None:
    """The new orders begin as the order stands; it is restated to what it keeps, or ends."""
    line, waits = plan.line, plan.line.state.phase == Phase.PENDING_NEW
    for order_id, account_id, qty in zip(plan.ids, plan.accounts, plan.qtys, strict=True):
        if order_id == line.id:
            continue
        fixed: dict[str, Any] = {name: getattr(line, name) for name in FIXED} | {
            "id": order_id, "account_id": account_id, "entered_by_id": actor.user_id, "cash_order_qty": None,
            "sender_comp_id": actor.sender_comp_id, "max_floor": line.max_floor and min(line.max_floor, qty),
        }  # fmt: skip
        state = State(line.state.time_in_force, qty, line.state.price, line.state.stop_px)
        part = book.open(
            fixed, state, f"oms-{order_id}", to_route=line.to_route, hold=line.hold, assigned_to_id=line.assigned_to_id
        )
        book.ask(part, "new", part.cl_ord_id, qty=qty, price=state.price, stop_px=state.stop_px)
        text = f"part of order {line.id}, which was split"
        begin(book, part, "pending_new" if waits else "new", actor=actor.username, text=text)
    others = ", ".join(str(order_id) for order_id in plan.ids if order_id != line.id)
    if plan.keeps is None:
        line.hold, line.to_route = "", False
        book.note(line, Report(ExecType.CANCELED), actor=actor.username, text=f"split into orders {others}"[:500])
    else:
        qty = line.state.cum_qty + plan.kept
        report = Report(ExecType.REPLACED, order_qty=qty, reason=ExecRestatementReason.OTHER)
        book.note(line, report, actor=actor.username, text=f"split: the other parts are orders {others}"[:500])


def _save(book: Book, planned: Sequence[_Planned], room: PassedOn) -> None:
    """What is given back first, then decisions and what the parts take, then the orders."""
    usages = room.base.usages
    moved: set[object] = {(plan.line.account_id, plan.line.instrument_id) for plan in planned}
    moved |= {pk for plan in planned for pk, _ in room.keeps(plan.line, plan.kept).limits}
    usage.write({key: usages[key] for key in moved if key in usages})
    kept = [
        usage.Holds(
            plan.line.id, usages[plan.line.account_id, plan.line.instrument_id].id, plan.line.side,
            room.keeps(plan.line, plan.kept),
        )
        for plan in planned
    ]  # fmt: skip
    usage.reserve([], kept)
    terms = [one for plan in planned for one in plan.terms]
    check.save(terms, [verdict for plan in planned for verdict in plan.verdicts], book.at, room.base)
    book.save()
    _join({order_id: plan.line.id for plan in planned for order_id in plan.ids if order_id != plan.line.id})


def _join(whole_of: Mapping[int, int]) -> None:
    """The parts of a basket's order are the basket's. Three statements at most."""
    rows = ListOrder.objects.filter(order_id__in=set(whole_of.values()), list__kind=ContingencyType.BASKET)
    baskets = {order_id: (list_id, wave) for order_id, list_id, wave in rows.values_list("order_id", "list_id", "wave")}
    if not baskets:
        return
    every = ListOrder.objects.filter(list_id__in={list_id for list_id, _ in baskets.values()})
    last = dict(every.values_list("list_id").annotate(Max("seq_no")))
    joined = []
    for order_id, whole in whole_of.items():
        if whole in baskets:
            list_id, wave = baskets[whole]
            last[list_id] += 1
            joined.append((list_id, order_id, last[list_id], "", None, wave))
    sets.insert(ListOrder, MEMBERS, joined)
