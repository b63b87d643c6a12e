"""What each day has made of each position, with the price and the rate it was valued at, and when those were known."""

from django.db import models
from django.db.models import Q

from oms.base import money
from oms.base.appendonly import CommitOrder
from orders.people import Account
from orders.reference import Instrument


class DayResult(models.Model):
    """One position at the end of one business date. Append-only, and made from the journal: anybody can do it again.

    To date: ``qty`` and ``avg_cost``, and in the instrument's currency ``realised`` by average cost, ``fifo_realised``,
    ``unrealised`` at ``price``, ``dividends`` (coupons too), ``fees`` (commission, charges and taxes) and ``accrued``
    interest paid on buying less got on selling. ``day_...`` is what the business date added to each. In ``base``, the
    account's currency, at ``fx_rate``: ``day_base`` is the day's result after fees, at the rate of its end;
    ``day_fx_cash`` and ``day_fx_position`` are what the change of the rate since the row before has made of the cash
    and of the market value that were there. What cannot be known (no price, no rate) is null, never zero, and
    ``missing`` says what lacks. ``through_event`` and ``through_adjustment`` are the newest that are in it.
    """

    tx = models.BigIntegerField(db_default=CommitOrder())
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    qty = money.amount()
    avg_cost = money.amount()
    price = money.amount(null=True)
    price_at = models.DateTimeField(null=True)
    price_source = models.CharField(max_length=10, blank=True)
    base = models.CharField(max_length=3)
    fx_rate = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    fx_at = models.DateTimeField(null=True)
    net_cash = money.amount()
    realised = money.amount()
    fifo_realised = money.amount()
    unrealised = money.amount(null=True)
    dividends = money.amount()
    fees = money.amount()
    accrued = money.amount()
    day_realised = money.amount()
    day_fifo_realised = money.amount()
    day_unrealised = money.amount(null=True)
    day_dividends = money.amount()
    day_fees = money.amount()
    day_accrued = money.amount()
    day_base = money.amount(null=True)
    day_fx_cash = money.amount(null=True)
    day_fx_position = money.amount(null=True)
    missing = models.CharField(max_length=40, blank=True)
    version = models.IntegerField()
    through_event = models.BigIntegerField()
    through_adjustment = models.BigIntegerField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "account", "instrument"]
        indexes = [models.Index(fields=["day"], name="day_result_day")]
        constraints = [
            models.UniqueConstraint(fields=["account", "instrument", "day"], name="day_result_once"),
            models.CheckConstraint(
                condition=Q(price__isnull=True, unrealised__isnull=False, qty=0)
                | Q(price__isnull=True, unrealised__isnull=True)
                | Q(price__isnull=False, unrealised__isnull=False),
                name="day_result_valued_at_a_price",
            ),
            models.CheckConstraint(
                condition=Q(fx_rate__isnull=False) | Q(day_base__isnull=True, day_fx_cash__isnull=True),
                name="day_result_base_at_a_rate",
            ),
            models.CheckConstraint(
                condition=Q(unrealised__isnull=False, fx_rate__isnull=False) | ~Q(missing=""),
                name="day_result_says_what_lacks",
            ),
            models.CheckConstraint(condition=Q(base__regex=r"^[A-Z]{3}$"), name="day_result_iso_4217"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} in {self.instrument_id} on {self.day}"
