"""Gateway processes on the test database, venues, and orders to send."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from oms.base.clock import now
from orders.models import Order
from routing.models import Inbox, Outbox, VenueSession
from tests import factories
from tests.routing.venues import AT, ROOT, Venues, running, until


class Gateway:
    """``manage.py gateway CODE`` on the test database; ``kill`` is SIGKILL."""

    def __init__(self, code: str, home: Path) -> None:
        self.code, self.home = code, home
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Gateway":
        url = urlsplit(settings.DATABASE_URL)._replace(path="/" + connection.settings_dict["NAME"])
        environment = os.environ | {
            "DATABASE_URL": urlunsplit(url), "OMS_HOME": str(self.home), "SECRET_KEY": "tests", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / f"{self.code}.log").open("ab") as log:
            command = [sys.executable, "manage.py", "gateway", self.code]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        return self

    def kill(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(60)


@pytest.fixture
def venues(tmp_path: Path) -> Iterator[Venues]:
    with running(tmp_path / "venues") as started:
        yield started


@pytest.fixture
def floor(transactional_db: None, venues: Venues) -> factories.Floor:
    made = factories.floor()
    VenueSession.objects.update(port=venues.port)
    return made


@pytest.fixture
def gateway(floor: factories.Floor, tmp_path: Path) -> Iterator[Callable[..., Gateway]]:
    """Call it with a session's code to start a gateway; all are ended with the test."""
    made: list[Gateway] = []

    def start(code: str = "XNAS", home: Path | None = None) -> Gateway:
        made.append(Gateway(code, home or tmp_path / "oms"))
        return made[-1].start()

    yield start
    for one in made:
        one.stop()


def order(floor: factories.Floor, cl_ord_id: str = "ROOT", **more: object) -> Order:
    """An order of the book, made by hand: the gateway does not care what is in it."""
    at = now()
    terms = {
        "account": floor.accounts[0], "instrument": floor.instruments["AAPL"], "desk": floor.desk,
        "entered_by": floor.trader, "sender_comp_id": "tina", "cl_ord_id": cl_ord_id, "side": "buy",
        "ord_type": "limit", "time_in_force": "day", "order_qty": 10**6, "price": 99, "phase": "new", "version": 1,
        "head_hash": b"\0" * 32, "created_at": at, "updated_at": at,
    }  # fmt: skip
    return Order.objects.create(**(terms | more))


def child(floor: factories.Floor, cl_ord_id: str = "CHILD") -> Order:
    """What went to XNAS for it."""
    return order(floor, cl_ord_id, parent=order(floor), venue="XNAS", sender_comp_id="XNAS")


def waiting(about: Order, names: list[str], msg_type: str = "D", **more: object) -> list[Outbox]:
    """Outbox rows: each name a buy order for 10; every tenth meets the market."""
    rows = []
    for n, name in enumerate(names):
        fields = {
            "cl_ord_id": name, "symbol": "AAPL", "side": "buy", "order_qty": "10", "ord_type": "limit",
            "price": "99.00" if n % 10 else "100.10", "time_in_force": "day", "transact_time": AT,
        }  # fmt: skip
        rows.append(
            Outbox(
                session_id="XNAS",
                order=about,
                msg_type=msg_type,
                cl_ord_id=name,
                fields=fields | more,
                created_at=now(),
            )
        )
    return Outbox.objects.bulk_create(rows)


def arrived(exec_type: str) -> int:
    """How many reports of a kind are in the inbox."""
    return Inbox.objects.filter(fields__exec_type=exec_type).count()


def answered(count: int, timeout_s: float = 90) -> bool:
    """Wait until ``count`` orders are acknowledged."""
    return until(lambda: arrived("new") >= count, timeout_s)
