-- What must always be true of obligations, instructions and the ledger.

-- I32: every live execution the settlement stage has seen owes exactly one obligation, unless it is allocated
SELECT e.id FROM orders_executionreport e
JOIN orders_cursor c ON c.name = 'settlement' AND (e.tx, e.id) <= (c.tx, c.event_id)
LEFT JOIN settlement_obligation o ON o.execution_id = e.id AND o.reverses_id IS NULL
WHERE e.is_root AND e.exec_type = 'trade' AND (o.id IS NULL) <> (
    EXISTS (SELECT FROM orders_account a WHERE a.id = e.account_id AND a.average_price)
    OR EXISTS (SELECT FROM settlement_allocationorder x WHERE x.order_id = e.order_id AND x.active));

-- I32: an obligation has at most one instruction that is not cancelled, but for one that waits to replace it
SELECT m.obligation_id FROM settlement_instructionobligation m
JOIN settlement_instruction i ON i.id = m.instruction_id AND i.state <> 'cancelled' AND i.linkage <> 'replaces'
GROUP BY m.obligation_id HAVING count(*) > 1;

-- I33: what has settled of an instruction is what was confirmed of it, and never more than was instructed
SELECT i.id FROM settlement_instruction i LEFT JOIN settlement_confirmation c ON c.instruction_id = i.id
GROUP BY i.id HAVING coalesce(sum(c.qty), 0) <> i.settled_qty OR coalesce(sum(c.net_money), 0) <> i.settled_money
    OR i.settled_qty > i.qty OR (i.state = 'settled') <> (i.settled_qty = i.qty);

-- I33: each confirmation was posted to the ledger exactly once
SELECT coalesce(c.id, t.id) FROM settlement_confirmation c
FULL JOIN (SELECT * FROM settlement_ledgertransaction WHERE kind = 'settlement') t ON t.source = 'settlement:' || c.id
WHERE c.id IS NULL OR t.id IS NULL;

-- I33: nothing is pending of what has settled, and all that was called off is void
WITH ended AS (
    SELECT m.obligation_id, 'posted' AS phase FROM settlement_instructionobligation m
    JOIN settlement_instruction i ON i.id = m.instruction_id AND i.state = 'settled'
    UNION ALL SELECT obligation_id, 'void' FROM settlement_obligationcancellation)
SELECT e.obligation_id FROM ended e
LEFT JOIN settlement_ledgerentry p ON p.obligation_id = e.obligation_id AND p.phase = 'pending'
LEFT JOIN settlement_ledgerentry r ON r.resolves_id = p.id
WHERE p.id IS NULL OR r.phase IS DISTINCT FROM e.phase;

-- I34: each confirmation posts its securities and its money together, as much of each as was confirmed
WITH moved AS (
    SELECT t.source, e.amount * CASE WHEN d.owner = 'account' THEN 1 ELSE -1 END AS amount, a.currency
    FROM settlement_ledgertransaction t JOIN settlement_ledgerentry e ON e.transaction_id = t.id AND e.phase = 'posted'
    JOIN settlement_asset a ON a.id = e.asset_id
    JOIN settlement_ledgeraccount d ON d.id = e.debit_account_id
    JOIN settlement_ledgeraccount k ON k.id = e.credit_account_id
    WHERE t.kind = 'settlement' AND 'account' IN (d.owner, k.owner))
SELECT c.id FROM settlement_confirmation c JOIN settlement_instruction i ON i.id = c.instruction_id
LEFT JOIN moved m ON m.source = 'settlement:' || c.id
GROUP BY c.id, i.id HAVING
    coalesce(sum(m.amount) FILTER (WHERE m.currency IS DISTINCT FROM i.currency), 0)
        <> CASE i.direction WHEN 'receive' THEN c.qty ELSE -c.qty END
    OR coalesce(sum(m.amount) FILTER (WHERE m.currency = i.currency), 0)
        <> CASE i.direction WHEN 'receive' THEN -c.net_money ELSE c.net_money END;

-- I35: the net amount is gross with accrued interest, plus charges for the buyer, less charges for the seller
SELECT id FROM settlement_obligation
WHERE net_money <> principal + accrued + CASE side WHEN 'buy' THEN 1 ELSE -1 END * (commission + fees);

-- I36: nothing settles on a weekend or before it was traded
SELECT id FROM settlement_obligation WHERE settl_date < trade_date OR extract(isodow FROM settl_date) > 5;

-- I38: both sides of a transfer hold the asset that moves
SELECT e.id FROM settlement_ledgerentry e
JOIN settlement_ledgeraccount d ON d.id = e.debit_account_id JOIN settlement_ledgeraccount c ON c.id = e.credit_account_id
WHERE d.asset_id <> e.asset_id OR c.asset_id <> e.asset_id OR e.amount <= 0;

-- I39: a balance is the sum of its entries
WITH moves AS (
    SELECT account, sum(posted) AS posted, sum(pending_in) AS pending_in, sum(pending_out) AS pending_out FROM (
        SELECT e.debit_account_id AS account, CASE WHEN e.phase = 'posted' THEN e.amount ELSE 0 END AS posted,
            CASE WHEN e.phase = 'pending' AND r.id IS NULL THEN e.amount ELSE 0 END AS pending_in, 0 AS pending_out
        FROM settlement_ledgerentry e LEFT JOIN settlement_ledgerentry r ON r.resolves_id = e.id
        UNION ALL
        SELECT e.credit_account_id, CASE WHEN e.phase = 'posted' THEN -e.amount ELSE 0 END, 0,
            CASE WHEN e.phase = 'pending' AND r.id IS NULL THEN e.amount ELSE 0 END
        FROM settlement_ledgerentry e LEFT JOIN settlement_ledgerentry r ON r.resolves_id = e.id) both_sides
    GROUP BY account)
SELECT coalesce(b.ledger_account_id, m.account) FROM settlement_balance b FULL JOIN moves m ON m.account = b.ledger_account_id
WHERE (coalesce(b.posted, 0), coalesce(b.pending_in, 0), coalesce(b.pending_out, 0))
    <> (coalesce(m.posted, 0), coalesce(m.pending_in, 0), coalesce(m.pending_out, 0));

-- I40: over all accounts every asset comes to nothing
SELECT a.asset_id FROM settlement_balance b JOIN settlement_ledgeraccount a ON a.id = b.ledger_account_id
GROUP BY a.asset_id HAVING sum(b.posted) <> 0 OR sum(b.pending_in) <> sum(b.pending_out);
