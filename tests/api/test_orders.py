"""Orders over REST: one, many, listed, amended, canceled, and every way to be refused."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import enter, record, route
from orders.models import ExecutionReport, Order
from risk.models import Rule
from tests.api.conftest import Rest, order
from tests.desk.world import children, fill, says
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


def codes(answer: Any) -> list[tuple[str, str]]:
    """Field and code of every error of a problem."""
    assert answer["Content-Type"] == "application/problem+json"
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def limit(**params: str) -> None:
    Rule.objects.create(control="PT-01", name="size", params=params)


def test_one_order_is_entered_and_answered_in_fix_words(rest: Rest) -> None:
    answer = rest.post("orders/", order(cl_ord_id="a1", time_in_force="gtc"))

    assert answer.status_code == 201
    body = answer.json()
    entered = Order.objects.get()
    assert answer["Location"] == f"/api/v1/orders/{entered.id}/"
    assert answer["ETag"] == '"1"'
    assert {name: body[name] for name in [*order(), "order_id", "cl_ord_id", "ord_status", "version"]} == {
        **order(time_in_force="good_till_cancel", price="100"),
        "order_id": str(entered.id), "cl_ord_id": "a1", "ord_status": "pending_new", "version": 1,
    }  # fmt: skip
    assert (body["cum_qty"], body["leaves_qty"], body["avg_px"], body["parent_id"]) == ("0", "100", None, None)


def test_the_address_is_the_same_without_its_last_slash(rest: Rest) -> None:
    assert rest.post("orders", order()).status_code == 201
    assert rest.get("orders").json()["results"] == rest.get("orders/").json()["results"]


def test_the_same_cl_ord_id_answers_the_first_order_and_never_a_second(rest: Rest) -> None:
    first = rest.post("orders/", order(cl_ord_id="a1"))
    again = rest.post("orders/", order(cl_ord_id="a1"))
    other = rest.post("orders/", order(cl_ord_id="a1", order_qty="200"))

    assert (again.status_code, again.json()["order_id"]) == (200, first.json()["order_id"])
    assert other.status_code == 409
    assert codes(other) == [("cl_ord_id", "DUPLICATE_CL_ORD_ID")]
    assert other.json()["order_id"] == first.json()["order_id"]
    assert Order.objects.count() == 1


def test_what_risk_refuses_is_answered_with_its_reasons_and_the_stored_order(rest: Rest) -> None:
    limit(hard="50")

    answer = rest.post("orders/", order())

    assert answer.status_code == 422
    assert codes(answer) == [("order_qty", "MAX_ORDER_QTY")]
    problem = answer.json()
    assert problem["order"]["ord_status"] == "rejected"
    assert problem["errors"][0]["remedy"]
    assert "soft" not in problem["errors"][0]
    assert Order.objects.get().ord_status == "rejected"


def test_a_warning_can_be_acknowledged(rest: Rest) -> None:
    limit(soft="50")

    warned = rest.post("orders/", order())
    taken = rest.post("orders/", order(acknowledge_soft=True, acknowledge_reason="asked for"))

    assert (warned.status_code, warned.json()["errors"][0]["soft"]) == (422, True)
    assert taken.status_code == 201


def test_every_bad_field_is_reported_at_once(rest: Rest) -> None:
    answer = rest.post(
        "orders/",
        {"account": "NOBODYS", "symbol": "ZZZZ", "side": "hold", "ord_type": "limit", "order_qty": 1.5, "colour": "red"},
    )  # fmt: skip

    assert answer.status_code == 400
    assert sorted(codes(answer)) == [
        ("account", "UNKNOWN_ACCOUNT"), ("colour", "UNKNOWN_FIELD"), ("order_qty", "BAD_NUMBER"),
        ("price", "MISSING"), ("side", "BAD_VALUE"), ("symbol", "UNKNOWN_INSTRUMENT"),
    ]  # fmt: skip
    assert "buy, sell, sell_short" in answer.content.decode()
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"order_qty": "0"}, "order_qty", "NOT_POSITIVE"),
        ({"order_qty": "-5"}, "order_qty", "NOT_POSITIVE"),
        ({"order_qty": "1e3"}, "order_qty", "BAD_NUMBER"),
        ({"order_qty": "1_000"}, "order_qty", "BAD_NUMBER"),
        ({"order_qty": "NaN"}, "order_qty", "BAD_NUMBER"),
        ({"order_qty": "\uff11\uff10\uff10"}, "order_qty", "BAD_NUMBER"),
        ({"order_qty": " 100"}, "order_qty", "BAD_NUMBER"),
        ({"order_qty": True}, "order_qty", "BAD_NUMBER"),
        ({"order_qty": {"a": 1}}, "order_qty", "BAD_NUMBER"),
        ({"order_qty": "1" * 21}, "order_qty", "BAD_NUMBER"),
        ({"price": "0.000000001"}, "price", "BAD_NUMBER"),
        ({"price": None}, "price", "MISSING"),
        ({"ord_type": "market"}, "price", "BAD_VALUE"),
        ({"side": "BUY"}, "side", "BAD_VALUE"),
        ({"side": ["buy"]}, "side", "BAD_VALUE"),
        ({"time_in_force": "whenever"}, "time_in_force", "BAD_VALUE"),
        ({"ord_type": "stop"}, "stop_px", "MISSING"),
        ({"stop_px": "99"}, "stop_px", "BAD_VALUE"),
        ({"max_floor": "101"}, "max_floor", "BAD_VALUE"),
        ({"exec_inst": "jump"}, "exec_inst", "BAD_VALUE"),
        ({"time_in_force": "good_till_date"}, "expire_time", "MISSING"),
        ({"time_in_force": "good_till_date", "expire_time": "tomorrow"}, "expire_time", "BAD_VALUE"),
        ({"hold": "block"}, "hold", "BAD_VALUE"),
        ({"account": "A\x00"}, "account", "BAD_TEXT"),
        ({"account": 7}, "account", "BAD_TEXT"),
        ({"symbol": ""}, "symbol", "MISSING"),
        ({"symbol": "A" * 30}, "symbol", "TOO_LONG"),
        ({"cl_ord_id": "é"}, "cl_ord_id", "BAD_TEXT"),
        ({"cl_ord_id": "x" * 65}, "cl_ord_id", "TOO_LONG"),
        ({"acknowledge_soft": "yes"}, "acknowledge_soft", "BAD_VALUE"),
        ({"ord_status": "filled"}, "ord_status", "UNKNOWN_FIELD"),
    ],
)
def test_a_bad_field_is_refused_by_name(rest: Rest, changes: dict[str, Any], field: str, code: str) -> None:
    answer = rest.post("orders/", order(**changes))

    assert answer.status_code == 400
    assert (field, code) in codes(answer)
    assert Order.objects.count() == 0


def test_whole_numbers_are_taken_as_json_has_them(rest: Rest) -> None:
    assert rest.post("orders/", order(order_qty=100, price=100)).status_code == 201


def test_a_list_is_answered_item_by_item_in_order(rest: Rest) -> None:
    limit(hard="1000")
    items = [
        order(cl_ord_id="b1"), {"side": "buy"}, order(order_qty="5000"), order(cl_ord_id="b1"), "no object",
        order(cl_ord_id="b1", price="99"),
    ]  # fmt: skip

    answer = rest.post("orders/", items)

    assert answer.status_code == 200
    results = answer.json()
    assert [one["status"] for one in results] == [201, 400, 422, 200, 400, 409]
    assert results[3]["order"]["order_id"] == results[0]["order"]["order_id"]
    assert results[2]["problem"]["order"]["ord_status"] == "rejected"
    assert Order.objects.count() == 2


def test_an_empty_list_is_answered_with_an_empty_list(rest: Rest) -> None:
    assert rest.post("orders/", []).json() == []


def test_too_long_a_list_is_refused_whole(rest: Rest) -> None:
    answer = rest.post("orders/", [{}] * 5_001)

    assert answer.status_code == 413
    assert answer.json()["code"] == "TOO_MANY"


def test_five_thousand_orders_go_in_at_once(rest: Rest) -> None:
    answer = rest.post("orders/", [order(cl_ord_id=f"c{n}") for n in range(5_000)])

    assert {one["status"] for one in answer.json()} == {201}
    assert Order.objects.count() == 5_000


def test_a_list_costs_the_same_statements_however_long(rest: Rest) -> None:
    rest.post("orders/", [order()])  # what a process reads once
    counts = []
    for size in (2, 500):
        with CaptureQueriesContext(connection) as made:
            rest.post("orders/", [order() for _ in range(size)])
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_orders_come_as_a_table_too(rest: Rest) -> None:
    body = b"account,symbol,side,ord_type,order_qty,price\nALPHA,AAPL,buy,limit,100,99.5\nALPHA,AAPL,sell,market,5,\nX,Y,z\n"
    short = rest.send("POST", "orders/csv/", body, "text/csv")
    good = rest.send("POST", "orders/csv/", body.replace(b"X,Y,z\n", b"NO,AAPL,buy,limit,1,\n"), "text/csv")
    odd = rest.send("POST", "orders/csv/", b"account,colour\nA,red\n", "text/csv")

    assert (short.status_code, short.json()["code"]) == (400, "BAD_CSV")
    assert [(one["row"], one["status"]) for one in good.json()] == [(2, 201), (3, 201), (4, 400)]
    assert codes(odd) == [("colour", "UNKNOWN_FIELD")]
    assert Order.objects.count() == 2


def test_the_list_is_newest_first_and_pages_do_not_shift(rest: Rest) -> None:
    ids = [one["order"]["order_id"] for one in rest.post("orders/", [order() for _ in range(5)]).json()]

    first = rest.get("orders/?limit=2").json()
    rest.post("orders/", order())
    second = rest.get(first["next"]).json()
    third = rest.get(second["next"]).json()

    assert [row["order_id"] for page in (first, second, third) for row in page["results"]] == ids[::-1]
    assert third["next"] is None


def test_the_list_can_be_filtered(rest: Rest, desk: Floor) -> None:
    rest.post("orders/", [order(), order(account="BETA", side="sell"), order(symbol="MSFT", cl_ord_id="m")])
    route()
    later = (now() + timedelta(hours=1)).isoformat()

    def found(query: str) -> list[tuple[str, str, str]]:
        rows = rest.get(f"orders/?{query}").json()["results"]
        return [(row["account"], row["symbol"], row["side"]) for row in rows]

    assert found("account=BETA") == [("BETA", "AAPL", "sell")]
    assert found("symbol=MSFT.XNAS&side=buy") == [("ALPHA", "MSFT", "buy")]
    assert found("cl_ord_id=m") == [("ALPHA", "MSFT", "buy")]
    assert len(found("ord_status=pending_new&ord_status=filled")) == 3
    assert found("ord_status=filled") == []
    assert len(found("created_before=" + later.replace("+", "%2B"))) == 3
    assert found("created_after=" + later) == []
    assert len(found("children=1")) == 6
    parent = Order.objects.filter(parent__isnull=True).first()
    assert parent is not None
    assert len(found(f"parent_id={parent.id}")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "limit=0",
        "limit=x",
        "cursor=x",
        "side=up",
        "created_after=soon",
        "children=2",
        "children=1&children=0",
        "parent_id=-1",
        "account=%00",
    ],
)
def test_a_filter_that_cannot_be_is_refused(rest: Rest, query: str) -> None:
    """An ignored filter would show more than was asked for."""
    assert rest.get(f"orders/?{query}").status_code == 400


def test_one_order_is_read_with_its_children(rest: Rest) -> None:
    number = rest.post("orders/", order()).json()["order_id"]
    route()

    answer = rest.get(f"orders/{number}/")

    [child] = children(int(number))
    assert answer.json()["children"] == [str(child.id)]
    assert answer["ETag"] == f'"{answer.json()["version"]}"'


def working(rest: Rest) -> tuple[str, Order, str]:
    """An acknowledged order: its number, its child, its ETag."""
    number = rest.post("orders/", order()).json()["order_id"]
    route()
    [child] = children(int(number))
    record([says(child, "new")])
    return number, child, rest.get(f"orders/{number}/")["ETag"]


def test_an_amendment_must_name_the_version_it_is_based_on(rest: Rest) -> None:
    number, _, tag = working(rest)

    missing = rest.patch(f"orders/{number}/", {"order_qty": "150"})
    stale = rest.patch(f"orders/{number}/", {"order_qty": "150"}, If_Match='"99"')
    right = rest.patch(f"orders/{number}/", {"order_qty": "150"}, If_Match=tag)

    assert (missing.status_code, missing.json()["code"]) == (428, "VERSION_REQUIRED")
    assert (stale.status_code, stale.json()["code"]) == (412, "VERSION_CONFLICT")
    assert stale.json()["order"]["version"] == int(tag.strip('"'))
    assert (right.status_code, right.json()["ord_status"]) == (200, "pending_replace")
    assert right["ETag"] != tag


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "order_qty", "MISSING"),
        ({"side": "sell"}, "side", "UNKNOWN_FIELD"),
        ({"order_qty": 1.5}, "order_qty", "BAD_NUMBER"),
        ({"price": None}, "price", "BAD_NUMBER"),
    ],
)
def test_an_amendment_that_makes_no_sense(rest: Rest, body: Any, field: str, code: str) -> None:
    number, _, tag = working(rest)

    answer = rest.patch(f"orders/{number}/", body, If_Match=tag)

    assert answer.status_code == 400
    assert (field, code) in codes(answer)


@pytest.mark.parametrize("tag", ['W/"3"', '"x"', '""', '"1", "2"', "-1"])
def test_only_a_version_is_a_version(rest: Rest, tag: str) -> None:
    number, _, _ = working(rest)
    assert rest.patch(f"orders/{number}/", {"price": "99"}, If_Match=tag).status_code == 400


def test_an_order_is_canceled_once(rest: Rest) -> None:
    number, _, tag = working(rest)

    asked = rest.post(f"orders/{number}/cancel/", {}, If_Match=tag)
    again = rest.post(f"orders/{number}/cancel/")

    assert (asked.status_code, asked.json()["ord_status"]) == (200, "pending_cancel")
    assert (again.status_code, again.json()["code"]) == (409, "NOT_OPEN_FOR_AMEND")
    assert again.json()["order"]["ord_status"] == "pending_cancel"


def test_a_closed_order_cannot_be_canceled(rest: Rest) -> None:
    number, child, _ = working(rest)
    record([fill(child, 100)])

    answer = rest.post(f"orders/{number}/cancel/")

    assert (answer.status_code, answer.json()["code"]) == (409, "ORDER_CLOSED")


def test_events_and_fills_are_listed(rest: Rest) -> None:
    number, child, _ = working(rest)
    record([fill(child, 40, "99.5"), fill(child, 60, "100")])

    events = rest.get(f"orders/{number}/executions/").json()["results"]
    fills = rest.get("executions/").json()["results"]
    positions = rest.get("positions/").json()["results"]

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [(one["last_qty"], one["last_px"], one["last_mkt"]) for one in fills] == [
        ("60", "100", child.venue), ("40", "99.5", child.venue),
    ]  # fmt: skip
    assert (fills[0]["avg_px"], fills[0]["ord_status"]) == ("99.8", "filled")
    assert [(row["account"], row["symbol"], row["qty"]) for row in positions] == [("ALPHA", "AAPL", "100")]
    assert rest.get("executions/?side=sell").json()["results"] == []
    assert rest.get(f"executions/?order_id={number}&limit=1").json()["next"]


def test_other_desks_orders_do_not_exist(rest: Rest, desk: Floor) -> None:
    number, _, tag = working(rest)
    stranger = Rest(user("olga"))

    assert stranger.get("orders/").json()["results"] == []
    assert stranger.get("executions/").json()["results"] == []
    assert stranger.get("accounts/").json()["results"] == []
    for method, path in (("GET", ""), ("GET", "executions/"), ("GET", "timeline/"), ("POST", "cancel/")):
        assert stranger.send(method, f"orders/{number}/{path}").status_code == 404
    assert stranger.patch(f"orders/{number}/", {"price": "1"}, If_Match=tag).status_code == 404
    assert rest.get(f"orders/{number}/")["ETag"] == tag


@pytest.mark.parametrize("number", ["0", "999999999", "9223372036854775807", "9999999999999999999", "9" * 30])
def test_an_id_that_no_order_has(rest: Rest, number: str) -> None:
    assert rest.get(f"orders/{number}/").status_code == 404
    assert rest.post(f"orders/{number}/cancel/").status_code == 404
    assert rest.patch(f"orders/{number}/", {"price": "1"}, If_Match='"1"').status_code == 404


def test_a_representation_costs_the_same_queries_for_one_order_and_for_many(rest: Rest, desk: Floor) -> None:
    counts = []
    for size in (1, 200):
        enter([desk.draft() for _ in range(size)], desk.actor)
        with CaptureQueriesContext(connection) as made:
            assert rest.get("orders/").status_code == 200
        counts.append(len(made))
    assert counts[0] == counts[1] <= 5


def test_no_number_leaves_as_a_binary_float(rest: Rest) -> None:
    rest.post("orders/", order(price="99.99"))
    body = rest.get("orders/").content.decode()
    assert '"price":"99.99"' in body
    assert isinstance(rest.get("orders/").json()["results"][0]["order_qty"], str)
    assert ExecutionReport.objects.get().price == Decimal("99.99")
