"""What corporate actions do to open orders."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from oms.management.conformance.compare import NotSupported
from oms.management.conformance.surroundings import side_of, tif_of, type_of
from orders.exdate import Change, ExDate, Open, adjusted
from orders.tick import Bands
from orders.vocabulary import ExecInst, OrdType

Case = Mapping[str, Any]
Pair = tuple[Mapping[str, Any], Mapping[str, Any]]

# The conventions of the files round to a cent.
CENT: Bands = ((Decimal(0), Decimal("0.01")),)
STOP_PRICES = ("stop_price", "stop_px", "stop", "trigger_price")
DIVIDENDS = ("cash_dividend", "dividend", "special_dividend", "special_cash_dividend")
SPLITS = ("split", "forward_split", "stock_split", "reverse_split")
UNREDUCED = ("do_not_reduce", "dnr", "DNR")


def order_adjustment(case: Case) -> Pair:
    """The order after the ex-date: what becomes of it, its prices and its quantity."""
    said = case["order"]
    after = adjusted(_order(said), _event(case["corporate_action"]), CENT)
    if after.change is Change.CANCEL:
        return case["expected"], {"action": str(after.change)}
    # A plain stop has one price, which a file may call just that.
    price = after.stop_px if after.price is None else after.price
    return case["expected"], {
        "action": str(after.change),
        "price": price,
        "qty": after.order_qty,
        **dict.fromkeys(STOP_PRICES, after.stop_px),
    }


def _order(said: Case) -> Open:
    kind = type_of(said.get("type", "limit")).replace(" ", "_")
    stop_px = next((Decimal(said[name]) for name in STOP_PRICES if said.get(name) is not None), None)
    price = None if said.get("price") is None else Decimal(said["price"])
    if kind == OrdType.STOP and stop_px is None:
        price, stop_px = None, price
    words = [*str(said.get("exec_inst") or "").split(), *(said.get("flags") or ())]
    unreduced = any(said.get(name) for name in UNREDUCED) or not {*UNREDUCED}.isdisjoint(words)
    return Open(
        side_of(said["side"]), kind, tif_of(said.get("tif", "gtc")), price, stop_px, Decimal(said["qty"]),
        Decimal(said.get("cum_qty", 0)), ExecInst.DO_NOT_REDUCE if unreduced else "",
    )  # fmt: skip


def _event(said: Case) -> ExDate:
    kind = said["type"]
    if kind in DIVIDENDS:
        return ExDate(dividend=Decimal(said["amount"]))
    if kind in SPLITS:
        return ExDate(new=Decimal(said["new"]), old=Decimal(said["old"]))
    raise NotSupported(f"corporate action {kind}")
