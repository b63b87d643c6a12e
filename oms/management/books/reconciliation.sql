-- What must always be true of the ledger's roots, statements, breaks, signatures and closed days.

-- I41: no entry of the ledger was changed, added behind its back or taken away: every day's root is as it was taken
WITH roots AS (
    SELECT id, last_entry, entries, root, lag(root, 1, '') OVER (ORDER BY last_entry, id) AS before,
        row_number() OVER (PARTITION BY last_entry ORDER BY id) AS nth FROM settlement_ledgerroot),
stream AS (
    SELECT e.id, concat_ws('|', e.id, t.id, t.source, encode(t.input_hash, 'hex'), t.kind, t.effective_date, t.value_date,
        e.debit_account_id, e.credit_account_id, e.asset_id, e.amount, e.phase, e.resolves_id) AS line, NULL::bigint AS mark
    FROM settlement_ledgerentry e JOIN settlement_ledgertransaction t ON t.id = e.transaction_id
    UNION ALL SELECT DISTINCT last_entry, NULL, last_entry FROM settlement_ledgerroot),
placed AS (
    SELECT id, line, min(mark) OVER (ORDER BY id DESC, mark NULLS LAST ROWS UNBOUNDED PRECEDING) AS last_entry FROM stream),
parts AS (
    SELECT last_entry, id / 10000 AS part, count(*) AS entries,
        encode(sha256(convert_to(string_agg(line, chr(10) ORDER BY id), 'UTF8')), 'hex') AS digest
    FROM placed WHERE line IS NOT NULL AND last_entry IS NOT NULL GROUP BY 1, 2),
made AS (
    SELECT last_entry, sum(entries) AS entries, string_agg(digest, '' ORDER BY part) AS digests FROM parts GROUP BY 1)
SELECT r.id FROM roots r LEFT JOIN made m ON m.last_entry = r.last_entry AND r.nth = 1
WHERE r.entries <> coalesce(m.entries, 0)
    OR r.root <> encode(sha256(convert_to(r.before || coalesce(m.digests, ''), 'UTF8')), 'hex');

-- I80: the custodian's holdings are our settled ones, or a break says by how much they are not
WITH compared AS (
    SELECT s.id, s.account_id, s.day, r.at FROM settlement_statement s
    JOIN settlement_reconciliation r ON r.statement_id = s.id WHERE s.kind = 'holdings'),
moves AS (
    SELECT a.account_id, coalesce(nullif(i.isin, ''), i.symbol) AS asset, t.effective_date, t.inserted_at, x.amount
    FROM (SELECT transaction_id, debit_account_id AS account, amount FROM settlement_ledgerentry WHERE phase = 'posted'
          UNION ALL
          SELECT transaction_id, credit_account_id, -amount FROM settlement_ledgerentry WHERE phase = 'posted') x
    JOIN settlement_ledgertransaction t ON t.id = x.transaction_id
    JOIN settlement_ledgeraccount a ON a.id = x.account AND a.owner = 'account'
    JOIN settlement_asset s ON s.id = a.asset_id JOIN orders_instrument i ON i.id = s.instrument_id),
ours AS (
    SELECT c.id, c.account_id, c.day, m.asset, sum(m.amount) AS qty FROM compared c
    JOIN moves m ON m.account_id = c.account_id AND m.effective_date <= c.day AND m.inserted_at <= c.at GROUP BY 1, 2, 3, 4),
theirs AS (
    SELECT c.id, c.account_id, c.day, l.isin AS asset, sum(l.qty) AS qty FROM compared c
    JOIN settlement_statementline l ON l.statement_id = c.id GROUP BY 1, 2, 3, 4),
apart AS (
    SELECT id, account_id, day, asset FROM ours FULL JOIN theirs USING (id, account_id, day, asset)
    WHERE coalesce(ours.qty, 0) <> coalesce(theirs.qty, 0))
SELECT a.id FROM apart a LEFT JOIN settlement_break b ON b.kind = 'holdings' AND b.account_id = a.account_id
    AND b.key LIKE a.asset || ' %' AND b.opened_on <= a.day AND b.seen_on >= a.day
