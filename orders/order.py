"""Orders and the requests made about them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Round

from oms.base import money
from orders import lifecycle
from orders.people import Account, Desk
from orders.reference import Instrument
from orders.vocabulary import (
    MAY_BE_PRICED,
    PRICED,
    TRIGGERED,
    Composition,
    HandlInst,
    Hold,
    OrdStatus,
    OrdType,
    PegOffsetType,
    PegPriceType,
    Phase,
    Side,
    TimeInForce,
    choices,
)

# The precedence of orders/lifecycle.py, said again in SQL. A test holds the two equal over every combination.
ORD_STATUS = Case(
    When(cancels_pending__gt=0, then=Value(OrdStatus.PENDING_CANCEL.value)),
    When(replaces_pending__gt=0, then=Value(OrdStatus.PENDING_REPLACE.value)),
    When(phase__in=[Phase.DONE_FOR_DAY, Phase.CALCULATED], then=F("phase")),
    When(cum_qty__gte=F("order_qty"), then=Value(OrdStatus.FILLED.value)),
    When(phase__in=[Phase.STOPPED, Phase.SUSPENDED, Phase.CANCELED, Phase.EXPIRED], then=F("phase")),
    When(cum_qty__gt=0, then=Value(OrdStatus.PARTIALLY_FILLED.value)),
    default=F("phase"),
)
_NOTHING = Value(0, output_field=money.amount())
LEAVES_QTY = Case(
    When(phase__in=sorted(lifecycle.CLOSED), then=_NOTHING),
    When(
        Q(phase=Phase.DONE_FOR_DAY) & ~Q(time_in_force__in=sorted(lifecycle.CARRIED)),
        then=_NOTHING,
    ),
    default=F("order_qty") - F("cum_qty"),
)
AVG_PX = Case(
    When(cum_qty__gt=0, then=Round(F("gross_trade_amt") / F("cum_qty"), precision=money.DECIMAL_PLACES)),
    default=Value(None),
    output_field=money.amount(null=True),
)


def _stored(expression: Any, field: models.Field) -> models.GeneratedField:
    return models.GeneratedField(expression=expression, output_field=field, db_persist=True)


class Order(models.Model):
    """One order. A root order (no parent) is what a client asked for; its children are what went to venues.

    ``phase``, the two counters of requests in flight, ``order_qty``, ``price``, ``cum_qty`` and ``gross_trade_amt``
    are facts and change only in orders/book.py; status, LeavesQty and AvgPx follow from them in the database.
    ``sender_comp_id`` (tag 49) is the namespace of ``cl_ord_id``: a FIX session, a user, or our own side of a venue.

    ``settl_date`` (64) is when it is to settle, where that was agreed; else as its market does.
    ``strategy`` (TargetStrategy, 847) is the strategy it is traded for: a code of the firm's own.
    ``hold`` says why an open order is not sent on; ``triggered`` that its StopPx was reached; ``emulated`` what we do
    in a venue's stead; ``unresolved`` that a request was not answered in time, so that nobody knows what became of it.
    """

    id = models.BigAutoField(primary_key=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    account = models.ForeignKey(Account, models.PROTECT)
    instrument = models.ForeignKey(Instrument, models.PROTECT)
    desk = models.ForeignKey(Desk, models.PROTECT, db_index=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False)
    sender_comp_id = models.CharField(max_length=64)
    cl_ord_id = models.CharField(max_length=64)
    venue = models.CharField(max_length=4, blank=True)
    side = models.CharField(max_length=12, choices=choices(Side))
    ord_type = models.CharField(max_length=20, choices=choices(OrdType))
    time_in_force = models.CharField(max_length=20, choices=choices(TimeInForce))
    order_qty = money.amount()
    price = money.amount(null=True, blank=True)
    stop_px = money.amount(null=True, blank=True)
    cash_order_qty = money.amount(null=True, blank=True)
    max_floor = money.amount(null=True, blank=True)
    exec_inst = models.CharField(max_length=120, blank=True)
    peg_price_type = models.CharField(max_length=12, blank=True, choices=choices(PegPriceType))
    peg_offset_value = money.amount(null=True, blank=True)
    peg_offset_type = models.CharField(max_length=12, blank=True, choices=choices(PegOffsetType))
    expire_time = models.DateTimeField(null=True, blank=True)
    handl_inst = models.CharField(max_length=12, choices=choices(HandlInst), default=HandlInst.AUTOMATED)
    strategy = models.CharField(max_length=32, blank=True)
    settl_date = models.DateField(null=True, blank=True)
    composition = models.CharField(max_length=8, blank=True, choices=choices(Composition))
    phase = models.CharField(max_length=12, choices=choices(Phase))
    cancels_pending = models.PositiveSmallIntegerField(default=0)
    replaces_pending = models.PositiveSmallIntegerField(default=0)
    cum_qty = money.amount(default=0)
    gross_trade_amt = money.amount(default=0)
    prior_cum_qty = money.amount(default=0)
    ord_status = _stored(ORD_STATUS, models.CharField(max_length=20))
    leaves_qty = _stored(LEAVES_QTY, money.amount())
    avg_px = _stored(AVG_PX, money.amount(null=True))
    to_route = models.BooleanField(default=False)
    hold = models.CharField(max_length=12, blank=True, choices=choices(Hold))
    triggered = models.BooleanField(default=False)
    emulated = models.CharField(max_length=12, blank=True)
    unresolved = models.BooleanField(default=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    text = models.CharField(max_length=500, blank=True)
    reason_code = models.CharField(max_length=40, blank=True)
    version = models.IntegerField()
    head_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["desk", "id"], name="order_desk"),
            models.Index(fields=["id"], name="order_to_route", condition=Q(to_route=True)),
            models.Index(fields=["hold", "id"], name="order_held", condition=~Q(hold="")),
            models.Index(fields=["id"], name="order_emulated", condition=~Q(emulated="")),
            models.Index(fields=["id"], name="order_unresolved", condition=Q(unresolved=True)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(order_qty__gt=0), name="order_qty_positive"),
            models.CheckConstraint(
                condition=Q(cum_qty__gte=0, cum_qty__lte=F("order_qty")), name="order_not_overfilled"
            ),
            models.CheckConstraint(condition=Q(side__in=list(Side)), name="order_side_known"),
            models.CheckConstraint(condition=Q(ord_type__in=list(OrdType)), name="order_type_known"),
            models.CheckConstraint(condition=Q(time_in_force__in=list(TimeInForce)), name="order_tif_known"),
            models.CheckConstraint(condition=Q(phase__in=list(Phase)), name="order_phase_known"),
            models.CheckConstraint(
                condition=Q(ord_type__in=sorted(PRICED), price__isnull=False)
                | Q(ord_type__in=sorted(MAY_BE_PRICED - PRICED))
                | ~Q(ord_type__in=sorted(MAY_BE_PRICED)) & Q(price__isnull=True),
                name="order_price_iff_priced",
            ),
            models.CheckConstraint(
                condition=Q(ord_type__in=sorted(TRIGGERED - {OrdType.TRAILING_STOP}), stop_px__isnull=False)
                | Q(ord_type=OrdType.TRAILING_STOP)
                | ~Q(ord_type__in=sorted(TRIGGERED)) & Q(stop_px__isnull=True),
                name="order_stop_px_iff_triggered",
            ),
            models.CheckConstraint(
                condition=Q(ord_type=OrdType.PEGGED) & ~Q(peg_price_type="")
                | Q(ord_type=OrdType.TRAILING_STOP, peg_offset_value__isnull=False)
                | Q(peg_price_type="", peg_offset_value__isnull=True),
                name="order_peg_iff_pegged",
            ),
            models.CheckConstraint(
                condition=Q(max_floor__isnull=True) | Q(max_floor__gt=0), name="order_max_floor_positive"
            ),
            models.CheckConstraint(
                condition=~Q(time_in_force=TimeInForce.GOOD_TILL_DATE) | Q(expire_time__isnull=False),
                name="order_gtd_expires",
            ),
            models.CheckConstraint(
                condition=Q(prior_cum_qty__gte=0, prior_cum_qty__lte=F("cum_qty")), name="order_prior_within_cum"
            ),
            models.CheckConstraint(condition=Q(hold="") | Q(to_route=False), name="order_held_not_routed"),
            models.CheckConstraint(condition=Q(version__gte=1), name="order_version_from_1"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True, venue="") | Q(parent__isnull=False) & ~Q(venue=""),
                name="order_venue_iff_child",
            ),
            models.CheckConstraint(condition=Q(parent__isnull=True) | Q(to_route=False), name="order_child_not_routed"),
            models.CheckConstraint(
                condition=~Q(phase=Phase.REJECTED) | Q(cum_qty=0), name="order_rejected_never_filled"
            ),
        ]

    def __str__(self) -> str:
        return self.order_id

    @property
    def order_id(self) -> str:
        """OrderID (tag 37): constant through every amendment."""
        return str(self.pk)


class OrderRequest(models.Model):
    """A request to enter, replace or cancel an order, under the ClOrdID that names it for ever (tags 11 and 41).

    A request to a venue names in ``root_cl_ord_id`` the request on the parent that it serves; that one is answered
    when all that serve it are. ``unresolved_at`` is when we gave up waiting for the answer and asked for the status.
    """

    class Kind(models.TextChoices):
        NEW = "new"
        REPLACE = "replace"
        CANCEL = "cancel"

    class State(models.TextChoices):
        PENDING = "pending"
        ACCEPTED = "accepted"
        REJECTED = "rejected"

    order = models.ForeignKey(Order, models.PROTECT, related_name="requests")
    sender_comp_id = models.CharField(max_length=64)
    cl_ord_id = models.CharField(max_length=64)
    orig_cl_ord_id = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    order_qty = money.amount(null=True, blank=True)
    price = money.amount(null=True, blank=True)
    stop_px = money.amount(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices)
    root_cl_ord_id = models.CharField(max_length=64, blank=True)
    unresolved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="request_pending", condition=Q(state="pending"))]
        constraints = [
            models.UniqueConstraint(fields=["sender_comp_id", "cl_ord_id"], name="request_cl_ord_id_once"),
            models.CheckConstraint(condition=Q(kind__in=["new", "replace", "cancel"]), name="request_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "accepted", "rejected"]), name="request_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cl_ord_id}"
