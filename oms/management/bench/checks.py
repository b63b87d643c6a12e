"""Figures of checking orders: the time an order's check takes with few rules, and with many and a full table of limits.

Everything happens in a transaction that is rolled back, so that other figures meet the rules they always have met.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import supplied
from oms.management.bench.figure import Figure
from oms.management.bench.world import PX, World, world
from orders.models import Account, Instrument, Order, User
from orders.reference import business_date
from risk import check, limiting
from risk.models import Limit
from risk.models import Rule as RiskRule
from risk.terms import Terms
from routing import market

SIZES, ROUNDS, ROUNDS_WRITTEN = (1, 1_000), 15, 5
FEW, MANY, LIMITS = 20, 200, 10_000


def checks() -> Iterator[Figure]:
    """Milliseconds an order: facts loaded and locked, every control, decision and reservations written."""
    here = world()
    with transaction.atomic():
        _rules(FEW)
        few = {size: _best(here, size) for size in SIZES}
        _rules(MANY)
        _limits(here)
        many = {size: _best(here, size) for size in SIZES}
        transaction.set_rollback(True)
    for size in SIZES:
        ours, theirs = many[size][0] / size * 1000, few[size][0] / size * 1000
        yield Figure(
            name=f"checks_{size}",
            value=ours,
            unit="ms an order",
            against=f"{FEW} rules and no limits",
            against_value=theirs,
            ratio=theirs / ours,
            parts={"statements": many[size][1], "statements_few": few[size][1]},
            note=f"n = {size}, {MANY} rules, {LIMITS} limits of which six cover each order; best of {ROUNDS}",
        )


def written() -> Iterator[Figure]:
    """The same with rules that Compliance wrote, none of which is for some orders alone."""
    here = world()
    found = {}
    for count in (FEW, MANY):
        with transaction.atomic():
            _written(count)
            found[count] = {size: _best(here, size, ROUNDS_WRITTEN) for size in SIZES}
            transaction.set_rollback(True)
    for size in SIZES:
        ours, theirs = (found[count][size][0] / size * 1000 for count in (MANY, FEW))
        yield Figure(
            name=f"checks_written_{size}",
            value=ours,
            unit="ms an order",
            against=f"{FEW} written rules",
            against_value=theirs,
            ratio=theirs / ours,
            parts={"statements": found[MANY][size][1], "statements_few": found[FEW][size][1]},
            note=f"n = {size}, {MANY} rules of Compliance without a scope; best of {ROUNDS_WRITTEN}",
        )


def _best(here: World, size: int, rounds: int = ROUNDS) -> tuple[float, int]:
    """Seconds of the quickest of several checks of a batch, and its statements."""
    terms = _orders(here, size)
    times = [_check(terms) for _ in range(rounds)]
    with CaptureQueriesContext(connection) as queries:
        _check(terms)
    return min(times), len(queries) - 2  # the savepoint


def _check(terms: Sequence[Terms]) -> float:
    """Seconds of a check, with what the desk hands in of other departments."""
    with transaction.atomic():
        started = time.perf_counter()
        at = now()
        today = business_date()
        references = market.references(one.instrument_id for one in terms if one.instrument_id)
        known = supplied.known(terms, at, references, today)
        verdicts = check.decide(terms, known, at)
        check.save(terms, verdicts, at, known)
        took = time.perf_counter() - started
        assert all(verdict.accepted for verdict in verdicts), check.refusals(verdicts[0])
        transaction.set_rollback(True)
    return took


def _orders(here: World, size: int) -> list[Terms]:
    """``size`` orders in the database and their terms."""
    accounts = {one.code: one for one in Account.objects.filter(code__in=here.accounts)}
    instruments = {one.symbol: one for one in Instrument.objects.filter(symbol__in=here.symbols)}
    at, terms = now(), []
    for draft in here.drafts(size):
        account, instrument = accounts[draft.account], instruments[draft.symbol]
        terms.append(Terms(
            order_id=0, account_id=account.pk, desk_id=account.desk_id, instrument_id=instrument.pk,
            symbol=instrument.symbol, asset_class=instrument.asset_class, side="buy", ord_type="limit",
            order_qty=Decimal(100), price=PX, currency="USD", entered_by_id=here.actor.user_id, strategy="S1",
            market=instrument.primary_mic,
        ))  # fmt: skip
    rows = Order.objects.bulk_create(
        Order(
            account_id=t.account_id or 0, instrument_id=t.instrument_id or 0, desk_id=t.desk_id or 0,
            entered_by_id=here.actor.user_id,
            sender_comp_id="bench", cl_ord_id=f"checks-{n}", side="buy", ord_type="limit", time_in_force="day",
            order_qty=t.order_qty, price=t.price, phase="new", version=1, head_hash=b"", created_at=at, updated_at=at,
        )
        for n, t in enumerate(terms)
    )  # fmt: skip
    return [replace(t, order_id=row.pk) for t, row in zip(terms, rows, strict=True)]


def _rules(count: int) -> None:
    """Rules up to ``count``: four for the desk, the rest each for an account and an instrument."""
    accounts = list(Account.objects.filter(code__startswith="BENCH").order_by("code"))
    instruments = list(Instrument.objects.filter(symbol__startswith="BENCH").order_by("symbol"))
    missing = count - RiskRule.objects.filter(active=True).count()
    RiskRule.objects.bulk_create(
        RiskRule(
            control="PT-01", name=f"bench {n}", params={"hard": "1000000"},
            account=accounts[n % len(accounts)], instrument=instruments[n // len(accounts) % len(instruments)],
        )
        for n in range(missing)
    )  # fmt: skip


# What written rules measure: each with many levels, as a firm writes them for its desks and mandates.
_MEASURES: tuple[dict[str, Any], ...] = tuple(
    {"over": over, "take": take, "group": group, "measure": measure, "count": "gross", "compare": "at_most", **more}
    for over in ("account", "desk")
    for take in (["positions", "open_orders", "this_order"], ["this_order"])
    for group, measure, more in (
        (["instrument"], "quantity", {}), (["instrument"], "notional", {"currency": "USD"}),
        ([], "notional", {"currency": "USD"}), (["currency"], "notional", {"currency": "USD"}),
        (["asset_class"], "notional", {"currency": "USD"}),
    )
)  # fmt: skip


def _written(count: int) -> None:
    """``count`` rules without a scope: the measures in turn, each time with other levels."""
    RiskRule.objects.bulk_create(
        RiskRule(
            control="CR-01", name=f"written {n}",
            params={"name": f"written {n}", "pipeline": {
                **_MEASURES[n % len(_MEASURES)], "warn": str(10**11 + n), "fail": str(10**12 + n),
            }},
        )
        for n in range(count)
    )  # fmt: skip


def _limits(here: World) -> None:
    """A full table, of which six rows cover an order: firm, desk twice, account, account and instrument twice."""
    chief = User.objects.get(pk=here.actor.user_id)
    accounts = list(Account.objects.filter(code__in=here.accounts))
    instruments = list(Instrument.objects.filter(symbol__in=here.symbols))
    desk, much = accounts[0].desk, Decimal(10) ** 12
    rows = [
        Limit(measure="gross_notional", hard=much, currency="USD"),
        Limit(measure="open_notional", hard=much, currency="USD", desk=desk),
        Limit(measure="open_orders", hard=much, desk=desk),
        *(Limit(measure="gross_notional", hard=much, currency="USD", account=one) for one in accounts),
        *(
            Limit(measure=measure, hard=much, account=account, instrument=one)
            for account in accounts for one in instruments for measure in ("long_position", "short_position")
        ),
    ]  # fmt: skip
    rows += [Limit(measure="open_orders", hard=much, strategy=f"OTHER-{n}") for n in range(LIMITS - len(rows))]
    assert not any(limiting.put(rows, chief, market.rates(), "bench"))
