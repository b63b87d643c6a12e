"""The ledger: its accounts with their balances, one account's entries with the running balance, the cash ladder."""

from typing import Any

from django.db import connection
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import listing, pages, schema, shapes
from oms.api.access import EVERYONE, account_ids, sees_all
from oms.api.answers import answer
from oms.api.fields import text
from oms.api.orders import as_key
from oms.api.problems import Problem
from oms.api.views import View
from oms.desk.cash import ladders
from orders.models import Account
from settlement.models import Balance, LedgerAccount, LedgerEntry

# Posted and still pending after each entry of an account, whichever way it moved; what was pending ends with what
# resolves it.
_RUNNING = """
SELECT * FROM (
    SELECT m.id, sum(m.posted) OVER w AS posted, sum(m.pending) OVER w AS pending FROM (
        SELECT e.id, sign.one * CASE WHEN e.phase = 'posted' THEN e.amount ELSE 0 END AS posted,
            sign.one * (CASE WHEN e.phase = 'pending' THEN e.amount ELSE 0 END - coalesce(r.amount, 0)) AS pending
        FROM settlement_ledgerentry e LEFT JOIN settlement_ledgerentry r ON r.id = e.resolves_id
        CROSS JOIN LATERAL (SELECT CASE WHEN e.debit_account_id = %(account)s THEN 1 ELSE -1 END AS one) sign
        WHERE e.debit_account_id = %(account)s OR e.credit_account_id = %(account)s) m
    WINDOW w AS (ORDER BY m.id)) run
WHERE id = ANY(%(ids)s)
"""


class LedgerAccountShape(s.Serializer[Any]):
    """An account of the ledger with its balance: debits less credits."""

    id = s.CharField()
    owner = s.CharField()
    account = s.CharField(allow_null=True)
    party = s.CharField(allow_blank=True)
    currency = s.CharField(allow_null=True, help_text="of an account in money")
    symbol = s.CharField(allow_null=True, help_text="of an account in securities")
    location = s.CharField(allow_blank=True, help_text="BIC of the place of settlement")
    posted = shapes.amount()
    pending_in = shapes.amount()
    pending_out = shapes.amount()


class EntryShape(s.Serializer[Any]):
    """A transfer into the account, or out of it (below zero)."""

    id = s.CharField()
    source = s.CharField()
    kind = s.CharField()
    phase = s.CharField(help_text="pending, posted or void")
    amount = shapes.amount(help_text="signed, as this account sees it")
    other = s.CharField(help_text="the account on the other side")
    effective_date = s.DateField()
    value_date = s.DateField()
    inserted_at = s.DateTimeField()
    posted = shapes.amount(help_text="balance after the entry")
    pending = shapes.amount(help_text="still to come less still to go, after the entry")


class RungShape(s.Serializer[Any]):
    """Money that will move on a day."""

    settl_date = s.DateField()
    incoming = shapes.amount()
    outgoing = shapes.amount()
    net = shapes.amount()
    projected = shapes.amount(help_text="what is there after the day")


class LadderShape(s.Serializer[Any]):
    """An account's money in one currency."""

    account = s.CharField()
    currency = s.CharField()
    settled = shapes.amount()
    incoming = shapes.amount(help_text="not settled yet, to come")
    outgoing = shapes.amount(help_text="not settled yet, to go")
    awaited = shapes.amount(
        help_text="of incoming less outgoing: executions that settlement has not taken up or that wait to be allocated"
    )
    reserved = shapes.amount(help_text="set aside by open purchases")
    projected = shapes.amount(help_text="settled, with all that will move")
    available = shapes.amount(help_text="projected less reserved")
    rungs = RungShape(many=True)


