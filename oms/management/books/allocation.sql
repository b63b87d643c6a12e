-- What must always be true of allocations and confirmations.

-- I22: what is booked for accounts is what was executed of the allocation's orders on its day
SELECT a.id FROM settlement_allocation a
JOIN orders_cursor c ON c.name = 'allocations'
LEFT JOIN (
    SELECT x.allocation_id, max(t.tx) AS tx, max(t.event) AS event,
        coalesce(sum(t.last_qty), 0) AS qty, coalesce(sum(t.last_qty * t.last_px), 0) AS gross
    FROM settlement_allocationorder x
    LEFT JOIN (
        -- Each execution as it stands: its last version, unless that was busted. A correction is of the fill's day.
        SELECT e.order_id, e.trade_date, f.last_qty, f.last_px, f.tx, f.id AS event FROM orders_executionreport e
        CROSS JOIN LATERAL (
            WITH RECURSIVE versions AS (
                SELECT e.id, e.tx, e.exec_type, e.venue_exec_id, e.last_qty, e.last_px
                UNION ALL
                SELECT n.id, n.tx, n.exec_type, n.venue_exec_id, n.last_qty, n.last_px
                FROM versions v JOIN orders_executionreport n ON n.order_id = e.order_id AND n.is_root
                    AND n.exec_type IN ('trade_cancel', 'trade_correct') AND n.exec_ref_id = v.venue_exec_id)
            SELECT * FROM versions ORDER BY id DESC LIMIT 1) f
        WHERE e.is_root AND e.exec_type = 'trade' AND f.exec_type <> 'trade_cancel') t
        ON t.order_id = x.order_id AND t.trade_date = x.trade_date
    WHERE x.active GROUP BY x.allocation_id) done ON done.allocation_id = a.id
WHERE a.state = 'booked' AND (done.qty IS DISTINCT FROM a.qty OR round(done.gross / nullif(done.qty, 0), 8) <> a.avg_px)
    -- What the stage has not read yet it may still take back.
    AND NOT EXISTS (SELECT FROM settlement_allocationorder x
                    JOIN orders_executionreport e ON e.order_id = x.order_id AND e.is_root
                        AND e.exec_type IN ('trade', 'trade_cancel', 'trade_correct')
                    WHERE x.allocation_id = a.id AND (e.tx, e.id) > (c.tx, c.event_id));

-- I22: the accounts' quantities, money, commission and fees come to the block's, to the cent
SELECT a.id FROM settlement_allocation a
LEFT JOIN settlement_allocationshare s ON s.allocation_id = a.id AND s.revision = a.revision
WHERE a.state = 'booked' GROUP BY a.id
HAVING (sum(s.alloc_qty), sum(s.gross_trade_amt), sum(s.principal), sum(s.accrued), sum(s.commission), sum(s.fees), sum(s.net_money))
    IS DISTINCT FROM (a.qty, a.gross_trade_amt, a.principal, a.accrued, a.commission, a.fees, a.net_money)
    OR bool_or(s.avg_px <> a.avg_px) OR bool_or(s.alloc_qty < 0);

-- I22: each share that is booked has one obligation that stands, of its own amounts, and no other share has any
SELECT s.id FROM settlement_allocationshare s
JOIN settlement_allocation a ON a.id = s.allocation_id
LEFT JOIN (SELECT o.* FROM settlement_obligation o
           LEFT JOIN settlement_obligation r ON r.reverses_id = o.id
           LEFT JOIN settlement_obligationcancellation c ON c.obligation_id = o.id
           WHERE o.reverses_id IS NULL AND r.id IS NULL AND c.id IS NULL) o ON o.allocation_id = s.id
WHERE (a.state = 'booked' AND s.revision = a.revision AND coalesce(s.alloc_qty, 0) > 0) <> (o.id IS NOT NULL)
    OR (o.account_id, o.qty, o.price, o.principal, o.accrued, o.commission, o.fees, o.net_money)
        <> (s.account_id, s.alloc_qty, s.avg_px, s.principal, s.accrued, s.commission, s.fees, s.net_money);

-- I22: an allocation moves positions by nothing in all, and takes back as much as it gave
SELECT split_part(source, ':', 2) FROM orders_positionadjustment WHERE kind = 'allocation'
GROUP BY split_part(source, ':', 2), instrument_id HAVING sum(qty) <> 0 OR sum(money) <> 0;

-- I22: the events of an allocation, and of a confirmation, count its versions and end in its state
SELECT a.id FROM settlement_allocation a LEFT JOIN settlement_allocationevent e ON e.allocation_id = a.id
GROUP BY a.id HAVING count(e.id) <> a.version OR max(e.seq) <> a.version
    OR (array_agg(e.state ORDER BY e.seq DESC))[1] <> a.state
UNION ALL
SELECT c.id FROM settlement_tradeconfirmation c LEFT JOIN settlement_tradeconfirmationevent e ON e.confirmation_id = c.id
GROUP BY c.id HAVING count(e.id) <> c.version OR max(e.seq) <> c.version
    OR (array_agg(e.state ORDER BY e.seq DESC))[1] <> c.state;

-- I22: what stands of a booking is confirmed, and what was taken back is not
SELECT s.id FROM settlement_allocationshare s
JOIN settlement_allocation a ON a.id = s.allocation_id
LEFT JOIN settlement_tradeconfirmation c ON c.share_id = s.id AND c.state <> 'cancelled'
WHERE (a.state = 'booked' AND s.revision = a.revision AND coalesce(s.alloc_qty, 0) > 0) <> (c.id IS NOT NULL)
    OR (c.qty, c.avg_px, c.net_money) <> (s.alloc_qty, s.avg_px, s.net_money);
