"""The ledger: accounts with their balances, and one account with every entry and its running balance."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse

from oms.blotter.ops import choices
from oms.blotter.ops.cells import Cell, Column, Detail, Row, day, moment, qty, state, text, words
from oms.blotter.ops.entries import NEEDS, amount, asset_of, end, life_of, name_of, posted
from oms.blotter.ops.sheet import Asked, Filter, Sheet, equal, has, number
from settlement.models import Balance, LedgerAccount, LedgerEntry, LedgerTransaction

NAMED = ("account", "asset__instrument")
# What an entry moves is expected from the day it is pending; what it resolves is expected no longer.
RUNNING = """
SELECT id, moved, posted, expected FROM (
    SELECT e.id, sign.of * e.amount AS moved,
        sum(CASE WHEN e.phase = 'posted' THEN sign.of * e.amount ELSE 0 END) OVER up AS posted,
        sum(sign.of * (CASE WHEN e.phase = 'void' THEN 0 ELSE e.amount END - coalesce(p.amount, 0))) OVER up AS expected
    FROM settlement_ledgerentry e
    LEFT JOIN settlement_ledgerentry p ON p.id = e.resolves_id
    CROSS JOIN LATERAL (SELECT CASE WHEN e.debit_account_id = %(account)s THEN 1 ELSE -1 END AS of) sign
    WHERE e.debit_account_id = %(account)s OR e.credit_account_id = %(account)s
    WINDOW up AS (ORDER BY e.id)
) AS run WHERE id = ANY(%(keys)s)
"""


class Run(NamedTuple):
    """What an entry moved in an account, and the account's balances after it."""

    moved: Decimal
    posted: Decimal
    expected: Decimal


def held_in(value: str) -> Q:
    """Accounts in money, or in securities."""
    return Q(ledger_account__asset__currency__isnull=value != "money")


class Ledger(Sheet):
    """Every account of the ledger."""

    slug, title = "ledger", "Ledger accounts"
    empty = "No account of the ledger is like that. They are opened by the first entry."
    columns = (
        Column("account", "Account", sort="ledger_account__account__code"),
        Column("owner", "Owner", sort="ledger_account__owner"),
        Column("asset", "Asset", sort="ledger_account__asset__currency"),
        Column(
            "location", "At", sort="ledger_account__location", hint="Where it is kept: BIC of the place or the agent"
        ),
        Column("posted", "Posted", "num", "posted", "Settled: debits less credits"),
        Column("pending_in", "Pending in", "num", "pending_in"),
        Column("pending_out", "Pending out", "num", "pending_out"),
        Column("expected", "Expected", "num", hint="Posted, with all that is pending"),
        Column("entries", "Entries", "num", "version"),
    )
    filters = (
        Filter("owner", "Owner", "choice", equal("ledger_account__owner"), choices.of(LedgerAccount.Owner)),
        Filter("account", "Account", "choice", equal("ledger_account__account__code"), choices.accounts),
        Filter("in", "In", "choice", held_in, lambda: [("money", "Money"), ("securities", "Securities")]),
        Filter("currency", "Currency", "choice", equal("ledger_account__asset__currency"), choices.currencies),
        Filter("symbol", "Symbol", "text", has("ledger_account__asset__instrument__symbol")),
    )
    finds = (
        has("ledger_account__account__code"), has("ledger_account__party"), has("ledger_account__asset__currency"),
        has("ledger_account__asset__instrument__symbol"),
    )  # fmt: skip
    order = ("ledger_account__owner", "ledger_account__account__code", "ledger_account__asset__currency", "pk")

    def rows(self) -> QuerySet[Any]:
        """Balances with their accounts."""
        return Balance.objects.select_related(*(f"ledger_account__{name}" for name in NAMED))

    def shown(self, rows: Sequence[Balance]) -> list[Row]:
        """A row an account, which leads to its entries."""
        made = []
        for one in rows:
            held = one.ledger_account
            expected = one.posted + one.pending_in - one.pending_out
            cells = (
                text(name_of(held), href=reverse("ops-one", args=["ledger", held.pk])), words(held.owner),
                text(asset_of(held)), text(held.location), amount(held, one.posted, tone="strong"),
                amount(held, one.pending_in), amount(held, one.pending_out), amount(held, expected), qty(one.version),
            )  # fmt: skip
            made.append(Row(str(held.pk), cells))
        return made


