"""The admin: a door for operations, compliance and auditors. Orders and limits are changed by their own verbs.

Django finds this package by its name (autodiscover), so importing it registers everything.
"""

from django.contrib import admin
from django.contrib.auth.models import Group

from oms.admin import alerts, limits, orders, people, reference, risk, routing, settlement, system

# Rights follow from roles, so there are no groups to give them to.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = "Order management"
admin.site.index_title = "Operations and compliance"

__all__ = ["alerts", "limits", "orders", "people", "reference", "risk", "routing", "settlement", "system"]
