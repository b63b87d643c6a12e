"""What is shown of orders, executions, positions and the rest: one SELECT a kind, whatever the number of rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from oms.base import money
from oms.base.prepared import Prepared
from orders import ticks
from orders.models import ExecutionReport, Instrument, Order, Position
from orders.reference import price_factor
from routing.models import Quote

Image = dict[str, Any]

# Name in the answer, path in the model.
ORDER = {
    "order_id": "id",
    "parent_id": "parent_id",
    "version": "version",
    "cl_ord_id": "cl_ord_id",
    "account": "account__code",
    "symbol": "instrument__symbol",
    "primary_mic": "instrument__primary_mic",
    "currency": "instrument__currency",
    "desk": "desk__code",
    "side": "side",
    "ord_type": "ord_type",
    "time_in_force": "time_in_force",
    "order_qty": "order_qty",
    "price": "price",
    "stop_px": "stop_px",
    "cash_order_qty": "cash_order_qty",
    "max_floor": "max_floor",
    "exec_inst": "exec_inst",
    "peg_price_type": "peg_price_type",
    "peg_offset_value": "peg_offset_value",
    "peg_offset_type": "peg_offset_type",
    "expire_time": "expire_time",
    "settl_date": "settl_date",
    "handl_inst": "handl_inst",
    "hold": "hold",
    "triggered": "triggered",
    "emulated": "emulated",
    "unresolved": "unresolved",
    "composition": "composition",
    "strategy": "strategy",
    "assigned_to": "assigned_to__username",
    "ord_status": "ord_status",
    "cum_qty": "cum_qty",
    "leaves_qty": "leaves_qty",
    "avg_px": "avg_px",
    "venue": "venue",
    "text": "text",
    "reason_code": "reason_code",
    "entered_by": "entered_by__username",
    "created_at": "created_at",
    "transact_time": "updated_at",
}
EXECUTION = {
    "exec_id": "exec_id",
    "order_id": "order_id",
    "seq": "seq",
    "cl_ord_id": "cl_ord_id",
    "orig_cl_ord_id": "orig_cl_ord_id",
    "exec_type": "exec_type",
    "ord_status": "ord_status",
    "account": "order__account__code",
    "symbol": "order__instrument__symbol",
    "currency": "order__instrument__currency",
    "side": "side",
    "order_qty": "order_qty",
    "price": "price",
    "last_qty": "last_qty",
    "last_px": "last_px",
    "last_mkt": "last_mkt",
    "cum_qty": "cum_qty",
    "leaves_qty": "leaves_qty",
    "avg_px": "gross_trade_amt",
    "venue_exec_id": "venue_exec_id",
    "exec_ref_id": "exec_ref_id",
    "text": "text",
    "reason_code": "reason_code",
    "actor": "actor",
    "trade_date": "trade_date",
    "transact_time": "transact_time",
    "recorded_at": "recorded_at",
}
POSITION = {
    "account": "account__code",
    "symbol": "instrument__symbol",
    "primary_mic": "instrument__primary_mic",
    "asset_class": "instrument__asset_class",
    "currency": "instrument__currency",
    "qty": "qty",
    "avg_cost": "avg_cost",
    "realised": "realised",
    "bought_qty": "bought_qty",
    "sold_qty": "sold_qty",
    "version": "version",
    "updated_at": "updated_at",
}
INSTRUMENT = {
    "id": "id",
    "symbol": "symbol",
    "name": "name",
    "asset_class": "asset_class",
    "isin": "isin",
    "cusip": "cusip",
    "sedol": "sedol",
    "primary_mic": "primary_mic",
    "currency": "currency",
    "tick_table": "tick_table__code",
    "round_lot": "round_lot",
    "min_qty": "min_qty",
    "multiplier": "multiplier",
    "maturity_date": "maturity_date",
    "underlying": "underlying__symbol",
    "strike_price": "strike_price",
    "put_or_call": "put_or_call",
    "coupon_rate": "coupon_rate",
    "coupon_frequency": "coupon_frequency",
    "day_count": "day_count",
    "issuer": "issuer",
    "sector": "sector",
    "sub_industry": "sub_industry",
    "reference_price": "reference_price",
    "settl_market": "settl_market",
    "state": "state",
}
QUOTE = {
    "symbol": "instrument__symbol",
    "primary_mic": "instrument__primary_mic",
    "venue": "venue_id",
    "bid_px": "bid_px",
    "bid_size": "bid_size",
    "offer_px": "offer_px",
    "offer_size": "offer_size",
    "last_px": "last_px",
    "last_size": "last_size",
    "quoted_at": "quoted_at",
}
# Ids are strings (tag 37 is one), so that no client reads them into a binary float.
_IDS = frozenset({"order_id", "parent_id"})


def orders(rows: QuerySet[Order]) -> list[Image]:
    """Orders as they are now."""
    return _images(rows.values_list(*ORDER.values()), ORDER)


def orders_by_id(order_ids: Iterable[int]) -> dict[int, Image]:
    """The orders named, by their id."""
    images = _images(_ORDERS(set(order_ids)), ORDER)
    return {int(image["order_id"]): image for image in images}


def executions(rows: QuerySet[ExecutionReport]) -> list[Image]:
    """Events of the journal. AvgPx (6) is what was traded so far over CumQty."""
    images = _images(rows.values_list(*EXECUTION.values()), EXECUTION)
    for image in images:
        cum_qty = image["cum_qty"]
        image["avg_px"] = money.scaled(image["avg_px"] / cum_qty) if cum_qty else None
    return images


def positions(rows: QuerySet[Position]) -> list[Image]:
    """Positions, at trade date."""
    return _images(rows.values_list(*POSITION.values()), POSITION)


def instruments(rows: QuerySet[Instrument]) -> list[Image]:
    """Instruments, with their price steps and what a price of 1 is worth before the multiplier."""
    images = _images(rows.values_list(*INSTRUMENT.values()), INSTRUMENT)
    bands = ticks.bands_by_code() if images else {}
    for image in images:
        image["price_factor"] = price_factor(image["asset_class"])
        image["ticks"] = [{"price_from": low, "tick": tick} for low, tick in bands.get(image["tick_table"], ())]
    return images


def quotes(rows: QuerySet[Quote]) -> list[Image]:
    """The top of book of each venue."""
    return _images(rows.values_list(*QUOTE.values()), QUOTE)


_ORDERS = Prepared(lambda ids: Order.objects.filter(pk__among=ids).order_by().values_list(*ORDER.values()))


def _images(rows: Iterable[tuple[Any, ...]], columns: Mapping[str, str]) -> list[Image]:
    names = list(columns)
    images = [dict(zip(names, row, strict=True)) for row in rows]
    for name in _IDS & columns.keys():
        for image in images:
            if image[name] is not None:
                image[name] = str(image[name])
    return images
