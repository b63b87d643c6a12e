"""Overrides over REST: the answer that offers one, asking, deciding, sending, and every bad request."""

from typing import Any

import pytest

from orders.models import Order
from orders.vocabulary import Role
from risk.models import Decision, Override
from tests.api.conftest import Rest, order
from tests.api.test_orders import codes
from tests.factories import Floor, user
from tests.overriding import everything, second_person, warn

pytestmark = pytest.mark.django_db
ASK = "risk/overrides/"


@pytest.fixture
def carla(desk: Floor) -> Rest:
    """Compliance."""
    return Rest(user("carla", role=Role.COMPLIANCE))


@pytest.fixture
def warned(desk: Floor) -> Floor:
    warn()
    second_person()
    return desk


@pytest.fixture
def asked(warned: Floor, rest: Rest) -> Any:
    """A request of the trader's, as it was answered."""
    way = rest.post("orders/", order()).json()["override"]
    answer = rest.post(
        ASK, {"order_id": way["order_id"], "terms_hash": way["terms_hash"], "reason": "the client insists"}
    )
    assert answer.status_code == 201
    return answer.json()


def test_a_warning_says_what_it_needs_and_takes_a_reason(rest: Rest, desk: Floor) -> None:
    warn()
    answer = rest.post("orders/", order()).json()
    assert answer["errors"][0]["soft"]
    assert answer["override"]["needs"] == "reason"
    bare = rest.post("orders/", order(acknowledge_soft=True))
    assert codes(bare) == [("acknowledge_reason", "MISSING")]
    assert rest.post("orders/", order(acknowledge_soft=True, acknowledge_reason="block")).status_code == 201
    assert Decision.objects.latest("id").reason == "block"


def test_what_nobody_may_waive_offers_nothing(rest: Rest, desk: Floor) -> None:
    warn("10", hard="50")
    assert "override" not in rest.post("orders/", order()).json()


def test_from_refusal_to_order(rest: Rest, carla: Rest, asked: Any, books: Any) -> None:
    assert (asked["state"], asked["needs"], asked["asked_by"]) == ("asked", "second_person", "tina")
    assert [(one["control"], one["measured"], one["limit"]) for one in asked["breaches"]] == [
        ("PT-01", "100", "50"), ("PT-36", "10000", "0"),
    ]  # fmt: skip
    [waiting] = carla.get(f"{ASK}?state=asked").json()["results"]
    assert waiting == asked

    number = asked["override_id"]
    granted = carla.post(f"{ASK}{number}/grant/", {"reason": "seen the letter", "minutes": 5}).json()
    assert (granted["state"], granted["decided_by"], granted["answer"]) == ("granted", "carla", "seen the letter")
    sent = rest.post("orders/", order(override_id=number))
    assert sent.status_code == 201
    whole = rest.get(f"{ASK}{number}/").json()
    assert (whole["state"], whole["used_by"]) == ("used", sent.json()["order_id"])
    assert [(one["what"], one["by"]) for one in whole["events"]] == [
        ("asked", "tina"), ("granted", "carla"), ("used", None),
    ]  # fmt: skip
    again = rest.post("orders/", order(override_id=number))
    assert (again.status_code, codes(again)) == (422, [("override_id", "OVERRIDE_USED")])
    assert rest.get(f"{ASK}{number}/").json()["events"][-1]["what"] == "turned_away"
    books()


def test_by_csv(rest: Rest, carla: Rest, asked: Any) -> None:
    carla.post(f"{ASK}{asked['override_id']}/grant/", {"reason": "fine"})
    table = (
        "account,symbol,side,ord_type,time_in_force,order_qty,price,acknowledge_soft,acknowledge_reason,override_id\n"
        f"ALPHA,AAPL,buy,limit,day,100,100.00,,,{asked['override_id']}\n"
        "ALPHA,AAPL,buy,limit,day,100,100.00,true,,\n"
    )
    good, bad = rest.send("POST", "orders/csv/", table.encode(), "text/csv").json()
    assert good["status"] == 201
    assert [(one["field"], one["code"]) for one in bad["problem"]["errors"]] == [("acknowledge_reason", "MISSING")]


def test_an_amendment_offers_it_too(rest: Rest, carla: Rest, warned: Floor) -> None:
    number = rest.post("orders/", order(order_qty="40")).json()["order_id"]
    no = rest.patch(f"orders/{number}/", {"order_qty": "60"}, If_Match="*")
    assert no.json()["override"] == {
        "needs": "second_person", "order_id": number, "terms_hash": Decision.objects.latest("id").terms_hash,
    }  # fmt: skip
    asked = rest.post(ASK, {"order_id": number, "reason": "the client wants more"}).json()
    assert (asked["kind"], asked["order_qty"]) == ("amend", "60")
    carla.post(f"{ASK}{asked['override_id']}/grant/", {"reason": "fine"})
    yes = rest.patch(f"orders/{number}/", {"order_qty": "60", "override_id": asked["override_id"]}, If_Match="*")
    assert (yes.status_code, yes.json()["order_qty"]) == (200, "60")


