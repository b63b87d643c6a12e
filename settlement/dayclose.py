"""The close of a business date: which steps of its checklist are done and by whom, and who closed it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class CloseStep(models.Model):
    """One step of the checklist that was found done, or was done, for ``date``. Append-only: a run may be repeated."""

    date = models.DateField()
    name = models.CharField(max_length=32)
    counts = models.JSONField(default=dict)
    actor = models.CharField(max_length=150)
    done_at = models.DateTimeField()

    class Meta:
        ordering = ["date", "id"]
        constraints = [models.UniqueConstraint(fields=["date", "name"], name="close_step_once")]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class DayClose(models.Model):
    """That a business date was closed. ``reason`` and ``asked_by``: somebody wants it closed although mandatory steps
    are open (``left``), which needs a second person; until then ``closed_at`` is empty.
    """

    date = models.DateField(unique=True)
    reason = models.CharField(max_length=300, blank=True)
    left = models.JSONField(default=list, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason="", asked_by__isnull=True) | ~Q(reason="") & Q(asked_by__isnull=False),
                name="day_close_asked_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(reason="", left=[]) | ~Q(reason=""), name="day_close_leaves_nothing_without_reason"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True) | Q(closed_at__isnull=False),
                name="day_close_is_dated",
            ),
            # Nobody in closed_by is the command line: it never overrides.
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(reason="")
                | Q(closed_by__isnull=False) & ~Q(closed_by=F("asked_by")),
                name="day_close_overridden_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {'closed' if self.closed_at else 'asked for'}"


class LedgerRoot(models.Model):
    """What all entries of the ledger up to ``last_entry`` come to, digested; each root contains the one before.

    Append-only, and written to a file beside (ledger-roots.txt): an entry that is changed or taken away afterwards no
    longer gives the root. ``entries`` are those since the root before.
    """

    date = models.DateField(unique=True)
    last_entry = models.BigIntegerField()
    entries = models.BigIntegerField()
    root = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(condition=Q(entries__gte=0), name="ledger_root_counts"),
            models.CheckConstraint(condition=Q(root__regex=r"^[0-9a-f]{64}$"), name="ledger_root_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.root[:12]}"
