"""What is kept of lots: where the line of one position stood at some event, so that nobody folds it from the start."""

from django.db import models

from oms.base import money
from orders.people import Account
from orders.reference import Instrument


class LotBook(models.Model):
    """The open lots of one position after the execution ``through_event`` and the adjustment ``through_adjustment``.

    It can be thrown away: orders/lots.py gives the same from the journal, and goes on from here. ``lots`` are
    (qty, px, day opened), the oldest first; ``realised`` is money by FIFO in the instrument's currency, before fees.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    lots = models.JSONField()
    realised = money.amount()
    through_event = models.BigIntegerField()
    through_adjustment = models.BigIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "instrument"], name="lot_book_once")]

    def __str__(self) -> str:
        return f"lots of {self.account_id} in {self.instrument_id}"
