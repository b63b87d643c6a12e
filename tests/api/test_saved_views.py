"""Saved views over REST: one's own and those shared with one's desks; what makes no view is refused whole."""

from typing import Any

import pytest

from oms.savedview import SavedView
from tests.api.conftest import API, Rest
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
VIEWS = f"{API}views/"
BODY = {
    "tables": {"orders": {"columns": ["id", "symbol"], "widths": {"id": 90}, "sort": [{"field": "symbol", "down": True}]}},
    "filter": "sym:AAPL* qty>=100", "chip": "working", "linked": True,
}  # fmt: skip


@pytest.fixture
def mate(desk: Floor) -> Rest:
    """Another trader of the same desk."""
    other = user("mona")
    other.desks.add(desk.desk)
    return Rest(other)


@pytest.fixture
def stranger(desk: Floor) -> Rest:
    return Rest(user("sven"))


def test_kept_read_changed_and_forgotten(rest: Rest) -> None:
    made = rest.post(VIEWS, {"name": "Large", "body": BODY})
    assert made.status_code == 201
    one = made.json()
    assert (one["body"], one["mine"], one["version"], one["desk"]) == (BODY, True, 1, "")
    changed = rest.send("PUT", f"{VIEWS}{one['id']}/", {"name": "Larger", "body": {}}, If_Match='"1"').json()
    assert (changed["name"], changed["version"], changed["body"]) == ("Larger", 2, {})
    stale = rest.send("PUT", f"{VIEWS}{one['id']}/", {"name": "Old", "body": BODY}, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "VERSION_CONFLICT")
    assert rest.get(f"{VIEWS}{one['id']}/").json()["name"] == "Larger"
    assert rest.send("DELETE", f"{VIEWS}{one['id']}/").status_code == 204
    assert rest.get(f"{VIEWS}{one['id']}/").status_code == 404
    assert rest.get(VIEWS).json() == {"results": []}


def test_shared_with_a_desk_is_seen_by_its_members_and_changed_by_its_owner(
    desk: Floor, rest: Rest, mate: Rest, stranger: Rest
) -> None:
    mine = rest.post(VIEWS, {"name": "Mine", "body": BODY}).json()
    shared = rest.post(VIEWS, {"name": "Ours", "body": BODY, "desk": desk.desk.code}).json()
    assert [view["name"] for view in mate.get(VIEWS).json()["results"]] == ["Ours"]
    assert mate.get(f"{VIEWS}{shared['id']}/").json()["mine"] is False
    assert mate.get(f"{VIEWS}{mine['id']}/").status_code == 404
    for request in (("PUT", {"name": "Theirs", "body": {}}), ("DELETE", b"")):
        assert mate.send(request[0], f"{VIEWS}{shared['id']}/", request[1]).status_code == 404
    assert stranger.get(VIEWS).json()["results"] == []
    refused = stranger.post(VIEWS, {"name": "In", "body": BODY, "desk": desk.desk.code})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "desk")
    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["Mine", "Ours"]


def test_a_name_is_its_owners_only_one(rest: Rest, mate: Rest) -> None:
    assert rest.post(VIEWS, {"name": "A", "body": {}}).status_code == 201
    again = rest.post(VIEWS, {"name": "A", "body": BODY})
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    assert mate.post(VIEWS, {"name": "A", "body": {}}).status_code == 201
    assert SavedView.objects.filter(body=BODY).count() == 0


@pytest.mark.parametrize(
    "body",
    [
        [], "x", None, {"script": 1}, {"tables": []}, {"tables": {"limits": {}}}, {"tables": {"orders": []}},
        {"tables": {"orders": {"columns": ["a", "a"]}}}, {"tables": {"orders": {"columns": ["<b>"]}}},
        {"tables": {"orders": {"columns": [f"c{n}" for n in range(61)]}}}, {"tables": {"orders": {"widths": {"id": 1.5}}}},
        {"tables": {"orders": {"widths": {"id": -1}}}}, {"tables": {"orders": {"sort": [{"field": "id"}]}}},
        {"tables": {"orders": {"sort": [{"field": "id", "down": 1}]}}}, {"filter": "a\u202eb"}, {"filter": "x" * 501},
        {"chip": ""}, {"linked": 1}, {"tables": {"orders": {"pinned": True}}}, {"tables": {"orders": {"group": 3}}},
    ],
)  # fmt: skip
def test_what_is_no_view_is_refused_and_nothing_is_kept(rest: Rest, body: Any) -> None:
    refused = rest.post(VIEWS, {"name": "Bad", "body": body})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"].startswith("body")
    assert not SavedView.objects.exists()
