"""The pages, and the snapshots they start from."""

import secrets
from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from oms.base import bell
from oms.blotter import access, bars, snapshot, tables
from orders.filter import shape
from orders.models import BusinessDate, ExecutionReport, Instrument, Order, User

# Panels that may have a window of their own (static/blotter/popout.js).
PANELS = ("orders", "executions", "positions", "alerts", "market", "ladder", "history")


class SignIn(LoginView):
    """Name and password; whoever is signed in already goes on to the blotter."""

    template_name = "login.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """By POST only. Pages that are open elsewhere with the same session hear of it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The session ends."""
        response = super().post(request, *args, **kwargs)
        bell.ring("rights")
        return response


@require_safe
def home(_request: HttpRequest) -> HttpResponse:
    """The front door leads to the blotter."""
    return HttpResponseRedirect(reverse("blotter"))


@require_safe
@login_required
def blotter(request: HttpRequest) -> HttpResponse:
    """The trader's page for a desk of the user's: the one asked for, else the one looked at last, else the oldest."""
    desks = access.desks_for(request.user)
    asked = request.GET.get("desk", "")
    if asked in desks:
        request.session["desk"] = asked
    last: str = request.session.get("desk", "")
    desk = last if last in desks else next(iter(desks), "")
    panel = request.GET.get("panel", "")
    context = {
        "desk": {"code": desk},
        "panel": panel if panel in PANELS else "",
        "config": _config(request, desk, desks),
    }
    return render(request, "blotter.html", context)


def _config(request: HttpRequest, desk: str, desks: list[str]) -> dict[str, Any]:
    """What the page's scripts must know, handed over as JSON in the markup."""
    user: User = request.user  # type: ignore[assignment]
    accounts = access.accounts_for(user).filter(desk__code=desk, active=True).values("code", "name")
    today = BusinessDate.objects.values_list("today", flat=True).first()
    return {
        "accounts": list(accounts),
        "business_date": today.isoformat() if today else "",
        "csrf": get_token(request),
        "desk": desk,
        "desks": desks,
        "filter": shape(),
        "may_change": access.may_change(user),
        "may_trade": access.may_trade(user),
        "nonce": str(request.csp_nonce),  # type: ignore[attr-defined]
        "schema": tables.COLUMNS,
        "tab": secrets.token_hex(4),
        "user": user.username,
        "watches": access.watches(user),
    }


@require_safe
@login_required
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order: its terms, its children, its fills, and what happened to it from entry to settlement."""
    mine = Order.objects.filter(desk__code__in=access.desks_for(request.user))
    found = mine.filter(pk=order_id).select_related("account", "instrument", "desk", "entered_by", "parent").first()
    if found is None:
        raise Http404(f"no order {order_id}")
    trades = ExecutionReport.objects.filter(order=found, exec_type__in=tables.TRADES).order_by("id")
    context = {
        "order": found,
        "children": mine.filter(parent=found).order_by("id"),
        "trades": trades,
        "head_hash": bytes(found.head_hash).hex(),
        "life": found.parent_id or found.pk if access.watches(request.user) else None,
        "config": {"order_id": found.pk, "csrf": get_token(request)},
    }
    return render(request, "order.html", context)


@require_safe
@gzip_page
def table_snapshot(request: HttpRequest, table: str) -> HttpResponse:
    """GET /api/v1/blotter/<table>/snapshot?desk=EQ: {epoch, seq, cols, rows}; see snapshot.py for what they promise."""
    if not request.user.is_authenticated:
        return _json({"detail": "Sign in first."}, 401)
    desk = request.GET.get("desk", "")
    if table not in tables.COLUMNS or desk not in access.desks_for(request.user):
        return _json({"detail": f"No table {table} of a desk {desk} of yours."}, 404)
    return _json(snapshot.take(table, desk)._asdict())


@require_safe
def price_bars(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/blotter/bars?instrument=5: {bars: [[epoch s, open, high, low, close], ...]}, the oldest first."""
    if not request.user.is_authenticated:
        return _json({"detail": "Sign in first."}, 401)
    instrument = request.GET.get("instrument", "")
    return _json({"bars": bars.of(int(instrument)) if instrument.isdecimal() else []})


@require_safe
def instrument(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/blotter/instrument?id=5, or ?symbol=AAPL&mic=XNAS: what the ticket must know beside what it found."""
    if not request.user.is_authenticated:
        return _json({"detail": "Sign in first."}, 401)
    given = request.GET
    rows = Instrument.objects.select_related("tick_table").prefetch_related("tick_table__ticks")
    if given.get("id", "").isdecimal():
        found = rows.filter(pk=int(given["id"])).first()
    else:
        found = rows.filter(symbol=given.get("symbol", ""), primary_mic=given.get("mic", "")).first()
    if found is None:
        return _json({"detail": "No such instrument."}, 404)
    return _json(tables.instrument(found))


def _json(value: Any, status: int = 200) -> HttpResponse:
    response = HttpResponse(orjson.dumps(value), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Cookie"])
    return response
