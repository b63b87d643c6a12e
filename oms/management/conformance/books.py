"""Identifiers and positions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from oms.management.conformance.compare import NotSupported
from orders import positions
from orders.identifiers import SCHEMES
from orders.positions import ZERO, Holding, Lots, Move, Unit

Case = Mapping[str, Any]
Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


def identifier(case: Case) -> Pair:
    """Whether structure and check digit are right."""
    if case["scheme"] not in SCHEMES:
        raise NotSupported(f"identifier scheme {case['scheme']}")
    return {"valid": case["valid"]}, {"valid": SCHEMES[case["scheme"]](case["value"])}


@dataclass(slots=True)
class Books:
    """One account in one instrument while the events of a case go by: average cost and FIFO side by side."""

    unit: Unit
    held: Holding = field(default_factory=Holding)
    lots: Lots = ()
    fifo_realised: Decimal = ZERO
    fees: Decimal = ZERO

    def move(self, move: Move) -> None:
        """Book what the service books (orders/holdings.py, orders/lots.py), by the same kernel."""
        self.held = positions.moved(self.held, move, self.unit)
        self.lots, realised = positions.lots_moved(self.lots, move, self.unit)
        self.fifo_realised += realised

    def fill(self, sign: int, qty: Decimal, px: Decimal, kind: str = "") -> None:
        """Buy (+1) or sell (-1)."""
        self.move(Move(sign * qty, px, positions.worth(sign * qty, px, self.unit), None, kind))

    def split(self, new: Decimal, old: Decimal, cash_in_lieu_price: Decimal | None) -> None:
        """``new`` for ``old``; where a price is paid for fractions, the fraction is sold (or bought back) at it."""
        qty, _ = positions.split(self.held.qty, self.held.avg_cost, new, old)
        self.move(Move(qty - self.held.qty, None, ZERO, None, "split", new, old))
        fraction = qty % 1
        if cash_in_lieu_price is not None and fraction:
            self.fill(-1 if qty > 0 else 1, abs(fraction), cash_in_lieu_price, "cash_in_lieu")

    def dividend(self, per_share: Decimal) -> None:
        """A cash dividend on what is held."""
        paid = positions.dividend(self.held.qty, per_share) * self.unit.value
        self.move(Move(ZERO, None, paid, None, "dividend"))

    def state(self) -> dict[str, Any]:
        """What a step of a case may ask for."""
        return {
            "qty": self.held.qty,
            "avg_cost": self.held.avg_cost,
            "realised_gross": self.held.realised,
            "fees": self.fees,
            "realised_net": self.held.realised - self.fees,
            "fifo_realised_gross": self.fifo_realised,
            "dividends": self.held.dividends,
            "fifo_lots": [{"qty": lot.qty, "price": lot.px} for lot in self.lots],
            "net_cash": self.held.net_cash - self.fees,
        }


def position(case: Case) -> Pair:
    """The position after every event, and at the end what it is worth at the mark."""
    books = Books(Unit(Decimal(case.get("multiplier", 1)), not case.get("futures", False)))
    steps = []
    for event in case["events"]:
        _apply(books, event)
        steps.append(books.state())
    actual = books.state()
    if case.get("mark") is not None:
        mark = Decimal(case["mark"])
        actual["unrealised"] = positions.unrealised(books.held.qty, books.held.avg_cost, mark, books.unit.value)
        actual["total_gross"] = actual["realised_gross"] + actual["unrealised"]
    expected = {**case["expected"], "steps": case.get("expected_steps", [])}
    return expected, {**actual, "steps": steps if case.get("expected_steps") else []}


def _apply(books: Books, event: Case) -> None:
    kind = event["type"]
    if kind == "fill":
        books.fill(1 if event["side"] == "buy" else -1, Decimal(event["qty"]), Decimal(event["price"]))
        books.fees += Decimal(event.get("fee", 0))
    elif kind == "split":
        in_lieu = event.get("cash_in_lieu_price")
        books.split(Decimal(event["new"]), Decimal(event["old"]), None if in_lieu is None else Decimal(in_lieu))
    elif kind in ("cash_dividend", "dividend"):
        books.dividend(Decimal(event["per_share"]))
    else:
        raise NotSupported(f"position event {kind}")
