"""Order entry of the three venues: requests in, reports out. No sockets, files or clock: time comes in as text."""

from collections.abc import Iterable

from routing.exchange import days, floor, mass, requests, spreads, trades
from routing.exchange.book import Fill
from routing.exchange.orders import ClientOrder, Fields
from routing.exchange.state import Key, State, Waiting

REQUESTS = frozenset({"D", "F", "G", "H", "AB", "AC", "AF", "q", "Q"})


class Entry(State):
    """The state of the venues, and the ways in: a request, time, a trade of the participants, the journal."""

    def take(self, session: str, msg_type: str, request: Fields, at: str) -> None:
        """Act on one request."""
        match msg_type:
            case "D" | "AB":
                requests.new(self, session, msg_type, request, at)
            case "F":
                requests.cancel(self, session, msg_type, request, at)
            case "G" | "AC":
                requests.replace(self, session, msg_type, request, at)
            case "H":
                requests.status(self, session, request, at)
            case "AF":
                mass.status(self, session, request, at)
            case "q":
                mass.cancel(self, session, request, at)
            case "Q":
                pass  # DontKnowTrade: what becomes of the trade is settled by voice; the log has the message.
            case _:
                raise ValueError(f"message type {msg_type}")
        self.follow(at)

    def follow(self, at: str) -> None:
        """Let stops and pegs follow the prices that moved."""
        if self.moved:
            floor.settle(self, at)

    def pass_time(self, clock: float, at: str) -> None:
        """Accept the requests and end the orders whose time has come."""
        self.clock = clock
        requests.due(self, at)
        days.expire(self, at)
        self.follow(at)

    def traded(self, mic: str, symbol: str, fills: Iterable[Fill], at: str) -> None:
        """Participants moved or traded: report to the clients they met, and let stops and pegs follow."""
        trades.traded(self, mic, symbol, fills, at)
        self.follow(at)

    def restore(self, order: ClientOrder, at: str) -> None:
        """Take back an order from the journal, into its book if it is open."""
        self.orders[order.order_id] = order
        for name in order.names:
            self.names[order.mic, name] = order
        if order.expires:
            self.dated[order.order_id] = order
        if not order.is_open or order.status == "pending_new":
            return
        for symbol, _ in spreads.keys(order) or [(order.symbol, order.mic)]:
            market = self.market(symbol)
            if market is None or order.mic not in market.books:
                order.status = "canceled"
                self.report(order, "canceled", at, text=f"{symbol} is no longer traded on {order.mic}")
                return
        if order.status not in ("done_for_day", "suspended"):
            floor.place(self, order, at)

    def wait_again(self, waiting: Iterable[Waiting]) -> None:
        """Take back requests that had no answer yet; those that a time would answer are due. After ``restore``."""
        for one in waiting:
            self.waiting[one.session, one.name] = one
            self.names[one.session, one.name] = self.orders[one.order_id]
            one.due = None if one.due is None else 0.0

    def shut(self, keys: Iterable[Key]) -> None:
        """Take back what is halted; a key without a symbol is a closed venue. Before ``restore``."""
        for symbol, mic in keys:
            market = self.market(symbol) if symbol else None
            if market is not None:
                market.halted.add(mic)
            if symbol:
                self.halted.add((symbol, mic))
            else:
                self.closed.add(mic)
