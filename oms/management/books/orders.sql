-- What must always be true of orders, executions, positions and limits. Each check selects the rows that break it.
-- "-- name: text" begins a check; the first column names the row at fault.

-- I1: an open order's quantity is what is filled and what is left
SELECT id FROM orders_order
WHERE phase IN ('pending_new', 'new', 'stopped', 'suspended') AND order_qty <> cum_qty + leaves_qty;

-- I2: a closed order has nothing left
SELECT id FROM orders_order
WHERE phase IN ('canceled', 'expired', 'rejected', 'calculated') AND leaves_qty <> 0;

-- I3: nothing is filled beyond its quantity
SELECT id FROM orders_order WHERE cum_qty < 0 OR cum_qty > order_qty;

-- I4: what is filled is the sum of the live executions
SELECT o.id FROM orders_order o
LEFT JOIN (SELECT e.order_id, sum(CASE e.exec_type WHEN 'trade_cancel' THEN -e.last_qty ELSE e.last_qty END
                                 - CASE e.exec_type WHEN 'trade_correct' THEN r.last_qty ELSE 0 END) AS qty
           FROM orders_executionreport e
           LEFT JOIN orders_executionreport r ON e.exec_type = 'trade_correct' AND r.order_id = e.order_id
               AND r.venue_exec_id = e.exec_ref_id AND r.exec_type IN ('trade', 'trade_correct')
           WHERE e.exec_type IN ('trade', 'trade_cancel', 'trade_correct') GROUP BY e.order_id) e ON e.order_id = o.id
WHERE o.cum_qty <> coalesce(e.qty, 0);

-- I5: the average price is the value of the live executions by their quantity, and is none while nothing is filled
SELECT o.id FROM orders_order o
LEFT JOIN (SELECT e.order_id, sum(CASE e.exec_type WHEN 'trade_cancel' THEN -e.last_qty ELSE e.last_qty END * e.last_px
                                 - CASE e.exec_type WHEN 'trade_correct' THEN r.last_qty * r.last_px ELSE 0 END) AS amount
           FROM orders_executionreport e
           LEFT JOIN orders_executionreport r ON e.exec_type = 'trade_correct' AND r.order_id = e.order_id
               AND r.venue_exec_id = e.exec_ref_id AND r.exec_type IN ('trade', 'trade_correct')
           WHERE e.exec_type IN ('trade', 'trade_cancel', 'trade_correct') GROUP BY e.order_id) e ON e.order_id = o.id
WHERE o.gross_trade_amt <> coalesce(e.amount, 0) OR (o.avg_px IS NULL) <> (o.cum_qty = 0)
   OR (o.cum_qty > 0 AND abs(o.avg_px - o.gross_trade_amt / o.cum_qty) > 0.00000001);

-- I6: the status follows from the facts
SELECT id FROM orders_order WHERE ord_status IS DISTINCT FROM CASE
    WHEN cancels_pending > 0 THEN 'pending_cancel'
    WHEN replaces_pending > 0 THEN 'pending_replace'
    WHEN phase = 'done_for_day' THEN 'done_for_day'
    WHEN phase = 'calculated' THEN 'calculated'
    WHEN cum_qty = order_qty THEN 'filled'
    WHEN phase IN ('stopped', 'suspended', 'canceled', 'expired') THEN phase
    WHEN cum_qty > 0 THEN 'partially_filled'
    ELSE phase END;

-- I7: after the end of an order only fills, busts, corrections and answers to requests follow
SELECT later.exec_id FROM orders_executionreport ended
JOIN orders_executionreport later ON later.order_id = ended.order_id AND later.seq > ended.seq
WHERE ended.exec_type IN ('canceled', 'expired', 'rejected')
  AND later.exec_type NOT IN ('trade', 'trade_cancel', 'trade_correct', 'cancel_rejected', 'calculated')
  -- a late acknowledgement or confirmation, and the answer to a request that found the order ended, change nothing
  AND NOT (later.exec_type IN ('new', 'pending_new', 'pending_cancel', 'pending_replace') AND later.request = '')
  AND NOT (later.exec_type IN ('canceled', 'expired') AND later.request <> '');

