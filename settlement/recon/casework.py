"""What operations does with breaks: assign, note, resolve with a reason, and write money off with a second person."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.money import plain
from oms.base.refusal import Refusal
from orders.models import User
from orders.reference import business_date
from orders.vocabulary import Role
from settlement import ledger
from settlement.models import Break, BreakEvent, LedgerTransaction
from settlement.obligations import AccountKey
from settlement.recon.breaklife import WRITTEN_OFF, Case, Wish, step
from settlement.recon.theirs import BALANCE

EVENT = ("broken", "seq", "verb", "state", "at", "actor", "text")
CHANGED = (
    "state", "owner", "reason", "text", "entry", "adjustment", "resolved_by", "confirmed_by", "closed_at", "version",
)  # fmt: skip


class Actor(NamedTuple):
    """Who does it."""

    id: int
    username: str


class Acted(NamedTuple):
    """What became of a break."""

    id: int
    state: str
    version: int


def act(wishes: Sequence[Wish], actor: Actor) -> list[Acted | Refusal]:
    """Do what is wished, in order; what became of each break, or why not. One that is named twice is done once."""
    with transaction.atomic():
        rows = {row.pk: row for row in locked(Break.objects.filter(pk__in={wish.id for wish in wishes}))}
        work = _Work(wishes, rows, actor, now())
        answers = [work.take(wish) for wish in wishes]
        work.save()
        return answers


class _Work:
    """One batch of wishes, the breaks locked."""

    def __init__(self, wishes: Sequence[Wish], rows: dict[int, Break], actor: Actor, at: datetime) -> None:
        self.rows, self.actor, self.at = rows, actor, at
        self.events: list[tuple[Any, ...]] = []
        self.changed: dict[int, Break] = {}
        self.written_off: list[Break] = []
        entries = {wish.entry for wish in wishes if wish.entry}
        self.entries = set(LedgerTransaction.objects.filter(pk__in=entries).values_list("pk", flat=True))
        owners = {wish.owner for wish in wishes if wish.owner}
        people = User.objects.filter(pk__in=owners, role=Role.OPERATIONS, is_active=True)
        self.owners = set(people.values_list("pk", flat=True)) if owners else set()

    def take(self, wish: Wish) -> Acted | Refusal:
        """Decide one wish; the row is changed in memory."""
        row = self.rows.get(wish.id)
        if row is None:
            return Refusal("NOT_FOUND", "id", f"there is no break {wish.id}")
        if wish.id in self.changed or (wish.version is not None and wish.version != row.version):
            return Refusal("VERSION_CONFLICT", "version", f"break {wish.id} is at version {row.version}")
        if wish.owner and wish.owner not in self.owners:
            return Refusal("BAD_VALUE", "owner", "a break is assigned to somebody of operations")
        if wish.entry and wish.entry not in self.entries:
            return Refusal("NOT_FOUND", "entry", f"there is no ledger transaction {wish.entry}")
        asked_by = row.resolved_by_id if row.reason == WRITTEN_OFF else None
        state = step(Case(row.state, row.type, row.kind, row.key.startswith(BALANCE), asked_by), wish, self.actor.id)
        if isinstance(state, Refusal):
            return state
        self._change(row, wish, state)
        return Acted(row.pk, row.state, row.version)

    def _change(self, row: Break, wish: Wish, state: str) -> None:
        row.state, row.version = state, row.version + 1
        if wish.verb == "assign":
            row.owner_id = wish.owner
        elif wish.verb == "resolve":
            row.reason, row.text, row.resolved_by_id = wish.reason, wish.text[:300], self.actor.id
            row.entry_id, row.adjustment = wish.entry, wish.adjustment
            row.owner_id = row.owner_id or self.actor.id
        elif wish.verb == "confirm":
            row.confirmed_by_id = self.actor.id
            self.written_off.append(row)
        elif wish.verb == "refuse":
            row.reason, row.text, row.resolved_by_id, row.entry_id = "", "", None, None
        if state == "resolved":
            row.closed_at = self.at
        text = " ".join(part for part in (wish.reason, wish.text) if part)
        self.events.append((row.pk, row.version, wish.verb, state, self.at, self.actor.username, text[:300]))
        self.changed[row.pk] = row

    def save(self) -> None:
        """One statement a table; money that is written off is posted before its break names the entry."""
        for row, entry in zip(self.written_off, write_off(self.written_off, self.at), strict=True):
            row.entry_id = entry
        rows = [
            (row.pk, *(getattr(row, f"{name}_id" if name in _KEYS else name) for name in CHANGED))
            for row in self.changed.values()
        ]
        sets.update(Break, ["id"], CHANGED, rows)
        sets.insert(BreakEvent, EVENT, self.events)


_KEYS = frozenset({"owner", "entry", "resolved_by", "confirmed_by"})


def write_off(rows: Sequence[Break], at: datetime) -> list[int]:
    """Post the differences of money to suspense, so that our balance is theirs; the ids of the transactions.

    ``difference`` is theirs less ours: above zero the account is given money, below it gives some.
    """
    moves = [(row, *_sides(row)) for row in rows if row.difference]
    opened = ledger.accounts({key for _, *keys in moves for key in keys})
    if not moves:
        return []
    day = business_date()
    postings = []
    for row, debit, credit in moves:
        assert row.difference is not None
        to, out = opened[debit], opened[credit]
        line = ledger.Line(to.id, out.id, to.asset_id, abs(row.difference), ledger.POSTED)
        postings.append(ledger.Posting(f"write-off:{row.pk}", "adjustment", day, day, [line]))
    return ledger.post(postings, at)


def _sides(row: Break) -> tuple[AccountKey, AccountKey]:
    ours = AccountKey("account", row.account_id, "", row.currency, "")
    suspense = AccountKey("suspense", row.account_id, "", row.currency, "")
    return (ours, suspense) if (row.difference or Decimal(0)) > 0 else (suspense, ours)


def in_words(row: Break) -> str:
    """A break in one line, for alerts and lists."""
    return f"{row.kind} {row.type.replace('_', ' ')} {row.key} by {plain(row.difference) or '?'} {row.currency}".strip()
