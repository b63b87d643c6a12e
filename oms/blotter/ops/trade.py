"""One trade's life from order to money: how far it has come, what each department holds of it, and its timeline."""

from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from oms.blotter import tables
from oms.blotter.ops import access, stages
from oms.blotter.ops.attention import attention
from oms.blotter.ops.cells import Block, Row, day, moment, money, px, qty, side, state, table, text
from oms.blotter.ops.entries import NEEDS, posted
from oms.blotter.ops.settlements import paid, state_of
from oms.blotter.ops.views import frame, today, told
from orders.models import ExecutionReport, Order, User
from settlement.models import Allocation, Instruction, LedgerEntry, Obligation, TradeConfirmation


class Life(NamedTuple):
    """What there is about one root order."""

    steps: tuple[stages.Step, ...]
    blocks: tuple[Block, ...]

    @property
    def image(self) -> dict[str, Any]:
        """As the scripts get it."""
        return {"steps": [step.image for step in self.steps], "blocks": [block.image for block in self.blocks]}


def life(order: Order) -> Life:
    """Everything that followed from the order. A fixed number of SELECTs."""
    shares = Q(allocation__allocation__orders__order=order, allocation__allocation__orders__active=True)
    needs = ("account", "instrument")
    owed = list(Obligation.objects.filter(Q(order=order) | shares).distinct().select_related(*needs).order_by("pk"))
    entries = list(LedgerEntry.objects.filter(obligation__in=owed).select_related(*NEEDS).order_by("pk"))
    fills = list(ExecutionReport.objects.filter(order=order, exec_type__in=tables.TRADES).order_by("pk"))
    sent = list(Instruction.objects.filter(obligations__in=owed).distinct().select_related(*needs).order_by("pk"))
    allocated = Allocation.objects.filter(orders__order=order, orders__active=True).first()
    confirmed = list(TradeConfirmation.objects.filter(obligation__in=owed).select_related("account").order_by("pk"))
    named = (_shares(allocated), _confirmed(confirmed)) if allocated else ()
    blocks = (_executions(fills), *named, _owed(owed), _instructed(sent), posted(entries))
    return Life(stages.of(order, fills, allocated, confirmed, owed, sent, entries), blocks)


def find(order_id: int) -> Order:
    """The root order, whichever of its family is asked for."""
    rows = Order.objects.select_related("account", "instrument", "desk", "entered_by", "parent")
    found = rows.filter(pk=order_id).first()
    if found is None:
        raise Http404(f"no order {order_id}")
    return rows.get(pk=found.parent_id) if found.parent_id else found


@require_safe
@access.watched
@gzip_page
def page(request: HttpRequest, order_id: int) -> HttpResponse:
    """The page, complete without a script but for the timeline."""
    order = find(order_id)
    told_of = life(order)
    config = {"csrf": get_token(request), "user": cast(User, request.user).username, "order_id": order.pk,
              "at": reverse("ops-trade-data", args=[order.pk]),
              "blotter": f"{reverse('blotter')}?{urlencode({'desk': order.desk.code, 'order': order.pk})}"}  # fmt: skip
    context = frame(request, "trade") | {
        "order": order,
        "steps": told_of.steps,
        "blocks": told_of.blocks,
        "config": config,
    }
    return render(request, "ops/trade.html", context)


@require_safe
@access.watched
@gzip_page
def data(request: HttpRequest, order_id: int) -> HttpResponse:
    """GET /ops/trade/<order>/data: {steps, blocks, status}; 304 while nothing has changed."""
    order = find(order_id)
    status = state("live", order.ord_status).image
    return told(request, life(order).image | {"status": status, "today": today(), "attention": attention()})


def _executions(fills: list[ExecutionReport]) -> Block:
    rows = (
        Row(str(one.pk), (
            moment(one.transact_time), text(one.exec_id), text(one.last_mkt), qty(one.last_qty), px(one.last_px),
            text(one.get_exec_type_display()), day(one.trade_date),
        ))
        for one in fills
    )  # fmt: skip
    heads = "At (UTC) | ExecID | Market | Qty> | Price> | What | Trade date"
    return table("Executions", heads, rows, "Nothing is filled yet.")


def _shares(allocation: Allocation) -> Block:
    shares = allocation.shares.filter(revision=allocation.revision).select_related("account").order_by("seq")
    rows = (
        Row(str(one.pk), (
            text(one.account.code, tone="strong"), qty(one.alloc_qty), px(one.avg_px), money(one.gross_trade_amt),
            money(one.commission), money(one.fees), money(one.net_money, tone="strong"),
        ))
        for one in shares
    )  # fmt: skip
    href = f"{reverse('ops-sheet', args=['allocations'])}?open={allocation.pk}"
    heads = "Account | Qty> | Avg px> | Gross> | Commission> | Fees, taxes> | Net>"
    return table(f"Allocation {allocation.pk}, {allocation.get_state_display().lower()}", heads, rows, href=href)


def _confirmed(confirmed: list[TradeConfirmation]) -> Block:
    at = reverse("ops-sheet", args=["confirmations"])
    rows = (
        Row(str(one.pk), (
            text(one.pk, href=f"{at}?open={one.pk}"), state(one.state), text(one.account.code), qty(one.qty),
            money(one.net_money), moment(one.affirm_by), text("was late" if one.was_late else "", tone="warn"),
        ))
        for one in confirmed
    )  # fmt: skip
    heads = "Confirmation | State | Account | Qty> | Net money> | Affirm by (UTC) | Late"
    return table("Confirmations", heads, rows, "Nothing is confirmed before it is booked.")


def _owed(owed: list[Obligation]) -> Block:
    rows = (
        Row(str(one.pk), (
            side(one.side), qty(one.qty), px(one.price), money(one.gross_trade_amt), money(one.accrued),
            money(one.commission), money(one.fees), money(one.net_money, tone="strong"), text(one.currency),
            text(one.account.code), day(one.settl_date),
        ), tone="gone" if one.reverses_id else "")
        for one in owed
    )  # fmt: skip
    heads = "Side | Qty> | Price> | Gross> | Accrued> | Commission> | Fees, taxes> | Net> | Ccy | Account | Settles"
    return table("What it owes and is owed", heads, rows, "No execution has become an obligation yet.")


def _instructed(sent: list[Instruction]) -> Block:
    rows = (
        Row(str(one.pk), (
            text(one.reference, href=f"{reverse('ops-sheet', args=['settlements'])}?open={one.pk}"), state_of(one),
            side(one.direction), qty(one.qty), qty(one.settled_qty or None), paid(one), text(one.currency),
            text(one.account.code), text(one.place_of_settlement), day(one.settl_date), day(one.settled_on),
            text("net" if one.is_net else ""),
        ))
        for one in sent
    )  # fmt: skip
    heads = "Instruction | State | Direction | Qty> | Settled> | Money> | Ccy | Account | Place | Settles | On | Net"
    return table("Settlement instructions", heads, rows, "Nothing is instructed yet.")