-- I8: the events of an order are 1..n without a hole, and its version is n
SELECT o.id FROM orders_order o
LEFT JOIN (SELECT order_id, count(*) AS n, min(seq) AS first, max(seq) AS last FROM orders_executionreport GROUP BY order_id) e
    ON e.order_id = o.id
WHERE e.n IS DISTINCT FROM o.version OR e.first <> 1 OR e.last <> o.version;

-- I10: the last event says what the row says
SELECT o.id FROM orders_order o JOIN orders_executionreport e ON e.order_id = o.id AND e.seq = o.version
WHERE (e.ord_status, e.order_qty, e.cum_qty, e.leaves_qty, e.gross_trade_amt, e.hash)
    IS DISTINCT FROM (o.ord_status, o.order_qty, o.cum_qty, o.leaves_qty, o.gross_trade_amt, o.head_hash)
   OR e.price IS DISTINCT FROM o.price OR e.stop_px IS DISTINCT FROM o.stop_px;

-- I11: no event leads out of a refusal, and only a first event begins an order
SELECT e.exec_id FROM orders_executionreport e
LEFT JOIN orders_executionreport p ON p.order_id = e.order_id AND p.seq = e.seq - 1
WHERE (p.ord_status = 'rejected' AND e.ord_status <> 'rejected') OR (e.seq = 1) <> (e.terms IS NOT NULL)
   OR (e.seq = 1 AND e.exec_type NOT IN ('new', 'pending_new', 'rejected'));

-- I12: an amendment never takes the quantity below what is filled
SELECT exec_id FROM orders_executionreport WHERE order_qty < cum_qty;

-- I13: every ClOrdID names one request, and each chain of them is a path without forks
SELECT min(id) FROM orders_orderrequest GROUP BY sender_comp_id, cl_ord_id HAVING count(*) > 1
UNION ALL
SELECT min(id) FROM orders_orderrequest WHERE kind <> 'new' AND state = 'accepted'
GROUP BY order_id, orig_cl_ord_id HAVING count(*) > 1
UNION ALL
SELECT r.id FROM orders_orderrequest r WHERE r.kind <> 'new' AND NOT EXISTS
    (SELECT FROM orders_orderrequest o WHERE o.order_id = r.order_id AND o.cl_ord_id = r.orig_cl_ord_id);

-- I14: what the children fill is what the parent fills, and they never come to more than the parent asked for
WITH moved AS (
    SELECT e.order_id, e.last_mkt, e.venue_exec_id, e.cum_qty - coalesce(p.cum_qty, 0) AS qty,
           e.gross_trade_amt - coalesce(p.gross_trade_amt, 0) AS amount
    FROM orders_executionreport e LEFT JOIN orders_executionreport p ON p.order_id = e.order_id AND p.seq = e.seq - 1
    WHERE e.exec_type IN ('trade', 'trade_cancel', 'trade_correct')
      AND e.order_id IN (SELECT m.order_id FROM orders_listorder m JOIN orders_orderlist l ON l.id = m.list_id WHERE l.kind = 'block')),
-- what an order has from a block it was in
shares AS (
    SELECT m.order_id, sum(g.qty) AS qty, sum(g.amount) AS amount
    FROM orders_listorder w JOIN orders_listorder m ON m.list_id = w.list_id AND m.role NOT IN ('block', 'out')
    JOIN moved g ON g.order_id = m.order_id
    JOIN moved e ON (e.order_id, e.last_mkt, e.venue_exec_id) = (w.order_id, g.last_mkt, w.order_id || '/' || g.venue_exec_id)
    WHERE w.role = 'block' GROUP BY m.order_id)
SELECT p.id FROM orders_order p LEFT JOIN shares s ON s.order_id = p.id
JOIN (SELECT parent_id, sum(cum_qty) AS cum, sum(gross_trade_amt) AS gross, sum(cum_qty + leaves_qty) AS working
      FROM orders_order WHERE parent_id IS NOT NULL GROUP BY parent_id) c ON c.parent_id = p.id
WHERE p.cum_qty <> c.cum + coalesce(s.qty, 0) OR p.gross_trade_amt <> c.gross + coalesce(s.amount, 0)
   OR (c.working > p.order_qty AND p.replaces_pending = 0);

