"""The simulated custodian on its own: what it answers, that it acts once, and that a kill costs nothing.

``turn`` starts it anew from its journal each time, so that every test also shows that nothing lives in its memory alone.
"""

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal as D
from pathlib import Path

import pytest

from settlement import mail
from settlement.custody import says, voice
from settlement.custody.custodian import Custodian
from settlement.messages import Confirmation, Movement, Status
from tests.settlement.custody.talk import (
    APPLE,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    answers,
    cancel,
    day,
    heard,
    order,
    tell,
    turn,
)


def test_it_accepts_and_matches_at_once_and_settles_on_the_day(tmp_path: Path) -> None:
    day(tmp_path, MONDAY)
    custodian = Custodian(tmp_path)
    tell(tmp_path, order(1), order(2, settl_date=WEDNESDAY))
    assert custodian.turn() == 4
    assert [(one.reference[-1], one.status) for one in heard(tmp_path)] == [  # type: ignore[union-attr]
        ("1", "accepted"), ("2", "accepted"), ("1", "matched"), ("2", "matched"),
    ]  # fmt: skip
    assert custodian.turn() == 0
    day(tmp_path, TUESDAY)
    custodian.turn()
    assert answers(tmp_path) == [("1", "100 for 1000")]
    day(tmp_path, date_after_a_week := THURSDAY)
    custodian.turn()
    (late,) = heard(tmp_path)
    assert isinstance(late, Confirmation)
    assert (late.settl_date, late.settled_on) == (WEDNESDAY, date_after_a_week)
    assert custodian.turn() == 0


def test_a_repeated_instruction_is_answered_with_what_became_of_it_under_the_same_names(tmp_path: Path) -> None:
    day(tmp_path, TUESDAY)
    tell(tmp_path, order(1))
    first = Custodian(tmp_path)
    first.turn()
    first.journal.close()
    settled = heard(tmp_path)[-1]
    assert turn(tmp_path, TUESDAY, order(1), order(1)) == [("1", "100 for 1000")] * 2
    tell(tmp_path, order(1, message_id="another"))
    again = Custodian(tmp_path)
    again.turn()
    assert heard(tmp_path) == [settled]
    assert again.books.account("ALPHA").cash == {"USD": D(-1000)}


def test_one_reference_never_means_two_things(tmp_path: Path) -> None:
    assert turn(tmp_path, MONDAY, order(1), order(1, qty=D(999))) == [("1", "rejected REFE")]
    assert turn(tmp_path, TUESDAY) == [("1", "100 for 1000")]


def test_what_was_rejected_may_be_sent_again(tmp_path: Path) -> None:
    says.say(tmp_path, "reject", "ALPHA")
    assert turn(tmp_path, MONDAY, order(1)) == [("1", "rejected SAFE")]
    says.clear(tmp_path)
    assert turn(tmp_path, TUESDAY, order(1, message_id="another")) == [("1", "100 for 1000")]


def test_what_was_rejected_and_is_read_again_after_a_kill_is_rejected_still(tmp_path: Path) -> None:
    says.say(tmp_path, "reject", "ALPHA")
    assert turn(tmp_path, MONDAY, order(1)) == [("1", "rejected SAFE")]
    says.clear(tmp_path)
    assert turn(tmp_path, TUESDAY, order(1)) == [("1", "rejected SAFE")]
    assert turn(tmp_path, WEDNESDAY) == []


@pytest.mark.parametrize(("direction", "code"), [("deliver", "LACK"), ("receive", "CLAC")])
def test_what_fails_is_said_once_a_day_and_settles_by_itself_later(tmp_path: Path, direction: str, code: str) -> None:
    says.say(tmp_path, "fail", "AAPL", direction)
    other = {"deliver": "receive", "receive": "deliver"}[direction]
    assert turn(tmp_path, TUESDAY, order(1, direction=direction), order(2, direction=other)) == [
        ("1", f"failing {code}"), ("2", "100 for 1000"),
    ]  # fmt: skip
    assert turn(tmp_path, TUESDAY) == []
    assert turn(tmp_path, WEDNESDAY) == [("1", f"failing {code}")]
    says.clear(tmp_path, "fail", "AAPL")
    assert turn(tmp_path, WEDNESDAY) == [("1", "100 for 1000")]


def test_a_part_settles_and_the_rest_lacks_until_it_is_there(tmp_path: Path) -> None:
    says.say(tmp_path, "partial", APPLE, "0.335")
    part = order(1, direction="deliver", partial="allowed", net_money=D("1000.01"))
    whole = order(2, direction="deliver")
    assert turn(tmp_path, TUESDAY, part, whole) == [
        ("1", "33 for 330, 67 left"), ("1", "failing LACK"), ("2", "failing LACK"),
    ]  # fmt: skip
    says.say(tmp_path, "partial", APPLE, "0.5")
    assert turn(tmp_path, WEDNESDAY) == [("1", "17 for 170, 50 left"), ("1", "failing LACK"), ("2", "failing LACK")]
    says.clear(tmp_path)
    day(tmp_path, THURSDAY)
    custodian = Custodian(tmp_path)
    custodian.turn()
    assert answers(tmp_path) == [("1", "50 for 500.01"), ("2", "100 for 1000")]
    assert custodian.books.account("ALPHA").cash == {"USD": D("2000.01")}
    assert list(custodian.books.account("ALPHA").holdings.values()) == [D(-200)]


