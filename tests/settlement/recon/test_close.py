"""The close of a day: what blocks it is told, what is done is written down once, two persons override."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import checklist, dayclose
from oms.desk.checklist import Looked, register
from oms.desk.dayclose import Closing, Person, close, closing
from oms.desk.moving import move
from orders.models import DayStep, User
from risk.models import WatchMark
from settlement.models import (
    CloseStep,
    CustodyException,
    DayClose,
    InstructionObligation,
    LedgerEntry,
    LedgerRoot,
    NettingSwitch,
    PenaltyDay,
    Statement,
)
from settlement.recon.casework import Actor
from settlement.recon.comparing import reconcile
from settlement.recon.receiving import receive
from settlement.recon.signing import Wanted, sign
from settlement.roots import FILE, digest
from tests.factories import Floor
from tests.settlement.recon.world import THURSDAY, TUESDAY, WEDNESDAY, settle_all, settled, told
from tests.settlement.world import MONDAY, fill

FILLS = [("buy", 100, "10"), ("sell", 40, "11")]


@pytest.fixture
def people(floor: Floor) -> list[Person]:
    users = [User.objects.create(username=name, role="operations") for name in ("olga", "otto")]
    return [Person(user.pk, user.username) for user in users]


@pytest.fixture
def day(floor: Floor) -> Any:
    """Tuesday: it traded, was ended and settled; the custodian's statements have come."""
    settled(floor, FILLS)
    for step in ("write_results", "carry_orders"):
        DayStep.objects.create(date=TUESDAY, run="end", name=step, actor="x", done_at=now())
    assert receive(told(floor.accounts[0])) == [None, None, None]
    return TUESDAY


def signed(floor: Floor, person: Person) -> None:
    while reconcile():
        pass
    wanted = [Wanted(kind, floor.accounts[0].pk, TUESDAY) for kind in ("holdings", "movements", "cash")]
    assert sign(wanted, Actor(person.id, person.username)) == [None, None, None]


def open_steps(day: Any) -> set[str]:
    return {step.name for step in closing(day).open_steps}


def test_a_day_closes_when_everything_mandatory_is_done(floor: Floor, day: Any, people: list[Person]) -> None:
    olga, _ = people
    assert open_steps(day) == {"penalties_accrued", "reconciled", "breaks_signed", "balances_derived", "ledger_root"}
    refused = close(day, olga)
    assert isinstance(refused, Refusal)
    assert (refused.code, "3 reconciliations" in refused.text) == ("DAY_OPEN", True)
    # What could be done was done: the statements are compared.
    assert open_steps(day) == {"breaks_signed"}
    signed(floor, olga)
    done = close(day, olga)
    assert isinstance(done, Closing)
    assert done.is_closed
    assert {(step.state, step.actor) for step in done.steps} == {("done", "olga")}
    rows = list(CloseStep.objects.values_list())
    again = close(day, people[1])
    assert isinstance(again, Closing)
    assert again.row is not None
    assert again.row.closed_by_id == olga.id
    assert list(CloseStep.objects.values_list()) == rows


def test_a_day_closes_by_itself_once_people_have_signed(floor: Floor, day: Any, people: list[Person]) -> None:
    assert dayclose.due() > 0
    # It looks again after a while; nothing that is looked at once was looked at while somebody's work was missing.
    assert (dayclose.due(), open_steps(day)) == (0, {"breaks_signed", "balances_derived", "ledger_root"})
    signed(floor, people[0])
    WatchMark.objects.update(at=now() - dayclose.PAUSE)
    assert dayclose.due() > 0
    assert dayclose.closing(day).is_closed
    row = DayClose.objects.get()
    assert (row.closed_by, set(CloseStep.objects.values_list("actor", flat=True))) == (None, {"the clock"})
    WatchMark.objects.update(at=now() - dayclose.PAUSE)
    assert dayclose.due() == 0


def test_closing_nets_what_waits_and_accrues_penalties(floor: Floor, day: Any, people: list[Person]) -> None:
    NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=MONDAY, nets=True)
    fill(floor, FILLS, trade_date=day, prefix="N")
    settle_all()
    assert {"trades_netted", "penalties_accrued"} <= open_steps(day)
    close(day, people[0])
    assert not {"trades_netted", "penalties_accrued"} & open_steps(day)
    assert InstructionObligation.objects.filter(instruction__is_net=True).count() == 2
    assert PenaltyDay.objects.filter(day__gte=day).exists()
    close(day, people[0])
    assert InstructionObligation.objects.filter(instruction__is_net=True).count() == 2


