"""What must always be true of obligations and the ledger, in SQL that shares nothing with the code under test."""

from typing import Any

from django.db import connection

CHECKS = {
    "I32 each live execution has one obligation": """
        SELECT e.id FROM orders_executionreport e LEFT JOIN settlement_obligation o
            ON o.execution_id = e.id AND o.reverses_id IS NULL
        WHERE e.is_root AND e.exec_type IN ('trade', 'trade_correct') AND o.id IS NULL""",
    "I33 what settled is what was confirmed, and each confirmation is one settlement transaction": """
        SELECT i.id FROM settlement_instruction i
            LEFT JOIN settlement_confirmation c ON c.instruction_id = i.id
            LEFT JOIN settlement_ledgertransaction t ON t.source = 'settlement:' || c.id
        GROUP BY i.id HAVING coalesce(sum(c.qty), 0) <> i.settled_qty OR coalesce(sum(c.net_money), 0) <> i.settled_money
            OR count(c.id) <> count(t.id) OR (i.state = 'settled') <> (i.settled_qty = i.qty)""",
    "I34 securities and money of a confirmation are posted together": """
        SELECT c.id, c.qty, c.net_money, x.qty, x.money FROM settlement_confirmation c
            JOIN settlement_instruction i ON i.id = c.instruction_id
            LEFT JOIN LATERAL (SELECT
                sum(m.sign * e.amount) FILTER (WHERE a.currency IS DISTINCT FROM i.currency) AS qty,
                sum(m.sign * e.amount) FILTER (WHERE a.currency = i.currency) AS money
                FROM settlement_ledgertransaction t JOIN settlement_ledgerentry e ON e.transaction_id = t.id
                JOIN settlement_asset a ON a.id = e.asset_id
                JOIN settlement_ledgeraccount d ON d.id = e.debit_account_id
                CROSS JOIN LATERAL (SELECT CASE WHEN d.owner = 'account' THEN 1 ELSE -1 END AS sign) m
                WHERE t.source = 'settlement:' || c.id AND e.phase = 'posted') x ON true
        WHERE coalesce(x.qty, 0) <> CASE i.direction WHEN 'receive' THEN c.qty ELSE -c.qty END
            OR coalesce(x.money, 0) <> CASE i.direction WHEN 'receive' THEN -c.net_money ELSE c.net_money END""",
    "I34 what settled has nothing pending left, what was called off has only void": """
        SELECT o.id FROM settlement_obligation o
            JOIN settlement_ledgerentry p ON p.obligation_id = o.id AND p.phase = 'pending'
            LEFT JOIN settlement_ledgerentry r ON r.resolves_id = p.id
            LEFT JOIN settlement_obligationcancellation x ON x.obligation_id = o.id
            LEFT JOIN settlement_instructionobligation m ON m.obligation_id = o.id
            LEFT JOIN settlement_instruction i ON i.id = m.instruction_id AND i.state = 'settled'
        WHERE (i.id IS NOT NULL AND r.id IS NULL) OR (x.id IS NOT NULL) <> (coalesce(r.phase, '') = 'void')""",
    "I35 the account's money in a trade is its net money": """
        SELECT o.id FROM settlement_obligation o
            JOIN settlement_ledgertransaction t ON t.source = 'trade:' || o.id
            JOIN settlement_ledgerentry e ON e.transaction_id = t.id
            JOIN settlement_asset a ON a.id = e.asset_id AND a.currency = o.currency
            JOIN settlement_ledgeraccount d ON d.id = e.debit_account_id
            JOIN settlement_ledgeraccount c ON c.id = e.credit_account_id
        GROUP BY o.id HAVING sum(CASE WHEN c.owner = 'account' THEN e.amount ELSE 0 END
                               - CASE WHEN d.owner = 'account' THEN e.amount ELSE 0 END)
            <> (CASE WHEN o.side = 'buy' THEN 1 ELSE -1 END) * o.net_money""",
    "I39 balances are the sums of their entries": """
        WITH still AS (
            SELECT p.*, p.phase = 'pending' AND NOT EXISTS (
                SELECT FROM settlement_ledgerentry r WHERE r.resolves_id = p.id) AS is_open
            FROM settlement_ledgerentry p),
        moves AS (
            SELECT debit_account_id AS id, amount, phase, is_open, 1 AS sign FROM still
            UNION ALL SELECT credit_account_id, amount, phase, is_open, -1 FROM still),
        sums AS (
            SELECT id, count(*) AS version,
                coalesce(sum(sign * amount) FILTER (WHERE phase = 'posted'), 0) AS posted,
                coalesce(sum(amount) FILTER (WHERE is_open AND sign = 1), 0) AS pending_in,
                coalesce(sum(amount) FILTER (WHERE is_open AND sign = -1), 0) AS pending_out
            FROM moves GROUP BY id)
        SELECT b.ledger_account_id FROM settlement_balance b LEFT JOIN sums s ON s.id = b.ledger_account_id
        WHERE (b.posted, b.pending_in, b.pending_out, b.version)
            IS DISTINCT FROM (coalesce(s.posted, 0), coalesce(s.pending_in, 0), coalesce(s.pending_out, 0),
                coalesce(s.version, 0))""",
    "I40 all balances of an asset come to zero": """
        SELECT a.asset_id FROM settlement_balance b JOIN settlement_ledgeraccount a ON a.id = b.ledger_account_id
        GROUP BY a.asset_id HAVING sum(b.posted) <> 0 OR sum(b.pending_in - b.pending_out) <> 0""",
    "the ledger holds one asset a transfer": """
        SELECT e.id FROM settlement_ledgerentry e
            JOIN settlement_ledgeraccount d ON d.id = e.debit_account_id
            JOIN settlement_ledgeraccount c ON c.id = e.credit_account_id
        WHERE d.asset_id <> e.asset_id OR c.asset_id <> e.asset_id""",
    "an instruction's events count its versions and end in its state": """
        SELECT i.id FROM settlement_instruction i JOIN settlement_instructionevent e ON e.instruction_id = i.id
        GROUP BY i.id HAVING count(*) <> i.version OR max(e.seq) <> i.version
            OR (array_agg(e.state ORDER BY e.seq DESC))[1] <> i.state""",
    "I27 settled and pending securities are the position of live executions": """
        WITH fills AS (
            SELECT account_id, instrument_id, sum(CASE WHEN side = 'buy' THEN 1 ELSE -1 END
                * CASE WHEN exec_type = 'trade_cancel' THEN -last_qty ELSE last_qty END) AS qty
            FROM orders_executionreport WHERE is_root AND exec_type IN ('trade', 'trade_cancel') GROUP BY 1, 2),
        held AS (
            SELECT a.account_id, s.instrument_id, sum(b.posted + b.pending_in - b.pending_out) AS qty
            FROM settlement_balance b JOIN settlement_ledgeraccount a ON a.id = b.ledger_account_id
                JOIN settlement_asset s ON s.id = a.asset_id
            WHERE a.owner = 'account' AND s.instrument_id IS NOT NULL GROUP BY 1, 2)
        SELECT * FROM fills FULL JOIN held USING (account_id, instrument_id)
        WHERE coalesce(fills.qty, 0) <> coalesce(held.qty, 0)""",
}


def broken(*but: str) -> dict[str, list[Any]]:
    """The checks that found something, with what they found; names beginning with one of ``but`` are left out."""
    found = {}
    with connection.cursor() as cursor:
        # Nothing is known yet of tables that a test has just filled: row by row, joins of hundreds took half a minute.
        cursor.execute("SET enable_nestloop = off")
        for name, sql in CHECKS.items():
            if not name.startswith(but or ("-",)):
                cursor.execute(sql)
                if rows := cursor.fetchall():
                    found[name] = rows[:5]
        cursor.execute("RESET enable_nestloop")
    return found
