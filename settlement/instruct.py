"""Instructions go to the custodian, its answers come back: send, ask again, collect.

A message is written after the transaction that marked it sent has committed; what was marked and never written, or
written and never answered, is written again under the same reference, and the custodian repeats its answer. So a crash
at any point delays and never doubles. What answers mean is in settlement/answers.py.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from orders.reference import business_date
from settlement import mail
from settlement.answers import apply, parse
from settlement.instruction import OPEN, reference
from settlement.models import Instruction, InstructionEvent

ASK_AGAIN_AFTER = timedelta(seconds=30)
EVENT = ("instruction", "seq", "state", "at", "actor", "text")


def home() -> Path:
    """The folder shared with the custodian."""
    return Path(settings.OMS_HOME) / "custodian"


def instruct(limit: int = 1_000) -> int:
    """Tell the business date, apply answers, send what is ready, ask again after what is overdue; how many in all."""
    today = business_date()
    _tell(today)
    return collect() + send(limit) + ask_again(today, limit)


def collect() -> int:
    """Apply the answers that lie in the custodian's folder, oldest first; how many there were."""
    taken = 0
    for path in mail.waiting(home() / "out"):
        answers = [parse(message) for message in mail.read(path)]
        apply(answers)
        mail.archive(path, home() / "archive")
        taken += len(answers)
    return taken


def send(limit: int = 1_000) -> int:
    """Send the next ``limit`` instructions that are ready."""
    at = now()
    with transaction.atomic():
        rows = _messages(Instruction.objects.filter(state="ready", on_hold=False), limit)
        ids = [(row["id"], "sent", at, at, row["version"] + 1) for row in rows]
        sets.update(Instruction, ["id"], ["state", "state_at", "asked_at", "version"], ids)
        sets.insert(
            InstructionEvent, EVENT, [(row["id"], row["version"] + 1, "sent", at, "settlement", "") for row in rows]
        )
    _write(rows)
    return len(rows)


def ask_again(today: date, limit: int = 1_000) -> int:
    """Send again what has waited too long for an answer: none at all, or no settlement on its day.

    While the custodian has files of ours to read it is behind, and more of them would not help.
    """
    if mail.waiting(home() / "in"):
        return 0
    at = now()
    overdue = Q(state="sent") | Q(settl_date__lte=today)
    with transaction.atomic():
        rows = _messages(Instruction.objects.filter(overdue, state__in=OPEN, asked_at__lt=at - ASK_AGAIN_AFTER), limit)
        sets.update(Instruction, ["id"], ["asked_at"], [(row["id"], at) for row in rows])
    _write(rows)
    return len(rows)


def _messages(rows: QuerySet[Instruction], limit: int) -> list[dict[str, Any]]:
    """The instructions to be sent, locked, as their messages name them. Those another worker holds are left to it."""
    named = locked(rows, skip_locked=True).values(
        "id", "version", "direction", "qty", "currency", "net_money", "settl_date", "counterparty",
        "place_of_settlement",
        "trade_date", "payment", isin=F("instrument__isin"), symbol=F("instrument__symbol"),
        account_code=F("account__code"),
    )  # fmt: skip
    return list(named[:limit])


def _write(rows: Iterable[dict[str, Any]]) -> None:
    """Put the messages into the custodian's folder; numbers and dates as text."""
    messages = [
        {"reference": reference(row["id"]), "account": row["account_code"]}
        | {name: _text(value) for name, value in row.items() if name not in ("id", "version", "account_code")}
        for row in rows
    ]
    if messages:
        mail.put(home() / "in", messages)


def _text(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _tell(today: date) -> None:
    """The custodian's business date is ours."""
    path = home() / "business_date"
    if not path.exists() or path.read_text(encoding="utf-8").strip() != today.isoformat():
        mail.replace(path, f"{today.isoformat()}\n")
