"""Statements come in: each is kept once, or it is an exception item for operations and is not used."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.money import plain
from oms.base.refusal import Refusal
from orders.models import Account
from orders.reference import business_date
from settlement.exceptions import Exceptional, exceptional
from settlement.models import LedgerAccount, SignOff, Statement, StatementLine
from settlement.recon.theirs import LINE, Received, received
from settlement.recon.theirs import Statement as Told
from settlement.rounding import ZERO

COLUMNS = (
    "id", "message_id", "kind", "source", "account", "currency", "day", "opening", "closing", "digest", "received_at",
    "statement_id", "made_at", "version", "replaces",
)  # fmt: skip
Slot = tuple[str, str, int | None, str, date]


class Kept(NamedTuple):
    """The statement that holds for an account, kind, currency and day."""

    message_id: str
    statement_id: str
    made_at: datetime
    version: int


class Fresh(NamedTuple):
    """A statement that is to be kept, when its sender made it, and which it takes the place of."""

    it: Received
    made_at: datetime
    before: Kept | None


def receive(statements: Sequence[Told], made_at: Sequence[datetime | None] = ()) -> list[Refusal | None]:
    """Keep the statements; a refusal (or None) each, in order. One that came before, as it was, changes nothing.

    ``made_at`` is when each was made (CreDt), now where it is not said. One that repeats the statement's identification
    of the one there is, and was made later, replaces it and is compared again.

    What cannot be used is kept whole as an exception item: unknown account, a day that is not over or no business day,
    a currency the account never held, a name used before for something else, a second statement of the same day that
    replaces none, one that contradicts itself, or comes after the day was signed.
    """
    with transaction.atomic():
        at = now()
        batch = [received(one) for one in statements]
        times = [one or at for one in made_at] or [at] * len(batch)
        known = _Known(batch)
        answers: list[Refusal | None] = []
        kept: list[Fresh] = []
        for one, made in zip(batch, times, strict=True):
            refusal, fresh = known.judge(one, made)
            answers.append(refusal)
            if fresh:
                kept.append(fresh)
        _save(kept, known.accounts, at)
        refused = [(one, why) for one, why in zip(batch, answers, strict=True) if why]
        exceptional([_exception(one, why) for one, why in refused])
        bell.ring_on_commit("reconcile")
        return answers


class _Known:
    """What is known of the accounts, days and statements that a batch speaks of. A fixed number of SELECTs."""

    def __init__(self, batch: Sequence[Received]) -> None:
        self.today = business_date()
        codes, days = {one.account for one in batch}, {one.day for one in batch}
        self.accounts = dict(Account.objects.filter(code__in=codes).values_list("code", "pk"))
        rows = Account.objects.filter(code__in=codes).values_list("pk", "base_currency")
        held = LedgerAccount.objects.filter(account__in=self.accounts.values(), asset__currency__isnull=False)
        self.currencies = {*rows, *held.values_list("account_id", "asset__currency")}
        of_day = Statement.objects.filter(day__in=days, replaced_by=None)
        slots = of_day.values_list("kind", "source", "account_id", "currency", "day", *Kept._fields)
        self.slots: dict[Slot, Kept] = {row[:5]: Kept(*row[5:]) for row in slots}
        named = Statement.objects.filter(message_id__in={one.message_id for one in batch})
        self.digests = {name: bytes(digest) for name, digest in named.values_list("message_id", "digest")}
        self.signed = set(SignOff.objects.filter(day__in=days).values_list("kind", "account_id", "day"))

    def judge(self, one: Received, made_at: datetime) -> tuple[Refusal | None, Fresh | None]:
        """Why it is not used, if it is not; and what is to be kept of it."""
        digest = one.digest()
        if one.message_id in self.digests:
            if self.digests[one.message_id] == digest:
                return None, None
            text = f"statement {one.message_id} came before and said something else"
            return Refusal("STATEMENT_DIFFERS", "message_id", text), None
        refusal = self._account(one) or self._day(one) or self._sums(one) or self._slot(one, made_at)
        if refusal:
            return refusal, None
        before = self.slots.get(self._key(one))
        self.digests[one.message_id] = digest
        version = before.version + 1 if before else 1
        self.slots[self._key(one)] = Kept(one.message_id, one.statement_id, made_at, version)
        return None, Fresh(one, made_at, before)

    def _account(self, one: Received) -> Refusal | None:
        if one.kind == "dropcopy":
            return None
        if one.account not in self.accounts:
            return Refusal("UNKNOWN_ACCOUNT", "account", f"there is no account {one.account[:40]!a}")
        if one.kind == "cash" and (self.accounts[one.account], one.currency) not in self.currencies:
            return Refusal("WRONG_CURRENCY", "currency", f"{one.account} holds no {one.currency[:3]!a}")
        return None

    def _day(self, one: Received) -> Refusal | None:
        if one.day >= self.today:
            return Refusal("WRONG_DAY", "day", f"{one.day} is not over: the business date is {self.today}")
        if one.day.isoweekday() > 5:
            return Refusal("WRONG_DAY", "day", f"{one.day} is at a weekend")
        return None

    def _sums(self, one: Received) -> Refusal | None:
        if one.opening is None or one.closing is None:
            return None
        total = one.opening + sum((line.money or ZERO for line in one.lines), ZERO)
        if total == one.closing:
            return None
        text = f"{plain(one.opening)} and the movements come to {plain(total)}, not to {plain(one.closing)}"
        return Refusal("STATEMENT_CONTRADICTS", "closing", text)

    def _slot(self, one: Received, made_at: datetime) -> Refusal | None:
        key = self._key(one)
        before = self.slots.get(key)
        if before and (before.statement_id != one.statement_id or made_at <= before.made_at):
            text = f"the {one.kind} of {one.account or one.source} on {one.day} were told by {before.message_id}"
            if before.statement_id == one.statement_id:
                text += f", which was made at {before.made_at:%Y-%m-%d %H:%M:%S} UTC and not before this one"
            return Refusal("STATEMENT_REPEATED", "day", text)
        if (one.kind, key[2], one.day) in self.signed:
            who = one.account or one.source
            return Refusal("STATEMENT_LATE", "day", f"{one.day} of {who} was signed without this statement")
        return None

    def _key(self, one: Received) -> Slot:
        return one.kind, one.source, self.accounts.get(one.account), one.currency, one.day


_MESSAGES = {"holdings": "semt.002", "movements": "semt.017", "cash": "camt.053", "dropcopy": "trade list"}


def _exception(one: Received, why: Refusal) -> Exceptional:
    """The item of a statement that is not used, with all that it says."""
    told = [one._asdict() | {"lines": [line._asdict() for line in one.lines]}]
    raw = json.dumps(told, default=str, separators=(",", ":")).encode()
    text = f"{one.kind} of {one.account or one.source} for {one.day}: {why.text}"
    return Exceptional(why.code, _MESSAGES[one.kind], one.message_id, text, raw)


def _save(kept: Sequence[Fresh], accounts: dict[str, int], at: datetime) -> None:
    ids = sets.ids(Statement, len(kept))
    replaced = [fresh.before.message_id for fresh in kept if fresh.before]
    named = dict(Statement.objects.filter(message_id__in=replaced).values_list("message_id", "pk")) if replaced else {}
    named |= {fresh.it.message_id: id_ for id_, fresh in zip(ids, kept, strict=True)}
    rows = [
        (
            id_, one.message_id, one.kind, one.source, accounts.get(one.account), one.currency, one.day, one.opening,
            one.closing, one.digest(), at, one.statement_id, made_at, before.version + 1 if before else 1,
            named[before.message_id] if before else None,
        )
        for id_, (one, made_at, before) in zip(ids, kept, strict=True)
    ]  # fmt: skip
    lines = [
        (id_, number, *line)
        for id_, fresh in zip(ids, kept, strict=True)
        for number, line in enumerate(fresh.it.lines, start=1)
    ]
    sets.insert(Statement, COLUMNS, rows)
    sets.insert(StatementLine, ("statement", "number", *LINE), lines)
