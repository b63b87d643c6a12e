"""FIX sessions, of clients and to venues: their terms, how they stand, and what operations wants done to them."""

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from oms.admin.base import OPERATIONS, Kept, ReadOnly, may, tell
from oms.admin.misbehave import Misbehaving
from oms.base.clock import now
from oms.base.refusal import Refusal
from routing import wishes
from routing.models import ClientSession, SessionOrder, VenueSession

# The processes show every second or two that a session is up.
FRESH = timedelta(seconds=15)
STANDING = ("state", "logged_on_at", "seen_at", "next_out", "next_in", "problem")
SCHEDULE = ("Schedule", {"fields": (("start", "end"), ("start_day", "end_day"))})
_PRINTABLE = re.compile(r"[!-~]{8,64}", re.ASCII)


class SessionForm(forms.ModelForm):  # type: ignore[type-arg]
    """The terms of a session. An empty list or object may be left empty."""

    def clean(self) -> dict[str, Any]:
        """What is empty is what it is by default: JSON has no empty text."""
        values = super().clean() or {}
        for name, empty in (("addresses", list), ("transforms", list), ("account_map", dict)):
            if name in values and values[name] is None:
                values[name] = empty()
        return values


class ClientSessionForm(SessionForm):
    """A password is written and never shown."""

    new_password = forms.CharField(
        required=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Password (554) of the Logon, kept as a hash; empty: as it was",
    )  # fmt: skip
    no_password = forms.BooleanField(required=False, help_text="ask for none")

    def clean_new_password(self) -> str:
        """What can stand in a Logon."""
        password = str(self.cleaned_data.get("new_password") or "")
        if password and not _PRINTABLE.fullmatch(password):
            raise forms.ValidationError("8 to 64 characters of printable ASCII without spaces: it goes into a Logon.")
        return password

    def clean(self) -> dict[str, Any]:
        """The hash goes into the row before the row is looked at."""
        values = super().clean()
        if values.get("no_password") and values.get("new_password"):
            self.add_error("no_password", "Either a new password, or none.")
        elif values.get("new_password"):
            self.instance.password = make_password(values["new_password"])
        elif values.get("no_password"):
            self.instance.password = ""
        return values


class Steered(Kept):
    """Sessions that can be told something while they run."""

    editors = OPERATIONS
    readonly_fields: tuple[str, ...] = STANDING
    actions = ("disconnect", "resend", "reset")
    ordering = ("code",)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **more: Any) -> Any:
        """Lists and maps are short."""
        field = super().formfield_for_dbfield(db_field, request, **more)
        if isinstance(field, forms.JSONField):
            field.widget.attrs["rows"] = 4
        return field

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may steer."""
        return may(request, OPERATIONS)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **more: Any) -> Any:
        """The code names the session in messages and files: it stays."""
        form = super().get_form(request, obj, change, **more)
        if obj is not None and "code" in form.base_fields:
            form.base_fields["code"].disabled = True
        return form

    @admin.display(description="state")
    def state(self, row: Any) -> str:
        """Up, down, or why it is neither. A process that says nothing for long may not be there."""
        if row.problem:
            return "not run"
        if not row.enabled:
            return "disabled"
        if row.seen_at is None or row.logged_on_at is None:
            return "down"
        return "up" if row.seen_at > now() - FRESH else "not heard of"

    @admin.action(description="Disconnect selected sessions…", permissions=["operate"])
    def disconnect(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """A Logout with the reason; the other side may come again at once."""
        return self._ask(request, rows, "disconnect")

    @admin.action(description="Send again what was sent…", permissions=["operate"])
    def resend(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """From a MsgSeqNum to another, with PossDup, as if it had been asked for."""
        return self._ask(request, rows, "resend")

    @admin.action(description="Reset sequence numbers (a second person confirms)…", permissions=["operate"])
    def reset(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """Both numbers to 1; what was stored is gone."""
        return self._ask(request, rows, "reset")

    def _ask(self, request: HttpRequest, rows: QuerySet[Any], kind: str) -> HttpResponse | None:
        faults: list[Refusal] = []
        if "apply" in request.POST:
            given = {name: request.POST.get(name, "") for name in ("reason", "begin", "end")}
            found = wishes.ask(list(rows), kind, given["reason"], request.user, given["begin"], given["end"])
            faults = [one for one in found if isinstance(one, Refusal)]
            if not faults:
                wait = "; another person confirms under Session orders" if kind == SessionOrder.Kind.RESET else ""
                words = kind.replace("_", " ")
                tell(self, request, [], f"{words} of {', '.join(row.code for row in rows)} is asked for{wait}")
                return None
        words = kind.replace("_", " ")
        context = {
            **self.admin_site.each_context(request), "title": f"{words.capitalize()} of sessions", "opts": self.opts,
            "sessions": rows.order_by("pk"), "kind": kind, "words": words, "faults": faults, "given": request.POST,
            "checkbox": ACTION_CHECKBOX_NAME,
        }  # fmt: skip
        return TemplateResponse(request, "oms/admin/session_order.html", context)


@admin.register(ClientSession)
class ClientSessions(Steered):
    """The sessions of clients. A change takes effect within seconds: the acceptor starts anew, clients reconnect."""

    form = ClientSessionForm
    list_display = (
        "code", "state", "purpose", "target_comp_id", "version", "next_out", "next_in", "logged_on_at", "seen_at",
        "problem", "user", "enabled", "tls",
    )  # fmt: skip
    list_filter = ("purpose", "version", "enabled", "tls")
    search_fields = ("code", "target_comp_id", "user__username")
    list_select_related = ("user",)
    autocomplete_fields = ("user",)
    fieldsets = (
        (None, {"fields": ("code", "purpose", ("sender_comp_id", "target_comp_id"), "version", "user", "enabled")}),
        ("How it stands", {"fields": STANDING}),
        SCHEDULE,
        ("Who may connect", {
            "fields": ("addresses", "tls", "certificate", "username", "new_password", "no_password", "has_password"),
        }),
        ("What it may do", {
            "fields": ("account_map", "throttle", "cancel_on_disconnect", "send_pending_new", "transforms"),
        }),
    )  # fmt: skip
    readonly_fields = (*STANDING, "has_password")

    @admin.display(boolean=True, description="asks for a password")
    def has_password(self, row: ClientSession) -> bool:
        """Whether one is asked for; not which."""
        return bool(row.password)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The history says that a password changed, and nothing about it."""
        values = form.cleaned_data
        if values.get("new_password") or values.get("no_password"):
            obj._change_reason = "password changed" if values.get("new_password") else "password removed"
        super().save_model(request, obj, form, change)


