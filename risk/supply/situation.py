"""What rules of Compliance look at: holdings of everybody they are over, net assets, messages and trades.

Of whom anything is loaded follows from the rules in force: of the batch's accounts, their clients, their desks or the
whole firm. The number of statements follows from the rules alone, never from the batch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from oms.base import sets
from orders.fx import Rates
from orders.models import Account, Instrument, Position, User
from orders.reference import price_factor
from risk.context import Quoted
from risk.controls.compliance import CONTROL, Written
from risk.grades import counting
from risk.known import Scoped
from risk.models import Usage
from risk.parts import Situation
from risk.pipeline import Book, Nav, Pipeline, Row, Thing
from risk.pipeline.book import CountKey, Who
from risk.pipeline.grammar import OPEN_ORDERS, POSITIONS, THIS_ORDER
from risk.reference import ultimate_issuer_of
from risk.supply.batch import Batch, Parts

ZERO = Decimal(0)
Held = tuple[int, int, Decimal, Decimal, Decimal]
"""(account, instrument, position, open to buy, open to sell)"""
PREFIX = "situation"
THING: tuple[Any, ...] = (
    "pk", "symbol", "primary_mic", "asset_class", ultimate_issuer_of(), "analytics__sector",
    "sector", "analytics__country", "currency", "analytics__liquidity", "analytics__duration", "analytics__ratings",
    "analytics__adv", "analytics__shares_outstanding", "multiplier", "reference_price", "analytics__as_of",
)  # fmt: skip
# Counted by account and sender; whose they are is summed up afterwards. The windows are those of the rules.
_MESSAGES = """
SELECT w.s, o.account_id, o.entered_by_id, r.sender_comp_id, o.instrument_id, count(*)
FROM unnest(%(windows)s::numeric[], %(since)s::timestamptz[]) AS w (s, since)
JOIN orders_orderrequest r ON r.created_at > w.since AND r.created_at >= %(first)s AND r.kind IN ('new', 'replace')
JOIN orders_order o ON o.id = r.order_id AND o.parent_id IS NULL AND o.composition = ''
GROUP BY 1, 2, 3, 4, 5
"""
_TRADES = """
SELECT NULL, o.account_id, o.entered_by_id, o.sender_comp_id, o.instrument_id, count(*)
FROM orders_executionreport e JOIN orders_order o ON o.id = e.order_id AND o.composition = ''
WHERE e.recorded_at >= %(first)s AND e.is_root AND e.exec_type = 'trade'
GROUP BY 1, 2, 3, 4, 5
"""


class Holder(NamedTuple):
    """An account: its name, client, desk, and what it is worth."""

    who: Who
    nav: Nav | None
    desk_id: int


def pipelines(rules: Iterable[Scoped]) -> list[Pipeline]:
    """The rules of Compliance in force, as far as they can be read."""
    return [rule.values.pipeline for rule in rules if rule.control == CONTROL and isinstance(rule.values, Written)]


def locks(rules: Iterable[Scoped]) -> frozenset[str]:
    """What the rules are measured over, as parts that have a lock (``risk.supply.KEYS``).

    An order is not locked against others by a rule that looks at it alone, or at what no order changes.
    """
    found = set()
    for rule in pipelines(rules):
        shared = {POSITIONS, OPEN_ORDERS} & set(rule.take) and THIS_ORDER in rule.take
        if shared or rule.is_rate:
            found.add(f"{PREFIX} {'firm' if rule.over == 'client' else rule.over}")
    return frozenset(found)


def _pairs(fx: Rates, things: Iterable[Thing], holders: Iterable[Holder]) -> dict[tuple[str, str], Decimal]:
    """What each currency that occurs is worth in the others."""
    currencies = {one.currency for one in things} | {one.nav.currency for one in holders if one.nav}
    return {(base, to): rate.rate for base in sorted(currencies) for to, rate in fx.out_of(base).items()}


def situations(batch: Batch) -> Parts:
    """Three to seven statements: accounts, holdings, instruments; people, results, messages, trades if asked for."""
    rules = pipelines(batch.rules)
    holders = _holders(batch, {rule.over for rule in rules})
    held = _held(batch, rules, holders)
    results = _results(holders) if any(rule.measure == "pnl" for rule in rules) else {}
    # What was sold off is held no more, and its profit counts all the same.
    held += [(*key, ZERO, ZERO, ZERO) for key in results.keys() - {(row[0], row[1]) for row in held}]
    things = _things(batch, {row[1] for row in held} | set(batch.instruments))
    names = _names(batch) if any(_asks_who(rule) for rule in rules) else {}
    book = Book(
        batch.at,
        _rows(held, holders, things, results),
        {holder.who.account: holder.nav for holder in holders.values() if holder.nav},
        tuple(holder.who for holder in holders.values() if holder.nav),
        _pairs(batch.fx, things.values(), holders.values()),
        _counts(batch, rules, holders, names),
    )
    return {
        "situation": {
            t.order_id: Situation(
                book, holders[t.account_id].who, things[t.instrument_id], names.get(t.entered_by_id or 0, "")
            )
            for t in batch.terms
            if t.account_id in holders and t.instrument_id in things
        }
    }


def _asks_who(rule: Pipeline) -> bool:
    return rule.over == "trader" or any(condition.field == "trader" for condition in rule.scope)


def _holders(batch: Batch, overs: set[str]) -> dict[int, Holder]:
    """The accounts of the batch, and those that count with them. One statement."""
    rows = Account.objects.all()
    if "firm" not in overs:
        own = Account.objects.filter(pk__in=batch.accounts)
        which = Q(pk__in=batch.accounts)
        if "desk" in overs:
            which |= Q(desk_id__in=own.values("desk_id"))
        if "client" in overs:
            which |= Q(client__in=own.exclude(client="").values("client"))
        rows = rows.filter(which)
    columns = ("pk", "code", "desk_id", "desk__code", "base_currency", "client", "profile__nav")
    found = {}
    for pk, code, desk_id, desk, currency, client, nav, nav_at in rows.values_list(*columns, "profile__nav_as_of"):
        who = Who(code, client or code, desk)
        found[pk] = Holder(who, None if nav is None else Nav(nav, currency, nav_at), desk_id)
    return found


def _held(batch: Batch, rules: Iterable[Pipeline], holders: Mapping[int, Holder]) -> list[Held]:
    """What they hold and have open. One statement. Where every rule groups by instrument, in the batch's alone."""
    rows = Usage.objects.filter(kind=Usage.Kind.ACCOUNT, scope_id__in=list(holders))
    if all("instrument" in rule.group and not rule.whole for rule in rules if not rule.is_rate and _holds(rule)):
        rows = rows.filter(instrument_id__in=batch.instruments)
    return list(
        rows.exclude(position_qty=0, open_buy_qty=0, open_sell_qty=0).values_list(
            "scope_id", "instrument_id", "position_qty", "open_buy_qty", "open_sell_qty"
        )
    )


