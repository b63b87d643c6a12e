"""Requests that never became an order's business: rejected by the session (3), as a message (j), or by our own codec.

For the order they mean what a venue's own refusal means, so they are put into its words: a refused NewOrderSingle is
an execution of type rejected, a refused cancel or replace is an OrderCancelReject.
"""

from collections.abc import Mapping
from typing import Any

from routing.gateway.sent import Sent


def meaning(fields: Mapping[str, Any], sent: Sent) -> dict[str, Any]:
    """What a Reject or BusinessMessageReject says about the order it names; nothing if it names none of ours."""
    msg_type, cl_ord_id = sent.named(fields.get("ref_seq_num"))
    return of(
        fields.get("ref_msg_type") or msg_type, fields.get("business_reject_ref_id") or cl_ord_id,
        fields.get("text") or "the venue could not read the message",
    )  # fmt: skip


def of(msg_type: str, cl_ord_id: str, text: str) -> dict[str, Any]:
    """The fields of a refusal of ``cl_ord_id``; none for what asks for nothing (H)."""
    if not cl_ord_id or msg_type not in ("D", "AB", "F", "G", "AC"):
        return {}
    if msg_type in ("D", "AB"):
        return {"cl_ord_id": cl_ord_id, "exec_type": "rejected", "ord_status": "rejected", "text": text}
    return {"cl_ord_id": cl_ord_id, "exec_type": "cancel_rejected", "text": text}