-- I15: each order that left was accepted by risk before it was sent, a spread by each of its legs
SELECT c.id FROM orders_order c
JOIN orders_order p ON p.id = c.parent_id
LEFT JOIN orders_listorder w ON w.order_id = p.id AND w.role = 'whole'
LEFT JOIN orders_listorder l ON l.list_id = w.list_id AND l.role = 'leg'
LEFT JOIN risk_decision d ON d.order_id = coalesce(l.order_id, p.id) AND d.kind = 'enter' AND d.accepted
LEFT JOIN routing_outbox m ON m.order_id = c.id AND m.msg_type IN ('D', 'AB')
WHERE d.id IS NULL OR d.at > m.created_at;

-- I16: no order left while a kill switch was on for it, or for one of its legs, unless it only reduces
SELECT c.id FROM orders_order c JOIN routing_outbox m ON m.order_id = c.id AND m.msg_type IN ('D', 'AB')
JOIN orders_order p ON p.id = c.parent_id
LEFT JOIN orders_listorder w ON w.order_id = c.parent_id AND w.role = 'whole'
LEFT JOIN orders_listorder l ON l.list_id = w.list_id AND l.role = 'leg'
LEFT JOIN orders_order leg ON leg.id = l.order_id
JOIN orders_account a ON a.id = c.account_id
CROSS JOIN LATERAL (SELECT CASE WHEN m.msg_seq_num IS NULL THEN m.created_at ELSE m.sent_at END AS at) gone
JOIN risk_killswitch k ON gone.at > k.engaged_at AND (k.released_at IS NULL OR gone.at < k.released_at)
    AND (k.scope = 'venue' OR NOT c.exec_inst ~ '\mdo_not_increase\M')
WHERE k.scope = 'firm' OR (k.scope, k.scope_id) IN
    (('desk', c.desk_id::text), ('trader', c.entered_by_id::text),
     ('account', c.account_id::text), ('client', a.client), ('strategy', coalesce(nullif(p.strategy, ''), p.sender_comp_id)),
     ('instrument', c.instrument_id::text), ('instrument', leg.instrument_id::text), ('venue', c.venue));

-- I17: every order at a venue was sent by exactly one new order message, and nothing else was; a leg goes with its spread
SELECT c.id FROM orders_order c JOIN orders_order p ON p.id = c.parent_id
LEFT JOIN routing_outbox m ON m.order_id = c.id
    AND m.msg_type = CASE p.composition WHEN 'multileg' THEN 'AB' ELSE 'D' END
WHERE c.sender_comp_id <> 'MANUAL' GROUP BY c.id, p.hold
HAVING count(m.id) <> CASE p.hold WHEN 'leg' THEN 0 ELSE 1 END
UNION ALL
SELECT m.order_id FROM routing_outbox m JOIN orders_order o ON o.id = m.order_id
LEFT JOIN orders_order p ON p.id = o.parent_id WHERE p.id IS NULL OR p.hold = 'leg';

-- I18: every order has the request that made it
SELECT o.id FROM orders_order o LEFT JOIN orders_orderrequest r ON r.order_id = o.id AND r.kind = 'new'
GROUP BY o.id HAVING count(r.id) <> 1;

-- I19: a venue's execution is booked once
SELECT min(id) FROM orders_executionreport WHERE NOT is_root AND venue_exec_id <> '' AND last_mkt <> '' AND exec_type = 'trade'
GROUP BY last_mkt, venue_exec_id, trade_date HAVING count(*) > 1;

-- I20: every fill that reached us is booked or waits for operations
SELECT i.id FROM routing_inbox i
WHERE i.done_at IS NOT NULL AND i.fields->>'exec_type' = 'trade'
  AND NOT EXISTS (SELECT FROM orders_executionreport e WHERE e.venue_exec_id = i.fields->>'exec_id' AND NOT e.is_root)
  AND NOT EXISTS (SELECT FROM orders_alert a WHERE a.kind = 'quarantine' AND a.payload->>'exec_id' = i.fields->>'exec_id');