def _holds(rule: Pipeline) -> bool:
    return bool({POSITIONS, OPEN_ORDERS} & set(rule.take)) and rule.take != (THIS_ORDER,)


def _things(batch: Batch, instruments: set[int]) -> dict[int, Thing]:
    """What each instrument counts as, at the market's price or else the last close. One statement, and marks."""
    rows = list(Instrument.objects.filter(pk__in=instruments).values_list(*THING))
    quotes: dict[int, Quoted] = dict(batch.quotes)
    supplier = batch.given.get("marks")
    if supplier and instruments - quotes.keys():
        quotes.update(supplier(sorted(instruments - quotes.keys())))
    return {row[0]: thing(row, quotes.get(row[0])) for row in rows}


def thing(row: tuple[object, ...], quote: Quoted | None) -> Thing:
    """One instrument of the columns ``THING``."""
    (pk, symbol, mic, kind, issuer, own, sector, country, currency, liquidity, duration, ratings, adv,
     outstanding, multiplier, close, as_of) = row  # fmt: skip
    grades = ratings.values() if isinstance(ratings, dict) else ()
    assert isinstance(multiplier, Decimal)
    return Thing(
        id=pk, symbol=str(symbol), mic=str(mic), asset_class=str(kind), issuer=str(issuer),
        sector=str(own or sector or ""), country=str(country or ""), currency=str(currency),
        liquidity=str(liquidity or ""), duration=_decimal(duration), rating=counting(tuple(map(str, grades))),
        adv=_decimal(adv), outstanding=_decimal(outstanding), unit=multiplier * price_factor(str(kind)),
        price=(quote.price if quote else None) or _decimal(close), as_of=as_of if isinstance(as_of, datetime) else None,
    )  # fmt: skip


