"""Allocations and confirmations to read, with what operations does about them; cut-offs and tolerances to keep."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, TRADING, WATCHERS, Kept, ReadOnly, Roles, may, tell
from oms.base.refusal import Refusal
from oms.desk import allocating, booking
from oms.desk.affirming import Word, affirm
from oms.desk.allocating import Pick
from oms.desk.asked import Actor
from orders.models import User
from settlement.models import (
    Allocation,
    AllocationEvent,
    AllocationOrder,
    AllocationShare,
    CutOff,
    MatchTolerance,
    TradeConfirmation,
    TradeConfirmationEvent,
)


class Lines(admin.TabularInline):  # type: ignore[type-arg]
    """Rows of something that is read only."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As what they belong to."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class Members(Lines):
    """The orders of an allocation."""

    model = AllocationOrder


class Shares(Lines):
    """Every revision of its shares."""

    model = AllocationShare


class Events(Lines):
    """What happened to it."""

    model = AllocationEvent


class States(Lines):
    """The states of a confirmation."""

    model = TradeConfirmationEvent


def _actor(request: HttpRequest) -> Actor:
    assert isinstance(request.user, User)
    return Actor.of(request.user)


class Operated(ReadOnly):
    """What operations acts upon, and those who trade see of their desks."""

    viewers: Roles = WATCHERS | TRADING  # type: ignore[misc]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may act."""
        return may(request, OPERATIONS)

    def said(self, request: HttpRequest, refusals: Sequence[Refusal], done: int, what: str) -> None:
        """What became of an action."""
        tell(self, request, refusals, f"{done} {what}" if done else "")


@admin.register(Allocation)
class Allocations(Operated):
    """Who trades are for."""

    desk_path = "desk"
    list_display = (
        "id", "state", "instrument", "side", "trade_date", "method", "qty", "avg_px", "net_money", "currency",
        "alloc_id", "made_by", "auto_book",
    )  # fmt: skip
    list_filter = ("state", "method", "trade_date")
    search_fields = ("=id", "=alloc_id", "=orders__order__id", "=instrument__symbol")
    list_select_related = ("instrument", "made_by")
    inlines = (Members, Shares, Events)
    actions = ("book", "cancel")

    @admin.action(description="Book selected allocations", permissions=["operate"])
    def book(self, request: HttpRequest, rows: QuerySet[Allocation]) -> None:
        """Each that cannot be says why."""
        told = booking.book([Pick(pk) for pk in _keys(rows)], _actor(request))
        self.said(request, _refusals(told), sum(not one.refusals for one in told), "allocations booked")

    @admin.action(description="Cancel selected allocations", permissions=["operate"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Allocation]) -> None:
        """Each that cannot be says why."""
        told = allocating.cancel([Pick(pk, text="cancelled in the admin") for pk in _keys(rows)], _actor(request))
        self.said(request, _refusals(told), sum(not one.refusals for one in told), "allocations cancelled")


@admin.register(TradeConfirmation)
class Confirmations(Operated):
    """What the other side has to affirm."""

    desk_path = "account__desk"
    list_display = (
        "id", "state", "account", "instrument", "side", "qty", "avg_px", "net_money", "currency", "trade_date",
        "settl_date", "affirm_by", "was_late",
    )  # fmt: skip
    list_filter = ("state", "was_late", "trade_date")
    search_fields = ("=id", "=account__code", "=instrument__symbol")
    list_select_related = ("account", "instrument")
    inlines = (States,)
    actions = ("affirm",)

    @admin.action(description="Affirm selected, as the other side said", permissions=["operate"])
    def affirm(self, request: HttpRequest, rows: QuerySet[TradeConfirmation]) -> None:
        """Each that cannot be says why."""
        heard = affirm([Word(pk, text="affirmed in the admin") for pk in _keys(rows)], _actor(request))
        refusals = [refusal for one in heard for refusal in one.refusals]
        self.said(request, refusals, sum(not one.refusals for one in heard), "confirmations affirmed")


@admin.register(CutOff)
class CutOffs(Kept):
    """Until when trades are allocated and affirmed; a change is a new row."""

    editors = OPERATIONS
    list_display = ("market", "what", "valid_from", "at", "zone")
    list_filter = ("market", "what")


@admin.register(MatchTolerance)
class Tolerances(Kept):
    """How far the other side's price and money may be from ours."""

    editors = OPERATIONS
    list_display = ("currency", "avg_px", "net_money")


def _keys(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _refusals(told: Sequence[allocating.Told]) -> list[Refusal]:
    return [refusal for one in told for refusal in one.refusals]
