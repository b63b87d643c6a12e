"""Allocations: which accounts a trade is for, how that was decided, and everything that was ever asked."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from oms.base import money
from orders.models import Account, Desk, Instrument, Order
from orders.vocabulary import Side, choices
from settlement.allocation.shares import Method


class State(models.TextChoices):
    """Where an allocation stands. ``draft``: nothing is filled yet. ``frozen``: asked for before the first fill, which
    came. ``submitted``: to be booked. ``booked``: obligations and positions are the accounts'.
    """

    DRAFT = "draft"
    FROZEN = "frozen"
    SUBMITTED = "submitted"
    BOOKED = "booked"
    CANCELLED = "cancelled"


# What may still become of an allocation that is not booked.
WAITING = (State.DRAFT, State.FROZEN, State.SUBMITTED)


class Allocation(models.Model):
    """Who the executions of one or more orders of one instrument, side and trade date are for (FIX 35=J).

    ``alloc_id`` (AllocID, 70) is the sender's name for it. ``revision`` counts what was asked and what was booked: the
    shares of that revision are the present ones. ``auto_book``: it is booked by itself when its orders have ended.
    The amounts are the block's at the last booking, in ``currency``: what its accounts' shares add up to, exactly.
    ``trade_date`` is empty until the first fill. ``told_version`` is the last that clients were told of.
    """

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    side = models.CharField(max_length=12, choices=choices(Side))
    trade_date = models.DateField(null=True, blank=True)
    method = models.CharField(max_length=16, choices=choices(Method))
    min_lot = money.amount(default=1)
    state = models.CharField(max_length=10, choices=State.choices)
    auto_book = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    sender_comp_id = models.CharField(max_length=64)
    alloc_id = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True, blank=True)
    qty = money.amount(null=True, blank=True)
    avg_px = money.amount(null=True, blank=True)
    gross_trade_amt = money.amount(null=True, blank=True)
    principal = money.amount(null=True, blank=True)
    accrued = money.amount(null=True, blank=True)
    commission = money.amount(null=True, blank=True)
    fees = money.amount(null=True, blank=True)
    net_money = money.amount(null=True, blank=True)
    currency = models.CharField(max_length=3)
    text = models.CharField(max_length=300, blank=True)
    told_version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], name="allocation_waiting", condition=Q(state__in=WAITING)),
            models.Index(fields=["id"], name="allocation_untold", condition=Q(told_version__lt=F("version"))),
            models.Index(fields=["trade_date", "instrument"], name="allocation_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["sender_comp_id", "alloc_id"], condition=~Q(alloc_id=""), name="allocation_alloc_id_once"
            ),
            models.CheckConstraint(condition=Q(state__in=list(State)), name="allocation_state_known"),
            models.CheckConstraint(condition=Q(method__in=list(Method)), name="allocation_method_known"),
            models.CheckConstraint(condition=Q(side__in=list(Side)), name="allocation_side_known"),
            models.CheckConstraint(condition=Q(min_lot__gt=0), name="allocation_min_lot_positive"),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | Q(state=State.CANCELLED) | Q(trade_date__isnull=False),
                name="allocation_dated_once_filled",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.BOOKED)
                | Q(booked_at__isnull=False, qty__gt=0, avg_px__isnull=False, gross_trade_amt__isnull=False,
                    principal__isnull=False, accrued__isnull=False, commission__isnull=False, fees__isnull=False,
                    net_money__isnull=False),
                name="allocation_booked_complete",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"allocation {self.pk} {self.state}"


class AllocationOrder(models.Model):
    """An order whose executions of the trade date are allocated. ``active`` until the allocation is cancelled."""

    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="orders")
    order = models.ForeignKey(Order, models.PROTECT, related_name="allocations")
    trade_date = models.DateField(null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["allocation", "order"]
        constraints = [
            models.UniqueConstraint(fields=["allocation", "order"], name="allocation_order_once"),
            models.UniqueConstraint(
                fields=["order", "trade_date"], condition=Q(active=True), name="allocation_one_a_day"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(active=True, trade_date__isnull=True), name="allocation_one_before_fill"
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.order_id} in allocation {self.allocation_id}"


class AllocationShare(models.Model):
    """One account's part in one revision of an allocation. Append-only: a change writes the next revision.

    What was asked is ``percent`` (of the whole, or of NAV), ``qty`` or ``priority`` (1 first), as the method has it.
    ``alloc_qty`` (AllocQty, 80) and the amounts are empty until a booking, whose revision has them.
    """

    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="shares", db_index=False)
    revision = models.PositiveIntegerField()
    seq = models.PositiveSmallIntegerField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    percent = money.amount(null=True, blank=True)
    qty = money.amount(null=True, blank=True)
    nav = money.amount(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    alloc_qty = money.amount(null=True, blank=True)
    avg_px = money.amount(null=True, blank=True)
    gross_trade_amt = money.amount(null=True, blank=True)
    principal = money.amount(null=True, blank=True)
    accrued = money.amount(null=True, blank=True)
    commission = money.amount(null=True, blank=True)
    fees = money.amount(null=True, blank=True)
    net_money = money.amount(null=True, blank=True)

    class Meta:
        ordering = ["allocation", "revision", "seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "revision", "account"], name="allocation_share_account_once"
            ),
            models.UniqueConstraint(fields=["allocation", "revision", "seq"], name="allocation_share_seq_once"),
            models.CheckConstraint(
                condition=Q(
                    alloc_qty__isnull=True, avg_px__isnull=True, gross_trade_amt__isnull=True,
                    principal__isnull=True, accrued__isnull=True, commission__isnull=True, fees__isnull=True,
                    net_money__isnull=True,
                )
                | Q(
                    alloc_qty__gte=0, avg_px__isnull=False, gross_trade_amt__isnull=False, principal__isnull=False,
                    accrued__isnull=False, commission__gte=0, fees__gte=0, net_money__isnull=False,
                ),
                name="allocation_share_whole",
            ),
            models.CheckConstraint(
                condition=(Q(percent__isnull=True) | Q(percent__gt=0))
                & (Q(qty__isnull=True) | Q(qty__gt=0))
                & (Q(nav__isnull=True) | Q(nav__gt=0)),
                name="allocation_share_asks_positive",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"allocation {self.allocation_id}/{self.revision} for {self.account_id}"


class AllocationEvent(models.Model):
    """What happened to an allocation, by whom and why. Append-only; ``seq`` is 1..n without a hole."""

    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    act = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    revision = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["allocation", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["allocation", "seq"], name="allocation_event_seq_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="allocation_event_seq_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.allocation_id}/{self.seq} {self.act}"
