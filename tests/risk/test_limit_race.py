"""Two hundred submissions against limits that they share at three levels: never over, nothing lost, nobody locked out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal as D
from itertools import count
from os import environ
from threading import Barrier
from time import monotonic

import pytest
from django.db import connection

from oms.base.clock import now
from oms.desk import Cancellation, cancel, enter
from oms.desk.asked import Answer, Draft
from orders.models import Order
from risk.models import Limit, Reservation
from routing.models import Quote
from tests import factories
from tests.limiting import limit, lots, money, row

pytestmark = pytest.mark.django_db(transaction=True)
SUBMISSIONS, AT_ONCE = 200, 25
ROUNDS = int(environ.get("RACE_ROUNDS", "2"))


@pytest.mark.timeout(1_800)
def test_two_hundred_submissions_against_limits_at_three_levels(books: Callable[[], None]) -> None:
    """All of one round at once; what was accepted is canceled by the next round's threads while others enter."""
    floor = factories.floor()
    first, second = floor.accounts
    firm = limit("open_notional", 250_000)
    desk = limit("open_orders", 22, desk=floor.desk)
    of_first = limit("long_position", 900, account=first, instrument=floor.instruments["AAPL"])
    of_second = limit("gross_notional", 100_000_000, account=second)
    names = count()
    taken: list[int] = []
    started = monotonic()
    for _ in range(ROUNDS):
        Quote.objects.update(quoted_at=now())  # a round may take a while, and what is a minute old values nothing
        drafts = [
            floor.draft(
                account=floor.accounts[n % 2].code, symbol=("AAPL", "MSFT")[n % 3 % 2], cl_ord_id=f"R{next(names)}"
            )
            for n in range(SUBMISSIONS)
        ]
        answers = in_parallel([(draft, taken.pop() if taken else None) for draft in drafts], floor)
        accepted = [answer for answer in answers if answer.accepted]
        taken += [answer.order_id for answer in accepted if answer.order_id]
        assert len(answers) == SUBMISSIONS
        assert {(r.code, r.text) for a in answers for r in a.refusals if r.code == "DATA_MISSING"} == set()
        assert {refusal.code for answer in answers for refusal in answer.refusals} <= {
            "OPEN_ORDERS_LIMIT", "OPEN_VALUE", "POSITION_LIMIT",
        }  # fmt: skip
        assert row(desk).open_orders == len(taken) == Order.objects.filter(leaves_qty__gt=0).count() == 22
        assert sum(money(firm)[:2]) == 10_000 * len(taken) <= 250_000
        assert lots(of_first)[1] <= 900
        assert set(Reservation.objects.filter(qty__gt=0).values_list("order_id", flat=True)) == set(taken)
    assert money(of_second)[2] == 0
    books()
    print(f"{ROUNDS} rounds of {SUBMISSIONS} in {monotonic() - started:.1f} s")


def in_parallel(work: list[tuple[Draft, int | None]], floor: factories.Floor) -> list[Answer]:
    """Each draft from a thread and connection of its own, first canceling an order of before where one is named."""
    start = Barrier(AT_ONCE)

    def some(mine: list[tuple[Draft, int | None]]) -> list[Answer]:
        start.wait()
        try:
            answers = []
            for draft, old in mine:
                if old is not None:
                    assert cancel([Cancellation(old)], floor.actor)[0].accepted
                answers += enter([draft], floor.actor)
            return answers
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [answer for answers in pool.map(some, [work[n::AT_ONCE] for n in range(AT_ONCE)]) for answer in answers]


def test_no_order_slips_past_a_limit_that_is_being_set(books: Callable[[], None]) -> None:
    """Orders enter all the while; the limit counts those before it and refuses those after it."""
    floor = factories.floor()

    def work(n: int) -> bool:
        try:
            if n == 10:
                limit("open_notional", 150_000)
                return False
            return enter([floor.draft(qty=100)], floor.actor)[0].accepted
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(work, range(40))).count(True)
    one = Limit.objects.get()
    assert money(one)[0] == D(10_000) * accepted
    assert accepted >= 15
    books()
