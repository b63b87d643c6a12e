"""Reconciliation and the close of a day over REST: who sees it, who acts, and what they are told."""

from pathlib import Path
from typing import Any

import pytest

from settlement.messages.statement import CashLine
from settlement.models import Break, SignOff
from settlement.recon.comparing import reconcile
from settlement.recon.receiving import receive
from tests.api.conftest import Rest
from tests.factories import Floor, user
from tests.settlement.recon.world import TUESDAY, settled, told
from tests.settlement.world import world

READERS = ("operations", "compliance", "auditor")
PATHS = ("recon/statements/", "recon/breaks/", f"recon/reconciliations/?day={TUESDAY}", "recon/sign-offs/")


@pytest.fixture
def floor(transactional_db: None, settings: Any, tmp_path: Path) -> Floor:
    settings.OMS_HOME = tmp_path
    found = world()
    settled(found, [("buy", 100, "10"), ("sell", 40, "11")])
    held, moved, cash = told(found.accounts[0])
    charge = CashLine("", -3, TUESDAY, "fee", "F1")  # type: ignore[arg-type]
    lines = (*cash.lines, charge)
    receive([held, moved, cash._replace(lines=lines, closing=cash.closing - 3)])  # type: ignore[union-attr,arg-type,call-arg]
    while reconcile():
        pass
    return found


@pytest.fixture
def olga(floor: Floor) -> Rest:
    return Rest(user("olga", role="operations"))


def test_traders_see_nothing_and_readers_do_not_act(floor: Floor, olga: Rest) -> None:
    row = Break.objects.first()
    assert row is not None
    for role in ("trader", "portfolio_manager", "api_client", *READERS):
        rest = olga if role == "operations" else Rest(user(f"u-{role}", role=role))
        expected = 200 if role in READERS else 403
        paths = (*PATHS, f"recon/breaks/{row.pk}/", f"days/{TUESDAY}/close/")
        assert {rest.get(path).status_code for path in paths} == {expected}
        if role != "operations":
            posts = (f"recon/breaks/{row.pk}/note/", "recon/breaks/", "recon/sign-offs/", f"days/{TUESDAY}/close/")
            assert {rest.post(path, {}).status_code for path in posts} == {403}
    assert {Rest().get(path).status_code for path in PATHS} == {401}


def test_statements_with_their_lines_and_what_was_matched(floor: Floor, olga: Rest) -> None:
    [cash] = olga.get(f"recon/statements/?kind=cash&day={TUESDAY}&account={floor.accounts[0].code}").json()["results"]
    assert (cash["currency"], cash["lines"], cash["breaks"], cash["matched"]["id"]) == ("USD", 3, 2, 2)
    lines = olga.get(f"recon/statements/{cash['id']}/lines/").json()["results"]
    assert [line["money"] for line in lines][-1] == "-3"
    assert olga.get("recon/statements/?kind=holdings&source=elsewhere").json()["results"] == []
    assert olga.get("recon/statements/999999/lines/").status_code == 404


