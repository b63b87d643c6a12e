"""Pages and snapshots. Included at the root."""

from django.urls import path

from oms.blotter import approvals, desks, limits, switches, unscripted, views
from oms.blotter.ops import overview, trade
from oms.blotter.ops import views as ops

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", views.SignOut.as_view(), name="logout"),
    path("blotter/", views.blotter, name="blotter"),
    path("blotter/plain/", unscripted.page, name="blotter-plain"),
    path("blotter/plain/cancel", unscripted.cancel_orders, name="blotter-plain-cancel"),
    path("desks/", desks.page, name="desks"),
    path("desks/state", desks.state, name="desks-state"),
    path("orders/<int:order_id>/", views.order, name="order"),
    path("kill-switches/", switches.page, name="kill-switches"),
    path("api/v1/blotter/switches", switches.of_desk, name="blotter-switches"),
    path("limits/", limits.page, name="limits"),
    path("overrides/", approvals.overrides, name="overrides"),
    path("ops/", overview.page, name="ops"),
    path("ops/overview", overview.data, name="ops-overview"),
    path("ops/trade/<int:order_id>/", trade.page, name="ops-trade"),
    path("ops/trade/<int:order_id>/data", trade.data, name="ops-trade-data"),
    path("ops/<slug:slug>/", ops.page, name="ops-sheet"),
    path("ops/<slug:slug>/rows", ops.rows, name="ops-rows"),
    path("ops/<slug:slug>/<int:row>/detail", ops.detail, name="ops-detail"),
    path("ops/<slug:slug>/<int:key>/", ops.page, name="ops-one"),
    path("ops/<slug:slug>/<int:key>/rows", ops.rows, name="ops-one-rows"),
    path("ops/<slug:slug>/<int:key>/<int:row>/detail", ops.detail, name="ops-one-detail"),
    path("api/v1/blotter/bars", views.price_bars, name="bars"),
    path("api/v1/blotter/instrument", views.instrument, name="blotter-instrument"),
    path("api/v1/blotter/<slug:table>/snapshot", views.table_snapshot, name="snapshot"),
]
