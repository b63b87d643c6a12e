"""Orders that belong together: contingencies, baskets, blocks and the legs of a spread."""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection, models
from django.db.models import Q

from oms.base import bell, money, sets
from orders.order import Order
from orders.people import Desk
from orders.vocabulary import ContingencyType, choices


class OrderList(models.Model):
    """A list of orders (FIX 35=E) under the ListID (66) its sender gave it. What it means is its ``kind`` (1385).

    ``to_check`` says that a member changed since somebody last looked at what follows for the others; ``stamp`` counts
    the changes, so that whoever looked clears the mark only if there was none meanwhile.
    """

    list_id = models.CharField(max_length=64)
    sender_comp_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=choices(ContingencyType))
    desk = models.ForeignKey(Desk, models.PROTECT, db_index=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False)
    all_or_nothing = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    to_check = models.BooleanField(default=False)
    stamp = models.BigIntegerField(default=0)
    text = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["id"], name="list_to_check", condition=Q(to_check=True))]
        constraints = [
            models.UniqueConstraint(fields=["sender_comp_id", "list_id"], name="list_id_once"),
            models.CheckConstraint(condition=Q(kind__in=sorted(ContingencyType)), name="list_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.list_id}"


class ListOrder(models.Model):
    """Order ``order`` is the ``seq_no``-th (ListSeqNo, 67) of the list; its ``role`` depends on the kind.

    ``ratio_qty`` (623) is a leg's quantity for one of the spread, or what a linked order was for when it was linked;
    ``leg_ref_id`` (654) what whoever entered the spread calls the leg; ``wave`` numbers the parts of a basket, from 1
    as they are released. A spread is the member numbered 0, in the role WHOLE; its legs are numbered from 1, in the
    role LEG. A block is the member numbered 0, too, in the role BLOCK; the role of the others is why they were held
    before, or OUT if they were taken out again.
    """

    list = models.ForeignKey(OrderList, models.PROTECT, related_name="members")
    order = models.ForeignKey(Order, models.PROTECT, related_name="lists")
    seq_no = models.PositiveIntegerField()
    role = models.CharField(max_length=12, blank=True)
    ratio_qty = money.amount(null=True, blank=True)
    leg_ref_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    wave = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "order"], name="list_order_once"),
            models.UniqueConstraint(fields=["list", "seq_no"], name="list_seq_no_once"),
            models.CheckConstraint(
                condition=Q(ratio_qty__isnull=True) | Q(ratio_qty__gt=0), name="list_ratio_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq_no} of {self.list_id}"


# Roles in a block, beside what a member was held for; UNROUTED is one that was held for nothing.
BLOCK, OUT, UNROUTED = "block", "out", "unrouted"


def name_in_block(block_id: int, exec_id: str) -> str:
    """What a block calls the execution of its child: an ExecID is booked once a venue, so it needs one of its own."""
    return f"{block_id}/{exec_id}"


# Kinds of list in which what happens to one order has consequences for others.
CONTINGENT = (
    ContingencyType.ONE_CANCELS_OTHER,
    ContingencyType.ONE_TRIGGERS_OTHER,
    ContingencyType.ONE_UPDATES_OTHER,
    ContingencyType.BRACKET,
)
# Roles in a list of the kind multileg.
WHOLE, LEG = "whole", "leg"
# Kinds of list that somebody looks at when one of their orders changed.
_WATCHED = (*CONTINGENT, ContingencyType.MULTILEG)
_TOUCH = f"""
UPDATE {OrderList._meta.db_table} l SET to_check = true, stamp = stamp + 1
WHERE l.active AND l.kind = ANY(%s)
  AND l.id IN (SELECT list_id FROM {ListOrder._meta.db_table} WHERE order_id = ANY(%s::bigint[]))
"""


def touched(order_ids: Sequence[int]) -> None:
    """Note, in the transaction that changed these orders, that their lists must be looked at. One statement."""
    if not order_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, [[str(kind) for kind in _WATCHED], sets.literal(order_ids)])
        if cursor.rowcount:
            bell.ring_on_commit("lists")
