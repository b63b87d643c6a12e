"""Addresses of the REST door, under /api/v1/. Each is the same with and without its last slash."""

from django.urls import URLPattern, re_path
from rest_framework.views import APIView

from oms.api import (
    auth,
    baskets,
    blocks,
    breaches,
    business_date,
    by_filter,
    compliance_rules,
    custody,
    days,
    desk_work,
    documents,
    holdings,
    kill_switches,
    ledger,
    limits,
    lists,
    multileg,
    operations,
    orders,
    overrides,
    quarantine,
    reference,
    saved_views,
    timeline,
    transfers,
    whatif,
)

ORDER = "orders/(?P<order_id>[0-9]{1,19})"
DAY = "days/(?P<day>[0-9-]{1,10})"
KILL_SWITCH = "risk/kill-switches/(?P<switch_id>[0-9]{1,19})"
OVERRIDE = "risk/overrides/(?P<override_id>[0-9]{1,19})"
VIEW = "views/(?P<view_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
POSITION = "positions/(?P<account>[!-.0-~]{1,16})/(?P<symbol>[!-.0-~]{1,29})/lots"
TRANSFER = "transfers/(?P<transfer_id>[0-9]{1,19})"
ITEM = "custody/exceptions/(?P<item_id>[0-9]{1,19})"
LIST = "order-lists/(?P<list_pk>[0-9]{1,19})"


def _at(address: str, view: type[APIView], name: str) -> URLPattern:
    return re_path(rf"^{address}/?$", view.as_view(), name=name)


