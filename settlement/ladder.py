"""What accounts hold and will hold: settled balances, and what open instructions bring and take by day. Reads only."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, F, Sum, When

from settlement.instruction import OPEN, STILL_HERE
from settlement.models import Balance, Instruction


class Rung(NamedTuple):
    """Money that will move on ``settl_date``: ``incoming`` less ``outgoing`` is ``net``; ``projected`` adds it up."""

    currency: str
    settl_date: date
    incoming: Decimal
    outgoing: Decimal
    net: Decimal
    projected: Decimal


class Held(NamedTuple):
    """A balance of an account: an asset's settled amount, and what is still to come and to go."""

    account_id: int
    currency: str
    instrument_id: int | None
    posted: Decimal
    pending_in: Decimal
    pending_out: Decimal


def holdings(account_ids: Iterable[int]) -> list[Held]:
    """Every balance of the accounts, money (currency set) and securities (instrument set)."""
    rows = Balance.objects.filter(ledger_account__account_id__in=list(account_ids))
    columns = rows.order_by("ledger_account__account_id", "ledger_account__asset_id").values_list(
        "ledger_account__account_id", "ledger_account__asset__currency", "ledger_account__asset__instrument_id",
        "posted", "pending_in", "pending_out",
    )  # fmt: skip
    return [Held(account, currency or "", *rest) for account, currency, *rest in columns]


def ladder(account_id: int) -> list[Rung]:
    """The account's money by currency and settlement day, starting from what is settled."""
    settled = {held.currency: held.posted for held in holdings([account_id]) if held.currency}
    # What the account pays is negative: the buyer pays NetMoney, the seller receives it (and may owe fees on it).
    left = F("net_money") - F("settled_money")
    signed = Case(When(direction="receive", then=-left), default=left)
    rows = (
        Instruction.objects.filter(account_id=account_id, state__in=[*OPEN, *STILL_HERE])
        .order_by("currency", "settl_date")
        .values_list("currency", "settl_date")
        .annotate(
            incoming=Sum(Case(When(direction="deliver", then=left), default=Decimal(0))),
            net=Sum(signed),
        )
    )
    rungs: list[Rung] = []
    for currency, day, incoming, net in rows:
        before = rungs[-1].projected if rungs and rungs[-1].currency == currency else settled.get(currency, Decimal(0))
        rungs.append(Rung(currency, day, incoming, incoming - net, net, before + net))
    return rungs
