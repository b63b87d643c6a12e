"""Blocks, splits and baskets over HTTP: every answer is one the description names."""

from collections.abc import Callable
from typing import Any

import pytest

from oms.desk.route import route
from orders.models import ListOrder, Order
from tests.api.conftest import Rest, order
from tests.api.test_orders import codes

pytestmark = pytest.mark.django_db
Books = Callable[[], None]
Holds = Callable[..., Any]


def staged(rest: Rest, **terms: Any) -> str:
    answer = rest.post("orders/", order(hold="staged", **terms))
    assert answer.status_code == 201, answer.content
    return str(answer.json()["order_id"])


def csv(rest: Rest, path: str, table: str, **headers: str) -> Any:
    return rest.send("POST", path, table.encode(), "text/csv", **headers)


def test_a_block_is_merged_once_filled_and_its_shares_are_seen(rest: Rest, holds: Holds, books: Books) -> None:
    ids = [staged(rest, account="ALPHA", order_qty="300"), staged(rest, account="BETA")]
    made = rest.post("orders/merge/", {"order_ids": ids}, Idempotency_Key="m1")
    block = holds(made, "orders/merge/", "post")
    assert (made.status_code, block["order_qty"], block["composition"], block["hold"]) == (
        201,
        "400",
        "block",
        "manual",
    )
    assert rest.post("orders/merge/", {"order_ids": ids}, Idempotency_Key="m1").json() == block
    again = rest.post("orders/merge/", {"order_ids": ids})
    assert (again.status_code, again.json()["code"]) == (409, "BAD_BLOCK")
    holds(again, "orders/merge/", "post")
    filled = rest.post(f"orders/{block['order_id']}/fills/", {"last_qty": "200", "last_px": "99.90"})
    assert filled.status_code == 200, filled.content
    assert [rest.get(f"orders/{pk}/").json()["cum_qty"] for pk in ids] == ["150", "50"]
    held = {row["account"]: row["qty"] for row in rest.get("positions/").json()["results"]}
    assert held == {"ALPHA": "150", "BETA": "50"}
    refused = rest.post(f"orders/{block['order_id']}/undo/")
    assert (refused.status_code, refused.json()["code"]) == (409, "BLOCK_WORKS")
    holds(refused, "orders/{order_id}/undo/", "post")
    [found] = holds(rest.get(f"order-lists/?order_id={ids[0]}"), "order-lists/")["results"]
    assert (found["kind"], found["orders"], found["done"]) == ("block", 2, "0.5000")
    taken = rest.post(f"orders/{ids[0]}/cancel/")
    assert (taken.status_code, taken.json()["code"]) == (409, "IN_BLOCK")
    books()


def test_a_block_is_undone(rest: Rest, holds: Holds, books: Books) -> None:
    ids = [staged(rest), staged(rest, account="BETA")]
    block = rest.post("orders/merge/", {"order_ids": ids, "care": False}).json()
    assert (block["hold"], block["ord_status"]) == ("", "pending_new")
    undone = rest.post(f"orders/{block['order_id']}/undo/", If_Match=f'"{block["version"]}"')
    assert holds(undone, "orders/{order_id}/undo/", "post")["ord_status"] == "canceled"
    assert [rest.get(f"orders/{pk}/").json()["hold"] for pk in ids] == ["staged"] * 2
    books()


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [({}, "order_ids", "MISSING"), ({"order_ids": "1"}, "order_ids", "BAD_VALUE"), ({"order_ids": ["x"]}, "order_ids", "BAD_VALUE"),
     ({"order_ids": []}, "order_ids", "BAD_VALUE"), ({"order_ids": ["1"], "care": "yes"}, "care", "BAD_VALUE"), ({"ids": []}, "ids", "UNKNOWN_FIELD")],
)  # fmt: skip
def test_what_no_merge_can_be(rest: Rest, body: Any, field: str, code: str) -> None:
    answer = rest.post("orders/merge/", body)
    assert answer.status_code == 400
    assert (field, code) in codes(answer)
    assert rest.post("orders/merge/", {"order_ids": ["998", "999"]}).status_code == 404


def test_an_order_is_split_once(rest: Rest, holds: Holds, books: Books) -> None:
    pk = staged(rest, order_qty="1000")
    body = {"parts": [{"percent": "60"}, {"percent": "40", "account": "BETA"}]}
    made = rest.post(f"orders/{pk}/split/", body, Idempotency_Key="s1")
    answer = holds(made, "orders/{order_id}/split/", "post")
    assert [(one["account"], one["order_qty"]) for one in answer["parts"]] == [("ALPHA", "600"), ("BETA", "400")]
    assert answer["parts"][0] == answer["order"]
    assert rest.post(f"orders/{pk}/split/", body, Idempotency_Key="s1").json() == answer
    assert Order.objects.count() == 2
    refused = rest.post(f"orders/{pk}/split/", {"parts": [{"order_qty": "600"}, {"order_qty": "1"}]})
    assert (refused.status_code, refused.json()["code"]) == (409, "BAD_SPLIT")
    holds(refused, "orders/{order_id}/split/", "post")
    books()


