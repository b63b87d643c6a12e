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
JOIN settlement_instruction i ON i.id = m.instruction_id AND i.state <> 'cancelled'
    AND NOT (i.linkage = 'replaces' AND i.on_hold)
GROUP BY m.obligation_id HAVING count(*) > 1;

-- I32: what was called off was called off whole: its instructions are cancelled, and nothing of it waits to be netted
SELECT x.obligation_id FROM settlement_obligationcancellation x
LEFT JOIN settlement_instructionobligation m ON m.obligation_id = x.obligation_id
LEFT JOIN settlement_instruction i ON i.id = m.instruction_id
LEFT JOIN settlement_awaitingnetting w ON w.obligation_id = x.obligation_id
WHERE i.state <> 'cancelled' OR w.obligation_id IS NOT NULL;

-- I32: an obligation was instructed, or waits to be netted, or was called off
SELECT o.id FROM settlement_obligation o
LEFT JOIN settlement_instructionobligation m ON m.obligation_id = o.id
LEFT JOIN settlement_awaitingnetting w ON w.obligation_id = o.id
LEFT JOIN settlement_obligationcancellation x ON x.obligation_id = o.id
WHERE m.id IS NULL AND w.obligation_id IS NULL AND x.id IS NULL;

-- I32: a first instruction is the net of the obligations under it, securities and money
SELECT i.id FROM settlement_instruction i
JOIN settlement_instructionobligation m ON m.instruction_id = i.id
JOIN settlement_obligation o ON o.id = m.obligation_id
WHERE i.linkage <> 'replaces' GROUP BY i.id HAVING
    sum(CASE WHEN (o.side = 'buy') = (i.direction = 'receive') THEN o.qty ELSE -o.qty END) <> i.qty
    OR sum(CASE WHEN (o.side = 'buy') = (i.direction = 'receive') THEN o.net_money ELSE -o.net_money END) <> i.net_money
    OR bool_or((o.account_id, o.instrument_id, o.currency) <> (i.account_id, i.instrument_id, i.currency));

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

-- I34: free of payment moves units that two people saw, and never money
SELECT id FROM settlement_instruction WHERE payment = 'free' AND (net_money <> 0 OR settled_money <> 0
    OR state NOT IN ('draft', 'cancelled') AND (made_by_id IS NULL OR checked_by_id IS NULL OR made_by_id = checked_by_id));

-- I35: the net amount is gross with accrued interest, plus charges for the buyer, less charges for the seller
SELECT id FROM settlement_obligation
WHERE net_money <> principal + accrued + CASE side WHEN 'buy' THEN 1 ELSE -1 END * (commission + fees);

-- I36: nothing settles on a weekend or before it was traded
SELECT id FROM settlement_obligation WHERE settl_date < trade_date OR extract(isodow FROM settl_date) > 5;

-- I37: a reversal turns what it reverses round, and gives its charges back; what was reversed stays
SELECT r.id FROM settlement_obligation r JOIN settlement_obligation o ON o.id = r.reverses_id
WHERE (r.account_id, r.instrument_id, r.qty, r.principal, r.accrued, r.commission, r.fees)
    <> (o.account_id, o.instrument_id, o.qty, o.principal, o.accrued, -o.commission, -o.fees)
    OR (r.side = 'buy') = (o.side = 'buy');

-- I37: a reversal moves in the ledger exactly what it reverses, the other way
WITH moved AS (
    SELECT o.id, o.reverses_id, e.debit_account_id AS inwards, e.credit_account_id AS outwards, e.asset_id,
        sum(e.amount) AS amount
    FROM settlement_obligation o JOIN settlement_ledgertransaction t ON t.source = 'trade:' || o.id
    JOIN settlement_ledgerentry e ON e.transaction_id = t.id GROUP BY 1, 2, 3, 4, 5)
SELECT coalesce(r.reverses_id, o.id) FROM (SELECT * FROM moved WHERE reverses_id IS NOT NULL) r
FULL JOIN (SELECT m.* FROM moved m JOIN settlement_obligation x ON x.reverses_id = m.id) o
    ON o.id = r.reverses_id AND o.inwards = r.outwards AND o.outwards = r.inwards AND o.asset_id = r.asset_id
WHERE r.amount IS DISTINCT FROM o.amount;

-- I37: an event of an instruction counts its version, and the last one says its state
SELECT i.id FROM settlement_instruction i LEFT JOIN settlement_instructionevent e ON e.instruction_id = i.id
GROUP BY i.id HAVING count(e.id) <> i.version OR (array_agg(e.state ORDER BY e.seq DESC))[1] IS DISTINCT FROM i.state;

-- I38: a penalty, and each correction of it, is in the ledger with its amount, and nothing else is
WITH charged AS (
    SELECT id, instruction_id, day, is_ours, 0 AS seq, amount FROM settlement_penalty
    UNION ALL
    SELECT p.id, p.instruction_id, p.day, p.is_ours, c.seq, c.amount
    FROM settlement_penaltycorrection c JOIN settlement_penalty p ON p.id = c.penalty_id),
due AS (
    SELECT id, 'penalty:' || instruction_id || ':' || day || CASE seq WHEN 0 THEN '' ELSE ':' || seq END AS source,
        (amount - lag(amount, 1, 0::numeric) OVER (PARTITION BY id ORDER BY seq)) * CASE WHEN is_ours THEN -1 ELSE 1 END AS amount
    FROM charged),
moved AS (
    SELECT t.id, t.source, sum(CASE WHEN d.owner = 'account' THEN e.amount ELSE -e.amount END) AS amount
    FROM settlement_ledgertransaction t JOIN settlement_ledgerentry e ON e.transaction_id = t.id AND e.phase = 'pending'
    JOIN settlement_ledgeraccount d ON d.id = e.debit_account_id
    WHERE t.kind = 'penalty' AND t.source LIKE 'penalty:%' GROUP BY t.id, t.source)
SELECT coalesce(d.id, m.id) FROM (SELECT * FROM due WHERE amount <> 0) d FULL JOIN moved m USING (source)
WHERE d.amount IS DISTINCT FROM m.amount;

-- I38: a penalty is on what had not settled by the end of its day, as told some time before penalties were last looked at
WITH looked AS (SELECT max(accrued_at) - interval '5 minutes' AS at, max(day) - 90 AS since FROM settlement_penaltyday)
SELECT p.id FROM looked JOIN settlement_penalty p ON p.day >= looked.since
JOIN settlement_instruction i ON i.id = p.instruction_id
LEFT JOIN (SELECT DISTINCT ON (penalty_id) penalty_id, failed_qty FROM settlement_penaltycorrection
           ORDER BY penalty_id, seq DESC) s ON s.penalty_id = p.id
LEFT JOIN settlement_confirmation c ON c.instruction_id = i.id AND c.business_date <= p.day
GROUP BY p.id, i.id, s.failed_qty, looked.at
HAVING coalesce(s.failed_qty, p.failed_qty) <> i.qty - coalesce(sum(c.qty), 0)
    AND coalesce(max(c.at) < looked.at, true);

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
