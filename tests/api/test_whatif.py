"""What risk would say before an order is sent: the answer of entering it, rule by rule, and nothing moves."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.desk import enter
from orders.models import Alert, Order
from risk import kill
from risk.controls import CATALOGUE
from risk.models import Decision, Observation, Reservation, Restriction, Rule, Sent, Usage
from tests.api.conftest import Rest
from tests.desk.spreads import takes_spreads, working
from tests.factories import Floor, user
from tests.limiting import limit

pytestmark = pytest.mark.django_db
Books = Callable[[], None]
WRITTEN = (Order, Decision, Reservation, Usage, Sent, Observation, Alert)


def draft(**terms: Any) -> dict[str, Any]:
    usual = {
        "account": "ALPHA",
        "symbol": "AAPL",
        "side": "buy",
        "ord_type": "limit",
        "order_qty": "100",
        "price": "100",
    }
    return {name: value for name, value in (usual | terms).items() if value is not None}


def ask(rest: Rest, body: Any) -> Any:
    reply = rest.post("risk/check/", body)
    assert reply.status_code == 200, reply.content
    return reply.json()


def rule(control: str, **params: Any) -> Rule:
    return Rule.objects.create(control=control, name=f"our {control}", params={k: str(v) for k, v in params.items()})


def test_every_rule_and_limit_with_and_without_the_order(rest: Rest, desk: Floor, books: Books) -> None:
    enter([desk.draft(qty=50)], desk.actor)
    rule("PT-19", max_long=200)
    row = limit("gross_notional", 20_000, soft="12000", account=desk.accounts[0])
    before = {model: list(model.objects.order_by("pk").values()) for model in WRITTEN}
    image = ask(rest, draft())
    assert (image["accepted"], image["outcome"], image["soft"]) == (False, "soft", True)
    assert [(error["code"], error["soft"]) for error in image["errors"]] == [("CREDIT_LIMIT", True)]
    position = next(line for line in image["checks"] if line["rule"])
    assert (position["name"], position["measured"], position["limit"], position["room"]) == (
        "our PT-19",
        "150",
        "200",
        "50",
    )
    assert position["before"] == {"outcome": "pass", "measured": "50"}
    gross = next(line for line in image["checks"] if line["limit_id"])
    assert (gross["limit_id"], gross["name"]) == (str(row.pk), "gross notional of account ALPHA")
    assert (gross["measured"], gross["limit"], gross["room"]) == ("15000", "20000", "5000")
    assert (gross["before"], gross["remedy"] != "") == ({"outcome": "pass", "measured": "5000"}, True)
    standing = [line["control"] for line in image["checks"] if not line["rule"] and not line["limit_id"]]
    assert set(standing) == {c.id for c in CATALOGUE.values() if c.standing is not None and c.stage == "order"} - {
        "PT-15"
    }
    assert {model: list(model.objects.order_by("pk").values()) for model in WRITTEN} == before
    books()


def test_entering_answers_what_was_foreseen(rest: Rest, desk: Floor, books: Books) -> None:
    """One basket, the good and the bad: each what ``enter`` answers, in its order, room taken by those before."""
    rule("PT-01", hard=500)
    limit("open_notional", 20_000)
    limit("gross_exposure", 1_000_000, instrument=desk.instruments["IBM"])
    basket = [
        draft(), draft(order_qty="501"), draft(symbol="IBM"), draft(order_qty="1"), draft(price=None, ord_type="market"),
        draft(account="NOBODY"), draft(price="99.999"), draft(cl_ord_id="X", order_qty="1", side="sell"),
    ]  # fmt: skip
    images = ask(rest, basket)
    answers = rest.post("orders/", basket).json()
    assert [one["accepted"] for one in images] == [one["status"] == 201 for one in answers]
    told = [[error["code"] for error in one.get("problem", {}).get("errors", [])] for one in answers]
    assert [[error["code"] for error in one["errors"]] for one in images] == told
    assert [one["accepted"] for one in images] == [True, False, True, False, False, False, False, False]
    books()


def test_a_name_that_was_used_is_answered_as_entering_would(rest: Rest, desk: Floor) -> None:
    entered = rest.post("orders/", draft(cl_ord_id="A")).json()
    same, other = ask(rest, [draft(cl_ord_id="A"), draft(cl_ord_id="A", order_qty="7")])
    assert (same["accepted"], same["order_id"], same["checks"]) == (True, entered["order_id"], [])
    assert [error["code"] for error in other["errors"]] == ["DUPLICATE_CL_ORD_ID"]


def test_nobody_is_told_of_a_watch_list_and_everybody_of_a_stop(rest: Rest, desk: Floor) -> None:
    Restriction.objects.create(instrument=desk.instruments["AAPL"], kind="watch")
    kill.engage("firm", "", user("carla", role="compliance"), "drill")
    image = ask(rest, draft())
    assert "PT-15" not in {line["control"] for line in image["checks"]}
    assert [error["code"] for error in image["errors"]] == ["KILL_SWITCH"]
    assert not Observation.objects.exists()


def test_an_amount_of_money_is_turned_into_a_quantity(rest: Rest, desk: Floor) -> None:
    limit("gross_notional", 1_000_000)
    image = ask(rest, draft(order_qty=None, price=None, ord_type="market", cash_order_qty="10001"))
    assert next(line["measured"] for line in image["checks"] if line["limit_id"]) == "10001"


def test_what_cannot_be_read_is_a_problem_with_its_field(rest: Rest, desk: Floor) -> None:
    reply = rest.post("risk/check/", draft(side="up", order_qty="-1"))
    assert (reply.status_code, {error["field"] for error in reply.json()["errors"]}) == (400, {"side", "order_qty"})
    (one,) = ask(rest, [draft(order_qty="many")])
    assert (one["accepted"], one["outcome"], one["checks"], one["errors"][0]["field"]) == (False, None, [], "order_qty")
    assert rest.post("risk/check/", [draft()] * 1_001).status_code == 413
    assert rest.post("risk/check/", "order").status_code == 400
    assert ask(rest, []) == []


def test_an_amendment_before_and_after_its_own_open_quantity_counted_once(
    rest: Rest, desk: Floor, books: Books
) -> None:
    (entered,) = enter([desk.draft(qty=100)], desk.actor)
    rule("PT-19", max_long=150)
    row = limit("open_notional", 20_000)
    before = {model: list(model.objects.order_by("pk").values()) for model in WRITTEN}
    image = ask(rest, {"order_id": str(entered.order_id), "order_qty": "150"})
    position = next(line for line in image["checks"] if line["rule"])
    assert (image["accepted"], position["before"]["measured"], position["measured"], position["room"]) == (
        True, "100", "150", "0",
    )  # fmt: skip
    value = next(line for line in image["checks"] if line["limit_id"])
    assert (value["limit_id"], value["before"]["measured"], value["measured"]) == (str(row.pk), "10000", "15000")
    more = ask(rest, {"order_id": str(entered.order_id), "order_qty": "151"})
    assert (more["accepted"], [error["code"] for error in more["errors"]]) == (False, ["POSITION_LIMIT"])
    assert next(line["remedy"] for line in more["checks"] if line["code"] == "POSITION_LIMIT")
    assert ask(rest, {"order_id": str(entered.order_id), "order_qty": "40"})["accepted"]
    assert {model: list(model.objects.order_by("pk").values()) for model in WRITTEN} == before
    books()


def test_amending_answers_what_was_foreseen_and_foreseeing_what_entering_does(rest: Rest, desk: Floor) -> None:
    first, second = enter([desk.draft(qty=100), desk.draft(qty=50)], desk.actor)
    rule("PT-01", hard=200)
    wishes = [
        {"order_id": str(first.order_id), "order_qty": "201"}, {"order_id": str(second.order_id), "price": "101"},
        {"order_id": "999999999", "order_qty": "1"}, {"order_id": str(second.order_id), "order_qty": "-5"},
        {"order_id": str(first.order_id), "version": "99", "order_qty": "10"}, draft(order_qty="201"),
    ]  # fmt: skip
    images = ask(rest, wishes)
    assert [[error["code"] for error in one["errors"]] for one in images] == [
        ["MAX_ORDER_QTY"], [], ["UNKNOWN_ORDER"], ["NOT_POSITIVE"], ["VERSION_CONFLICT"], ["MAX_ORDER_QTY"],
    ]  # fmt: skip
    for wish, image in zip(wishes[:2], images, strict=False):
        terms = {name: value for name, value in wish.items() if name != "order_id"}
        order = Order.objects.get(pk=wish["order_id"])
        reply = rest.patch(f"orders/{order.pk}/", terms, If_Match=f'"{order.version}"')
        assert (reply.status_code == 200) is image["accepted"]


def test_a_spread_is_foreseen_leg_by_leg_and_amended_as_a_whole(rest: Rest, desk: Floor, books: Books) -> None:
    takes_spreads("XNAS")
    whole, _ = working(desk)
    rule("PT-01", hard=25)
    before = {model: list(model.objects.order_by("pk").values()) for model in WRITTEN}
    body = {
        "account": "ALPHA", "side": "buy", "ord_type": "market", "order_qty": "13",
        "legs": [{"symbol": "AAPL", "side": "buy"}, {"symbol": "MSFT", "side": "sell", "ratio_qty": "2"}],
    }  # fmt: skip
    image = ask(rest, body)
    sizes = [(line["leg"], line["measured"], line["outcome"]) for line in image["checks"] if line["rule"]]
    assert sizes == [(1, "13", "pass"), (2, "26", "hard")]
    assert [error["field"] for error in image["errors"]] == ["legs[2].order_qty"]
    amended = ask(rest, {"order_id": str(whole.pk), "order_qty": "13"})
    assert [(line["leg"], line["before"]["measured"], line["measured"]) for line in amended["checks"] if line["rule"]] == [
        (1, "10", "13"), (2, "20", "26"),
    ]  # fmt: skip
    assert ask(rest, {"order_id": str(whole.pk), "price": "-101"})["accepted"]
    assert {model: list(model.objects.order_by("pk").values()) for model in WRITTEN} == before
    books()


def test_what_a_second_person_must_release_leaves_each_rule_beside_its_own_number_before(
    rest: Rest, desk: Floor
) -> None:
    (entered,) = enter([desk.draft(qty=20)], desk.actor)
    rule("PT-01", soft=50)
    rule("PT-02", soft=5_000)
    rule("PT-36", from_value=0)
    image = ask(rest, {"order_id": str(entered.order_id), "order_qty": "60"})
    found = [
        (line["control"], line["before"] and line["before"]["measured"], line["measured"])
        for line in image["checks"]
        if line["rule"]
    ]
    assert found == [("PT-01", "20", "60"), ("PT-02", "2000", "6000"), ("PT-36", None, "6000")]


def test_a_table_is_answered_row_by_row(rest: Rest, desk: Floor) -> None:
    rule("PT-01", hard=500)
    table = "account,symbol,side,ord_type,order_qty,price\nALPHA,AAPL,buy,limit,500,100\nALPHA,AAPL,buy,limit,501,100\n"
    reply = rest.send("POST", "risk/check/", table.encode(), "text/csv")
    first, second = reply.json()
    assert [(one["row"], one["accepted"]) for one in (first, second)] == [(2, True), (3, False)]
    size = next(line for line in second["checks"] if line["rule"])
    assert (size["measured"], size["limit"], size["room"]) == ("501", "500", "0")


def test_it_is_scoped_as_entering_is(desk: Floor) -> None:
    stranger = Rest(user("sam", role="trader"))
    image = stranger.post("risk/check/", draft())
    assert [error["code"] for error in image.json()["errors"]] == ["UNKNOWN_ACCOUNT"]
    assert Rest(user("carla", role="compliance")).post("risk/check/", draft()).status_code == 403


def test_the_number_of_statements_does_not_grow_with_the_basket(rest: Rest, desk: Floor) -> None:
    rule("PT-16", hard=10**12)
    limit("window_notional", 10**12, window_s=60)
    ask(rest, draft())
    counts = []
    for size in (1, 200):
        with CaptureQueriesContext(connection) as asked:
            assert all(one["accepted"] for one in ask(rest, [draft(order_qty="1")] * size))
        counts.append(len(asked))
        assert not any("FOR UPDATE" in query["sql"] or "pg_advisory" in query["sql"] for query in asked)
    assert counts[0] == counts[1]
