"""Allocations and confirmations over HTTP: every answer is one the description names."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from oms.desk import affirming, enter, record, route
from orders.models import Account, Alert, Position
from settlement.load import load_calendars, load_rates
from settlement.models import Allocation, Obligation, TradeConfirmation
from tests.api.conftest import Rest
from tests.desk.world import children, fill, says
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
Holds = Callable[..., Any]
THIRDS = [{"account": "ALPHA", "percent": "33.33"}, {"account": "BETA", "percent": "33.33"},
          {"account": "GAMMA", "percent": "33.34"}]  # fmt: skip


@pytest.fixture
def ops(desk: Floor) -> Rest:
    """Operations, on a desk with an allocation account and three to allocate to."""
    load_calendars(2026, 2027)
    load_rates()
    Account.objects.create(code="GAMMA", name="Gamma", desk=desk.desk)
    Account.objects.create(code="AVG", name="Allocation", desk=desk.desk, average_price=True)
    return Rest(user("olga", desk=desk.desk, role="operations"))


def filled(desk: Floor, qty: int = 1000) -> str:
    (answer,) = enter([desk.draft(qty, account="AVG")], desk.actor)
    route()
    (child,) = children(answer.order_id)  # type: ignore[arg-type]
    assert not any(record([says(child, "new"), fill(child, qty // 4, "99.99"), fill(child, qty - qty // 4, "99.97")]))
    return str(answer.order_id)


def wish(order: str, **more: Any) -> dict[str, Any]:
    return {"order_ids": [order], "method": "percent", "shares": THIRDS} | more


def test_from_preview_to_affirmation(ops: Rest, desk: Floor, holds: Holds) -> None:
    order = filled(desk)
    assert holds(ops.get("allocations/to-do/"), "allocations/to-do/")["results"][0]["order_id"] == order
    seen = holds(ops.post("allocations/preview/", wish(order)), "allocations/preview/", "post")
    assert (seen["executed"], seen["qty"], seen["avg_px"]) == (True, "1000", "99.975")
    assert [one["alloc_qty"] for one in seen["shares"]] == ["333", "333", "334"]
    assert not Allocation.objects.exists()
    made = holds(ops.post("allocations/", wish(order), Idempotency_Key="k1"), "allocations/", "post")
    again = ops.post("allocations/", wish(order), Idempotency_Key="k1")
    assert (made["state"], again.json()["id"]) == ("submitted", made["id"])
    one = f"allocations/{made['id']}/"
    two = [{"account": "ALPHA", "percent": "50", "qty": None}, {"account": "BETA", "percent": "50"}]
    path = "allocations/{allocation_id}/"
    changed = holds(
        ops.post(f"{one}change/", {"method": "percent", "shares": two, "version": 1}), f"{path}change/", "post"
    )
    assert (changed["revision"], [share["account"] for share in changed["shares"]]) == (2, ["ALPHA", "BETA"])
    stale = holds(ops.post(f"{one}book/", {"version": 1}), f"{path}book/", "post")
    assert stale["code"] == "VERSION_CONFLICT"
    booked = holds(ops.post(f"{one}book/"), f"{path}book/", "post")
    assert (booked["state"], [event["act"] for event in booked["events"]]) == (
        "booked",
        ["allocated", "changed", "booked"],
    )
    assert sum(D(share["net_money"]) for share in booked["shares"]) == D(booked["net_money"])
    assert holds(ops.post(f"{one}cancel/"), f"{path}cancel/", "post")["code"] == "ALLOCATION_STATE"
    assert dict(Position.objects.exclude(qty=0).values_list("account__code", "qty")) == {"ALPHA": 500, "BETA": 500}
    listed = holds(ops.get(f"allocations/?state=booked&order_id={order}&account=ALPHA"), "allocations/")
    assert [row["id"] for row in listed["results"]] == [made["id"]]
    assert holds(ops.get(one), path)["version"] == 3
    _affirmed(ops, holds)
    fair = holds(ops.get("allocations/fairness/?symbol=AAPL"), "allocations/fairness/")["results"]
    assert {(row["px_difference"], row["share_given_pct"], row["share_difference_qty"]) for row in fair} == {
        ("0", "50", "0")
    }
    table = ops.get("allocations/fairness/?csv=1").content.decode().splitlines()
    assert table[0].startswith("allocation_id,trade_date,symbol")
    assert len(table) == 3


def _affirmed(ops: Rest, holds: Holds) -> None:
    """One of the two agrees, the other has another price."""
    affirming.confirm()
    first, second = holds(ops.get("confirmations/?state=confirmed"), "confirmations/")["results"]
    path = "confirmations/{confirmation_id}/"
    same = {name: first[name] for name in ("side", "qty", "avg_px", "net_money", "trade_date", "settl_date", "account")}
    near = str(D(first["net_money"]) + D("0.5"))
    told = ops.post(f"confirmations/{first['id']}/affirm/", {"theirs": same | {"net_money": near}})
    assert holds(told, f"{path}affirm/", "post")["state"] == "affirmed"
    theirs = {"avg_px": "99.98", "qty": second["qty"], "settl_date": "2026-11-25"}
    other = holds(ops.post(f"confirmations/{second['id']}/affirm/", {"theirs": theirs}), f"{path}affirm/", "post")
    assert other["state"] == "disputed"
    assert [(row["field"], row["theirs"]) for row in other["differences"]] == [
        ("avg_px", "99.98"), ("settl_date", "2026-11-25"),
    ]  # fmt: skip
    assert Alert.objects.filter(code="CONFIRMATION_DIFFERS").count() == 1
    assert (
        holds(ops.post(f"confirmations/{first['id']}/dispute/", {"text": "no"}), f"{path}dispute/", "post")["code"]
        == "CONFIRMATION_STATE"
    )
    assert holds(ops.get(f"confirmations/{second['id']}/"), path)["events"][-1]["state"] == "disputed"
    assert holds(ops.get("confirmations/999/"), path)["code"] == "UNKNOWN_CONFIRMATION"
    ops.post(f"confirmations/{second['id']}/affirm/")
    assert set(TradeConfirmation.objects.values_list("state", flat=True)) == {"affirmed"}


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"shares": []}, "shares", "BAD_VALUE"),
    ({"shares": [{"account": "ALPHA", "percent": 33.3}]}, "shares[0].percent", "BAD_NUMBER"),
    ({"shares": [{"account": "ALPHA", "percent": "-1"}]}, "shares[0].percent", "NOT_POSITIVE"),
    ({"shares": ["ALPHA"]}, "shares[0]", "BAD_VALUE"),
    ({"shares": [{"account": "ALPHA", "weight": "1"}]}, "shares[0].weight", "UNKNOWN_FIELD"),
    ({"shares": [{"account": "ALPHA", "qty": "1", "priority": 0}]}, "shares[0].priority", "BAD_VALUE"),
    ({"method": "equal"}, "method", "BAD_VALUE"),
    ({"min_lot": "0"}, "min_lot", "NOT_POSITIVE"),
    ({"order_ids": ["x"]}, "order_ids", "BAD_VALUE"),
    ({"trade_date": "yesterday"}, "trade_date", "BAD_VALUE"),
    ({"text": "a\u0007b"}, "text", "BAD_TEXT"),
    ({"order_ids": ["999999"]}, "order_ids", "UNKNOWN_ORDER"),
    ({"shares": THIRDS[:2]}, "shares", "BAD_ALLOCATION"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "code"), BAD, ids=[f"{row[1]} {row[2]}" for row in BAD])
def test_bad_input_is_told_by_field_and_moves_nothing(
    ops: Rest, desk: Floor, holds: Holds, changes: Any, field: str, code: str
) -> None:
    body = wish(filled(desk)) | changes
    for path in ("allocations/", "allocations/preview/"):
        told = holds(ops.post(path, body), path, "post")
        assert (told["errors"][0]["field"], told["errors"][0]["code"]) == (field, code)
    assert not Allocation.objects.exists()
    assert not Obligation.objects.exists()


def test_other_desks_see_and_move_nothing(ops: Rest, desk: Floor) -> None:
    made = ops.post("allocations/", wish(filled(desk))).json()["id"]
    stranger = Rest(user("tom"))
    assert stranger.get("allocations/").json()["results"] == []
    assert stranger.get(f"allocations/{made}/").status_code == 404
    assert stranger.post(f"allocations/{made}/cancel/").status_code == 404
    assert stranger.get("allocations/to-do/").json()["results"] == []
    assert Allocation.objects.get().state == "submitted"
