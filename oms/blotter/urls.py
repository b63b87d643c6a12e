"""Pages and snapshots. Included at the root."""

from django.urls import path

from oms.blotter import approvals, limits, switches, views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", views.SignOut.as_view(), name="logout"),
    path("blotter/", views.blotter, name="blotter"),
    path("orders/<int:order_id>/", views.order, name="order"),
    path("kill-switches/", switches.page, name="kill-switches"),
    path("api/v1/blotter/switches", switches.of_desk, name="blotter-switches"),
    path("limits/", limits.page, name="limits"),
    path("overrides/", approvals.overrides, name="overrides"),
    path("api/v1/blotter/bars", views.price_bars, name="bars"),
    path("api/v1/blotter/instrument", views.instrument, name="blotter-instrument"),
    path("api/v1/blotter/<slug:table>/snapshot", views.table_snapshot, name="snapshot"),
]
