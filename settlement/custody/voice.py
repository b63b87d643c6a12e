"""How the custodian's answers leave it: batch files, and what it was told to spoil about them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from oms.base.clock import now
from settlement import mail
from settlement.custody import says as saying
from settlement.custody import wrong
from settlement.custody.says import Says
from settlement.messages import Confirmation, Envelope, Message, Statement, Status, part, wrap
from settlement.messages.tree import Fault

FILE_SIZE = 1_000  # messages
# Both sides' business identifier codes on this machine.
CUSTODIAN, OURS = "CUSTUS33XXX", "OMSXUS33XXX"


def envelope(today: date) -> Envelope:
    """From the custodian to us."""
    return Envelope(CUSTODIAN, OURS, now(), today)


def answer(home: Path, messages: Sequence[tuple[Message, date]], says: Says) -> None:
    """Put answers, each with its business date, into the folder of answers, spoilt as it was told."""
    left, used = Counter({name: says.counts.get(name, 0) for name in saying.COUNTED}), Counter[str]()

    def due(name: str) -> bool:
        if used[name] >= left[name]:
            return False
        used[name] += 1
        return True

    parts: list[bytes] = []
    for message, day in messages:
        if due("malformed"):
            parts.append(part(message, envelope(day)).replace(b"</Document>", b"</Docment>"))
            continue
        parts.append(part(message, envelope(day)))
        if due("duplicate"):
            parts.append(parts[-1])
        if due("contradict"):
            parts += [part(one, envelope(day)) for one in contradictions(message)]
    for start in range(0, len(parts), FILE_SIZE):
        mail.put(home / "out", wrap(parts[start : start + FILE_SIZE]))
    saying.spend(home, used)


def contradictions(message: Message) -> list[Message]:
    """What cannot be true as well: the same message saying something else, and a settled instruction rejected."""
    if isinstance(message, Confirmation):
        name = f"{message.message_id[:34]}X"
        rejected = Status(name, message.reference, message.custodian_reference, "rejected", message.settled_on)
        return [message._replace(qty=message.qty + 1), rejected]
    if isinstance(message, Status):
        other = "rejected" if message.status != "rejected" else "accepted"
        return [message._replace(status=other, reason_code="", reason="")]
    return []


def state(home: Path, statements: Iterable[Statement], day: date, says: Says) -> None:
    """Put the statements of a day into their folder. Written again after a kill, they are the same ones."""
    parts = []
    for one in wrong.told(statements, says):
        try:
            parts.append(part(one, envelope(day)))
        except Fault as fault:  # no message can hold it: the others are stated, and the missing one is missed
            print(f"custodian: no statement {one.message_id}: {fault}", flush=True)
    for start in range(0, len(parts), FILE_SIZE):
        mail.put(home / "statements", wrap(parts[start : start + FILE_SIZE]))
