"""What moves a position and is no execution: allocations, transfers, corporate actions, exercises, corrections."""

from django.db import models
from django.db.models import Q

from oms.base.appendonly import CommitOrder
from oms.base.money import amount
from orders.people import Account
from orders.reference import Instrument


class Kind(models.TextChoices):
    """Why a position moved. ``dividend`` and ``coupon`` are income; the others but splits count at their price."""

    ALLOCATION = "allocation"
    TRANSFER = "transfer"
    SPLIT = "split"
    DIVIDEND = "dividend"
    COUPON = "coupon"
    SYMBOL_CHANGE = "symbol_change"
    MERGER = "merger"
    SPIN_OFF = "spin_off"
    CASH_IN_LIEU = "cash_in_lieu"
    EXERCISE = "exercise"
    ASSIGNMENT = "assignment"
    EXPIRY = "expiry"
    VARIATION_MARGIN = "variation_margin"
    CALL = "call"
    MATURITY = "maturity"
    CORRECTION = "correction"


class PositionAdjustment(models.Model):
    """A fact about one position, as it was booked. Append-only; what was wrong is followed by a ``correction``.

    ``qty`` is signed and at ``px``, ``money`` what the account got (below zero: paid) in the instrument's currency.
    ``factor_new`` for ``factor_old`` scales the cost. ``source`` says what it was made from and is its idempotency
    key. ``after_event`` is the newest event of the journal when it was written under the lock of the position: the
    position's executions up to it come before, all others after.
    """

    Kind = Kind

    tx = models.BigIntegerField(db_default=CommitOrder())
    source = models.CharField(max_length=96)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    qty = amount(default=0)
    px = amount(null=True)
    money = amount(default=0)
    factor_new = amount(null=True)
    factor_old = amount(null=True)
    trade_date = models.DateField()
    opened_on = models.DateField(null=True)
    after_event = models.BigIntegerField()
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["instrument", "account"], name="adjustment_of_position"),
            models.Index(fields=["tx", "id"], name="adjustment_commit_order"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source"], name="adjustment_source_once"),
            models.CheckConstraint(condition=~Q(source=""), name="adjustment_has_source"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="adjustment_kind_known"),
            models.CheckConstraint(
                condition=Q(factor_new__isnull=True, factor_old__isnull=True)
                | Q(factor_new__isnull=False, factor_old__isnull=False, factor_new__gt=0, factor_old__gt=0),
                name="adjustment_factors_both",
            ),
            models.CheckConstraint(
                condition=Q(qty=0) | Q(px__isnull=False) | Q(factor_new__isnull=False), name="adjustment_has_price"
            ),
            models.CheckConstraint(
                condition=~Q(kind="split") | Q(factor_new__isnull=False), name="adjustment_split_has_factors"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["dividend", "coupon", "variation_margin"]) | Q(qty=0),
                name="adjustment_income_moves_no_units",
            ),
            models.CheckConstraint(
                condition=~Q(qty=0) | ~Q(money=0) | Q(factor_new__isnull=False), name="adjustment_moves_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"
