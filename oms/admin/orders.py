"""Orders, what happened to them, and positions: read by everybody who may, written by nobody; actions call the desk."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from oms.admin import many
from oms.admin.base import OPERATIONS, TRADING, WATCHERS, ReadOnly, among, may, tell
from oms.base.money import parse_decimal, plain
from oms.base.refusal import Refusal
from oms.desk import Actor, Amendment, Answer, Cancellation, amend, cancel
from orders.filter import parse
from orders.filtered import matching
from orders.models import ExecutionReport, Order, OrderRequest, Position, User
from orders.vocabulary import OrdStatus
from routing.models import Venue

MOST_AMENDED = 50


def mics() -> list[str]:
    """The venues orders go to."""
    return list(Venue.objects.values_list("mic", flat=True))


@admin.register(Order)
class Orders(ReadOnly):
    """Orders: cancel and amend as actions; nothing is edited, whoever one is."""

    viewers = WATCHERS | TRADING
    desk_path = "desk"
    list_display = (
        "id", "cl_ord_id", "account", "instrument", "side", "ord_type", "time_in_force", "order_qty", "price",
        "ord_status", "cum_qty", "leaves_qty", "avg_px", "venue", "entered_by", "created_at",
    )  # fmt: skip
    list_filter = (among("ord_status", lambda: OrdStatus), "side", "desk", among("venue", mics))
    search_fields = ("=id", "=cl_ord_id", "=instrument__symbol", "=account__code")
    list_select_related = ("account", "instrument", "entered_by")
    actions = ("cancel_orders", "amend_orders", "cancel_many", "amend_many")
    search_help_text = "id, ClOrdID, symbol or account; or a filter line: sym:AAPL* side:buy qty>=1000 -status:filled"

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may cancel and amend from here. The desk asks again for itself."""
        return may(request, OPERATIONS)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """A filter line as the page has it; anything else is looked up as an identifier."""
        if not many.is_line(search_term):
            return super().get_search_results(request, queryset, search_term)
        read = parse(search_term)
        tell(self, request, read.faults)
        return queryset.filter(matching(read.terms)) if not read.faults else queryset.none(), False

    @admin.action(description="Cancel many orders, after a look…", permissions=["operate"])
    def cancel_many(self, request: HttpRequest, rows: QuerySet[Order]) -> HttpResponse | None:
        """What would become of each of the working orders among them, then exactly that."""
        return many.work(self, request, rows, many.Cancel())

    @admin.action(description="Amend many orders, after a look…", permissions=["operate"])
    def amend_many(self, request: HttpRequest, rows: QuerySet[Order]) -> HttpResponse | None:
        """The same with new terms, said once for all of them."""
        return many.work(self, request, rows, many.Amend())

    @admin.action(description="Cancel selected orders", permissions=["operate"])
    def cancel_orders(self, request: HttpRequest, rows: QuerySet[Order]) -> None:
        """One wish an order; each refusal is shown."""
        wishes = [Cancellation(key) for key in rows.order_by("pk").values_list("pk", flat=True)]
        self._tell(request, cancel(wishes, actor(request)), "canceled, or asked to be canceled")

    @admin.action(description="Amend selected orders…", permissions=["operate"])
    def amend_orders(self, request: HttpRequest, rows: QuerySet[Order]) -> HttpResponse | None:
        """Ask for the new terms on a page between; an order that changed meanwhile is refused."""
        orders = list(rows.select_related("instrument", "account").order_by("pk")[: MOST_AMENDED + 1])
        if len(orders) > MOST_AMENDED:
            tell(self, request, [Refusal("TOO_MANY", "", f"at most {MOST_AMENDED} orders at a time")])
            return None
        if "apply" not in request.POST:
            return self._ask(request, orders, {})
        wishes, faults = read_amendments(request, [order.pk for order in orders])
        if faults:
            return self._ask(request, orders, faults)
        self._tell(request, amend(wishes, actor(request)), "amended, or asked to be amended")
        return None

    def _ask(self, request: HttpRequest, orders: Sequence[Order], faults: dict[int, list[Refusal]]) -> HttpResponse:
        given = request.POST
        lines = [
            {
                "order": order,
                "cum_qty": plain(order.cum_qty),
                "order_qty": given.get(f"order_qty-{order.pk}", plain(order.order_qty)),
                "price": given.get(f"price-{order.pk}", plain(order.price) or ""),
                "version": given.get(f"version-{order.pk}", order.version),
                "faults": faults.get(order.pk, []),
            }
            for order in orders
        ]
        context = {
            **self.admin_site.each_context(request), "title": "Amend orders", "opts": self.opts, "lines": lines,
            "checkbox": ACTION_CHECKBOX_NAME, "action": "amend_orders",
        }  # fmt: skip
        return TemplateResponse(request, "oms/admin/amend.html", context)

    def _tell(self, request: HttpRequest, answers: Sequence[Answer], done: str) -> None:
        refusals = [
            refusal._replace(text=f"Order {answer.order_id}: {refusal.text}")
            for answer in answers
            for refusal in answer.refusals
        ]
        count = sum(answer.accepted for answer in answers)
        tell(self, request, refusals, f"{count} orders {done}" if count else "")


@admin.register(ExecutionReport)
class ExecutionReports(ReadOnly):
    """The journal."""

    viewers = WATCHERS | TRADING
    desk_path = "order__desk"
    list_display = (
        "id", "exec_id", "order", "seq", "exec_type", "ord_status", "side", "order_qty", "price", "last_qty", "last_px",
        "last_mkt", "cum_qty", "leaves_qty", "actor", "transact_time",
    )  # fmt: skip
    list_filter = ("exec_type", "is_root", among("last_mkt", mics), "trade_date")
    search_fields = ("=exec_id", "=venue_exec_id", "=order__id", "=cl_ord_id")
    list_select_related = ("order",)


@admin.register(OrderRequest)
class OrderRequests(ReadOnly):
    """Every ClOrdID that was ever used, and for what."""

    list_display = ("id", "order", "sender_comp_id", "cl_ord_id", "orig_cl_ord_id", "kind", "state", "created_at")
    list_filter = ("kind", "state")
    search_fields = ("=cl_ord_id", "=order__id")
    list_select_related = ("order",)


@admin.register(Position)
class Positions(ReadOnly):
    """Positions at trade date."""

    list_display = ("account", "instrument", "qty", "avg_cost", "realised", "bought_qty", "sold_qty", "updated_at")
    list_filter = ("account",)
    search_fields = ("=instrument__symbol", "=account__code")
    list_select_related = ("account", "instrument")


def actor(request: HttpRequest) -> Actor:
    """Whoever asks, as the desk knows them."""
    assert isinstance(request.user, User)
    return Actor.of(request.user)


def read_amendments(request: HttpRequest, keys: Sequence[int]) -> tuple[list[Amendment], dict[int, list[Refusal]]]:
    """The amendments a form asks for, or what is wrong with it, order by order. An empty field leaves a term alone."""
    wishes: list[Amendment] = []
    faults: dict[int, list[Refusal]] = {}
    for key in keys:
        terms: dict[str, Any] = {}
        for name in ("order_qty", "price"):
            text = request.POST.get(f"{name}-{key}", "").strip()
            value = parse_decimal(text, name, positive=True) if text else None
            if isinstance(value, Refusal):
                faults.setdefault(key, []).append(value)
            terms[name] = value
        version = request.POST.get(f"version-{key}", "")
        seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
        wishes.append(Amendment(key, terms["order_qty"], terms["price"], seen))
    return wishes, faults
