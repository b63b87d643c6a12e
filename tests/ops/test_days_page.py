"""Business dates, free-of-payment movements and standing instructions on the desk: done by two, as the pages offer it."""

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client

from oms.blotter.ops.days import Days
from oms.blotter.ops.places import SHEETS
from oms.blotter.ops.sheet import Act
from orders.models import BusinessDate
from settlement.exceptions import Exceptional, exceptional
from settlement.models import DayClose, Instruction, LedgerTransaction, StandingInstruction
from tests import factories
from tests.factories import Floor
from tests.ops.conftest import Browser
from tests.settlement.world import MONDAY

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def two(floor: Floor) -> tuple[Client, Client]:
    """Two people of operations."""
    made = []
    for name in ("olga", "otto"):
        client = Client(HTTP_HOST="testserver")
        client.force_login(factories.user(name, role="operations"))
        made.append(client)
    return made[0], made[1]


def act(slug: str, name: str) -> Act:
    """What a page offers under a name."""
    return next(one for one in SHEETS[slug].acts if one.name == name)


def rows(client: Client, slug: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/ops/{slug}/rows", query).json()["rows"]
    return found


def do(client: Client, slug: str, name: str, row: dict[str, Any] | None = None, **values: Any) -> Any:
    """Send what the page's script sends for one row: the act must be offered for it."""
    one = act(slug, name)
    path = one.path
    if row is not None:
        assert name in row["acts"], (name, row["acts"])
        for key, value in ({"key": row["key"]} | row.get("given", {})).items():
            path = path.replace(f"{{{key}}}", str(value))
    assert "{" not in path
    for field in one.fields:
        assert not field.required or values.get(field.name), f"{name} asks for {field.name}"
    return client.generic(one.method, path, _json(values | dict(one.also)), content_type="application/json")


def _json(values: dict[str, Any]) -> str:

    return json.dumps(values)


def test_a_day_is_ended_moved_on_and_closed_by_two_on_its_page(two: tuple[Client, Client]) -> None:
    olga, otto = two
    [today] = rows(olga, "days")
    assert (today["key"], today["given"]) == ("20261123", {"day": "2026-11-23"})
    assert set(today["acts"]) == {"end", "force", "start"}
    exceptional([Exceptional("BAD_XML", "file", "", "no end", b"<")])
    assert do(olga, "days", "end", today).status_code == 200
    assert "end" not in rows(olga, "days")[0]["acts"]
    moved = do(olga, "days", "move")
    assert (moved.status_code, moved.json()["today"], moved.json()["left"]) == (200, "2026-11-24", "2026-11-23")
    assert any(step.startswith("Ledger's root") for step in moved.json()["open_steps"])

    assert [row["key"] for row in rows(olga, "days")] == ["20261124", "20261123"]
    [over] = rows(olga, "days", state="waits")
    assert set(over["acts"]) == {"close", "override"}
    assert over["cells"][3]["tone"] == "warn"
    refused = do(olga, "days", "close", over)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "DAY_OPEN")
    assert not DayClose.objects.filter(closed_at__isnull=False).exists()

    assert do(olga, "days", "override", over, reason="the custodian looks into it").json()["closed"] is False
    [asked] = rows(otto, "days", state="waits")
    assert asked["acts"] == ["confirm"]
    assert asked["cells"][2]["text"] == "olga: the custodian looks into it"
    own = do(olga, "days", "confirm", asked)
    assert (own.status_code, own.json()["errors"][0]["code"]) == (422, "SECOND_PERSON")
    assert do(otto, "days", "confirm", asked).json()["closed"] is True
    [done] = rows(otto, "days", state="overridden")
    assert (done["acts"], done["cells"][5]) == ([], "otto")
    assert rows(otto, "days", state="waits") == []
    told = otto.get("/ops/days/20261123/detail").json()
    assert [block["title"] for block in told["blocks"]][:2] == ["Checklist of its close", "Trading day"]
    facts = {name: cell if isinstance(cell, str) else cell["text"] for name, cell in told["facts"]}
    assert (facts["Asked to close it open"], facts["Closed by"]) == ("olga", "otto")
    assert facts["Steps open then"] == "exceptions resolved"


def test_a_day_with_nothing_open_is_closed_by_one(two: tuple[Client, Client]) -> None:
    olga, _ = two
    do(olga, "days", "end", rows(olga, "days")[0])
    do(olga, "days", "move", today="2026-11-24")
    [over] = rows(olga, "days", state="to_close")
    assert over["cells"][3]["tone"] == "warn", "what is done when the day is closed is not done yet"
    assert do(olga, "days", "close", over).json()["closed"] is True
    [done] = rows(olga, "days", state="closed")
    assert (done["acts"], done["cells"][2], done["cells"][5]) == ([], "—", "olga")