def test_repeated_after_parts_it_says_every_part_again(tmp_path: Path) -> None:
    says.say(tmp_path, "partial", APPLE, "0.5")
    it = order(1, partial="allowed")
    assert turn(tmp_path, TUESDAY, it) == [("1", "50 for 500, 50 left"), ("1", "failing CLAC")]
    assert turn(tmp_path, TUESDAY, it) == [("1", "50 for 500, 50 left"), ("1", "failing CLAC")]


def test_a_strict_account_delivers_what_it_holds_and_pays_with_what_it_has(tmp_path: Path) -> None:
    says.say(tmp_path, "strict", "ALPHA")
    assert turn(tmp_path, TUESDAY, order(1), order(2, direction="deliver", partial="allowed")) == [
        ("1", "failing MONY"), ("2", "failing LACK"),
    ]  # fmt: skip
    assert turn(tmp_path, TUESDAY, Movement("V1", "V1", "ALPHA", TUESDAY, D(1000), "transfer", "USD")) == [
        ("1", "100 for 1000"), ("2", "100 for 1000"),
    ]  # fmt: skip


def test_unmatched_waits_for_the_other_side(tmp_path: Path) -> None:
    says.say(tmp_path, "unmatched", "*")
    assert turn(tmp_path, TUESDAY, order(1)) == [("1", "unmatched CMIS")]
    assert turn(tmp_path, WEDNESDAY) == []
    says.clear(tmp_path, "unmatched")
    assert turn(tmp_path, WEDNESDAY) == [("1", "100 for 1000")]


def test_a_hold_is_honoured_until_it_is_released(tmp_path: Path) -> None:
    assert turn(tmp_path, TUESDAY, order(1, on_hold=True)) == [("1", "pending PREA")]
    assert turn(tmp_path, WEDNESDAY, order(1, on_hold=False))[-1] == ("1", "100 for 1000")


def test_a_linked_instruction_waits_for_the_other(tmp_path: Path) -> None:
    later = order(1, linked_to="SI000000000002")
    assert turn(tmp_path, TUESDAY, order(2, settl_date=WEDNESDAY), later) == [("1", "pending LINK")]
    assert turn(tmp_path, WEDNESDAY) == [("1", "pending LINK"), ("2", "100 for 1000")]
    assert turn(tmp_path, WEDNESDAY) == [("1", "100 for 1000")]


def test_what_has_not_settled_is_cancelled_and_what_has_is_not(tmp_path: Path) -> None:
    assert turn(tmp_path, MONDAY, order(1), order(2), cancel(1)) == [("1", "cancelled CANI")]
    assert turn(tmp_path, MONDAY, cancel(1)) == [("1", "cancelled CANI")]
    assert turn(tmp_path, TUESDAY, cancel(9)) == [("9", "rejected REFE"), ("2", "100 for 1000")]
    assert turn(tmp_path, TUESDAY, cancel(2), cancel(2)) == [("2", "100 for 1000"), ("2", "denied DSET")] * 2
    says.say(tmp_path, "deny_cancel", "*")
    assert turn(tmp_path, MONDAY, order(3, settl_date=THURSDAY), cancel(3)) == [("3", "denied DPRG")]
    assert turn(tmp_path, THURSDAY) == [("3", "100 for 1000")]


def test_what_is_cancelled_of_it_is_answered_with_what_had_settled(tmp_path: Path) -> None:
    """Its confirmation may have been lost on the way, and nobody asks about what was cancelled."""
    says.say(tmp_path, "partial", APPLE, "0.4")
    says.say(tmp_path, "malformed", "4")
    assert turn(tmp_path, TUESDAY, order(1, direction="deliver", partial="allowed")) == []
    assert turn(tmp_path, TUESDAY, cancel(1)) == [("1", "40 for 400, 60 left"), ("1", "cancelled CANI")]


def test_free_of_payment_moves_securities_alone(tmp_path: Path) -> None:
    day(tmp_path, TUESDAY)
    tell(tmp_path, order(1, payment="free", currency="", net_money=D(0)))
    custodian = Custodian(tmp_path)
    custodian.turn()
    assert answers(tmp_path) == [("1", "100 for 0")]
    assert custodian.books.account("ALPHA").cash == {}


def test_late_answers_come_all_at_once(tmp_path: Path) -> None:
    says.say(tmp_path, "late")
    assert turn(tmp_path, TUESDAY, order(1)) == []
    assert turn(tmp_path, TUESDAY) == []
    says.clear(tmp_path, "late")
    day(tmp_path, TUESDAY)
    Custodian(tmp_path).turn()
    assert len(heard(tmp_path)) == 3


