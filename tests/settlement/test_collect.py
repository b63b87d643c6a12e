"""What the custodian's files do here: applied once, whatever is repeated, killed, broken or contradictory in them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from orders.models import BusinessDate
from settlement import collect as collecting
from settlement import mail
from settlement.collect import collect, home
from settlement.custody import says
from settlement.custody.custodian import Custodian
from settlement.custody.voice import CUSTODIAN, OURS
from settlement.exceptions import CustodyException, CustodyMessage
from settlement.instruct import ask_again, instruct, send
from settlement.messages import Confirmation, Envelope, HoldingsStatement, Message, Status, build, read
from settlement.models import Instruction, InstructionEvent, LedgerTransaction
from settlement.settle import settle
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.world import MONDAY, fill

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


def sent(floor: Floor, *fills: tuple[str, Any, Any]) -> list[Instruction]:
    """Instructions at the custodian, due today."""
    fill(floor, fills)
    while settle():
        pass
    BusinessDate.objects.update(today=TUESDAY)
    send()
    return list(Instruction.objects.order_by("id"))


def told(*messages: Message) -> bytes:
    data, refusals = build(messages, Envelope(CUSTODIAN, OURS, datetime.now(UTC), TUESDAY))
    assert not any(refusals)
    return data


def confirmed(held: Instruction, message_id: str = "M1", **more: Any) -> Confirmation:
    it = Confirmation(
        message_id, held.reference, "CU1", held.direction, "against_payment", "ALPHA", "", "AAPL", held.qty, "USD",
        held.net_money, held.settl_date, TUESDAY,
    )  # fmt: skip
    return it._replace(**more)


def items() -> list[tuple[str, str]]:
    return list(CustodyException.objects.order_by("id").values_list("code", "reference"))


def states() -> list[str]:
    return list(Instruction.objects.order_by("id").values_list("state", flat=True))


def settlements() -> int:
    return LedgerTransaction.objects.filter(kind="settlement").count()


def test_one_broken_message_costs_itself_and_the_rest_is_applied(floor: Floor) -> None:
    first, second, third = sent(floor, ("buy", 100, "10"), ("buy", 50, "10"), ("sell", 5, "10"))
    data = told(confirmed(first, "M1"), confirmed(second, "M2"), confirmed(third, "M3"))
    mail.put(home() / "out", data.replace(b"<BizMsgIdr>M2<", b"<BizMsgIdr>M2&x;<"))
    assert collect() == 3
    assert states() == ["settled", "sent", "settled"]
    assert items() == [("MALFORMED_XML", second.reference)]
    assert len(list((home() / "aside").iterdir())) == 1
    assert broken() == {}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "TRUNCATED"),
        (b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><Batch>&a;</Batch>", "DTD_REFUSED"),
        (b"<Other/>", "UNKNOWN_MESSAGE"),
        ("<Batch/>".encode("utf-16"), "BAD_ENCODING"),
    ],
)
def test_a_file_that_is_none_is_put_aside_once(floor: Floor, data: bytes, code: str) -> None:
    mail.put(home() / "out", data)
    assert collect() == 1
    assert [one[0] for one in items()] == [code]
    assert collect() == 0
    (path,) = (home() / "aside").iterdir()
    assert path.read_bytes() == data


def test_a_file_of_absurd_size_is_not_read_into_memory(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("settlement.messages.batch.MOST_BYTES", 1_000)
    mail.put(home() / "out", b"x" * 5_000_000)
    collect()
    held = CustodyException.objects.get()
    assert (held.code, len(held.raw)) == ("TOO_LARGE", 1_001)


def test_the_same_message_again_changes_nothing_and_another_one_under_its_name_is_kept(floor: Floor) -> None:
    (held,) = sent(floor, ("buy", 100, "10"))
    for _ in range(2):
        mail.put(home() / "out", told(confirmed(held), confirmed(held)))
        collect()
    assert (settlements(), items()) == (1, [])
    mail.put(home() / "out", told(confirmed(held, qty=held.qty + 1)))
    mail.put(home() / "out", told(confirmed(held, qty=held.qty + 1)))
    collect()
    assert items() == [("DUPLICATE_DIFFERS", held.reference)] * 2  # two files, two items: both are evidence
    assert (settlements(), CustodyMessage.objects.count()) == (1, 1)
    assert broken() == {}


def test_unknown_and_contradictory_answers_are_items_and_move_nothing(floor: Floor) -> None:
    (held,) = sent(floor, ("buy", 100, "10"))
    mail.put(home() / "out", told(confirmed(held, "M1"), Status("M2", held.reference, "CU1", "rejected", TUESDAY)))
    mail.put(home() / "out", told(confirmed(held, "M3", reference="SI000000999999")))
    mail.put(home() / "out", told(confirmed(held, "M4", net_money=held.net_money + 1)))
    collect()
    assert states() == ["settled"]
    assert [code for code, _ in items()] == ["BAD_REPORT"] * 3
    assert settlements() == 1
    assert broken() == {}


def test_what_was_refused_may_come_again_when_it_is_true(floor: Floor) -> None:
    (held,) = sent(floor, ("buy", 100, "10"))
    early = told(confirmed(held, "M1", settled_on=MONDAY))
    mail.put(home() / "out", early)
    collect()
    assert states() == ["sent"]
    mail.put(home() / "out", told(confirmed(held, "M1")))
    collect()
    assert states() == ["settled"]
    assert [code for code, _ in items()] == ["BAD_REPORT"]


def test_what_is_not_for_us_is_an_item(floor: Floor) -> None:
    sent(floor, ("buy", 100, "10"))
    (path,) = mail.waiting(home() / "in")
    mail.archive(path, home() / "out")
    collect()
    assert [code for code, _ in items()] == ["UNKNOWN_MESSAGE"]
    assert states() == ["sent"]


def test_statements_go_to_whoever_takes_them_once(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Any] = []

    def receive(statements: Any, made_at: Any) -> list[None]:
        assert len(made_at) == len(statements)
        assert all(made_at), "when its sender made it"
        taken.extend(statements)
        return [None for _ in statements]

    monkeypatch.setattr(collecting, "receive", receive)
    statement = HoldingsStatement("H1", "ALPHA", TUESDAY, ())
    for _ in range(2):
        mail.put(home() / "statements", told(statement))
        collect()
    assert taken == [statement]
    assert mail.waiting(home() / "statements") == []


def test_killed_at_any_point_each_file_is_applied_once(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends after each of the steps of taking a file; the next one takes it again."""
    (held,) = sent(floor, ("buy", 100, "10"))
    mail.put(home() / "out", told(confirmed(held)) + b"rubbish")

    class Killed(BaseException):
        pass

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    for where, name in (
        (collecting.answers, "apply"),
        (collecting, "exceptional"),
        (collecting, "_remember"),
        (mail, "archive"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, dies)
            with pytest.raises(Killed):
                collect()
    assert settlements() == 1  # committed, and the file still there
    collect()
    assert (settlements(), states(), [code for code, _ in items()]) == (1, ["settled"], ["MALFORMED_XML"])
    assert mail.waiting(home() / "out") == []
    assert broken() == {}


def test_the_number_of_statements_does_not_depend_on_the_number_of_messages(floor: Floor) -> None:
    counts = []
    for size in (1, 200):
        before = Instruction.objects.count()
        held = sent(floor, *[("buy", 10, "10")] * size)[before:]
        data = told(*(confirmed(one, f"M{one.pk}") for one in held))
        mail.put(
            home() / "out",
            data.replace(
                b'<Batch xmlns="urn:oms:custody:batch:1">',
                b'<Batch xmlns="urn:oms:custody:batch:1">\n<BizMsg>broken</BizMsg>' * 1,
            ),
        )
        with CaptureQueriesContext(connection) as queries:
            assert collect() == size + 1
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_no_message_can_hold_is_rejected_here_and_the_rest_goes_out(floor: Floor) -> None:
    fill(floor, [("buy", 100, "10"), ("buy", 200, "10")])
    while settle():
        pass
    first, second = Instruction.objects.order_by("id")
    Instruction.objects.filter(pk=first.pk).update(place_of_settlement="DTC")
    assert send() == 2
    assert states() == ["rejected", "sent"]
    assert items() == [("NOT_INSTRUCTED", first.reference)]
    assert (
        InstructionEvent.objects.filter(instruction=first, state="rejected")
        .get()
        .text.startswith("place_of_settlement")
    )
    (path,) = mail.waiting(home() / "in")
    assert [one.reference for one in read(path.read_bytes())] == [second.reference]


def test_parts_settle_with_their_money_and_the_last_takes_the_rest(floor: Floor) -> None:
    fill(floor, [("sell", 100, "10.01")])
    while settle():
        pass
    BusinessDate.objects.update(today=TUESDAY)
    says.say(home(), "partial", "AAPL", "0.33")
    custodian = Custodian(home())
    run(custodian)
    held = Instruction.objects.get()
    assert (held.state, held.settled_qty, held.reason_code) == ("failing", D(33), "LACK")
    assert broken() == {}
    says.clear(home())
    BusinessDate.objects.update(today=WEDNESDAY)
    run(custodian)
    held = Instruction.objects.get()
    assert (held.state, held.settled_qty, held.settled_money) == ("settled", D(100), held.net_money)
    assert settlements() == 2
    assert custodian.books.account("ALPHA").cash == {"USD": held.net_money}
    assert items() == []
    assert broken() == {}


def test_a_request_to_cancel_is_sent_once_asked_again_and_answered(floor: Floor) -> None:
    sent(floor, ("buy", 100, "10"))
    BusinessDate.objects.update(today=MONDAY)
    custodian = Custodian(home())
    run(custodian)
    assert states() == ["matched"]
    Instruction.objects.update(state="cancel_requested", cancel_requested_at=now())
    says.say(home(), "late")
    run(custodian)
    assert states() == ["cancel_requested"]
    Instruction.objects.update(asked_at=now() - timedelta(minutes=1), cancel_requested_at=now() - timedelta(minutes=2))
    assert ask_again(MONDAY) == 1
    says.clear(home())
    custodian.turn()
    assert collect() == 2
    assert states() == ["cancelled"]
    assert custodian.books.account("ALPHA").holdings == {}


def run(custodian: Custodian) -> None:
    """Both sides take turns until neither has anything to say."""
    while instruct() + custodian.turn():
        pass


def test_a_fault_of_ours_in_one_message_keeps_no_other_waiting(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file comes back once the fault is mended, and each message counts once."""
    first, second, third = sent(floor, ("buy", 100, "10"), ("buy", 50, "10"), ("sell", 5, "10"))
    mail.put(home() / "out", told(confirmed(first, "M1"), confirmed(second, "M2"), confirmed(third, "M3")))
    real = collecting.answers.apply

    def faulty(given: Any) -> Any:
        done = real(given)
        if any(one.reference == second.reference for one in given):
            raise ZeroDivisionError
        return done

    with monkeypatch.context() as patch:
        patch.setattr(collecting.answers, "apply", faulty)
        assert collect() == 3
    assert states() == ["settled", "sent", "settled"]
    assert items() == [("NOT_APPLIED", second.reference)]
    (path,) = (home() / "aside").iterdir()
    mail.archive(path, home() / "out")
    assert collect() == 3
    assert states() == ["settled"] * 3
    assert settlements() == 3
    assert broken() == {}


def test_while_the_database_is_away_files_wait(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    (held,) = sent(floor, ("buy", 100, "10"))
    mail.put(home() / "out", told(confirmed(held)))

    def away(*_: Any) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(collecting, "_remember", away)
        with pytest.raises(OperationalError):
            collect()
    assert len(mail.waiting(home() / "out")) == 1
    assert collect() == 1
    assert (states(), items()) == (["settled"], [])
