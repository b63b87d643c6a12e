"""Overrides as they are kept: who asked for which terms, who decided, until when, and which order used it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from orders.models import Desk, Order
from orders.vocabulary import choices
from risk.waiving import State, Way


class Override(models.Model):
    """Leave for one order that controls stopped: asked for by one person, granted by another, used once and in time.

    ``order`` is the order that was refused, or that was to be amended; ``decision`` what refused it. What is granted
    are ``terms`` (by name, as risk.waiving.bound says them) under their ``terms_hash``; ``breaches`` are the findings
    that are waived. Only what follows asking may change, and nothing after the end (a trigger insists).
    """

    decision = models.ForeignKey("risk.Decision", models.PROTECT, db_index=False, related_name="overrides")
    order = models.ForeignKey(Order, models.PROTECT, related_name="overrides")
    desk = models.ForeignKey(Desk, models.PROTECT, db_index=False, related_name="+")
    trader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", help_text="whose order it is"
    )
    way = models.CharField(max_length=16, choices=choices(Way))
    terms = models.JSONField()
    terms_hash = models.CharField(max_length=64)
    breaches = models.JSONField()
    state = models.CharField(max_length=8, choices=choices(State), default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField()
    used_by = models.ForeignKey(Order, models.PROTECT, null=True, db_index=False, related_name="+")
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["desk", "-id"], name="override_of_desk")]
        constraints = [
            models.UniqueConstraint(
                fields=["decision"], condition=Q(state__in=["asked", "granted"]), name="override_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "granted", "refused", "used", "expired"]), name="override_state_known"
            ),
            models.CheckConstraint(condition=Q(way__in=["second_person", "designated"]), name="override_way_known"),
            models.CheckConstraint(condition=Q(terms_hash__regex="^[0-9a-f]{64}$"), name="override_hash_sha256"),
            models.CheckConstraint(condition=~Q(reason=""), name="override_asked_with_reason"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="override_expires_later"),
            # Maker is never checker: neither who asked, nor whose order it is.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")) & ~Q(decided_by=F("trader")),
                name="override_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="expired")
                | Q(state__in=["granted", "refused", "used"], decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(answer=""),
                name="override_decision_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="used", used_by__isnull=False, used_at__isnull=False, used_at__lt=F("expires_at"))
                | ~Q(state="used") & Q(used_by__isnull=True, used_at__isnull=True),
                name="override_used_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"override {self.pk} of order {self.order_id}: {self.state}"


class OverrideEvent(models.Model):
    """One step in the life of an override, or one attempt to use it that was turned away. Append-only.

    ``order`` is the order that used it; ``by`` is nobody where an order or the clock did it.
    """

    class What(models.TextChoices):
        ASKED = "asked"
        GRANTED = "granted"
        REFUSED = "refused"
        USED = "used"
        EXPIRED = "expired"
        TURNED_AWAY = "turned_away"

    override = models.ForeignKey(Override, models.PROTECT, related_name="events")
    what = models.CharField(max_length=12, choices=What.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, db_index=False, related_name="+")
    text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["asked", "granted", "refused", "used", "expired", "turned_away"]),
                name="override_event_known",
            ),
            models.UniqueConstraint(
                fields=["override", "what"], condition=~Q(what="turned_away"), name="override_event_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.override_id} {self.what}"
