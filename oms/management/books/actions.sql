-- What must always be true of corporate actions and margin.

-- I91: what an account was entitled to is what was booked for its positions
WITH booked AS (
    SELECT split_part(source, ':', 2)::bigint AS action_id, account_id, sum(money) AS money, sum(qty) AS units
    FROM orders_positionadjustment WHERE source LIKE 'ca:%' GROUP BY 1, 2)
SELECT coalesce(e.action_id, b.action_id) FROM settlement_entitlement e
FULL JOIN booked b ON b.action_id = e.action_id AND b.account_id = e.account_id
WHERE (coalesce(e.money, 0), coalesce(e.units, 0)) <> (coalesce(b.money, 0), coalesce(b.units, 0)) OR e.id IS NULL;

-- I92: a processed action has paid all it owed, and one that is not effective yet has booked nothing
SELECT c.id FROM settlement_corporateaction c
JOIN settlement_ledgertransaction t ON t.source LIKE 'ca:%' AND split_part(t.source, ':', 2)::bigint = c.id
JOIN settlement_ledgerentry p ON p.transaction_id = t.id AND p.phase = 'pending'
LEFT JOIN settlement_ledgerentry r ON r.resolves_id = p.id
WHERE c.state NOT IN ('effective', 'processed') OR (c.state = 'processed' AND coalesce(r.phase, '') <> 'posted');

-- I93: margin is in the position and in the ledger, once
WITH booked AS (
    SELECT source, account_id, instrument_id, money FROM orders_positionadjustment WHERE kind = 'variation_margin'),
moved AS (
    SELECT t.source, sum(CASE WHEN d.owner = 'account' THEN e.amount ELSE -e.amount END) AS amount
    FROM settlement_ledgertransaction t JOIN settlement_ledgerentry e ON e.transaction_id = t.id AND e.phase = 'pending'
    JOIN settlement_ledgeraccount d ON d.id = e.debit_account_id
    WHERE t.source LIKE 'vm:%' GROUP BY t.source)
SELECT v.id FROM settlement_variationmargin v
LEFT JOIN booked b ON b.source = 'vm:' || v.instrument_id || ':' || v.day || ':' || v.account_id || ':0'
LEFT JOIN moved m ON m.source = 'vm:' || v.instrument_id || ':' || v.day || ':' || v.account_id
WHERE v.amount <> coalesce(b.money, 0) OR v.amount <> coalesce(m.amount, 0);

-- I94: every event of an action is there, and its state is the last of them
SELECT c.id FROM settlement_corporateaction c LEFT JOIN settlement_corporateactionevent e ON e.action_id = c.id
GROUP BY c.id HAVING count(e.id) <> c.version OR coalesce(max(e.seq), 0) <> c.version
    OR (array_agg(e.state ORDER BY e.seq DESC))[1] IS DISTINCT FROM c.state;

-- I95: what an exercise or assignment delivers is owed once, as its adjustment has it
SELECT o.id FROM settlement_obligation o
LEFT JOIN orders_positionadjustment a ON a.account_id = o.account_id AND a.instrument_id = o.instrument_id
    AND a.kind IN ('exercise', 'assignment') AND a.source ~ ('^' || o.source || ':[0-9]+$')
WHERE o.source <> '' AND o.reverses_id IS NULL AND (o.qty, o.price, o.principal) IS DISTINCT FROM (
    CASE WHEN (o.side = 'buy') = (a.qty > 0) THEN abs(a.qty) END, a.px, abs(a.money));

-- I96: a market claim is in the ledger with its amount, as pending, posted or void as it is itself, and nothing else is
SELECT coalesce(c.id, t.id) FROM settlement_marketclaim c
FULL JOIN (
    SELECT t.id, t.source, max(r.phase) AS ended, sum(CASE WHEN d.owner = 'account' THEN e.amount ELSE -e.amount END) AS amount
    FROM settlement_ledgertransaction t JOIN settlement_ledgerentry e ON e.transaction_id = t.id AND e.phase = 'pending'
    JOIN settlement_ledgeraccount d ON d.id = e.debit_account_id
    LEFT JOIN settlement_ledgerentry r ON r.resolves_id = e.id
    WHERE t.source ~ '^claim:[0-9]+:[0-9]+$' GROUP BY t.id, t.source) t ON t.source = 'claim:' || c.action_id || ':' || c.obligation_id
WHERE c.money IS DISTINCT FROM t.amount
    OR coalesce(t.ended, 'pending') <> CASE c.state WHEN 'settled' THEN 'posted' ELSE c.state END;