class Account(Sheet):
    """One account of the ledger: what came and went, newest first, with the balance after each entry."""

    slug, title = "ledger", "Ledger account"
    empty = "No entry is like that."
    columns = (
        Column("entry", "Entry"),
        Column("booked", "Booked (UTC)"),
        Column("effective", "Effective"),
        Column("value", "Value date"),
        Column("kind", "Kind"),
        Column("source", "Source", hint="What the transaction was made from"),
        Column("other", "From / to"),
        Column("phase", "Phase"),
        Column("amount", "Amount", "num", hint="Above zero: into this account"),
        Column("balance", "Posted", "num", hint="Settled balance after this entry"),
        Column("expected", "Expected", "num", hint="Balance with all that was pending then"),
    )
    filters = (
        Filter("kind", "Kind", "choice", equal("transaction__kind"), choices.of(LedgerTransaction.Kind)),
        Filter("phase", "Phase", "choice", equal("phase"), choices.of(LedgerEntry.Phase)),
        Filter("from", "Value from", "date", equal("transaction__value_date__gte")),
        Filter("to", "to", "date", equal("transaction__value_date__lte")),
    )
    finds = (has("transaction__source"), number("pk"))
    order = ("-pk",)

    def __init__(self, user: Any, key: int = 0) -> None:
        super().__init__(user, key)
        found = LedgerAccount.objects.select_related("balance", *NAMED).filter(pk=key).first()
        if found is None:
            raise Http404(f"no account {key} in the ledger")
        self.account = found

    @property
    def heading(self) -> str:
        """Whose account, in what, where."""
        place = f" at {self.account.location}" if self.account.location else ""
        return f"{name_of(self.account)} · {asset_of(self.account)}{place}"

    def rows(self) -> QuerySet[Any]:
        """Entries on either side of the account."""
        return LedgerEntry.objects.filter(Q(debit_account=self.key) | Q(credit_account=self.key))

    def ordered(self, rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
        """Newest first: another order would make no running balance."""
        return rows.order_by(*self.order)

    def shown(self, rows: Sequence[Any]) -> list[Row]:
        """The entries with their other side and where they come from."""
        keys = [one.pk for one in rows]
        full = LedgerEntry.objects.select_related(*NEEDS).in_bulk(keys)
        after = self.after(keys)
        return [self._row(full[key], after[key]) for key in keys]

    def after(self, keys: Sequence[int]) -> dict[int, Run]:
        """What each entry moved and the balances after it. Every entry counts, whichever are asked for."""
        with connection.cursor() as cursor:
            cursor.execute(RUNNING, {"account": self.key, "keys": list(keys)})
            return {row[0]: Run(*row[1:]) for row in cursor.fetchall()}

    def _row(self, entry: LedgerEntry, after: Run) -> Row:
        into = entry.debit_account_id == self.key
        other, done = entry.credit_account if into else entry.debit_account, entry.transaction
        cells = (
            text(entry.pk, href=f"?open={entry.pk}"), moment(done.inserted_at), day(done.effective_date),
            day(done.value_date), words(done.kind), text(done.source, href=life_of(entry)),
            end(other)._replace(text=f"{'from' if into else 'to'} {name_of(other)}"),
            state(entry.phase), amount(entry, after.moved, tone="up" if after.moved > 0 else "down"),
            amount(entry, after.posted, tone="strong"), amount(entry, after.expected),
        )  # fmt: skip
        return Row(str(entry.pk), cells, tone="gone" if entry.phase == "void" else "")

    def sums(self, rows: QuerySet[Any]) -> tuple[tuple[str, Cell], ...]:
        """The balance as it is kept; the last running balance is the same, or the books are wrong."""
        held = self.account.balance
        return (
            ("Posted", amount(self.account, held.posted)), ("pending in", amount(self.account, held.pending_in)),
            ("out", amount(self.account, held.pending_out)),
            ("expected", amount(self.account, held.posted + held.pending_in - held.pending_out)),
        )  # fmt: skip

    def detail(self, key: int) -> Detail | None:
        """The whole transaction of an entry: it sums to zero for each asset."""
        entry = LedgerEntry.objects.filter(pk=key).select_related("transaction__reverses").first()
        return None if entry is None else transaction(entry.transaction)


def transaction(one: LedgerTransaction) -> Detail:
    """A transaction with its entries. Two queries."""
    entries = list(one.entries.select_related(*NEEDS).order_by("pk"))
    href = next(filter(None, map(life_of, entries)), "")
    facts = (
        ("Source", text(one.source, href=href)), ("Kind", words(one.kind)), ("Effective", day(one.effective_date)),
        ("Value date", day(one.value_date)), ("Booked", moment(one.inserted_at)),
        ("Reverses", text(one.reverses.source if one.reverses else "")),
    )  # fmt: skip
    return Detail(f"Transaction {one.pk}", Cell(""), facts, (posted(entries, source=False),), href=href)