urlpatterns = [
    _at("auth/login", auth.Login, "api-login"),
    _at("auth/logout", auth.Logout, "api-logout"),
    _at("me", auth.Me, "api-me"),
    _at("orders", orders.Orders, "api-orders"),
    _at("orders/csv", orders.OrdersCsv, "api-orders-csv"),
    _at("orders/cancel-by-filter", by_filter.CancelByFilter, "api-orders-cancel-by-filter"),
    _at("orders/amend-by-filter", by_filter.AmendByFilter, "api-orders-amend-by-filter"),
    _at(ORDER, orders.OneOrder, "api-order"),
    _at(f"{ORDER}/cancel", orders.Cancel, "api-order-cancel"),
    _at(f"{ORDER}/executions", orders.OrderExecutions, "api-order-executions"),
    _at(f"{ORDER}/timeline", timeline.Timeline, "api-order-timeline"),
    _at(f"{ORDER}/accept", desk_work.Accept, "api-order-accept"),
    _at(f"{ORDER}/refuse", desk_work.Refuse, "api-order-refuse"),
    _at(f"{ORDER}/pass", desk_work.Pass, "api-order-pass"),
    _at(f"{ORDER}/note", desk_work.Note, "api-order-note"),
    _at(f"{ORDER}/release", desk_work.Release, "api-order-release"),
    _at(f"{ORDER}/slices", desk_work.Slice, "api-order-slices"),
    _at(f"{ORDER}/fills", desk_work.ManualFill, "api-order-fills"),
    _at("manual-executions/(?P<execution_id>[0-9]{1,19})/decide", desk_work.DecideFill, "api-manual-decide"),
    _at("quarantine/(?P<alert_id>[0-9]{1,19})/decide", quarantine.Quarantine, "api-quarantine-decide"),
    _at(f"{ORDER}/split", blocks.SplitOrder, "api-order-split"),
    _at(f"{ORDER}/undo", blocks.Undo, "api-order-undo"),
    _at("orders/merge", blocks.Merge, "api-orders-merge"),
    _at("multileg-orders", multileg.MultilegOrders, "api-multileg-orders"),
    _at("multileg-orders/(?P<order_id>[0-9]{1,19})", multileg.OneMultilegOrder, "api-multileg-order"),
    _at("orders/link", lists.Link, "api-orders-link"),
    _at("order-lists", lists.Lists, "api-order-lists"),
    _at(LIST, lists.OneList, "api-order-list"),
    _at(f"{LIST}/cancel", lists.CancelList, "api-order-list-cancel"),
    _at(f"{LIST}/release", lists.ReleaseWave, "api-order-list-release"),
    _at(f"{LIST}/unlink", lists.Unlink, "api-order-list-unlink"),
    _at("baskets/(?P<list_id>[!-~]{1,64})/csv", baskets.BasketCsv, "api-basket-csv"),
    _at("executions", orders.Executions, "api-executions"),
    _at("positions", holdings.Positions, "api-positions"),
    _at(POSITION, holdings.Lots, "api-position-lots"),
    _at("ledger/accounts", ledger.LedgerAccounts, "api-ledger-accounts"),
    _at("ledger/accounts/(?P<account_id>[0-9]{1,19})/entries", ledger.Entries, "api-ledger-entries"),
    _at("cash-ladder", ledger.CashLadder, "api-cash-ladder"),
    _at("transfers", transfers.Transfers, "api-transfers"),
    _at(f"{TRANSFER}/book", transfers.Book, "api-transfer-book"),
    _at(f"{TRANSFER}/refuse", transfers.Refuse, "api-transfer-refuse"),
    _at("instruments", reference.Instruments, "api-instruments"),
    _at("instruments/import", operations.ImportInstruments, "api-instruments-import"),
    _at("accounts", reference.Accounts, "api-accounts"),
    _at("limits", limits.Limits, "api-limits"),
    _at("limits/import", limits.ImportLimits, "api-limits-import"),
    _at("risk/check", whatif.Check, "api-risk-check"),
    _at("quotes", reference.Quotes, "api-quotes"),
    _at("risk/breaches", breaches.Breaches, "api-risk-breaches"),
    _at("reasons", reference.Reasons, "api-reasons"),
    _at("risk/kill-switches", kill_switches.KillSwitches, "api-kill-switches"),
    _at("risk/kill-switches/foresee", kill_switches.Foresee, "api-kill-switches-foresee"),
    _at(KILL_SWITCH, kill_switches.OneKillSwitch, "api-kill-switch"),
    _at(f"{KILL_SWITCH}/release", kill_switches.Release, "api-kill-switch-release"),
    _at("risk/overrides", overrides.OverridesView, "api-overrides"),
    _at(OVERRIDE, overrides.OneOverride, "api-override"),
    _at(f"{OVERRIDE}/grant", overrides.Grant, "api-override-grant"),
    _at(f"{OVERRIDE}/refuse", overrides.Refuse, "api-override-refuse"),
    _at("custody/exceptions", custody.CustodyExceptions, "api-custody-exceptions"),
    _at(f"{ITEM}/take", custody.TakeException, "api-custody-exception-take"),
    _at(f"{ITEM}/resolve", custody.ResolveException, "api-custody-exception-resolve"),
    _at(
        "custody/instructions/(?P<instruction_id>[0-9]{1,19})/message",
        custody.InstructionMessage,
        "api-custody-instruction-message",
    ),
    _at("custody/simulated", custody.SimulatedCustodian, "api-custody-simulated"),
    _at("flow", operations.Flow, "api-flow"),
    _at("business-date", business_date.BusinessDay, "api-business-date"),
    _at("days", days.Days, "api-days"),
    _at(DAY, days.OneDay, "api-day"),
    _at(f"{DAY}/end", days.EndDay, "api-day-end"),
    _at(f"{DAY}/start", days.StartDay, "api-day-start"),
    _at("compliance-rules", compliance_rules.ComplianceRules, "api-compliance-rules"),
    _at("compliance-rules/read", compliance_rules.Reading, "api-compliance-rules-read"),
    _at(f"compliance-rules/{compliance_rules.CODE}", compliance_rules.OneComplianceRule, "api-compliance-rule"),
    _at("views", saved_views.SavedViews, "api-saved-views"),
    _at(VIEW, saved_views.OneSavedView, "api-saved-view"),
    _at("schema", documents.Schema, "api-schema"),
    _at("docs", documents.Docs, "api-docs"),
    # Whatever else is asked for under this address is answered in this door's own way.
    re_path("^", documents.Nothing.as_view(), name="api-nothing"),
]
