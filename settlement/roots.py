"""The ledger's root of a day: a digest of every entry, chained to the root before, kept and written to a file."""

import os
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from oms.base.clock import now
from oms.base.locks import still
from settlement.models import LedgerEntry, LedgerRoot

FILE = "ledger-roots.txt"
# Digests of ten thousand entries each, digested: no text grows with the ledger.
ROOT = """
WITH told AS (
    SELECT e.id, concat_ws('|', e.id, t.id, t.source, encode(t.input_hash, 'hex'), t.kind, t.effective_date,
        t.value_date, e.debit_account_id, e.credit_account_id, e.asset_id, e.amount, e.phase, e.resolves_id) AS line
    FROM settlement_ledgerentry e JOIN settlement_ledgertransaction t ON t.id = e.transaction_id
    WHERE e.id > %(after)s AND e.id <= %(last)s),
parts AS (
    SELECT id / 10000 AS part, count(*) AS entries,
        encode(sha256(convert_to(string_agg(line, chr(10) ORDER BY id), 'UTF8')), 'hex') AS digest
    FROM told GROUP BY 1)
SELECT coalesce(sum(entries), 0),
    encode(sha256(convert_to(%(before)s || coalesce(string_agg(digest, '' ORDER BY part), ''), 'UTF8')), 'hex')
FROM parts
"""


def take(day: date) -> LedgerRoot:
    """Take the root of ``day``, once; whoever asks again is given the same.

    The table stands still while it is taken: an entry that was numbered and not committed would be missing from it.
    """
    with transaction.atomic():
        still(LedgerRoot, LedgerEntry)
        known = LedgerRoot.objects.filter(date=day).first()
        if known is None:
            before = LedgerRoot.objects.order_by("-last_entry", "-id").first()
            last = LedgerEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
            after, root = (before.last_entry, before.root) if before else (0, "")
            entries, root = digest(after, last, root)
            known = LedgerRoot.objects.create(date=day, last_entry=last, entries=entries, root=root, made_at=now())
    export()
    return known


def digest(after: int, last: int, before: str) -> tuple[int, str]:
    """The number of entries in (after, last], and their root on top of ``before``."""
    with connection.cursor() as cursor:
        cursor.execute(ROOT, {"after": after, "last": last, "before": before})
        entries, root = cursor.fetchone()
        return int(entries), str(root)


def export() -> Path:
    """Add the roots that the file lacks, oldest first. What stands in it stays: a copy of it tells of any rewriting."""
    path = Path(settings.OMS_HOME) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        file.seek(0)
        known = {line.split(" ", 1)[0] for line in file}
        rows = LedgerRoot.objects.order_by("last_entry", "id").values_list("date", "last_entry", "entries", "root")
        file.writelines(f"{day} {last} {n} {root}\n" for day, last, n, root in rows if day.isoformat() not in known)
        file.flush()
        os.fsync(file.fileno())
    return path
