"""What is to be allocated: without an allocation, asked for, booked; each counted once, with what each account would get."""

from decimal import Decimal as D
from typing import Any

import pytest

from oms.blotter.ops.allocations import waiting
from oms.desk import Actor, affirming, allocating, booking, followed
from oms.desk.allocable import Share
from oms.desk.allocating import Pick, Wish
from orders.models import Account
from settlement.models import TradeConfirmation
from settlement.settle import settle
from tests import factories
from tests.factories import Floor
from tests.ops.conftest import Browser
from tests.settlement.world import fill

SHARES = (Share("ALPHA", percent=D(60)), Share("BETA", percent=D(40)))


@pytest.fixture
def block(floor: Floor) -> int:
    """An order of 300 that is executed in an allocation account."""
    account = Account.objects.create(code="AVG", name="Blocks", desk=floor.desk, average_price=True)
    [line] = fill(floor, [("buy", 100, "10"), ("buy", 200, "10.03")], one_order=True, account=account, prefix="V")
    while settle():
        pass
    return line.id


def only(client: Any, path: str) -> Any:
    [row] = client.get(path).json()["rows"]
    return row


def test_an_order_without_an_allocation_is_to_do_and_is_allocated_from_there(block: int, browser: Browser) -> None:
    client = browser("operations")
    row = only(client, "/ops/allocations/rows?state=unallocated")
    assert row["acts"] == ["allocate"]
    assert row["given"] == {"order_ids": [str(block)], "trade_date": "2026-11-23"}
    assert client.get("/ops/allocations/rows").json()["attention"]["allocations"] == 1
    page = client.get("/ops/allocations/").content.decode()
    assert f"/ops/trade/{block}/" in page


def test_asked_for_it_shows_what_each_would_get_and_booked_what_it_got(
    floor: Floor, block: int, browser: Browser
) -> None:
    actor = Actor.of(factories.user("olga", desk=floor.desk, role="operations"))
    [told] = allocating.allocate([Wish((block,), "percent", SHARES)], actor)
    assert told.allocation_id, told
    assert waiting() == 1
    client = browser("auditor")
    row = only(client, "/ops/allocations/rows?state=to_do")
    assert (row["key"], row["acts"]) == (str(told.allocation_id), ["change", "book", "cancel"])
    shares = client.get(f"/ops/allocations/{row['key']}/detail").json()["blocks"][0]
    would = [column["title"] for column in shares["columns"]].index("Would get")
    assert [one["cells"][would]["text"] for one in shares["rows"]] == ["180", "120"]

    [done] = booking.book([Pick(told.allocation_id)], actor)
    assert not done.refusals, done
    while settle() or followed.follow() or affirming.confirm():
        pass
    assert waiting() == 0
    row = only(client, "/ops/allocations/rows?state=booked")
    assert row["acts"] == []
    life = client.get(f"/ops/trade/{block}/data").json()
    assert [step["title"] for step in life["steps"]][:4] == ["Order", "Executed", "Allocated", "Confirmed"]
    assert [step["state"] for step in life["steps"]][:3] == ["done", "done", "done"]


def test_confirmations_have_their_clock_and_are_affirmed_from_there(floor: Floor, block: int, browser: Browser) -> None:
    actor = Actor.of(factories.user("olga", desk=floor.desk, role="operations"))
    [told] = allocating.allocate([Wish((block,), "percent", SHARES)], actor)
    booking.book([Pick(told.allocation_id or 0)], actor)
    while affirming.confirm():
        pass
    client = browser("operations")
    rows = client.get("/ops/confirmations/rows?state=open").json()["rows"]
    assert len(rows) == TradeConfirmation.objects.count() == 2
    assert all(row["acts"] == ["affirm", "dispute"] for row in rows)
    assert all("UTC" in row["cells"][2]["title"] for row in rows)
    TradeConfirmation.objects.update(state="late", was_late=True)
    assert client.get("/ops/overview").json()["attention"]["confirmations"] == 2
