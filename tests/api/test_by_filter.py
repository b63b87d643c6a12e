"""Filter lines over HTTP: listing by them, and canceling and amending what a preview showed."""

from typing import Any

import pytest

from oms.desk import record, route
from oms.desk.sealed import LIFE
from orders.models import Order
from risk.models import Rule
from tests.api.conftest import Rest, order
from tests.api.test_orders import codes
from tests.desk.world import children, says, sent
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
CANCEL, AMEND = "orders/cancel-by-filter/", "orders/amend-by-filter/"


def working(rest: Rest, *terms: dict[str, Any]) -> list[str]:
    made = [str(rest.post("orders/", order(**one)).json()["order_id"]) for one in terms]
    route()
    record([says(child, "new") for pk in made for child in children(int(pk))])
    return made


def test_orders_are_listed_by_a_filter_line(rest: Rest) -> None:
    one, two, three = working(rest, {}, {"symbol": "MSFT"}, {"side": "sell", "order_qty": "2000"})

    def listed(line: str, **more: str) -> list[str]:
        answer = rest.client.get("/api/v1/orders/", {"filter": line, **more}, headers=rest.headers)
        assert answer.status_code == 200, answer.content
        return sorted(row["order_id"] for row in answer.json()["results"])

    assert listed("sym:A* side:buy") == [one]
    assert listed("-side:buy,sell_short") == [three]
    assert listed("qty>=1,000") == [three]
    assert listed("status:new", account="ALPHA") == [one, two, three]
    assert listed("") == [one, two, three]
    venue = children(int(two))[0].venue
    assert two in listed(f"venue={venue}")
    assert str(children(int(two))[0].pk) in listed(f"venue={venue}", children="1")
    for line, field, code in (
        ("colour:red", "filter.colour", "UNKNOWN_COLUMN"), ("side:up", "filter.side", "BAD_VALUE"),
        ("qty>many", "filter.order_qty", "BAD_NUMBER"), ("sym:", "filter", "MISSING"), ("x" * 501, "filter", "TOO_LONG"),
        ("a\x00b", "filter", "BAD_TEXT"),
    ):  # fmt: skip
        answer = rest.client.get("/api/v1/orders/", {"filter": line}, headers=rest.headers)
        assert (answer.status_code, set(codes(answer))) == (400, {(field, code)}), line
    text = rest.client.get("/api/v1/orders/", {"filter": "colour:red"}, headers=rest.headers).json()["detail"]
    assert "ord_status" in text, "says what would be valid"
    twice = rest.get("orders/?filter=a&filter=b")
    assert set(codes(twice)) == {("filter", "TOO_MANY")}


def test_a_preview_is_shown_then_done_and_answers_are_as_described(rest: Rest, holds: Any) -> None:
    one, two, three = working(rest, {}, {"symbol": "MSFT"}, {"side": "sell"})
    preview = holds(rest.post(CANCEL, {"filter": "side:buy"}), CANCEL, "post")
    assert (preview["total"], [row["order_id"] for row in preview["rows"]]) == (2, [one, two])
    assert preview["counts"]["outcome"] == {"asked": 2}
    assert preview["counts"]["symbol"] == {"AAPL": 1, "MSFT": 1}
    assert preview["rows"][0]["leaves_qty"] == "100"
    assert not sent("F")
    acted = holds(rest.post(CANCEL, {"token": preview["token"]}), CANCEL, "post")
    assert acted["counts"] == {"done": 2, "refused": 0, "repeated": 0}
    again = holds(rest.post(CANCEL, {"token": preview["token"]}), CANCEL, "post")
    assert again["counts"] == {"done": 2, "refused": 0, "repeated": 2}
    assert [row["ord_status"] for row in again["results"]] == ["pending_cancel"] * 2
    assert len(sent("F")) == 2
    assert Order.objects.get(pk=three).ord_status == "new"

    named = holds(rest.post(CANCEL, {"order_ids": [one, int(three)]}), CANCEL, "post")
    assert [row["outcome"] for row in named["rows"]] == ["refused", "asked"]
    assert named["rows"][0]["errors"][0]["code"] == "NOT_OPEN_FOR_AMEND"
    holds(rest.post(CANCEL, {"order_ids": ["999"]}), CANCEL, "post")


