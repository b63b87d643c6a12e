"""The members of blocks: who they are, and what a fill, bust or correction of the block is for each of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base.refusal import Refusal
from oms.desk.roots import Root
from oms.desk.undoing import UNDOES, Undoing
from orders.blocks import ZERO, Part, shares
from orders.book import Book, Line
from orders.executions import Execution
from orders.lifecycle import CLOSED, Report, step
from orders.lists import BLOCK, OUT
from orders.models import ListOrder, Order
from orders.moves import Key
from orders.vocabulary import Composition, ContingencyType, ExecType, Hold, Phase
from risk import kill


class Member(NamedTuple):
    """An order of a block: its account, and why it was held before."""

    order_id: int
    key: Key
    was: str
    price: Decimal | None


class Members:
    """The members of some blocks, in the order in which they were merged. Two SELECTs, none where there is no block."""

    def __init__(self, block_ids: Iterable[int]) -> None:
        self.of: dict[int, list[Member]] = defaultdict(list)
        self.lots: dict[int, Decimal] = {}
        self.lists: dict[int, int] = {}
        wanted = set(block_ids)
        if not wanted:
            return
        blocks = ListOrder.objects.filter(order_id__in=wanted, role=BLOCK)
        for list_id, block_id, lot in blocks.values_list("list_id", "order_id", "order__instrument__round_lot"):
            self.lists[list_id], self.lots[block_id] = block_id, lot
        rows = ListOrder.objects.filter(list_id__in=list(self.lists)).exclude(role__in=(BLOCK, OUT))
        columns = ("list_id", "order_id", "order__account_id", "order__instrument_id", "role", "order__price")
        for list_id, order_id, account, instrument, was, price in rows.order_by("list_id", "seq_no").values_list(
            *columns
        ):
            self.of[self.lists[list_id]].append(Member(order_id, (account, instrument), was, price))

    @property
    def order_ids(self) -> set[int]:
        """The members of all of them."""
        return {member.order_id for members in self.of.values() for member in members}

    @property
    def keys(self) -> set[Key]:
        """Where their fills are booked."""
        return {member.key for members in self.of.values() for member in members}

    def lines(self, book: Book, block: Line) -> list[Line]:
        """The members of a block as the batch has them."""
        return [book.lines[member.order_id] for member in self.of.get(block.id, ())]


def blocks_of(order_ids: Iterable[int]) -> dict[int, int]:
    """The block of each order that is a member of one that has not ended. Two SELECTs."""
    rows = ListOrder.objects.filter(
        order_id__in=set(order_ids), list__kind=ContingencyType.BLOCK, list__active=True
    ).exclude(role__in=(BLOCK, OUT))
    lists = dict(rows.values_list("order_id", "list_id"))
    heads = dict(
        ListOrder.objects.filter(list_id__in=set(lists.values()), role=BLOCK).values_list("list_id", "order_id")
    )
    return {order_id: heads[list_id] for order_id, list_id in lists.items()}


def is_block(line: Line | Root) -> bool:
    """Whether the order is other orders, merged."""
    return line.composition == Composition.BLOCK


def stopped(lines: Iterable[Line]) -> dict[int, str]:
    """Which of the orders a kill switch stops: a block also where it stops a member, whoever's account that is."""
    lines = list(lines)
    found = kill.blocked(lines)
    members = Members(line.id for line in lines if is_block(line))
    if not members.of:
        return found
    theirs = kill.blocked(Order.objects.filter(pk__in=members.order_ids))
    for block_id, of in members.of.items():
        for member in of:
            if member.order_id in theirs:
                found.setdefault(block_id, f"order {member.order_id} of the block: {theirs[member.order_id]}")
    return found


def shared(
    lines: Sequence[Line], report: Report, lot: Decimal, undoing: Undoing | None, ref_id: str
) -> list[tuple[Line, Report]] | Refusal:
    """What the block's ``report`` is for each member that it concerns; or why it does not fit them.

    A fill is shared out; a bust takes back what each got of that very fill; so does a correction, which shares out anew
    only if it changes the quantity.
    """
    had = _had(lines, undoing, ref_id) if report.exec_type in UNDOES else {}
    if report.exec_type == ExecType.TRADE_CANCEL:
        got = [ZERO] * len(lines)
    elif report.last_qty == report.ref_qty and had:
        got = [had[line.id].qty if line.id in had else ZERO for line in lines]
    else:
        parts = [_part(line, had.get(line.id)) for line in lines]
        found = shares(parts, report.last_qty, lot)
        if found is None:
            room = sum((one.room for one in parts), ZERO)
            return Refusal("OVERFILL", "last_qty", f"the members of the block have room for {room.normalize():f}")
        got = found
    each = [(line, _of_one(report, had.get(line.id), qty)) for line, qty in zip(lines, got, strict=True)]
    concerned = [(line, one) for line, one in each if one is not None]
    for line, one in concerned:
        after = step(line.state, one)
        if isinstance(after, Refusal):
            return after
    return concerned


def _had(lines: Sequence[Line], undoing: Undoing | None, ref_id: str) -> dict[int, Execution]:
    assert undoing is not None
    found = {line.id: undoing.of[line.id].find(ref_id) for line in lines}
    return {order_id: live for order_id, live in found.items() if live is not None}


def _part(line: Line, had: Execution | None) -> Part:
    back = had.qty if had else ZERO
    # An order that was refused takes nothing; one that ended otherwise may still be filled late.
    room = ZERO if line.state.phase == Phase.REJECTED else line.state.order_qty - line.state.cum_qty + back
    return Part(line.state.order_qty, line.state.cum_qty - back, room)


def _of_one(report: Report, had: Execution | None, qty: Decimal) -> Report | None:
    """The part of a fill, bust or correction that concerns a member which had ``had`` and now has ``qty`` of it."""
    if had is None:
        plain = report._replace(exec_type=ExecType.TRADE, last_qty=qty, ref_qty=ZERO, ref_px=None, prior=False)
        return plain if qty else None
    if not qty:
        return report._replace(exec_type=ExecType.TRADE_CANCEL, last_qty=had.qty, last_px=had.px, ref_qty=had.qty)
    return report._replace(last_qty=qty, ref_qty=had.qty, ref_px=had.px)


def follow(
    book: Book, block: Line, given: Sequence[tuple[Line, Report]], *, actor: str, ref_id: str, **details: Any
) -> None:
    """Write each member's share down. What a bust reopens waits for the block, or for a person if that ended."""
    for line, report in given:
        acknowledged(book, [line], block, actor)
        done = not line.state.is_open
        refusal = book.note(
            line, report, actor=actor, exec_ref_id=ref_id if report.exec_type in UNDOES else "",
            text=f"its share of block {block.id}", **details,
        )  # fmt: skip
        assert refusal is None, refusal
        if line.hold == Hold.BLOCK and not line.state.is_open:
            line.hold = ""
        elif done and line.state.is_open and not line.hold:
            line.hold = str(Hold.MANUAL if block.state.phase in CLOSED else Hold.BLOCK)


def acknowledged(book: Book, members: Iterable[Line], block: Line, actor: str) -> None:
    """A member is acknowledged with its block, or by its first fill."""
    for line in members:
        if line.state.phase == Phase.PENDING_NEW:
            book.note(line, Report(ExecType.NEW), actor=actor, text=f"works in block {block.id}")