@pytest.mark.parametrize(
    ("parts", "field", "code"),
    [(None, "parts", "BAD_VALUE"), ([], "parts", "BAD_VALUE"), ([1], "parts[0]", "BAD_VALUE"),
     ([{"order_qty": "1"}, {"order_qty": "NaN"}], "parts[1].order_qty", "BAD_NUMBER"),
     ([{"order_qty": "1"}, {"qty": "1"}], "parts[1].qty", "UNKNOWN_FIELD"), ([{"percent": "-1"}], "parts[0].percent", "NOT_POSITIVE")],
)  # fmt: skip
def test_what_no_split_can_be(rest: Rest, parts: Any, field: str, code: str) -> None:
    pk = staged(rest)
    answer = rest.post(f"orders/{pk}/split/", {"parts": parts})
    assert answer.status_code == 400
    assert (field, code) in codes(answer)
    assert Order.objects.count() == 1


def test_a_pasted_basket_is_tried_row_by_row_and_enters_what_is_good(rest: Rest, holds: Holds, books: Books) -> None:
    table = (
        "Account\tSymbol\tside\tord_type\torder_qty\tprice\n"
        "ALPHA\tAAPL\tbuy\tlimit\t100\t100.00\n"
        "ALPHA\tNOSUCH\tbuy\tlimit\t100\t100.00\n"
        "BETA\tMSFT\tbuy\tlimit\tmany\t100.00\n"
        "BETA\tIBM\tbuy\tlimit\t100\t100.00001\n"
        "BETA\tIBM\tbuy\tlimit\t100\t100.00\n"
    )
    tried = holds(csv(rest, "baskets/k1/csv/?dry_run=true", table), "baskets/{list_id}/csv/", "post")
    faults = [
        (one["row"], [(e["field"], e["code"]) for e in one.get("problem", {}).get("errors", [])])
        for one in tried["results"]
    ]
    assert faults == [
        (2, []), (3, [("symbol", "UNKNOWN_INSTRUMENT")]), (4, [("order_qty", "BAD_NUMBER")]), (5, [("price", "TICK_SIZE")]), (6, []),
    ]  # fmt: skip
    assert (tried["id"], tried["dry_run"], Order.objects.count(), ListOrder.objects.count()) == (None, True, 0, 0)
    whole = csv(rest, "baskets/k1/csv/?all_or_nothing=true", table)
    assert (whole.status_code, Order.objects.count()) == (400, 0)
    made = csv(rest, "baskets/k1/csv/", table, Idempotency_Key="k1")
    assert made.status_code == 201, made.content
    assert [one["status"] for one in made.json()["results"]] == [201, 400, 400, 422, 201]
    again = csv(rest, "baskets/k1/csv/", table)
    assert (again.status_code, again.json()["id"], len(again.json()["results"])) == (200, made.json()["id"], 3)
    assert Order.objects.exclude(ord_status="rejected").count() == 2
    books()


def test_a_table_that_is_all_bad_still_has_its_verdicts(rest: Rest) -> None:
    tried = csv(rest, "baskets/k1/csv/?dry_run=true", "account;symbol;side;ord_type\nNOBODY;X;up;limit\n")
    assert tried.status_code == 200
    assert {e["field"] for e in tried.json()["results"][0]["problem"]["errors"]} >= {"account", "symbol", "side"}
    assert csv(rest, "baskets/k1/csv/?dry_run=maybe", "account\nA\n").status_code == 400
    assert csv(rest, "baskets/k1/csv/", "account,color\nA,red\n").json()["errors"][0]["field"] == "color"


def test_waves_go_by_percent_by_rows_and_by_selection(rest: Rest, holds: Holds, books: Books) -> None:
    rows = "".join(f"ALPHA,AAPL,buy,limit,{n},100.00\n" for n in range(1, 11))
    basket = csv(rest, "baskets/k1/csv/", f"account,symbol,side,ord_type,order_qty,price\n{rows}").json()["id"]
    ids = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    first = holds(
        rest.post(f"order-lists/{basket}/release/", {"percent": "25"}), "order-lists/{list_pk}/release/", "post"
    )
    assert [one["hold"] for one in first["orders"]] == [""] * 3 + ["wave"] * 7
    rest.post(f"order-lists/{basket}/release/", {"rows": 2})
    rest.post(f"order-lists/{basket}/release/", {"order_ids": [str(ids[9])]})
    assert list(ListOrder.objects.order_by("seq_no").values_list("wave", flat=True)) == [1, 1, 1, 2, 2, 0, 0, 0, 0, 3]
    route()
    [one] = holds(rest.get("order-lists/?kind=basket"), "order-lists/")["results"]
    assert (one["orders"], one["waiting"]) == (10, 4)
    assert [(w["wave"], w["orders"]) for w in one["waves"]] == [(0, 4), (1, 3), (2, 2), (3, 1)]
    cases: list[tuple[Any, int, str]] = [
        ({"percent": "0"}, 400, "NOT_POSITIVE"), ({"percent": "101"}, 400, "BAD_VALUE"), ({"rows": 0}, 400, "NOT_POSITIVE"),
        ({"order_ids": ["x"]}, 400, "BAD_VALUE"), ({"order_ids": []}, 400, "BAD_VALUE"), ({"percent": "5", "rows": 1}, 400, "BAD_VALUE"),
        ({"order_ids": [str(ids[0])]}, 409, "NOT_HELD"), ({"wave": 1}, 400, "UNKNOWN_FIELD"),
    ]  # fmt: skip
    for body, status, code in cases:
        answer = rest.post(f"order-lists/{basket}/release/", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert rest.post(f"order-lists/{basket}/release/", {}).status_code == 200
    assert rest.post(f"order-lists/{basket}/release/", {}).json()["code"] == "NOT_HELD"
    books()
