"""Instruments and price steps, the import of instruments, and the business date."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from oms.admin.base import OPERATIONS, ByRole, Kept, ReadOnly, may, tell
from oms.base.refusal import Refusal
from oms.desk.moving import move
from orders import identifiers, importing
from orders.instrument_rows import Action
from orders.models import BusinessDate, FxRate, Instrument, Tick, TickTable
from routing import universe

MOST_BYTES = 8 * 1024 * 1024
SALT = "oms.admin.import"


class InstrumentForm(forms.ModelForm):  # type: ignore[type-arg]
    """An instrument with identifiers that can be right."""

    class Meta:
        model = Instrument
        fields = "__all__"  # noqa: DJ007 - every field is for operations to keep

    def clean(self) -> dict[str, Any]:
        """The same check digits as an import."""
        values = super().clean() or {}
        checks = {"isin": identifiers.isin, "cusip": identifiers.cusip, "sedol": identifiers.sedol}
        for name, valid in checks.items():
            if values.get(name) and not valid(values[name]):
                self.add_error(name, f"This is no {name.upper()}: length, characters or check digit.")
        return values


class Upload(forms.Form):
    """A file to import, or the text of one that was looked at."""

    file = forms.FileField(required=False)
    mic = forms.CharField(initial="XNAS", max_length=4, help_text="market of rows that name none")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_file(self) -> Any:
        """Bounded before it is read."""
        file = self.cleaned_data.get("file")
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(f"At most {MOST_BYTES // 1024 // 1024} MiB.")
        return file

    def clean_mic(self) -> str:
        """ISO 10383."""
        mic = str(self.cleaned_data["mic"])
        if not identifiers.mic(mic):
            raise forms.ValidationError("This is no MIC.")
        return mic

    def text(self) -> str | None:
        """The CSV that was sent now, or before and signed by us since; None when it cannot be read."""
        try:
            if file := self.cleaned_data.get("file"):
                return str(file.read().decode("utf-8-sig"))
            return str(signing.loads(self.cleaned_data["seen"], salt=SALT))
        except (UnicodeDecodeError, signing.BadSignature):
            return None


@admin.register(Instrument)
class Instruments(Kept):
    """Instruments. One that no longer trades is halted or expired; the venues are told of every change."""

    editors = OPERATIONS
    form = InstrumentForm
    list_display = (
        "symbol", "name", "asset_class", "primary_mic", "currency", "isin", "tick_table", "reference_price", "state",
    )  # fmt: skip
    list_filter = ("asset_class", "state", "currency", "primary_mic", "sector")
    search_fields = ("symbol", "name", "=isin", "=cusip", "=sedol")
    list_select_related = ("tick_table",)
    autocomplete_fields = ("underlying",)
    change_list_template = "oms/admin/instruments.html"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Saved as it is; the venues read it once it has committed."""
        super().save_model(request, obj, form, change)
        transaction.on_commit(universe.publish)

    def get_urls(self) -> list[URLPattern]:
        """The import beside the usual pages."""
        page = self.admin_site.admin_view(self.import_page)
        return [path("import/", page, name="orders_instrument_import"), *super().get_urls()]

    def import_page(self, request: HttpRequest) -> HttpResponse:
        """Look first: every row gets its verdict. Then import what was looked at."""
        if not may(request, self.editors):
            raise PermissionDenied
        form = Upload(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "title": "Import instruments", "opts": self.opts, "form": form,
        }  # fmt: skip
        if request.method == "POST" and form.is_valid():
            text = form.text()
            if text is None:
                form.add_error("file", "Choose a CSV file in UTF-8.")
            elif "confirm" in request.POST:
                return self._import(request, text, form.cleaned_data["mic"])
            else:
                outcome = importing.run(text, mic=form.cleaned_data["mic"], dry_run=True)
                for refusal in outcome.refusals:
                    form.add_error("file", refusal.text)
                context |= {"outcome": outcome, "seen": signing.dumps(text, salt=SALT, compress=True)}
        return TemplateResponse(request, "oms/admin/import.html", context)

    def _import(self, request: HttpRequest, text: str, mic: str) -> HttpResponse:
        outcome = importing.run(text, mic=mic, user=request.user)  # type: ignore[arg-type]
        if not outcome.refusals:
            universe.publish()
        counts = ", ".join(f"{outcome.count(action)} {action}" for action in Action)
        tell(self, request, outcome.refusals, "" if outcome.refusals else counts)
        return HttpResponseRedirect(reverse("admin:orders_instrument_changelist"))


@admin.register(FxRate)
class FxRates(Kept):
    """Exchange rates for pairs that no venue quotes. Whoever corrects one says as of when it is."""

    editors = OPERATIONS
    deletable = True
    list_display = ("base", "quote", "rate", "at", "source")
    list_filter = ("base", "quote")


class Ticks(admin.TabularInline):  # type: ignore[type-arg]
    """The steps of a table."""

    model = Tick
    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the table."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the table."""
        return may(request, OPERATIONS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the table."""
        return may(request, OPERATIONS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the table."""
        return may(request, OPERATIONS)


@admin.register(TickTable)
class TickTables(ByRole):
    """Tick tables with their steps."""

    editors = OPERATIONS
    list_display = ("code", "name")
    inlines = (Ticks,)


@admin.register(BusinessDate)
class BusinessDates(ReadOnly):
    """The business date, and the page that moves it."""

    list_display = ("today", "moved_at", "moved_by")
    change_list_template = "oms/admin/business_date.html"

    def get_urls(self) -> list[URLPattern]:
        """The page that moves it beside the usual ones."""
        page = self.admin_site.admin_view(self.advance_page)
        return [path("advance/", page, name="orders_businessdate_advance"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, with a button for whoever may press it."""
        return super().changelist_view(request, {"may_advance": may(request, OPERATIONS), **(extra_context or {})})

    def advance_page(self, request: HttpRequest) -> HttpResponse:
        """Move it to the next business day, or to the day named."""
        if not may(request, OPERATIONS) or request.method != "POST":
            raise PermissionDenied
        text = request.POST.get("to_date", "").strip()
        try:
            day = date.fromisoformat(text) if text else None
        except ValueError:
            tell(self, request, [Refusal("BAD_VALUE", "to_date", f"{text[:20]!a} is no day")])
        else:
            moved = move(day, request.user.get_username())
            if isinstance(moved, Refusal):
                tell(self, request, [moved])
            else:
                still = f". Still open on {moved.left}: {'; '.join(moved.open_steps)}" if moved.open_steps else ""
                tell(self, request, [], f"The business date is {moved.today}{still}")
        return HttpResponseRedirect(reverse("admin:orders_businessdate_changelist"))
