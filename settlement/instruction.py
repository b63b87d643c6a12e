"""The instructions that discharge obligations: one for one, or one for the net of many."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from oms.base import money
from orders.models import Account, Instrument
from settlement.obligation import Obligation
from settlement.ssi import StandingInstruction

STATES = [
    "draft", "ready", "sent", "accepted", "matched", "unmatched", "pending", "partial", "failing", "settled",
    "cancel_requested", "cancelled", "rejected",
]  # fmt: skip
# What the custodian holds and has not ended: the states in which it owes us an answer.
OPEN = ["sent", "accepted", "matched", "unmatched", "pending", "partial", "failing", "cancel_requested"]
# What it does not hold: these can be changed or called off by us alone.
STILL_HERE = ["draft", "ready", "rejected"]


class Instruction(models.Model):
    """A settlement instruction (ISO 20022 sese.023): deliver or receive, against payment or free of it.

    How its state moves is settlement/answer.py. ``net_money`` is paid by the receiver of the securities; it is
    negative where the receiver is paid. ``settled_qty`` and ``settled_money`` are the sums of its confirmations.
    ``on_hold``: it is not sent until it is released. ``cancel_requested_at`` is later than ``asked_at`` until the
    request (sese.020) was sent. ``linked_to`` and ``linkage`` say why it waits for another instruction: it replaces
    that one, or reverses it, or is the other side of a pair. ``ssi`` is the standing instruction it took its
    accounts from. Free of payment needs a maker and a checker.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        READY = "ready"
        SENT = "sent"
        ACCEPTED = "accepted"
        MATCHED = "matched"
        UNMATCHED = "unmatched"
        PENDING = "pending"
        PARTIAL = "partial"
        FAILING = "failing"
        SETTLED = "settled"
        CANCEL_REQUESTED = "cancel_requested"
        CANCELLED = "cancelled"
        REJECTED = "rejected"

    class Direction(models.TextChoices):
        DELIVER = "deliver"
        RECEIVE = "receive"

    class Payment(models.TextChoices):
        AGAINST_PAYMENT = "against_payment"
        FREE = "free"

    class Partial(models.TextChoices):
        """Partial settlement indicator: NPAR or PART."""

        NOT_ALLOWED = "not_allowed"
        ALLOWED = "allowed"

    class Linkage(models.TextChoices):
        REPLACES = "replaces"
        REVERSES = "reverses"
        PAIRED = "paired"

    obligations: "models.ManyToManyField[Obligation, InstructionObligation]" = models.ManyToManyField(
        Obligation, through="InstructionObligation", related_name="instructions"
    )
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    payment = models.CharField(
        max_length=16, choices=Payment.choices, default=Payment.AGAINST_PAYMENT, db_default="against_payment"
    )
    is_net = models.BooleanField(default=False, db_default=False)
    trade_date = models.DateField()
    settl_date = models.DateField()
    qty = money.amount()
    price = money.amount(null=True, blank=True)
    net_money = money.amount()
    currency = models.CharField(max_length=3)
    settled_qty = money.amount(default=0, db_default=0)
    settled_money = money.amount(default=0, db_default=0)
    place_of_settlement = models.CharField(max_length=11, blank=True)
    counterparty = models.CharField(max_length=40, blank=True)
    agent_bic = models.CharField(max_length=11, blank=True, db_default="")
    safekeeping_account = models.CharField(max_length=35, blank=True, db_default="")
    ssi = models.ForeignKey(
        StandingInstruction, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    partial = models.CharField(max_length=12, choices=Partial.choices, default=Partial.ALLOWED, db_default="allowed")
    priority = models.PositiveSmallIntegerField(default=3, db_default=3)
    on_hold = models.BooleanField(default=False, db_default=False)
    linked_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="linked_from")
    linkage = models.CharField(max_length=8, choices=Linkage.choices, blank=True, db_default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=300, blank=True, db_default="")
    state = models.CharField(max_length=16, choices=State.choices)
    state_at = models.DateTimeField()
    reason_code = models.CharField(max_length=4, blank=True, db_default="")
    asked_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    custodian_reference = models.CharField(max_length=40, blank=True, db_default="")
    settled_on = models.DateField(null=True, blank=True)
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["id"]
        indexes = [
            # Workers look for what is to be sent and what is unanswered; settled rows are no concern of theirs.
            models.Index(fields=["id"], name="instruction_ready", condition=Q(state="ready", on_hold=False)),
            models.Index(fields=["asked_at"], name="instruction_waiting", condition=Q(state__in=OPEN)),
            models.Index(fields=["account", "settl_date"], name="instruction_account_day"),
            models.Index(
                fields=["settled_on"],
                name="instruction_settled_late",
                condition=Q(state="settled", settled_on__gt=F("settl_date")),
            ),
            models.Index(fields=["id"], name="instruction_free", condition=Q(payment="free")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="instruction_state_known"),
            models.CheckConstraint(
                condition=Q(direction__in=["deliver", "receive"]), name="instruction_direction_known"
            ),
            models.CheckConstraint(
                condition=Q(payment="against_payment") | Q(payment="free", net_money=0),
                name="instruction_payment_known",
            ),
            models.CheckConstraint(
                condition=Q(partial__in=["not_allowed", "allowed"]), name="instruction_partial_known"
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, 4)), name="instruction_priority_1_to_4"),
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
            models.CheckConstraint(
                condition=Q(state="settled", settled_qty=F("qty"), settled_money=F("net_money"))
                | ~Q(state="settled") & Q(settled_qty__lt=F("qty"), settled_qty__gte=0),
                name="instruction_settled_at_most_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="partial") | Q(settled_qty__gt=0), name="instruction_partial_has_settled"
            ),
            models.CheckConstraint(
                condition=~Q(state="cancel_requested") | Q(cancel_requested_at__isnull=False),
                name="instruction_cancel_request_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(linkage="", linked_to__isnull=True)
                | Q(linkage__in=["replaces", "reverses", "paired"], linked_to__isnull=False),
                name="instruction_linkage_known",
            ),
            # Whoever takes securities out without payment is never alone.
            models.CheckConstraint(
                condition=Q(payment="against_payment")
                | Q(made_by__isnull=False) & (Q(state__in=["draft", "cancelled"]) | Q(checked_by__isnull=False)),
                name="instruction_free_has_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(made_by=F("checked_by")), name="instruction_maker_not_checker"
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


class InstructionObligation(models.Model):
    """Which obligations an instruction discharges: one, or all that were netted into it. Append-only.

    ``seq`` counts the instructions an obligation has had, so that two workers never give it the same one: a
    cancelled instruction may be followed by another.
    """

    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="under")
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="over", db_index=False)
    seq = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "seq"], name="instruction_obligation_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="instruction_obligation_seq_from_1"),
        ]

    def __str__(self) -> str:
        return f"{reference(self.instruction_id)} for {self.obligation_id}"


class InstructionEvent(models.Model):
    """Every state an instruction has been in, and what was said. Append-only; ``seq`` is 1..n without a
    hole.
    """

    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="events", db_index=False)
    seq = models.IntegerField()
    state = models.CharField(max_length=16)
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


class Confirmation(models.Model):
    """What the custodian confirmed as settled (sese.025), all of an instruction or a part of it. Append-only.

    Each is posted by one ledger transaction whose source is ``settlement:`` and its id, securities and money together.
    """

    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="confirmations")
    message_id = models.CharField(max_length=80)
    business_date = models.DateField()
    qty = money.amount()
    net_money = money.amount()
    custodian_reference = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["message_id"], name="confirmation_message_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="confirmation_qty_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {money.plain(self.qty)} of {reference(self.instruction_id)}"
