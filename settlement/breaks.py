"""Breaks, their history, and the signatures under a day's reconciliation."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from oms.base import money
from orders.models import Account
from settlement.books import LedgerTransaction
from settlement.recon.breaklife import LIVE, REASONS, STATES, WRITTEN_OFF
from settlement.recon.matching import TYPES
from settlement.statements import KINDS, Statement

RESOLVED = Q(state="resolved")


class Break(models.Model):
    """One thing about which our books and somebody's statement differ: both sides, by how much, since when, whose.

    ``key`` names the thing within kind, source and account; of it there is one live break, which goes on while later
    statements repeat it. ``difference`` is theirs less ours (units, price, money or days by ``type``), ``tolerance``
    what was allowed. ``opened_on`` is the first day it was seen and ``seen_on`` the last. A break is resolved by a
    person with a reason (``entry``: the ledger transaction that corrects us; ``adjustment``: the source of a position
    adjustment), or closes itself when a later day matches. Money written off takes two: ``resolved_by`` asked,
    ``confirmed_by`` agreed.
    """

    kind = models.CharField(max_length=9, choices=Statement.Kind.choices)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=32)
    type = models.CharField(max_length=14, choices=[(t, t) for t in TYPES])
    key = models.CharField(max_length=160)
    ours = models.JSONField(null=True, blank=True)
    theirs = models.JSONField(null=True, blank=True)
    difference = money.amount(null=True, blank=True)
    tolerance = money.amount(default=0)
    currency = models.CharField(max_length=3, blank=True)
    opened_on = models.DateField()
    seen_on = models.DateField()
    opened_at = models.DateTimeField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=11, choices=[(s, s) for s in STATES], default="open")
    reason = models.CharField(max_length=24, blank=True, choices=[(r, r) for r in REASONS])
    text = models.CharField(max_length=300, blank=True)
    entry = models.ForeignKey(LedgerTransaction, models.PROTECT, null=True, blank=True, related_name="+")
    adjustment = models.CharField(max_length=64, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "account"], name="break_live", condition=Q(state__in=LIVE))]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source", "account", "key"], condition=Q(state__in=LIVE), nulls_distinct=False,
                name="break_live_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="break_kind_known"),
            models.CheckConstraint(condition=Q(type__in=TYPES), name="break_type_known"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="break_state_known"),
            models.CheckConstraint(condition=Q(reason__in=["", *REASONS]), name="break_reason_known"),
            models.CheckConstraint(
                condition=Q(ours__isnull=False) | Q(theirs__isnull=False), name="break_has_a_side"
            ),
            models.CheckConstraint(condition=Q(seen_on__gte=F("opened_on")), name="break_seen_after_opened"),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, closed_at__isnull=True) | ~Q(state__in=LIVE) & Q(closed_at__isnull=False),
                name="break_closed_when_closed",
            ),
            models.CheckConstraint(
                condition=~Q(state="assigned") | Q(owner__isnull=False), name="break_assigned_to_somebody"
            ),
            models.CheckConstraint(
                condition=~RESOLVED | ~Q(reason="") & Q(resolved_by__isnull=False), name="break_resolved_by_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved", reason="corrected") | Q(entry__isnull=False) | ~Q(adjustment=""),
                name="break_correction_is_named",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved", reason=WRITTEN_OFF)
                | Q(confirmed_by__isnull=False, entry__isnull=False),
                name="break_written_off_by_two",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("resolved_by")),
                name="break_confirmed_by_another",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.type} {self.key}"


class BreakEvent(models.Model):
    """Each thing that happened to a break, by whom. Append-only; ``seq`` is 1..n without a hole."""

    broken = models.ForeignKey(Break, models.PROTECT, related_name="events", db_index=False)
    seq = models.IntegerField()
    verb = models.CharField(max_length=12)
    state = models.CharField(max_length=11)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["broken", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["broken", "seq"], name="break_event_seq_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="break_event_seq_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.broken_id}/{self.seq} {self.verb}"


class SignOff(models.Model):
    """The signature of operations under an account's reconciliation of one kind and day, also without a break.

    Append-only. Drop copies have no account: theirs is the firm's. Whoever signs has resolved none of its breaks:
    ``resolver`` is one of those who did, if anybody. ``open_breaks`` are those that have an owner and go on.
    """

    kind = models.CharField(max_length=9, choices=Statement.Kind.choices)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    day = models.DateField()
    matches = models.IntegerField()
    breaks = models.IntegerField()
    open_breaks = models.IntegerField()
    resolver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["day"], name="sign_off_of_day")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "account", "day"], nulls_distinct=False, name="sign_off_once"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="sign_off_kind_known"),
            models.CheckConstraint(
                condition=Q(matches__gte=0, breaks__gte=0, open_breaks__gte=0, open_breaks__lte=F("breaks")),
                name="sign_off_counts",
            ),
            models.CheckConstraint(
                condition=Q(resolver__isnull=True) | ~Q(resolver=F("signed_by")), name="sign_off_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day} signed"
