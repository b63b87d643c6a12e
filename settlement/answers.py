"""What the custodian's answers do: instructions move on, and what settled is posted. Load, decide, save.

A confirmation posts securities and money in one ledger transaction (delivery versus payment), of each obligation under
its instruction. Answers may be repeated or come late and then change nothing; one that contradicts what was instructed
is kept for operations. What each answer means is decided in settlement/answer.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.models import Alert
from settlement import free, linked, settled
from settlement.answer import SETTLING, Answer, Late, Stand, step
from settlement.exceptions import Exceptional, exceptional
from settlement.instruction import reference
from settlement.models import Confirmation, Instruction, InstructionEvent

__all__ = ["Answer", "apply"]
ACTOR = "custodian"
EVENT = ("instruction", "seq", "state", "at", "actor", "text")
# Answers that a person should hear of although they were applied.
TOLD = {
    "failing": Alert.Severity.WARNING, "unmatched": Alert.Severity.WARNING, "rejected": Alert.Severity.CRITICAL,
    "cancel_denied": Alert.Severity.WARNING, "cancel_rejected": Alert.Severity.WARNING,
}  # fmt: skip
# Answers that end a request to cancel and leave the instruction standing.
REFUSING = frozenset({"settled", "cancel_denied", "cancel_rejected"})


def apply(answers: Sequence[Answer]) -> list[Refusal | None]:
    """Apply the custodian's answers in the order given; one refusal (or None) each. Repetitions change nothing."""
    with transaction.atomic():
        applying = _Applying(answers)
        refusals = [applying.take(answer) for answer in answers]
        applying.save()
        return refusals


@dataclass(slots=True)
class _Held:
    """An instruction while a batch of answers works on it; the names are the columns."""

    id: int
    state: str
    qty: Decimal
    net_money: Decimal
    currency: str
    settl_date: date
    partial: str
    settled_qty: Decimal
    settled_money: Decimal
    reason_code: str
    direction: str
    payment: str
    state_at: datetime
    version: int
    settled_on: date | None
    custodian_reference: str
    cancel_requested_at: datetime | None
    changed: bool = False

    @property
    def stand(self) -> Stand:
        """What the kernel looks at."""
        return Stand(*(getattr(self, name) for name in Stand._fields))


_HELD = [field.name for field in fields(_Held)][:-1]
_SAVED = (
    "state", "state_at", "version", "settled_on", "settled_qty", "settled_money", "reason_code", "custodian_reference",
)  # fmt: skip


