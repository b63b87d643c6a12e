"""What came from the custodian and needs a person: take it, look at its bytes, say what was done."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, ReadOnly, may, tell
from oms.base.refusal import Refusal
from settlement import exceptions
from settlement.exceptions import CustodyException, CustodyMessage


class ResolutionForm(ActionForm):
    """An action that says what was done."""

    resolution = forms.CharField(
        required=False, max_length=500, widget=forms.TextInput(attrs={"placeholder": "what was done"})
    )


@admin.register(CustodyException)
class CustodyExceptions(ReadOnly):
    """Messages that could not be applied as they were. Nothing is applied by resolving one."""

    list_display = ("id", "received_at", "code", "kind", "reference", "text", "state", "owner", "resolved_by")
    list_filter = ("state", "code", "kind", "owner")
    search_fields = ("reference", "text", "file")
    fields = (
        "code", "kind", "reference", "text", "shown", "file", "received_at", "state", "owner", "resolution",
        "resolved_by", "resolved_at",
    )  # fmt: skip
    readonly_fields = ("shown",)
    action_form = ResolutionForm
    actions = ("take", "resolve")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may resolve."""
        return may(request, OPERATIONS)

    @admin.display(description="message")
    def shown(self, row: CustodyException) -> str:
        """The bytes as text."""
        return bytes(row.raw).decode("utf-8", "backslashreplace")

    @admin.action(description="Take selected items", permissions=["operate"])
    def take(self, request: HttpRequest, rows: QuerySet[CustodyException]) -> None:
        """Become the owner of each."""
        self._told(request, exceptions.take(_keys(rows), request.user.get_username()), "taken")

    @admin.action(description="Resolve selected items", permissions=["operate"])
    def resolve(self, request: HttpRequest, rows: QuerySet[CustodyException]) -> None:
        """With what was done, said once for all of them."""
        resolution = request.POST.get("resolution", "")[:500]
        self._told(request, exceptions.resolve(_keys(rows), request.user.get_username(), resolution), "resolved")

    def _told(self, request: HttpRequest, answers: list[Refusal | None], past: str) -> None:
        refusals = [one for one in answers if one]
        done = len(answers) - len(refusals)
        tell(self, request, refusals[:20], f"{done} items {past}" if done else "")


@admin.register(CustodyMessage)
class CustodyMessages(ReadOnly):
    """The custodian's messages that were applied."""

    list_display = ("id", "received_at", "kind", "reference", "message_id")
    list_filter = ("kind",)
    search_fields = ("=reference", "=message_id")


def _keys(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))
