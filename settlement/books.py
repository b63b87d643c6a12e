"""The ledger: double entry in money and in units of securities.

A ledger entry is one *transfer*: an amount above zero of one asset from the credit account to the debit
account. So a transaction sums to zero per currency and per security by construction, whatever rows it has.
The alternative, signed rows and a deferred trigger that adds them up, costs a sum at each commit and can be
switched off by whoever owns the table; here a row that does not balance cannot be written down. What is
left to enforce is that both accounts hold the same asset, and composite foreign keys (account, asset) do
that (migrations/0002_sql.py).

Transfers have two phases: *pending* on trade date, when the obligation arises, and *posted* on settlement.
Rows never change: a posted or void row resolves the pending one, once.
"""

from django.db import models
from django.db.models import F, Q

from oms.base import money
from orders.models import Account, Instrument

KINDS = [
    "trade", "settlement", "void", "reversal", "dividend", "coupon", "corporate_action", "variation_margin",
    "exercise", "expiry", "penalty", "transfer", "adjustment", "pnl",
]  # fmt: skip


class Asset(models.Model):
    """What a ledger account counts: a currency (ISO 4217) or an instrument's units."""

    # Null, not blank, is "not a currency": only nulls may repeat under a unique constraint.
    currency = models.CharField(max_length=3, null=True, blank=True, unique=True)
    instrument = models.OneToOneField(Instrument, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__isnull=False, instrument__isnull=True)
                | Q(currency__isnull=True, instrument__isnull=False),
                name="asset_currency_or_instrument",
            ),
            models.CheckConstraint(
                condition=Q(currency__isnull=True) | Q(currency__regex=r"^[A-Z]{3}$"),
                name="asset_currency_iso_4217",
            ),
        ]

    def __str__(self) -> str:
        return self.currency or str(self.instrument)


class LedgerAccount(models.Model):
    """One owner's account in one asset at one place.

    ``owner``: one of our accounts; the street (the counterparties of a place); what commission and fees are
    paid to; an issuer (its paying agent); a clearing house; the custodian; profit and loss; what is not
    explained yet (suspense). ``party`` is the place's counterparty, the fee's code, or whichever name its
    owner has. The balance of an account is its debits less its credits.
    """

    class Owner(models.TextChoices):
        ACCOUNT = "account"
        STREET = "street"
        COMMISSION = "commission"
        FEE = "fee"
        ISSUER = "issuer"
        CLEARING = "clearing"
        CUSTODIAN = "custodian"
        PNL = "pnl"
        SUSPENSE = "suspense"

    owner = models.CharField(max_length=10, choices=Owner.choices)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    party = models.CharField(max_length=40, blank=True)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    location = models.CharField(max_length=11, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "account", "party", "asset", "location"],
                name="ledger_account_once",
                nulls_distinct=False,
            ),
            # The target of the entries' composite foreign keys.
            models.UniqueConstraint(fields=["id", "asset"], name="ledger_account_asset"),
            models.CheckConstraint(
                condition=Q(owner="account", account__isnull=False, party="")
                | Q(owner__in=["street", "commission", "fee", "issuer", "clearing", "custodian"], account__isnull=True)
                # Profit, and what is not explained yet, may be an account's or the firm's.
                | Q(owner__in=["pnl", "suspense"]),
                name="ledger_account_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.account or self.party} {self.asset}"


class LedgerTransaction(models.Model):
    """A set of transfers that happen together. Append-only.

    ``source`` says what it was made from and is its idempotency key; ``input_hash`` tells a repetition from
    another transaction under the same key. ``effective_date`` is the business day it counts for,
    ``value_date`` the day the assets move, ``inserted_at`` when we wrote it.
    """

    class Kind(models.TextChoices):
        TRADE = "trade"
        SETTLEMENT = "settlement"
        VOID = "void"
        REVERSAL = "reversal"
        DIVIDEND = "dividend"
        COUPON = "coupon"
        CORPORATE_ACTION = "corporate_action"
        VARIATION_MARGIN = "variation_margin"
        EXERCISE = "exercise"
        EXPIRY = "expiry"
        PENALTY = "penalty"
        TRANSFER = "transfer"
        ADJUSTMENT = "adjustment"
        PNL = "pnl"

    source = models.CharField(max_length=64, unique=True)
    input_hash = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    effective_date = models.DateField()
    value_date = models.DateField()
    inserted_at = models.DateTimeField()
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["id"]
        # Statements are of a day: what was posted on it, and after it.
        indexes = [models.Index(fields=["effective_date"], name="ledger_transaction_of_day")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="ledger_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False) | ~Q(kind="reversal") & Q(reverses__isnull=True),
                name="ledger_reversal_names_its_object",
            ),
        ]

    def __str__(self) -> str:
        return self.source


class LedgerEntry(models.Model):
    """A transfer of ``amount`` of ``asset`` out of the credit account into the debit account. Append-only.

    A posted or void entry that resolves a pending one takes the whole of it; what remains of a partial
    settlement is a new pending entry in the same transaction. So each pending entry is resolved at most
    once. ``obligation`` is the one whose securities or money the entry moves, if it is one's.
    """

    class Phase(models.TextChoices):
        PENDING = "pending"
        POSTED = "posted"
        VOID = "void"

    transaction = models.ForeignKey(LedgerTransaction, models.PROTECT, related_name="entries")
    # The foreign keys of these three are the composite ones of migrations/0002_sql.py.
    debit_account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="debits", db_constraint=False, db_index=False
    )
    credit_account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="credits", db_constraint=False, db_index=False
    )
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    amount = money.amount()
    phase = models.CharField(max_length=8, choices=Phase.choices)
    resolves = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="resolved_by")
    obligation = models.ForeignKey(
        "settlement.Obligation", models.PROTECT, null=True, blank=True, related_name="entries"
    )

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "ledger entries"
        # What moved one account, for its statement and for what it has still to come.
        indexes = [
            models.Index(fields=["debit_account", "id"], name="ledger_entry_debit"),
            models.Index(fields=["credit_account", "id"], name="ledger_entry_credit"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_entry_amount_positive"),
            models.CheckConstraint(condition=~Q(debit_account=F("credit_account")), name="ledger_entry_between_two"),
            models.CheckConstraint(
                condition=Q(phase="pending", resolves__isnull=True)
                | Q(phase="void", resolves__isnull=False)
                | Q(phase="posted"),
                name="ledger_entry_phase",
            ),
        ]

    def __str__(self) -> str:
        return f"{money.plain(self.amount)} {self.phase}"


class Balance(models.Model):
    """An account's balance, kept in the transaction that writes its entries; summing the entries gives the
    same.

    ``posted`` is debits less credits; ``pending_in`` and ``pending_out`` are pending debits and credits not
    yet resolved. ``version`` counts the entries that touched the account.
    """

    ledger_account = models.OneToOneField(LedgerAccount, models.PROTECT, primary_key=True, related_name="balance")
    posted = money.amount(default=0)
    pending_in = money.amount(default=0)
    pending_out = money.amount(default=0)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pending_in__gte=0, pending_out__gte=0), name="balance_pending_not_negative"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ledger_account_id}: {money.plain(self.posted)}"