def test_breaks_are_filtered_assigned_and_resolved(floor: Floor, olga: Rest) -> None:
    found = olga.get("recon/breaks/?state=live&type=missing_ours&age=1").json()["results"]
    assert [(one["kind"], one["difference"], one["age"]) for one in found] == [("cash", "-3", 1)]
    assert olga.get("recon/breaks/?state=live&age=2").json()["results"] == []
    assert olga.get("recon/breaks/?state=resolved").json()["results"] == []
    number = found[0]["id"]
    assert olga.post(f"recon/breaks/{number}/assign/", {}).json()["owner"] == "olga"
    bad = olga.post(f"recon/breaks/{number}/resolve/", {"reason": "bored", "text": "x"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "reason")
    odd = olga.post(f"recon/breaks/{number}/resolve/", {"reason": "explained", "why": "x"})
    assert (odd.status_code, odd.json()["code"]) == (400, "UNKNOWN_FIELD")
    done = olga.post(f"recon/breaks/{number}/resolve/", {"reason": "their_error", "text": "they book it back"})
    assert (done.status_code, done.json()["state"], done.json()["resolved_by"]) == (200, "resolved", "olga")
    assert [event["verb"] for event in done.json()["events"]] == ["open", "assign", "resolve"]
    late = olga.post(f"recon/breaks/{number}/note/", {"text": "late"})
    assert (late.status_code, late.json()["code"]) == (409, "BREAK_CLOSED")
    assert olga.post("recon/breaks/999999/note/", {"text": "x"}).status_code == 404


def test_many_breaks_are_answered_in_order(floor: Floor, olga: Rest) -> None:
    numbers = [one["id"] for one in olga.get("recon/breaks/?state=live").json()["results"]]
    body = [
        *({"id": number, "verb": "assign"} for number in numbers),
        {"id": "999999", "verb": "note", "text": "x"},
        {"verb": "sing"},
    ]
    answers = olga.post("recon/breaks/", body).json()
    assert [one["status"] for one in answers] == [200, 200, 404, 400]
    assert set(Break.objects.values_list("state", "owner__username")) == {("assigned", "olga")}


def test_sign_offs_are_refused_and_given(floor: Floor, olga: Rest) -> None:
    account = floor.accounts[0].code
    kinds = ("holdings", "movements", "cash")
    stands = olga.get(f"recon/reconciliations/?day={TUESDAY}").json()
    assert {(one["kind"], one["breaks"], one["unowned"]) for one in stands} == {
        ("holdings", 0, 0), ("movements", 0, 0), ("cash", 2, 2),
    }  # fmt: skip
    body = [{"kind": kind, "account": account, "day": str(TUESDAY)} for kind in kinds]
    assert [one["status"] for one in olga.post("recon/sign-offs/", body).json()] == [201, 201, 409]
    alone = olga.post("recon/sign-offs/", body[2])
    assert (alone.status_code, alone.json()["code"]) == (409, "BREAKS_OPEN")
    wrong = olga.post("recon/sign-offs/", {"kind": "dropcopy", "account": account, "day": str(TUESDAY)})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "UNKNOWN_ACCOUNT")
    none = olga.post("recon/sign-offs/", {"kind": "dropcopy", "day": str(TUESDAY)})
    assert (none.status_code, none.json()["code"]) == (422, "NO_STATEMENT")
    assert {one["signed_by"] for one in olga.get("recon/sign-offs/").json()["results"]} == {"olga"}
    assert SignOff.objects.count() == 2


def test_a_day_is_closed_over_rest_by_two(floor: Floor, olga: Rest) -> None:
    found = olga.get(f"days/{TUESDAY}/close/").json()
    assert (found["closed"], {step["state"] for step in found["steps"]}) == (False, {"done", "open"})
    refused = olga.post(f"days/{TUESDAY}/close/")
    assert (refused.status_code, refused.json()["code"]) == (409, "DAY_OPEN")
    assert "Trading day ended" in refused.json()["detail"]
    # What was done before it was refused stays done.
    assert {
        step["state"] for step in olga.get(f"days/{TUESDAY}/close/").json()["steps"] if step["name"] == "ledger_root"
    } == {"done"}
    asked = olga.post(f"days/{TUESDAY}/close/", {"reason": "nothing traded"}).json()
    assert (asked["closed"], asked["asked_by"]) == (False, "olga")
    assert olga.post(f"days/{TUESDAY}/close/", {"reason": "nothing traded"}).json()["asked_by"] == "olga"
    assert olga.post(f"days/{TUESDAY}/close/").json()["code"] == "SECOND_PERSON"
    done = Rest(user("otto", role="operations")).post(f"days/{TUESDAY}/close/").json()
    assert (done["closed"], done["closed_by"], "orders_closed" in done["left_open"]) == (True, "otto", True)
    moved = olga.send("PUT", "business-date/", {}).json()
    assert moved["left"] == "2026-11-25"
    assert moved["open_steps"]
