"""Orders that belong together: contingencies, baskets, blocks and the legs of a spread."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from oms.base import money
from orders.order import Order
from orders.people import Desk
from orders.vocabulary import ContingencyType, choices


class OrderList(models.Model):
    """A list of orders (FIX 35=E) under the ListID (66) its sender gave it. What it means is its ``kind`` (1385).

    ``to_check`` says that a member changed since somebody last looked at what follows for the others.
    """

    list_id = models.CharField(max_length=64)
    sender_comp_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=choices(ContingencyType))
    desk = models.ForeignKey(Desk, models.PROTECT, db_index=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False)
    all_or_nothing = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    to_check = models.BooleanField(default=False)
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

    ``ratio_qty`` (623) is a leg's quantity for one of the spread; ``wave`` numbers the parts of a basket.
    """

    list = models.ForeignKey(OrderList, models.PROTECT, related_name="members")
    order = models.ForeignKey(Order, models.PROTECT, related_name="lists")
    seq_no = models.PositiveIntegerField()
    role = models.CharField(max_length=12, blank=True)
    ratio_qty = money.amount(null=True, blank=True)
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
