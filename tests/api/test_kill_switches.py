"""Kill switches over REST: a look, engaging with the name repeated, counts by venue, release by another person."""

from typing import Any

import pytest

from oms.desk import enter, route
from oms.desk.takeback import take_back
from orders.models import Order
from risk.models import KillSwitch
from tests.api.conftest import API, Rest
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
SWITCHES = f"{API}risk/kill-switches/"
EQ = {"scope": "desk", "target": "EQ", "reason": "runaway", "confirm": "EQ"}


@pytest.fixture
def carla(desk: Floor) -> Rest:
    return Rest(user("carla", role="compliance"))


@pytest.fixture
def otto(desk: Floor) -> Rest:
    return Rest(user("otto", role="operations"))


def test_engaged_counted_and_released_by_another(desk: Floor, carla: Rest, otto: Rest, books: Any) -> None:
    enter([desk.draft(qty=100), desk.draft(hold="staged")], desk.actor)
    route()
    seen = carla.get(f"{SWITCHES}foresee/?scope=desk&target=EQ").json()
    assert (seen["total"], seen["staged"], seen["confirm"]) == (1, 1, "EQ")
    made = carla.post(SWITCHES, EQ)
    assert made.status_code == 201
    one = made.json()
    assert (one["target"], one["engaged_by"], one["is_engaged"], one["still_open"]) == ("EQ", "carla", True, 1)
    assert [row["unsent"] for row in one["venues"]] == [1]
    while take_back():
        continue
    take_back()
    told = otto.get(f"{SWITCHES}{one['id']}/").json()
    assert (told["still_open"], told["done_at"] is not None) == (0, True)
    assert carla.post(SWITCHES, EQ).json()["id"] == one["id"]
    assert [row["id"] for row in otto.get(f"{SWITCHES}?engaged=1").json()["results"]] == [one["id"]]

    before = KillSwitch.objects.values().get()
    same = carla.post(f"{SWITCHES}{one['id']}/release/", {"reason": "mine"})
    assert (same.status_code, same.json()["code"]) == (409, "SAME_PERSON")
    assert KillSwitch.objects.values().get() == before
    gone = otto.post(f"{SWITCHES}{one['id']}/release/", {"reason": "fixed"}).json()
    assert (gone["is_engaged"], gone["released_by"], gone["release_reason"]) == (False, "otto", "fixed")
    again = otto.post(f"{SWITCHES}{one['id']}/release/", {})
    assert (again.status_code, again.json()["code"]) == (409, "NOT_ENGAGED")
    assert otto.get(f"{SWITCHES}?engaged=1").json()["results"] == []
    assert Order.objects.filter(hold="staged").count() == 1
    books()


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"confirm": "eq"}, 409, "NOT_CONFIRMED", "confirm"),
        ({"confirm": None}, 400, "BAD_TEXT", "confirm"),
        ({"scope": "moon"}, 400, "BAD_VALUE", "scope"),
        ({"scope": 7}, 400, "BAD_TEXT", "scope"),
        ({"target": "NOPE", "confirm": "NOPE"}, 400, "BAD_VALUE", "target"),
        ({"target": ""}, 400, "MISSING", "target"),
        ({"reason": ""}, 400, "MISSING", "reason"),
        ({"reason": "   "}, 400, "MISSING", "reason"),
        ({"reason": "x" * 501}, 400, "TOO_LONG", "reason"),
        ({"colour": "red"}, 400, "UNKNOWN_FIELD", "colour"),
        ({"scope": "firm"}, 400, "BAD_VALUE", "target"),
    ],
)
def test_bad_input_says_what_would_be_valid(
    carla: Rest, change: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = carla.post(SWITCHES, EQ | change)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert answer.json()["errors"][0]["field"] == field
    assert answer.json()["errors"][0]["text"]
    assert not KillSwitch.objects.exists()


def test_what_is_not_there_is_404_or_400(carla: Rest) -> None:
    assert carla.get(f"{SWITCHES}77/").status_code == 404
    assert carla.post(f"{SWITCHES}77/release/", {}).status_code == 404
    assert carla.get(f"{SWITCHES}foresee/").status_code == 400
    assert carla.get(f"{SWITCHES}?engaged=perhaps").status_code == 400


def test_a_list_costs_the_same_for_one_and_for_many(
    desk: Floor, carla: Rest, django_assert_max_num_queries: Any
) -> None:
    for account in ("ALPHA", "BETA"):
        carla.post(SWITCHES, EQ | {"scope": "account", "target": account, "confirm": account})
    carla.post(SWITCHES, EQ)
    with django_assert_max_num_queries(8):
        assert len(carla.get(SWITCHES).json()["results"]) == 3
