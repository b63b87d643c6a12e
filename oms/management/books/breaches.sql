-- I70: the events of a breach are numbered from 1 without a hole, and the last says what state it is in
SELECT b.id FROM risk_breach b
LEFT JOIN (SELECT breach_id, count(*) AS events, max(seq) AS last FROM risk_breachevent GROUP BY breach_id) e
    ON e.breach_id = b.id
LEFT JOIN risk_breachevent l ON l.breach_id = b.id AND l.seq = e.last
WHERE e.events IS DISTINCT FROM b.version OR e.last IS DISTINCT FROM b.version OR l.state IS DISTINCT FROM b.state;