@pytest.mark.parametrize(
    ("body", "status", "field", "code"),
    [
        ({}, 400, "order_id", "MISSING"),
        ({"order_id": "x"}, 400, "order_id", "BAD_VALUE"),
        ({"reason": ""}, 400, "reason", "MISSING"),
        ({"reason": 7}, 400, "reason", "BAD_TEXT"),
        ({"reason": "x" * 501}, 400, "reason", "TOO_LONG"),
        ({"reason": "   "}, 400, "reason", "MISSING"),
        ({"order_id": "999999"}, 404, "order_id", "UNKNOWN_ORDER"),
        ({"terms_hash": "00"}, 422, "terms_hash", "OVERRIDE_TERMS"),
        ({"minutes": 5}, 400, "minutes", "UNKNOWN_FIELD"),
    ],
)
def test_a_bad_request_is_refused_by_field(
    rest: Rest, warned: Floor, body: dict[str, Any], status: int, field: str, code: str, books: Any
) -> None:
    number = rest.post("orders/", order()).json()["order"]["order_id"]
    before = everything()
    answer = rest.post(ASK, {"order_id": number, "reason": "please", **body} if body else {})
    assert answer.status_code == status
    assert (field, code) in codes(answer)
    assert everything() == before
    books()


@pytest.mark.parametrize(
    ("body", "status", "field", "code"),
    [
        ({"reason": ""}, 400, "reason", "MISSING"),
        ({"reason": "  "}, 400, "reason", "MISSING"),
        ({"reason": "fine", "minutes": 0}, 400, "minutes", "BAD_VALUE"),
        ({"reason": "fine", "minutes": "15"}, 400, "minutes", "BAD_VALUE"),
        ({"reason": "fine", "minutes": 1e9}, 400, "minutes", "BAD_VALUE"),
        ({"reason": "fine", "minutes": True}, 400, "minutes", "BAD_VALUE"),
    ],
)
def test_a_bad_ruling_is_refused_by_field(
    carla: Rest, asked: Any, body: dict[str, Any], status: int, field: str, code: str, books: Any
) -> None:
    before = everything()
    answer = carla.post(f"{ASK}{asked['override_id']}/grant/", body)
    assert (answer.status_code, codes(answer)) == (status, [(field, code)])
    assert everything() == before
    books()


def test_rulings_that_come_to_nothing(desk: Floor, rest: Rest, carla: Rest, asked: Any, books: Any) -> None:
    chief = Rest(user("chief", desk=desk.desk, is_superuser=True))
    number = asked["override_id"]
    before = everything()
    unknown = carla.post(f"{ASK}999999/refuse/", {"reason": "no"})
    assert (unknown.status_code, codes(unknown)) == (404, [("override_id", "UNKNOWN_OVERRIDE")])
    assert rest.post(f"{ASK}{number}/grant/", {"reason": "fine"}).status_code == 403
    assert everything() == before
    own = chief.post("orders/", order()).json()["override"]["order_id"]
    mine = chief.post(ASK, {"order_id": own, "reason": "please"}).json()["override_id"]
    alone = chief.post(f"{ASK}{mine}/grant/", {"reason": "fine"})
    assert (alone.status_code, codes(alone)) == (403, [("override_id", "SELF_APPROVAL")])
    assert carla.post(f"{ASK}{number}/refuse/", {"reason": "no"}).json()["state"] == "refused"
    twice = carla.post(f"{ASK}{number}/grant/", {"reason": "yes"})
    assert (twice.status_code, codes(twice)) == (409, [("override_id", "OVERRIDE_DECIDED")])
    assert Override.objects.get(pk=number).state == "refused"
    books()


def test_another_desk_sees_nothing_of_it(desk: Floor, asked: Any) -> None:
    stranger = Rest(user("sam"))
    assert stranger.get(ASK).json()["results"] == []
    assert stranger.get(f"{ASK}{asked['override_id']}/").status_code == 404
    answer = stranger.post(ASK, {"order_id": asked["order_id"], "reason": "please"})
    assert (answer.status_code, codes(answer)) == (404, [("order_id", "UNKNOWN_ORDER")])


@pytest.mark.parametrize("raw", ["x", "-1", "1.5", True, {}, "9" * 30])
def test_an_override_that_is_no_number_is_a_bad_field(rest: Rest, desk: Floor, raw: Any) -> None:
    answer = rest.post("orders/", order(override_id=raw))
    assert (answer.status_code, codes(answer)) == (400, [("override_id", "BAD_VALUE")])
    assert Order.objects.count() == 0


def test_answers_are_as_described(rest: Rest, carla: Rest, asked: Any, holds: Any) -> None:
    holds(rest.post("orders/", order(order_qty="101")), "orders/", "post")
    holds(rest.post(ASK, {"order_id": asked["order_id"], "reason": "again"}), ASK, "post")
    holds(rest.post(ASK, {}), ASK, "post")
    holds(rest.get(ASK), ASK)
    path = f"{ASK}{{override_id}}/"
    holds(rest.get(f"{ASK}{asked['override_id']}/"), path)
    holds(carla.post(f"{ASK}{asked['override_id']}/grant/", {"reason": "fine"}), f"{path}grant/", "post")
    holds(carla.post(f"{ASK}{asked['override_id']}/refuse/", {"reason": "no"}), f"{path}refuse/", "post")
