"""Balances of the ledger derived anew from its entries, at the close of every day: a difference is an alert."""

from typing import Any

from django.db import connection

from oms.base.clock import now
from oms.base.money import plain
from oms.desk import alerts
from orders.models import Alert

SHOWN = 10
_WORDS = ("posted", "to come", "to go")
# Every account's entries added up: posted, and pending that nothing has resolved.
_DIFFER = """
WITH derived AS (
    SELECT account, sum(posted) AS posted, sum(coming) AS coming, sum(going) AS going FROM (
        SELECT e.debit_account_id AS account, CASE e.phase WHEN 'posted' THEN e.amount ELSE 0 END AS posted,
            CASE WHEN e.phase = 'pending' AND r.id IS NULL THEN e.amount ELSE 0 END AS coming, 0 AS going
        FROM settlement_ledgerentry e LEFT JOIN settlement_ledgerentry r ON r.resolves_id = e.id
        UNION ALL
        SELECT e.credit_account_id, CASE e.phase WHEN 'posted' THEN -e.amount ELSE 0 END, 0,
            CASE WHEN e.phase = 'pending' AND r.id IS NULL THEN e.amount ELSE 0 END
        FROM settlement_ledgerentry e LEFT JOIN settlement_ledgerentry r ON r.resolves_id = e.id) sides
    GROUP BY account)
SELECT coalesce(b.ledger_account_id, d.account), coalesce(b.posted, 0), coalesce(d.posted, 0),
    coalesce(b.pending_in, 0), coalesce(d.coming, 0), coalesce(b.pending_out, 0), coalesce(d.going, 0)
FROM settlement_balance b FULL JOIN derived d ON d.account = b.ledger_account_id
WHERE (coalesce(b.posted, 0), coalesce(b.pending_in, 0), coalesce(b.pending_out, 0))
    IS DISTINCT FROM (coalesce(d.posted, 0), coalesce(d.coming, 0), coalesce(d.going, 0))
ORDER BY 1
"""


def differing() -> list[tuple[Any, ...]]:
    """Every balance that is not the sum of its entries, in one snapshot.

    The account, then what is posted, to come and to go: each as kept and as derived.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIFFER)
        return list(cursor.fetchall())


def rederive() -> dict[str, int]:
    """Compare every balance with the sum of its entries; one alert names those that differ, once while it is open."""
    found = differing()
    if found:
        told = [
            f"{account}: " + ", ".join(
                f"{word} {plain(kept)} for {plain(derived)}"
                for word, kept, derived in zip(_WORDS, figures[::2], figures[1::2], strict=True)
            )
            for account, *figures in found[:SHOWN]
        ]  # fmt: skip
        text = f"{len(found)} ledger balances differ from their entries: {'; '.join(told)}"[:500]
        payload = {"accounts": [row[0] for row in found]}
        if Alert.objects.filter(code="BALANCE_DIFFERS", text=text, acknowledged_at__isnull=True).exists():
            return {"differing": len(found)}
        alerts.save([
            (now(), Alert.Severity.CRITICAL.value, "ledger", "BALANCE_DIFFERS", None, None, text, payload, "")
        ])  # fmt: skip
    return {"differing": len(found)}
