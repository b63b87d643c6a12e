"""The book of orders in one transaction: load and lock what a batch needs, note what happens, save it set-wise.

A ``Book`` is made for one batch. ``load`` locks orders in key order with one SELECT; ``open`` begins new ones; ``note``
runs the pure lifecycle and writes the event down in memory; ``save`` sends one statement a table. Whatever the number
of orders, the number of statements is the same.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from oms.base import bell, sets
from oms.base.locks import locked
from oms.base.prepared import Prepared
from oms.base.refusal import Refusal
from oms.base.sets import Mark
from orders.journal import COLUMNS as EVENT
from orders.journal import GENESIS, digest
from orders.legs import Follower, followed
from orders.lifecycle import Report, State, step
from orders.lists import touched
from orders.order import Order, OrderRequest
from orders.report import ExecutionReport
from orders.vocabulary import Composition, Phase

FIXED = (
    "id", "parent_id", "account_id", "instrument_id", "desk_id", "entered_by_id", "sender_comp_id", "venue", "side",
    "ord_type", "cash_order_qty", "max_floor", "exec_inst", "peg_price_type", "peg_offset_value", "peg_offset_type",
    "expire_time", "handl_inst", "composition", "strategy", "settl_date",
)  # fmt: skip
# What a plain order has of the above.
PLAIN: dict[str, Any] = {
    "parent_id": None, "venue": "", "cash_order_qty": None, "max_floor": None, "exec_inst": "", "peg_price_type": "",
    "peg_offset_value": None, "peg_offset_type": "", "expire_time": None, "handl_inst": "automated", "composition": "",
    "strategy": "", "settl_date": None,
}  # fmt: skip
FACTS = (
    "time_in_force", "order_qty", "price", "stop_px", "phase", "cancels_pending", "replaces_pending", "cum_qty",
    "gross_trade_amt", "prior_cum_qty",
)  # fmt: skip
REST = (
    "cl_ord_id", "to_route", "text", "reason_code", "version", "head_hash", "hold", "triggered", "emulated",
    "unresolved", "assigned_to_id",
)  # fmt: skip
# An order as a book takes it.
COLUMNS = (*FIXED, *FACTS, *REST)
REQUEST = (
    "order_id", "sender_comp_id", "cl_ord_id", "orig_cl_ord_id", "kind", "order_qty", "price", "stop_px", "state",
    "root_cl_ord_id", "created_at",
)  # fmt: skip
# What a leg's event takes over from that of its spread.
FOLLOWED = ("text", "reason_code", "transact_time")
# What may change after the first event; time_in_force never does.
CHANGING = (*FACTS[1:], *REST, "updated_at")


class Line:
    """One order while a batch works on it: what never changes, its facts, and how far its journal has come."""

    id: int
    parent_id: int | None
    account_id: int
    instrument_id: int
    desk_id: int
    entered_by_id: int
    sender_comp_id: str
    venue: str
    side: str
    ord_type: str
    cash_order_qty: Decimal | None
    max_floor: Decimal | None
    exec_inst: str
    peg_price_type: str
    peg_offset_value: Decimal | None
    peg_offset_type: str
    expire_time: datetime | None
    handl_inst: str
    composition: str
    strategy: str
    settl_date: date | None
    cl_ord_id: str
    to_route: bool
    text: str
    reason_code: str
    version: int
    head_hash: bytes
    hold: str
    triggered: bool
    emulated: str
    unresolved: bool
    assigned_to_id: int | None
    state: State
    __slots__ = (*FIXED, *REST, "changed", "is_new", "loaded_version", "state")

    def __init__(self, fixed: Iterable[Any], state: State, rest: Iterable[Any], *, is_new: bool = False) -> None:
        for name, value in zip(FIXED, fixed, strict=True):
            setattr(self, name, value)
        for name, value in zip(REST, rest, strict=True):
            setattr(self, name, value)
        self.state = state
        self.is_new = self.changed = is_new
        self.loaded_version = self.version

    @property
    def is_root(self) -> bool:
        """Whether its fills are booked: it is what a client asked for, and no sum or spread of such orders."""
        return self.parent_id is None and not self.composition

    @property
    def noted(self) -> bool:
        """Whether the batch has written an event of this order."""
        return self.version != self.loaded_version


class Book:
    """The lines of one batch and everything noted on them, under one clock reading, trade date and batch."""

    def __init__(self, at: datetime, trade_date: date) -> None:
        self.at, self.trade_date = at, trade_date
        self.lines: dict[int, Line] = {}
        self.events: list[tuple[Any, ...]] = []
        self.requests: list[tuple[Any, ...]] = []
        self.answers: dict[tuple[str, str], str] = {}
        # What is noted on the order of that id is noted on these, too: the legs of a spread (orders/legs.py).
        self.followers: dict[int, list[Follower[Line]]] = {}

    def load(self, order_ids: Iterable[int], *, families: bool = False) -> dict[int, Line]:
        """Lock the orders named, with ``families`` also every child of the roots among them. One SELECT."""
        return self.take((_LOCKED if families else _LOCKED_ALONE)(*_named(order_ids, families=families)))

    def look(self, order_ids: Iterable[int], *, families: bool = False) -> dict[int, Line]:
        """As ``load``, and nothing is locked: for a book that is never saved. One SELECT."""
        return self.take((_SEEN if families else _SEEN_ALONE)(*_named(order_ids, families=families)))

    def take(self, rows: Iterable[tuple[Any, ...]]) -> dict[int, Line]:
        """The lines of orders by their COLUMNS, in key order; locked ones, if the book is to be saved."""
        for row in rows:
            split, end = len(FIXED), len(FIXED) + len(FACTS)
            line = Line(row[:split], State(*row[split:end]), row[end:])
            line.head_hash = bytes(line.head_hash)
            self.lines[line.id] = line
        return self.lines

    def open(
        self,
        fixed: Mapping[str, Any],
        state: State,
        cl_ord_id: str,
        *,
        to_route: bool = False,
        hold: str = "",
        emulated: str = "",
        assigned_to_id: int | None = None,
    ) -> Line:
        """Begin a new order; ``fixed`` by FIXED, over PLAIN. Its first event must be noted before saving."""
        rest = (cl_ord_id, to_route, "", "", 0, GENESIS, hold, False, emulated, False, assigned_to_id)
        line = Line([fixed[name] if name in fixed else PLAIN[name] for name in FIXED], state, rest, is_new=True)
        self.lines[line.id] = line
        return line

    def note(self, line: Line, report: Report, *, actor: str, **details: Any) -> Refusal | None:
        """Apply ``report`` to ``line`` and write it down, or answer why not. ``details`` are further event columns.

        The legs of a spread follow it. A leg that has ended, or has all it can have, has nothing to follow with.
        """
        after = step(line.state, report)
        if isinstance(after, Refusal):
            return after
        self.write(line, report, after, actor=actor, **details)
        for leg in self.followers.get(line.id, ()):
            follow = followed(report, after, leg.ratio_qty)
            then = step(leg.line.state, follow) if follow else leg.line.state
            if follow and then != leg.line.state and not isinstance(then, Refusal):
                said = {name: details[name] for name in FOLLOWED if name in details}
                self.write(leg.line, follow, then, actor=actor, **said)
        return None

    def write(
        self,
        line: Line,
        report: Report,
        after: State,
        *,
        actor: str,
        cl_ord_id: str = "",
        orig_cl_ord_id: str = "",
        last_mkt: str = "",
        venue_exec_id: str = "",
        exec_ref_id: str = "",
        text: str = "",
        reason_code: str = "",
        transact_time: datetime | None = None,
        terms: dict[str, Any] | None = None,
    ) -> None:
        """Write the event that led ``line`` to ``after``, chained by hash to the one before."""
        line.version += 1
        values = (
            line.id, line.version, f"{line.id}-{line.version}", report.exec_type, after.ord_status, report.request,
            cl_ord_id or line.cl_ord_id, orig_cl_ord_id, after.order_qty, after.price, report.last_qty,
            report.last_px, last_mkt, after.cum_qty, after.leaves_qty, after.gross_trade_amt, venue_exec_id,
            exec_ref_id, text, reason_code, actor, line.is_root, line.account_id, line.instrument_id, line.side,
            self.trade_date, transact_time or self.at, self.at, terms, after.stop_px, report.reason,
            after.day_cum_qty if after.prior_cum_qty else None,
        )  # fmt: skip
        hashed = digest(line.head_hash, values)
        self.events.append((*values, line.head_hash, hashed))
        line.state, line.head_hash, line.changed = after, hashed, True
        if text or reason_code:
            line.text, line.reason_code = text, reason_code

    def ask(
        self,
        line: Line,
        kind: str,
        cl_ord_id: str,
        orig: str = "",
        qty: Any = None,
        price: Any = None,
        stop_px: Any = None,
        *,
        root: str = "",
    ) -> None:
        """Remember a request under the ClOrdID that names it; ``root`` is the request on the parent that it serves.

        A client's own new order counts as accepted; one that goes to a venue is pending until the venue answers.
        """
        state = "accepted" if kind == "new" and line.parent_id is None else "pending"
        self.requests.append(
            (line.id, line.sender_comp_id, cl_ord_id, orig, kind, qty, price, stop_px, state, root, self.at)
        )

    def settle_request(self, line: Line, cl_ord_id: str, state: str) -> None:
        """Note that the request ``cl_ord_id`` was accepted or rejected."""
        self.answers[line.sender_comp_id, cl_ord_id] = state

    def save(self) -> None:
        """Write it all: at most five statements, one a table and kind of change."""
        fresh = [line for line in self.lines.values() if line.is_new]
        sets.insert(Order, (*FIXED, *FACTS, *REST, "created_at", "updated_at"), [self._row(line) for line in fresh])
        changed = [line for line in self.lines.values() if line.changed and not line.is_new]
        rows = [(line.id, *line.state[1:], *(getattr(line, n) for n in REST), self.at) for line in changed]
        assert sets.update(Order, ["id"], CHANGING, rows) == len(rows)
        sets.insert(OrderRequest, REQUEST, self.requests)
        sets.update(
            OrderRequest,
            ["sender_comp_id", "cl_ord_id"],
            ["state"],
            [(*key, state) for key, state in sorted(self.answers.items())],
        )
        sets.insert(ExecutionReport, EVENT, self.events)
        touched([line.id for line in changed if line.parent_id is None and line.noted])
        if any(line.composition == Composition.BLOCK and not line.state.is_open for line in changed):
            bell.ring_on_commit("blocks")

    def _row(self, line: Line) -> tuple[Any, ...]:
        fixed = (getattr(line, name) for name in FIXED)
        return (*fixed, *line.state, *(getattr(line, n) for n in REST), self.at, self.at)


def _named(order_ids: Iterable[int], *, families: bool) -> list[list[int]]:
    """What the queries below are asked with."""
    return [sorted(set(order_ids))] * (2 if families else 1)


def _family(orders: Mark, parents: Mark) -> QuerySet[Order]:
    return Order.objects.filter(Q(pk__among=orders) | Q(parent_id__among=parents))


_LOCKED = Prepared(lambda orders, parents: locked(_family(orders, parents)).values_list(*COLUMNS))
_LOCKED_ALONE = Prepared(lambda orders: locked(Order.objects.filter(pk__among=orders)).values_list(*COLUMNS))
_SEEN = Prepared(lambda orders, parents: _family(orders, parents).order_by("pk").values_list(*COLUMNS))
_SEEN_ALONE = Prepared(lambda orders: Order.objects.filter(pk__among=orders).order_by("pk").values_list(*COLUMNS))


def terms_of(line: Line) -> dict[str, Any]:
    """What the first event of an order establishes, for the journal: all that is fixed and differs from PLAIN."""
    state = line.state
    fixed = {name: getattr(line, name) for name in FIXED if name not in PLAIN or getattr(line, name) != PLAIN[name]}
    return {
        **{name: told(value) for name, value in fixed.items()},
        "time_in_force": str(state.time_in_force),
        "order_qty": told(state.order_qty),
        "price": told(state.price),
        "cl_ord_id": line.cl_ord_id,
    }


def told(value: Any) -> Any:
    """A value as the journal's JSON has it: numbers with eight decimals, times in ISO 8601."""
    if isinstance(value, Decimal):
        return f"{value:.8f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def begin(book: Book, line: Line, exec_type: str, *, actor: str, **details: Any) -> None:
    """Note the first event of a new line: accepted (new), sent (pending_new) or refused (rejected)."""
    phase = {"new": Phase.NEW, "pending_new": Phase.PENDING_NEW, "rejected": Phase.REJECTED}[exec_type]
    book.write(
        line,
        Report(exec_type),
        line.state._replace(phase=phase),
        actor=actor,
        terms=terms_of(line),
        **details,
    )
