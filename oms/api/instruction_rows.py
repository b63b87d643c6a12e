"""Settlement instructions as they are told."""

from typing import Any

from django.db.models import QuerySet

from oms.api.problems import Problem
from settlement.models import Instruction

Image = dict[str, Any]


def images(rows: QuerySet[Instruction]) -> list[Image]:
    """Instructions as they are told. One SELECT."""
    related = ("account", "instrument", "made_by", "checked_by")
    return [image(row) for row in rows.select_related(*related).distinct()]


def image(row: Instruction) -> Image:
    """One instruction."""
    same = (
        "reference", "direction", "payment", "is_net", "trade_date", "settl_date", "qty", "price", "net_money",
        "currency", "settled_qty", "settled_money", "place_of_settlement", "counterparty", "agent_bic",
        "safekeeping_account", "partial", "priority", "on_hold", "linkage", "state", "state_at", "reason_code",
        "cancel_requested_at", "custodian_reference", "settled_on", "version",
    )  # fmt: skip
    return {
        "id": str(row.pk), "account": row.account.code, "symbol": row.instrument.symbol, "isin": row.instrument.isin,
        "ssi_id": row.ssi_id and str(row.ssi_id), "linked_to": row.linked_to_id and str(row.linked_to_id),
        "made_by": row.made_by and row.made_by.username, "checked_by": row.checked_by and row.checked_by.username,
        **{name: getattr(row, name) for name in same},
    }  # fmt: skip


def whole(number: int, accounts: list[int] | None) -> Image:
    """One with its history, its confirmations and what it discharges; of these accounts, or of any. 404 if none."""
    rows = Instruction.objects.filter(pk=number)
    found = images(rows if accounts is None else rows.filter(account_id__in=accounts))
    if not found:
        raise Problem(404, "NOT_FOUND", f"no instruction {number} of an account of yours")
    row = rows.get()
    under = list(row.obligations.order_by("id").values_list("id", "order_id"))
    said = ("message_id", "business_date", "qty", "net_money", "at")
    return found[0] | {
        "events": list(row.events.values("seq", "state", "at", "actor", "text")),
        "confirmations": list(row.confirmations.values(*said)),
        "obligations": [str(id_) for id_, _ in under],
        "orders": [str(order) for order in dict.fromkeys(order for _, order in under if order)],
    }