def test_overview_counts_days_that_are_to_be_closed(two: tuple[Client, Client]) -> None:
    olga, _ = two
    assert olga.get("/ops/overview").json()["attention"]["days"] == 0
    do(olga, "days", "end", rows(olga, "days")[0])
    do(olga, "days", "move")
    assert olga.get("/ops/overview").json()["attention"]["days"] == 1
    assert 'href="/ops/days/"' in olga.get("/ops/settlements/").content.decode(), "the date leads there"


def test_securities_move_free_of_payment_when_a_second_person_has_checked(
    floor: Floor, two: tuple[Client, Client]
) -> None:
    olga, otto = two
    wish: dict[str, Any] = {
        "account": "ALPHA",
        "symbol": "AAPL",
        "direction": "receive",
        "qty": "500",
        "settl_date": "2026-11-25",
    }
    assert do(olga, "settlements", "free", **wish, reason=" ").status_code == 422
    assert do(olga, "settlements", "free", **wish, reason="transfer from the old custodian").status_code == 201
    [row] = rows(otto, "settlements", state="to_check")
    assert "check" in row["acts"]
    refused = do(olga, "settlements", "check", row)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "SAME_PERSON")
    assert not LedgerTransaction.objects.filter(source__startswith="free:").exists()
    assert do(otto, "settlements", "check", row).json()["state"] == "ready"
    assert rows(otto, "settlements", state="to_check") == []
    held = Instruction.objects.get(payment="free")
    assert (held.qty, held.made_by.username, held.checked_by.username) == (500, "olga", "otto")  # type: ignore[union-attr]
    told = otto.get(f"/ops/settlements/{held.pk}/detail").json()
    facts = {name: cell if isinstance(cell, str) else cell["text"] for name, cell in told["facts"]}
    assert (facts["Reason"], facts["Made by"], facts["Checked by"]) == (
        "transfer from the old custodian", "olga", "otto",
    )  # fmt: skip


def test_a_standing_instruction_is_in_force_when_a_second_person_has_checked(
    floor: Floor, two: tuple[Client, Client]
) -> None:
    olga, otto = two
    slug = "standing-instructions"
    wish: dict[str, Any] = {"account": "ALPHA", "market": "US", "valid_from": "2026-11-24", "reason": "new custodian"}
    assert do(olga, slug, "propose", **wish).json()["errors"][0]["field"] == "place_of_settlement"
    assert do(olga, slug, "propose", **wish, place_of_settlement="DTCYUS33").status_code == 201
    assert olga.get("/ops/overview").json()["attention"][slug] == 1
    [row] = rows(otto, slug, state="proposed")
    assert do(olga, slug, "check", row).json()["errors"][0]["code"] == "SAME_PERSON"
    assert do(otto, slug, "check", row).status_code == 200
    assert rows(otto, slug)[0]["acts"] == []

    assert do(olga, slug, "propose", **wish, place_of_settlement="IRVTUS3N").status_code == 201
    [row] = rows(otto, slug, state="proposed")
    assert rows(otto, slug)[0]["key"] == row["key"], "what waits comes first"
    [block] = otto.get(f"/ops/{slug}/{row['key']}/detail").json()["blocks"]
    first = StandingInstruction.objects.order_by("pk").first()
    assert first is not None
    assert block["title"] == f"In the place of SSI {first.pk}"
    assert ["place of settlement", "DTCYUS33", "IRVTUS3N"] in [line["cells"] for line in block["rows"]]
    do(otto, slug, "check", row)
    assert [one["key"] for one in rows(otto, slug, state="superseded")] == [str(first.pk)]
    assert [one["key"] for one in rows(otto, slug, state="in_force", account="ALPHA")] == [row["key"]]


def test_letters_open_one_dialog_each() -> None:
    for sheet in SHEETS.values():
        letters = [one.key for one in sheet.acts]
        assert len(set(letters)) == len(letters), sheet.slug
        assert not set(letters) & set("jkxazt/?0123456789"), "keys of the rows"


def test_nobody_else_moves_the_date_or_closes_a_day(floor: Floor, browser: Browser) -> None:
    auditor = browser("auditor")
    assert rows(auditor, "days")[0]["key"] == "20261123"
    for one in Days.acts:
        path = one.path.replace("{day}", MONDAY.isoformat())
        assert auditor.generic(one.method, path, "{}", content_type="application/json").status_code == 403
    assert BusinessDate.objects.get().today == MONDAY
