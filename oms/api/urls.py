"""Addresses of the REST door, under /api/v1/. Each is the same with and without its last slash."""

from django.urls import URLPattern, re_path
from rest_framework.views import APIView

from oms.api import auth, business_date, documents, operations, orders, reference, timeline

ORDER = "orders/(?P<order_id>[0-9]{1,19})"


def _at(address: str, view: type[APIView], name: str) -> URLPattern:
    return re_path(rf"^{address}/?$", view.as_view(), name=name)


urlpatterns = [
    _at("auth/login", auth.Login, "api-login"),
    _at("auth/logout", auth.Logout, "api-logout"),
    _at("me", auth.Me, "api-me"),
    _at("orders", orders.Orders, "api-orders"),
    _at("orders/csv", orders.OrdersCsv, "api-orders-csv"),
    _at(ORDER, orders.OneOrder, "api-order"),
    _at(f"{ORDER}/cancel", orders.Cancel, "api-order-cancel"),
    _at(f"{ORDER}/executions", orders.OrderExecutions, "api-order-executions"),
    _at(f"{ORDER}/timeline", timeline.Timeline, "api-order-timeline"),
    _at("executions", orders.Executions, "api-executions"),
    _at("positions", reference.Positions, "api-positions"),
    _at("instruments", reference.Instruments, "api-instruments"),
    _at("instruments/import", operations.ImportInstruments, "api-instruments-import"),
    _at("accounts", reference.Accounts, "api-accounts"),
    _at("quotes", reference.Quotes, "api-quotes"),
    _at("reasons", reference.Reasons, "api-reasons"),
    _at("flow", operations.Flow, "api-flow"),
    _at("business-date", business_date.BusinessDay, "api-business-date"),
    _at("schema", documents.Schema, "api-schema"),
    _at("docs", documents.Docs, "api-docs"),
    # Whatever else is asked for under this address is answered in this door's own way.
    re_path("^", documents.Nothing.as_view(), name="api-nothing"),
]
