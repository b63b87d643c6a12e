"""How an event is written down, and how its hash chains it to the one before.

``hash = sha256("oms.order" | prev_hash | every column in the order of HASHED)``; the last columns (LATER) belong to
it only where one of them is set, so that hashes from before there were any still hold. Decimals are hashed at the
scale the database keeps, times in UTC to the microsecond, so that a reader of the table computes the same bytes.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

GENESIS = bytes(32)
_DOMAIN = b"oms.order"

HASHED = (
    "order_id", "seq", "exec_id", "exec_type", "ord_status", "request", "cl_ord_id", "orig_cl_ord_id",
    "order_qty", "price", "last_qty", "last_px", "last_mkt", "cum_qty", "leaves_qty", "gross_trade_amt",
    "venue_exec_id", "exec_ref_id", "text", "reason_code", "actor", "is_root", "account_id", "instrument_id",
    "side", "trade_date", "transact_time", "recorded_at", "terms",
    "stop_px", "exec_restatement_reason", "day_cum_qty",
)  # fmt: skip
LATER = 3
COLUMNS = (*HASHED, "prev_hash", "hash")


def digest(prev_hash: bytes, values: Sequence[Any]) -> bytes:
    """The hash of an event: ``values`` are its columns in the order of HASHED."""
    if all(value in (None, "") for value in values[-LATER:]):
        values = values[:-LATER]
    body = "\x1f".join(map(_canonical, values))
    return hashlib.sha256(_DOMAIN + prev_hash + body.encode()).digest()


def _canonical(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return value
    if kind is Decimal:
        return f"{value:.8f}"
    if value is None:
        return "\x00"
    if kind is datetime:
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if kind is date:
        return value.isoformat()
    if kind is dict:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return str(value)
