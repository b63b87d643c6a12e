"""Workers at once: two settle the same journal while a third sends and applies answers."""

import threading
from collections.abc import Callable

from django.db import connection

from settlement.answers import Answer, apply
from settlement.instruct import send
from settlement.models import Instruction, Obligation
from settlement.settle import settle
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.world import fill


def until_all(size: int, work: Callable[[], object], failures: list[BaseException]) -> threading.Thread:
    """A thread that repeats ``work`` until every execution has its obligation and every instruction is settled."""

    def run() -> None:
        try:
            while Instruction.objects.filter(state="settled").count() < size:
                work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    return threading.Thread(target=run)


def confirm_what_was_sent() -> None:
    send(7)
    apply(
        [
            Answer(held.reference, "settled", "CU", held.settl_date, held.qty, held.net_money)
            for held in Instruction.objects.filter(state="sent").order_by("-id")[:10]
        ]
    )


def test_workers_at_once_settle_each_execution_once(floor: Floor) -> None:
    for account in floor.accounts:
        for name in ("AAPL", "MSFT"):
            sides = ["buy" if n % 2 else "sell" for n in range(25)]
            of = floor.instruments[name]
            fill(floor, [(side, 10, "10.01") for side in sides], of=of, account=account, prefix=f"{account}{name}")
    failures: list[BaseException] = []
    work = (lambda: settle(9), lambda: settle(9), confirm_what_was_sent, confirm_what_was_sent)
    threads = [until_all(100, one, failures) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    assert failures == []
    assert Obligation.objects.count() == 100
    assert broken() == {}
