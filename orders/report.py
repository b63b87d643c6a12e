"""The journal: everything that ever happened to an order, as FIX execution reports."""

from django.db import models
from django.db.models import Q

from oms.base import money
from oms.base.appendonly import CommitOrder
from orders.order import Order
from orders.vocabulary import ExecRestatementReason, ExecType, OrdStatus, Side, choices


class ExecutionReport(models.Model):
    """One event of one order (FIX 35=8, and 35=9 as ``cancel_rejected``). Append-only, hash chained per order.

    ``seq`` counts the events of the order from 1 without a hole. ``exec_id`` (17) is ours, ``venue_exec_id`` the
    venue's. ``transact_time`` (60) is when it happened, ``recorded_at`` when we wrote it. ``terms`` holds what the
    first event establishes, so that the order's row can be rebuilt from its events alone. ``tx`` orders the journal
    by transaction for readers that follow it (orders/feed.py). ``exec_ref_id`` (19) is the venue's ExecID of the latest
    version of the fill that is undone. A block repeats its child's fills under a name of its own (orders/lists.py).
    ``day_cum_qty`` (425) is kept for orders that were filled on an earlier day.
    """

    id = models.BigAutoField(primary_key=True)
    tx = models.BigIntegerField(db_default=CommitOrder())
    order = models.ForeignKey(Order, models.PROTECT, related_name="reports", db_index=False)
    seq = models.IntegerField()
    exec_id = models.CharField(max_length=40)
    exec_type = models.CharField(max_length=20, choices=choices(ExecType))
    ord_status = models.CharField(max_length=20, choices=choices(OrdStatus))
    request = models.CharField(max_length=8, blank=True)
    cl_ord_id = models.CharField(max_length=64)
    orig_cl_ord_id = models.CharField(max_length=64, blank=True)
    order_qty = money.amount()
    price = money.amount(null=True)
    last_qty = money.amount(default=0)
    last_px = money.amount(null=True)
    last_mkt = models.CharField(max_length=4, blank=True)
    cum_qty = money.amount()
    leaves_qty = money.amount()
    gross_trade_amt = money.amount()
    venue_exec_id = models.CharField(max_length=96, blank=True)
    exec_ref_id = models.CharField(max_length=96, blank=True)
    text = models.CharField(max_length=500, blank=True)
    reason_code = models.CharField(max_length=40, blank=True)
    actor = models.CharField(max_length=150)
    is_root = models.BooleanField()
    account_id = models.BigIntegerField()
    instrument_id = models.BigIntegerField()
    side = models.CharField(max_length=12, choices=choices(Side))
    trade_date = models.DateField()
    transact_time = models.DateTimeField()
    recorded_at = models.DateTimeField()
    terms = models.JSONField(null=True)
    stop_px = money.amount(null=True)
    exec_restatement_reason = models.CharField(max_length=24, blank=True, choices=choices(ExecRestatementReason))
    day_cum_qty = money.amount(null=True)
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["tx", "id"], name="report_commit_order"),
            # What a position follows from, in the order it was booked (orders/holdings.py).
            models.Index(
                fields=["account_id", "instrument_id", "id"],
                condition=Q(is_root=True, exec_type__in=["trade", "trade_cancel", "trade_correct"]),
                name="report_of_position",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "seq"], name="report_seq_once"),
            # A child's fill is booked once however often the venue reports it. What is no root and no child (a spread
            # as a whole) repeats its child's ExecID, and names no market.
            models.UniqueConstraint(
                fields=["last_mkt", "venue_exec_id"],
                condition=Q(is_root=False) & ~Q(venue_exec_id="") & ~Q(last_mkt=""),
                name="report_venue_exec_id_once",
            ),
            models.CheckConstraint(condition=Q(seq__gte=1), name="report_seq_from_1"),
            models.CheckConstraint(condition=Q(exec_type__in=list(ExecType)), name="report_exec_type_known"),
            models.CheckConstraint(condition=Q(ord_status__in=list(OrdStatus)), name="report_status_known"),
            models.CheckConstraint(
                condition=~Q(exec_type__in=["trade", "trade_cancel", "trade_correct"])
                | Q(last_qty__gt=0, last_px__isnull=False),
                name="report_trade_has_fill",
            ),
            models.CheckConstraint(
                condition=~Q(exec_type__in=["trade_cancel", "trade_correct"]) | ~Q(exec_ref_id=""),
                name="report_undoing_names_fill",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exec_id} {self.exec_type}"
