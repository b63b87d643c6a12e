"""Real threads, real transactions: room that one order has taken is not there for another."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from risk import usage
from tests import factories
from tests.risk import shelf
from tests.risk.shelf import ask, reserved, sums_agree, used

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(work, items):
    """Run ``work`` on every item at once, each in a thread and on a connection of its own."""
    start = Barrier(len(items))

    def one(item):
        start.wait()
        try:
            return work(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(one, items))


def test_forty_orders_of_1000_against_a_limit_of_5000_are_exactly_five():
    floor = factories.floor()
    shelf.limit()
    batch = shelf.orders(floor, *[{"qty": 1_000}] * 40)

    def enter(order):
        with transaction.atomic():
            return ask([order])[0].accepted

    assert in_threads(enter, batch).count(True) == 5
    assert used(floor.accounts[0], floor.instruments["AAPL"]) == (0, 5_000, 0)
    assert sorted(reserved().values()) == [1_000] * 5
    assert sums_agree()


def test_overlapping_batches_in_any_order_do_not_lock_each_other_out():
    """Each batch touches every usage, half of them in the opposite order: a deadlock would raise here."""
    floor = factories.floor()
    pairs = [(account, symbol) for account in (0, 1) for symbol in floor.instruments]
    batches = []
    for n in range(8):
        order = pairs if n % 2 else pairs[::-1]
        batches.append(shelf.orders(floor, *({"qty": 10, "account": a, "symbol": s} for a, s in order)))

    def enter_and_fill(batch):
        with transaction.atomic():
            ask(batch)
        with transaction.atomic():
            usage.lock([(t.account_id, t.instrument_id) for t in batch])
            usage.move([shelf.moved(t, 10, 4, 6) for t in batch])

    in_threads(enter_and_fill, batches)
    for account, symbol in pairs:
        assert used(floor.accounts[account], floor.instruments[symbol]) == (48, 32, 0)
    assert sums_agree()