class _Applying:
    """One batch of answers: the instructions they speak of, locked, and what was decided."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.at = now()
        numbers = {_number(answer.reference) for answer in answers}
        rows = locked(Instruction.objects.filter(pk__among=numbers)).values_list(*_HELD)
        self.held = {reference(row[0]): _Held(*row) for row in rows}
        ids = {message_id(answer) for answer in answers if answer.status in SETTLING}
        # Looked for after the lock, so that nobody confirms the same in between.
        self.confirmed = _confirmed(ids)
        self.confirmations: list[settled.Confirmed] = []
        self.events: list[tuple[Any, ...]] = []
        self.notices: list[tuple[Any, ...]] = []
        self.items: list[Exceptional] = []
        self.granted: dict[int, bool] = {}  # what was asked to be cancelled: was it?

    def take(self, answer: Answer) -> Refusal | None:
        """Move the instruction on, or answer why not; what makes no sense is also told to operations."""
        held = self.held.get(answer.reference)
        if held is None:
            return self._notice(answer, Refusal("BAD_REPORT", "reference", f"no instruction {answer.reference}"))
        if answer.status in SETTLING:
            if answer.status == "partial" and not answer.message_id:
                text = f"{answer.reference}: a part was settled, and its message has no identification"
                return self._notice(answer, Refusal("BAD_REPORT", "message_id", text))
            if (before := self.confirmed.get(message_id(answer))) is not None:
                return self._repeated(held, answer, before)
        after = step(held.stand, answer)
        if isinstance(after, Refusal):
            return self._notice(answer, after)
        if isinstance(after, Late):
            return Refusal("DUPLICATE_EXEC_ID", "status", after.text)
        self._move(held, answer, after)
        return None

    def _repeated(self, held: _Held, answer: Answer, before: tuple[Any, ...]) -> Refusal:
        """A message that was applied before changes nothing; if it says something else now, operations must know."""
        if before != (held.id, answer.qty, answer.net_money, answer.business_date):
            text = f"{answer.reference}: message {message_id(answer)} came before and said something else"
            return self._notice(answer, Refusal("BAD_REPORT", "message_id", text))
        return Refusal("DUPLICATE_EXEC_ID", "message_id", f"{answer.reference}: {message_id(answer)} came before")

    def _move(self, held: _Held, answer: Answer, after: Stand) -> None:
        for name, value in after._asdict().items():
            setattr(held, name, value)
        held.state_at, held.changed = self.at, True
        held.version += 1
        held.custodian_reference = answer.custodian_reference or held.custodian_reference
        held.settled_on = answer.business_date if held.state == "settled" else None
        self.events.append((held.id, held.version, held.state, self.at, ACTOR, _words(answer)[:300]))
        if held.state == "cancelled" or (held.cancel_requested_at and answer.status in REFUSING):
            self.granted[held.id] = held.state == "cancelled"
        if answer.status in SETTLING:
            self._confirm(held, answer)
        if answer.status in TOLD:
            text = f"{answer.reference} is {held.state}: {_words(answer) or 'no reason given'}"
            self._tell(TOLD[answer.status], answer, f"INSTRUCTION_{answer.status.upper()}", text)

    def _confirm(self, held: _Held, answer: Answer) -> None:
        assert answer.qty is not None
        assert answer.net_money is not None
        key = message_id(answer)
        self.confirmed[key] = (held.id, answer.qty, answer.net_money, answer.business_date)
        self.confirmations.append(
            settled.Confirmed(
                held.id, held.direction, held.currency, key, answer.business_date, answer.qty, answer.net_money,
                held.state == "settled", answer.custodian_reference,
            )
        )  # fmt: skip

    def _notice(self, answer: Answer, refusal: Refusal) -> Refusal:
        """Keep an answer that was not applied whole, for operations."""
        raw = "; ".join(f"{name}={value}" for name, value in answer._asdict().items() if value not in (None, ""))
        self.items.append(Exceptional(refusal.code, "answer", answer.reference, refusal.text, raw.encode()))
        return refusal

    def _tell(self, severity: Alert.Severity, answer: Answer, code: str, text: str) -> None:
        held = self.held.get(answer.reference)
        payload = answer._asdict() | {"instruction": held and held.id}
        self.notices.append((self.at, severity.value, "custodian", code, None, text[:500], payload, ""))

    def save(self) -> None:
        """One statement a table; what settled is posted, securities and money together."""
        changed = [held for held in self.held.values() if held.changed]
        sets.update(Instruction, ["id"], _SAVED, [(h.id, *(getattr(h, name) for name in _SAVED)) for h in changed])
        sets.insert(InstructionEvent, EVENT, self.events)
        settled.post(self.confirmations, self.at)
        linked.follow(self.granted, self.at)
        free.void([held.id for held in changed if held.payment == "free" and held.state == "cancelled"], self.at)
        exceptional(self.items)
        sets.insert(Alert, ("at", "severity", "kind", "code", "order", "text", "payload", "resolution"), self.notices)


def message_id(answer: Answer) -> str:
    """The identification a confirmation counts once by; what is settled whole needs none of its own."""
    return answer.message_id or f"{answer.reference}/{answer.status}"


def _confirmed(ids: set[str]) -> dict[str, tuple[Any, ...]]:
    if not ids:
        return {}
    columns = ("message_id", "instruction_id", "qty", "net_money", "business_date")
    return {row[0]: row[1:] for row in Confirmation.objects.filter(message_id__among=ids).values_list(*columns)}


def _words(answer: Answer) -> str:
    return f"{answer.reason_code} {answer.reason}".strip() if answer.reason_code not in answer.reason else answer.reason


def _number(text: str) -> int:
    digits = text.removeprefix("SI")
    return int(digits) if text.startswith("SI") and digits.isdecimal() and len(digits) < 19 else 0
