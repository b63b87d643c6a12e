"""Corporate actions, everything that was done about them, and what each account was entitled to."""

from django.db import models
from django.db.models import F, Q

from oms.base.money import amount as number
from oms.base.money import plain
from orders.models import Account, Instrument
from settlement.actions.kinds import AUTOMATIC, Kind


class CorporateAction(models.Model):
    """What an issuer does, as announced (ISO 20022 seev.031).

    announced -> approved by a second person -> effective (its ex-date was booked) -> processed (paid), or cancelled
    before it was effective. What is made from the terms of a bond is ``automatic`` and needs nobody. ``source`` names
    the notice and is what a repetition is known by.

    ``amount`` is money a unit (bonds: per 100 of face) of ``currency``; ``new`` units come for ``old`` ones, of
    ``into`` where the action gives another instrument; ``in_lieu_px`` is paid for fractions of a unit; ``pct`` is the
    part of cost that goes with a spin-off, or of each holding that is called. Positions as of the close before
    ``ex_date`` are entitled; those of bonds as settled by ``record_date``.
    """

    class State(models.TextChoices):
        ANNOUNCED = "announced"
        APPROVED = "approved"
        EFFECTIVE = "effective"
        PROCESSED = "processed"
        CANCELLED = "cancelled"

    source = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value.replace("_", " ")) for kind in Kind])
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    ex_date = models.DateField()
    record_date = models.DateField()
    pay_date = models.DateField()
    currency = models.CharField(max_length=3)
    amount = number(null=True, blank=True)
    new = number(null=True, blank=True)
    old = number(null=True, blank=True)
    in_lieu_px = number(null=True, blank=True)
    pct = number(null=True, blank=True)
    into = models.ForeignKey(Instrument, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    symbol = models.CharField(max_length=24, blank=True)
    isin = models.CharField(max_length=12, blank=True)
    text = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    automatic = models.BooleanField(default=False)
    announced_by = models.CharField(max_length=150)
    announced_at = models.DateTimeField()
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    # Whether the open orders of the instrument have been seen to.
    orders_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["ex_date"], name="corporate_action_open", condition=Q(state__in=["approved", "effective"])
            ),
            models.Index(
                fields=["ex_date", "id"],
                name="corporate_action_orders",
                condition=Q(state__in=["effective", "processed"], orders_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source"], name="corporate_action_source_once"),
            models.CheckConstraint(condition=Q(kind__in=list(Kind)), name="corporate_action_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["announced", "approved", "effective", "processed", "cancelled"]),
                name="corporate_action_state_known",
            ),
            models.CheckConstraint(
                condition=Q(ex_date__lte=F("pay_date"), record_date__lte=F("pay_date")),
                name="corporate_action_pays_last",
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="corporate_action_iso_4217"),
            models.CheckConstraint(
                condition=(Q(amount__isnull=True) | Q(amount__gt=0))
                & (Q(new__isnull=True, old__isnull=True) | Q(new__gt=0, old__gt=0))
                & (Q(in_lieu_px__isnull=True) | Q(in_lieu_px__gt=0))
                & (Q(pct__isnull=True) | Q(pct__gt=0, pct__lte=100)),
                name="corporate_action_terms_positive",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["cash_dividend", "coupon", "call", "maturity"]) | Q(amount__isnull=False),
                name="corporate_action_amount",
            ),
            models.CheckConstraint(
                condition=~Q(kind="split") | Q(new__gt=F("old")), name="corporate_action_split_gives_more"
            ),
            models.CheckConstraint(
                condition=~Q(kind="reverse_split") | Q(new__lt=F("old")), name="corporate_action_reverse_gives_less"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["spin_off", "rights"]) | Q(into__isnull=False, new__isnull=False),
                name="corporate_action_into",
            ),
            models.CheckConstraint(condition=~Q(into=F("instrument")), name="corporate_action_into_another"),
            models.CheckConstraint(
                condition=~Q(automatic=True) | Q(kind__in=sorted(AUTOMATIC)), name="corporate_action_guided"
            ),
            # Maker is never checker; only what follows from the terms of a bond needs none.
            models.CheckConstraint(
                condition=Q(automatic=True) | ~Q(approved_by=F("announced_by")),
                name="corporate_action_maker_not_checker",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["announced", "cancelled"]) | Q(approved_at__isnull=False) & ~Q(approved_by=""),
                name="corporate_action_approved_by",
            ),
        ]

    def __str__(self) -> str:
        return f"CA{self.pk} {self.kind} of {self.instrument_id} on {self.ex_date}"


class CorporateActionEvent(models.Model):
    """Every state an action has been in, by whom and why. Append-only; ``seq`` is 1..n without a hole."""

    action = models.ForeignKey(CorporateAction, models.PROTECT, related_name="events", db_index=False)
    seq = models.IntegerField()
    state = models.CharField(max_length=10)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["action", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["action", "seq"], name="corporate_action_event_seq_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="corporate_action_event_seq_from_1"),
        ]

    def __str__(self) -> str:
        return f"CA{self.action_id}/{self.seq} {self.state}"


class Entitlement(models.Model):
    """What an account was entitled by (``qty``), and what it gets: append-only, once an account and action.

    ``unsettled_qty`` of it were trades that had not settled: the counterparty gets what is due on them and owes it on
    (a market claim). ``money`` and ``units`` are what is booked for the account, signed, ``units`` in ``instrument``.
    """

    action = models.ForeignKey(CorporateAction, models.PROTECT, related_name="entitlements", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    qty = number()
    unsettled_qty = number(default=0)
    money = number(default=0)
    units = number(default=0)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["action", "account"]
        constraints = [
            models.UniqueConstraint(fields=["action", "account"], name="entitlement_once"),
            models.CheckConstraint(condition=~Q(qty=0), name="entitlement_of_something"),
        ]

    def __str__(self) -> str:
        return f"CA{self.action_id} {self.account_id}: {plain(self.qty)}"


class MarketClaim(models.Model):
    """Income that the counterparty of a trade owes the account, or gets of it (``money`` below zero), because the trade
    was made before the ex-date and settles after the record date.

    Pending in the ledger as ``claim:action:obligation`` from the ex-date, settled once the trade has and the pay date
    has come; void if the trade is called off.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        SETTLED = "settled"
        VOID = "void"

    action = models.ForeignKey(CorporateAction, models.PROTECT, related_name="claims", db_index=False)
    obligation = models.ForeignKey("settlement.Obligation", models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    counterparty = models.CharField(max_length=40, blank=True)
    qty = number()
    money = number()
    state = models.CharField(max_length=7, choices=State.choices)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], name="market_claim_pending", condition=Q(state="pending"))]
        constraints = [
            models.UniqueConstraint(fields=["action", "obligation"], name="market_claim_once"),
            models.CheckConstraint(
                condition=Q(qty__gt=0, money__gt=0) | Q(qty__lt=0, money__lt=0), name="market_claim_of_something"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", ended_at__isnull=True)
                | Q(state__in=["settled", "void"], ended_at__isnull=False),
                name="market_claim_ended_when",
            ),
        ]

    def __str__(self) -> str:
        return f"CA{self.action_id} {self.account_id}: {plain(self.money)} of {self.counterparty}"


class CustodyMovement(models.Model):
    """A posted transfer of one of our accounts that the custodian is told of, because no instruction asked for it."""

    entry = models.OneToOneField("settlement.LedgerEntry", models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], name="custody_movement_unsent", condition=Q(sent_at__isnull=True))]

    def __str__(self) -> str:
        return f"CM{self.pk:012d}"