@admin.register(VenueSession)
class VenueSessions(Misbehaving, Steered):
    """The sessions to venues. A change takes effect within seconds: the gateway starts anew."""

    form = SessionForm
    actions = (*Steered.actions, "mass_status", "mass_cancel")
    list_display = (
        "code", "state", "purpose", "target_comp_id", "version", "next_out", "next_in", "logged_on_at", "seen_at",
        "problem", "host", "port", "enabled", "tls",
    )  # fmt: skip
    list_filter = ("purpose", "version", "enabled")
    readonly_fields = (*STANDING, "epoch")
    fieldsets = (
        (None, {
            "fields": (
                "code", "purpose", ("sender_comp_id", "target_comp_id"), "version", ("host", "port"), "tls", "username",
                "enabled",
            ),
        }),
        ("How it stands", {"fields": (*STANDING, "epoch")}),
        SCHEDULE,
        ("What it changes in messages", {"fields": ("transforms",)}),
    )  # fmt: skip

    @admin.action(description="Ask the venue about all our orders (AF)…", permissions=["operate"])
    def mass_status(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """What it knows and we do not is put before operations."""
        return self._ask(request, rows, "mass_status")

    @admin.action(description="Have the venue cancel all our orders (q)…", permissions=["operate"])
    def mass_cancel(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """For an emergency: whatever it has of ours, known to us or not."""
        return self._ask(request, rows, "mass_cancel")


@admin.register(SessionOrder)
class SessionOrders(ReadOnly):
    """What is asked of running sessions. A reset waits here for a second person."""

    list_display = (
        "id", "code", "kind", "state", "outcome", "reason", "asked_by", "confirmed_by", "asked_at", "begin_seq_no",
        "end_seq_no", "confirmed_at", "done_at",
    )  # fmt: skip
    list_filter = ("kind", ("done_at", admin.EmptyFieldListFilter))
    search_fields = ("=session__code", "=venue_session__code", "reason")
    list_select_related = ("session", "venue_session", "asked_by", "confirmed_by")
    actions = ("confirm", "withdraw")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may confirm; not what he asked for himself."""
        return may(request, OPERATIONS)

    @admin.action(description="Confirm selected resets", permissions=["operate"])
    def confirm(self, request: HttpRequest, rows: QuerySet[SessionOrder]) -> None:
        """As a second person."""
        count, refusals = wishes.confirm(SessionOrder.objects.filter(pk__in=rows.values("pk")), request.user)
        tell(self, request, refusals, f"{count} confirmed" if count else "")

    @admin.action(description="Withdraw selected", permissions=["operate"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[SessionOrder]) -> None:
        """What has not been done yet."""
        count = wishes.withdraw(SessionOrder.objects.filter(pk__in=rows.values("pk")), request.user)
        tell(self, request, [], f"{count} withdrawn")
