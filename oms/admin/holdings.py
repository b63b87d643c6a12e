"""What positions follow from beside executions, what their days have made, and cash and securities in and out."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oms.admin.base import OPERATIONS, TRADING, WATCHERS, ReadOnly, may, tell
from oms.desk import Actor, transfers
from orders.models import DayResult, PositionAdjustment, User
from settlement.models import BookTransfer


@admin.register(PositionAdjustment)
class PositionAdjustments(ReadOnly):
    """What has moved positions and was no execution."""

    viewers = WATCHERS | TRADING
    desk_path = "account__desk"
    list_display = ("id", "source", "account", "instrument", "kind", "qty", "px", "money", "trade_date", "actor")
    list_filter = ("kind", "trade_date")
    search_fields = ("=source", "=account__code", "=instrument__symbol")
    list_select_related = ("account", "instrument")


@admin.register(DayResult)
class DayResults(ReadOnly):
    """What each day has made of each position."""

    viewers = WATCHERS | TRADING
    desk_path = "account__desk"
    list_display = (
        "day", "account", "instrument", "qty", "price", "price_at", "day_realised", "day_fifo_realised",
        "day_unrealised", "day_dividends", "day_fees", "base", "fx_rate", "fx_at", "day_base", "day_fx_cash",
        "day_fx_position", "missing",
    )  # fmt: skip
    list_filter = ("day",)
    search_fields = ("=account__code", "=instrument__symbol")
    list_select_related = ("account", "instrument")


@admin.register(BookTransfer)
class BookTransfers(ReadOnly):
    """Cash and securities in and out. Proposed over REST; whoever did not propose one books or refuses it here."""

    list_display = (
        "reference", "account", "currency", "instrument", "amount", "px", "reason", "state", "proposed_by",
        "decided_by",
    )  # fmt: skip
    list_filter = ("state",)
    search_fields = ("=reference", "=account__code")
    list_select_related = ("account", "instrument", "proposed_by", "decided_by")
    actions = ("book", "refuse")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may decide."""
        return may(request, OPERATIONS)

    @admin.action(description="Book selected transfers", permissions=["operate"])
    def book(self, request: HttpRequest, rows: QuerySet[BookTransfer]) -> None:
        """Ledger, position and limits follow; each that cannot says why."""
        self._decide(request, rows, book=True)

    @admin.action(description="Refuse selected transfers", permissions=["operate"])
    def refuse(self, request: HttpRequest, rows: QuerySet[BookTransfer]) -> None:
        """They end; nothing moves."""
        self._decide(request, rows, book=False)

    def _decide(self, request: HttpRequest, rows: QuerySet[BookTransfer], *, book: bool) -> None:
        assert isinstance(request.user, User)
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        refusals = [no for no in transfers.decide(keys, Actor.of(request.user), book=book) if no]
        done = len(keys) - len(refusals)
        tell(self, request, refusals, f"{done} transfers {'booked' if book else 'refused'}" if done else "")
