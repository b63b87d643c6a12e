"""The book of standing instructions: one person writes a row, another checks it, which puts it into force.

A checked row takes the place of the one with the same scope. What has not been sent follows it, and drafts that waited
for it are released.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders import identifiers
from orders.models import User
from settlement.completing import complete
from settlement.models import Instruction, StandingInstruction
from settlement.standing import standing

_SCOPE = ("account_id", "party", "market", "currency", "asset_class")


class Entry(NamedTuple):
    """A row to be written; the names are the columns of StandingInstruction."""

    valid_from: date
    reason: str
    account_id: int | None = None
    party: str = ""
    market: str = ""
    currency: str = ""
    asset_class: str = ""
    place_of_settlement: str = ""
    counterparty: str = ""
    agent_bic: str = ""
    safekeeping_account: str = ""
    cash_account: str = ""
    valid_to: date | None = None


class Kept(NamedTuple):
    """The id of the row that was written or checked, or why not."""

    id: int | None
    refusal: Refusal | None = None


def propose(entries: Sequence[Entry], maker: User) -> list[Kept]:
    """Write rows that wait for a second person; one answer each, in order. They change nothing yet."""
    faults = [fault(entry) for entry in entries]
    sound = [entry for entry, wrong in zip(entries, faults, strict=True) if wrong is None]
    with transaction.atomic():
        ids = iter(sets.ids(StandingInstruction, len(sound)))
        answers = [Kept(None, wrong) if wrong else Kept(next(ids)) for wrong in faults]
        numbers = [answer.id for answer in answers if answer.id]
        columns = ("id", *Entry._fields, "made_by")
        rows = [(number, *entry, maker.pk) for number, entry in zip(numbers, sound, strict=True)]
        sets.insert(StandingInstruction, columns, rows)
        return answers


def check(ids: Sequence[int], checker: User) -> list[Refusal | None]:
    """Put rows into force; one refusal (or None) each. Whoever wrote a row may not check it."""
    with transaction.atomic():
        at = now()
        held = {row.pk: row for row in locked(StandingInstruction.objects.filter(pk__in=ids))}
        answers: list[Refusal | None] = []
        fresh: dict[int, StandingInstruction] = {}
        for id_ in ids:
            wrong = _objection(id_, None if id_ in fresh else held.get(id_), id_ in fresh, checker)
            answers.append(wrong)
            if wrong is None:
                fresh[id_] = held[id_]
        _supersede(list(fresh.values()))
        columns = ["checked_by", "checked_at"]
        sets.update(StandingInstruction, ["id"], columns, [(id_, checker.pk, at) for id_ in sorted(fresh)])
        if fresh:
            text = f"standing instruction {', '.join(map(str, sorted(fresh)))}"
            earliest = min(row.valid_from for row in fresh.values())
            complete(Instruction.objects.filter(settl_date__gte=earliest), standing(), at, checker.username, text)
            bell.ring_on_commit("instruct")
        return answers


def _objection(id_: int, row: StandingInstruction | None, again: bool, checker: User) -> Refusal | None:
    if again or (row and row.checked_by_id):
        return Refusal("BAD_VALUE", "id", f"standing instruction {id_} has been checked")
    if row is None:
        return Refusal("MISSING", "id", f"no standing instruction {id_}")
    if row.made_by_id == checker.pk:
        return Refusal("SAME_PERSON", "", f"you wrote standing instruction {id_}: another person checks it")
    return None


def _supersede(fresh: Sequence[StandingInstruction]) -> None:
    """Link the rows in force of the same scope to those that take their place. Two statements."""
    wanted = {_scope(row): row.pk for row in fresh}
    rows = StandingInstruction.objects.filter(checked_by__isnull=False, superseded_by=None).exclude(
        pk__in=[row.pk for row in fresh]
    )
    before = [(row[0], wanted[row[1:]]) for row in locked(rows).values_list("id", *_SCOPE) if row[1:] in wanted]
    # Of two of one scope checked at once the later one holds.
    before += [(row.pk, wanted[_scope(row)]) for row in fresh if wanted[_scope(row)] != row.pk]
    sets.update(StandingInstruction, ["id"], ["superseded_by"], before)


def _scope(row: StandingInstruction) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _SCOPE)


def fault(entry: Entry) -> Refusal | None:
    """What is wrong with an entry on its own, by field."""
    for name in ("place_of_settlement", "agent_bic"):
        if (value := getattr(entry, name)) and not identifiers.bic(value):
            return Refusal("BAD_VALUE", name, f"{name} must be a BIC (ISO 9362) such as DTCYUS33, not {value!a}")
    if entry.account_id and entry.party:
        return Refusal("BAD_VALUE", "party", "a row is of an account of ours or of a party, not of both")
    if not any((entry.place_of_settlement, entry.agent_bic, entry.safekeeping_account, entry.cash_account)):
        text = "a row says at least one of place_of_settlement, agent_bic, safekeeping_account and cash_account"
        return Refusal("MISSING", "place_of_settlement", text)
    if entry.valid_to and entry.valid_to < entry.valid_from:
        return Refusal("BAD_VALUE", "valid_to", f"valid_to must be {entry.valid_from} or later")
    if entry.currency and not (len(entry.currency) == 3 and entry.currency.isascii() and entry.currency.isupper()):
        return Refusal("BAD_VALUE", "currency", f"currency must be three letters (ISO 4217), not {entry.currency!a}")
    if not entry.reason.strip():
        return Refusal("MISSING", "reason", "reason is required")
    return None
