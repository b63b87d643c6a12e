"""The simulated custodian on its own: what it answers, that it acts once, and that a kill costs nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from settlement import mail
from settlement.custodian import Custodian


def message(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "reference": f"SI{number:012d}", "direction": "receive", "isin": "US0378331005", "symbol": "AAPL", "qty": "100",
        "currency": "USD", "net_money": "1000", "settl_date": "2026-11-24", "account": "ALPHA", "counterparty": "NSCC",
    } | more  # fmt: skip


def answers(home: Path) -> list[tuple[str, str]]:
    """(reference's last digits, status) of every answer given since the last look."""
    found = []
    for path in mail.waiting(home / "out"):
        found += [(one["reference"][-2:].lstrip("0"), one["status"]) for one in mail.read(path)]
        mail.archive(path, home / "archive")
    return found


def day(home: Path, text: str) -> None:
    mail.replace(home / "business_date", text)


def test_it_accepts_at_once_and_settles_on_the_day(tmp_path: Path) -> None:
    day(tmp_path, "2026-11-23")
    custodian = Custodian(tmp_path)
    mail.put(tmp_path / "in", [message(1), message(2, settl_date="2026-11-25")])
    assert custodian.turn() == 2
    assert answers(tmp_path) == [("1", "accepted"), ("2", "accepted")]
    assert custodian.turn() == 0
    day(tmp_path, "2026-11-24")
    custodian.turn()
    assert answers(tmp_path) == [("1", "settled")]
    day(tmp_path, "2026-11-30")
    custodian.turn()
    assert answers(tmp_path) == [("2", "settled")]
    assert custodian.turn() == 0


def test_a_repeated_instruction_is_answered_with_what_became_of_it(tmp_path: Path) -> None:
    day(tmp_path, "2026-11-24")
    custodian = Custodian(tmp_path)
    mail.put(tmp_path / "in", [message(1)])
    custodian.turn()
    assert answers(tmp_path) == [("1", "accepted"), ("1", "settled")]
    mail.put(tmp_path / "in", [message(1), message(1)])
    custodian.turn()
    assert answers(tmp_path) == [("1", "settled"), ("1", "settled")]
    settled = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert {one["business_date"] for one in settled if one.get("status") == "settled"} == {"2026-11-24"}


def test_one_reference_never_means_two_things(tmp_path: Path) -> None:
    day(tmp_path, "2026-11-23")
    custodian = Custodian(tmp_path)
    mail.put(tmp_path / "in", [message(1), message(1, qty="999")])
    custodian.turn()
    assert answers(tmp_path) == [("1", "accepted"), ("1", "rejected")]
    day(tmp_path, "2026-11-24")
    custodian.turn()
    assert answers(tmp_path) == [("1", "settled")]


def test_an_incomplete_instruction_is_rejected_and_may_be_sent_again_complete(tmp_path: Path) -> None:
    day(tmp_path, "2026-11-23")
    custodian = Custodian(tmp_path)
    for text in ("", "NSCC"):
        mail.put(tmp_path / "in", [message(1, counterparty=text)])
        custodian.turn()
    assert answers(tmp_path) == [("1", "rejected"), ("1", "accepted")]


def test_a_delivery_fails_while_securities_are_short_and_settles_after(tmp_path: Path) -> None:
    day(tmp_path, "2026-11-24")
    (tmp_path / "failing").write_text("US0378331005\n")
    custodian = Custodian(tmp_path)
    mail.put(tmp_path / "in", [message(1, direction="deliver"), message(2)])
    custodian.turn()
    assert answers(tmp_path) == [("1", "accepted"), ("2", "accepted"), ("1", "failing"), ("2", "settled")]
    assert custodian.turn() == 0
    (tmp_path / "failing").unlink()
    custodian.turn()
    assert answers(tmp_path) == [("1", "settled")]


def test_killed_before_it_answered_it_answers_when_it_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day(tmp_path, "2026-11-23")
    custodian = Custodian(tmp_path)
    mail.put(tmp_path / "in", [message(1)])
    with monkeypatch.context() as patch:
        patch.setattr(Custodian, "_answer", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            custodian.turn()
    custodian.journal.write('{"torn')
    custodian.journal.close()
    assert answers(tmp_path) == []
    again = Custodian(tmp_path)
    assert answers(tmp_path) == [("1", "accepted")]
    assert again.turn() == 1  # the file was still there: taken again, answered the same
    assert answers(tmp_path) == [("1", "accepted")]
    day(tmp_path, "2026-11-24")
    again.turn()
    assert answers(tmp_path) == [("1", "settled")]


def test_a_second_custodian_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = Custodian(tmp_path)
    with pytest.raises(BlockingIOError):
        Custodian(tmp_path)
    first.journal.close()
    Custodian(tmp_path)


@pytest.mark.system
def test_the_process_survives_kill_9_at_any_moment(tmp_path: Path) -> None:
    """Killed again and again while files come in: each instruction ends settled, and is acted upon once."""
    day(tmp_path, "2026-11-24")
    command = [sys.executable, "manage.py", "custodian", "--folder", str(tmp_path)]
    environment = {**os.environ, "OMS_HOME": str(tmp_path)}
    total = 0
    for round_ in range(4):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        assert "waiting for instructions" in process.stdout.readline()
        for _ in range(5):
            mail.put(tmp_path / "in", [message(total + n) for n in range(20)])
            total += 20
        if round_ == 3:
            wait_until_empty(tmp_path / "in")
        process.send_signal(signal.SIGKILL)
        process.wait()
    Custodian(tmp_path).turn()
    settled = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    dates = [one["reference"] for one in settled if one.get("status") == "settled"]
    assert len(set(dates)) == total


def wait_until_empty(folder: Path) -> None:
    from watchfiles import watch

    if mail.waiting(folder):
        for _ in watch(folder, rust_timeout=500, yield_on_timeout=True):
            if not mail.waiting(folder):
                return
