"""The OpenAPI description is true: real answers are held against it."""

import re
import warnings
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from oms.api import drafts, urls
from oms.desk import record, route
from orders.vocabulary import Role
from risk.models import Rule
from tests.api.conftest import Rest, order
from tests.desk.world import children, fill, says
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


def test_the_description_is_valid_and_without_warnings(schema: Any, capsys: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        validate_schema(SchemaGenerator().get_schema(public=True))
    assert "Warning" not in capsys.readouterr().err


def test_every_address_is_described(schema: Any) -> None:
    described = {path.removeprefix("/api/v1/") for path in schema["paths"] if path.startswith("/api/v1/")}
    for pattern in urls.urlpatterns:
        if pattern.name not in ("api-schema", "api-docs", "api-nothing"):
            text = str(pattern.pattern).removeprefix("^").removesuffix("?$")
            text = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", text)
            assert text in described


def test_requests_are_described_as_they_are_read(schema: Any) -> None:
    shapes = schema["components"]["schemas"]
    for name, fields in (("OrderRequest", drafts.ORDER), ("CancelRequest", drafts.CANCELLATION)):
        assert set(shapes[name]["properties"]) == set(fields)
    assert set(shapes["PatchedAmendRequest"]["properties"]) == set(drafts.AMENDMENT)


def test_answers_are_as_described(rest: Rest, desk: Floor, holds: Any) -> None:
    Rule.objects.create(control="PT-01", name="size", params={"hard": "1000", "soft": "500"})
    number = holds(rest.post("orders/", order(cl_ord_id="a")), "orders/", "post")["order_id"]
    holds(rest.post("orders/", order(cl_ord_id="a")), "orders/", "post")
    holds(rest.post("orders/", order(cl_ord_id="a", price="1")), "orders/", "post")
    holds(rest.post("orders/", order(side="up")), "orders/", "post")
    holds(rest.post("orders/", order(order_qty="5000")), "orders/", "post")
    holds(rest.post("orders/", order(order_qty="600")), "orders/", "post")
    holds(rest.post("orders/", [order(), {}, order(order_qty="5000")]), "orders/", "post")
    table = b"account,symbol,side,ord_type,order_qty\nALPHA,AAPL,buy,market,1\n"
    holds(rest.send("POST", "orders/csv/", table, "text/csv"), "orders/csv/", "post")
    route()
    [child] = children(int(number))
    record([says(child, "new"), fill(child, 40)])

    one = f"orders/{number}/"
    holds(rest.patch(one, {"price": "99"}), "orders/{order_id}/", "patch")
    holds(rest.patch(one, {"price": "99"}, If_Match='"99"'), "orders/{order_id}/", "patch")
    holds(rest.patch(one, {"price": "99"}, If_Match="*"), "orders/{order_id}/", "patch")
    holds(rest.post(f"{one}cancel/"), "orders/{order_id}/cancel/", "post")
    holds(rest.post("orders/999/cancel/"), "orders/{order_id}/cancel/", "post")
    assert holds(rest.get(one), "orders/{order_id}/")["children"] == [str(child.id)]
    assert holds(rest.get(f"{one}executions/"), "orders/{order_id}/executions/")["results"]
    assert holds(rest.get(f"{one}timeline/?raw=1"), "orders/{order_id}/timeline/")["results"]
    for path in ("orders/", "executions/", "positions/", "instruments/", "accounts/", "reasons/"):
        assert holds(rest.get(path), path)["results"]
    assert holds(rest.get("quotes/?symbol=AAPL"), "quotes/")["results"]
    holds(rest.get("me/"), "me/")
    holds(rest.get("flow/"), "flow/")
    holds(rest.get("business-date/"), "business-date/")
    holds(Rest().get("me/"), "me/")
    holds(rest.get("orders/?x=1"), "orders/")
    holds(Rest().post("auth/login/", {"username": "tina", "password": "tinatina123"}), "auth/login/", "post")
    holds(Rest().post("auth/login/", {}), "auth/login/", "post")
    door = Rest(user("olivia", role=Role.OPERATIONS))
    csv = b"symbol,name,currency\nA,A Inc.,USD\nb,,\n"
    holds(door.send("POST", "instruments/import/?dry_run=1", csv, "text/csv"), "instruments/import/", "post")
    holds(door.send("PUT", "flow/", {"on": True}), "flow/", "put")
    holds(door.send("PUT", "business-date/", {"today": "2026-11-24"}), "business-date/", "put")
    holds(door.send("PUT", "business-date/", {"today": "2020-01-01"}), "business-date/", "put")


def test_the_page_of_the_description_runs_no_inline_script(rest: Rest) -> None:
    page = rest.get("docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<style" not in text
    assert text.count("<script") == text.count("<script src=") == 2
    script = rest.get("docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema" in script.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]
