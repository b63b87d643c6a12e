"""Instructions go to the custodian: send, ask again, request cancellation. What comes back is in settlement/collect.py.

A message is written after the transaction that marked it sent has committed; what was marked and never written, or
written and never answered, is written again under the same reference, and the custodian repeats its answer. So a crash
at any point delays and never doubles. Messages are sese.023 and sese.020 of ISO 20022, in batch files.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.reference import business_date
from settlement import mail
from settlement.actions import tell as movements
from settlement.collect import collect, home
from settlement.custody.voice import CUSTODIAN, OURS
from settlement.exceptions import Exceptional, exceptional
from settlement.instruction import OPEN, reference
from settlement.messages import Cancel, Envelope, Instruct, build
from settlement.models import Instruction, InstructionEvent
from settlement.net import BONDS
from settlement.rounding import ZERO

ASK_AGAIN_AFTER = timedelta(seconds=30)
EVENT = ("instruction", "seq", "state", "at", "actor", "text")
ACTOR = "settlement"


def instruct(limit: int = 1_000) -> int:
    """Tell the business date, apply answers, send what is ready, ask again after what is overdue; how many in all.

    What was booked on the day that is left is told before its custodian closes it.
    """
    today = business_date()
    movements.tell()
    tell(today)
    return collect() + send(limit) + cancel(limit) + ask_again(today, limit)


def send(limit: int = 1_000) -> int:
    """Send the next ``limit`` instructions that are ready. What no message can hold is rejected, and named."""
    at = now()
    with transaction.atomic():
        rows = _rows(Instruction.objects.filter(state="ready", on_hold=False), limit)
        data, refusals = _built(rows, [_instruct(row, row.version + 1) for row in rows], at)
        _mark(rows, refusals, at)
    _write(data)
    return len(rows)


def cancel(limit: int = 1_000) -> int:
    """Send the next ``limit`` requests to cancel that were made and not sent (sese.020)."""
    at = now()
    asked = Q(asked_at__isnull=True) | Q(asked_at__lt=F("cancel_requested_at"))
    with transaction.atomic():
        rows = _rows(Instruction.objects.filter(asked, state="cancel_requested"), limit)
        data = _asked(rows, at)
    _write(data)
    return len(rows)


def ask_again(today: date, limit: int = 1_000) -> int:
    """Send again what has waited too long for an answer: none at all, or no settlement on its day.

    While the custodian has files of ours to read it is behind, and more of them would not help.
    """
    if mail.waiting(home() / "in"):
        return 0
    at = now()
    overdue = Q(state__in=["sent", "cancel_requested"]) | Q(settl_date__lte=today)
    with transaction.atomic():
        rows = _rows(Instruction.objects.filter(overdue, state__in=OPEN, asked_at__lt=at - ASK_AGAIN_AFTER), limit)
        data = _asked(rows, at)
    _write(data)
    return len(rows)


def message_of(instruction_id: int) -> Instruct | None:
    """What we say, or would say, about an instruction; None if there is no such one. One SELECT."""
    found = Instruction.objects.filter(pk=instruction_id).values_list(*_Row._fields).first()
    return _instruct(_Row(*found), found[1]) if found else None


class _Row(NamedTuple):
    """What is read of an instruction for its message; the names are the columns."""

    id: int
    version: int
    state: str
    direction: str
    payment: str
    qty: Decimal
    price: Decimal | None
    net_money: Decimal
    currency: str
    trade_date: date
    settl_date: date
    counterparty: str
    place_of_settlement: str
    agent_bic: str
    safekeeping_account: str
    partial: str
    priority: int
    linked_to_id: int | None
    custodian_reference: str
    cancel_requested_at: datetime | None
    account__code: str
    instrument__isin: str
    instrument__symbol: str
    instrument__name: str
    instrument__asset_class: str
    ssi__party: str | None


def _rows(rows: QuerySet[Instruction], limit: int) -> list[_Row]:
    """The instructions to be told of, locked. Those another worker holds are left to it."""
    return [_Row(*row) for row in locked(rows, skip_locked=True).values_list(*_Row._fields)[:limit]]


def _instruct(row: _Row, version: int) -> Instruct:
    """The instruction as its message names it. Where its standing instruction is a party's, its accounts are, too."""
    free, theirs = row.payment == "free", bool(row.ssi__party)
    return Instruct(
        message_id=f"{reference(row.id)}-{version}",
        reference=reference(row.id),
        direction=row.direction,
        payment=row.payment,
        account=row.account__code,
        trade_date=row.trade_date,
        settl_date=row.settl_date,
        isin=row.instrument__isin,
        symbol=row.instrument__symbol,
        qty=row.qty,
        currency="" if free else row.currency,
        net_money=ZERO if free else row.net_money,
        place_of_settlement=row.place_of_settlement,
        counterparty=(row.agent_bic if theirs else "") or row.counterparty,
        face=row.instrument__asset_class in BONDS,
        price=None if free else row.price,
        description=row.instrument__name,
        safekeeping_account=("" if theirs else row.safekeeping_account) or row.account__code,
        agent="" if theirs else row.agent_bic,
        counterparty_account=row.safekeeping_account if theirs else "",
        partial=row.partial,
        priority=row.priority,
        linked_to=reference(row.linked_to_id) if row.linked_to_id else "",
    )


