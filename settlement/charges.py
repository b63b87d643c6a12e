"""What trading has cost accounts beside the price: commission, fees and taxes, and accrued interest. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from oms.base import sets

Key = tuple[int, int]  # account, instrument
# An obligation that was called off is void; one that is reversed has given its charges back in the reversal.
_CHARGED = """
SELECT o.account_id, o.instrument_id, sum(o.commission + o.fees),
    sum(CASE o.side WHEN 'buy' THEN 1 ELSE -1 END * o.accrued)
FROM unnest(%s::bigint[], %s::bigint[]) AS k (account_id, instrument_id)
JOIN settlement_obligation o ON o.account_id = k.account_id AND o.instrument_id = k.instrument_id
WHERE (%s::timestamptz IS NULL OR o.created_at <= %s) AND NOT EXISTS (
    SELECT FROM settlement_ledgertransaction t
    WHERE t.source = 'void:' || o.id AND (%s::timestamptz IS NULL OR t.inserted_at <= %s))
GROUP BY o.account_id, o.instrument_id
"""


class Charged(NamedTuple):
    """Charges to date, and interest paid on buying less got on selling, in the instrument's currency."""

    fees: Decimal = Decimal(0)
    accrued: Decimal = Decimal(0)


def charged(keys: Sequence[Key], at: datetime | None = None) -> dict[Key, Charged]:
    """What each position was charged by all that settlement has taken up, or had by ``at``. One SELECT."""
    with connection.cursor() as cursor:
        cursor.execute(_CHARGED, [sets.literal(a for a, _ in keys), sets.literal(i for _, i in keys), at, at, at, at])
        return {(account, instrument): Charged(*sums) for account, instrument, *sums in cursor.fetchall()}
