"""Blocks: orders of several accounts worked as one, and given back.

The block is what is routed or worked by hand; its members keep their own room of their limits and get their shares of
each fill. Merging and undoing change nothing that was reserved.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import members, roots, supplied
from oms.desk.amend import bare
from oms.desk.asked import Actor, Answer, refused, unreasoned
from oms.desk.batch import in_bites
from oms.desk.lists import MEMBERS
from oms.desk.members import Members
from oms.desk.overridden import no_way_round
from oms.desk.staging import WORKS, Wish
from orders.book import FIXED, Book, Line, begin
from orders.lifecycle import Report, State
from orders.lists import BLOCK, CONTINGENT, UNROUTED
from orders.models import Account, Desk, ListOrder, Order, OrderList
from orders.reference import business_date
from orders.vocabulary import Composition, ContingencyType, ExecType, HandlInst, Hold
from risk import check
from risk.terms import Terms
from routing import market

ZERO = Decimal(0)
# What orders must have in common to be one order at a venue.
SAME = (
    "desk_id", "instrument_id", "side", "ord_type", "exec_inst", "max_floor", "peg_price_type", "peg_offset_value",
    "peg_offset_type", "expire_time", "settl_date",
)  # fmt: skip
SAME_TERMS = ("price", "stop_px", "time_in_force")
HELD = (Hold.STAGED, Hold.MANUAL, Hold.WAVE)


class Merge(NamedTuple):
    """Orders to be worked as one: by hand (``care``), or routed."""

    order_ids: tuple[int, ...]
    care: bool = True
    acknowledge_soft: bool = False
    acknowledge_reason: str = ""


class _Made(NamedTuple):
    """A block that passed: the decision on it, its line, and what each of its members was held for."""

    terms: Terms
    verdict: check.Verdict
    line: Line
    was: dict[int, str]


def merge(wishes: Sequence[Merge], actor: Actor) -> list[Answer]:
    """Make a block of each wish's orders; one answer each, naming the block.

    The orders must be alike, of one desk, and untouched: not filled, nothing of them at a venue. What the whole comes
    to (quantity, value, price, lot) is checked again; what its accounts hold was checked with each member.
    """
    if not actor.may(WORKS):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not work orders")
        return [refused(no) for _ in wishes]
    return in_bites(lambda bite: _merge(bite, actor, now()), wishes)


def _merge(wishes: Sequence[Merge], actor: Actor, at: datetime) -> list[Answer]:
    named = {order_id for wish in wishes for order_id in wish.order_ids}
    found = roots.find(named, actor)
    accounts = _accounts(found)
    ids = sets.ids(Order, len(wishes))
    firsts = [(block_id, found.get(order_id)) for block_id, wish in zip(ids, wishes, strict=True)
              for order_id in wish.order_ids[:1]]  # fmt: skip
    # What is known of its instrument is asked for under the block's own id.
    asked = [replace(bare(root), order_id=block_id, is_block=True) for block_id, root in firsts if root]
    book = Book(at, business_date())
    quotes = market.references(root.instrument_id for root in found.values())
    everything = [*(bare(root) for root in found.values()), *asked]
    known = supplied.known(everything, at, quotes, book.trade_date, standing=found)
    book.load(found, families=True)
    families, stopped = roots.children_of(book), members.stopped(book.lines[pk] for pk in found)
    linked = set(
        ListOrder.objects.filter(order_id__in=named, list__active=True, list__kind__in=CONTINGENT).values_list(
            "order_id", flat=True
        )
    )
    answers: list[Answer] = []
    made: list[_Made] = []
    for block_id, wish in zip(ids, wishes, strict=True):
        refusal = _objection(wish, book, found, families, linked, stopped)
        if refusal:
            answers.append(refused(refusal))
            continue
        first = found[wish.order_ids[0]]
        lines = [book.lines[order_id] for order_id in wish.order_ids]
        terms = _terms(first, lines, block_id, accounts[lines[0].desk_id], actor, wish)
        (verdict,) = check.decide([terms], known, at)
        if not verdict.accepted:
            what = "a block that is made takes no override: merge fewer orders into each"
            answers.append(refused(*no_way_round(check.refusals(verdict), [verdict.way], what)))
            continue
        made.append(_begun(book, terms, verdict, lines, wish, actor))
        answers.append(roots.yes(made[-1].line))
    check.save([one.terms for one in made], [one.verdict for one in made], at, known)
    book.save()
    _store(made, actor, at)
    bell.ring_on_commit("live", "route")
    return answers


def _accounts(found: Mapping[int, roots.Root]) -> dict[int, int]:
    """The account of each desk's blocks, in which nothing is ever held: made with the first block. Three statements."""
    theirs = Desk.objects.filter(accounts__in={root.account_id for root in found.values()}).distinct()
    desks = dict(theirs.values_list("pk", "code"))
    rows = [
        Account(code=f"BLOCK-{pk}", name=f"Blocks of desk {code}", desk_id=pk, active=False)
        for pk, code in sorted(desks.items())
    ]
    Account.objects.bulk_create(rows, ignore_conflicts=True)
    kept = Account.objects.filter(code__in=[row.code for row in rows], desk_id__in=list(desks))
    return dict(kept.values_list("desk_id", "pk"))