class LedgerAccounts(View):
    """Accounts of the ledger."""

    access = {"GET": EVERYONE}

    @extend_schema(
        operation_id="ledger_accounts",
        parameters=[
            *schema.filters("account", "symbol", "limit", "cursor"), OpenApiParameter("currency", str),
            OpenApiParameter("owner", str, description="account, street, custodian, fee and others"),
        ],
        responses=schema.said(schema.paged(LedgerAccountShape, "LedgerAccount")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Those of your desks' accounts; who watches over the firm sees the other side as well."""
        query = pages.read(
            request, {"account": text(16), "symbol": text(29), "currency": text(3), "owner": text(10)}
        )  # fmt: skip
        rows = _mine(request, self)
        if "account" in query:
            rows = rows.filter(account__code__in=query["account"])
        if "symbol" in query:
            rows = rows.filter(listing.of_symbols(query["symbol"], "asset__instrument__"))
        if "currency" in query:
            rows = rows.filter(asset__currency__in=query["currency"])
        if "owner" in query:
            rows = rows.filter(owner__in=query["owner"])
        return pages.page(request, rows, query, _accounts, ascending=True)


class Entries(View):
    """One account of the ledger."""

    access = {"GET": EVERYONE}

    @extend_schema(
        operation_id="ledger_entries",
        parameters=schema.filters("limit", "cursor"),
        responses=schema.said(schema.paged(EntryShape, "LedgerEntry"), 404),
    )
    def get(self, request: Request, account_id: str) -> HttpResponse:
        """Its entries, newest first, each with the balance after it."""
        query = pages.read(request, {})
        own = _mine(request, self).filter(pk=as_key(account_id)).first()
        if own is None:
            raise Problem(404, "NOT_FOUND", f"no ledger account {account_id} of yours")
        rows = LedgerEntry.objects.filter(debit_account=own) | LedgerEntry.objects.filter(credit_account=own)
        return pages.page(request, rows, query, lambda some: _entries(own.pk, some))


class CashLadder(View):
    """What accounts may spend, and when."""

    access = {"GET": EVERYONE}

    @extend_schema(
        operation_id="cash_ladder",
        parameters=schema.filters("account"),
        responses=schema.said(schema.paged(LadderShape, "CashLadder")),
    )
    def get(self, request: Request) -> HttpResponse:
        """Settled, unsettled and reserved money of the accounts by currency, and what it comes to by day."""
        query = pages.read(request, {"account": text(16)})
        accounts = Account.objects.filter(pk__in=account_ids(self.user(request)))
        if "account" in query:
            accounts = accounts.filter(code__in=query["account"])
        codes = dict(accounts.values_list("pk", "code"))
        results = [
            one._asdict()
            | {"account": codes[one.account_id], "projected": one.projected, "available": one.available,
               "rungs": [{n: v for n, v in rung._asdict().items() if n != "currency"} for rung in one.rungs]}
            for one in (ladders(sorted(codes)) if codes else [])
        ]  # fmt: skip
        for image in results:
            del image["account_id"]
        return answer({"results": results, "next": None})


def _mine(request: Request, view: View) -> Any:
    user = view.user(request)
    if sees_all(user):
        return LedgerAccount.objects.all()
    return LedgerAccount.objects.filter(owner="account", account_id__in=account_ids(user))


def _accounts(rows: Any) -> list[dict[str, Any]]:
    names = ("id", "owner", "account", "party", "currency", "symbol", "location")
    columns = ("pk", "owner", "account__code", "party", "asset__currency", "asset__instrument__symbol", "location")
    found = [dict(zip(names, row, strict=True)) for row in rows.values_list(*columns)]
    balances = {row[0]: row[1:] for row in Balance.objects.filter(pk__in=[image["id"] for image in found]).values_list(
        "pk", "posted", "pending_in", "pending_out")}  # fmt: skip
    for image in found:
        posted, coming, going = balances.get(image["id"], (0, 0, 0))
        image |= {"id": str(image["id"]), "posted": posted, "pending_in": coming, "pending_out": going}
    return found


def _entries(own: int, rows: Any) -> list[dict[str, Any]]:
    found = list(rows.select_related(
        "transaction", "debit_account__account", "debit_account__asset__instrument", "credit_account__account",
        "credit_account__asset__instrument",
    ))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING, {"account": own, "ids": [entry.pk for entry in found]})
        running = {pk: sums for pk, *sums in cursor.fetchall()}
    return [_entry(own, entry, *running[entry.pk]) for entry in found]


def _entry(own: int, entry: LedgerEntry, posted: Any, pending: Any) -> dict[str, Any]:
    debited = entry.debit_account_id == own
    made = entry.transaction
    return {
        "id": str(entry.pk), "source": made.source, "kind": made.kind, "phase": entry.phase,
        "amount": entry.amount if debited else -entry.amount,
        "other": str(entry.credit_account if debited else entry.debit_account),
        "effective_date": made.effective_date, "value_date": made.value_date, "inserted_at": made.inserted_at,
        "posted": posted, "pending": pending,
    }  # fmt: skip
