"""What clients sent and were told over FIX, and brokers' copies: to read, with the text of the message."""

from typing import Any

from django.contrib import admin

from oms.admin.base import ReadOnly, among
from routing.fix import codec
from routing.fix.messages import MESSAGES
from routing.models import ClientMessage, ClientReport, DropCopy

TYPES = among("msg_type", lambda: MESSAGES)


def legible(raw: str) -> str:
    """A message as people write it: "|" for SOH."""
    return raw.replace(codec.SOH, "|")


@admin.register(ClientMessage)
class ClientMessages(ReadOnly):
    """Messages from clients, as they came, and what became of each."""

    list_display = ("id", "session", "msg_seq_num", "msg_type", "received_at", "outcome", "text")
    list_filter = ("session", TYPES)
    search_fields = ("=msg_seq_num",)
    ordering = ("-id",)
    fields = ("session", "incarnation", "msg_seq_num", "msg_type", "received_at", "outcome", "text", "parsed")
    readonly_fields = ("text", "parsed")
    list_select_related = ("session",)

    @admin.display(description="message")
    def text(self, row: ClientMessage) -> str:
        """As it was on the wire."""
        return legible(row.raw)

    @admin.display(description="in our words")
    def parsed(self, row: ClientMessage) -> Any:
        """What we read in it."""
        return row.fields


@admin.register(ClientReport)
class ClientReports(ReadOnly):
    """Messages for clients: reports of events, and answers."""

    list_display = (
        "id", "session", "msg_type", "report_id", "created_at", "attempts", "sent_at", "msg_seq_num", "text",
    )  # fmt: skip
    list_filter = ("session", TYPES, ("sent_at", admin.EmptyFieldListFilter))
    search_fields = ("=report_id", "=msg_seq_num")
    ordering = ("-id",)
    readonly_fields = ("text",)
    list_select_related = ("session",)

    @admin.display(description="message")
    def text(self, row: ClientReport) -> str:
        """As it is said in the session's version, without what the session adds (8, 9, 34, 49, 52, 56, 10)."""
        try:
            return legible(codec.encode(row.msg_type, row.fields, row.session.version))
        except codec.Malformed as fault:
            return f"cannot be said in {row.session.version}: {fault}"


@admin.register(DropCopy)
class DropCopies(ReadOnly):
    """Executions that brokers told us of, and ours that they are."""

    list_display = (
        "id", "session", "exec_id", "order_id", "cl_ord_id", "last_qty", "last_px", "last_mkt", "received_at",
        "report_id", "alerted_at",
    )  # fmt: skip
    list_filter = ("session", ("report_id", admin.EmptyFieldListFilter), ("alerted_at", admin.EmptyFieldListFilter))
    search_fields = ("=exec_id", "=cl_ord_id")
    ordering = ("-id",)
    list_select_related = ("session",)
