"""The front desk: the only way in for doors. Every verb takes a list and answers one answer an item, in order."""

from oms.desk.amend import amend
from oms.desk.asked import Actor, Amendment, Answer, Cancellation, Draft
from oms.desk.cancel import cancel
from oms.desk.enter import enter
from oms.desk.record import pump, record
from oms.desk.route import route

__all__ = [
    "Actor",
    "Amendment",
    "Answer",
    "Cancellation",
    "Draft",
    "amend",
    "cancel",
    "enter",
    "pump",
    "record",
    "route",
]
