"""Users, desks and accounts. Operations keeps them; nobody can raise himself."""

from importlib import import_module
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from knox.models import AuthToken

from oms.admin.base import AUDITORS, COMPLIANCE, OPERATIONS, ByRole, Kept, ReadOnly, may
from oms.base import bell
from orders.models import Account, Desk, User


class NewUser(AdminUserCreationForm):  # type: ignore[type-arg]
    """The first page of a new user."""

    class Meta:
        model = User
        fields = ("username",)


class RingsRights(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that decide who may do and see what: pages that are open hear of a change at once."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Once the row and what hangs on it are written."""
        super().save_related(request, form, formsets, change)
        bell.ring_on_commit("rights")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """One is gone."""
        super().delete_model(request, obj)
        bell.ring_on_commit("rights")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Several are gone."""
        super().delete_queryset(request, queryset)
        bell.ring_on_commit("rights")


@admin.register(User)
class Users(RingsRights, ByRole, UserAdmin):  # type: ignore[type-arg]
    """Who may log in. Nobody changes his own role or desks, and only a superuser touches a superuser."""

    editors = OPERATIONS
    add_form = NewUser
    list_display = ("username", "role", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("role", "is_active", "desks")
    search_fields = ("username", "first_name", "last_name")
    filter_horizontal = ("desks",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Rights", {"fields": ("role", "desks", "is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "usable_password", "password1", "password2", "role")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A superuser's row is for superusers."""
        above = isinstance(obj, User) and obj.is_superuser and not getattr(request.user, "is_superuser", False)
        return super().has_change_permission(request, obj) and not above

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponseBase:
        """A new password ends the sessions that the old one began."""
        response: HttpResponseBase = super().user_change_password(request, id, form_url)
        bell.ring("rights")
        return response

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What whoever edits may not give, least of all to himself."""
        fixed = ["last_login", "date_joined"]
        if not getattr(request.user, "is_superuser", False):
            fixed.append("is_superuser")
        if obj is not None and obj.pk == request.user.pk:
            fixed += ["role", "desks", "is_active", "is_staff", "is_superuser"]
        return fixed


@admin.register(Desk)
class Desks(Kept):
    """Desks."""

    editors = OPERATIONS
    list_display = ("code", "name")
    search_fields = ("code", "name")


@admin.register(Account)
class Accounts(Kept):
    """Accounts. One that is no longer used is made inactive."""

    editors = OPERATIONS
    list_display = ("code", "name", "desk", "client", "portfolio", "base_currency", "average_price", "auto_affirm",
                    "active")  # fmt: skip
    list_filter = ("desk", "active", "average_price", "client", "portfolio")
    search_fields = ("code", "name")
    list_select_related = ("desk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What trades in an account are for is decided before there are any: whose they are follows from it."""
        return ("average_price",) if obj else ()


@admin.register(LogEntry)
class LogEntries(ReadOnly):
    """What was done in the admin, by whom. What is written on a list is told only to those who may read the lists."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "change_message")
    list_filter = ("action_flag", "content_type")
    search_fields = ("object_repr", "user__username")
    list_select_related = ("user", "content_type")
    confidential = ("restriction", "observation")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Without the names on lists, for everybody but compliance and auditors."""
        rows = super().get_queryset(request)
        if may(request, COMPLIANCE | AUDITORS):
            return rows
        return rows.exclude(content_type__app_label="risk", content_type__model__in=self.confidential)


# Whoever imports this module first: knox has registered its own page by now, and does not do so again.
import_module("knox.admin")
admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class Tokens(RingsRights, ByRole):
    """Tokens in use: taken away here, given at /api/v1/auth/login/. The token itself is nowhere to be read."""

    editors = OPERATIONS
    deletable = True
    list_display = ("user", "created", "expiry")
    fields = ("user", "created", "expiry")
    search_fields = ("user__username",)
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Not here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False
