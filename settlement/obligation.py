"""What an execution obliges us to, and the instruction that discharges it."""

from django.db import models
from django.db.models import F, Q

from oms.base import money
from orders.models import Account, ExecutionReport, Instrument, Order
from orders.vocabulary import Side, choices
from settlement.allocation.tables import AllocationShare

OPEN = ["sent", "accepted", "failing"]
STATES = ["draft", "ready", "sent", "accepted", "failing", "settled", "rejected", "cancelled"]


class Obligation(models.Model):
    """What one live execution of a root order, or one account's share of an allocation, owes and is owed.
    Append-only: each is settled exactly once.

    Executions that are allocated owe nothing themselves. An allocation's ``order`` is the first of its orders.

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
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
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
            models.CheckConstraint(
                condition=Q(execution__isnull=True) ^ Q(allocation__isnull=True), name="obligation_has_one_cause"
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


class Instruction(models.Model):
    """The settlement instruction for an obligation (ISO 20022 sese.023): deliver or receive against payment.

    draft (no place of settlement known) -> ready -> sent -> accepted -> settled, or failing until it
    settles, or rejected (operations repairs: back to ready). Cancelled only before it was sent; later an
    obligation that reverses it follows. ``net_money`` is paid by the receiver of the securities.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        READY = "ready"
        SENT = "sent"
        ACCEPTED = "accepted"
        FAILING = "failing"
        SETTLED = "settled"
        REJECTED = "rejected"
        CANCELLED = "cancelled"

    class Direction(models.TextChoices):
        DELIVER = "deliver"
        RECEIVE = "receive"

    obligation = models.OneToOneField(Obligation, models.PROTECT, related_name="instruction")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    qty = money.amount()
    net_money = money.amount()
    currency = models.CharField(max_length=3)
    settl_date = models.DateField()
    place_of_settlement = models.CharField(max_length=11, blank=True)
    counterparty = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    state_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    custodian_reference = models.CharField(max_length=40, blank=True)
    settled_on = models.DateField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["id"]
        indexes = [
            # Workers look for what is to be sent and what is unanswered; settled rows are no concern of theirs.
            models.Index(fields=["id"], name="instruction_ready", condition=Q(state="ready")),
            models.Index(fields=["asked_at"], name="instruction_waiting", condition=Q(state__in=OPEN)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=STATES),
                name="instruction_state_known",
            ),
            models.CheckConstraint(
                condition=Q(direction__in=["deliver", "receive"]), name="instruction_direction_known"
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="instruction_qty_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"]) | ~Q(place_of_settlement=""),
                name="instruction_place_unless_draft",
            ),
            models.CheckConstraint(
                condition=Q(state="settled", settled_on__isnull=False, settled_on__gte=F("settl_date"))
                | ~Q(state="settled") & Q(settled_on__isnull=True),
                name="instruction_settled_iff_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.state}"

    @property
    def reference(self) -> str:
        """The reference we give it in messages (TxId): the key the custodian removes repetitions by."""
        return reference(self.pk)


def reference(instruction_id: int) -> str:
    """TxId of an instruction."""
    return f"SI{instruction_id:012d}"


class InstructionEvent(models.Model):
    """Every state an instruction has been in, and what was said. Append-only; ``seq`` is 1..n without a
    hole.
    """

    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="events", db_index=False)
    seq = models.IntegerField()
    state = models.CharField(max_length=10)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["instruction", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["instruction", "seq"], name="instruction_event_seq_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="instruction_event_seq_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.instruction_id}/{self.seq} {self.state}"
