"""Securities of accounts that have settled, as the ledger has them now or had them at an instant. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from oms.base import sets

Key = tuple[int, int]  # account, instrument
# A pair of currencies delivers money, so its position has no securities that settle.
_NOW = """
SELECT k.account_id, k.instrument_id, coalesce(sum(b.posted), 0)
FROM unnest(%(accounts)s::bigint[], %(instruments)s::bigint[]) AS k (account_id, instrument_id)
JOIN orders_instrument i ON i.id = k.instrument_id AND i.asset_class <> 'fx_spot'
LEFT JOIN settlement_asset a ON a.instrument_id = k.instrument_id
LEFT JOIN settlement_ledgeraccount l ON l.asset_id = a.id AND l.owner = 'account' AND l.account_id = k.account_id
LEFT JOIN settlement_balance b ON b.ledger_account_id = l.id
GROUP BY 1, 2
"""
_THEN = """
SELECT k.account_id, k.instrument_id, coalesce(sum(e.amount), 0)
FROM unnest(%(accounts)s::bigint[], %(instruments)s::bigint[]) AS k (account_id, instrument_id)
JOIN orders_instrument i ON i.id = k.instrument_id AND i.asset_class <> 'fx_spot'
LEFT JOIN settlement_asset a ON a.instrument_id = k.instrument_id
LEFT JOIN settlement_ledgeraccount l ON l.asset_id = a.id AND l.owner = 'account' AND l.account_id = k.account_id
LEFT JOIN LATERAL (
    SELECT CASE WHEN p.debit_account_id = l.id THEN p.amount ELSE -p.amount END AS amount
    FROM settlement_ledgerentry p JOIN settlement_ledgertransaction t ON t.id = p.transaction_id
    WHERE l.id IN (p.debit_account_id, p.credit_account_id) AND p.phase = 'posted' AND t.inserted_at <= %(at)s
) e ON true
GROUP BY 1, 2
"""


def settled(keys: Sequence[Key], at: datetime | None = None) -> dict[Key, Decimal]:
    """The units of each position that have settled; spot FX is missing. One SELECT."""
    given: dict[str, Any] = {
        "accounts": sets.literal(account for account, _ in keys),
        "instruments": sets.literal(instrument for _, instrument in keys),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_THEN if at else _NOW, given)
        return {(account, instrument): qty for account, instrument, qty in cursor.fetchall()}
