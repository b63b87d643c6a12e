"""What is kept of kill switches: each engagement, and every order that it took back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from orders.models import Order


class KillSwitch(models.Model):
    """One engagement of a kill switch, from engaging to release by another person (RTS 6 art. 12).

    ``scope_id`` is the primary key of the desk, user, account or instrument in text, the venue's MIC, the client's
    name, or the SenderCompID (49) that a strategy's orders come under; the firm has none. ``found_at`` is when the
    orders to take back were written down (``Taken``), ``done_at`` when none of them was open any more.
    Engage and release through ``risk.kill``.
    """

    class Scope(models.TextChoices):
        FIRM = "firm"
        DESK = "desk"
        TRADER = "trader"
        ACCOUNT = "account"
        CLIENT = "client"
        STRATEGY = "strategy"
        INSTRUMENT = "instrument"
        VENUE = "venue"

    scope = models.CharField(max_length=12, choices=Scope.choices)
    scope_id = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=500)
    engaged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    engaged_at = models.DateTimeField()
    found_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        app_label = "risk"
        verbose_name_plural = "kill switches"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "scope_id"],
                condition=Q(released_at__isnull=True),
                name="kill_switch_engaged_once",
            ),
            models.CheckConstraint(
                condition=Q(scope="firm", scope_id="")
                | Q(scope__in=["desk", "trader", "account", "client", "strategy", "instrument", "venue"])
                & ~Q(scope_id=""),
                name="kill_switch_scope_known",
            ),
            models.CheckConstraint(condition=~Q(reason__regex=r"^\s*$"), name="kill_switch_has_reason"),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True, released_at__isnull=True)
                | Q(released_by__isnull=False, released_at__isnull=False),
                name="kill_switch_release_whole",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("engaged_by")),
                name="kill_switch_released_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.scope_id}".strip()

    @property
    def active(self) -> bool:
        """Whether it still stops trading."""
        return self.released_at is None


class Taken(models.Model):
    """An order that a switch found open and takes back: what a venue has, or what none has (``venue`` is empty).

    ``unsent``: its message had not left, and did not. ``asked_at`` is when its cancel was first asked for, ``tried_at``
    when that was last looked at. Whether it is open is the order's own business. A row an order, written once.
    """

    switch = models.ForeignKey(KillSwitch, models.PROTECT, related_name="taken", db_index=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    root = models.ForeignKey(Order, models.PROTECT, related_name="+", db_index=False)
    venue = models.CharField(max_length=4, blank=True)
    unsent = models.BooleanField(default=False)
    asked_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "risk"
        verbose_name, verbose_name_plural = "order taken back", "orders taken back"
        constraints = [models.UniqueConstraint(fields=["switch", "order"], name="kill_switch_takes_once")]

    def __str__(self) -> str:
        return f"{self.order_id} by kill switch {self.switch_id}"
