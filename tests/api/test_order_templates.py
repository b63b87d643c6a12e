"""Order templates over REST: one's own tickets under names; what is no ticket is refused whole."""

from typing import Any

import pytest

from oms.ordertemplate import OrderTemplate
from tests.api.conftest import API, Rest
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
TEMPLATES = f"{API}order-templates/"
BODY = {"symbol": "AAPL", "mic": "XNAS", "side": "buy", "qty": "25k", "type": "limit", "price": "mid", "tif": "day"}


def test_kept_read_changed_and_forgotten(rest: Rest) -> None:
    made = rest.post(TEMPLATES, {"name": "Clip", "body": BODY})
    assert made.status_code == 201
    one = made.json()
    assert (one["body"], one["version"]) == (BODY, 1)
    changed = rest.send(
        "PUT", f"{TEMPLATES}{one['id']}/", {"name": "Clip", "body": {"qty": "5k"}}, If_Match='"1"'
    ).json()
    assert (changed["version"], changed["body"]) == (2, {"qty": "5k"})
    stale = rest.send("PUT", f"{TEMPLATES}{one['id']}/", {"name": "Clip", "body": BODY}, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "VERSION_CONFLICT")
    assert rest.get(f"{TEMPLATES}{one['id']}/").json()["body"] == {"qty": "5k"}
    assert rest.send("DELETE", f"{TEMPLATES}{one['id']}/").status_code == 204
    assert rest.send("DELETE", f"{TEMPLATES}{one['id']}/").status_code == 404
    assert rest.get(TEMPLATES).json() == {"results": []}


def test_they_are_their_owners_alone(desk: Floor, rest: Rest) -> None:
    mate = user("mona")
    mate.desks.add(desk.desk)
    other = Rest(mate)
    mine = rest.post(TEMPLATES, {"name": "Clip", "body": BODY}).json()
    assert other.get(TEMPLATES).json() == {"results": []}
    assert other.get(f"{TEMPLATES}{mine['id']}/").status_code == 404
    assert other.send("PUT", f"{TEMPLATES}{mine['id']}/", {"name": "Theirs", "body": {}}).status_code == 404
    assert other.send("DELETE", f"{TEMPLATES}{mine['id']}/").status_code == 404
    assert other.post(TEMPLATES, {"name": "Clip", "body": {}}).status_code == 201
    again = rest.post(TEMPLATES, {"name": "Clip", "body": {}})
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    assert OrderTemplate.objects.get(pk=mine["id"]).body == BODY


@pytest.mark.parametrize(
    ("request_body", "field"),
    [
        ({"body": BODY}, "name"), ({"name": "", "body": BODY}, "name"), ({"name": "A", "body": []}, "body"),
        ({"name": "A", "body": {"colour": "red"}}, "body"), ({"name": "A", "body": {"qty": 5}}, "body.qty"),
        ({"name": "A", "body": {"qty": "5" * 41}}, "body.qty"), ({"name": "A", "body": {"qty": "5\n"}}, "body.qty"),
        ({"name": "A", "body": BODY, "desk": "EQ"}, "desk"),
    ],
)  # fmt: skip
def test_what_is_no_ticket_is_refused(rest: Rest, request_body: dict[str, Any], field: str) -> None:
    refused = rest.post(TEMPLATES, request_body)
    assert refused.status_code == 400, refused.content
    assert refused.json()["errors"][0]["field"] == field
    assert not OrderTemplate.objects.exists()
