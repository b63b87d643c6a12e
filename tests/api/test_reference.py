"""What can be looked up: instruments, accounts, quotes, reasons; and the timeline of an order."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.base.refusal import REASONS
from oms.desk import record, route
from orders.models import Instrument
from orders.vocabulary import Role
from routing.models import Inbox
from tests.api.conftest import Rest, order
from tests.desk.world import children, fill, says
from tests.factories import Floor, instrument, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(desk: Floor) -> None:
    table = desk.instruments["AAPL"].tick_table
    Instrument.objects.filter(symbol="AAPL").update(isin="US0378331005", cusip="037833100", sedol="2046251")
    instrument("AA", table, [], primary_mic="XNYS")
    instrument("BRK.B", table, [], primary_mic="XNYS")
    Instrument.objects.filter(symbol="AA").update(name="Alcoa Corporation")


@pytest.mark.parametrize(
    ("search", "symbols"),
    [
        ("aapl", ["AAPL"]), ("AA", ["AA", "AAPL"]), ("alcoa", ["AA"]), ("corp", ["AA"]), ("US0378331005", ["AAPL"]),
        ("037833100", ["AAPL"]), ("2046251", ["AAPL"]), ("inc", ["AAPL", "BRK.B", "IBM", "MSFT"]), ("zzz", []),
        ("%", []), ("_", []),
    ],
)  # fmt: skip
def test_instruments_are_found_by_what_people_type(rest: Rest, listed: None, search: str, symbols: list[str]) -> None:
    answer = rest.client.get("/api/v1/instruments/", {"search": search}, headers=rest.headers)
    assert [row["symbol"] for row in answer.json()["results"]] == symbols


def test_an_instrument_is_told_with_its_price_steps(rest: Rest, listed: None) -> None:
    [found] = rest.get("instruments/?symbol=AAPL.XNAS").json()["results"]
    assert found["ticks"] == [{"price_from": "0", "tick": "0.0001"}, {"price_from": "1", "tick": "0.01"}]
    assert (found["price_factor"], found["multiplier"], found["isin"]) == ("1", "1", "US0378331005")
    [dotted] = rest.get("instruments/?symbol=BRK.B").json()["results"]
    assert dotted["symbol"] == "BRK.B"


def test_what_has_not_changed_is_not_sent_again(rest: Rest, listed: None) -> None:
    tag = rest.get("instruments/")["ETag"]
    assert rest.get("instruments/", If_None_Match=tag).status_code == 304
    Instrument.objects.filter(symbol="AA").update(name="Alcoa")
    assert rest.get("instruments/", If_None_Match=tag).status_code == 200


def test_quotes_are_of_named_symbols(rest: Rest) -> None:
    quotes = rest.get("quotes/?symbol=AAPL&symbol=IBM").json()["results"]
    assert [(one["symbol"], one["venue"]) for one in quotes][:2] == [("AAPL", "BATS"), ("AAPL", "XNAS")]
    assert (quotes[0]["bid_px"], quotes[0]["offer_px"], quotes[0]["bid_size"]) == ("99.99", "100.01", "1000")
    assert rest.get("quotes/").status_code == 400


def test_accounts_are_those_of_your_desks(rest: Rest) -> None:
    rows = rest.get("accounts/").json()["results"]
    assert [(row["account"], row["desk"]) for row in rows] == [("ALPHA", "EQ"), ("BETA", "EQ")]


def test_the_catalogue_holds_every_code(rest: Rest) -> None:
    found = {row["code"]: row for row in rest.get("reasons/").json()["results"]}
    assert set(found) == set(REASONS)
    assert {"MAX_ORDER_QTY", "BAD_NUMBER", "BUSY", "VERSION_REQUIRED", "RESTRICTED"} <= set(found)
    assert all(row["text"] and row["remedy"] for row in found.values())


def test_an_orders_whole_story_is_told_in_order(rest: Rest, desk: Floor) -> None:
    number = rest.post("orders/", order()).json()["order_id"]
    route()
    [child] = children(int(number))
    record([says(child, "new"), fill(child, 100, "99.98")])
    Inbox.objects.create(
        session_id=child.venue, incarnation="i", msg_seq_num=7, msg_type="8", raw="8=FIX.4.4\x0135=8\x01",
        fields={"cl_ord_id": child.cl_ord_id, "exec_type": "trade", "exec_id": "X9"}, received_at=child.created_at,
    )  # fmt: skip

    with CaptureQueriesContext(connection) as made:
        entries = rest.get(f"orders/{number}/timeline/").json()["results"]
    raw = rest.get(f"orders/{number}/timeline/?raw=1").json()["results"]

    titles = [entry["title"] for entry in entries]
    assert titles[0] == "entered: buy 100 AAPL at 100, day, for ALPHA"
    assert entries[0]["actor"] == "tina"
    assert any(re.match(r"PT-08 Tick size: pass", title) for title in titles)
    assert any(title.startswith("Routed by rule 'best price'") for title in titles)
    assert f"{child.venue}: trade: 100 at 99.98" in titles
    assert "trade: 100 at 99.98" in titles
    assert f"New order {child.cl_ord_id} to {child.venue}" in titles
    assert titles.index("Risk accepted the order: pass") < titles.index(f"New order {child.cl_ord_id} to {child.venue}")
    assert all({"at", "recorded_at", "kind", "title", "actor", "detail"} == set(entry) for entry in entries)
    assert [entry["recorded_at"] for entry in entries] == sorted(entry["recorded_at"] for entry in entries)
    assert not any("raw" in entry["detail"] for entry in entries)
    assert [entry["detail"]["raw"] for entry in raw if "raw" in entry["detail"]] == ["8=FIX.4.4|35=8|"]
    assert len(made) <= 14


def test_why_risk_refused_stands_in_the_story(rest: Rest) -> None:
    number = rest.post("orders/", order(price="100.001")).json()["order"]["order_id"]
    entries = rest.get(f"orders/{number}/timeline/").json()["results"]
    [refused] = [entry for entry in entries if entry["kind"] == "risk_hard_refused"]
    assert refused["title"].startswith("PT-08 Tick size: hard")
    assert "multiple of the tick" in refused["detail"]["text"]


CSV = b"symbol,name,currency,close\nZION,Zions Bancorporation,USD,43.1\nAAPL,Apple Inc.,USD,101\nBAD,Bad Inc.,USD,x\n"


def test_operations_imports_instruments(desk: Floor, settings: Any, tmp_path: Any) -> None:
    settings.OMS_HOME = tmp_path
    door = Rest(user("olivia", role=Role.OPERATIONS))

    dry = door.send("POST", "instruments/import/?dry_run=1", CSV, "text/csv").json()
    assert Instrument.objects.filter(symbol="ZION").count() == 0
    done = door.send("POST", "instruments/import/", CSV, "text/csv").json()

    assert dry["counts"] == done["counts"] == {"new": 1, "update": 1, "unchanged": 0, "refused": 1}
    assert [row["action"] for row in done["results"]] == ["new", "update", "refused"]
    assert done["results"][2]["errors"][0]["field"] == "reference_price"
    zion = Instrument.objects.get(symbol="ZION")
    assert sorted(zion.listings.values_list("venue_id", flat=True)) == ["BATS", "XNAS", "XNYS"]
    assert "ZION,USD,0.01,100,43.1,BATS|XNAS|XNYS,equity" in (tmp_path / "exchange" / "universe.csv").read_text()


@pytest.mark.parametrize("body", [b"", b"name\nx\n", b"\xff", b"symbol,colour\nA,b\n", b'symbol\n"A'])
def test_a_table_that_is_none(desk: Floor, body: bytes) -> None:
    door = Rest(user("olivia", role=Role.OPERATIONS))
    assert door.send("POST", "instruments/import/?dry_run=1", body, "text/csv").status_code == 400


def test_operations_throws_the_switch_of_the_flow(desk: Floor, rest: Rest) -> None:
    door = Rest(user("olivia", role=Role.OPERATIONS))
    assert rest.get("flow/").json()["on"] is True
    assert door.send("PUT", "flow/", {"on": False}).json()["changed_by"] == "olivia"
    assert rest.get("flow/").json()["on"] is False
    assert rest.send("PUT", "flow/", {"on": True}).status_code == 403
    assert door.send("PUT", "flow/", {"on": "no"}).status_code == 400
