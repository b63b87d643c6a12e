"""The money and units of a corporate action in the ledger: pending from the ex-date, posted on the pay date.

On the other side stands the issuer, that is its paying agent. Short accounts owe what long ones get.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from settlement import ledger
from settlement.actions import tell
from settlement.actions.effects import Move
from settlement.ledger import Posting
from settlement.obligations import AccountKey, AssetKey, Transfer
from settlement.rounding import ZERO

# What the ledger calls a transaction; every other kind of move is a corporate action.
KINDS = {"dividend": "dividend", "coupon": "coupon", "expiry": "expiry", "exercise": "exercise",
         "assignment": "exercise", "variation_margin": "variation_margin"}  # fmt: skip


# Where an account (its id) keeps units of an instrument (its id).
Places = Callable[[int, int], str]


class Due(NamedTuple):
    """What one account gets and gives: the moves of its position. ``source`` is the key of the transaction."""

    source: str
    account_id: int
    moves: Sequence[Move]


def transfers(due: Due, currency: str, other: AccountKey, places: Places) -> list[Transfer]:
    """Units against the other side by instrument, and the net of the money. Amounts of zero move nothing."""
    units: dict[int, Decimal] = {}
    for move in due.moves:
        units[move.instrument_id] = units.get(move.instrument_id, ZERO) + move.qty
    sums: list[tuple[AssetKey, str, Decimal]] = [(pk, places(due.account_id, pk), qty) for pk, qty in units.items()]
    sums.append((currency, "", sum((move.money for move in due.moves), ZERO)))
    found = []
    for asset, place, amount in sums:
        ours = AccountKey("account", due.account_id, "", asset, place)
        theirs = other._replace(asset=asset, location=place)
        if amount > 0:
            found.append(Transfer(ours, theirs, amount))
        elif amount < 0:
            found.append(Transfer(theirs, ours, -amount))
    return found


def pend(
    dues: Iterable[Due],
    currency: str,
    other: AccountKey,
    places: Places,
    effective: date,
    value: date,
    at: datetime,
) -> None:
    """Write the pending transactions of all accounts. At most ten statements."""
    moves = [(due, transfers(due, currency, other, places)) for due in dues]
    moves = [(due, found) for due, found in moves if found]
    opened = ledger.accounts({key for _, found in moves for one in found for key in (one.debit, one.credit)})
    ledger.post(
        [
            Posting(due.source, kind_of(due.moves), effective, value, [line(one, opened) for one in found])
            for due, found in moves
        ],
        at,
    )


def kind_of(moves: Sequence[Move]) -> str:
    """The kind of the ledger's transaction."""
    return KINDS.get(moves[0].kind, "corporate_action")


def line(one: Transfer, opened: dict[AccountKey, ledger.Opened], phase: str = ledger.PENDING) -> ledger.Line:
    """The ledger's line of a transfer."""
    debit, credit = opened[one.debit], opened[one.credit]
    return ledger.Line(debit.id, credit.id, debit.asset_id, one.amount, phase)


def settle(sources: Sequence[str], kind: str, effective: date, value: date, at: datetime) -> int:
    """Post the pending transactions ``sources`` of one ``kind``, each as ``source:paid``; how many. Five statements."""
    held = ledger.pending(sources)
    postings = [
        Posting(f"{source}:paid", kind, effective, value, ledger.resolved(entries, ledger.POSTED))
        for source, (_, entries) in sorted(held.items())
    ]
    tell.note(ledger.post(postings, at))
    return len(postings)
