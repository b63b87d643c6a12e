"""What every page of the admin shares: rights by role, rows by desk, refusals as messages."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import DecimalField, Model, QuerySet
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from oms.base.money import plain
from oms.base.refusal import REASONS, Refusal
from orders.models import User
from orders.vocabulary import Role

Roles = frozenset[Role]
TRADING: Roles = frozenset({Role.TRADER, Role.PORTFOLIO_MANAGER})
OPERATIONS: Roles = frozenset({Role.OPERATIONS})
COMPLIANCE: Roles = frozenset({Role.COMPLIANCE})
AUDITORS: Roles = frozenset({Role.AUDITOR})
NOBODY: Roles = frozenset()
# Those who look after the whole firm read everything.
WATCHERS: Roles = frozenset({Role.OPERATIONS, Role.COMPLIANCE, Role.AUDITOR})


def may(request: HttpRequest, roles: Roles) -> bool:
    """Whether whoever asks has one of the roles. A superuser has all of them."""
    user = request.user
    return isinstance(user, User) and user.is_active and (user.is_superuser or user.role in roles)


class ByRole(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that ``viewers`` see and ``editors`` write. Where no editor is named nobody writes, superusers included."""

    viewers: ClassVar[Roles] = WATCHERS
    editors: ClassVar[Roles] = NOBODY
    deletable = False
    list_per_page = 100
    show_full_result_count = False
    # The path from a row to the desk that owns it; None where rows belong to the firm.
    desk_path: ClassVar[str | None] = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The section is shown to whoever may see one of its pages."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Viewers and editors."""
        return may(request, self.viewers | self.editors)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Editors."""
        return bool(self.editors) and may(request, self.editors)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Editors."""
        return bool(self.editors) and may(request, self.editors)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Editors, where anything may go at all: most rows end by a date or a state."""
        return self.deletable and bool(self.editors) and may(request, self.editors)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns; decimals without the zeros that the database pads them with."""
        # A generated column says in its output_field what it holds.
        kinds = {field.name: getattr(field, "output_field", field) for field in self.opts.concrete_fields}
        decimals = {name for name, kind in kinds.items() if isinstance(kind, DecimalField)}
        return [plainly(name) if name in decimals else name for name in self.list_display]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those who trade see their desks' rows only."""
        rows: QuerySet[Any] = super().get_queryset(request)
        if self.desk_path is None or may(request, WATCHERS):
            return rows
        assert isinstance(request.user, User)
        return rows.filter(**{f"{self.desk_path}__in": request.user.desks.all()})


@cache
def plainly(name: str) -> Any:
    """A column that shows the decimal ``name`` as people write it, and sorts as the field does."""

    @admin.display(description=name.replace("_", " "), ordering=name, empty_value="-")
    def shown(row: Any) -> str | None:
        return plain(getattr(row, name))

    return shown


def among(field: str, values: Callable[[], Iterable[str]]) -> type[admin.SimpleListFilter]:
    """A filter by the values a field can have: asking the table which it does have would read all of it."""

    class Among(admin.SimpleListFilter):
        title, parameter_name = field.replace("_", " "), field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, value.replace("_", " ")) for value in values()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    return Among


class ReasonForm(ActionForm):
    """An action that is done for a reason."""

    reason = forms.CharField(required=False, max_length=300, widget=forms.TextInput(attrs={"placeholder": "reason"}))


class Kept(ByRole, SimpleHistoryAdmin):
    """Rows whose every version is kept, with who wrote it."""


class ReadOnly(ByRole):
    """Rows that nobody writes here."""


def tell(page: ByRole, request: HttpRequest, refusals: Iterable[Refusal], done: str = "") -> None:
    """Show each refusal with its remedy, and what was done."""
    for refusal in refusals:
        remedy = REASONS[refusal.code].remedy if refusal.code in REASONS else ""
        page.message_user(request, f"{refusal.text}. {remedy}", messages.ERROR)
    if done:
        page.message_user(request, done, messages.SUCCESS)


class Seen(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that are read with the row they belong to, and never written."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the row they belong to."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
