"""What others say we have: statements as they came, their lines, and that each was compared. Append-only."""

from django.db import models
from django.db.models import F, Q

from oms.base import money
from orders.models import Account

KINDS = ["holdings", "movements", "cash", "dropcopy"]


class Statement(models.Model):
    """One statement that was received and can be used. What cannot be used is a custodian's exception item.

    holdings is ISO 20022 semt.002, movements semt.017, cash camt.053 (one a currency), dropcopy a venue's or broker's
    list of executions, which has no account. ``source`` is who says it; ``message_id`` the sender's, and ``digest``
    tells a repetition from another statement under the same name. ``day`` is the business date at whose end it holds;
    ``opening`` and ``closing`` are the booked balances of a cash statement.

    A corrected statement has the ``statement_id`` (StmtId, Stmt/Id) of the one it ``replaces``, a message of its own
    and a later ``made_at`` (CreDt): it is the next ``version``, which is compared anew; the older one is kept.
    """

    class Kind(models.TextChoices):
        HOLDINGS = "holdings"
        MOVEMENTS = "movements"
        CASH = "cash"
        DROPCOPY = "dropcopy"

    message_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    source = models.CharField(max_length=32)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    currency = models.CharField(max_length=3, blank=True)
    day = models.DateField()
    opening = money.amount(null=True, blank=True)
    closing = money.amount(null=True, blank=True)
    digest = models.BinaryField(max_length=32)
    received_at = models.DateTimeField()
    statement_id = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    version = models.PositiveSmallIntegerField(default=1)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["day", "kind", "account"], name="statement_of_day")]
        constraints = [
            models.UniqueConstraint(fields=["message_id"], name="statement_message_once"),
            models.UniqueConstraint(
                fields=["kind", "source", "account", "currency", "day", "version"],
                nulls_distinct=False,
                name="statement_once_a_day",
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="statement_kind_known"),
            models.CheckConstraint(
                condition=Q(version=1, replaces__isnull=True) | Q(version__gt=1, replaces__isnull=False),
                name="statement_version_replaces_one",
            ),
            models.CheckConstraint(
                condition=Q(kind="dropcopy", account__isnull=True) | ~Q(kind="dropcopy") & Q(account__isnull=False),
                name="statement_of_an_account",
            ),
            models.CheckConstraint(
                condition=Q(kind="cash", currency__regex=r"^[A-Z]{3}$", opening__isnull=False, closing__isnull=False)
                | ~Q(kind="cash") & Q(currency="", opening__isnull=True, closing__isnull=True),
                name="statement_cash_has_balances",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day} {self.message_id}"


class StatementLine(models.Model):
    """One line as its sender wrote it. ``number`` is 1..n without a hole. Append-only.

    ``isin`` is the symbol of what has no ISIN, a listed option say. ``direction`` is deliver or receive of a movement,
    buy or sell of an execution. ``money`` is signed in cash lines. ``day`` is when it settled, its value date, or its
    trade date. ``subject`` is what a drop copy names the order by.
    """

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines", db_index=False)
    number = models.IntegerField()
    reference = models.CharField(max_length=96, blank=True)
    custodian_reference = models.CharField(max_length=64, blank=True)
    isin = models.CharField(max_length=24, blank=True)
    direction = models.CharField(max_length=8, blank=True)
    qty = money.amount(null=True, blank=True)
    price = money.amount(null=True, blank=True)
    money = money.amount(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    day = models.DateField(null=True, blank=True)
    subject = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["statement", "number"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "number"], name="statement_line_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="statement_line_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.number}"


class Reconciliation(models.Model):
    """That a statement was compared with our books, and what came of it. Append-only.

    One a statement, so that a stage that died and begins again compares nothing twice. ``matched`` counts by pass;
    ``breaks`` are those the statement showed, new ones (``opened``) and those that were open before alike; ``closed``
    are those of earlier days that it ended.
    """

    statement = models.OneToOneField(Statement, models.PROTECT, related_name="reconciliation")
    ours = models.IntegerField()
    theirs = models.IntegerField()
    matched = models.JSONField()
    matches = models.IntegerField()
    breaks = models.IntegerField()
    opened = models.IntegerField()
    closed = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ours__gte=0, theirs__gte=0, matches__gte=0, opened__gte=0, closed__gte=0)
                & Q(breaks__gte=F("opened")),
                name="reconciliation_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}: {self.matches} matched, {self.breaks} breaks"
