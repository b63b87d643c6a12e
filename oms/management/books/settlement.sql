-- What must always be true of obligations, instructions and the ledger.

-- I32: every live execution the settlement stage has seen owes exactly one obligation, unless it is allocated
SELECT e.id FROM orders_executionreport e
JOIN orders_cursor c ON c.name = 'settlement' AND (e.tx, e.id) <= (c.tx, c.event_id)
LEFT JOIN settlement_obligation o ON o.execution_id = e.id AND o.reverses_id IS NULL
WHERE e.is_root AND e.exec_type = 'trade' AND (o.id IS NULL) <> (
    EXISTS (SELECT FROM orders_account a WHERE a.id = e.account_id AND a.average_price)
    OR EXISTS (SELECT FROM settlement_allocationorder x WHERE x.order_id = e.order_id AND x.active));

-- I33: a settled instruction was posted to the ledger exactly once
SELECT i.id FROM settlement_instruction i
LEFT JOIN settlement_ledgertransaction t ON t.kind = 'trade' AND t.source = 'trade:' || i.obligation_id
LEFT JOIN settlement_ledgerentry p ON p.transaction_id = t.id AND p.phase = 'pending'
LEFT JOIN settlement_ledgerentry s ON s.resolves_id = p.id AND s.phase = 'posted'
WHERE i.state = 'settled' GROUP BY i.id HAVING count(p.id) <> count(s.id) OR count(p.id) = 0;

-- I34: securities and cash of an obligation settle together
SELECT p.transaction_id FROM settlement_ledgerentry p
LEFT JOIN settlement_ledgerentry s ON s.resolves_id = p.id
WHERE p.phase = 'pending' GROUP BY p.transaction_id HAVING count(DISTINCT coalesce(s.phase, 'open')) > 1;

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
