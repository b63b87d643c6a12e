"""Whatever is sent, the door answers with a problem and never with a failure of its own."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms.api import strict
from orders.models import Order
from tests.api.conftest import Rest, order
from tests.factories import Floor

pytestmark = pytest.mark.django_db

SOME = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["buy", "AAPL", "limit", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
BODIES = [
    b"", b" ", b"\x00", b"\xff\xfe", b"{", b"}", b"[", b"[" * 100_000, b'{"a":' * 50_000, b"null", b"1", b'"x"', b"true",
    b"NaN", b"Infinity", b"-Infinity", b'{"order_qty": NaN}', b'{"order_qty": 1e999}', b'{"order_qty": ' + b"9" * 5000 + b"}",
    b'{"side":"buy","side":"sell"}', b'{"\\ud800":1}', b'{"account":"\\ud800"}', b'{"account":"\\u0000"}', b'"\\u0000"',
    b'{"cl_ord_id":"\\ud83d\\ude00"}', b'\xef\xbb\xbf{}', b"{}\x00", b"{} {}", b'{"a":1,}', b"[,]", b"'{}'", b"{\"a\":01}",
    b'{"account":{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":1}}}}}}}}}', b"[[[[[[[[[[]]]]]]]]]]", b"[null,1,\"x\",[],{}]",
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("path", ["orders/", "orders/1/cancel/", "auth/login/", "instruments/import/"])
def test_no_body_breaks_the_door(rest: Rest, path: str, body: bytes) -> None:
    answer = rest.post(path, body)
    assert answer.status_code in (200, 400, 403, 404, 415), answer.content
    assert Order.objects.count() == 0


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_no_body_breaks_a_table(rest: Rest, body: bytes) -> None:
    assert rest.send("POST", "orders/csv/", body, "text/csv").status_code in (200, 400)


@SOME
@given(item=st.dictionaries(st.sampled_from([*order(), "cl_ord_id", "acknowledge_soft", "x"]), VALUES))
def test_no_fields_break_the_door(desk: Floor, item: dict[str, Any]) -> None:
    body = json.dumps({**order(), **item}, allow_nan=True).encode("utf-8", "surrogatepass")
    answer = Rest(desk.trader).post("orders/", body)
    assert answer.status_code in (200, 201, 400, 409, 422), answer.content
    json.loads(answer.content.decode())


@SOME
@given(body=st.binary(max_size=200))
def test_no_bytes_break_the_door(desk: Floor, body: bytes) -> None:
    assert Rest(desk.trader).post("orders/", body).status_code in (200, 400)


@SOME
@given(query=st.text(alphabet=st.characters(codec="latin-1"), max_size=60))
def test_no_address_breaks_the_door(desk: Floor, query: str) -> None:
    answer = Rest(desk.trader).client.get("/api/v1/orders/", QUERY_STRING=query, headers=Rest(desk.trader).headers)
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "\x00",
    ],
)
def test_only_json_is_taken_as_json(rest: Rest, kind: str) -> None:
    answer = rest.send("POST", "orders/", b"a=1", kind)
    assert answer.status_code in (400, 415)


def test_a_body_that_is_too_large_is_refused(rest: Rest) -> None:
    answer = rest.post("orders/", b"[" + b" " * (8 * 1024 * 1024) + b"]")
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


@pytest.mark.parametrize("text", ["[1, 2.5, null]", '{"a": {"b": []}}', '"\\u00e9"', "-0", "12345678901234567890"])
def test_what_is_json_is_read_as_json(text: str) -> None:
    assert strict.loads(text.encode()) == json.loads(text)
