"""Writing the ledger, set-wise: accounts are found or opened, transactions written, balances moved. Three inserts."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from oms.base import sets
from oms.base.locks import locked
from settlement.models import Asset, Balance, LedgerAccount, LedgerEntry, LedgerTransaction
from settlement.obligations import AccountKey, AssetKey
from settlement.rounding import ZERO

PENDING, POSTED, VOID = "pending", "posted", "void"


class Line(NamedTuple):
    """One transfer by the ids of its accounts. ``resolves`` is the pending entry it ends, ``released`` its amount.

    ``obligation`` is the one it moves the securities or money of. ``id`` where another line of the batch names it.
    """

    debit_id: int
    credit_id: int
    asset_id: int
    amount: Decimal
    phase: str
    resolves: int | None = None
    released: Decimal = ZERO
    obligation: int | None = None
    id: int | None = None


class Posting(NamedTuple):
    """One transaction to be written: see settlement/books.py for the meaning of each column."""

    source: str
    kind: str
    effective_date: date
    value_date: date
    lines: Sequence[Line]
    reverses: int | None = None


class Opened(NamedTuple):
    """The ids of a ledger account and of its asset."""

    id: int
    asset_id: int


def accounts(keys: Iterable[AccountKey]) -> dict[AccountKey, Opened]:
    """The accounts ``keys`` name, opened if they are new. Two SELECTs; at most five statements more."""
    wanted = set(keys)
    if not wanted:
        return {}
    assets = _assets({key.asset for key in wanted})
    found = _find(wanted, assets)
    missing = sorted(wanted - found.keys(), key=repr)
    if missing:
        columns = ("owner", "account", "party", "asset", "location")
        rows = [(key.owner, key.account, key.party, assets[key.asset], key.location) for key in missing]
        sets.insert(LedgerAccount, columns, rows, skip_duplicates=True)
        found = _find(wanted, assets)
        balances = [(found[key].id, ZERO, ZERO, ZERO, 0) for key in missing]
        sets.insert(Balance, _BALANCE, balances, skip_duplicates=True)
    assert found.keys() == wanted
    return found


def post(postings: Sequence[Posting], at: datetime) -> list[int]:
    """Write the transactions and move the balances; answer their ids.

    A source that was written before violates its unique constraint: callers decide under a lock what is new.
    """
    ids = sets.ids(LedgerTransaction, len(postings))
    sets.insert(
        LedgerTransaction,
        ("id", "source", "input_hash", "kind", "effective_date", "value_date", "inserted_at", "reverses"),
        [
            (id_, p.source, input_hash(p), p.kind, p.effective_date, p.value_date, at, p.reverses)
            for id_, p in zip(ids, postings, strict=True)
        ],
    )
    lines = [(id_, line) for id_, posting in zip(ids, postings, strict=True) for line in posting.lines]
    fresh = iter(sets.ids(LedgerEntry, sum(line.id is None for _, line in lines)))
    sets.insert(
        LedgerEntry,
        ("id", "transaction", "debit_account", "credit_account", "asset", "amount", "phase", "resolves", "obligation"),
        [(line.id or next(fresh), id_, *line[:6], line.obligation) for id_, line in lines],
    )
    _move(line for posting in postings for line in posting.lines)
    return ids


def pending(sources: Iterable[str]) -> dict[str, tuple[int, list[tuple[int, Line]]]]:
    """The transaction id and the pending entries (id, line) written by each of ``sources``. One SELECT."""
    rows = LedgerEntry.objects.filter(transaction__source__among=list(sources), phase=PENDING).order_by("id")
    found: dict[str, tuple[int, list[tuple[int, Line]]]] = {}
    for source, transaction_id, entry_id, *columns in rows.values_list(
        "transaction__source", "transaction_id", "id", *_LINE
    ):
        found.setdefault(source, (transaction_id, []))[1].append((entry_id, _line(columns)))
    return found


def open_entries(obligation_ids: Iterable[int]) -> dict[int, list[tuple[int, Line]]]:
    """What is still pending of each obligation: entries (id, line) that nothing resolved. One SELECT."""
    rows = LedgerEntry.objects.filter(obligation_id__among=list(obligation_ids), phase=PENDING, resolved_by=None)
    found: dict[int, list[tuple[int, Line]]] = defaultdict(list)
    for obligation, entry_id, *columns in rows.order_by("id").values_list("obligation_id", "id", *_LINE):
        found[obligation].append((entry_id, _line(columns)))
    return found


_LINE = ("debit_account_id", "credit_account_id", "asset_id", "amount", "phase", "obligation_id")


def _line(columns: Sequence[Any]) -> Line:
    debit, credit, asset, amount, phase, obligation = columns
    return Line(debit, credit, asset, amount, phase, obligation=obligation)


def resolved(entries: Iterable[tuple[int, Line]], phase: str) -> list[Line]:
    """The lines that post or void the whole of pending ``entries``."""
    return [line._replace(phase=phase, resolves=id_, released=line.amount, id=None) for id_, line in entries]


def turned(entries: Iterable[tuple[int, Line]], obligation: int) -> list[Line]:
    """The pending lines of ``obligation`` that move back what ``entries`` move."""
    return [
        Line(line.credit_id, line.debit_id, line.asset_id, line.amount, PENDING, obligation=obligation)
        for _, line in entries
    ]


def input_hash(posting: Posting) -> bytes:
    """What was asked for under the idempotency key, digested: tells a repetition from a different transaction."""
    lines = ";".join(f"{a},{b},{c},{amount:f},{phase},{of}" for a, b, c, amount, phase, of, *_ in posting.lines)
    text = f"{posting.kind}|{posting.effective_date}|{posting.value_date}|{posting.reverses}|{lines}"
    return hashlib.sha256(text.encode()).digest()


_BALANCE = ("ledger_account", "posted", "pending_in", "pending_out", "version")


def _move(lines: Iterable[Line]) -> None:
    """Lock the balances the lines touch, in key order, and write their new values."""
    moves: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO, ZERO])
    for line in lines:
        posted = line.amount if line.phase == POSTED else ZERO
        held = (line.amount if line.phase == PENDING else ZERO) - line.released
        _add(moves[line.debit_id], (posted, held, ZERO))
        _add(moves[line.credit_id], (-posted, ZERO, held))
    rows = locked(Balance.objects.filter(pk__among=list(moves))).values_list(
        "pk", "posted", "pending_in", "pending_out", "version"
    )
    changed = [(id_, *(a + b for a, b in zip(held, moves[id_], strict=True))) for id_, *held in rows]
    assert sets.update(Balance, _BALANCE[:1], _BALANCE[1:], changed) == len(moves)


def _add(move: list[Decimal], amounts: tuple[Decimal, Decimal, Decimal]) -> None:
    for index, amount in enumerate(amounts):
        if amount:
            move[index] += amount
    move[3] += 1


def _assets(keys: set[AssetKey]) -> Mapping[AssetKey, int]:
    found = _find_assets(keys)
    missing = sorted(keys - found.keys(), key=repr)
    if missing:
        rows = [(key, None) if isinstance(key, str) else (None, key) for key in missing]
        sets.insert(Asset, ("currency", "instrument"), rows, skip_duplicates=True)
        found = _find_assets(keys)
    return found


def _find_assets(keys: set[AssetKey]) -> dict[AssetKey, int]:
    currencies = [key for key in keys if isinstance(key, str)]
    instruments = [key for key in keys if isinstance(key, int)]
    rows = Asset.objects.filter(Q(currency__in=currencies) | Q(instrument_id__in=instruments))
    return {
        currency or instrument: id_ for id_, currency, instrument in rows.values_list("id", "currency", "instrument")
    }


def _find(wanted: set[AccountKey], assets: Mapping[AssetKey, int]) -> dict[AccountKey, Opened]:
    names = {asset_id: key for key, asset_id in assets.items()}
    owners = {key.account for key in wanted if key.account is not None}
    rows = LedgerAccount.objects.filter(Q(account__in=owners) | Q(account=None), asset__in=assets.values())
    found = {
        AccountKey(owner, account, party, names[asset], location): Opened(id_, asset)
        for id_, owner, account, party, asset, location in rows.values_list(
            "id", "owner", "account_id", "party", "asset_id", "location"
        )
    }
    return {key: found[key] for key in wanted if key in found}
