"""Moving the business date: the day that trades are dated and that settlement falls due on."""

from datetime import date

from django.db import transaction

from oms.base import bell
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.models import BusinessDate
from settlement.calendars import SATURDAY, Unsupported
from settlement.standing import standing

# The calendar whose business days the firm's date steps over when no day is named.
HOME_CALENDAR = "US"


def advance(to_date: date | None, actor: str) -> date | Refusal:
    """Move the business date forward to ``to_date``, or to the next business day; answer the new date.

    What falls due on the days passed settles on the new one. The date never goes back: trades carry it.
    """
    with transaction.atomic():
        today = locked(BusinessDate.objects.filter(pk=1)).get().today
        try:
            day = to_date or standing().calendars[HOME_CALENDAR].add(today, 1)
        except (KeyError, Unsupported) as why:
            return Refusal("MISSING", "to_date", f"calendar {HOME_CALENDAR} does not say which day is next: {why}")
        if day <= today:
            return Refusal("BAD_VALUE", "to_date", f"the business date is {today}; it moves forward only")
        if day.weekday() >= SATURDAY:
            return Refusal("BAD_VALUE", "to_date", f"{day} is at a weekend")
        BusinessDate.objects.filter(pk=1).update(today=day, moved_at=now(), moved_by=actor)
        bell.ring_on_commit("settle", "net", "instruct", "actions", "margin", "live")
        return day
