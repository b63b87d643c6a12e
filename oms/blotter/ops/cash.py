"""The cash ladder: settled, unsettled and reserved money by account and currency, and what it comes to day by day."""

from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse

from oms.blotter.ops import choices
from oms.blotter.ops.cells import Cell, Column, Row, day, money, text
from oms.blotter.ops.sheet import Asked, Filter, Found, Sheet, equal
from oms.desk.cash import ladders
from orders.models import Account
from settlement.ladder import Ladder
from settlement.models import LedgerAccount

HUNDRED = Decimal(100)


class Cash(Sheet):
    """A line for each account and currency, and under it one for each day on which money moves."""

    slug, title = "cash", "Cash ladder"
    empty = "No account has money, or any that is to come."
    columns = (
        Column("account", "Account"),
        Column("currency", "Ccy"),
        Column("day", "Day"),
        Column("settled", "Settled", "num"),
        Column("incoming", "To come", "num", hint="Pending in the ledger, and of executions that are not there yet"),
        Column("outgoing", "To go", "num"),
        Column("net", "Net", "bar", hint="Against the largest movement of the account and currency"),
        Column("projected", "Projected", "num", hint="Settled, with all that moves up to that day"),
        Column(
            "awaited", "Of it awaited", "num", hint="Executions that settlement has not taken up, or to be allocated"
        ),
        Column("reserved", "Reserved", "num", hint="Set aside by open orders"),
        Column("available", "Available", "num", hint="Projected less reserved: what orders are checked against"),
    )
    filters = (
        Filter("account", "Account", "choice", equal("code"), choices.accounts),
        Filter("currency", "Ccy", "choice", lambda _: Q(), choices.currencies),
        Filter("short", "Below zero", "choice", lambda _: Q(), lambda: [("1", "only accounts that will be")]),
    )

    def read(self, asked: Asked) -> Found:
        """The ladders asked for."""
        if asked.faults:
            return Found((), 0)
        code = asked.values.get("account")
        accounts = dict(Account.objects.filter(**({"code": code} if code else {})).values_list("pk", "code"))
        found = [one for one in ladders(sorted(accounts)) if _asked(one, asked)] if accounts else []
        links = self._links(found)
        rows = [row for one in found for row in _rows(one, accounts[one.account_id], links)]
        sums: dict[str, Decimal] = {}
        for one in found:
            sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.projected
        said = tuple(
            (f"{name} projected", money(value, tone="down" if value < 0 else "")) for name, value in sums.items()
        )
        return self.listed(rows, asked, said[:6])

    def _links(self, found: list[Ladder]) -> dict[Any, str]:
        """Where the ledger has the money of an account and currency: its account, or its accounts at several places."""
        rows = LedgerAccount.objects.filter(account_id__in={one.account_id for one in found}, owner="account")
        named = rows.filter(asset__currency__isnull=False).values_list(
            "account_id", "account__code", "asset__currency", "pk"
        )
        links: dict[Any, str] = {}
        for account_id, code, currency, pk in named:
            one = reverse("ops-one", args=["ledger", pk])
            many = f"{reverse('ops-sheet', args=['ledger'])}?account={code}&currency={currency}"
            links[account_id, currency] = many if (account_id, currency) in links else one
        return links


def _asked(one: Ladder, asked: Asked) -> bool:
    if asked.values.get("currency", one.currency) != one.currency:
        return False
    lowest = min((one.settled, one.available, *(rung.projected for rung in one.rungs)))
    return "short" not in asked.values or lowest < 0


def _rows(one: Ladder, code: str, links: dict[Any, str]) -> list[Row]:
    """The line of the whole, then the days."""
    most = max((abs(rung.net) for rung in one.rungs), default=Decimal(0))
    name = f"{code}.{one.currency}"
    whole = (
        text(code, tone="strong", href=links.get((one.account_id, one.currency), "")),
        text(one.currency, tone="strong"),
        text("all"),
        money(one.settled, tone="strong"),
        money(one.incoming),
        money(one.outgoing),
        Cell(""),
        _signed(one.projected),
        money(one.awaited or None),
        money(one.reserved),
        _signed(one.available),
    )
    rows = [Row(name, whole, tone="head")]
    for rung in one.rungs:
        share = int(HUNDRED * rung.net / most) if most else 0
        cells = (
            text(code, tone="quiet"),
            text(one.currency, tone="quiet"),
            day(rung.settl_date),
            Cell(""),
            money(rung.incoming),
            money(rung.outgoing),
            money(rung.net)._replace(share=share),
            _signed(rung.projected),
            Cell(""),
            Cell(""),
            Cell(""),
        )
        rows.append(Row(f"{name}.{rung.settl_date}", cells))
    return rows


def _signed(value: Decimal) -> Cell:
    return money(value, tone="down" if value < 0 else "strong")
