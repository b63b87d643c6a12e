"""The lists of names: restricted, sell-only, watch, grey, exclusion, easy to borrow."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from oms.base import sets
from risk.context import Restricted

# A derivative follows its underlying, and an instrument its issuer and its issuer's parent.
_IN_FORCE = """
WITH names AS (
    SELECT id, id AS name FROM orders_instrument WHERE id = ANY(%(ids)s::bigint[])
    UNION
    SELECT id, underlying_id FROM orders_instrument WHERE id = ANY(%(ids)s::bigint[]) AND underlying_id IS NOT NULL
), issuers AS (
    SELECT n.id, o.issuer FROM names n JOIN orders_instrument o ON o.id = n.name WHERE o.issuer <> ''
    UNION
    SELECT n.id, a.parent FROM names n JOIN risk_instrumentanalytics a ON a.instrument_id = n.name WHERE a.parent <> ''
)
SELECT found.id, r.id, r.side, r.kind, r.account_id FROM (
    SELECT n.id, r.id AS entry FROM names n JOIN risk_restriction r ON r.instrument_id = n.name
    UNION
    SELECT i.id, r.id FROM issuers i JOIN risk_restriction r ON r.issuer = i.issuer
) found JOIN risk_restriction r ON r.id = found.entry
WHERE r.effective_from <= %(at)s AND (r.effective_to IS NULL OR r.effective_to > %(at)s)
ORDER BY found.id, r.id
"""


def in_force(instruments: Iterable[int], at: datetime) -> dict[int, tuple[Restricted, ...]]:
    """The entries of every list that concern each instrument at ``at``. One statement."""
    found: dict[int, list[Restricted]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, {"ids": sets.literal(instruments), "at": at})
        for instrument_id, *entry in cursor.fetchall():
            found[instrument_id].append(Restricted(*entry))
    return {instrument_id: tuple(entries) for instrument_id, entries in found.items()}
