-- What must always be true of limits. Each check selects the rows that break it.

-- I48: what is used of a limit, or of an account, is the sum of what its orders hold and have done on its day
-- A limit's position is the sum of theirs; an account's is checked by I28.
SELECT u.id FROM risk_usage u
LEFT JOIN (
    SELECT c.usage_id,
        sum(CASE r.side WHEN 'buy' THEN o.cum_qty ELSE -o.cum_qty END) AS position,
        sum(CASE WHEN r.side = 'buy' THEN r.qty ELSE 0 END) AS buys,
        sum(CASE WHEN r.side = 'buy' THEN 0 ELSE r.qty END) AS sells,
        sum(CASE WHEN r.side = 'buy' THEN round(r.qty * r.unit * c.rate, 8) ELSE 0 END) AS buy_value,
        sum(CASE WHEN r.side = 'buy' THEN 0 ELSE round(r.qty * r.unit * c.rate, 8) END) AS sell_value,
        sum(CASE WHEN r.qty > 0 THEN 1 ELSE 0 END) AS orders,
        sum(CASE WHEN r.traded_on = x.executed_on THEN round(r.traded * c.rate, 8) ELSE 0 END) AS executed
    FROM risk_reservation r
    JOIN orders_order o ON o.id = r.order_id
    CROSS JOIN LATERAL (SELECT r.usage_id, 1::numeric AS rate UNION ALL
                        SELECT (e->>0)::bigint, (e->>1)::numeric FROM jsonb_array_elements(r.limits) e) c
    JOIN risk_usage x ON x.id = c.usage_id
    GROUP BY c.usage_id
) s ON s.usage_id = u.id
WHERE (u.open_buy_qty, u.open_sell_qty, u.open_buy_value, u.open_sell_value, u.open_orders, u.executed_value)
    IS DISTINCT FROM (coalesce(s.buys, 0), coalesce(s.sells, 0), coalesce(s.buy_value, 0), coalesce(s.sell_value, 0),
                      coalesce(s.orders, 0), coalesce(s.executed, 0))
   OR (u.kind = 'limit' AND u.position_qty <> coalesce(s.position, 0));

-- I49: every limit has the usage it is counted in, and orders count in nothing else
SELECT l.id FROM risk_limit l LEFT JOIN risk_usage u ON u.kind = 'limit' AND u.scope_id = l.id WHERE u.id IS NULL
UNION ALL
SELECT r.order_id FROM risk_reservation r CROSS JOIN LATERAL jsonb_array_elements(r.limits) e
LEFT JOIN risk_usage u ON u.id = (e->>0)::bigint AND u.kind = 'limit' WHERE u.id IS NULL;

-- I50: no order is open without a reservation, and none holds one without being open
SELECT o.id FROM orders_order o LEFT JOIN risk_reservation r ON r.order_id = o.id
WHERE o.parent_id IS NULL AND o.composition = '' AND (o.leaves_qty > 0) <> (coalesce(r.qty, 0) > 0);

-- I51: no order was accepted beyond a limit, unless the decision says why
SELECT d.id FROM risk_decision d CROSS JOIN LATERAL jsonb_array_elements(d.findings) f
WHERE d.accepted AND d.basis = '' AND f->>'row' IS NOT NULL AND (f->>'measured')::numeric > (f->>'limit')::numeric;

-- I97: what evidence names by its family is on record
SELECT d.id FROM risk_decision d CROSS JOIN LATERAL jsonb_array_elements(d.findings) f
LEFT JOIN risk_rulefamily a ON a.id = (f->>'family')::bigint WHERE f->'family' IS NOT NULL AND a.id IS NULL;

-- I52: a limit's use is never above the greatest level it ever had
-- Nobody decides about a fill that comes late, is taken back or corrected, about what a venue restates, or at what price
-- an order without one is executed; what was open before the limit was set, or the choice of rows, or was let pass
-- beyond it, is no fault either.
WITH level AS (
    SELECT l.id, max(l.hard) AS hard, greatest(min(l.history_date), max(p.history_date)) AS since
    FROM risk_historicallimit l LEFT JOIN risk_historicallimitpolicy p ON p.measure = l.measure GROUP BY l.id
),
counted AS (
    SELECT (e->>0)::bigint AS usage_id, o.id, o.created_at, o.side, o.price, r.traded
    FROM risk_reservation r JOIN orders_order o ON o.id = r.order_id CROSS JOIN LATERAL jsonb_array_elements(r.limits) e
),
excused AS (
    SELECT order_id FROM orders_executionreport WHERE exec_type IN ('trade_cancel', 'trade_correct', 'restated')
    UNION
    SELECT t.order_id FROM orders_executionreport t JOIN orders_executionreport c ON c.order_id = t.order_id
    WHERE t.exec_type = 'trade' AND c.exec_type IN ('canceled', 'expired', 'done_for_day') AND c.seq < t.seq
    UNION
    SELECT order_id FROM risk_decision WHERE accepted AND outcome = 'hard'
)
SELECT u.id FROM risk_usage u JOIN risk_limit l ON l.id = u.scope_id JOIN level v ON v.id = l.id
WHERE u.kind = 'limit'
  AND CASE l.measure
        WHEN 'long_position' THEN u.position_qty + u.open_buy_qty
        WHEN 'short_position' THEN u.open_sell_qty - u.position_qty
        WHEN 'open_notional' THEN u.open_buy_value + u.open_sell_value
        WHEN 'open_orders' THEN u.open_orders
        WHEN 'gross_notional' THEN u.open_buy_value + u.open_sell_value
            + CASE WHEN u.executed_on = (SELECT today FROM orders_businessdate) THEN u.executed_value ELSE 0 END
        ELSE 0 END > v.hard
  AND NOT EXISTS (SELECT FROM counted c WHERE c.usage_id = u.id
      AND (c.created_at < v.since OR c.id IN (SELECT order_id FROM excused)
           OR (l.measure = 'gross_notional' AND c.traded > 0 AND (c.price IS NULL OR c.side <> 'buy'))));
