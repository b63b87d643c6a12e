"""Market claims: income on trades made before the ex-date that settle after the record date. Load, decide, save.

The issuer pays whoever holds on the record date. Where a purchase settles later, the counterparty got what is ours and
owes it on; where a sale does, we got what is the counterparty's. A claim is a receivable or payable against the
counterparty from the ex-date on, and settles once its trade has and the pay date has come.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from oms.base import sets
from oms.base.locks import locked
from settlement import ledger
from settlement.actions import book
from settlement.actions.effects import Terms
from settlement.actions.kinds import Kind
from settlement.actions.tables import CorporateAction, MarketClaim
from settlement.models import LedgerEntry, Obligation
from settlement.net import BONDS
from settlement.obligations import AccountKey
from settlement.rounding import ZERO, half_up

# Income in money is claimed. What turns into other units turns under the trade as well, and is told to operations.
CLAIMED = {Kind.CASH_DIVIDEND: "dividend", Kind.COUPON: "coupon"}


class OpenTrade(NamedTuple):
    """What of a trade has not settled: ``qty`` above zero is to come to the account, from ``party``."""

    obligation_id: int
    account_id: int
    party: str
    qty: Decimal


class Claim(NamedTuple):
    """``money`` above zero is owed to the account by the counterparty of its trade."""

    trade: OpenTrade
    money: Decimal


def claims(terms: Terms, trades: Iterable[OpenTrade]) -> list[Claim]:
    """What is to be passed on for each trade; nothing where it comes to less than can be paid. Pure."""
    found = (Claim(one, half_up(one.qty * terms.amount * terms.face, terms.unit)) for one in trades)
    return [one for one in found if one.money]


def claimed(found: Iterable[Claim]) -> dict[int, Decimal]:
    """What each account claims, less what is claimed of it. Pure."""
    sums: dict[int, Decimal] = {}
    for one in found:
        sums[one.trade.account_id] = sums.get(one.trade.account_id, ZERO) + one.money
    return sums


def open_trades(action: CorporateAction, today: date) -> list[OpenTrade]:
    """Trades of before the ex-date that settle after the record date, or are overdue. None where nothing is claimed.

    Who buys a bond to settle after the record date buys it without the coupon: there only what is overdue counts.
    """
    if action.kind not in CLAIMED:
        return []
    late = Q(obligation__settl_date__lt=today)
    if action.instrument.asset_class not in BONDS:
        late |= Q(obligation__settl_date__gt=action.record_date)
    rows = LedgerEntry.objects.filter(
        late, phase="pending", resolved_by=None, asset__instrument=action.instrument_id,
        obligation__trade_date__lt=action.ex_date,
    ).order_by("obligation_id", "id")  # fmt: skip
    found: dict[int, OpenTrade] = {}
    columns = ("obligation_id", "debit_account__account_id", "credit_account__account_id", "debit_account__party",
               "credit_account__party", "amount")  # fmt: skip
    for obligation, into, out_of, payer, party, amount in rows.values_list(*columns):
        before = found.get(obligation, OpenTrade(obligation, into or out_of, party if into else payer, ZERO))
        found[obligation] = before._replace(qty=before.qty + (amount if into else -amount))
    return [one for one in found.values() if one.qty]


_CLAIM = ("action", "obligation", "account", "counterparty", "qty", "money", "state", "made_at")


def write(action: CorporateAction, found: Sequence[Claim], at: datetime) -> None:
    """Write the claims and their pending entries, in the caller's transaction. At most ten statements."""
    rows = [
        (action.pk, one.trade.obligation_id, one.trade.account_id, one.trade.party, one.trade.qty, one.money,
         MarketClaim.State.PENDING.value, at)
        for one in found
    ]  # fmt: skip
    sets.insert(MarketClaim, _CLAIM, rows)
    keys = {one: _keys(one, action.currency) for one in found}
    opened = ledger.accounts({key for pair in keys.values() for key in pair})
    kind = CLAIMED.get(Kind(action.kind), "dividend")
    postings = []
    for one in found:
        debit, credit = (opened[key] for key in keys[one])
        line = ledger.Line(debit.id, credit.id, debit.asset_id, abs(one.money), ledger.PENDING)
        source = _source(action.pk, one.trade.obligation_id)
        postings.append(ledger.Posting(source, kind, action.ex_date, action.pay_date, [line]))
    ledger.post(postings, at)


def _keys(one: Claim, currency: str) -> tuple[AccountKey, AccountKey]:
    """The accounts that are debited and credited."""
    ours = AccountKey("account", one.trade.account_id, "", currency, "")
    theirs = AccountKey("street", None, one.trade.party, currency, "")
    return (ours, theirs) if one.money > 0 else (theirs, ours)


def _source(action_id: int, obligation_id: int) -> str:
    return f"claim:{action_id}:{obligation_id}"


def called_off(limit: int = 1_000) -> list[MarketClaim]:
    """Claims that wait for a trade that was called off since. One SELECT, nothing is locked."""
    off = Obligation.objects.filter(pk=OuterRef("obligation"), cancellation__isnull=False)
    waiting = MarketClaim.objects.filter(Exists(off), state=MarketClaim.State.PENDING)
    return list(waiting.select_related("action").order_by("pk")[:limit])


def income_taken_back(claim: MarketClaim) -> tuple[str, str, Decimal]:
    """Source, kind and money of what the account's position had of a claim that is void: it gets it from nobody."""
    return _source(claim.action_id, claim.obligation_id), CLAIMED[Kind(claim.action.kind)], -claim.money


def settle_due(today: date, at: datetime, off: Sequence[MarketClaim] = (), limit: int = 1_000) -> int:
    """Post the claims whose pay date has come and whose trade has settled, void those that are ``off``; how many.

    In the caller's transaction, which has taken the income of the latter back. A fixed number of statements.
    """
    pending = LedgerEntry.objects.filter(obligation=OuterRef("obligation"), phase="pending", resolved_by=None)
    cancelled = Obligation.objects.filter(pk=OuterRef("obligation"), cancellation__isnull=False)
    void = {one.pk for one in off}
    due_now = ~Exists(pending) & ~Exists(cancelled) & Q(action__pay_date__lte=today)
    ready = MarketClaim.objects.filter(Q(pk__in=void) | due_now, state=MarketClaim.State.PENDING).order_by("pk")
    if not ready.exists():
        return 0
    rows = list(locked(ready.select_related("action"))[:limit])
    gone, due = [one for one in rows if one.pk in void], [one for one in rows if one.pk not in void]
    for kind in sorted(set(CLAIMED.values())):
        sources = [_source(one.action_id, one.obligation_id) for one in due if CLAIMED[Kind(one.action.kind)] == kind]
        if sources:
            book.settle(sources, kind, today, today, at)
    _void(gone, today, at)
    ended = [(one.pk, MarketClaim.State.SETTLED.value, at) for one in due]
    ended += [(one.pk, MarketClaim.State.VOID.value, at) for one in gone]
    sets.update(MarketClaim, ["id"], ["state", "ended_at"], ended)
    return len(rows)


def _void(gone: Sequence[MarketClaim], today: date, at: datetime) -> None:
    if not gone:
        return
    held = ledger.pending(_source(one.action_id, one.obligation_id) for one in gone)
    ledger.post(
        [
            ledger.Posting(f"{source}:void", "void", today, today, ledger.resolved(entries, ledger.VOID))
            for source, (_, entries) in sorted(held.items())
        ],
        at,
    )
