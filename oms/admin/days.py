"""The days: the present one with its checklist and buttons, all steps ever done, and the trading calendars."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from oms.admin.base import OPERATIONS, Kept, ReadOnly, may, tell
from oms.base.refusal import Refusal
from oms.desk import days
from orders.models import DayStep, SessionOverride, TradingCalendar, TradingSession
from orders.reference import business_date

# What is under way: in words, the page that shows it, and how it is filtered.
WORK = {
    "pending_requests": ("requests that venues have not answered", "orders_orderrequest", "state__exact=pending"),
    "unresolved": ("of these unresolved", "orders_orderrequest", "state__exact=pending&unresolved_at__isnull=False"),
    "quarantined": ("reports in quarantine", "orders_alert", "kind__exact=quarantine&acknowledged_at__isnull=True"),
    "inbox": ("messages from venues not recorded yet", "routing_inbox", "done_at__isnull=True"),
    "outbox": ("messages to venues not sent yet", "routing_outbox", "sent_at__isnull=True"),
}


@admin.register(DayStep)
class Days(ReadOnly):
    """The checklists. The present day stands on top, with the buttons that end and start it."""

    list_display = ("date", "run", "name", "done_at", "actor", "done", "reason")
    list_filter = ("run", "name")
    date_hierarchy = "date"
    ordering = ("-id",)
    change_list_template = "oms/admin/days.html"

    @admin.display(description="counts")
    def done(self, step: DayStep) -> str:
        """What the step did, in numbers."""
        return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in step.counts.items())

    def get_urls(self) -> list[URLPattern]:
        """Where the buttons lead beside the usual pages."""
        page = self.admin_site.admin_view(self.run_page)
        return [path("run/<str:run>/", page, name="orders_daystep_run"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list under the present day."""
        today = days.overview()
        assert today is not None
        work = [
            (words, count, f"{reverse(f'admin:{page}_changelist')}?{query}")
            for name, (words, page, query) in WORK.items()
            if (count := today.under_way[name]) or name != "unresolved"
        ]
        more = {
            "title": f"Business date {today.date}", "day": today, "work": work, "may_run": may(request, OPERATIONS),
            "ended": today.is_done("end"), "started": today.is_done("start"), "longest": days.LONGEST_REASON,
        }  # fmt: skip
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def run_page(self, request: HttpRequest, run: str) -> HttpResponse:
        """End or start the present day."""
        if not may(request, OPERATIONS) or request.method != "POST" or run not in ("end", "start"):
            raise PermissionDenied
        day, actor = business_date(), request.user.get_username()
        reason = request.POST.get("reason", "").strip()
        force = "force" in request.POST
        outcome: list[DayStep] | Refusal
        if run == "start":
            outcome = days.start(day, actor)
        elif force and not reason:
            outcome = Refusal("MISSING", "reason", "Forcing the end of day needs a reason")
        else:
            outcome = days.end(day, actor, forced=reason if force else "")
        if isinstance(outcome, Refusal):
            tell(self, request, [outcome])
        else:
            tell(self, request, [], f"The {run} of {day} is done")
        return HttpResponseRedirect(reverse("admin:orders_daystep_changelist"))


@admin.register(TradingCalendar)
class TradingCalendars(ReadOnly):
    """Calendars as loaded; single days are decided in the session overrides."""

    list_display = ("code", "name", "around_the_clock", "first_day", "last_day", "source", "loaded_at")
    search_fields = ("code",)


@admin.register(TradingSession)
class TradingSessions(ReadOnly):
    """Sessions as loaded: loading them again replaces them, so they are not edited here."""

    list_display = ("calendar", "date", "opens_at", "closes_at", "is_half_day", "break_starts_at", "break_ends_at")
    list_filter = ("calendar", "is_half_day")
    date_hierarchy = "date"


class OverrideForm(forms.ModelForm):  # type: ignore[type-arg]
    """A day that operations decides about."""

    class Meta:
        model = SessionOverride
        fields = ("calendar", "date", "is_open", "opens_at", "closes_at", "is_half_day", "reason")

    def clean(self) -> dict[str, Any]:
        """Times for an open day, none for one that is shut; a calendar that never shuts has no sessions to replace."""
        values = super().clean() or {}
        opens, closes = values.get("opens_at"), values.get("closes_at")
        if values.get("is_open") and not (opens and closes and opens < closes):
            self.add_error("closes_at", "An open day opens, and closes after that.")
        if not values.get("is_open") and (opens or closes):
            self.add_error("opens_at", "A day that is shut has no times.")
        calendar = values.get("calendar")
        if calendar is not None and calendar.around_the_clock:
            self.add_error("calendar", "This calendar never shuts: give the venue another one.")
        return values


@admin.register(SessionOverride)
class SessionOverrides(Kept):
    """Days that operations closes, opens, or lets close early."""

    editors = OPERATIONS
    deletable = True
    form = OverrideForm
    list_display = ("calendar", "date", "is_open", "opens_at", "closes_at", "is_half_day", "reason", "author")
    list_filter = ("calendar", "is_open")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Under the name of whoever decided."""
        obj.author = request.user.get_username()
        super().save_model(request, obj, form, change)