def test_a_day_that_is_not_over_or_behind_an_open_one_is_not_closed(
    floor: Floor, day: Any, people: list[Person]
) -> None:
    DayStep.objects.create(date=MONDAY, run="end", name="carry_orders", actor="x", done_at=now())
    for when, code in ((WEDNESDAY, "WRONG_DAY"), (day, "DAY_OPEN"), (MONDAY.replace(day=22), "WRONG_DAY")):
        refused = close(when, people[0])
        assert isinstance(refused, Refusal)
        assert refused.code == code
    assert not CloseStep.objects.exists()


def test_two_persons_close_what_is_open(floor: Floor, day: Any, people: list[Person]) -> None:
    olga, otto = people
    CustodyException.objects.create(code="X", kind="x", text="x", digest="x", received_at=now())
    first = close(day, olga, "the custodian is down")
    assert isinstance(first, Closing)
    assert not first.is_closed
    alone = close(day, olga, "still down")
    assert isinstance(alone, Refusal)
    assert alone.code == "SECOND_PERSON"
    assert not DayClose.objects.filter(closed_at__isnull=False).exists()
    done = close(day, otto)
    assert isinstance(done, Closing)
    assert done.is_closed
    row = DayClose.objects.get()
    assert (row.asked_by_id, row.closed_by_id, row.reason) == (olga.id, otto.id, "the custodian is down")
    assert set(row.left) == {"breaks_signed", "exceptions_resolved"}
    with pytest.raises(IntegrityError, match="day_close_overridden_by_two"), transaction.atomic():
        DayClose.objects.update(closed_by=olga.id)


def test_missing_statements_are_counted(floor: Floor, people: list[Person]) -> None:
    settled(floor, FILLS)
    receive(told(floor.accounts[0])[:1])
    step = next(step for step in closing(TUESDAY).steps if step.name == "statements_received")
    assert (step.state, step.counts, step.blocks) == (
        "open",
        {"received": 1, "missing": 2},
        "2 statements have not come",
    )
    assert Statement.objects.count() == 1


def test_the_root_of_the_ledger_is_kept_and_written_to_a_file(
    floor: Floor, day: Any, people: list[Person], tmp_path: Path
) -> None:
    signed(floor, people[0])
    close(day, people[0])
    root = LedgerRoot.objects.get()
    assert root.entries == LedgerEntry.objects.count() > 0
    assert digest(0, root.last_entry, "") == (root.entries, root.root)
    assert (tmp_path / FILE).read_text() == f"{TUESDAY} {root.last_entry} {root.entries} {root.root}\n"


@pytest.fixture
def another() -> Iterator[list[int]]:
    """A step of somebody else: open as long as the list is not empty."""
    waiting = [1]
    register(
        "others_done", "Others are done", lambda day: Looked({"left": len(waiting)}, "others wait" if waiting else "")
    )
    yield waiting
    del checklist.STEPS["others_done"]


def test_steps_of_other_parts_are_added_by_name(
    floor: Floor, day: Any, people: list[Person], another: list[int]
) -> None:
    signed(floor, people[0])
    assert isinstance(close(day, people[0]), Refusal)
    assert "others_done" in open_steps(day)
    another.clear()
    done = close(day, people[0])
    assert isinstance(done, Closing)
    assert done.is_closed
    with pytest.raises(ValueError, match="twice"):
        register("others_done", "again", lambda day: Looked({}))


def test_moving_the_date_says_what_is_open_on_the_day_that_is_left(floor: Floor, day: Any) -> None:
    moved = move(None, "olga")
    assert not isinstance(moved, Refusal)
    assert (moved.left, moved.today) == (WEDNESDAY, THURSDAY)
    assert any("was not ended" in step for step in moved.open_steps)
    refused = move(TUESDAY, "olga")
    assert isinstance(refused, Refusal)


def test_the_command_closes_and_says_what_is_open(
    floor: Floor, day: Any, people: list[Person], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="Reconciliations signed"):
        call_command("close_day", day.isoformat())
    signed(floor, people[0])
    call_command("close_day", day.isoformat())
    assert "ledger_root" in capsys.readouterr().out
    assert dayclose.closing(day).is_closed
