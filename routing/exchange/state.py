"""What the venues know and what they are about to say. No sockets, files or clock: time comes in as text.

``State`` only keeps and reports. What happens to orders stands in the modules beside it, which take it as their first
argument: ``floor`` (books), ``requests`` (messages), ``days`` (sessions), ``actions`` (commands).
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from routing.exchange import reports
from routing.exchange.book import Fill
from routing.exchange.faults import USUAL, Habits
from routing.exchange.flow import Market
from routing.exchange.orders import ClientOrder, Fields

Outgoing = tuple[str, str, Fields]  # session, message type, fields
Key = tuple[str, str]  # symbol, MIC
Executed = tuple[str, str, str | None, int, int]  # OrderID, ExecID, ExecID it changes, quantity, price


@dataclass(slots=True)
class Waiting:
    """A request that has no answer yet: a new order, cancel or replace. ``due`` is when it is accepted, on the
    caller's clock; None is when a command says so. ``pended``: whether Pending Cancel or Replace was reported."""

    session: str
    name: str
    msg_type: str
    order_id: str
    request: Fields
    due: float | None
    pended: bool = False


@dataclass(slots=True)
class Watched:
    """The orders that follow the prices of one symbol on one venue: waiting stops, pegs, spreads with a leg here."""

    stops: list[ClientOrder] = field(default_factory=list)
    pegs: list[ClientOrder] = field(default_factory=list)
    spreads: list[ClientOrder] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.stops or self.pegs or self.spreads)


class State:
    """Every order, every ClOrdID, and what this batch has to say.

    ``market(symbol)`` gives the symbol's books (None if it is not traded); ``ids`` gives OrderIDs and ExecIDs that
    are unique for ever. A session is named by its venue's MIC. ``draw`` is chance, for misbehaviour; ``clock`` the
    caller's seconds, for requests that wait.
    """

    def __init__(
        self, market: Callable[[str], Market | None], ids: Iterator[str], draw: Callable[[], float] = lambda: 1.0
    ) -> None:
        self.market = market
        self.ids = ids
        self.draw = draw
        self.clock = 0.0
        self.habits: Callable[[str], Habits] = lambda session: USUAL
        self.rejected_symbols: frozenset[str] = frozenset()
        self.orders: dict[str, ClientOrder] = {}
        # A ClOrdID names its order, or the OrderCancelReject that burnt it.
        self.names: dict[tuple[str, str], ClientOrder | Fields] = {}
        self.arrivals = itertools.count(1)
        self.waiting: dict[tuple[str, str], Waiting] = {}
        self.watched: dict[Key, Watched] = {}
        self.moved: set[Key] = set()
        self.halted: set[Key] = set()
        self.closed: set[str] = set()
        self.dated: dict[str, ClientOrder] = {}
        # What is said in the present batch, and what of it the journal must keep.
        self.outgoing: list[Outgoing] = []
        self.touched: dict[str, ClientOrder] = {}
        self.burnt: list[tuple[str, str, Fields]] = []
        self.executed: list[Executed] = []
        self.prints: list[tuple[str, str, Fill]] = []
        self.changed = False

    def report(self, order: ClientOrder, exec_type: str, at: str, *, exec_id: str | None = None, **more: Any) -> str:
        """Say an ExecutionReport about ``order``; answer its ExecID."""
        exec_id = exec_id or next(self.ids)
        self.say(order, "8", reports.execution_report(order, exec_type, exec_id, at, **more))
        return exec_id

    def say(self, order: ClientOrder, msg_type: str, fields: Fields) -> None:
        """Put a message about ``order`` on its session, and the order into the journal."""
        self.touched[order.order_id] = order
        self.outgoing.append((order.mic, msg_type, fields))

    def refuse(
        self, session: str, request: Fields, order: ClientOrder | None, replacing: bool, reason: int, text: str, at: str
    ) -> None:
        """Say an OrderCancelReject; the request's own ClOrdID is burnt by it, the one it named is not (B.1.f)."""
        fields = reports.cancel_reject(request, order, replacing, reason, text, at)
        self.names[session, request["cl_ord_id"]] = fields
        self.burnt.append((session, request["cl_ord_id"], fields))
        self.outgoing.append((session, "9", fields))

    def named(self, session: str, name: str) -> ClientOrder | None:
        """The order of a session by any of its ClOrdIDs or by its OrderID."""
        known = self.names.get((session, name))
        if isinstance(known, ClientOrder):
            return known
        order = self.orders.get(name)
        return order if order is not None and order.mic == session else None

    def rename(self, order: ClientOrder, name: str) -> None:
        """A request was accepted: its ClOrdID is the order's name from now on."""
        order.cl_ord_id = name
        order.names.append(name)
        self.names[order.mic, name] = order

    def watch(self, key: Key) -> Watched:
        """Who follows the prices of ``key``."""
        return self.watched.setdefault(key, Watched())

    def is_shut(self, key: Key) -> bool:
        """Whether nothing trades there: the venue is closed or the symbol halted."""
        return key[1] in self.closed or key in self.halted

    def open_orders(self, mic: str, symbol: str | None = None) -> list[ClientOrder]:
        """The open orders of a venue, or of one symbol there, in the order of their arrival."""
        found = [
            order for order in self.orders.values()
            if order.mic == mic and order.is_open and symbol in (None, order.symbol)
        ]  # fmt: skip
        return sorted(found, key=lambda order: order.arrival)

    def forget_closed(self, keep: int) -> None:
        """Let go of the oldest closed orders and burnt names beyond ``keep`` each. Their ClOrdIDs become free."""
        closed = [order for order in self.orders.values() if not order.is_open]
        for order in closed[: max(0, len(closed) - keep)]:
            del self.orders[order.order_id]
            for name in order.names:
                self.names.pop((order.mic, name), None)
        burnt = [key for key, known in self.names.items() if isinstance(known, dict)]
        for key in burnt[: max(0, len(burnt) - keep)]:
            del self.names[key]

    def spoken(self) -> None:
        """The batch is written and sent: begin the next."""
        self.outgoing, self.touched, self.burnt, self.executed, self.prints = [], {}, [], [], []
        self.changed = False
