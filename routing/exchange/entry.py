"""Order entry of the three venues: requests in, reports out. No sockets, files or clock: time comes in as text."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from routing.exchange import orders
from routing.exchange.book import Fill, Resting
from routing.exchange.flow import Market
from routing.exchange.orders import ClientOrder, Fields
from routing.exchange.universe import to_text, to_units

# OrdRejReason (103) and CxlRejReason (102).
UNKNOWN_SYMBOL, UNKNOWN_ORDER, DUPLICATE, UNSUPPORTED, BAD_QTY, OTHER = 1, 5, 6, 11, 13, 99
TOO_LATE, NO_SUCH_ORDER, NAME_USED, CANCEL_OTHER = 0, 1, 6, 99
ORD_TYPES = frozenset({"market", "limit"})
TIMES_IN_FORCE = frozenset({"day", "good_till_cancel", "immediate_or_cancel", "fill_or_kill"})
MAX_QTY = 10**10
Outgoing = tuple[str, str, Fields]  # session, message type, fields
Refused = tuple[int, str]  # reason, text


class Entry:
    """The state of order entry: every order, every ClOrdID, and what this batch has to say.

    ``market(symbol)`` gives the symbol's books (None if it is not traded); ``ids`` gives OrderIDs and ExecIDs that
    are unique for ever. A session is named by its venue's MIC.
    """

    def __init__(self, market: Callable[[str], Market | None], ids: Iterator[str]) -> None:
        self.market = market
        self.ids = ids
        self.orders: dict[str, ClientOrder] = {}
        # A ClOrdID names its order, or the OrderCancelReject that burnt it.
        self.names: dict[tuple[str, str], ClientOrder | Fields] = {}
        self.arrivals = itertools.count(1)
        self.rejected_symbols: frozenset[str] = frozenset()
        self.outgoing: list[Outgoing] = []
        self.touched: dict[str, ClientOrder] = {}
        self.burnt: list[tuple[str, str, Fields]] = []
        self.prints: list[tuple[str, str, Fill]] = []

    def take(self, session: str, msg_type: str, request: Fields, at: str) -> None:
        """Act on one request: D, F, G or H."""
        handler = {"D": self._new, "F": self._cancel, "G": self._replace, "H": self._status}[msg_type]
        handler(session, request, at)

    def traded(self, mic: str, symbol: str, fills: Iterable[Fill], at: str) -> None:
        """Report trades to the clients on either side of them."""
        for fill in fills:
            self.prints.append((mic, symbol, fill))
            for order in (fill.taker.owner, fill.maker.owner):
                if order is not None:
                    order.fill(fill.qty, fill.price)
                    self._report(
                        order, "trade", at, last_qty=str(fill.qty), last_px=to_text(fill.price), last_mkt=mic
                    )  # fmt: skip

    def restore(self, order: ClientOrder, at: str) -> None:
        """Take back an order from the journal, into its book if it is open."""
        self.orders[order.order_id] = order
        for name in order.names:
            self.names[order.mic, name] = order
        market = self.market(order.symbol)
        if order.is_open and market is not None and order.mic in market.books:
            self._enter(order, at)
        elif order.is_open:
            order.status = "canceled"
            self._report(order, "canceled", at, text=f"{order.symbol} is no longer traded on {order.mic}")

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

    # The four requests.

    def _new(self, session: str, request: Fields, at: str) -> None:
        known = self.names.get((session, request["cl_ord_id"]))
        if known is not None:
            return self._known(session, known, request, at)
        order = ClientOrder(
            next(self.ids), session, request["cl_ord_id"], request["symbol"], request["side"],
            request.get("ord_type", ""), request.get("time_in_force", "day"), 0, None, request.get("account"),
        )  # fmt: skip
        order.names.append(order.cl_ord_id)
        self.names[session, order.cl_ord_id] = self.orders[order.order_id] = order
        refused = self._terms(order, request)
        if refused:
            order.status = "rejected"
            fields = orders.refusal(request, next(self.ids), at, *refused, order_id=order.order_id)
            return self._say(order, "8", fields)
        self._report(order, "new", at)
        return self._enter(order, at)

    def _known(self, session: str, known: ClientOrder | Fields, request: Fields, at: str) -> None:
        """A ClOrdID again. With PossResend the sender only wants to be sure; without, it is a duplicate (F.1.b)."""
        if isinstance(known, dict):
            text = "ClOrdID was used by a refused request"
            fields = orders.refusal(request, next(self.ids), at, DUPLICATE, text)
            return self.outgoing.append((session, "8", fields))
        name = request["cl_ord_id"]
        if request.get("poss_resend"):
            return self._report(known, "order_status", at, cl_ord_id=name)
        text = f"ClOrdID {name} was used before"
        return self._report(known, "rejected", at, cl_ord_id=name, ord_rej_reason=DUPLICATE, text=text)

    def _terms(self, order: ClientOrder, request: Fields) -> Refused | None:
        """Take quantity and price from the request, or say why not."""
        market = self.market(order.symbol)
        if market is None or order.mic not in market.books:
            return UNKNOWN_SYMBOL, f"{order.symbol} is not traded on {order.mic}"
        if order.symbol in self.rejected_symbols:
            return OTHER, f"{order.symbol} is suspended"
        if order.ord_type not in ORD_TYPES or order.time_in_force not in TIMES_IN_FORCE:
            return UNSUPPORTED, f"{order.ord_type or 'this order type'} {order.time_in_force} is not supported"
        return self._amounts(order, market, request)

    def _amounts(self, order: ClientOrder, market: Market, request: Fields) -> Refused | None:
        qty = _whole(request.get("order_qty", ""))
        if not 0 < qty <= MAX_QTY:
            return BAD_QTY, f"OrderQty must be a whole number from 1 to {MAX_QTY}"
        price = None
        if order.ord_type == "limit":
            if "price" not in request:
                return OTHER, "a limit order needs a Price"
            try:
                price = to_units(request["price"])
            except ValueError:
                price = 0
            if price <= 0 or price % market.listed.tick:
                return OTHER, f"Price must be a positive multiple of {to_text(market.listed.tick)}"
        order.order_qty, order.price = qty, price
        return None

    def _cancel(self, session: str, request: Fields, at: str) -> None:
        order = self._named(session, request, at, replacing=False)
        if order is None:
            return
        if order.resting:
            self._book(order).cancel(order.resting)
        order.status = "canceled"
        self._rename(order, request)
        self._report(order, "canceled", at, orig_cl_ord_id=order.names[-2])

    def _replace(self, session: str, request: Fields, at: str) -> None:
        order = self._named(session, request, at, replacing=True)
        if order is None:
            return
        market = self.market(order.symbol)
        assert market is not None
        assert order.resting is not None
        old = order.order_qty, order.price
        refused = self._restated(order, request) or self._amounts(order, market, request)
        if refused:
            self._refuse(session, request, order, True, CANCEL_OTHER, refused[1], at)
            return
        self._rename(order, request)
        # A total at or below what has traded cannot be had: the order ends filled with what it has (C.3.b, C.3.c).
        order.order_qty = max(order.order_qty, order.cum)
        if order.order_qty == order.cum:
            order.status = "filled"
        if order.price != old[1] or order.order_qty > old[0]:
            order.arrival = next(self.arrivals)
        self._report(order, "replaced", at, orig_cl_ord_id=order.names[-2])
        assert order.price is not None
        fills = self._book(order).replace(order.resting, order.price, order.leaves)
        self.traded(order.mic, order.symbol, fills, at)

    def _status(self, session: str, request: Fields, at: str) -> None:
        known = self.names.get((session, request["cl_ord_id"]))
        echo = {"cl_ord_id": request["cl_ord_id"], "ord_status_req_id": request.get("ord_status_req_id")}
        if isinstance(known, ClientOrder):
            return self._report(known, "order_status", at, **echo)
        fields = orders.refusal(request, next(self.ids), at, UNKNOWN_ORDER, "unknown order")
        return self.outgoing.append((session, "8", fields | echo | {"exec_type": "order_status"}))

    # What they share.

    def _named(self, session: str, request: Fields, at: str, *, replacing: bool) -> ClientOrder | None:
        """The open order a cancel or replace is about; None if it was refused, and then the refusal is said."""
        used = self.names.get((session, request["cl_ord_id"]))
        if used is not None and request.get("poss_resend"):
            if isinstance(used, dict):
                self.outgoing.append((session, "9", used))
            else:
                self._report(used, "order_status", at, cl_ord_id=request["cl_ord_id"])
            return None
        order = self.names.get((session, request["orig_cl_ord_id"]))
        order = order if isinstance(order, ClientOrder) else None
        if used is not None:
            fields = orders.cancel_reject(request, order, replacing, NAME_USED, "ClOrdID was used before", at)
            self.outgoing.append((session, "9", fields))
        elif order is None:
            self._refuse(session, request, None, replacing, NO_SUCH_ORDER, "unknown order", at)
        elif not order.is_open:
            self._refuse(session, request, order, replacing, TOO_LATE, f"the order is {order.status}", at)
        else:
            return order
        return None

    def _restated(self, order: ClientOrder, request: Fields) -> Refused | None:
        """A replace restates the order; symbol, side and type may not change by it."""
        for name in ("symbol", "side", "ord_type"):
            if request.get(name) != getattr(order, name):
                return OTHER, f"{name} cannot be changed"
        return None

    def _refuse(
        self, session: str, request: Fields, order: ClientOrder | None, replacing: bool, reason: int, text: str, at: str
    ) -> None:
        fields = orders.cancel_reject(request, order, replacing, reason, text, at)
        self.names[session, request["cl_ord_id"]] = fields
        self.burnt.append((session, request["cl_ord_id"], fields))
        self.outgoing.append((session, "9", fields))

    def _enter(self, order: ClientOrder, at: str) -> None:
        """Put the order into its book; what may not rest is canceled, unsolicited."""
        order.arrival = order.arrival or next(self.arrivals)
        kills = order.ord_type == "market" or order.time_in_force in ("immediate_or_cancel", "fill_or_kill")
        order.resting = Resting(order.direction, order.price, order.leaves, order)
        fills = self._book(order).enter(
            order.resting, rests=not kills, all_or_none=order.time_in_force == "fill_or_kill"
        )  # fmt: skip
        self.traded(order.mic, order.symbol, fills, at)
        if kills and order.is_open:
            order.status = "canceled"
            self._report(order, "canceled", at, text="not filled at once")

    def _book(self, order: ClientOrder) -> Any:
        market = self.market(order.symbol)
        assert market is not None
        return market.books[order.mic]

    def _rename(self, order: ClientOrder, request: Fields) -> None:
        order.cl_ord_id = request["cl_ord_id"]
        order.names.append(order.cl_ord_id)
        self.names[order.mic, order.cl_ord_id] = order

    def _report(self, order: ClientOrder, exec_type: str, at: str, **more: Any) -> None:
        self._say(order, "8", orders.execution_report(order, exec_type, next(self.ids), at, **more))

    def _say(self, order: ClientOrder, msg_type: str, fields: Fields) -> None:
        self.touched[order.order_id] = order
        self.outgoing.append((order.mic, msg_type, fields))


def _whole(text: str) -> int:
    """A quantity without a fraction; -1 for one with."""
    whole, _, fraction = text.partition(".")
    return int(whole) if whole.isdigit() and not fraction.strip("0") else -1
