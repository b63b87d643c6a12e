"""Keeping emulated pegs where they belong: the child at the venue is a limit order that follows the quote."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from oms.base import bell
from oms.base.clock import now
from oms.base.locks import lane
from oms.desk import members
from orders.book import Book, Line
from orders.lifecycle import Report
from orders.models import Instrument, Order, Tick
from orders.reference import business_date
from orders.vocabulary import ExecType
from risk import kill
from routing import market, pegs
from routing.boxes import Outgoing, replace_message
from routing.triggers import Market

BITE = 1_000
# A peg moves at most so often: messages cost, and a quote may flicker.
PAUSE = timedelta(seconds=1)
Ticks = list[tuple[Decimal, Decimal]]


def reprice(limit: int = BITE) -> int:
    """Move pegs that are off their price by a tick or more; answer how many. 0 also when another worker is at it."""
    with transaction.atomic():
        if not lane("reprice"):
            return 0
        kill.stay()
        roots = Order.objects.filter(emulated="peg", leaves_qty__gt=0, parent__isnull=True, hold="").order_by("pk")
        keys = dict(roots.values_list("pk", "instrument_id")[:limit])
        return _reprice(keys) if keys else 0


def _reprice(keys: Mapping[int, int]) -> int:
    at = now()
    markets, ticks, symbols = market.markets(keys.values()), _ticks(keys.values()), _symbols(keys.values())
    book, outgoing = Book(at, business_date()), Outgoing(at)
    book.load(keys, families=True)
    stopped = members.stopped(book.lines.values())
    children = [
        line
        for line in book.lines.values()
        if line.parent_id is not None and line.state.is_open and not {line.id, line.parent_id} & stopped.keys()
    ]
    changed_at = dict(Order.objects.filter(pk__in=[c.id for c in children]).values_list("pk", "updated_at"))
    for child in children:
        parent = book.lines[child.parent_id or 0]
        price = peg_price(parent, markets.get(parent.instrument_id), ticks[parent.instrument_id], at)
        moved = price is not None and price != child.state.price and at - changed_at[child.id] >= PAUSE
        if moved and not child.state.replaces_pending and not child.state.cancels_pending:
            _move(book, child, price, symbols[child.instrument_id], outgoing)
    book.save()
    outgoing.save()
    bell.ring_on_commit("live", *outgoing.bells())
    return len(outgoing.rows)


def peg_price(parent: Line, seen: Market | None, ticks: Ticks, at: datetime) -> Decimal | None:
    """Where the order is to stand now; None while nobody knows, and then it stays where it is."""
    if seen is None or not seen.fresh(at):
        return None
    return pegs.price(parent.side, parent.peg_price_type, parent.peg_offset_value, parent.state.price, seen, ticks)


def peg_prices(lines: Sequence[Line], at: datetime) -> dict[int, Decimal | None]:
    """Where pegged orders are to begin. No statement where there are none."""
    pegged = [line for line in lines if line.peg_price_type]
    if not pegged:
        return {}
    ids = [line.instrument_id for line in pegged]
    markets, ticks = market.markets(ids), _ticks(ids)
    return {line.id: peg_price(line, markets.get(line.instrument_id), ticks[line.instrument_id], at) for line in pegged}


def _move(book: Book, child: Line, price: Decimal | None, symbol: str, outgoing: Outgoing) -> None:
    """Ask the venue. It serves no request of the client's, so the parent is not pending by it."""
    name, orig, qty = f"{child.id}.{child.version + 1}", child.cl_ord_id, child.state.order_qty
    asked = Report(ExecType.PENDING_REPLACE, request="replace")
    book.note(child, asked, actor="peg", cl_ord_id=name, orig_cl_ord_id=orig)
    book.ask(child, "replace", name, orig, qty, price)
    outgoing.add(child, "G", replace_message(child, name, orig, qty, price, symbol, book.at))


def _symbols(instrument_ids: object) -> dict[int, str]:
    return dict(Instrument.objects.filter(pk__in=set(instrument_ids)).values_list("pk", "symbol"))  # type: ignore[call-overload]


def _ticks(instrument_ids: object) -> dict[int, Ticks]:
    """The price bands of each instrument, ascending. Two SELECTs."""
    tables = dict(Instrument.objects.filter(pk__in=set(instrument_ids)).values_list("pk", "tick_table_id"))  # type: ignore[call-overload]
    bands: dict[int, Ticks] = {}
    rows = Tick.objects.filter(table_id__in=set(tables.values())).order_by("table_id", "price_from")
    for table_id, price_from, tick in rows.values_list("table_id", "price_from", "tick"):
        bands.setdefault(table_id, []).append((price_from, tick))
    return {pk: bands.get(table, []) for pk, table in tables.items()}
