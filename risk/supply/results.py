"""Results of the business date: of accounts since it began, of traders and strategies by what they traded since."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from oms.base.money import amount
from orders.models import BusinessDate, ExecutionReport, Order, Position
from orders.reference import price_factor
from orders.vocabulary import Side
from risk import dayresult
from risk.dayresult import Open, Traded
from risk.models import OpeningResult, WatchMark
from risk.parts import Results
from risk.supply.batch import ROOTS, Batch, Parts

ZERO, AMOUNT = Decimal(0), amount()
NAME = "opening"
Rate = Callable[[str, str], Decimal | None]
Marks = Callable[[Iterable[int]], Mapping[int, Any]]


class Held(NamedTuple):
    """A position with what its price needs; ``close`` is the last price on file."""

    account: int
    instrument: int
    currency: str
    open: Open
    close: Decimal | None


class Day(NamedTuple):
    """The business date, and when its opening was written down."""

    date: date
    at: datetime


def day() -> Day | None:
    """The present business date if its opening is written down. One statement."""
    today = BusinessDate.objects.values("today")[:1]
    row = WatchMark.objects.filter(pk=NAME).annotate(today=Subquery(today)).values_list("seen", "at", "today").first()
    if row is None or row[2] is None or row[0].get("date") != row[2].isoformat():
        return None
    return Day(row[2], row[1])


def held(accounts: Iterable[int] | None = None) -> list[Held]:
    """Positions of these accounts, or of all; flat ones too, for what they realised. One statement."""
    rows = Position.objects.all() if accounts is None else Position.objects.filter(account_id__in=set(accounts))
    columns = (
        "account_id", "instrument_id", "instrument__currency", "qty", "avg_cost", "realised", "instrument__multiplier",
        "instrument__asset_class", "instrument__reference_price",
    )  # fmt: skip
    return [
        Held(account, instrument, currency, Open(qty, cost, realised, multiplier * price_factor(kind)), close)
        for account, instrument, currency, qty, cost, realised, multiplier, kind, close in rows.values_list(*columns)
    ]


def priced(positions: Iterable[Held], marks: Marks | None) -> dict[int, Decimal | None]:
    """The market's price of each instrument, or else the last close on file."""
    rows = list(positions)
    quotes = marks({row.instrument for row in rows}) if marks and rows else {}
    return {row.instrument: (row.instrument in quotes and quotes[row.instrument].price) or row.close for row in rows}


def of_accounts(accounts: Iterable[int], today: Day, marks: Marks | None) -> dict[int, list[tuple[Results, str]]]:
    """The result of each account by instrument, with its currency. Two statements and the marks'."""
    rows = held(accounts)
    prices = priced(rows, marks)
    begun = {
        (account, instrument): (realised, unrealised)
        for account, instrument, realised, unrealised in OpeningResult.objects.filter(
            date=today.date, account_id__in={row.account for row in rows}
        ).values_list("account_id", "instrument_id", "realised", "unrealised")
    }
    found: dict[int, list[tuple[Results, str]]] = defaultdict(list)
    for row in rows:
        # What was not held when the day began had made nothing by then.
        at_open = begun.get((row.account, row.instrument), (ZERO, ZERO))
        result = dayresult.since(row.open, prices[row.instrument], *at_open)
        found[row.account].append((result, row.currency))
    return found


def of_senders(
    column: str, keys: Iterable[Any], today: Day, marks: Marks | None
) -> dict[Any, list[tuple[Results, str]]]:
    """The results of what each trader (``entered_by_id``) or sender has traded since the day began. One statement.

    Each event tells what its order was filled for by then, so the last one before the day began is what it began with:
    busts and corrections count like the fills they undo.
    """
    before = ExecutionReport.objects.filter(order_id=OuterRef("pk"), recorded_at__lte=today.at).order_by("-seq")

    def fresh(name: str) -> Any:
        return F(name) - Coalesce(Subquery(before.values(name)[:1]), ZERO, output_field=AMOUNT)

    rows = Order.objects.filter(**{f"{column}__in": list(keys)}, updated_at__gt=today.at, cum_qty__gt=0, **ROOTS)
    columns = (
        column, "instrument_id", "instrument__currency", "instrument__multiplier", "instrument__asset_class",
        "instrument__reference_price", "side",
    )  # fmt: skip
    sums: dict[tuple[Any, int], Traded] = defaultdict(Traded)
    known: dict[int, tuple[str, Decimal, Decimal | None]] = {}
    found = rows.annotate(qty=fresh("cum_qty"), amt=fresh("gross_trade_amt")).values_list(*columns, "qty", "amt")
    for key, instrument, currency, multiplier, kind, close, side, qty, amt in found:
        known[instrument] = currency, multiplier * price_factor(kind), close
        so_far = sums[key, instrument]
        if side == Side.BUY:
            so_far = so_far._replace(bought=so_far.bought + qty, bought_amt=so_far.bought_amt + amt)
        else:
            so_far = so_far._replace(sold=so_far.sold + qty, sold_amt=so_far.sold_amt + amt)
        sums[key, instrument] = so_far
    quotes = marks(known) if marks and known else {}
    results: dict[Any, list[tuple[Results, str]]] = defaultdict(list)
    for (key, instrument), traded in sums.items():
        currency, unit, close = known[instrument]
        mark = (instrument in quotes and quotes[instrument].price) or close
        results[key].append((dayresult.of_trades(traded, mark, unit), currency))
    return results


def results(batch: Batch) -> Parts:
    """The result of each order's account, in the order's currency. Four statements."""
    today = day()
    if today is None:
        return {"results": {}}
    known = of_accounts(batch.accounts, today, batch.given.get("marks"))
    return {
        "results": {
            t.order_id: dayresult.total(
                (one, batch.rate(currency, t.currency)) for one, currency in known.get(t.account_id or 0, ())
            )
            for t in batch.terms
        }
    }