def _objection(
    wish: Merge,
    book: Book,
    found: Mapping[int, roots.Root],
    families: Mapping[int, list[Line]],
    linked: set[int],
    stopped: Mapping[int, str],
) -> Refusal | None:
    if fault := unreasoned(wish):
        return fault
    ids = wish.order_ids
    if len(ids) < 2 or len(set(ids)) != len(ids):
        return Refusal("BAD_BLOCK", "order_ids", "give two or more different orders")
    for order_id in ids:
        if order_id not in found:
            return Refusal("UNKNOWN_ORDER", "order_ids", f"no order {order_id} on your desks")
        line, why = book.lines[order_id], untouched(book.lines[order_id], families.get(order_id, ()))
        why = why or ("it is linked to others: unlink it" if order_id in linked else None)
        if why:
            return Refusal("BAD_BLOCK", "order_ids", f"order {order_id}: {why}")
        if order_id in stopped:
            return Refusal("KILL_SWITCH", "order_ids", f"order {order_id}: {stopped[order_id]}")
        if other := _differs(book.lines[ids[0]], line):
            return Refusal("BAD_BLOCK", "order_ids", f"order {order_id} differs from order {ids[0]} in {other}")
    return None


def untouched(line: Line, children: Iterable[Line], *, filled: bool = False) -> str | None:
    """Why an order is not free to become something else, in words; None if it is. It may be ``filled`` in part."""
    state = line.state
    if line.composition:
        return f"it is a {line.composition} itself"
    if line.hold == Hold.BLOCK:
        return "it is in a block already"
    if not state.is_open:
        return f"it is {state.ord_status}"
    if state.cancels_pending or state.replaces_pending:
        return "a request is in flight"
    if any(child.state.is_open for child in children):
        return "a part of it is at a venue"
    if line.hold not in HELD and not line.to_route:
        return f"it is held: {line.hold}" if line.hold else "it is at a venue"
    return f"{state.cum_qty.normalize():f} of it is filled" if state.cum_qty and not filled else None


def _differs(first: Line, line: Line) -> str:
    names = [name for name in SAME if getattr(first, name) != getattr(line, name)]
    names += [name for name in SAME_TERMS if getattr(first.state, name) != getattr(line.state, name)]
    return ", ".join(name.removesuffix("_id") for name in names)


def _terms(root: roots.Root, lines: Sequence[Line], block_id: int, account_id: int, actor: Actor, wish: Merge) -> Terms:
    first = lines[0]
    return replace(
        bare(root), order_id=block_id, account_id=account_id, desk_id=first.desk_id, entered_by_id=actor.user_id,
        side=first.side, ord_type=first.ord_type, price=first.state.price, stop_px=first.state.stop_px,
        order_qty=sum((line.state.order_qty for line in lines), ZERO), acknowledge_soft=wish.acknowledge_soft,
        is_block=True, acknowledge_reason=wish.acknowledge_reason,
    )  # fmt: skip


