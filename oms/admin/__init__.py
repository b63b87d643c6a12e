"""The admin: a door for operations, compliance and auditors. Orders and limits are changed by their own verbs.

oms/urls.py has Django find this package by its name, so importing it registers everything.
"""

from django.contrib import admin
from django.contrib.auth.models import Group

from oms.admin import (
    alerts,
    allocations,
    breaches,
    controls,
    corporate_actions,
    custody,
    days,
    derivatives,
    fails,
    fixlists,
    holdings,
    instructions,
    killswitches,
    ledger,
    limits,
    orders,
    overrides,
    people,
    recon,
    reference,
    risk,
    routing,
    rules,
    sessions,
    settlement,
    system,
)

# Rights follow from roles, so there are no groups to give them to.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = "Order management"
admin.site.index_title = "Operations and compliance"

__all__ = [
    "alerts", "allocations", "breaches", "controls", "corporate_actions", "custody", "days", "derivatives", "fails",
    "fixlists", "holdings", "instructions", "killswitches", "ledger", "limits", "orders", "overrides", "people",
    "recon", "reference", "risk", "routing", "rules", "sessions", "settlement", "system",
]  # fmt: skip
