"""What a gateway remembers of what it sent, and what refusals mean for orders."""

import threading

from routing.gateway import refused
from routing.gateway.sent import REMEMBERED, Sent


def test_a_reject_names_its_message_by_number() -> None:
    sent = Sent()
    sent.note(7, "D", "A1")
    meaning = refused.meaning({"ref_seq_num": 7, "text": "Required tag missing"}, sent)
    assert meaning == {
        "cl_ord_id": "A1", "exec_type": "rejected", "ord_status": "rejected", "text": "Required tag missing",
    }  # fmt: skip


def test_a_business_reject_names_it_by_its_id() -> None:
    fields = {"ref_msg_type": "G", "business_reject_ref_id": "A2", "text": "not authorised"}
    assert refused.meaning(fields, Sent()) == {
        "cl_ord_id": "A2", "exec_type": "cancel_rejected", "text": "not authorised",
    }  # fmt: skip


def test_a_refused_question_means_nothing_for_the_order() -> None:
    sent = Sent()
    sent.note(3, "H", "A1")
    assert refused.meaning({"ref_seq_num": 3}, sent) == {}
    assert refused.meaning({"ref_seq_num": 99}, sent) == {}


def test_old_numbers_are_forgotten() -> None:
    sent = Sent()
    for number in range(REMEMBERED + 1):
        sent.note(number, "D", f"A{number}")
    assert sent.named(0) == ("", "")
    assert sent.named(1) == ("D", "A1")


def test_an_order_without_answer_is_overdue_once() -> None:
    sent = Sent()
    sent.note(1, "D", "A1")
    sent.note(2, "D", "A2")
    sent.note(3, "F", "A3")
    sent.answered("A2")
    assert sent.overdue(60) == []
    assert sent.overdue(-1) == ["A1"]
    assert sent.overdue(-1) == []


def test_a_reject_that_is_faster_than_our_own_note_waits_for_it() -> None:
    sent, heard, begun = Sent(), [], threading.Event()

    def receive() -> None:
        begun.set()
        heard.append(refused.meaning({"ref_seq_num": 7}, sent)["cl_ord_id"])

    receiver = threading.Thread(target=receive)
    with sent.sending:
        receiver.start()
        begun.wait(10)
        sent.note(7, "D", "A1")
    receiver.join(10)
    assert heard == ["A1"]
