"""What an execution obliges us to. The instructions that discharge it are in settlement/instruction.py."""

from django.db import models
from django.db.models import F, Q

from oms.base import money
from orders.models import Account, ExecutionReport, Instrument, Order
from orders.vocabulary import Side, choices
from settlement.allocation.tables import AllocationShare


class Obligation(models.Model):
    """What one live execution of a root order, one account's share of an allocation, or the exercise of an option owes
    and is owed. Append-only: each is settled exactly once.

    Executions that are allocated owe nothing themselves. An allocation's ``order`` is the first of its orders. What an
    exercise or assignment delivers has no order: ``source`` names it, as its position adjustments do.

    The buyer pays ``net_money`` and receives ``qty``, the seller the other way round. ``principal`` is what
    of the gross amount is paid (nothing for a future). A row that reverses another undoes it after its
    instruction has left: its execution is the bust or correction, its side is turned round and its charges
    are given back. Names are those of FIX: TradeDate 75, SettlDate 64, GrossTradeAmt 381, NetMoney 118,
    Commission 12.
    """

    execution = models.ForeignKey(
        ExecutionReport, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    allocation = models.ForeignKey(
        AllocationShare, models.PROTECT, null=True, blank=True, related_name="obligations", db_index=False
    )
    source = models.CharField(max_length=64, blank=True)
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=12, choices=choices(Side))
    trade_date = models.DateField()
    settl_date = models.DateField()
    qty = money.amount()
    price = money.amount()
    gross_trade_amt = money.amount()
    principal = money.amount()
    accrued = money.amount()
    commission = money.amount()
    fees = money.amount()
    net_money = money.amount()
    currency = models.CharField(max_length=3)
    # What a bust or correction names when it undoes this execution: the venue and its own ExecID (tags 30
    # and 17).
    last_mkt = models.CharField(max_length=4, blank=True)
    venue_exec_id = models.CharField(max_length=64, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["execution"], condition=Q(reverses__isnull=True), name="obligation_execution_once"
            ),
            # A correction both undoes a fill and is one.
            models.UniqueConstraint(
                fields=["execution"], condition=Q(reverses__isnull=False), name="obligation_reversal_once"
            ),
            models.UniqueConstraint(
                fields=["allocation"], condition=Q(reverses__isnull=True), name="obligation_allocation_once"
            ),
            models.UniqueConstraint(
                fields=["allocation"], condition=Q(reverses__isnull=False), name="obligation_allocation_reversal_once"
            ),
            models.UniqueConstraint(
                fields=["source"], condition=Q(reverses__isnull=True) & ~Q(source=""), name="obligation_source_once"
            ),
            models.CheckConstraint(
                condition=Q(execution__isnull=False, allocation__isnull=True, source="")
                | Q(execution__isnull=True, allocation__isnull=False, source="")
                | Q(execution__isnull=True, allocation__isnull=True) & ~Q(source=""),
                name="obligation_has_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(source="", order__isnull=False) | ~Q(source="") & Q(order__isnull=True),
                name="obligation_of_an_order",
            ),
            models.CheckConstraint(condition=Q(side__in=list(Side)), name="obligation_side_known"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="obligation_qty_positive"),
            models.CheckConstraint(condition=Q(settl_date__gte=F("trade_date")), name="obligation_settles_after_trade"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="obligation_currency_iso_4217"),
            models.CheckConstraint(
                condition=Q(side="buy", net_money=F("principal") + F("accrued") + F("commission") + F("fees"))
                | ~Q(side="buy") & Q(net_money=F("principal") + F("accrued") - F("commission") - F("fees")),
                name="obligation_net_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, commission__gte=0, fees__gte=0)
                | Q(reverses__isnull=False, commission__lte=0, fees__lte=0),
                name="obligation_charges_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {money.plain(self.qty)} settling {self.settl_date}"


class ObligationCancellation(models.Model):
    """An obligation that was called off before anything of it left us: its execution was undone. Append-only.

    Its pending ledger entries are void. What had left is undone by an obligation that reverses it instead.
    """

    obligation = models.OneToOneField(Obligation, models.PROTECT, related_name="cancellation")
    execution = models.ForeignKey(ExecutionReport, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.obligation} called off"
