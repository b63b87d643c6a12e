"""What clients are told of allocations: AllocationReport (AS) of a booking, a Confirmation (AK) for each account.

Rows say which version clients were told of, and that moves in the transaction that writes the message: exactly once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.money import plain
from oms.fix.publish import Reader
from oms.fix.replies import COLUMNS as REPORT
from routing.models import ClientReport
from settlement.models import Allocation, AllocationOrder, AllocationShare, TradeConfirmation

BATCH = 500
Fields = dict[str, Any]
# The version with which a confirmation is told first: it begins unconfirmed.
CONFIRMED = 2
OF = ("id", "version", "told_version", "state", "revision", "booked_at", "alloc_id", "sender_comp_id", "side",
      "instrument__symbol", "trade_date", "qty", "avg_px", "gross_trade_amt", "net_money", "currency")  # fmt: skip
SHARE = ("account__code", "alloc_qty", "avg_px", "net_money")
AK = ("id", "version", "told_version", "state", "state_at", "side", "instrument__symbol", "account__code", "qty",
      "avg_px", "net_money", "currency", "trade_date", "settl_date", "share__gross_trade_amt", "share__accrued",
      "share__commission", "share__allocation_id", "share__allocation__alloc_id",
      "share__allocation__sender_comp_id")  # fmt: skip


def tell(readers: Sequence[Reader]) -> int:
    """Write what clients have still to hear of bookings and confirmations; how many rows were looked at."""
    own = {reader.code: reader for reader in readers if not reader.copies}
    with transaction.atomic():
        return _reports(own) + _confirmations(own)


def _untold(table: Any, columns: Sequence[str]) -> list[dict[str, Any]]:
    rows = locked(table.objects.filter(told_version__lt=F("version")), skip_locked=True)
    return list(rows.values(*columns)[:BATCH])


def _reports(own: Mapping[str, Reader]) -> int:
    rows = _untold(Allocation, OF)
    if not rows:
        return 0
    told = [row for row in rows if row["booked_at"] is not None]
    orders = _orders([row["id"] for row in told])
    shares: dict[tuple[int, int], list[Fields]] = {}
    parts = AllocationShare.objects.filter(allocation_id__in=[row["id"] for row in told], alloc_qty__gt=0)
    for pk, revision, *values in parts.order_by("seq").values_list("allocation_id", "revision", *SHARE):
        shares.setdefault((pk, revision), []).append(dict(zip(SHARE, values, strict=True)))
    said = []
    for row in told:
        reader = _whose(row["sender_comp_id"], orders.get(row["id"], ()), own)
        if reader is not None:
            said.append((reader.code, _report(row, orders[row["id"]], shares[row["id"], row["revision"]], reader)))
    _save([(code, "AS", fields) for code, fields in said])
    sets.update(Allocation, ["id"], ["told_version"], [(row["id"], row["version"]) for row in rows])
    return len(rows)


def _orders(ids: Sequence[int]) -> dict[int, list[tuple[int, str, str]]]:
    """OrderID, ClOrdID and sender of the orders of each allocation. One SELECT."""
    found: dict[int, list[tuple[int, str, str]]] = {}
    rows = AllocationOrder.objects.filter(allocation_id__in=list(ids)).order_by("id")
    columns = ("allocation_id", "order_id", "order__cl_ord_id", "order__sender_comp_id")
    for pk, order_id, name, sender in rows.values_list(*columns):
        found.setdefault(pk, []).append((order_id, name, sender))
    return found


def _whose(sender: str, orders: Sequence[tuple[int, str, str]], own: Mapping[str, Reader]) -> Reader | None:
    """The session that asked for the allocation, or whose order it is."""
    return next((own[name] for name in (sender, *(one[2] for one in orders)) if name in own), None)


def _named(orders: Sequence[tuple[int, str, str]]) -> list[Fields]:
    return [{"cl_ord_id": name, "order_id": str(pk)} for pk, name, _ in orders]


def _report(row: Fields, orders: Sequence[Any], shares: Sequence[Fields], reader: Reader) -> Fields:
    """AllocationReport (35=AS): new for a booking, cancel for one that was taken back."""
    booked = row["state"] == "booked"
    fields = {
        "alloc_report_id": f"{row['id']}.{row['version']}", "alloc_trans_type": "new" if booked else "cancel",
        "alloc_report_type": "sellside_calculated_without_preliminary", "alloc_status": "accepted",
        "alloc_no_orders_type": 1, "orders": _named(orders), "side": row["side"], "symbol": row["instrument__symbol"],
        "quantity": plain(row["qty"]), "avg_px": plain(row["avg_px"]), "currency": row["currency"],
        "trade_date": row["trade_date"].isoformat(), "transact_time": row["booked_at"].isoformat(),
        "gross_trade_amt": plain(row["gross_trade_amt"]), "net_money": plain(row["net_money"]),
        "allocs": [
            {
                "alloc_account": reader.accounts.get(share["account__code"], share["account__code"]),
                "alloc_qty": plain(share["alloc_qty"]), "alloc_avg_px": plain(share["avg_px"]),
                "alloc_net_money": plain(share["net_money"]),
            }
            for share in shares
        ],
    }  # fmt: skip
    return fields | ({"alloc_id": row["alloc_id"]} if row["alloc_id"] else {})


def _confirmations(own: Mapping[str, Reader]) -> int:
    rows = _untold(TradeConfirmation, AK)
    if not rows:
        return 0
    orders = _orders([row["share__allocation_id"] for row in rows])
    said = []
    for row in rows:
        theirs = orders.get(row["share__allocation_id"], [])
        reader = _whose(row["share__allocation__sender_comp_id"], theirs, own)
        kind = _kind(row)
        if reader is not None and kind:
            said.append((reader.code, "AK", _confirmation(row, kind, theirs, reader)))
    _save(said)
    sets.update(TradeConfirmation, ["id"], ["told_version"], [(row["id"], row["version"]) for row in rows])
    return len(rows)


def _kind(row: Fields) -> str:
    """What the client has to hear of it, if anything: that it is confirmed, or is no more."""
    known = row["told_version"] >= CONFIRMED
    if row["state"] == "cancelled":
        return "cancel" if known else ""
    return "new" if not known and row["version"] >= CONFIRMED else ""


def _confirmation(row: Fields, kind: str, orders: Sequence[Any], reader: Reader) -> Fields:
    """Confirmation (35=AK)."""
    fields = {
        "confirm_id": str(row["id"]), "confirm_trans_type": kind, "confirm_type": "confirmation",
        "confirm_status": "confirmed", "orders": _named(orders), "transact_time": row["state_at"].isoformat(),
        "trade_date": row["trade_date"].isoformat(), "settl_date": row["settl_date"].isoformat(),
        "symbol": row["instrument__symbol"], "side": row["side"], "alloc_qty": plain(row["qty"]),
        "currency": row["currency"],
        "capacities": [{"order_capacity": "A", "order_capacity_qty": plain(row["qty"])}],
        "alloc_account": reader.accounts.get(row["account__code"], row["account__code"]),
        "avg_px": plain(row["avg_px"]), "gross_trade_amt": plain(row["share__gross_trade_amt"]),
        "accrued_interest_amt": plain(row["share__accrued"]), "commission": plain(row["share__commission"]),
        "net_money": plain(row["net_money"]),
    }  # fmt: skip
    name = row["share__allocation__alloc_id"]
    return fields | ({"alloc_id": name} if name else {})


def _save(said: Sequence[tuple[str, str, Fields]]) -> None:
    at = now()
    sets.insert(ClientReport, REPORT, [(code, None, kind, fields, at, 0) for code, kind, fields in said])
