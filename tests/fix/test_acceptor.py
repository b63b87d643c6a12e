"""Clients that speak FIX, over TCP to a real acceptor process on the real database."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from oms.base.ports import free_port
from oms.management.conformance.compare import differences
from oms.management.conformance.matrices import stage
from oms.management.conformance.matrices.acceptor import ROOT, SESSION, _url, client
from oms.management.conformance.matrices.client import Client, play
from oms.management.conformance.matrices.paths import paths
from orders.models import ExecutionReport, Order, User
from routing.fix.engine import wait_for
from routing.fix.link import Link
from routing.models import ClientMessage, ClientReport, ClientSession
from tests.matrices import scenarios

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trader() -> Iterator[Client]:
    """A client that is logged on."""
    with client() as one:
        yield one


def new(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "cl_ord_id": "A1", "account": stage.ACCOUNT, "symbol": stage.SYMBOL, "side": "buy", "ord_type": "limit",
        "order_qty": "100", "price": "100", "time_in_force": "day", "handl_inst": "automated",
        "transact_time": "2026-11-23T10:00:00.000+00:00",
    }  # fmt: skip
    return {name: value for name, value in (fields | changes).items() if value is not None}


def test_every_scenario_comes_back_as_the_standard_has_it(trader: Client) -> None:
    failures = {
        path.name: found
        for scenario in scenarios()
        for path in paths(scenario)
        if (found := differences(*play(path, trader, SESSION), {}))
    }
    assert failures == {}


NONSENSE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("D", new(account="NOBODY"), {"msg_type": "8", "exec_type": "rejected", "ord_rej_reason": 15, "order_id": "NONE"}),
        ("D", new(symbol="ZZZZ"), {"msg_type": "8", "exec_type": "rejected", "ord_rej_reason": 1}),
        ("D", new(order_qty="0"), {"msg_type": "8", "exec_type": "rejected", "ord_rej_reason": 13}),
        ("D", new(order_qty=None), {"msg_type": "8", "exec_type": "rejected", "ord_rej_reason": 99}),
        ("D", new(price=None), {"msg_type": "8", "exec_type": "rejected", "ord_rej_reason": 99}),
        ("D", new(ord_type="stop", price=None), {"msg_type": "8", "exec_type": "rejected"}),
        ("D", new(cl_ord_id="oms-1"), {"msg_type": "8", "exec_type": "rejected"}),
        ("F", new(orig_cl_ord_id="none", account=None, price=None, ord_type=None, time_in_force=None, handl_inst=None),
         {"msg_type": "9", "cxl_rej_reason": 1, "ord_status": "rejected", "order_id": "NONE"}),
        ("G", new(orig_cl_ord_id="none"), {"msg_type": "9", "cxl_rej_reason": 1, "order_id": "NONE"}),
        ("H", {"cl_ord_id": "none", "symbol": stage.SYMBOL, "side": "buy"},
         {"msg_type": "8", "exec_type": "order_status", "ord_status": "rejected", "ord_rej_reason": 5, "order_id": "NONE"}),
        ("AF", {"mass_status_req_id": "M1", "mass_status_req_type": "all_orders"},
         {"msg_type": "8", "mass_status_req_id": "M1", "tot_num_reports": 0}),
        ("q", {"cl_ord_id": "Q1", "mass_cancel_request_type": "orders_for_a_product",
               "transact_time": "2026-11-23T10:00:00.000+00:00"},
         {"msg_type": "r", "mass_cancel_response": "request_rejected"}),
    ]  # fmt: skip
RULES = [
    ("35=D\x0111=B1\x01", 1),
    ("35=F\x0111=B1\x0155=X\x0154=1\x0160=20261123-10:00:00\x01", 1),
    ("35=H\x0111=B1\x0155=X\x0154=Z\x01", 5),
    ("35=H\x0111=\x0155=X\x0154=1\x01", 4),
]


def test_what_makes_no_sense_is_answered_and_moves_nothing(trader: Client) -> None:
    for msg_type, fields, expected in NONSENSE:
        trader.engine.send(trader.name, msg_type, fields)
        heard = trader.hear()
        assert {name: heard.get(name) for name in expected} == expected, (msg_type, fields)
    for body, reason in RULES:
        trader.engine.send_body(trader.name, body)
        heard = trader.hear()
        assert (heard["msg_type"], heard["session_reject_reason"]) == ("3", reason), body
        assert heard.get("ref_tag_id") is not None
    trader.engine.send_body(trader.name, "35=V\x01262=1\x01263=0\x01264=1\x01267=1\x01269=0\x01146=1\x0155=X\x01")
    heard = trader.hear()
    assert (heard["msg_type"], heard["business_reject_reason"]) == ("j", 3)
    assert not Order.objects.exists()
    assert ClientMessage.objects.count() == len(NONSENSE) + 1
    trader.engine.send(trader.name, "D", new(cl_ord_id="after"))
    assert wait_for(lambda: Order.objects.filter(cl_ord_id="after").exists(), 60)


def test_a_mass_cancel_takes_out_what_is_open(trader: Client) -> None:
    trader.engine.send(trader.name, "D", new(cl_ord_id="m1"))
    trader.engine.send(trader.name, "D", new(cl_ord_id="m2"))
    assert wait_for(lambda: Order.objects.filter(parent=None).count() == 2, 60)
    moment = "2026-11-23T10:00:00.000+00:00"
    trader.engine.send(
        trader.name, "q", {"cl_ord_id": "q1", "mass_cancel_request_type": "all_orders", "transact_time": moment}
    )
    heard = [trader.hear() for _ in range(3)]
    assert sorted(one["msg_type"] for one in heard) == ["8", "8", "r"]
    assert {one["ord_status"] for one in heard if one["msg_type"] == "8"} == {"canceled"}


def test_a_list_is_entered_and_its_status_told(trader: Client) -> None:
    items = [new(cl_ord_id=f"l{n}", transact_time=None) | {"list_seq_no": n} for n in (1, 2)]
    items[1]["symbol"] = "ZZZZ"
    trader.engine.send(
        trader.name, "E", {"list_id": "L1", "bid_type": "no_bidding_process", "tot_no_orders": 2, "orders": items}
    )
    heard = trader.hear()
    assert (heard["msg_type"], [one["ord_status"] for one in heard["orders"]]) == ("N", ["pending_new", "rejected"])


@pytest.mark.parametrize(("password", "welcome"), [("right", True), ("wrong", False)])
def test_a_password_is_asked_for(tmp_path: Path, password: str, welcome: bool) -> None:
    with Acceptor(tmp_path) as acceptor:
        stage_session(f"PW-{password}", password=PBKDF2PasswordHasher().encode("right", "salt", 1_000), username="us")
        acceptor.start()
        link = Link(SESSION, f"PW-{password}", "OMS", port=acceptor.port, username="us", password=password)
        one = Client(link, tmp_path / "client")
        one.engine.start()
        assert wait_for(lambda: one.engine.is_logged_on(SESSION), 60 if welcome else 8) == welcome
        one.engine.stop()


class Acceptor:
    """An acceptor process that can be killed."""

    def __init__(self, home: Path) -> None:
        self.home, self.port, self.process = home, free_port(), None

    def __enter__(self) -> "Acceptor":
        return self

    def start(self) -> None:
        command = [sys.executable, str(ROOT / "manage.py"), "fix_acceptor", "--port", str(self.port)]
        environment = os.environ | {"OMS_HOME": str(self.home), "DATABASE_URL": _url()}
        with (self.home / "acceptor.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def stage_session(comp_id: str, **more: Any) -> None:
    stage.trader()
    user = User.objects.get(username="conformance")
    ClientSession.objects.update_or_create(code=SESSION, defaults={"target_comp_id": comp_id, "user": user} | more)


def test_kill_in_mid_flow_loses_nothing_and_books_nothing_twice(tmp_path: Path) -> None:
    count = 120
    with Acceptor(tmp_path) as acceptor:
        stage_session("KILLED", send_pending_new=True)
        acceptor.start()
        one = Client(Link(SESSION, "KILLED", "OMS", port=acceptor.port), tmp_path / "client")
        one.engine.start()
        for kill in range(3):
            assert wait_for(lambda: one.engine.is_logged_on(SESSION), 60)
            for n in range(40):
                one.engine.send(SESSION, "D", new(cl_ord_id=f"k{kill}-{n}"))
            wait_for(lambda done=kill * 40 + 5: Order.objects.count() >= done, 20)
            acceptor.kill()
            acceptor.start()
        assert wait_for(lambda: Order.objects.filter(parent=None).count() == count, 90)
        first: dict[str, set[str]] = {}
        while len(first) < count:
            heard = one.hear(60)
            assert heard, f"{len(first)} of {count} reports came"
            again = heard.get("poss_resend") or heard.get("poss_dup")
            known = first.setdefault(heard["cl_ord_id"], set())
            assert heard["exec_id"] not in known or again
            known.add(heard["exec_id"])
        one.engine.stop()
    assert all(len(ids) == 1 for ids in first.values())
    assert ExecutionReport.objects.filter(exec_type="pending_new", is_root=True).count() == count
    numbers = ClientReport.objects.exclude(msg_seq_num=None).values_list("msg_seq_num", flat=True)
    assert len(set(numbers)) == len(numbers)