def _begun(book: Book, terms: Terms, verdict: check.Verdict, lines: Sequence[Line], wish: Merge, actor: Actor) -> _Made:
    """The block begins, and its members wait for it."""
    first = lines[0]
    fixed: dict[str, Any] = {name: getattr(first, name) for name in FIXED} | {
        "id": terms.order_id, "account_id": terms.account_id, "entered_by_id": actor.user_id,
        "sender_comp_id": actor.sender_comp_id, "cash_order_qty": None, "composition": Composition.BLOCK.value,
        "handl_inst": (HandlInst.MANUAL if wish.care else HandlInst.AUTOMATED).value,
    }  # fmt: skip
    state = State(first.state.time_in_force, terms.order_qty, terms.price, terms.stop_px)
    block = book.open(
        fixed, state, f"oms-{terms.order_id}", to_route=not wish.care, hold=Hold.MANUAL.value if wish.care else "",
        assigned_to_id=actor.user_id,
    )  # fmt: skip
    book.ask(block, "new", block.cl_ord_id, qty=terms.order_qty, price=terms.price, stop_px=terms.stop_px)
    text = f"block of orders {', '.join(str(line.id) for line in lines)}"[:500]
    begin(book, block, "new" if wish.care else "pending_new", actor=actor.username, text=text)
    was = {line.id: line.hold or UNROUTED for line in lines}
    for line in lines:
        line.hold, line.to_route = Hold.BLOCK.value, False
        book.note(line, Report(ExecType.ORDER_STATUS), actor=actor.username, text=f"merged into block {block.id}")
    return _Made(terms, verdict, block, was)


def _store(made: Sequence[_Made], actor: Actor, at: datetime) -> None:
    """The blocks as lists: the block itself first, then its members with what they were held for. Two INSERTs."""
    rows = [
        OrderList(
            list_id=f"oms-block-{one.line.id}", sender_comp_id=actor.sender_comp_id, kind=ContingencyType.BLOCK,
            desk_id=one.line.desk_id, entered_by_id=actor.user_id, created_at=at,
        )
        for one in made
    ]  # fmt: skip
    OrderList.objects.bulk_create(rows)
    sets.insert(
        ListOrder,
        MEMBERS,
        [
            (kept.pk, order_id, seq, role, None, 0)
            for kept, one in zip(rows, made, strict=True)
            for seq, (order_id, role) in enumerate([(one.line.id, BLOCK), *one.was.items()])
        ],
    )


def undo(wishes: Sequence[Wish], actor: Actor) -> list[Answer]:
    """Take blocks apart while nothing of them is filled or at a venue; its members are as before. An answer each."""
    if not actor.may(WORKS):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not work orders")
        return [refused(no) for _ in wishes]
    return in_bites(lambda bite: _undo(bite, actor), wishes)


def _undo(wishes: Sequence[Wish], actor: Actor) -> list[Answer]:
    found = roots.find((wish.order_id for wish in wishes), actor)
    of = Members(root.id for root in found.values() if members.is_block(root))
    book = Book(now(), business_date())
    book.load({*found, *of.order_ids}, families=True)
    families = roots.children_of(book)
    answers, over = [], []
    for wish in wishes:
        answer = roots.objections(wish, book, found)
        if answer is None:
            line = book.lines[wish.order_id]
            refusal = _cannot_undo(line, families.get(line.id, ()))
            if refusal is None:
                _apart(book, line, of, actor)
                over.append(line.id)
            answer = roots.no(line, refusal) if refusal else roots.yes(line)
        answers.append(answer)
    book.save()
    OrderList.objects.filter(pk__in=[pk for pk, block_id in of.lists.items() if block_id in over]).update(active=False)
    bell.ring_on_commit("live", "route")
    return answers


def _cannot_undo(line: Line, children: Iterable[Line]) -> Refusal | None:
    if not members.is_block(line):
        return Refusal("BAD_BLOCK", "", f"order {line.id} is no block")
    if line.state.cum_qty:
        return Refusal("BLOCK_WORKS", "", f"{line.state.cum_qty.normalize():f} of block {line.id} is filled")
    if any(child.state.is_open for child in children) or line.state.cancels_pending or line.state.replaces_pending:
        return Refusal("BLOCK_WORKS", "", f"a part of block {line.id} is at a venue")
    return None


def _apart(book: Book, block: Line, of: Members, actor: Actor) -> None:
    for member in of.of[block.id]:
        line = book.lines[member.order_id]
        line.hold, line.to_route = ("", True) if member.was == UNROUTED else (member.was, False)
        text = f"back from block {block.id}, which was undone"
        book.note(line, Report(ExecType.ORDER_STATUS), actor=actor.username, text=text)
    block.hold, block.to_route = "", False
    book.note(block, Report(ExecType.CANCELED), actor=actor.username, text="undone: its orders are as they were")
