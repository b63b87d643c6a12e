"""The small world settlement tests trade in: filled root orders, written by the book itself."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from oms.base import sets
from oms.base.clock import now
from orders.book import Book, Line, begin
from orders.lifecycle import Report, State
from orders.models import Account, Instrument, Order, TickTable
from orders.vocabulary import ExecType, Phase
from settlement.load import load_calendars, load_rates
from tests import factories

MONDAY = date(2026, 11, 23)


def instrument(symbol: str, **more: Any) -> Instrument:
    """An instrument that settles in the US unless ``more`` says otherwise."""
    ticks = TickTable.objects.get_or_create(code="TEST-US")[0]
    terms = {"asset_class": "equity", "primary_mic": "XNAS", "currency": "USD", "name": symbol, "tick_table": ticks}
    return Instrument.objects.create(symbol=symbol, **(terms | more))


def fill(
    floor: factories.Floor,
    fills: Iterable[tuple[str, Any, Any]],
    *,
    of: Instrument | None = None,
    account: Account | None = None,
    one_order: bool = False,
    trade_date: date = MONDAY,
    prefix: str = "X",
    settl_date: date | None = None,
) -> list[Line]:
    """Root orders filled as (side, quantity, price): an order a fill, or ``one_order`` for all. Committed."""
    fills = list(fills)
    of, account = of or floor.instruments["AAPL"], account or floor.accounts[0]
    with transaction.atomic():
        book = Book(now(), trade_date)
        total = sum((Decimal(qty) for _, qty, _ in fills), Decimal(0))
        sizes = [total] if one_order else [Decimal(qty) for _, qty, _ in fills]
        lines = []
        for id_, size, (side, _, _) in zip(sets.ids(Order, len(sizes)), sizes, fills, strict=False):
            fixed = {
                "id": id_, "account_id": account.pk, "instrument_id": of.pk, "desk_id": floor.desk.pk,
                "entered_by_id": floor.trader.pk, "sender_comp_id": "tina", "side": side, "ord_type": "market",
                "settl_date": settl_date,
            }  # fmt: skip
            line = book.open(fixed, State("day", size, None, phase=Phase.PENDING_NEW), f"{prefix}{id_}")
            begin(book, line, "new", actor="tina")
            lines.append(line)
        for number, (_, qty, price) in enumerate(fills):
            line = lines[0] if one_order else lines[number]
            report = Report(ExecType.TRADE, Decimal(qty), Decimal(price))
            exec_id = f"{prefix}{line.id}-{number}"
            refusal = book.note(line, report, actor="XNAS", last_mkt="XNAS", venue_exec_id=exec_id)
            assert refusal is None, refusal
        book.save()
    return lines


def undo(line: Line, venue_exec_id: str, report: Report, *, trade_date: date = MONDAY) -> None:
    """A bust or a correction of one of the fills of ``line``. Committed."""
    with transaction.atomic():
        book = Book(now(), trade_date)
        book.load([line.id])
        refusal = book.note(
            book.lines[line.id], report, actor="XNAS", last_mkt="XNAS",
            venue_exec_id=f"{venue_exec_id}'", exec_ref_id=venue_exec_id,
        )  # fmt: skip
        assert refusal is None, refusal
        book.save()


def world() -> factories.Floor:
    """The floor of every test, with the shipped standing data of a few years."""
    load_calendars(2025, 2028)
    load_rates()
    return factories.floor()


__all__ = ["MONDAY", "fill", "instrument", "undo", "world"]
