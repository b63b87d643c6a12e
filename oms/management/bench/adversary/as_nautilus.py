"""The stream through nautilus_trader's ExecutionEngine. A script of its own environment: stream in, states out, JSON.

Each report becomes the order event that an adapter of nautilus makes of it; the engine applies it to its order and its
netted position (one strategy an account). Our requests become the pending events that its strategies make.
"""

# mypy: disable-error-code="import-not-found"
import json
import sys
from typing import Any

from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import MessageBus, TestClock
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.engine import ExecutionEngine
from nautilus_trader.model import events
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.enums import LiquiditySide, OrderSide, OrderType, TimeInForce, order_status_to_str
from nautilus_trader.model.identifiers import (
    ClientOrderId,
    InstrumentId,
    StrategyId,
    Symbol,
    TradeId,
    TraderId,
    VenueOrderId,
)
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.model.orders import LimitOrder
from nautilus_trader.portfolio.portfolio import Portfolio
from nautilus_trader.test_kit.stubs.execution import TestExecStubs

TRADER = TraderId("BENCH-001")
NAMES = {
    "SUBMITTED": "pending_new", "ACCEPTED": "new", "PARTIALLY_FILLED": "partially_filled", "FILLED": "filled",
    "CANCELED": "canceled", "EXPIRED": "expired", "REJECTED": "rejected", "PENDING_UPDATE": "pending_replace",
    "PENDING_CANCEL": "pending_cancel",
}  # fmt: skip


class Desk:
    """The engine with its cache, bus and portfolio, and the orders by number."""

    def __init__(self) -> None:
        clock = TestClock()
        bus = MessageBus(TRADER, clock)
        self.cache = Cache()
        self.portfolio = Portfolio(bus, self.cache, clock)
        self.engine = ExecutionEngine(bus, self.cache, clock)
        self.account = TestExecStubs.margin_account()
        self.cache.add_account(self.account)
        self.engine.start()
        self.orders: dict[str, LimitOrder] = {}

    def instrument(self, symbol: str) -> Equity:
        """An instrument with four decimals in its price."""
        instrument_id = InstrumentId.from_str(f"{symbol}.SIM")
        if self.cache.instrument(instrument_id) is None:
            equity = Equity(instrument_id, Symbol(symbol), USD, 4, Price.from_str("0.0001"), Quantity.from_int(1), 0, 0)
            self.cache.add_instrument(equity)
        return self.cache.instrument(instrument_id)

    def enter(self, said: dict[str, str]) -> None:
        """A new order, submitted."""
        instrument, number = self.instrument(said["symbol"]), said["cl_ord_id"].split("-")[0]
        order = LimitOrder(
            TRADER, StrategyId(f"S-{said['account']}"), instrument.id, ClientOrderId(said["cl_ord_id"]),
            OrderSide.BUY if said["side"] == "buy" else OrderSide.SELL, Quantity.from_str(said["order_qty"]),
            Price(float(said["price"]), 4), UUID4(), 0, TimeInForce.DAY,
        )  # fmt: skip
        self.cache.add_order(order)
        self.orders[number] = order
        self.engine.process(self.event(events.OrderSubmitted, order, with_venue_id=False))

    def event(self, kind: type, order: LimitOrder, *, with_venue_id: bool = True, **more: Any) -> Any:
        """An event of ``kind`` about ``order``."""
        if with_venue_id:
            more["venue_order_id"] = VenueOrderId(f"V{order.client_order_id.value.split('-')[0]}")
        return kind(
            trader_id=TRADER, strategy_id=order.strategy_id, instrument_id=order.instrument_id,
            client_order_id=order.client_order_id, account_id=self.account.id, event_id=UUID4(), ts_event=0, ts_init=0,
            **more,
        )  # fmt: skip

    def tell(self, said: dict[str, str]) -> None:
        """One message of the stream."""
        if said["msg_type"] == "D":
            self.enter(said)
            return
        order = self.orders.get(said["cl_ord_id"].split("-")[0])
        if order is not None:
            self.engine.process(self._event_of(said, order))

    def _event_of(self, said: dict[str, str], order: LimitOrder) -> Any:
        plain = {
            "F": events.OrderPendingCancel, "G": events.OrderPendingUpdate, "new": events.OrderAccepted,
            "canceled": events.OrderCanceled, "expired": events.OrderExpired,
        }  # fmt: skip
        kind = said["msg_type"] if said["msg_type"] in "FG" else said["exec_type"]
        if kind in plain:
            return self.event(plain[kind], order)
        if kind == "rejected":
            return self.event(events.OrderRejected, order, with_venue_id=False, reason="rejected")
        if kind == "cancel_rejected":
            return self.event(events.OrderCancelRejected, order, reason="refused")
        if kind == "replace_rejected":
            return self.event(events.OrderModifyRejected, order, reason="refused")
        if kind in ("replaced", "restated"):
            terms = {"quantity": Quantity.from_str(said["order_qty"]), "price": Price(float(said["price"]), 4)}
            return self.event(events.OrderUpdated, order, trigger_price=None, **terms)
        return self.event(
            events.OrderFilled, order, trade_id=TradeId(said["exec_id"]), position_id=None, order_side=order.side,
            order_type=OrderType.LIMIT, last_qty=Quantity.from_str(said["last_qty"]),
            last_px=Price(float(said["last_px"]), 4), currency=USD, commission=Money(0, USD),
            liquidity_side=LiquiditySide.TAKER,
        )  # fmt: skip


def main() -> None:
    """Read, tell, and say what the engine's cache holds: status, quantity, filled, average price; positions."""
    desk = Desk()
    for line in sys.stdin:
        desk.tell(json.loads(line))
    states = {}
    for number, order in desk.orders.items():
        status = order_status_to_str(order.status)
        avg_px = order.avg_px if float(order.filled_qty) else None
        states[f"{number}-1"] = (NAMES.get(status, status), str(order.quantity), str(order.filled_qty), avg_px)
    positions = [
        (position.strategy_id.value[2:], position.instrument_id.symbol.value, str(position.signed_decimal_qty()))
        for position in desk.cache.positions()
    ]
    json.dump({"orders": states, "positions": positions}, sys.stdout)


if __name__ == "__main__":
    main()
