"""What the custodian's answers do: instructions move on, and what settled is posted. Load, decide, save.

Settlement posts securities and money in one ledger transaction: delivery versus payment. Answers may be repeated or
come late and then change nothing; one that contradicts what was instructed is kept for operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.models import Alert
from settlement import ledger
from settlement.models import Instruction, InstructionEvent
from settlement.obligation import reference

ACTOR = "custodian"
EVENT = ("instruction", "seq", "state", "at", "actor", "text")
# Which answers move an instruction on from its state; any other answer repeats or lags behind what we know.
NEXT = {
    "sent": frozenset({"accepted", "rejected", "failing", "settled"}),
    "accepted": frozenset({"failing", "settled", "rejected"}),
    "failing": frozenset({"settled"}),
}
LATE = frozenset({"cancelled", "rejected", "draft", "ready"})


class Answer(NamedTuple):
    """What the custodian says about one instruction (ISO 20022 sese.024 status, sese.025 confirmation)."""

    reference: str
    status: str
    custodian_reference: str = ""
    business_date: date = date.min
    qty: Decimal | None = None
    net_money: Decimal | None = None
    reason: str = ""


def parse(message: dict[str, Any]) -> Answer:
    """An answer from its message."""
    qty, net_money = (
        Decimal(str(message[name])) if message.get(name) is not None else None for name in ("qty", "net_money")
    )
    return Answer(
        reference=str(message["reference"]),
        status=str(message["status"]),
        custodian_reference=str(message.get("custodian_reference", "")),
        business_date=date.fromisoformat(message["business_date"]),
        qty=qty,
        net_money=net_money,
        reason=str(message.get("reason", "")),
    )


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
    obligation_id: int
    state: str
    state_at: datetime
    version: int
    qty: Decimal
    net_money: Decimal
    settl_date: date
    settled_on: date | None
    custodian_reference: str
    obligation__order_id: int
    changed: bool = False


_HELD = [field.name for field in fields(_Held)][:-1]
# Answers that a person should hear of although they were applied.
TOLD = {"failing": Alert.Severity.WARNING, "rejected": Alert.Severity.CRITICAL}


class _Applying:
    """One batch of answers: the instructions they speak of, locked, and what was decided."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.at = now()
        numbers = {_number(answer.reference) for answer in answers}
        rows = locked(Instruction.objects.filter(pk__in=numbers)).values_list(*_HELD)
        self.held = {reference(row[0]): _Held(*row) for row in rows}
        self.events: list[tuple[Any, ...]] = []
        self.notices: list[tuple[Any, ...]] = []

    def take(self, answer: Answer) -> Refusal | None:
        """Move the instruction on, or answer why not; what makes no sense is also told to operations."""
        held = self.held.get(answer.reference)
        if held is None:
            return self._notice(answer, Refusal("BAD_REPORT", "reference", f"no instruction {answer.reference}"))
        if answer.status not in NEXT.get(held.state, frozenset()):
            if answer.status == "settled" and held.state in LATE:
                text = f"{answer.reference} is {held.state} and the custodian settled it"
                return self._notice(answer, Refusal("BAD_REPORT", "status", text))
            return Refusal("DUPLICATE_EXEC_ID", "status", f"{answer.reference} is {held.state} already")
        if answer.status == "settled" and (wrong := _mismatch(held, answer)):
            return self._notice(answer, wrong)
        self._move(held, answer)
        return None

    def _move(self, held: _Held, answer: Answer) -> None:
        held.state, held.state_at, held.changed = answer.status, self.at, True
        held.version += 1
        held.custodian_reference = answer.custodian_reference or held.custodian_reference
        held.settled_on = answer.business_date if answer.status == "settled" else None
        self.events.append((held.id, held.version, answer.status, self.at, ACTOR, answer.reason[:300]))
        if answer.status in TOLD:
            text = f"{answer.reference} is {answer.status}: {answer.reason or 'no reason given'}"
            self._tell(TOLD[answer.status], answer, f"INSTRUCTION_{answer.status.upper()}", text)

    def _notice(self, answer: Answer, refusal: Refusal) -> Refusal:
        """Keep an answer that was not applied whole, for operations."""
        self._tell(Alert.Severity.CRITICAL, answer, refusal.code, refusal.text)
        return refusal

    def _tell(self, severity: Alert.Severity, answer: Answer, code: str, text: str) -> None:
        held = self.held.get(answer.reference)
        order_id = held and held.obligation__order_id
        self.notices.append((self.at, severity.value, "custodian", code, order_id, text[:500], answer._asdict(), ""))

    def save(self) -> None:
        """One statement a table; what settled is posted, securities and money together."""
        changed = [held for held in self.held.values() if held.changed]
        columns = ("state", "state_at", "version", "settled_on", "custodian_reference")
        sets.update(Instruction, ["id"], columns, [(h.id, *(getattr(h, c) for c in columns)) for h in changed])
        sets.insert(InstructionEvent, EVENT, self.events)
        _post([held for held in changed if held.state == "settled"], self.at)
        sets.insert(Alert, ("at", "severity", "kind", "code", "order", "text", "payload", "resolution"), self.notices)


def _post(settled: Sequence[_Held], at: datetime) -> None:
    """Turn the pending transfers of each instruction into posted ones, in one transaction of the ledger."""
    if not settled:
        return
    held = ledger.pending(f"trade:{one.obligation_id}" for one in settled)
    postings = []
    for one in settled:
        assert one.settled_on is not None
        _, entries = held[f"trade:{one.obligation_id}"]
        lines = ledger.resolved(entries, ledger.POSTED)
        source = f"settlement:{one.obligation_id}"
        postings.append(ledger.Posting(source, "settlement", one.settled_on, one.settled_on, lines))
    ledger.post(postings, at)


def _mismatch(held: _Held, answer: Answer) -> Refusal | None:
    """A confirmation must name what was instructed: all of it, for this money, not before its day."""
    if (answer.qty, answer.net_money) != (held.qty, held.net_money):
        text = (
            f"{answer.reference}: the custodian settled {answer.qty} for {answer.net_money},"
            f" instructed were {held.qty:f} for {held.net_money:f}"
        )
        return Refusal("BAD_REPORT", "net_money", text)
    if answer.business_date < held.settl_date:
        return Refusal("BAD_REPORT", "business_date", f"{answer.reference} settled before {held.settl_date}")
    return None


def _number(text: str) -> int:
    digits = text.removeprefix("SI")
    return int(digits) if text.startswith("SI") and digits.isdecimal() and len(digits) < 19 else 0
