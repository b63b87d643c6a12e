"""The hash chain of every order, computed from the table alone by arithmetic of its own (invariant I9).

What is hashed is public: sha256 of "oms.order", the hash before, and the columns below, joined by the unit separator;
numbers with eight decimals, times in UTC with microseconds, nothing as NUL, terms as JSON with sorted keys. The last
three columns count only where one of them says something.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

COLUMNS = (
    "order_id, seq, exec_id, exec_type, ord_status, request, cl_ord_id, orig_cl_ord_id, order_qty, price, last_qty,"
    " last_px, last_mkt, cum_qty, leaves_qty, gross_trade_amt, venue_exec_id, exec_ref_id, text, reason_code, actor,"
    " is_root, account_id, instrument_id, side, trade_date, transact_time, recorded_at, terms::text, stop_px,"
    " exec_restatement_reason, day_cum_qty"
)
SQL = f"SELECT prev_hash, hash, {COLUMNS} FROM orders_executionreport ORDER BY order_id, seq"


def broken(rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    """The ids of executions whose hash, or whose link to the one before, is wrong. ``rows`` as SQL gives them."""
    order_id, head = None, b""
    for prev_hash, stored, *values, terms, stop_px, reason, day_cum_qty in rows:
        values.append(terms and json.loads(terms))
        if (stop_px, reason, day_cum_qty) != (None, "", None):
            values += [stop_px, reason, day_cum_qty]
        if values[0] != order_id:
            order_id, head = values[0], bytes(32)
        body = "\x1f".join(map(_text, values)).encode()
        if bytes(prev_hash) != head or hashlib.sha256(b"oms.order" + head + body).digest() != bytes(stored):
            yield str(values[2])
        head = bytes(stored)


def _text(value: Any) -> str:
    if value is None:
        return "\x00"
    if isinstance(value, Decimal):
        return f"{value:.8f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return str(value)
