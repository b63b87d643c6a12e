"""From instruction to settlement: what is sent, what answers do, and that crashes and repetitions change nothing."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from orders.models import Alert, BusinessDate
from settlement import instruct as instruct_module
from settlement import ledger, mail, messages, repair
from settlement.advance import advance
from settlement.answers import Answer, apply
from settlement.custody import says
from settlement.custody.custodian import Custodian
from settlement.instruct import ask_again, collect, home, instruct, send
from settlement.instruction import reference
from settlement.ladder import holdings, ladders
from settlement.messages import Message, read
from settlement.models import Balance, Instruction, InstructionEvent, LedgerEntry, LedgerTransaction, PlaceOfSettlement
from settlement.repair import release
from settlement.settle import settle
from settlement.story import story
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.world import MONDAY, fill, instrument

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


def settle_all() -> None:
    while settle():
        pass


def states() -> list[str]:
    return list(Instruction.objects.order_by("id").values_list("state", flat=True))


def confirmed(held: Instruction, **more: Any) -> Answer:
    said = {"status": "settled", "business_date": held.settl_date, "qty": held.qty, "net_money": held.net_money}
    return Answer(held.reference, custodian_reference="CU1", **(said | more))


def test_a_trade_settles_against_payment_on_its_day(floor: Floor) -> None:
    (order, _) = fill(floor, [("buy", 100, "10"), ("sell", 40, "11")])
    settle_all()
    custodian = Custodian(home())
    assert instruct() == 2
    assert states() == ["sent", "sent"]
    custodian.turn()
    assert instruct() == 4
    assert states() == ["matched", "matched"]
    assert instruct() == 0
    assert Balance.objects.exclude(posted=0).count() == 0
    assert advance(TUESDAY, "olga") == TUESDAY
    instruct()
    custodian.turn()
    assert instruct() >= 2  # and what the custodian stated of the day before, where it is read
    assert states() == ["settled", "settled"]
    assert set(Instruction.objects.values_list("settled_on", flat=True)) == {TUESDAY}
    held = {one.currency or one.instrument_id: one.posted for one in holdings([floor.accounts[0].pk])}
    fees = LedgerEntry.objects.filter(phase="posted", debit_account__owner="fee").values_list("amount", flat=True)
    assert held == {"USD": D(-560) - sum(fees), floor.instruments["AAPL"].pk: D(60)}
    assert not Balance.objects.exclude(pending_in=0, pending_out=0).exists()
    assert broken() == {}
    kinds = [step.kind for step in story(order.id)]
    assert kinds.count("obligation") == 1
    assert kinds.count("ledger") == 4
    titles = [step.title for step in story(order.id) if step.kind == "instruction"]
    assert [title.split()[-1] for title in titles] == ["ready", "sent", "accepted", "matched", "settled"]


def test_securities_and_money_are_posted_together_or_not_at_all(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    send()
    held = Instruction.objects.get()

    class Killed(Exception):
        pass

    def crash(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "_move", crash)
        with pytest.raises(Killed):
            apply([confirmed(held)])
    assert states() == ["sent"]
    assert LedgerTransaction.objects.count() == 1
    assert apply([confirmed(held)]) == [None]
    entries = LedgerEntry.objects.filter(transaction__kind="settlement")
    assert entries.count() == 2
    assert entries.values("transaction").distinct().count() == 1
    assert broken() == {}


def test_answers_repeated_and_out_of_order_change_nothing(floor: Floor) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    send()
    held = Instruction.objects.get()
    accepted = Answer(held.reference, "accepted")
    assert apply([confirmed(held), accepted, confirmed(held)])[0] is None
    first = list(Balance.objects.order_by("pk").values_list())
    assert [answer.code for answer in apply([confirmed(held), accepted]) if answer] == ["DUPLICATE_EXEC_ID"] * 2
    assert list(Balance.objects.order_by("pk").values_list()) == first
    assert LedgerTransaction.objects.filter(kind="settlement").count() == 1
    assert not Alert.objects.exists()
    assert broken() == {}


@pytest.mark.parametrize(
    "wrong", [{"qty": D(99)}, {"net_money": D("1000.01")}, {"business_date": MONDAY}, {"qty": None}]
)
def test_a_confirmation_of_something_else_is_kept_for_operations(floor: Floor, wrong: dict[str, Any]) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    send()
    held = Instruction.objects.get()
    (refusal,) = apply([confirmed(held, **wrong)])
    assert refusal is not None
    assert Alert.objects.get(kind="custodian").payload["reference"] == held.reference
    assert states() == ["sent"]
    assert apply([Answer("SI000000000999", "settled"), Answer("rubbish", "settled")]) != [None, None]
    assert broken() == {}


def test_an_instruction_that_was_marked_sent_and_never_written_is_sent_again(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    with monkeypatch.context() as patch:
        patch.setattr(instruct_module, "_write", lambda data: None)  # killed between commit and file
        send()
    assert mail.waiting(home() / "in") == []
    assert ask_again(MONDAY) == 0  # not overdue yet
    Instruction.objects.update(asked_at=now() - timedelta(minutes=1))
    assert ask_again(MONDAY) == 1
    assert ask_again(MONDAY) == 0
    instruct_module.tell(MONDAY)
    Custodian(home()).turn()
    collect()
    assert states() == ["matched"]
    assert InstructionEvent.objects.count() == 4


def test_asked_again_it_is_the_same_message(floor: Floor) -> None:
    """The custodian may have rejected it already: another message of the same terms would be a new instruction."""
    fill(floor, [("buy", 100, "10")])
    settle_all()
    send()
    first = waiting_message()
    assert repair.resend([Instruction.objects.get().pk], "olga", "silence") == [None]
    assert ask_again(MONDAY) == 1
    assert waiting_message() == first


def waiting_message() -> Message | None:
    """What waits for the custodian, which is taken away."""
    (path,) = mail.waiting(home() / "in")
    (found,) = read(path.read_bytes())
    mail.archive(path, home() / "archive")
    return found.message


def test_what_never_came_there_is_sent_again_once_its_cancellation_is_rejected(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    with monkeypatch.context() as patch:
        patch.setattr(instruct_module, "_write", lambda data: None)  # killed between commit and file
        send()
    assert repair.cancel([Instruction.objects.get().pk], "olga", "wrong") == [None]
    custodian = Custodian(home())
    for expected in ("sent", "matched"):
        instruct_module.instruct()
        Instruction.objects.update(asked_at=now() - timedelta(minutes=1))
        custodian.turn()
        collect()
        assert states() == [expected]
    assert broken() == {}


def test_a_file_applied_and_not_yet_archived_is_applied_again_harmlessly(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(floor, [("buy", 100, "10")])
    settle_all()
    BusinessDate.objects.update(today=TUESDAY)
    custodian = Custodian(home())
    instruct()
    custodian.turn()
    with monkeypatch.context() as patch:
        patch.setattr(mail, "archive", lambda *_: None)
        collect()
        collect()
    assert collect() == 3
    assert collect() == 0
    assert states() == ["settled"]
    assert broken() == {}


def test_a_failing_delivery_settles_late_with_the_day_it_did(floor: Floor) -> None:
    fill(floor, [("sell", 100, "10")])
    settle_all()
    custodian = Custodian(home())
    says.say(home(), "fail", "AAPL")
    BusinessDate.objects.update(today=TUESDAY)
    instruct()
    custodian.turn()
    instruct()
    assert states() == ["failing"]
    assert Alert.objects.get(kind="custodian").code == "INSTRUCTION_FAILING"
    says.clear(home())
    assert advance(None, "olga") == WEDNESDAY
    instruct()
    custodian.turn()
    instruct()
    held = Instruction.objects.get()
    assert (held.state, held.settled_on) == ("settled", WEDNESDAY)
    said = list(InstructionEvent.objects.order_by("seq").values_list("state", "text"))
    assert ("failing", "LACK lack of securities") in said
    assert broken() == {}


def test_the_number_of_statements_does_not_depend_on_the_number_of_instructions(floor: Floor) -> None:
    counts = []
    for size in (1, 300):
        fill(floor, [("buy", 10, "10")] * size, prefix=f"N{size}")
        settle_all()
        with CaptureQueriesContext(connection) as sending:
            assert send() == size
        answers = [confirmed(held) for held in Instruction.objects.filter(state="sent").order_by("id")]
        with CaptureQueriesContext(connection) as applying:
            assert apply(answers) == [None] * size
        counts.append((len(sending), len(applying)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 6
    assert counts[0][1] <= 16
    assert broken() == {}


def test_a_draft_is_released_once_its_place_is_known(floor: Floor) -> None:
    canadian = instrument("RY", settl_market="CA", currency="CAD")
    fill(floor, [("buy", 100, "10")], of=canadian)
    settle_all()
    (held,) = Instruction.objects.all()
    assert held.state == "draft"
    assert instruct() == 0
    (refusal,) = release([held.pk], "olga", "a place is known")
    assert refusal is not None
    PlaceOfSettlement.objects.create(market="CA", asset_class="equity", bic="CDSLCATT", name="CDS", counterparty="CDCC")
    assert [one and one.code for one in release([held.pk, held.pk, 0], "olga", "a place is known")] == [
        None,
        "BAD_VALUE",
        "MISSING",
    ]
    assert states() == ["ready"]
    assert send() == 1
    assert broken() == {}


def test_the_ladder_adds_up_what_is_settled_and_what_will_be(floor: Floor) -> None:
    fill(floor, [("buy", 100, "10")], trade_date=date(2026, 11, 20), prefix="A")
    settle_all()
    send()
    apply([confirmed(held) for held in Instruction.objects.all()])
    fill(floor, [("sell", 10, "20"), ("buy", 5, "10")], prefix="B")
    fill(floor, [("buy", 1, "10")], trade_date=TUESDAY, prefix="C")
    settle_all()
    (one,) = ladders([floor.accounts[0].pk], MONDAY)
    assert (one.settled, one.incoming, one.outgoing, one.projected) == (-1000, 200, 60, -860)
    assert [tuple(rung) for rung in one.rungs] == [
        ("USD", TUESDAY, D(200), D(50), D(150), D(-850)),
        ("USD", WEDNESDAY, D(0), D(10), D(-10), D(-860)),
    ]


def test_the_business_date_only_moves_forward_to_a_working_day(floor: Floor) -> None:
    for wrong in (MONDAY, date(2026, 11, 20), date(2026, 11, 28)):
        assert not isinstance(advance(wrong, "olga"), date)
    assert advance(None, "olga") == TUESDAY
    assert advance(WEDNESDAY, "olga") == WEDNESDAY
    assert advance(None, "olga") == date(2026, 11, 27)
    assert BusinessDate.objects.get().moved_by == "olga"


def test_what_we_send_names_everything_the_custodian_needs(floor: Floor) -> None:
    fill(floor, [("sell", 100, "10.50")])
    settle_all()
    send()
    (path,) = mail.waiting(home() / "in")
    held = Instruction.objects.get()
    (told,) = messages.read(path.read_bytes())
    assert told.message == messages.Instruct(
        message_id=f"{reference(held.pk)}-2", reference=reference(held.pk), direction="deliver",
        payment="against_payment", account="ALPHA", trade_date=MONDAY, settl_date=TUESDAY, isin="", symbol="AAPL",
        qty=D(100), currency="USD", net_money=held.net_money, place_of_settlement="DTCYUS33", counterparty="NSCC",
        price=D("10.5"), description=floor.instruments["AAPL"].name, safekeeping_account="ALPHA", partial="allowed",
    )  # fmt: skip
