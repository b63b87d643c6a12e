"""What we hold."""

from django.db import models
from django.db.models import Q

from oms.base import money
from orders.people import Account
from orders.reference import Instrument


class Position(models.Model):
    """The position of one account in one instrument on trade date, at average cost (orders/positions.py).

    ``qty`` is signed. ``avg_cost`` is a price; ``realised``, ``net_cash`` and ``dividends`` (which ``net_cash``
    contains) are money in the instrument's currency, before fees. ``adjusted_qty`` came or went by no execution.
    """

    account = models.ForeignKey(Account, models.PROTECT)
    instrument = models.ForeignKey(Instrument, models.PROTECT)
    qty = money.amount(default=0)
    avg_cost = money.amount(default=0)
    realised = money.amount(default=0)
    net_cash = money.amount(default=0)
    bought_qty = money.amount(default=0)
    sold_qty = money.amount(default=0)
    adjusted_qty = money.amount(default=0)
    dividends = money.amount(default=0)
    version = models.IntegerField(default=0)
    updated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "instrument"], name="position_once"),
            models.CheckConstraint(
                condition=Q(qty=models.F("bought_qty") - models.F("sold_qty") + models.F("adjusted_qty")),
                name="position_adds_up",
            ),
            models.CheckConstraint(condition=~Q(qty=0) | Q(avg_cost=0), name="position_flat_has_no_cost"),
            models.CheckConstraint(condition=Q(bought_qty__gte=0, sold_qty__gte=0), name="position_sums_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.qty} {self.instrument_id}"
