"""The live tables: their columns on the wire, and how rows become plain values.

A row image is always whole, and carries `rev`, which grows with every change of the row. A reader that ignores images
that are not newer may therefore be sent anything twice, late or out of order. Decimals travel as strings without
trailing zeros, times as whole milliseconds since 1970 UTC.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from oms.base.refusal import REASONS
from orders.legs import label
from orders.lists import LEG, WHOLE
from orders.models import Alert, ExecutionReport, Instrument, ListOrder
from orders.reference import price_factor
from orders.vocabulary import Composition, ExecType, Hold

Row = list[Any]

TRADES = (ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)
# What a trader must hear of, and how loudly: 1 is told, 2 and 3 wait to be acknowledged.
NOTICES = {
    ExecType.TRADE: ("fill", 1),
    ExecType.EXPIRED: ("expired", 1),
    ExecType.TRADE_CANCEL: ("bust", 2),
    ExecType.TRADE_CORRECT: ("correction", 2),
    ExecType.REJECTED: ("reject", 2),
    ExecType.CANCEL_REJECTED: ("cancel_reject", 2),
}

REFUSALS = (ExecType.REJECTED, ExecType.CANCEL_REJECTED)
IS_TRADE = Q(is_root=True, exec_type__in=TRADES)
# Fills are those of the client's orders; refusals also those that venues gave our child orders.
IS_NOTICE = Q(is_root=True, exec_type__in=list(NOTICES)) | Q(exec_type__in=REFUSALS)

# Column on the wire, path in the model.
ORDERS = {
    "id": "id",
    "rev": "version",
    "parent_id": "parent_id",
    "cl_ord_id": "cl_ord_id",
    "account": "account__code",
    "instrument_id": "instrument_id",
    "symbol": "instrument__symbol",
    "mic": "instrument__primary_mic",
    "currency": "instrument__currency",
    "side": "side",
    "ord_type": "ord_type",
    "time_in_force": "time_in_force",
    "order_qty": "order_qty",
    "price": "price",
    "stop_px": "stop_px",
    "max_floor": "max_floor",
    "exec_inst": "exec_inst",
    "peg_price_type": "peg_price_type",
    "peg_offset_value": "peg_offset_value",
    "peg_offset_type": "peg_offset_type",
    "expire_time": "expire_time",
    "hold": "hold",
    "triggered": "triggered",
    "emulated": "emulated",
    "unresolved": "unresolved",
    "composition": "composition",
    "assigned_to": "assigned_to__username",
    "cum_qty": "cum_qty",
    "leaves_qty": "leaves_qty",
    "avg_px": "avg_px",
    "ord_status": "ord_status",
    "venue": "venue",
    "text": "text",
    "reason_code": "reason_code",
    "entered_by": "entered_by__username",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "multiplier": "instrument__multiplier",
    "asset_class": "instrument__asset_class",
}
EXECUTIONS = {
    "id": "id",
    "rev": "seq",
    "order_id": "order_id",
    "account": "order__account__code",
    "instrument_id": "instrument_id",
    "symbol": "order__instrument__symbol",
    "currency": "order__instrument__currency",
    "side": "side",
    "last_qty": "last_qty",
    "last_px": "last_px",
    "last_mkt": "last_mkt",
    "exec_type": "exec_type",
    "exec_id": "exec_id",
    "exec_ref_id": "exec_ref_id",
    "transact_time": "transact_time",
}
POSITIONS = {
    "id": "id",
    "rev": "version",
    "account": "account__code",
    "instrument_id": "instrument_id",
    "symbol": "instrument__symbol",
    "currency": "instrument__currency",
    "qty": "qty",
    "avg_cost": "avg_cost",
    "realised": "realised",
    "bought_qty": "bought_qty",
    "sold_qty": "sold_qty",
    "multiplier": "instrument__multiplier",
    "asset_class": "instrument__asset_class",
    "reference_price": "instrument__reference_price",
}
EVENT_COLUMNS = ["id", "rev", "at", "kind", "severity", "order_id", "symbol", "code", "title", "text", "remedy"]
QUOTE_COLUMNS = ["id", "last", "bid", "offer", "bid_size", "offer_size", "at", "venues"]

COLUMNS = {
    "orders": [*ORDERS, "spread", "price_factor"],
    "executions": list(EXECUTIONS),
    "positions": [*POSITIONS, "price_factor"],
    "events": EVENT_COLUMNS,
    "quotes": QUOTE_COLUMNS,
}
# Sent to each desk on its own; quotes go to everyone.
DESK_TABLES = ("orders", "executions", "positions", "events")


def plain(value: Any) -> Any:
    """A database value as it travels."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return milliseconds(value)
    return value.isoformat() if isinstance(value, date) else value


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def orders(rows: Iterable[tuple[Any, ...]]) -> list[Row]:
    """Row images of orders by the paths of ORDERS; what comes behind is left as it is. One SELECT with spreads."""
    found, width = list(rows), len(ORDERS)
    spreads = _spreads([row[0] for row in found if row[_COMPOSITION] == Composition.MULTILEG or row[_HOLD] == Hold.LEG])
    return [
        [*map(plain, row[:width]), spreads.get(row[0], ""), plain(price_factor(row[_KIND])), *map(plain, row[width:])]
        for row in found
    ]


