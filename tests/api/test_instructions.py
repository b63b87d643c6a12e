"""Instructions, standing instructions and fails over REST: read, repaired with a reason, and who may not."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orders.models import BusinessDate
from settlement.answers import Answer, apply
from settlement.instruct import send
from settlement.models import Instruction, NettingSwitch
from settlement.netrun import net
from settlement.settle import settle
from tests.api.conftest import Rest
from tests.factories import Floor, user
from tests.settlement.world import MONDAY, fill, instrument, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(transactional_db: None, settings: Any, tmp_path: Path) -> Floor:
    settings.OMS_HOME = tmp_path
    return world()


@pytest.fixture
def floor(desk: Floor) -> Floor:
    return desk


@pytest.fixture
def olga(floor: Floor) -> Rest:
    return Rest(user("olga", role="operations"))


@pytest.fixture
def omar(floor: Floor) -> Rest:
    return Rest(user("omar", role="operations"))


def settle_all() -> None:
    while settle():
        pass


def test_an_instruction_is_read_by_its_desk_and_repaired_by_operations(floor: Floor, olga: Rest, holds: Any) -> None:
    (order, _) = fill(floor, [("buy", 100, "10"), ("sell", 50, "11")])
    settle_all()
    trader, stranger = Rest(floor.trader), Rest(user("nobody"))
    listed = holds(trader.get(f"instructions/?order_id={order.id}&state=open"), "instructions/", "get")["results"]
    (one,) = listed
    assert (one["reference"], one["direction"], one["qty"], one["state"]) == (
        Instruction.objects.earliest("id").reference, "receive", "100", "ready",
    )  # fmt: skip
    path = f"instructions/{one['id']}"
    whole = holds(trader.get(f"{path}/"), "instructions/{instruction_id}/", "get")
    assert (whole["orders"], [event["state"] for event in whole["events"]]) == ([str(order.id)], ["ready"])
    assert stranger.get(f"{path}/").status_code == 404
    assert stranger.get("instructions/").json()["results"] == []
    assert trader.post(f"{path}/hold/", {"reason": "x"}).status_code == 403
    held = holds(
        olga.post(f"{path}/hold/", {"reason": "the broker calls"}), "instructions/{instruction_id}/hold/", "post"
    )
    assert (held["on_hold"], held["events"][-1]["text"]) == (True, "the broker calls")
    assert send() == 1
    again = olga.post(f"{path}/hold/", {"reason": "twice"})
    assert (again.status_code, again.json()["code"]) == (409, "BAD_VALUE")
    assert olga.post(f"{path}/release/", {"reason": "confirmed"}).json()["on_hold"] is False
    assert send() == 1
    asked = olga.post(f"{path}/cancel/", {"reason": "wrong broker"}).json()
    assert asked["state"] == "cancel_requested"
    apply([Answer(one["reference"], "cancelled", business_date=MONDAY)])
    fresh = olga.post(f"{path}/resend/", {"reason": "right broker"})
    assert fresh.status_code == 200
    assert Instruction.objects.latest("id").linked_to_id == int(one["id"])
    amended = olga.post(f"instructions/{Instruction.objects.latest('id').pk}/amend/", {"priority": 1, "reason": "now"})
    assert amended.json()["priority"] == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("instructions/999/hold/", {"reason": "x"}, 404, "MISSING"),
        ("instructions/{one}/hold/", {}, 400, "MISSING"),
        ("instructions/{one}/hold/", {"reason": ""}, 400, "MISSING"),
        ("instructions/{one}/hold/", {"reason": 5}, 400, "BAD_TEXT"),
        ("instructions/{one}/hold/", {"reason": "x", "why": "y"}, 400, "UNKNOWN_FIELD"),
        ("instructions/{one}/amend/", {"reason": "x", "priority": 9}, 422, "BAD_VALUE"),
        ("instructions/{one}/amend/", {"reason": "x", "priority": "1"}, 400, "BAD_VALUE"),
        ("instructions/{one}/amend/", {"reason": "x", "settl_date": "soon"}, 400, "BAD_VALUE"),
        ("instructions/{one}/amend/", {"reason": "x"}, 422, "NOTHING_CHANGES"),
        ("instructions/{one}/check/", b"", 404, "MISSING"),
        ("instructions/", {"reason": "x"}, 400, "MISSING"),
        ("standing-instructions/", {"reason": "x", "valid_from": "2026-11-24"}, 422, "MISSING"),
        ("standing-instructions/", {"reason": "x", "valid_from": "x", "agent_bic": "CITIUS33"}, 400, "BAD_VALUE"),
        ("standing-instructions/", {"reason": "x", "valid_from": "2026-11-24", "agent_bic": "X"}, 422, "BAD_VALUE"),
        (
            "standing-instructions/",
            {"reason": "x", "valid_from": "2026-11-24", "account": "NO"},
            422,
            "UNKNOWN_ACCOUNT",
        ),
        ("standing-instructions/999/check/", b"", 404, "MISSING"),
    ],
)
def test_what_is_wrong_is_named_and_moves_nothing(
    floor: Floor, olga: Rest, path: str, body: Any, status: int, code: str
) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    one = Instruction.objects.get()
    before = list(Instruction.objects.values_list())
    answer = olga.post(path.format(one=one.pk), body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert list(Instruction.objects.values_list()) == before


def test_free_of_payment_needs_two(floor: Floor, olga: Rest, omar: Rest, holds: Any) -> None:
    wish = {
        "account": "ALPHA", "symbol": "AAPL", "direction": "deliver", "qty": "10", "settl_date": "2026-11-24",
        "reason": "to the new custodian",
    }  # fmt: skip
    made = olga.post("instructions/", wish)
    assert made.status_code == 201, made.content
    path = f"instructions/{made.json()['id']}"
    assert (made.json()["state"], made.json()["made_by"], made.json()["payment"]) == ("draft", "olga", "free")
    alone = olga.post(f"{path}/check/")
    assert (alone.status_code, alone.json()["code"]) == (409, "SAME_PERSON")
    assert olga.post(f"{path}/release/", {"reason": "x"}).json()["code"] == "SECOND_PERSON"
    checked = holds(omar.post(f"{path}/check/"), "instructions/{instruction_id}/check/", "post")
    assert (checked["state"], checked["checked_by"]) == ("ready", "omar")
    unknown = olga.post("instructions/", wish | {"symbol": "NOPE"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "UNKNOWN_INSTRUMENT")


def test_a_standing_instruction_is_written_checked_and_releases_what_waited(
    floor: Floor, olga: Rest, omar: Rest, holds: Any
) -> None:
    fill(floor, [("buy", 100, "10")], of=instrument("RY", settl_market="CA", currency="CAD"))
    settle_all()
    body = {
        "reason": "opened", "valid_from": "2026-11-23", "account": "ALPHA", "market": "CA",
        "place_of_settlement": "CDSLCATT", "counterparty": "CDCC", "safekeeping_account": "CA-1",
    }  # fmt: skip
    made = holds(olga.post("standing-instructions/", body), "standing-instructions/", "post")
    assert made["state"] == "proposed"
    path = f"standing-instructions/{made['id']}/check/"
    assert olga.post(path).json()["code"] == "SAME_PERSON"
    assert Instruction.objects.get().state == "draft"
    assert omar.post(path).json()["state"] == "in_force"
    held = Instruction.objects.get()
    assert (held.state, held.safekeeping_account, held.ssi_id) == ("ready", "CA-1", int(made["id"]))
    listed = holds(olga.get("standing-instructions/?state=in_force"), "standing-instructions/", "get")
    assert [row["checked_by"] for row in listed["results"]] == ["omar"]
    assert Rest(floor.trader).get("standing-instructions/").status_code == 403


def test_a_net_instruction_names_the_orders_under_it(floor: Floor, olga: Rest) -> None:
    NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=date(2026, 1, 1), nets=True)
    lines = fill(floor, [("buy", 100, "10"), ("buy", 50, "11")])
    settle_all()
    net(MONDAY)
    (one,) = olga.get("instructions/").json()["results"]
    assert (one["is_net"], one["qty"]) == (True, "150")
    assert olga.get(f"instructions/{one['id']}/").json()["orders"] == [str(line.id) for line in lines]


def test_fails_are_told_with_age_and_close_out(floor: Floor, olga: Rest, holds: Any) -> None:
    fill(floor, [("sell_short", 100, "10")])
    settle_all()
    send()
    one = Instruction.objects.get()
    apply([Answer(one.reference, "failing", "CU", date(2026, 11, 24), reason_code="LACK", reason="lack of securities")])
    assert olga.get("fails/").json()["results"] == []
    BusinessDate.objects.update(today=date(2026, 11, 25))
    (fail,) = holds(olga.get("fails/"), "fails/", "get")["results"]
    assert (fail["reason_code"], fail["age_days"], fail["close_out_by"]) == ("LACK", 1, "2026-11-25")
    assert (fail["open_qty"], fail["penalty"], fail["penalties"]) == ("100", "0", [])
