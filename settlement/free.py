"""Securities moved free of payment: one person writes the instruction, another checks it; only then it is sent.

Nothing comes back for what is delivered free, so it is the way in which securities are stolen: hence two people, and a
constraint that says so. Units are pending in the ledger once it is checked, posted when it settles, void if it is
cancelled. The position follows on settlement (oms/desk/transferring.py).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.models import Instrument, User
from settlement import ledger
from settlement.instructing import EVENT
from settlement.instruction import reference
from settlement.models import Instruction, InstructionEvent, LedgerEntry
from settlement.obligations import AccountKey, Terms
from settlement.standing import standing

Pending = dict[int, list[tuple[int, ledger.Line]]]


class Transfer(NamedTuple):
    """What is to move free of payment. ``counterparty``: who delivers or receives; blank for the market's usual one."""

    account_id: int
    instrument_id: int
    direction: str
    qty: Decimal
    settl_date: date
    reason: str
    counterparty: str = ""


class Made(NamedTuple):
    """The id of the instruction that was written, or why none was."""

    id: int | None
    refusal: Refusal | None = None


_COLUMNS = (
    "id", "account", "instrument", "direction", "payment", "trade_date", "settl_date", "qty", "net_money", "currency",
    "place_of_settlement", "counterparty", "agent_bic", "safekeeping_account", "ssi", "partial", "made_by", "reason",
    "state", "state_at",
)  # fmt: skip


def propose(transfers: Sequence[Transfer], maker: User, today: date) -> list[Made]:
    """Write drafts that wait for a second person; one answer each, in order."""
    with transaction.atomic():
        at, tables = now(), standing()
        rows = Instrument.objects.filter(pk__in={one.instrument_id for one in transfers})
        terms = {row[0]: Terms(*row) for row in rows.values_list(*Terms._fields)}
        faults = [_fault(one, terms, today) for one in transfers]
        ids = sets.ids(Instruction, faults.count(None))
        fresh = iter(ids)
        answers = [Made(None, wrong) if wrong else Made(next(fresh)) for wrong in faults]
        made: list[tuple[Any, ...]] = []
        for answer, one in zip(answers, transfers, strict=True):
            if answer.id is None:
                continue
            of = terms[one.instrument_id]
            parties = tables.parties(of, one.account_id, of.currency, one.settl_date)
            parties = parties._replace(counterparty=one.counterparty or parties.counterparty)
            made.append(
                (
                    answer.id, one.account_id, one.instrument_id, one.direction, "free", today, one.settl_date, one.qty,
                    Decimal(0), of.currency, *parties, "not_allowed", maker.pk, one.reason, "draft", at,
                )
            )  # fmt: skip
        sets.insert(Instruction, _COLUMNS, made)
        sets.insert(InstructionEvent, EVENT, [(row[0], 1, "draft", at, maker.username, row[-3][:300]) for row in made])
        return answers


def check(ids: Sequence[int], checker: User) -> list[Refusal | None]:
    """Make drafts ready and their units pending; one refusal (or None) each. Never whoever wrote them."""
    with transaction.atomic():
        at = now()
        rows = locked(Instruction.objects.filter(pk__in=ids, payment="free"))
        held = {row.pk: row for row in rows.select_related("instrument")}
        done: dict[int, Instruction] = {}
        answers = []
        for id_ in ids:
            wrong = _objection(id_, held.get(id_), id_ in done, checker)
            answers.append(wrong)
            if wrong is None:
                done[id_] = held[id_]
        columns = ["checked_by", "state", "state_at", "version"]
        values = [(id_, checker.pk, "ready", at, row.version + 1) for id_, row in sorted(done.items())]
        sets.update(Instruction, ["id"], columns, values)
        events = [(id_, row.version + 1, "ready", at, checker.username, "checked") for id_, row in sorted(done.items())]
        sets.insert(InstructionEvent, EVENT, events)
        _post(list(done.values()), at)
        bell.ring_on_commit("instruct")
        return answers


def pending(instruction_ids: Iterable[int]) -> Pending:
    """The units still pending of each transfer. One SELECT."""
    numbers = {f"free:{id_}": id_ for id_ in instruction_ids}
    found: Pending = {}
    for source, (_, entries) in ledger.pending(numbers).items():
        found[numbers[source]] = entries
    resolved = set(
        LedgerEntry.objects.filter(resolves__in=[id_ for entries in found.values() for id_, _ in entries]).values_list(
            "resolves_id", flat=True
        )
    )
    return {id_: [one for one in entries if one[0] not in resolved] for id_, entries in found.items()}


def void(instruction_ids: Sequence[int], at: datetime) -> None:
    """What was cancelled moves nothing any more."""
    if not instruction_ids:
        return
    days = dict(Instruction.objects.filter(pk__in=instruction_ids).values_list("pk", "settl_date"))
    ledger.post(
        [
            ledger.Posting(f"void:free:{id_}", "void", days[id_], days[id_], ledger.resolved(entries, ledger.VOID))
            for id_, entries in pending(instruction_ids).items()
            if entries
        ],
        at,
    )


def _post(rows: Sequence[Instruction], at: datetime) -> None:
    keys = {}
    for row in rows:
        units = Terms(*(getattr(row.instrument, name) for name in Terms._fields)).delivers
        ours = AccountKey("account", row.account_id, "", units, row.place_of_settlement)
        street = AccountKey("street", None, row.counterparty, units, row.place_of_settlement)
        keys[row.pk] = (ours, street) if row.direction == "receive" else (street, ours)
    opened = ledger.accounts(key for pair in keys.values() for key in pair)
    postings = []
    for row in rows:
        debit, credit = (opened[key] for key in keys[row.pk])
        line = ledger.Line(debit.id, credit.id, debit.asset_id, row.qty, ledger.PENDING)
        postings.append(ledger.Posting(f"free:{row.pk}", "transfer", row.trade_date, row.settl_date, [line]))
    ledger.post(postings, at)


def _objection(id_: int, row: Instruction | None, again: bool, checker: User) -> Refusal | None:
    if row is None:
        return Refusal("MISSING", "id", f"no instruction free of payment {reference(id_)}")
    if again or row.state != "draft":
        return Refusal("BAD_VALUE", "state", f"{row.reference} is {'ready' if again else row.state}")
    if row.made_by_id == checker.pk:
        return Refusal("SAME_PERSON", "", f"you wrote {row.reference}: another person checks it")
    if not row.place_of_settlement:
        return Refusal("MISSING", "place_of_settlement", f"no place of settlement is known for {row.reference}")
    return None


def _fault(one: Transfer, terms: dict[int, Terms], today: date) -> Refusal | None:
    if one.instrument_id not in terms:
        return Refusal("UNKNOWN_INSTRUMENT", "instrument_id", "no such instrument")
    if one.direction not in ("deliver", "receive"):
        return Refusal("BAD_VALUE", "direction", "direction must be deliver or receive")
    if one.qty <= 0:
        return Refusal("NOT_POSITIVE", "qty", "qty must be greater than 0")
    if one.settl_date < today:
        return Refusal("BAD_VALUE", "settl_date", f"settl_date must be {today} or later")
    if not one.reason.strip():
        return Refusal("MISSING", "reason", "reason is required")
    return None