def test_amendments_are_foreseen_with_their_reasons(rest: Rest, holds: Any) -> None:
    working(rest, {"price": "99.90"}, {"price": "99.90", "symbol": "MSFT"})
    Rule.objects.create(control="PT-01", name="size", params={"hard": "1000", "soft": "150"})
    asked = {"filter": "side:buy", "price": "+2t", "order_qty": "+100%"}
    preview = holds(rest.post(AMEND, asked), AMEND, "post")
    assert [(row["new_price"], row["new_order_qty"], row["outcome"]) for row in preview["rows"]] == [
        ("99.92", "200", "refused")
    ] * 2
    assert preview["rows"][0]["errors"][0] | {"text": ""} == {
        "field": "order_qty", "code": "MAX_ORDER_QTY", "text": "", "soft": True,
        "remedy": preview["rows"][0]["errors"][0]["remedy"],
    }  # fmt: skip
    assert Order.objects.filter(ord_status="new", parent=None).count() == 2
    refused = holds(rest.post(AMEND, {"token": preview["token"]}), AMEND, "post")
    assert refused["counts"]["refused"] == 2
    meant = rest.post(AMEND, {**asked, "acknowledge_soft": True, "acknowledge_reason": "asked for"}).json()
    assert meant["counts"]["outcome"] == {"asked": 2}
    acted = holds(rest.post(AMEND, {"token": meant["token"]}), AMEND, "post")
    assert acted["counts"] == {"done": 2, "refused": 0, "repeated": 0}
    assert [row.fields["price"] for row in sent("G")] == ["99.92", "99.92"]


BAD: list[tuple[str, dict[str, Any], int, set[tuple[str, str]]]] = [
    (CANCEL, {}, 400, {("filter", "MISSING")}),
    (CANCEL, {"filter": "a", "order_ids": ["1"]}, 400, {("filter", "MISSING")}),
    (CANCEL, {"filter": None}, 400, {("filter", "BAD_TEXT")}),
    (CANCEL, {"filter": "qty>x side:up"}, 400, {("filter.order_qty", "BAD_NUMBER"), ("filter.side", "BAD_VALUE")}),
    (CANCEL, {"order_ids": []}, 400, {("order_ids", "BAD_VALUE")}),
    (CANCEL, {"order_ids": ["x"]}, 400, {("order_ids", "BAD_VALUE")}),
    (CANCEL, {"order_ids": "1"}, 400, {("order_ids", "BAD_VALUE")}),
    (CANCEL, {"order_ids": [1] * 10_001}, 413, {("order_ids", "TOO_MANY")}),
    (CANCEL, {"order_ids": [7]}, 404, {("order_ids", "UNKNOWN_ORDER")}),
    (CANCEL, {"token": "x"}, 400, {("token", "BAD_TOKEN")}),
    (CANCEL, {"token": 5}, 400, {("token", "BAD_TEXT")}),
    (CANCEL, {"token": "x", "filter": "a"}, 400, {("filter", "UNKNOWN_FIELD")}),
    (CANCEL, {"filter": "a", "price": "1"}, 400, {("price", "UNKNOWN_FIELD")}),
    (AMEND, {"filter": "a"}, 400, {("price", "MISSING")}),
    (AMEND, {"filter": "a", "price": "2t"}, 400, {("price", "BAD_NUMBER")}),
    (AMEND, {"filter": "a", "price": 1.5}, 400, {("price", "BAD_NUMBER")}),
    (AMEND, {"filter": "a", "price": "-1"}, 400, {("price", "BAD_NUMBER")}),
    (AMEND, {"filter": "a", "order_qty": "+2t"}, 400, {("order_qty", "BAD_NUMBER")}),
    (AMEND, {"filter": "a", "order_qty": "+9999%"}, 400, {("order_qty", "BAD_VALUE")}),
]


@pytest.mark.parametrize(("path", "body", "status", "faults"), BAD)
def test_what_makes_no_sense_is_named(
    rest: Rest, path: str, body: dict[str, Any], status: int, faults: set[tuple[str, str]]
) -> None:
    answer = rest.post(path, body)
    assert (answer.status_code, set(codes(answer))) == (status, faults), answer.content


def test_a_token_ends(rest: Rest, desk: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    working(rest, {})
    token = rest.post(CANCEL, {"filter": ""}).json()["token"]
    other = Rest(user("tom", desk=desk.desk))
    assert other.post(CANCEL, {"token": token}).json()["code"] == "BAD_TOKEN"
    from oms.api import by_filter

    at = by_filter.now()
    monkeypatch.setattr(by_filter, "now", lambda: at + LIFE)
    answer = rest.post(CANCEL, {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (409, "TOKEN_EXPIRED")
    assert Order.objects.get(parent=None).ord_status == "new"


def test_other_desks_orders_do_not_exist(rest: Rest, desk: Floor) -> None:
    [one] = working(rest, {})
    stranger = Rest(user("stan"))
    assert stranger.post(CANCEL, {"filter": ""}).json()["total"] == 0
    assert stranger.post(CANCEL, {"order_ids": [one]}).status_code == 404
