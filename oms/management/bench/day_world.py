"""A trading day for the benchmark of its end: what 500 accounts executed, half of it through average-price accounts."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from oms.base import sets
from oms.base.clock import now
from oms.desk import Actor
from oms.desk.allocable import Share
from oms.management.bench.world import world
from orders import feed
from orders.book import Book, begin
from orders.lifecycle import Report, State
from orders.models import Account, BusinessDate, Cursor, Desk, Instrument, Order, TickTable, User
from orders.vocabulary import ExecType, Phase
from settlement import ledger
from settlement.calendars import Unsupported
from settlement.models import NettingSwitch
from settlement.obligations import AccountKey
from settlement.settle import CURSOR
from settlement.standing import standing

ACCOUNTS, INSTRUMENTS, POOLS = 500, 40, 10
FILLS, SHARES = 10, 10  # of an order in a pool, and of its allocation
BITE = 5_000
# Half of the instruments settle where trades are netted, half where each is instructed.
MARKETS = ("US", "EU")
NETS = "DTCYUS33"


class Here(NamedTuple):
    """Who trades what here, and on which day."""

    user: User
    ops: Actor
    desk: Desk
    accounts: list[int]
    pools: list[int]
    instruments: list[int]
    day: date

    def shares(self, number: int) -> tuple[Share, ...]:
        """Ten accounts for a tenth each: whose, goes round with ``number``."""
        codes = [f"EOD{(number * SHARES + at) % ACCOUNTS:03}" for at in range(SHARES)]
        return tuple(Share(code, percent=Decimal(100) / SHARES) for code in codes)


def here() -> Here:
    """Make the accounts and instruments, or find them; open the ledger's accounts, as they are after the first days."""
    world()
    desk, trader = Desk.objects.get(code="BENCH"), User.objects.get(username="bench")
    olga, _ = User.objects.get_or_create(username="bench-operations", defaults={"role": "operations"})
    olga.desks.add(desk)
    table = TickTable.objects.get(code="BENCH")
    accounts = _accounts(desk, [f"EOD{n:03}" for n in range(ACCOUNTS)], average_price=False)
    pools = _accounts(desk, [f"EODPOOL{n}" for n in range(POOLS)], average_price=True)
    symbols = [f"EOD{n:02}" for n in range(INSTRUMENTS)]
    rows = [
        Instrument(
            symbol=symbol, name=symbol, asset_class="equity", currency="USD", primary_mic="BNCH", tick_table=table,
            settl_market=MARKETS[n % len(MARKETS)],
        )
        for n, symbol in enumerate(symbols)
    ]  # fmt: skip
    Instrument.objects.bulk_create(rows, ignore_conflicts=True)
    instruments = list(Instrument.objects.filter(symbol__in=symbols).order_by("symbol").values_list("pk", flat=True))
    day = _business_day()
    NettingSwitch.objects.get_or_create(place_of_settlement=NETS, valid_from=day, defaults={"nets": True})
    found = Here(trader, Actor.of(olga), desk, accounts, pools, instruments, day)
    _open(found)
    return found


def _accounts(desk: Desk, codes: list[str], *, average_price: bool) -> list[int]:
    rows = [Account(code=code, name=code, desk=desk, average_price=average_price) for code in codes]
    Account.objects.bulk_create(rows, ignore_conflicts=True)
    return list(Account.objects.filter(code__in=codes).order_by("code").values_list("pk", flat=True))


def _business_day() -> date:
    """A business day of the US that trades can be dated by."""
    day = BusinessDate.objects.get(pk=1).today
    try:
        return standing().calendars["US"].roll(day)
    except Unsupported:
        return day


def _open(here: Here) -> None:
    """The floor repeats statements as they are, so it could not know the numbers of accounts that they open."""
    places = [standing().places[market, "equity"][0] for market in MARKETS]
    keys = {
        AccountKey("account", account, "", instrument, places[n % len(MARKETS)])
        for account in here.accounts
        for n, instrument in enumerate(here.instruments)
    }
    keys |= {AccountKey("account", account, "", "USD", "") for account in here.accounts}
    with transaction.atomic():
        ledger.accounts(keys)


def trade(here: Here, size: int) -> None:
    """``size`` executions, untimed: half are orders of accounts, half are parts of orders of average-price accounts.

    The cursor stands before them.
    """
    singly = size // 2
    orders = [(here.accounts[n % ACCOUNTS], n, 1) for n in range(singly)]
    orders += [(here.pools[n % POOLS], n, FILLS) for n in range((size - singly) // FILLS)]
    step = BITE // 2
    for start in range(0, len(orders), step):
        with transaction.atomic():
            book = Book(now(), here.day)
            bite = orders[start : start + step]
            for id_, order in zip(sets.ids(Order, len(bite)), bite, strict=True):
                _fill(book, here, id_, *order)
            if start == 0:
                place = feed.latest()
                Cursor.objects.update_or_create(name=CURSOR, defaults={"tx": place.tx, "event_id": place.id})
            book.save()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _fill(book: Book, here: Here, id_: int, account: int, number: int, fills: int) -> None:
    """An order that was filled in so many parts of a hundred."""
    fixed = {
        "id": id_, "account_id": account, "desk_id": here.desk.pk,
        "instrument_id": here.instruments[number // 7 % INSTRUMENTS], "entered_by_id": here.user.pk,
        "sender_comp_id": "bench", "side": "buy" if number % 3 else "sell", "ord_type": "market",
    }  # fmt: skip
    line = book.open(fixed, State("day", Decimal(100 * fills), None, phase=Phase.PENDING_NEW), f"E{id_}")
    begin(book, line, "new", actor="bench")
    for at in range(fills):
        report = Report(ExecType.TRADE, Decimal(100), Decimal(10_000 + (number + at) % 50) / 100)
        refusal = book.note(line, report, actor="BNCH", last_mkt="BNCH", venue_exec_id=f"E{id_}.{at}")
        assert refusal is None, refusal
