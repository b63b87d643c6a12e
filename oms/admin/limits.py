"""The table of limits, how rows of a measure are chosen, and the import of limits. Compliance keeps them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from oms.admin.base import COMPLIANCE, Kept, may, tell
from risk import limit_rows, limiting
from risk.limits import SCOPE, Limit, LimitPolicy
from routing import market

MOST_BYTES = 8 * 1024 * 1024
SALT = "oms.admin.limits"


class LimitForm(forms.ModelForm):  # type: ignore[type-arg]
    """A limit, the reason for the change, and the version it was made on."""

    reason = forms.CharField(required=False, max_length=100, help_text="why; kept in the limit's history")
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Limit
        fields = ("measure", *SCOPE, "soft", "hard", "currency", "window_s", "active", "effective_from", "effective_to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["seen"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Whoever changed the limit meanwhile is not overwritten."""
        values = super().clean() or {}
        if self.instance.pk and values.get("seen") != self.instance.version:
            raise forms.ValidationError(f"The limit is at version {self.instance.version} now: open it again.")
        return values


class Upload(forms.Form):
    """A file to import, or the text of one that was looked at."""

    file = forms.FileField(required=False)
    reason = forms.CharField(required=False, max_length=100, help_text="why; kept in the history of each limit")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_file(self) -> Any:
        """Bounded before it is read."""
        file = self.cleaned_data.get("file")
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(f"At most {MOST_BYTES // 1024 // 1024} MiB.")
        return file

    def text(self) -> str | None:
        """The CSV that was sent now, or before and signed by us since; None when it cannot be read."""
        try:
            if file := self.cleaned_data.get("file"):
                return str(file.read().decode("utf-8-sig"))
            return str(signing.loads(self.cleaned_data["seen"], salt=SALT))
        except (UnicodeDecodeError, signing.BadSignature):
            return None


@admin.register(Limit)
class Limits(Kept):
    """Limits. Levels change under a new version; scope and measure never, and one that is over is made inactive."""

    editors = COMPLIANCE
    form = LimitForm
    list_display = (
        "measure", "scope_text", "soft", "hard", "currency", "window_s", "active", "version", "author",
    )  # fmt: skip
    list_filter = ("measure", "active", "currency", "desk")
    search_fields = ("client", "portfolio", "issuer", "strategy", "=account__code", "=instrument__symbol")
    list_select_related = ("desk", "trader", "account", "instrument", "author")
    autocomplete_fields = ("instrument", "account", "trader")
    change_list_template = "oms/admin/limits.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What never changes once a limit is set."""
        return limiting.FIXED if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through risk, which counts what is open already and gives it its version."""
        (refusals,) = limiting.put([obj], request.user, market.rates(), form.cleaned_data.get("reason", ""))
        # The form has checked the same things: a rival was quicker, or an open order cannot be valued.
        tell(self, request, refusals)

    def get_urls(self) -> list[URLPattern]:
        """The import beside the usual pages."""
        page = self.admin_site.admin_view(self.import_page)
        return [path("import/", page, name="risk_limit_import"), *super().get_urls()]

    def import_page(self, request: HttpRequest) -> HttpResponse:
        """Look first: every row gets its verdict. Then set what was looked at, all of it or nothing."""
        if not may(request, self.editors):
            raise PermissionDenied
        form = Upload(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "title": "Import limits", "opts": self.opts, "form": form,
        }  # fmt: skip
        if request.method == "POST" and form.is_valid():
            text = form.text()
            if text is None:
                form.add_error("file", "Choose a CSV file in UTF-8.")
                return TemplateResponse(request, "oms/admin/limits_import.html", context)
            confirmed = "confirm" in request.POST
            reason = form.cleaned_data["reason"] or "CSV import"
            outcome = limit_rows.run(text, request.user, market.rates(), reason, dry_run=not confirmed)
            for refusal in outcome.refusals:
                form.add_error("file", f"{refusal.field}: {refusal.text}" if refusal.field else refusal.text)
            if outcome.written:
                tell(self, request, [], ", ".join(f"{count} {fate}" for fate, count in outcome.counts().items()))
                return HttpResponseRedirect(reverse("admin:risk_limit_changelist"))
            context |= {"outcome": outcome, "seen": signing.dumps(text, salt=SALT, compress=True)}
        return TemplateResponse(request, "oms/admin/limits_import.html", context)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """How the rows of a measure are chosen, and why."""

    reason = forms.CharField(required=False, max_length=100, help_text="why; kept in the history")

    class Meta:
        model = LimitPolicy
        fields = ("measure", "rows")


@admin.register(LimitPolicy)
class LimitPolicies(Kept):
    """All rows that cover an order, or the most specific alone. A measure that is not here means all."""

    editors = COMPLIANCE
    form = PolicyForm
    list_display = ("measure", "rows")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """The measure is the row's name."""
        return ("measure",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through risk, which counts every order anew."""
        reason = form.cleaned_data.get("reason", "")
        tell(self, request, limiting.choose(obj.measure, obj.rows, request.user, market.rates(), reason))
