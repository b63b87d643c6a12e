"""The demo's stream of orders: what it chooses, and that it really sends it, over HTTP, to a running server."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from oms.desk.cash import ladders
from oms.management import flow
from oms.models import Switch
from orders.models import Account, ExecutionReport, Order, Position
from settlement.models import BookTransfer, CustodyMovement

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = [{"price_from": "0", "tick": "0.0001"}, {"price_from": "1", "tick": "0.01"}]
SHARE = {"symbol": "AAPL", "primary_mic": "XNAS", "asset_class": "equity", "reference_price": "100", "ticks": TICKS}
ACCOUNT = {"account": "EQ-CORE", "desk": "EQ"}
QUOTE = {"symbol": "AAPL", "bid_px": "99.99", "offer_px": "100.01"}


@given(st.integers())
def test_orders_are_near_the_market_and_on_its_ticks(seed: int) -> None:
    step = flow.enter(random.Random(seed), ACCOUNT, SHARE, [QUOTE])
    assert (step.method, step.path, step.body["symbol"]) == ("POST", "orders/", "AAPL.XNAS")
    if step.body["ord_type"] == "limit":
        price = Decimal(step.body["price"])
        assert price % Decimal("0.01") == 0
        assert Decimal("99.8") < price < Decimal("100.2")


def test_an_instrument_nobody_prices_gets_market_orders() -> None:
    bare = {**SHARE, "reference_price": None}
    assert {flow.enter(random.Random(n), ACCOUNT, bare, []).body["ord_type"] for n in range(50)} == {"market"}


def test_there_is_something_of_everything() -> None:
    dice = random.Random(1)
    mine = [{"order_id": str(n), "version": 3, "order_qty": "300", "price": "99"} for n in range(5)]
    steps = [flow.tidy(dice, mine) or flow.enter(dice, ACCOUNT, SHARE, [QUOTE]) for _ in range(2_000)]
    kinds = Counter((step.method, step.path.rpartition("/")[0].rpartition("/")[2]) for step in steps)
    assert kinds["POST", "orders"] > 1_400
    assert kinds["POST", "cancel"] > 100
    assert sum(count for (method, _), count in kinds.items() if method == "PATCH") > 100
    sides = Counter(step.body.get("side") for step in steps)
    assert min(sides["buy"], sides["sell"], sides["sell_short"]) > 50
    assert sum(step.body.get("order_qty") == str(flow.TOO_MANY) for step in steps) > 50
    assert {step.if_match for step in steps if step.method == "PATCH"} == {'"3"'}


def test_open_orders_do_not_pile_up() -> None:
    mine = [{"order_id": str(n), "version": 1, "order_qty": "1", "price": None} for n in range(flow.MOST_OPEN)]
    assert flow.tidy(random.Random(1), mine) == flow.Step("POST", f"orders/{flow.MOST_OPEN - 1}/cancel/", {})


@pytest.mark.system
@pytest.mark.django_db(transaction=True)
def test_the_command_sends_orders_to_a_running_server(live_server: Any, settings: Any, tmp_path: Path) -> None:
    """As the demo runs it: another process that knows only the port and the seed's token. It rests when told to."""
    settings.OMS_HOME = tmp_path
    call_command("seed", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    environment = {**os.environ, "OMS_HOME": str(tmp_path), "PORT": str(live_server.thread.port), "HOST": "127.0.0.1"}
    environment["DATABASE_URL"] = "postgresql://nobody@/none?host=/nowhere"  # it must not need the database
    environment["SECRET_KEY"] = django_settings.SECRET_KEY
    command = [sys.executable, "manage.py", "flow", "--pause", "5"]
    subprocess.run([*command, "--count", "40"], cwd=ROOT, env=environment, check=True, timeout=240)
    assert Order.objects.filter(parent__isnull=True).count() > 20
    assert set(Order.objects.values_list("entered_by__username", flat=True)) == {"api"}
    assert ExecutionReport.objects.filter(exec_type="rejected").exists()

    Switch.objects.filter(pk="flow").update(on=False)
    before = Order.objects.count()
    resting = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert resting.stdout
    assert resting.stdout.readline().startswith(b"Sending orders")
    with pytest.raises(subprocess.TimeoutExpired):
        resting.wait(3)
    resting.send_signal(signal.SIGTERM)
    assert resting.wait(60) == 0
    assert Order.objects.count() == before
    connection.close()


def test_the_seed_is_private_and_may_be_repeated(db: None, settings: Any, tmp_path: Path, capsys: Any) -> None:
    settings.OMS_HOME = tmp_path
    call_command("seed")
    file = tmp_path / "seed.json"
    first = file.read_text()
    counts = Order.objects.count(), len(json.loads(first)["users"])
    opened = list(BookTransfer.objects.order_by("pk").values_list())
    assert opened
    assert {(one.state, one.proposed_by.username, one.decided_by.username) for one in BookTransfer.objects.all()} == {  # type: ignore[union-attr]
        ("booked", "operations", "operations2")
    }
    core = Account.objects.get(code="EQ-CORE")
    [money] = [one for one in ladders([core.pk]) if one.currency == "USD"]
    assert {money.settled, money.available} == {Decimal(100_000_000)}
    assert dict(Position.objects.filter(account=core).values_list("instrument__symbol", "qty"))["KO"] == 100_000
    call_command("seed")
    assert list(BookTransfer.objects.order_by("pk").values_list()) == opened
    assert CustodyMovement.objects.count() == len(opened)
    assert file.read_text() == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert counts == (0, 10)
    assert "48 instruments" in capsys.readouterr().out
