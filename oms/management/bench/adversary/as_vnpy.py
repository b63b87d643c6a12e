"""The stream through vnpy's OmsEngine. A script of its own environment: stream on stdin, states on stdout, as JSON.

What a gateway of vnpy does on a report is done here: an OrderData with the status, volume and traded quantity that the
venue states, and for a fill a TradeData. The engine keeps the latest OrderData of each order and each TradeData by its
ID. A request to cancel changes nothing until the venue answers; a refusal of it is a line in the log.
"""

# mypy: disable-error-code="import-not-found"
import json
import sys
from queue import Empty

from vnpy.event import EventEngine
from vnpy.trader.constant import Direction, Exchange, OrderType, Status
from vnpy.trader.engine import OmsEngine
from vnpy.trader.event import EVENT_ORDER, EVENT_TRADE
from vnpy.trader.object import OrderData, TradeData

GATEWAY = "FIX"
STATUS = {
    "pending_new": Status.SUBMITTING, "new": Status.NOTTRADED, "partially_filled": Status.PARTTRADED,
    "filled": Status.ALLTRADED, "canceled": Status.CANCELLED, "expired": Status.CANCELLED,
    "rejected": Status.REJECTED,
}  # fmt: skip
NAMES = {
    Status.SUBMITTING: "pending_new", Status.NOTTRADED: "new", Status.PARTTRADED: "partially_filled",
    Status.ALLTRADED: "filled", Status.CANCELLED: "canceled", Status.REJECTED: "rejected",
}  # fmt: skip


class Gateway:
    """The part of a gateway that turns reports into events of the engine, handled one after the other."""

    def __init__(self) -> None:
        self.events = EventEngine()  # not started: its queue is emptied in this thread
        self.engine = OmsEngine(None, self.events)

    def put(self, kind: str, data: OrderData | TradeData) -> None:
        """What ``BaseGateway.on_order`` and ``on_trade`` do."""
        from vnpy.event import Event

        self.events.put(Event(kind, data))
        try:
            while True:
                self.events._process(self.events._queue.get(block=False))
        except Empty:
            return

    def tell(self, said: dict[str, str]) -> None:
        """One message of the stream."""
        kind = said["msg_type"]
        if kind not in "D8":
            return
        common = {
            "symbol": said["symbol"], "exchange": Exchange.NYSE, "orderid": said["cl_ord_id"].split("-")[0],
            "direction": Direction.LONG if said["side"] == "buy" else Direction.SHORT, "gateway_name": GATEWAY,
        }  # fmt: skip
        status = Status.SUBMITTING if kind == "D" else STATUS[said["ord_status"]]
        traded = 0.0 if kind == "D" else float(said["cum_qty"])
        order = OrderData(
            **common, type=OrderType.LIMIT, price=float(said["price"]), volume=float(said["order_qty"]), traded=traded,
            status=status,
        )  # fmt: skip
        self.put(EVENT_ORDER, order)
        if said["exec_type"] == "trade":
            trade = TradeData(
                **common, tradeid=said["exec_id"], price=float(said["last_px"]), volume=float(said["last_qty"])
            )
            self.put(EVENT_TRADE, trade)


def main() -> None:
    """Read, tell, and say what the engine holds: status, volume, traded, and the trades' average price."""
    gateway = Gateway()
    for line in sys.stdin:
        gateway.tell(json.loads(line))
    sums: dict[str, tuple[float, float]] = {}
    for trade in gateway.engine.get_all_trades():
        qty, amount = sums.get(trade.orderid, (0.0, 0.0))
        sums[trade.orderid] = qty + trade.volume, amount + trade.volume * trade.price
    states = {}
    for order in gateway.engine.get_all_orders():
        qty, amount = sums.get(order.orderid, (0.0, 0.0))
        avg_px = amount / qty if qty else None
        states[f"{order.orderid}-1"] = (NAMES[order.status], order.volume, order.traded, avg_px)
    json.dump({"orders": states, "positions": None}, sys.stdout)


if __name__ == "__main__":
    main()