def _cancel(row: _Row) -> Cancel:
    """The request to cancel it; the same one until another is made, so that it is answered once."""
    assert row.cancel_requested_at is not None
    number = int(row.cancel_requested_at.timestamp() * 1_000)
    return Cancel(
        f"{reference(row.id)}-C{number}", reference(row.id), row.direction, row.payment, row.account__code,
        row.custodian_reference[:35],
    )  # fmt: skip


def _asked(rows: Sequence[_Row], at: datetime) -> bytes:
    """Note that they are asked about; the file that asks."""
    sent = _sent_as([row.id for row in rows if row.state != "cancel_requested"])
    messages = [
        _cancel(row) if row.state == "cancel_requested" else _instruct(row, sent.get(row.id, row.version))
        for row in rows
    ]
    sets.update(Instruction, ["id"], ["asked_at"], [(row.id, at) for row in rows])
    return _built(rows, messages, at)[0]


def _sent_as(ids: Sequence[int]) -> dict[int, int]:
    """The version each was sent as: asked again it is the same message, which a custodian answers once. One SELECT."""
    if not ids:
        return {}
    rows = InstructionEvent.objects.filter(instruction_id__in=ids, state="sent", actor=ACTOR).order_by()
    return dict(rows.values_list("instruction_id").annotate(Max("seq")))


def _built(
    rows: Sequence[_Row], messages: Sequence[Instruct | Cancel], at: datetime
) -> tuple[bytes, list[Refusal | None]]:
    """The file, and what could not be written into it: an exception item each."""
    if not messages:
        return b"", []
    data, refusals = build(messages, Envelope(OURS, CUSTODIAN, at, business_date()))
    exceptional(
        [
            Exceptional("NOT_INSTRUCTED", "sese.023", reference(row.id), f"{reference(row.id)}: {refusal.text}")
            for row, refusal in zip(rows, refusals, strict=True)
            if refusal
        ]
    )
    return data, refusals


def _mark(rows: Sequence[_Row], refusals: Sequence[Refusal | None], at: datetime) -> None:
    """What goes out is sent; what cannot is rejected, and waits for operations as what the custodian rejects does."""
    told = [("rejected", refusal.text) if refusal else ("sent", "") for refusal in refusals]
    both = list(zip(rows, told, strict=True))
    columns = ["state", "state_at", "asked_at", "version"]
    sets.update(Instruction, ["id"], columns, [(row.id, state, at, at, row.version + 1) for row, (state, _) in both])
    events = [(row.id, row.version + 1, state, at, ACTOR, text[:300]) for row, (state, text) in both]
    sets.insert(InstructionEvent, EVENT, events)


def _write(data: bytes) -> None:
    if data:
        mail.put(home() / "in", data)


def tell(today: date) -> None:
    """The custodian's business date is ours."""
    path = home() / "business_date"
    if not path.exists() or path.read_text(encoding="utf-8").strip() != today.isoformat():
        mail.replace(path, f"{today.isoformat()}\n".encode())
