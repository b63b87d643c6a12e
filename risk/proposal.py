"""Changes of rules that one person may not make alone: what somebody wants, and what another decided."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class RuleProposal(models.Model):
    """A rule as somebody wants it, new or changed. It comes into force when another person approves it, or never.

    ``seen`` is the version it was made on, 0 of a new rule; ``fields`` is the rule whole, by the names of its columns.
    Once decided nothing of it changes (a trigger insists).
    """

    class State(models.TextChoices):
        ASKED = "asked"
        APPROVED = "approved"
        REFUSED = "refused"

    rule = models.ForeignKey("risk.Rule", models.PROTECT, null=True, related_name="proposals")
    seen = models.PositiveIntegerField(default=0)
    fields = models.JSONField()
    reason = models.CharField(max_length=100, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = "proposed rule"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["rule"], condition=Q(state="asked"), name="rule_proposal_one_waits"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "approved", "refused"]), name="rule_proposal_state_known"
            ),
            # Maker is never checker.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("author")), name="rule_proposal_by_another"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="approved", decided_by__isnull=False, decided_at__isnull=False, rule__isnull=False)
                | Q(state="refused", decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer=""),
                name="rule_proposal_decision_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fields.get('control')} {self.fields.get('name')}: {self.state}"
