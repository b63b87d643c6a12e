"""Cash and margin of accounts, in the currency of the order that asks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from oms.base.money import amount
from orders.models import Account, ExecutionReport, Order
from orders.reference import price_factor
from orders.vocabulary import Side
from risk.models import AccountProfile, InstrumentAnalytics, Usage
from risk.parts import Cash, Margin
from risk.supply.batch import ROOTS, Batch, Parts
from risk.terms import Terms

ZERO, AMOUNT = Decimal(0), amount()


class _Money(NamedTuple):
    """Cash of an account as its profile says."""

    currency: str
    amount: Decimal
    as_of: datetime


def cash(batch: Batch) -> Parts:
    """Cash as of the profile, less purchases and plus sales since; open purchases set aside. Three statements.

    Where the profile says nothing, the ledger does (settlement/ladder.py): two statements more. An account whose money
    cannot be turned into the order's currency is left out: it is not known.
    """
    profiles = AccountProfile.objects.filter(pk__in=batch.accounts, cash__isnull=False)
    rows = profiles.values_list("pk", "account__base_currency", "cash", "as_of")
    known = {pk: _Money(*rest) for pk, *rest in rows}
    funds = _funds(batch, known)
    bases = {pk: one.currency for pk, one in known.items()}
    if funds:
        bases |= dict(Account.objects.filter(pk__in=funds).values_list("pk", "base_currency"))
    reserved, unknown = _open_purchases(batch, bases)
    moved, unmoved = _executed(batch, known)
    parts: dict[int, Cash] = {}
    for t in batch.terms:
        account = t.account_id or 0
        if account in funds and account not in unknown:
            found = _in_ledger(batch, t, funds[account], bases[account], reserved[account])
            parts |= {t.order_id: found} if found else {}
        if account not in known or account in unknown | unmoved:
            continue
        rate = batch.rate(known[account].currency, t.currency)
        if rate is not None:
            aside = sum((value for order, value in reserved[account] if order != t.order_id), ZERO)
            parts[t.order_id] = Cash((known[account].amount + moved[account]) * rate, aside * rate)
    return {"cash": parts}


def _funds(batch: Batch, known: Mapping[int, _Money]) -> Mapping[int, Sequence[Any]]:
    """What the ledger has of the accounts of which nobody said anything."""
    supplier, asked = batch.given.get("funds"), [account for account in batch.accounts if account not in known]
    return supplier(asked) if supplier and asked else {}


def _in_ledger(
    batch: Batch, t: Terms, funds: Sequence[Any], base: str, reserved: Sequence[tuple[int, Decimal]]
) -> Cash | None:
    """Money of every currency in that of the order; None where a rate is not known."""
    cash = incoming = ZERO
    for one in funds:
        rate = batch.rate(one.currency, t.currency)
        if rate is None and (one.settled or one.incoming or one.outgoing or one.unseen):
            return None
        if rate is not None:
            cash += (one.settled - one.outgoing + min(one.unseen, ZERO)) * rate
            incoming += (one.incoming + max(one.unseen, ZERO)) * rate
    aside, rate = sum((value for order, value in reserved if order != t.order_id), ZERO), batch.rate(base, t.currency)
    return None if rate is None else Cash(cash, aside * rate, incoming=incoming)


def _open_purchases(batch: Batch, currencies: dict[int, str]) -> tuple[dict[int, list[tuple[int, Decimal]]], set[int]]:
    """What each open purchase may cost, in the account's currency; and accounts of which that cannot be said."""
    rows = Order.objects.filter(account_id__in=currencies, side=Side.BUY, leaves_qty__gt=0, **ROOTS)
    columns = (
        "pk", "account_id", "instrument_id", "leaves_qty", "price", "instrument__currency", "instrument__multiplier",
        "instrument__asset_class", "instrument__reference_price",
    )  # fmt: skip
    found: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    unknown = set()
    for pk, account, instrument, leaves, price, currency, multiplier, kind, close in rows.values_list(*columns):
        quote = batch.quotes.get(instrument)
        worth = price or (quote and quote.price) or close
        rate = batch.rate(currency, currencies[account])
        if worth is None or rate is None:
            unknown.add(account)
        else:
            found[account].append((pk, leaves * worth * multiplier * price_factor(kind) * rate))
    return found, unknown


def _executed(batch: Batch, known: dict[int, _Money]) -> tuple[dict[int, Decimal], set[int]]:
    """What executions since the profile brought in or took, busts and corrections included, in the account's currency.

    Each event tells what its order was filled for by then, so the last one before the profile is what it counts.
    """
    moved: dict[int, Decimal] = defaultdict(Decimal)
    unknown: set[int] = set()
    as_of = "account__profile__as_of"
    before = ExecutionReport.objects.filter(order_id=OuterRef("pk"), recorded_at__lte=OuterRef(as_of)).order_by("-seq")
    rows = Order.objects.filter(account_id__in=known, updated_at__gt=F(as_of), **ROOTS).annotate(
        since=F("gross_trade_amt") - Coalesce(Subquery(before.values("gross_trade_amt")[:1]), ZERO, output_field=AMOUNT)
    )
    columns = (
        "account_id",
        "side",
        "instrument__currency",
        "instrument__multiplier",
        "instrument__asset_class",
        "since",
    )
    for account, side, currency, multiplier, kind, since in rows.values_list(*columns):
        rate = batch.rate(currency, known[account].currency)
        if rate is None:
            unknown.add(account)
        else:
            value = since * multiplier * price_factor(kind) * rate
            moved[account] += -value if side == Side.BUY else value
    return moved, unknown


def margin(batch: Batch) -> Parts:
    """Initial margin of everything held and open, whichever way is worse, and equity. Two statements."""
    profiles = AccountProfile.objects.filter(pk__in=batch.accounts, margin_equity__isnull=False)
    equity = {pk: rest for pk, *rest in profiles.values_list("pk", "account__base_currency", "margin_equity")}
    rows = Usage.objects.filter(kind=Usage.Kind.ACCOUNT, scope_id__in=equity).exclude(
        position_qty=0, open_buy_qty=0, open_sell_qty=0
    )
    columns = (
        "scope_id", "instrument_id", "instrument__currency", "instrument__analytics__initial_margin", "position_qty",
        "open_buy_qty", "open_sell_qty",
    )  # fmt: skip
    held: dict[int, list[tuple[int, str, Decimal, Decimal, Decimal, Decimal]]] = defaultdict(list)
    for account, instrument, currency, each, position, buys, sells in rows.values_list(*columns):
        if each is not None:
            held[account].append((instrument, currency, each, position, buys, sells))
    per = _per_contract(batch)
    parts = {}
    for t in batch.terms:
        account = t.account_id or 0
        if account not in equity or (t.instrument_id or 0) not in per:
            continue
        base, amount = equity[account]
        rate = batch.rate(base, t.currency)
        used: Decimal | None = ZERO
        for _, currency, each, position, buys, sells in held[account]:
            to = batch.rate(currency, t.currency)
            worst = max(abs(position + buys), abs(position - sells))
            used = None if used is None or to is None else used + worst * each * to
        if rate is not None:
            parts[t.order_id] = Margin(used, per[t.instrument_id or 0], amount * rate)
    return {"margin": parts}


def _per_contract(batch: Batch) -> dict[int, Decimal]:
    rows = InstrumentAnalytics.objects.filter(pk__in=batch.instruments, initial_margin__isnull=False)
    return dict(rows.values_list("pk", "initial_margin"))
