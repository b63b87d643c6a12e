"""Statements come in: each is kept once, or it is an exception item for operations and is not used."""

import json
from collections.abc import Sequence
from datetime import date

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
)  # fmt: skip
Slot = tuple[str, str, int | None, str, date]


def receive(statements: Sequence[Told]) -> list[Refusal | None]:
    """Keep the statements; a refusal (or None) each, in order. One that came before, as it was, changes nothing.

    What cannot be used is kept whole as an exception item: unknown account, a day that is not over or no business day,
    a currency the account never held, a name used before for something else, a second statement of the same day, one
    that contradicts itself, or comes after the day was signed.
    """
    with transaction.atomic():
        batch = [received(one) for one in statements]
        known = _Known(batch)
        answers: list[Refusal | None] = []
        kept: list[Received] = []
        for one in batch:
            refusal, is_new = known.judge(one)
            answers.append(refusal)
            if is_new:
                kept.append(one)
        _save(kept, known.accounts)
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
        of_day = Statement.objects.filter(day__in=days)
        slots = of_day.values_list("kind", "source", "account_id", "currency", "day", "message_id")
        self.slots: dict[Slot, str] = {(k, src, account, cur, day): name for k, src, account, cur, day, name in slots}
        named = Statement.objects.filter(message_id__in={one.message_id for one in batch})
        self.digests = {name: bytes(digest) for name, digest in named.values_list("message_id", "digest")}
        self.signed = set(SignOff.objects.filter(day__in=days).values_list("kind", "account_id", "day"))

    def judge(self, one: Received) -> tuple[Refusal | None, bool]:
        """Why it is not used, if it is not; and whether it is to be kept."""
        digest = one.digest()
        if one.message_id in self.digests:
            if self.digests[one.message_id] == digest:
                return None, False
            text = f"statement {one.message_id} came before and said something else"
            return Refusal("STATEMENT_DIFFERS", "message_id", text), False
        refusal = self._account(one) or self._day(one) or self._sums(one) or self._slot(one)
        if refusal:
            return refusal, False
        self.digests[one.message_id] = digest
        self.slots[self._key(one)] = one.message_id
        return None, True

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

    def _slot(self, one: Received) -> Refusal | None:
        key = self._key(one)
        if key in self.slots:
            text = f"the {one.kind} of {one.account or one.source} on {one.day} were told by {self.slots[key]}"
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


def _save(kept: Sequence[Received], accounts: dict[str, int]) -> None:
    at = now()
    ids = sets.ids(Statement, len(kept))
    rows = [
        (
            id_, one.message_id, one.kind, one.source, accounts.get(one.account), one.currency, one.day, one.opening,
            one.closing, one.digest(), at,
        )
        for id_, one in zip(ids, kept, strict=True)
    ]  # fmt: skip
    lines = [
        (id_, number, *line)
        for id_, one in zip(ids, kept, strict=True)
        for number, line in enumerate(one.lines, start=1)
    ]
    sets.insert(Statement, COLUMNS, rows)
    sets.insert(StatementLine, ("statement", "number", *LINE), lines)