-- I21: each fill of a child is one fill of its parent, of the same account, instrument, side, quantity and price
SELECT e.exec_id FROM orders_executionreport e JOIN orders_order c ON c.id = e.order_id AND c.parent_id IS NOT NULL
JOIN orders_order o ON o.id = c.parent_id
LEFT JOIN orders_executionreport p ON p.order_id = c.parent_id AND p.exec_type = 'trade'
    -- a block has its own name for it; a spread as a whole names no market
    AND p.venue_exec_id = CASE o.composition WHEN 'block' THEN o.id || '/' ELSE '' END || e.venue_exec_id
    AND p.last_mkt = CASE WHEN p.is_root OR o.composition = 'block' THEN e.last_mkt ELSE '' END
    AND (p.account_id, p.instrument_id, p.side, p.last_qty, p.last_px)
      = (e.account_id, e.instrument_id, e.side, e.last_qty, e.last_px)
WHERE e.exec_type = 'trade' AND c.parent_id IS NOT NULL GROUP BY e.exec_id HAVING count(p.id) <> 1;

-- I24: a position is the signed sum of its live executions and of its adjustments
SELECT coalesce(p.id, 0), m.account_id, m.instrument_id FROM orders_position p
FULL JOIN (SELECT account_id, instrument_id, sum(qty) AS qty, sum(adjusted) AS adjusted FROM (
               SELECT e.account_id, e.instrument_id, CASE e.side WHEN 'buy' THEN 1 ELSE -1 END
                    * (CASE e.exec_type WHEN 'trade_cancel' THEN -e.last_qty ELSE e.last_qty END
                       - CASE e.exec_type WHEN 'trade_correct' THEN r.last_qty ELSE 0 END) AS qty, 0 AS adjusted
               FROM orders_executionreport e
               LEFT JOIN orders_executionreport r ON e.exec_type = 'trade_correct' AND r.order_id = e.order_id
                   AND r.venue_exec_id = e.exec_ref_id AND r.exec_type IN ('trade', 'trade_correct')
               WHERE e.is_root AND e.exec_type IN ('trade', 'trade_cancel', 'trade_correct')
               UNION ALL
               SELECT account_id, instrument_id, qty, qty FROM orders_positionadjustment) both_kinds
           GROUP BY account_id, instrument_id) m USING (account_id, instrument_id)
WHERE coalesce(p.qty, 0) <> coalesce(m.qty, 0) OR coalesce(p.adjusted_qty, 0) <> coalesce(m.adjusted, 0);

-- I28: a limit's use is the sum of its reservations and the position
SELECT u.id FROM risk_usage u
LEFT JOIN (SELECT usage_id, sum(qty) FILTER (WHERE side = 'buy') AS buys, sum(qty) FILTER (WHERE side <> 'buy') AS sells
           FROM risk_reservation GROUP BY usage_id) r ON r.usage_id = u.id
LEFT JOIN orders_position p ON p.account_id = u.scope_id AND p.instrument_id = u.instrument_id
WHERE u.kind = 'account' AND (u.open_buy_qty <> coalesce(r.buys, 0) OR u.open_sell_qty <> coalesce(r.sells, 0)
    OR u.position_qty <> coalesce(p.qty, 0));

-- I30: a closed order holds no reservation, an open one what it may still fill; a block's is its members'
SELECT o.id FROM orders_order o LEFT JOIN risk_reservation r ON r.order_id = o.id
WHERE o.parent_id IS NULL AND o.composition = '' AND (o.leaves_qty > coalesce(r.qty, 0) OR (o.leaves_qty < r.qty AND o.replaces_pending = 0));

-- I31: of a spread that nobody has still to look at each leg is filled in the ratio of the whole, or it was surfaced
SELECT w.order_id, l.order_id FROM orders_orderlist s
JOIN orders_listorder w ON w.list_id = s.id AND w.role = 'whole' JOIN orders_order whole ON whole.id = w.order_id
JOIN orders_listorder l ON l.list_id = s.id AND l.role = 'leg' JOIN orders_order leg ON leg.id = l.order_id
WHERE s.kind = 'multileg' AND (leg.order_qty < whole.order_qty * l.ratio_qty
    OR (NOT s.to_check AND leg.cum_qty <> whole.cum_qty * l.ratio_qty AND NOT EXISTS
        (SELECT FROM orders_alert a WHERE a.order_id = w.order_id AND a.code = 'LEGS_DIFFER')));

-- I42: a message to a venue is numbered when it is sent, and one that was not sent was refused in the venue's stead
SELECT id FROM routing_outbox o WHERE (sent_at IS NULL AND msg_seq_num IS NOT NULL)
   OR (sent_at IS NOT NULL AND msg_seq_num IS NULL AND NOT EXISTS
       (SELECT FROM routing_inbox i WHERE i.session_id = o.session_id AND i.incarnation = 'own' AND i.msg_seq_num = o.id));

