"""Standing instructions: which one is chosen, who puts them into force, and what follows them."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders.models import Alert
from settlement.instruct import send
from settlement.models import Instruction, StandingInstruction
from settlement.parties import Need, Parties, Ssi, choose
from settlement.settle import settle
from settlement.ssi_book import Entry, check, propose
from tests.factories import Floor, user
from tests.settlement.checks import broken
from tests.settlement.world import MONDAY, fill, instrument

DAY = date(2026, 11, 24)
NEED = Need(1, "US", "USD", "equity", DAY)
USUAL = ("DTCYUS33", "NSCC")


def ssi(number: int, account: int | None = None, **more: object) -> Ssi:
    row = Ssi(number, account, "", "", "", "", "", "", "", f"SAFE{number}", date(2026, 1, 1), None)
    return row._replace(**more)  # type: ignore[arg-type]


def test_without_any_the_usual_place_of_the_market_is_taken() -> None:
    assert choose([], NEED, USUAL) == Parties("DTCYUS33", "NSCC")
    assert choose([], NEED, ("", "")).place == ""


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([ssi(1), ssi(2, market="US")], 2),
        ([ssi(1, market="US", currency="USD", asset_class="equity"), ssi(2, account=1)], 2),
        ([ssi(1, account=1), ssi(2, account=1, currency="USD")], 2),
        ([ssi(1, asset_class="equity"), ssi(2, currency="USD")], 2),
        ([ssi(1, valid_from=date(2026, 6, 1)), ssi(2)], 1),
        ([ssi(1), ssi(2, account=2), ssi(3, market="EU"), ssi(4, currency="EUR")], 1),
        ([ssi(1, valid_from=date(2026, 11, 25)), ssi(2, valid_to=MONDAY)], None),
        ([ssi(1, valid_from=DAY, valid_to=DAY)], 1),
    ],
)
def test_the_most_specific_in_force_on_the_settlement_date_wins(rows: list[Ssi], chosen: int | None) -> None:
    assert choose(rows, NEED, USUAL).ssi == chosen
    assert choose(rows[::-1], NEED, USUAL).ssi == chosen


def test_ours_names_the_place_and_the_counterpartys_its_agent() -> None:
    ours = ssi(1, account=1, place_of_settlement="CEDELULL", counterparty="BROKER")
    theirs = ssi(2, party="BROKER", agent_bic="CITIUS33", safekeeping_account="")
    other = ssi(3, party="NSCC", agent_bic="CHASUS33")
    assert choose([ours, theirs, other], NEED, USUAL) == Parties("CEDELULL", "BROKER", "CITIUS33", "SAFE1", 1)
    assert choose([other], NEED, USUAL) == Parties("DTCYUS33", "NSCC", "CHASUS33", "", 3)


@pytest.mark.django_db
def test_one_writes_another_checks_and_nobody_edits(desk: Floor) -> None:
    mary, carl = user("mary", role="operations"), user("carl", role="operations")
    entry = Entry(DAY, "new agent", market="US", agent_bic="CITIUS33")
    kept = propose([entry, entry._replace(agent_bic="nobody"), entry._replace(agent_bic="")], mary)
    assert [one.refusal and (one.refusal.code, one.refusal.field) for one in kept] == [
        None, ("BAD_VALUE", "agent_bic"), ("MISSING", "place_of_settlement"),
    ]  # fmt: skip
    id_ = kept[0].id
    assert id_ is not None
    assert [one and one.code for one in check([id_], mary)] == ["SAME_PERSON"]
    assert [one and one.code for one in check([id_, id_, 0], carl)] == [None, "BAD_VALUE", "MISSING"]
    (again,) = propose([entry._replace(agent_bic="CHASUS33", valid_from=date(2026, 12, 1))], mary)
    assert again.id
    assert StandingInstruction.objects.get(pk=id_).superseded_by is None
    assert check([again.id], carl) == [None]
    assert StandingInstruction.objects.get(pk=id_).superseded_by_id == again.id
    for sql in ("agent_bic = 'X'", "checked_at = now()", "superseded_by_id = NULL", "valid_to = now()"):
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                cursor.execute(f"UPDATE settlement_standinginstruction SET {sql} WHERE id = {id_}")


def canadian(floor: Floor) -> Instruction:
    fill(floor, [("buy", 100, "10")], of=instrument("RY", settl_market="CA", currency="CAD"))
    while settle():
        pass
    return Instruction.objects.get()


def test_a_missing_one_leaves_a_draft_and_an_alert_and_releases_it_when_it_is_there(floor: Floor) -> None:
    mary, carl = user("mary", role="operations"), user("carl", role="operations")
    held = canadian(floor)
    assert held.state == "draft"
    assert "SSI_MISSING" in held.events.get().text
    assert Alert.objects.get().code == "SSI_MISSING"
    assert send() == 0
    alpha = floor.accounts[0].pk
    entry = Entry(
        MONDAY, "opened", account_id=alpha, market="CA", place_of_settlement="CDSLCATT", counterparty="CDCC",
        safekeeping_account="CA-ALPHA",
    )  # fmt: skip
    (kept,) = propose([entry], mary)
    held.refresh_from_db()
    assert held.state == "draft"
    assert check([kept.id or 0], carl) == [None]
    held.refresh_from_db()
    assert (held.state, held.place_of_settlement, held.counterparty) == ("ready", "CDSLCATT", "CDCC")
    assert (held.safekeeping_account, held.ssi_id) == ("CA-ALPHA", kept.id)
    assert send() == 1
    assert broken() == {}


def test_what_is_superseded_stays_in_force_until_its_successor_begins(floor: Floor) -> None:
    mary, carl = user("mary", role="operations"), user("carl", role="operations")
    entry = Entry(date(2026, 1, 1), "agent", market="US", safekeeping_account="OLD")
    (old,) = propose([entry], mary)
    check([old.id or 0], carl)
    (new,) = propose([entry._replace(valid_from=date(2026, 11, 25), safekeeping_account="NEW")], mary)
    fill(floor, [("buy", 1, "10")], prefix="A")
    fill(floor, [("buy", 1, "10")], prefix="B", trade_date=DAY)
    while settle():
        pass
    assert list(Instruction.objects.order_by("id").values_list("safekeeping_account", flat=True)) == ["OLD", "OLD"]
    check([new.id or 0], carl)
    assert list(Instruction.objects.order_by("id").values_list("safekeeping_account", flat=True)) == ["OLD", "NEW"]
    assert Instruction.objects.latest("id").events.latest("seq").actor == "carl"
    assert broken() == {}


def test_checking_costs_as_many_statements_for_many_instructions(floor: Floor) -> None:
    mary, carl = user("mary", role="operations"), user("carl", role="operations")
    counts = []
    for size in (1, 200):
        fill(floor, [("buy", 1, "10")] * size, prefix=f"N{size}")
        while settle():
            pass
        (kept,) = propose([Entry(MONDAY, "agent", market="US", safekeeping_account=f"S{size}")], mary)
        with CaptureQueriesContext(connection) as queries:
            check([kept.id or 0], carl)
        counts.append(len([one for one in queries if "settlement_" in one["sql"]]))
    assert counts[1] <= counts[0] + 2  # the second supersedes the first
    assert Instruction.objects.filter(safekeeping_account="S200").count() == 201
