-- What must always be true of positions, their days and what settles of them. I24 is in orders.sql.

-- I71: cash and the cost of what is held are what was realised and the income, beside what came or went unpaid
-- What a spin-off has taken along depends on what was held by then: I26 recomputes those.
SELECT p.id FROM orders_position p JOIN orders_instrument i ON i.id = p.instrument_id
CROSS JOIN LATERAL (
    SELECT i.multiplier * CASE WHEN i.asset_class IN ('government_bond', 'corporate_bond') THEN 0.01 ELSE 1 END AS value) unit
LEFT JOIN (SELECT account_id, instrument_id, sum(money) FILTER (WHERE kind NOT IN ('dividend', 'coupon')) AS money,
                  sum(qty * px) FILTER (WHERE factor_new IS NULL) AS worth,
                  bool_or(qty = 0 AND factor_new <> factor_old) AS spun_off
           FROM orders_positionadjustment GROUP BY account_id, instrument_id) a USING (account_id, instrument_id)
WHERE i.asset_class <> 'future' AND NOT coalesce(a.spun_off, false)
  AND abs(p.net_cash + p.qty * p.avg_cost * unit.value - p.realised - p.dividends
          - coalesce(a.money, 0) - coalesce(a.worth, 0) * unit.value)
      > 0.01 + 0.000001 * unit.value * (p.bought_qty + p.sold_qty + abs(p.adjusted_qty));

-- I72: the days of a position follow on each other, and each is valued at the price and the rate that it names
WITH days AS (
    SELECT r.*, i.multiplier * CASE WHEN i.asset_class IN ('government_bond', 'corporate_bond') THEN 0.01 ELSE 1 END AS unit,
        lag(r.realised, 1, 0) OVER w AS was_realised, lag(r.fifo_realised, 1, 0) OVER w AS was_fifo,
        lag(r.dividends, 1, 0) OVER w AS was_dividends, lag(r.fees, 1, 0) OVER w AS was_fees,
        lag(r.accrued, 1, 0) OVER w AS was_accrued, CASE WHEN lag(r.id) OVER w IS NULL THEN 0 ELSE lag(r.unrealised) OVER w END
            AS was_unrealised
    FROM orders_dayresult r JOIN orders_instrument i ON i.id = r.instrument_id
    WINDOW w AS (PARTITION BY r.account_id, r.instrument_id ORDER BY r.day))
SELECT id FROM days
WHERE day_realised <> realised - was_realised OR day_fifo_realised <> fifo_realised - was_fifo
   OR day_dividends <> dividends - was_dividends OR day_fees <> fees - was_fees OR day_accrued <> accrued - was_accrued
   OR day_unrealised IS DISTINCT FROM unrealised - was_unrealised
   OR unrealised IS DISTINCT FROM CASE WHEN qty = 0 THEN 0 ELSE round((price - avg_cost) * qty * unit, 8) END
   OR day_base IS DISTINCT FROM round((day_realised + day_unrealised + day_dividends - day_fees - day_accrued) * fx_rate, 8);

-- I27: the position on trade date less what has settled is what open obligations bring and take
-- Of what settlement has taken up; spot FX delivers money. Where executions owe nothing themselves, because an allocation
-- does, or will, I22 compares.
WITH later AS (
    SELECT e.account_id, e.instrument_id, e.exec_type, CASE WHEN c.name IS NULL THEN 'unseen' ELSE 'seen' END AS state, o.id AS owed
    FROM orders_executionreport e
    LEFT JOIN orders_cursor c ON c.name = 'settlement' AND (e.tx, e.id) <= (c.tx, c.event_id)
    LEFT JOIN settlement_obligation o ON o.execution_id = e.id
    WHERE e.is_root AND e.exec_type IN ('trade', 'trade_cancel', 'trade_correct')),
shared AS (
    SELECT account_id, instrument_id, qty FROM orders_positionadjustment WHERE kind = 'allocation'
    UNION ALL
    SELECT account_id, instrument_id, CASE side WHEN 'buy' THEN -qty ELSE qty END FROM settlement_obligation
    WHERE allocation_id IS NOT NULL),