_COMPOSITION, _HOLD, _KIND = (list(ORDERS).index(name) for name in ("composition", "hold", "asset_class"))


def _spreads(order_ids: Sequence[int]) -> dict[int, str]:
    """What spreads are called, and of which a leg is one. One SELECT; none without a spread."""
    if not order_ids:
        return {}
    lists = ListOrder.objects.filter(order_id__in=order_ids, role__in=(WHOLE, LEG)).values("list_id")
    rows = ListOrder.objects.filter(list_id__in=lists).order_by("list_id", "seq_no")
    wholes: dict[int, int] = {}
    legs: dict[int, dict[int, str]] = {}
    for list_id, role, order_id, symbol in rows.values_list("list_id", "role", "order_id", "order__instrument__symbol"):
        if role == WHOLE:
            wholes[list_id] = order_id
        else:
            legs.setdefault(list_id, {})[order_id] = symbol
    named = {whole: label(list(legs[list_id].values())) for list_id, whole in wholes.items()}
    return named | {leg: f"leg of {wholes[list_id]}" for list_id, parts in legs.items() for leg in parts}


def executions(rows: QuerySet[ExecutionReport]) -> list[Row]:
    """Row images of fills, and of their cancels and corrections: the rows IS_TRADE keeps. One SELECT."""
    return [[plain(value) for value in row] for row in rows.values_list(*EXECUTIONS.values())]


def positions(rows: Iterable[tuple[Any, ...]]) -> list[Row]:
    """Row images of positions by the paths of POSITIONS; what comes behind is left as it is."""
    width = len(POSITIONS)
    return [[*map(plain, row[:width]), plain(price_factor(row[_KIND_HELD])), *row[width:]] for row in rows]


_KIND_HELD = list(POSITIONS.values()).index("instrument__asset_class")


def notices(rows: QuerySet[ExecutionReport]) -> list[Row]:
    """The words for rows that IS_NOTICE keeps. One SELECT."""
    return [_notice(*values) for values in rows.values_list(*_NOTICE)]


def journal(found: Sequence[tuple[Any, ...]]) -> tuple[list[Row], list[Row]]:
    """Executions and notices among events by JOURNAL, of those that IS_NOTICE keeps: IS_TRADE keeps some of them."""
    width = len(EXECUTIONS)
    trades = [row for row in found if row[-1] and row[_EXEC_TYPE] in TRADES]
    return [[plain(value) for value in row[:width]] for row in trades], [_notice(*row[width:-1]) for row in found]


_NOTICE = (
    "id", "transact_time", "exec_type", "order_id", "order__instrument__symbol", "side", "last_qty",
    "last_px", "last_mkt", "order_qty", "price", "order__venue", "reason_code", "text",
)  # fmt: skip
_EXEC_TYPE = list(EXECUTIONS).index("exec_type")
JOURNAL = (*EXECUTIONS.values(), *_NOTICE, "is_root")


def _notice(
    key: int, at: datetime, exec_type: str, order_id: int, symbol: str, side: str, last_qty: Decimal,
    last_px: Decimal | None, last_mkt: str, order_qty: Decimal, price: Decimal | None, venue: str, code: str, text: str,
) -> Row:  # fmt: skip
    kind, severity = NOTICES[ExecType(exec_type)]
    verb = side.replace("_", " ").upper()
    if exec_type in TRADES:
        title = f"{verb} {_figure(last_qty)} {symbol} @ {_figure(last_px)} {last_mkt}".rstrip()
    else:
        limit = f"@ {_figure(price)}" if price is not None else "at market"
        title = f"{verb} {_figure(order_qty)} {symbol} {limit}{f' · {venue}' if venue else ''}"
    reason = REASONS.get(code)
    said = text or (reason.text if reason else "")
    remedy = reason.remedy if reason else ""
    return [f"e{key}", 1, milliseconds(at), kind, severity, order_id, symbol, code, title, said, remedy]


def _figure(value: Decimal | None) -> str:
    """With thousands apart, for people."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def alerts(rows: Iterable[Alert]) -> list[Row]:
    """Alerts as events of the same list. Their orders must have been selected with them."""
    return [_alert(alert) for alert in rows]


def _alert(alert: Alert) -> Row:
    reason = REASONS.get(alert.code)
    title, remedy = alert.kind.replace("_", " "), reason.remedy if reason else ""
    at, order = milliseconds(alert.at), alert.order.pk if alert.order else None
    return [f"a{alert.pk}", 1, at, "alert", alert.severity, order, "", alert.code, title, alert.text, remedy]


def instrument(found: Instrument) -> dict[str, Any]:
    """An instrument as the ticket needs it: its number on the quotes, its price steps, what a price of 1 is worth."""
    steps = found.tick_table.ticks.all()
    return {
        **{name: getattr(found, name) for name in ("id", "symbol", "name", "primary_mic", "currency", "isin", "state")},
        "multiplier": plain(found.multiplier),
        "price_factor": plain(found.price_factor),
        "round_lot": plain(found.round_lot),
        "ticks": [{"price_from": plain(step.price_from), "tick": plain(step.tick)} for step in steps],
    }