def test_answers_come_twice_are_contradicted_or_broken_as_often_as_it_was_told(tmp_path: Path) -> None:
    says.say(tmp_path, "duplicate", "2")
    day(tmp_path, MONDAY)
    tell(tmp_path, order(1), order(2))
    custodian = Custodian(tmp_path)
    custodian.turn()
    ids = [one.message_id for one in heard(tmp_path)]
    assert (len(ids), len(set(ids))) == (6, 4)
    says.say(tmp_path, "contradict", "1")
    day(tmp_path, TUESDAY)
    custodian.turn()
    found = heard(tmp_path)
    assert [type(one) for one in found] == [Confirmation, Confirmation, Status, Confirmation]
    assert found[0].message_id == found[1].message_id
    says.say(tmp_path, "malformed", "1")
    tell(tmp_path, order(1), order(2))
    custodian.turn()
    assert len(heard(tmp_path)) == 1
    assert says.read(tmp_path).counts == {}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (("burn", "AAPL", ""), "BAD_VALUE"),
        (("fail", "", ""), "MISSING"),
        (("fail", "AAPL", "sideways"), "BAD_VALUE"),
        (("partial", "AAPL", "1.5"), "BAD_VALUE"),
        (("partial", "AAPL", "NaN"), "BAD_VALUE"),
        (("reject", "AAPL", "no"), "BAD_VALUE"),
        (("statement", "ALPHA", "all"), "BAD_VALUE"),
        (("duplicate", "-1", ""), "BAD_VALUE"),
    ],
)
def test_what_makes_no_sense_is_not_told_to_it(tmp_path: Path, said: tuple[str, str, str], code: str) -> None:
    refusal = says.say(tmp_path, *said)
    assert refusal is not None
    assert refusal.code == code
    assert not (tmp_path / says.FILE).exists()


def test_a_file_that_somebody_wrote_by_hand_and_broke_tells_it_nothing(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"fail": 3}', '{"late": "x"}'):
        (tmp_path / says.FILE).write_text(text)
        assert says.read(tmp_path) == says.NOTHING


def test_a_file_it_cannot_read_whole_is_put_aside_and_the_rest_is_done(tmp_path: Path) -> None:
    day(tmp_path, TUESDAY)
    tell(tmp_path, order(1), order(2))
    (path,) = mail.waiting(tmp_path / "in")
    path.write_bytes(path.read_bytes().replace(b"<TxId>SI000000000001", b"<TxId><x>", 1))
    assert turn(tmp_path, TUESDAY) == [("2", "100 for 1000")]
    assert [one.name for one in (tmp_path / "aside").iterdir()] == [path.name]


def test_killed_before_it_answered_it_answers_when_it_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day(tmp_path, MONDAY)
    custodian = Custodian(tmp_path)
    tell(tmp_path, order(1))
    with monkeypatch.context() as patch:
        patch.setattr(voice, "answer", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            custodian.turn()
    custodian.journal.write('{"torn')
    custodian.journal.close()
    assert heard(tmp_path) == []
    again = Custodian(tmp_path)
    (accepted,) = heard(tmp_path)
    assert again.turn() == 2  # the file was still there: taken again, answered the same, and matched
    assert heard(tmp_path)[0] == accepted
    day(tmp_path, TUESDAY)
    again.turn()
    assert answers(tmp_path) == [("1", "100 for 1000")]


def test_a_second_custodian_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = Custodian(tmp_path)
    with pytest.raises(BlockingIOError):
        Custodian(tmp_path)
    first.journal.close()
    Custodian(tmp_path)


@pytest.mark.system
def test_the_process_survives_kill_9_at_any_moment(tmp_path: Path) -> None:
    """Killed again and again while files come in: each instruction ends settled, and is acted upon once."""
    day(tmp_path, TUESDAY)
    command = [sys.executable, "manage.py", "custodian", "--folder", str(tmp_path)]
    environment = {**os.environ, "OMS_HOME": str(tmp_path)}
    total = 0
    for round_ in range(4):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        assert "waiting for instructions" in process.stdout.readline()
        for _ in range(5):
            tell(tmp_path, *(order(total + n) for n in range(20)))
            total += 20
        if round_ == 3:
            wait_until_empty(tmp_path / "in")
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = Custodian(tmp_path)
    last.turn()
    lines = [json.loads(line).get("said", {}) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    settled = [one["reference"] for one in lines if one.get("status") == "settled"]
    assert (len(settled), len(set(settled))) == (total, total)
    assert last.books.account("ALPHA").cash == {"USD": D(-1000 * total)}
    assert {one.reference for one in heard(tmp_path) if isinstance(one, Confirmation)} == set(settled)


def wait_until_empty(folder: Path) -> None:
    from watchfiles import watch

    if mail.waiting(folder):
        for _ in watch(folder, rust_timeout=500, yield_on_timeout=True):
            if not mail.waiting(folder):
                return


def test_a_journal_of_before_is_put_beside_and_what_is_instructed_again_is_taken(tmp_path: Path) -> None:
    old = '{"reference":"SI000000000001","digest":"x","status":"accepted"}\n{"answered":1}\n'
    (tmp_path / "journal.jsonl").write_text(old)
    assert turn(tmp_path, TUESDAY, order(1)) == [("1", "100 for 1000")]
    assert (tmp_path / "journal-before.jsonl").read_text() == old