open_ones AS (
    SELECT account_id, instrument_id FROM later WHERE state = 'unseen' OR (exec_type = 'trade' AND owed IS NULL)
    UNION
    SELECT account_id, instrument_id FROM shared GROUP BY 1, 2 HAVING sum(qty) <> 0
    UNION -- units that move free of payment are in the position once they have settled
    SELECT account_id, instrument_id FROM settlement_instruction i WHERE payment = 'free' AND state <> 'cancelled'
        AND NOT EXISTS (SELECT FROM orders_positionadjustment a WHERE a.source = 'free:' || i.id)),
held AS (
    SELECT l.account_id, a.instrument_id, sum(b.posted) AS posted, sum(b.pending_in - b.pending_out) AS open
    FROM settlement_balance b JOIN settlement_ledgeraccount l ON l.id = b.ledger_account_id AND l.owner = 'account'
    JOIN settlement_asset a ON a.id = l.asset_id AND a.instrument_id IS NOT NULL GROUP BY 1, 2)
SELECT coalesce(p.id, 0), account_id, instrument_id FROM orders_position p
FULL JOIN held h USING (account_id, instrument_id)
LEFT JOIN open_ones w USING (account_id, instrument_id)
LEFT JOIN orders_instrument i ON i.id = instrument_id
WHERE w.account_id IS NULL AND i.asset_class <> 'fx_spot'
  AND coalesce(p.qty, 0) - coalesce(h.posted, 0) <> coalesce(h.open, 0);

-- I73: money that trades move in the ledger is the cash of positions less charges and interest, to the cent of each trade
-- With I71: cash and market value are profit and loss less fees, with income. Only accounts whose trades settlement has seen;
-- what exercises owe is paid for by their adjustments, see I95.
WITH undone AS (
    SELECT DISTINCT e.account_id FROM orders_executionreport e
    LEFT JOIN orders_cursor c ON c.name = 'settlement' AND (e.tx, e.id) <= (c.tx, c.event_id)
    LEFT JOIN settlement_obligation o ON o.execution_id = e.id
    WHERE e.is_root AND e.exec_type IN ('trade', 'trade_cancel', 'trade_correct')
      AND (c.name IS NULL OR (e.exec_type = 'trade' AND o.id IS NULL))
    UNION
    SELECT account_id FROM orders_positionadjustment WHERE kind = 'allocation'),
moved AS (
    SELECT l.account_id, a.currency, sum(CASE WHEN e.debit_account_id = l.id THEN e.amount ELSE -e.amount END) AS money
    FROM settlement_ledgerentry e
    LEFT JOIN settlement_ledgerentry r ON r.resolves_id = e.id
    JOIN settlement_ledgeraccount l ON l.id IN (e.debit_account_id, e.credit_account_id) AND l.owner = 'account'
    JOIN settlement_asset a ON a.id = l.asset_id AND a.currency IS NOT NULL
    JOIN settlement_obligation w ON w.id = e.obligation_id AND w.source = ''
    WHERE e.phase = 'posted' OR (e.phase = 'pending' AND r.id IS NULL) GROUP BY 1, 2),
costs AS (
    SELECT account_id, currency, sum(commission + fees + CASE side WHEN 'buy' THEN accrued ELSE -accrued END) AS money,
        count(*) AS n
    FROM settlement_obligation o WHERE o.source = ''
      AND NOT EXISTS (SELECT FROM settlement_ledgertransaction t WHERE t.source = 'void:' || o.id)
    GROUP BY 1, 2),
cash AS (
    SELECT account_id, currency, sum(money) AS money FROM (
        SELECT p.account_id, i.currency, p.net_cash AS money FROM orders_position p JOIN orders_instrument i ON i.id = p.instrument_id
        UNION ALL
        SELECT p.account_id, left(i.symbol, 3), p.qty FROM orders_position p JOIN orders_instrument i ON i.id = p.instrument_id
        WHERE i.asset_class = 'fx_spot'
        UNION ALL
        SELECT a.account_id, i.currency, -a.money FROM orders_positionadjustment a JOIN orders_instrument i ON i.id = a.instrument_id
    ) parts GROUP BY 1, 2)
SELECT coalesce(m.account_id, c.account_id), currency FROM moved m FULL JOIN cash c USING (account_id, currency)
LEFT JOIN costs k USING (account_id, currency)
WHERE account_id NOT IN (SELECT account_id FROM undone)
  AND abs(coalesce(m.money, 0) - coalesce(c.money, 0) + coalesce(k.money, 0)) > 0.01 + 0.01 * coalesce(k.n, 0);
