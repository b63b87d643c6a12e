"""Exception items and the simulated custodian over REST."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from oms.base.clock import now
from orders.vocabulary import Role
from settlement.custody import says
from settlement.exceptions import CustodyException, Exceptional, exceptional
from settlement.models import Instruction
from tests.api.conftest import Rest
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(desk: Floor) -> Rest:
    return Rest(user("olga", role=Role.OPERATIONS))


def item(**more: Any) -> str:
    told = {"code": "MALFORMED_XML", "kind": "file", "reference": "SI1", "text": "broken", "raw": b"<x \xff"}
    exceptional([Exceptional(**(told | more))])
    return str(CustodyException.objects.latest("id").pk)


def test_items_are_listed_taken_and_resolved(olga: Rest) -> None:
    first, second = item(), item(code="TRUNCATED", reference="")
    rows = olga.get("custody/exceptions/").json()["results"]
    assert [(row["id"], row["code"], row["raw"]) for row in rows] == [
        (second, "TRUNCATED", "<x \\xff"),
        (first, "MALFORMED_XML", "<x \\xff"),
    ]
    assert olga.post(f"custody/exceptions/{first}/take/").json()["owner"] == "olga"
    wrong = olga.post(f"custody/exceptions/{first}/resolve/", {"resolution": ""})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "MISSING")
    done = olga.post(f"custody/exceptions/{first}/resolve/", {"resolution": "asked for it again"})
    assert (done.status_code, done.json()["state"], done.json()["resolved_by"]) == (200, "resolved", "olga")
    again = olga.post(f"custody/exceptions/{first}/resolve/", {"resolution": "twice"})
    assert again.status_code == 409
    assert olga.post("custody/exceptions/999/resolve/", {"resolution": "what"}).status_code == 404
    assert olga.post(f"custody/exceptions/{10**18 * 10 - 1}/take/").status_code == 404
    assert [row["id"] for row in olga.get("custody/exceptions/?state=open").json()["results"]] == [second]
    assert [row["id"] for row in olga.get("custody/exceptions/?code=MALFORMED_XML&owner=olga").json()["results"]] == [
        first
    ]
    assert olga.get("custody/exceptions/?state=lost").status_code == 400


def test_the_simulated_custodian_is_told_and_cleared(olga: Rest, settings: Any, tmp_path: Path) -> None:
    settings.OMS_HOME = tmp_path
    assert olga.get("custody/simulated/").status_code == 404
    home = tmp_path / "custodian"
    home.mkdir()
    told = olga.post("custody/simulated/", {"say": "partial", "key": "AAPL", "value": "0.4"})
    assert (told.status_code, told.json()["keys"]) == (200, {"partial": {"AAPL": "0.4"}})
    assert olga.post("custody/simulated/", {"say": "duplicate", "key": "3"}).json()["counts"] == {"duplicate": 3}
    for wrong in (
        {"say": "burn"},
        {"say": "partial", "key": "AAPL", "value": "2"},
        {"key": "AAPL"},
        {"say": "fail", "keys": "x"},
    ):
        assert olga.post("custody/simulated/", wrong).status_code == 400
    assert says.read(home).counts == {"duplicate": 3}
    assert olga.post("custody/simulated/", {"say": "clear", "key": "partial"}).json()["keys"] == {}
    assert olga.post("custody/simulated/", {"say": "clear"}).json()["counts"] == {}


def test_an_instruction_is_shown_as_its_message_in_both_languages(olga: Rest, desk: Floor) -> None:
    today = date(2026, 11, 24)
    held = Instruction.objects.create(
        account=desk.accounts[0], instrument=desk.instruments["AAPL"], direction="deliver", trade_date=today,
        settl_date=today, qty=100, price="10.5", net_money="1049.50", currency="USD", place_of_settlement="DTCYUS33",
        counterparty="NSCC", state="ready", state_at=now(),
    )  # fmt: skip
    xml = olga.get(f"custody/instructions/{held.pk}/message/").json()
    assert xml["definition"] == "sese.023.001.11"
    assert f"<TxId>{held.reference}</TxId>" in xml["text"]
    text = olga.get(f"custody/instructions/{held.pk}/message/?form=mt").json()
    assert text["definition"] == "MT543"
    assert ":19A::SETT//USD1049,5\r\n" in text["text"]
    assert olga.get("custody/instructions/999999/message/").status_code == 404
    assert olga.get(f"custody/instructions/{held.pk}/message/?form=csv").status_code == 400
    Instruction.objects.filter(pk=held.pk).update(counterparty="三井住友")
    refused = olga.get(f"custody/instructions/{held.pk}/message/?form=mt")
    assert (refused.status_code, refused.json()["code"]) == (409, "BAD_TEXT")