def _decimal(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def _results(holders: Mapping[int, Holder]) -> dict[tuple[int, int], Sequence[Decimal]]:
    """Realised profit and average cost of every position there ever was. One statement."""
    rows = Position.objects.filter(account_id__in=list(holders))
    columns = ("account_id", "instrument_id", "realised", "avg_cost")
    return {(account, instrument): rest for account, instrument, *rest in rows.values_list(*columns)}


def _names(batch: Batch) -> dict[int, str]:
    """Who entered what. One statement."""
    return dict(User.objects.filter(pk__in={t.entered_by_id for t in batch.terms}).values_list("pk", "username"))


def _rows(
    held: Iterable[Held],
    holders: Mapping[int, Holder],
    things: Mapping[int, Thing],
    results: Mapping[tuple[int, int], Sequence[Decimal]],
) -> tuple[Row, ...]:
    rows = []
    for account, instrument, position, buying, selling in held:
        realised, cost = results.get((account, instrument), (None, None))
        rows.append(Row(holders[account].who, things[instrument], position, buying, selling, realised, cost))
    return tuple(rows)


def _counts(
    batch: Batch, rules: Iterable[Pipeline], holders: Mapping[int, Holder], names: Mapping[int, str]
) -> dict[CountKey, tuple[Decimal, Decimal]] | None:
    """Messages and trades by window and whoever they count for. Two statements, and none where no rule asks."""
    rates = [rule for rule in rules if rule.is_rate]
    if not rates:
        return None
    day = datetime.combine(batch.at.astimezone(UTC).date(), time(), UTC)
    windows = sorted({rule.window_s for rule in rates if rule.window_s is not None})
    # Half open: what is exactly as old as the window is outside. The day begins with its first instant.
    spans = [(None, day - timedelta(microseconds=1)), *((s, batch.at - _span(s)) for s in windows)]
    asked: dict[str, Any] = {
        "windows": sets.literal(s for s, _ in spans), "since": sets.literal(at for _, at in spans),
        "first": min(at for _, at in spans),
    }  # fmt: skip
    found: dict[CountKey, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    overs = {rule.over for rule in rates}
    with connection.cursor() as cursor:
        for column, sql, given in ((0, _MESSAGES, asked), (1, _TRADES, {"first": day})):
            cursor.execute(sql, given)
            for window, account, trader, sender, instrument, n in cursor.fetchall():
                holder = holders.get(account)
                whose = {"firm": "firm", "sender": sender, "trader": names.get(trader, "")}
                if holder:
                    whose |= {"account": holder.who.account, "client": holder.who.client, "desk": holder.who.desk}
                for over in overs & whose.keys():
                    for place in (None, instrument):
                        found[window, over, whose[over], place][column] += n
    return {key: (messages, trades) for key, (messages, trades) in found.items()}


def _span(seconds: Decimal) -> timedelta:
    return timedelta(microseconds=int(seconds * 1_000_000))
