"""The venues without sockets: one symbol book a venue with a quote as told, requests in, reports out."""

import itertools
from typing import Any

from routing.exchange import commands, flow
from routing.exchange.book import BUY, SELL
from routing.exchange.entry import Entry
from routing.exchange.faults import Habits, habits
from routing.exchange.flow import Market
from routing.exchange.orders import ClientOrder
from routing.exchange.universe import UNIT, Listed, to_units
from tests.routing.venues import new_order

MICS = ("XNAS", "XNYS", "BATS")
DAY_1, DAY_2 = "2026-11-23T15:00:00+00:00", "2026-11-24T09:30:00+00:00"
Report = dict[str, Any]


class Trading:
    """AAPL and MSFT on three venues; nobody quotes until ``quote`` says so."""

    def __init__(self, mic: str = "XNAS", **told: Any) -> None:
        self.mic, self.at = mic, DAY_1
        self.markets = {symbol: open_market(symbol) for symbol in ("AAPL", "MSFT")}
        self.entry = Entry(self.markets.get, (f"{n}" for n in itertools.count(1)), lambda: 0.5)
        self.behave(**told)

    def behave(self, **told: Any) -> None:
        found: Habits = habits(told)
        self.entry.habits = lambda session: found

    def quote(self, bid: str | None, offer: str | None, size: int = 1000, *, symbol: str = "AAPL") -> list[Report]:
        """The participants' quotes; a side may be empty. What is eaten does not come back."""
        return self.command("quote", symbol=symbol, bid=bid, offer=offer, bid_size=size, offer_size=size, once=True)

    def send(self, msg_type: str, **fields: Any) -> list[Report]:
        """A request; the reports it brought, each with its type."""
        told = {name: value for name, value in fields.items() if value is not None}
        self.entry.take(self.mic, msg_type, told, self.at)
        return self.said()

    def new(self, name: str, qty: int | None = 100, price: str | None = "99.00", **more: Any) -> list[Report]:
        fields = new_order(name, qty or 0, price) | more
        if qty is None:
            del fields["order_qty"]
        return self.send("D", **fields)

    def replace(self, name: str, orig: str, qty: int, price: str | None, **more: Any) -> list[Report]:
        return self.send("G", **new_order(name, qty, price) | {"orig_cl_ord_id": orig} | more)

    def cancel(self, name: str, orig: str) -> list[Report]:
        return self.send("F", cl_ord_id=name, orig_cl_ord_id=orig, symbol="AAPL", side="buy", transact_time=self.at)

    def command(self, name: str, order: str | None = None, **args: Any) -> list[Report]:
        told = {key: str(value) for key, value in ({"order": order} | args).items() if value is not None}
        commands.check(name, told)
        commands.run(self.entry, self.mic, name, told, self.at)
        self.entry.follow(self.at)
        return self.said()

    def passes(self, clock: float, at: str | None = None) -> list[Report]:
        """Time goes on, to ``clock`` seconds, or to the moment ``at``."""
        self.at = at or self.at
        self.entry.pass_time(clock, self.at)
        return self.said()

    def order(self, name: str) -> ClientOrder:
        found = self.entry.named(self.mic, name)
        assert found is not None
        return found

    def top(self, side: int = BUY) -> tuple[str, int] | None:
        best = self.markets["AAPL"].books[self.mic].best(side)
        return (f"{best[0] / UNIT:.4f}", best[1]) if best else None

    def said(self) -> list[Report]:
        """What was said since it was last asked."""
        found = [{"msg_type": msg_type, **fields} for _, msg_type, fields in self.entry.outgoing]
        self.entry.spoken()
        return found


def open_market(symbol: str) -> Market:
    market = flow.open_market(Listed(symbol, UNIT // 100, 100, 100 * UNIT, MICS), 1)
    for mic in MICS:
        flow.fix(market, mic, {})
    return market


def kinds(reports: list[Report], *names: str) -> list[Any]:
    """ExecType and OrdStatus of each report, and what else is named."""
    return [tuple(report.get(name) for name in ("exec_type", "ord_status", *names)) for report in reports]


def units(text: str) -> int:
    return to_units(text)


__all__ = ["BUY", "DAY_1", "DAY_2", "SELL", "Report", "Trading", "kinds", "units"]