-- I43: the messages of a session are stored without a hole
SELECT max(id), session_id, incarnation FROM routing_inbox GROUP BY session_id, incarnation, msg_seq_num HAVING count(*) > 1;

-- I46: each fill, bust and correction of a block is its members', in quantity and value
WITH moved AS (
    SELECT e.order_id, e.last_mkt, e.venue_exec_id, e.cum_qty - coalesce(p.cum_qty, 0) AS qty,
           e.gross_trade_amt - coalesce(p.gross_trade_amt, 0) AS amount
    FROM orders_executionreport e LEFT JOIN orders_executionreport p ON p.order_id = e.order_id AND p.seq = e.seq - 1
    WHERE e.exec_type IN ('trade', 'trade_cancel', 'trade_correct')),
given AS (
    SELECT w.order_id AS block_id, g.last_mkt, w.order_id || '/' || g.venue_exec_id AS name, sum(g.qty) AS qty,
           sum(g.amount) AS amount
    FROM orders_listorder w JOIN orders_listorder m ON m.list_id = w.list_id AND m.role NOT IN ('block', 'out')
    JOIN moved g ON g.order_id = m.order_id WHERE w.role = 'block' GROUP BY 1, 2, 3)
SELECT b.id FROM orders_order b JOIN moved e ON e.order_id = b.id
LEFT JOIN given g ON (g.block_id, g.last_mkt, g.name) = (b.id, e.last_mkt, e.venue_exec_id)
WHERE b.composition = 'block' AND (e.qty, e.amount) IS DISTINCT FROM (g.qty, g.amount);

-- I47: while a block works, what its members have filled is what it has filled, and they wait for nothing else
SELECT b.id FROM orders_order b JOIN orders_listorder w ON w.order_id = b.id AND w.role = 'block'
JOIN orders_orderlist l ON l.id = w.list_id AND l.active
JOIN orders_listorder m ON m.list_id = l.id AND m.role NOT IN ('block', 'out') JOIN orders_order o ON o.id = m.order_id
WHERE b.leaves_qty > 0 GROUP BY b.id
HAVING sum(o.cum_qty) <> b.cum_qty OR bool_or(o.leaves_qty > 0 AND o.hold <> 'block');

-- I60: an order that was let through used an override that another person had granted for these terms, in time, and once
SELECT d.id FROM risk_decision d LEFT JOIN risk_override o ON o.id = d.override_no
LEFT JOIN risk_decision first ON first.id = o.decision_id
WHERE d.override_no IS NOT NULL AND (o.id IS NULL OR o.state <> 'used' OR o.used_at <> d.at OR (o.used_by_id <> d.order_id AND NOT EXISTS (
        SELECT FROM orders_listorder w JOIN orders_listorder l ON l.list_id = w.list_id AND l.role = 'leg'
        WHERE w.order_id = o.used_by_id AND w.role = 'whole' AND l.order_id = d.order_id))
    OR NOT d.accepted OR o.decided_by_id IN (o.asked_by_id, o.trader_id) OR o.decided_at > d.at OR d.at >= o.expires_at
    OR o.terms_hash <> first.terms_hash OR (d.terms_hash <> '' AND d.terms_hash <> o.terms_hash))
UNION ALL SELECT o.id FROM risk_override o JOIN orders_order u ON u.id = o.used_by_id WHERE o.state = 'used'
    AND (SELECT count(*) FROM risk_decision d WHERE d.override_no = o.id) <> CASE u.composition WHEN 'multileg' THEN (
        SELECT count(*) FROM orders_listorder w JOIN orders_listorder l ON l.list_id = w.list_id AND l.role = 'leg'
        WHERE w.order_id = u.id AND w.role = 'whole') ELSE 1 END;

-- I61: an override's steps are those of its state
SELECT o.id FROM risk_override o
WHERE NOT EXISTS (SELECT FROM risk_overrideevent e WHERE e.override_id = o.id AND e.what = 'asked')
   OR (o.state <> 'asked' AND NOT EXISTS (SELECT FROM risk_overrideevent e WHERE e.override_id = o.id AND e.what = o.state));
