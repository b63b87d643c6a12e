"""The custodian is told of what no instruction of ours asks for: dividends, redemptions, margin, transfers, penalties.

In the real world it hears of them from issuers, clearing houses and whoever sends or gets a transfer; the simulated one
hears of them from us, so that its statements show them. What is to be told is a row written with the posting, and is
sent after it has committed: a crash between sends it twice, and the custodian books a reference once.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from orders.reference import business_date
from settlement.actions.tables import CustodyMovement
from settlement.books import LedgerEntry
from settlement.collect import home
from settlement.custody import tell as custodian
from settlement.exceptions import Exceptional, exceptional
from settlement.messages import Movement
from settlement.net import BONDS

# What the custodian's statements call it.
KINDS = {
    "dividend": "dividend",
    "coupon": "coupon",
    "variation_margin": "margin",
    "exercise": "transfer",
    "transfer": "transfer",
    "penalty": "penalty",
}
_COLUMNS = (
    "id", "entry__amount", "entry__debit_account__owner", "entry__debit_account__account__code",
    "entry__credit_account__account__code", "entry__asset__currency", "entry__asset__instrument__isin",
    "entry__asset__instrument__symbol", "entry__asset__instrument__asset_class", "entry__transaction__kind",
    "entry__transaction__effective_date",
)  # fmt: skip


def note(transaction_ids: Sequence[int]) -> None:
    """Write down what of these posted transactions the custodian is to be told: the legs of our accounts."""
    ours = Q(debit_account__owner="account") | Q(credit_account__owner="account")
    rows = LedgerEntry.objects.filter(ours, transaction_id__in=transaction_ids, phase="posted").order_by("id")
    entries = [(pk,) for pk in rows.values_list("pk", flat=True)]
    sets.insert(CustodyMovement, ("entry",), entries, skip_duplicates=True)


def tell(limit: int = 1_000) -> int:
    """Send the next ``limit`` movements; answer how many. What no message can hold is an exception item."""
    # Asked every second, and to plan what is read of a movement takes longer than to see that there is none.
    if not CustodyMovement.objects.filter(sent_at__isnull=True).exists():
        return 0
    with transaction.atomic():
        at = now()
        waiting = locked(CustodyMovement.objects.filter(sent_at__isnull=True), skip_locked=True)
        rows = list(waiting.values_list(*_COLUMNS)[:limit])
        if not rows:
            return 0
        # Before the commit: what is written again after a crash is known by its references.
        refusals = custodian.tell(home(), [_movement(*row) for row in rows], business_date())
        exceptional(
            [
                Exceptional("NOT_TOLD", "movement", reference(row[0]), f"{reference(row[0])}: {refusal.text}")
                for row, refusal in zip(rows, refusals, strict=True)
                if refusal
            ]
        )
        sets.update(CustodyMovement, ["id"], ["sent_at"], [(row[0], at) for row in rows])
        return len(rows)


def _movement(pk: int, amount: Any, owner: str, debit: str, credit: str, currency: str | None, *rest: Any) -> Movement:
    """Units or money that came into our account (or left it)."""
    isin, symbol, asset_class, kind, day = rest
    account, signed = (debit, amount) if owner == "account" else (credit, -amount)
    name = reference(pk)
    return Movement(
        name, name, account, day, signed, KINDS.get(kind, "other"), currency or "", isin or "", symbol or "",
        face=asset_class in BONDS,
    )  # fmt: skip


def reference(pk: int) -> str:
    """What the custodian is told a movement is called, and calls it in its statements."""
    return f"CM{pk:012d}"
