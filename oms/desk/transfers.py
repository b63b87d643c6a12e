"""Cash and securities in and out of accounts: one person proposes, another books. Position, risk and ledger move.

The custodian is told what was booked (settlement/actions/tell.py), so that its statements of the day have it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.money import plain
from oms.base.refusal import Refusal
from oms.desk.adjusting import adjust
from oms.desk.asked import Actor
from orders.adjustment import Kind
from orders.adjustments import Adjusted
from orders.holdings import Holdings
from orders.models import Instrument
from orders.reference import business_date
from orders.vocabulary import Role
from risk import usage
from settlement import ledger
from settlement.actions import tell
from settlement.models import Balance, BookTransfer
from settlement.obligations import AccountKey, AssetKey, Terms
from settlement.standing import standing

BOOKS = frozenset({Role.OPERATIONS})
ZERO = Decimal(0)
LONGEST_REASON = 200
# What comes from outside comes out of the custodian's hands.
OUTSIDE = "transfers"


class Wanted(NamedTuple):
    """A transfer somebody asks for: cash in a currency, or units of a symbol; below zero it leaves the account."""

    reference: str
    account: str
    amount: Decimal
    reason: str
    currency: str = ""
    symbol: str = ""
    px: Decimal | None = None
    opened_on: date | None = None


def propose(wanted: Sequence[Wanted], actor: Actor) -> list[int | Refusal]:
    """Note transfers that another person is to book; the id of each, or why not. Five statements.

    A reference that was used before with the same terms answers its id again.
    """
    if not actor.may(BOOKS):
        return [Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not transfer") for _ in wanted]
    at = now()
    with transaction.atomic():
        codes = {one.account for one in wanted}
        accounts = dict(actor.accounts.filter(code__in=codes).values_list("code", "pk"))
        instruments = _instruments({one.symbol for one in wanted if one.symbol})
        checked = [_checked(one, accounts, instruments) for one in wanted]
        good = [row for row in checked if not isinstance(row, Refusal)]
        rows = [(*row, BookTransfer.State.PROPOSED.value, actor.user_id, at) for row in good]
        sets.insert(BookTransfer, (*_TERMS, "state", "proposed_by_id", "proposed_at"), rows, skip_duplicates=True)
        known = {
            row[1]: row for row in BookTransfer.objects.filter(reference__in=[row[0] for row in good]).values_list(
                "pk", *_TERMS
            )
        }  # fmt: skip
        return [row if isinstance(row, Refusal) else _noted(row, known[row[0]]) for row in checked]


def decide(ids: Sequence[int], actor: Actor, *, book: bool) -> list[Refusal | None]:
    """Book transfers that somebody else has proposed, or refuse them; one refusal or None each. In one transaction."""
    if not actor.may(BOOKS):
        return [Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not transfer") for _ in ids]
    at, day = now(), business_date()
    with transaction.atomic():
        asked = BookTransfer.objects.filter(pk__in=set(ids), account__desk_id__in=actor.desk_ids)
        rows = {row.pk: row for row in locked(asked)}
        answers = [_objection(pk, rows, actor) for pk in ids]
        good = list(dict.fromkeys(pk for pk, no in zip(ids, answers, strict=True) if no is None))
        refused = _book([rows[pk] for pk in good], actor, at, day) if book and good else {}
        state = BookTransfer.State.BOOKED if book else BookTransfer.State.REFUSED
        done = [(pk, state.value, actor.user_id, at) for pk in good if pk not in refused]
        sets.update(BookTransfer, ["id"], ["state", "decided_by_id", "decided_at"], done)
        bell.ring_on_commit("live", "actions")
    return [no or refused.get(pk) for pk, no in zip(ids, answers, strict=True)]


_TERMS = ("reference", "account_id", "currency", "instrument_id", "amount", "px", "opened_on", "reason")
Row = tuple[str, int, str, int | None, Decimal, Decimal | None, date | None, str]


def _instruments(symbols: Iterable[str]) -> dict[str, int]:
    """By symbol, and by symbol and market where several have it. One SELECT."""
    heads = {symbol.rpartition(".")[0] or symbol for symbol in symbols} | set(symbols)
    found: dict[str, int] = {}
    several: set[str] = set()
    for pk, symbol, mic in Instrument.objects.filter(symbol__in=heads).values_list("pk", "symbol", "primary_mic"):
        several |= {symbol} & found.keys()
        found[symbol] = found[f"{symbol}.{mic}"] = pk
    return {symbol: pk for symbol, pk in found.items() if symbol not in several}


def _checked(one: Wanted, accounts: Mapping[str, int], instruments: Mapping[str, int]) -> Row | Refusal:
    """The columns of a transfer, or what is wrong with it."""
    if not one.reference or len(one.reference) > 64:
        return Refusal("BAD_VALUE", "reference", "reference must have 1 to 64 characters")
    if not one.reason.strip() or len(one.reason) > LONGEST_REASON:
        return Refusal("MISSING", "reason", f"reason must say why, in at most {LONGEST_REASON} characters")
    if one.account not in accounts:
        return Refusal("UNKNOWN_ACCOUNT", "account", f"no account {one.account!r} on your desks")
    if bool(one.currency) == bool(one.symbol):
        return Refusal("BAD_VALUE", "currency", "give a currency or a symbol, and not both")
    if not one.amount:
        return Refusal("BAD_VALUE", "amount", "amount must not be 0: above zero comes in, below leaves")
    if one.symbol and one.symbol not in instruments:
        return Refusal("UNKNOWN_INSTRUMENT", "symbol", f"no instrument {one.symbol!r}")
    if one.currency and not (len(one.currency) == 3 and one.currency.isascii() and one.currency.isupper()):
        return Refusal("BAD_VALUE", "currency", f"{one.currency!r} is no ISO 4217 code such as USD")
    if one.currency and (one.px is not None or one.opened_on is not None):
        return Refusal("BAD_VALUE", "px", "cash has no px and no opened_on")
    if one.symbol and one.amount > 0 and (one.px is None or one.px < 0):
        return Refusal("MISSING", "px", "what comes in needs px, the price it has cost: at least 0")
    instrument = instruments[one.symbol] if one.symbol else None
    return (
        one.reference, accounts[one.account], one.currency, instrument, one.amount, one.px, one.opened_on,
        one.reason.strip(),
    )  # fmt: skip


def _noted(row: Row, known: tuple[object, ...]) -> int | Refusal:
    if known[1:] == row:
        assert isinstance(known[0], int)
        return known[0]
    return Refusal("SOURCE_REUSED", "reference", f"{row[0]} was proposed with other terms, as transfer {known[0]}")


def _objection(pk: int, rows: Mapping[int, BookTransfer], actor: Actor) -> Refusal | None:
    row = rows.get(pk)
    if row is None or row.state != BookTransfer.State.PROPOSED:
        return Refusal("UNKNOWN_TRANSFER", "id", f"no transfer {pk} waits for a decision")
    if row.proposed_by_id == actor.user_id:
        return Refusal("SAME_PERSON", "", f"transfer {pk} is your own: another person must decide")
    return None


def _book(rows: Sequence[BookTransfer], actor: Actor, at: datetime, day: date) -> dict[int, Refusal]:
    """Position, what risk counts of it, and ledger; the refusals by transfer. What leaves must be there, settled."""
    held = {(row.account_id, row.instrument_id) for row in rows if row.instrument_id}
    usage.lock(held)
    Holdings(held)  # positions before the ledger
    places = _places([row for row in rows if row.instrument_id], day)
    keys = {row.pk: _accounts(row, places.get(row.pk, "")) for row in rows}
    opened = ledger.accounts({key for pair in keys.values() for key in pair})
    refused = _short(rows, {row.pk: opened[keys[row.pk][0]].id for row in rows})
    units = [row for row in rows if row.instrument_id and row.pk not in refused]
    answers = adjust([_adjusted(row, day) for row in units], actor.username, at)
    refused |= {row.pk: no for row, no in zip(units, answers, strict=True) if no}
    postings = []
    for row in rows:
        if row.pk in refused:
            continue
        ours, outside = (opened[key] for key in keys[row.pk])
        debit, credit = (ours, outside) if row.amount > 0 else (outside, ours)
        line = ledger.Line(debit.id, credit.id, ours.asset_id, abs(row.amount), ledger.POSTED)
        postings.append(ledger.Posting(f"transfer:{row.pk}", "transfer", day, day, [line]))
    tell.note(ledger.post(postings, at))
    return refused


def _places(rows: Sequence[BookTransfer], day: date) -> dict[int, str]:
    """Where the account keeps the securities of each transfer of some, as it does those of its trades."""
    if not rows:
        return {}
    tables = standing()
    wanted = Instrument.objects.filter(pk__in={row.instrument_id for row in rows}).values_list(*Terms._fields)
    known = {terms.id: terms for terms in map(Terms._make, wanted)}
    return {row.pk: tables.kept(known[row.instrument_id], row.account_id, day) for row in rows if row.instrument_id}


def _accounts(row: BookTransfer, place: str) -> tuple[AccountKey, AccountKey]:
    """The account's side and the outside's, of securities at their place."""
    asset: AssetKey = row.instrument_id or row.currency
    return AccountKey("account", row.account_id, "", asset, place), AccountKey("custodian", None, OUTSIDE, asset, place)


def _short(rows: Sequence[BookTransfer], accounts: Mapping[int, int]) -> dict[int, Refusal]:
    """Transfers out of more than has settled and is not spoken for; what earlier ones take is gone. One SELECT."""
    balances = locked(Balance.objects.filter(pk__in=set(accounts.values())))
    left = {pk: posted - out for pk, posted, out in balances.values_list("pk", "posted", "pending_out")}
    refused = {}
    for row in rows:
        there = left[accounts[row.pk]]
        if row.amount < 0 and there + row.amount < 0:
            text = f"transfer {row.pk} takes {plain(-row.amount)} of {row.currency or row.instrument_id}"
            refused[row.pk] = Refusal("TOO_MUCH", "amount", f"{text}; {plain(max(there, ZERO))} is settled and free")
        else:
            left[accounts[row.pk]] = there + row.amount
    return refused


def _adjusted(row: BookTransfer, day: date) -> Adjusted:
    assert row.instrument_id
    return Adjusted(
        f"transfer:{row.pk}", row.account_id, row.instrument_id, Kind.TRANSFER, row.amount, row.px, ZERO, None, None,
        day, row.opened_on,
    )  # fmt: skip
