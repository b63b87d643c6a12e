"""Reconciliation for operations: statements, breaks with what may be done about them, signatures, closed days."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, ReadOnly, may, tell
from oms.base.refusal import Refusal
from orders.models import User
from settlement.models import (
    Break,
    BreakEvent,
    CloseStep,
    DayClose,
    LedgerRoot,
    Reconciliation,
    SignOff,
    Statement,
    StatementLine,
)
from settlement.recon import breaklife, casework


class Lines(admin.TabularInline):  # type: ignore[type-arg]
    """A statement's lines."""

    model = StatementLine
    extra = 0
    can_delete = False
    fields = ("number", "reference", "isin", "direction", "qty", "price", "money", "currency", "day")


@admin.register(Statement)
class Statements(ReadOnly):
    """Statements as they came."""

    list_display = ("message_id", "kind", "source", "account", "currency", "day", "version", "opening", "closing",
                    "received_at")  # fmt: skip
    list_filter = ("kind", "source", "day")
    search_fields = ("=message_id", "=statement_id", "=account__code")
    list_select_related = ("account",)
    inlines = (Lines,)


@admin.register(Reconciliation)
class Reconciliations(ReadOnly):
    """What the comparison of each statement came to."""

    list_display = ("statement", "ours", "theirs", "matches", "breaks", "opened", "closed", "at")
    list_filter = ("statement__kind", "statement__day")
    list_select_related = ("statement",)


class Events(admin.TabularInline):  # type: ignore[type-arg]
    """A break's history."""

    model = BreakEvent
    extra = 0
    can_delete = False


class DoForm(ActionForm):
    """What an action on breaks needs: why, and in words."""

    reason = forms.ChoiceField(choices=[("", ""), *((name, name) for name in breaklife.REASONS)], required=False)
    text = forms.CharField(required=False, max_length=300, widget=forms.TextInput(attrs={"placeholder": "text"}))


@admin.register(Break)
class Breaks(ReadOnly):
    """Breaks. They open and close by themselves; here they are assigned, resolved, and written off by two."""

    action_form = DoForm
    list_display = (
        "id", "kind", "type", "account", "key", "difference", "currency", "opened_on", "seen_on", "owner", "state",
        "reason",
    )  # fmt: skip
    list_filter = ("state", "kind", "type", "opened_on")
    search_fields = ("=id", "key", "=account__code", "=owner__username")
    list_select_related = ("account", "owner")
    inlines = (Events,)
    actions = ("assign", "resolve", "confirm", "refuse")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may act."""
        return may(request, OPERATIONS)

    @admin.action(description="Assign to yourself", permissions=["operate"])
    def assign(self, request: HttpRequest, rows: QuerySet[Break]) -> None:
        """Take them."""
        self._act(request, rows, "assign")

    @admin.action(description="Resolve, with reason and text", permissions=["operate"])
    def resolve(self, request: HttpRequest, rows: QuerySet[Break]) -> None:
        """For a reason; money that is written off then waits for a colleague."""
        self._act(request, rows, "resolve")

    @admin.action(description="Confirm that it is written off", permissions=["operate"])
    def confirm(self, request: HttpRequest, rows: QuerySet[Break]) -> None:
        """As the second person."""
        self._act(request, rows, "confirm")

    @admin.action(description="Refuse to write it off", permissions=["operate"])
    def refuse(self, request: HttpRequest, rows: QuerySet[Break]) -> None:
        """As anybody."""
        self._act(request, rows, "refuse")

    def _act(self, request: HttpRequest, rows: QuerySet[Break], verb: str) -> None:
        assert isinstance(request.user, User)
        reason, text = request.POST.get("reason", ""), request.POST.get("text", "").strip()[:300]
        keys = rows.order_by("pk").values_list("pk", flat=True)
        wishes = [breaklife.Wish(key, verb, text, request.user.pk, reason) for key in keys]
        answers = casework.act(wishes, casework.Actor(request.user.pk, request.user.username))
        refusals = [answer for answer in answers if isinstance(answer, Refusal)]
        done = len(answers) - len(refusals)
        tell(self, request, refusals, f"{done} breaks: {verb}" if done else "")


@admin.register(SignOff)
class SignOffs(ReadOnly):
    """Signatures."""

    list_display = (
        "day", "kind", "account", "matches", "breaks", "open_breaks", "resolver", "signed_by", "signed_at",
    )  # fmt: skip
    list_filter = ("kind", "day")
    search_fields = ("=account__code",)
    list_select_related = ("account", "signed_by", "resolver")


@admin.register(DayClose)
class DayCloses(ReadOnly):
    """Days that were closed, or asked to be."""

    list_display = ("date", "closed_at", "closed_by", "asked_by", "reason", "left_open")
    list_select_related = ("closed_by", "asked_by")

    @admin.display(description="left open")
    def left_open(self, row: DayClose) -> str:
        """The steps that were open."""
        return ", ".join(row.left)


@admin.register(CloseStep)
class CloseSteps(ReadOnly):
    """Steps of closes that are done."""

    list_display = ("date", "name", "done", "done_at", "actor")
    list_filter = ("name", "date")

    @admin.display(description="counts")
    def done(self, step: CloseStep) -> Any:
        """In numbers."""
        return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in step.counts.items())


@admin.register(LedgerRoot)
class LedgerRoots(ReadOnly):
    """The ledger's daily roots."""

    list_display = ("date", "last_entry", "entries", "root", "made_at")