WHERE b.id IS NULL;

-- I81: the custodian's money is our settled money, or a break says by how much it is not
WITH compared AS (
    SELECT s.id, s.account_id, s.currency, s.closing, s.day, r.at FROM settlement_statement s
    JOIN settlement_reconciliation r ON r.statement_id = s.id WHERE s.kind = 'cash'),
moves AS (
    SELECT a.account_id, s.currency, t.effective_date, t.inserted_at, x.amount
    FROM (SELECT transaction_id, debit_account_id AS account, amount FROM settlement_ledgerentry WHERE phase = 'posted'
          UNION ALL
          SELECT transaction_id, credit_account_id, -amount FROM settlement_ledgerentry WHERE phase = 'posted') x
    JOIN settlement_ledgertransaction t ON t.id = x.transaction_id
    JOIN settlement_ledgeraccount a ON a.id = x.account AND a.owner = 'account'
    JOIN settlement_asset s ON s.id = a.asset_id AND s.currency IS NOT NULL),
ours AS (
    SELECT c.id, sum(m.amount) AS amount FROM compared c JOIN moves m ON m.account_id = c.account_id
        AND m.currency = c.currency AND m.effective_date <= c.day AND m.inserted_at <= c.at GROUP BY 1)
SELECT c.id FROM compared c LEFT JOIN ours o ON o.id = c.id
LEFT JOIN settlement_break b ON b.kind = 'cash' AND b.account_id = c.account_id AND b.key = 'balance ' || c.currency
    AND b.opened_on <= c.day AND b.seen_on >= c.day
WHERE coalesce(o.amount, 0) <> c.closing AND b.id IS NULL;

-- I82: a cash statement adds up
SELECT s.id FROM settlement_statement s LEFT JOIN settlement_statementline l ON l.statement_id = s.id
WHERE s.kind = 'cash' GROUP BY s.id HAVING s.opening + coalesce(sum(l.money), 0) <> s.closing;

-- I83: a break's events count its versions and end in its state
SELECT b.id FROM settlement_break b LEFT JOIN settlement_breakevent e ON e.broken_id = b.id GROUP BY b.id
HAVING count(e.id) <> b.version OR coalesce(max(e.seq), 0) <> b.version
    OR coalesce((array_agg(e.state ORDER BY e.seq DESC))[1], '') <> b.state;

-- I84: who resolved a break, or agreed to write it off, does not sign its day
SELECT s.id FROM settlement_signoff s JOIN settlement_break b ON b.kind = s.kind
    AND (s.kind = 'dropcopy' OR b.account_id = s.account_id) AND b.opened_on <= s.day AND b.seen_on >= s.day
WHERE s.signed_by_id IN (b.resolved_by_id, b.confirmed_by_id) AND b.closed_at <= s.signed_at;

-- I85: what was written off is posted, once and wholly
SELECT b.id FROM settlement_break b LEFT JOIN settlement_ledgertransaction t ON t.id = b.entry_id
LEFT JOIN settlement_ledgerentry e ON e.transaction_id = t.id AND e.phase = 'posted'
WHERE b.state = 'resolved' AND b.reason = 'written_off' GROUP BY b.id, t.source
HAVING coalesce(sum(e.amount), 0) <> abs(b.difference) OR coalesce(t.source, '') <> 'write-off:' || b.id;

-- I86: a day that was closed and not overridden has nothing that is not compared and signed
SELECT d.id FROM settlement_dayclose d JOIN settlement_statement s ON s.day = d.date AND s.received_at <= d.closed_at
LEFT JOIN settlement_reconciliation r ON r.statement_id = s.id
LEFT JOIN settlement_signoff f ON f.kind = s.kind AND f.account_id IS NOT DISTINCT FROM s.account_id AND f.day = s.day
WHERE d.closed_at IS NOT NULL AND d.reason = '' AND (r.id IS NULL OR f.id IS NULL)
    AND NOT EXISTS (SELECT FROM settlement_statement n WHERE n.replaces_id = s.id);
