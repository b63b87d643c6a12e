"""Cash and securities that come to an account or leave it by no trade: proposed by one person, booked by another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from oms.base import money
from orders.models import Account, Instrument


class BookTransfer(models.Model):
    """Cash (``currency``) or units of an instrument into an account, or out of it, where ``amount`` is below zero.

    Free of payment. ``px`` is what a unit has cost, for the position; ``opened_on`` the day its lot counts from.
    ``reference`` is its name for whoever asked, once. Booked, it is a ledger transaction ``transfer:id`` against the
    custodian, and for securities a position adjustment of the same source.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        BOOKED = "booked"
        REFUSED = "refused"

    reference = models.CharField(max_length=64)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3, blank=True)
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, blank=True, related_name="+")
    amount = money.amount()
    px = money.amount(null=True, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="transfer_reference_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="transfer_moves_something"),
            models.CheckConstraint(
                condition=Q(currency="", instrument__isnull=False)
                | Q(currency__regex=r"^[A-Z]{3}$", instrument__isnull=True, px__isnull=True, opened_on__isnull=True),
                name="transfer_cash_or_securities",
            ),
            models.CheckConstraint(
                condition=Q(instrument__isnull=True) | Q(amount__lt=0) | Q(px__isnull=False, px__gte=0),
                name="transfer_in_has_cost",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="transfer_has_reason"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="transfer_maker_not_checker",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state__in=["booked", "refused"], decided_by__isnull=False, decided_at__isnull=False),
                name="transfer_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{money.plain(self.amount)} {self.currency or self.instrument} {self.account}"
