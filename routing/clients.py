"""The sessions of clients that speak FIX to us, what they sent, and what they are to be told."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from orders.models import Account
from routing import sessionterms
from routing.fix.link import DAYS

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
DAY_CHOICES = [(day, day.capitalize()) for day in DAYS]


class ClientSession(models.Model):
    """One FIX session that a client initiates. It may do what ``user`` may, on orders that came through it.

    ``account_map`` says what the client calls our accounts (Account, 1); an account that is not in it goes by its own
    name. ``throttle`` is new and replaced orders a second, 0 for any number; cancels are never throttled. ``epoch``
    fences writers. Sequence numbers are shown as the running acceptor last saw them; ``problem`` is why it does not
    run the session.
    """

    class Purpose(models.TextChoices):
        ORDER_ENTRY = "order_entry"
        DROP_COPY_OUT = "drop_copy_out"
        DROP_COPY_IN = "drop_copy_in"

    code = models.CharField(max_length=32, primary_key=True)
    purpose = models.CharField(max_length=14, choices=Purpose.choices, default=Purpose.ORDER_ENTRY)
    sender_comp_id = models.CharField(max_length=32, default="OMS", help_text="who we are")
    target_comp_id = models.CharField(max_length=32, help_text="who the client is")
    version = models.CharField(max_length=12, choices=[(v, v) for v in VERSIONS], default="FIX.4.4")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False)
    enabled = models.BooleanField(default=True)
    start = models.CharField(max_length=8, default="00:00:00", help_text="UTC; equal to the end: always")
    end = models.CharField(max_length=8, default="00:00:00", help_text="UTC; sequence numbers begin at 1 at each start")
    start_day = models.CharField(max_length=9, blank=True, choices=DAY_CHOICES, help_text="of a weekly session")
    end_day = models.CharField(max_length=9, blank=True, choices=DAY_CHOICES)
    tls = models.BooleanField("TLS", default=False, help_text="on the port for TLS, and on no other")
    certificate = models.CharField(
        max_length=200, blank=True,
        help_text="SHA-256 fingerprint of the client's certificate, or its subject as CN=name; empty: any we trust",
    )  # fmt: skip
    addresses = models.JSONField(default=list, blank=True, help_text='["203.0.113.7"] may connect; [] is anybody')
    username = models.CharField(max_length=64, blank=True, help_text="Username (553) of the Logon")
    password = models.CharField(max_length=128, blank=True, editable=False, help_text="hash; empty: none is asked for")
    account_map = models.JSONField(default=dict, blank=True, help_text='{"their name": "our account"}')
    throttle = models.PositiveIntegerField(default=0, help_text="new and replaced orders a second; 0: any number")
    cancel_on_disconnect = models.BooleanField(default=False, help_text="its open orders, when it is gone")
    send_pending_new = models.BooleanField(default=False, help_text="say Pending New at once, before a venue has it")
    transforms = models.JSONField(
        default=list, blank=True, help_text='[{"direction": "out", "msg_type": ["8"], "rename": {"1": "5001"}}]'
    )
    epoch = models.BigIntegerField(default=0, editable=False)
    logged_on_at = models.DateTimeField("connected since", null=True, blank=True, editable=False)
    seen_at = models.DateTimeField("last seen", null=True, blank=True, editable=False)
    next_out = models.BigIntegerField(null=True, blank=True, editable=False)
    next_in = models.BigIntegerField(null=True, blank=True, editable=False)
    problem = models.CharField(max_length=200, blank=True, editable=False)
    # That a password was changed is said by the reason of the change.
    history = HistoricalRecords(
        excluded_fields=["logged_on_at", "seen_at", "next_out", "next_in", "epoch", "problem", "password"]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "sender_comp_id", "target_comp_id"], name="client_session_comp_ids_once"
            ),
            models.CheckConstraint(condition=Q(version__in=VERSIONS), name="client_session_version_known"),
        ]

    def __str__(self) -> str:
        return self.code

    def faults(self) -> sessionterms.Faults:
        """What is wrong with the row, by field. One SELECT if it names accounts."""
        return sessionterms.client(self, _accounts)

    def clean(self) -> None:
        """Refuse what could not be run, with the field and what would be valid."""
        faults = self.faults()
        if faults:
            raise ValidationError(faults)


def _accounts(codes: Iterable[str]) -> set[str]:
    return set(Account.objects.filter(code__in=list(codes)).values_list("code", flat=True))


class SessionOrder(models.Model):
    """What somebody wants done to a running session, a client's or one to a venue.

    A reset loses messages, so a second person must confirm it.
    """

    class Kind(models.TextChoices):
        DISCONNECT = "disconnect"
        RESEND = "resend"
        RESET = "reset"
        # To venues only: AF, q and Q.
        MASS_STATUS = "mass_status"
        MASS_CANCEL = "mass_cancel"
        DONT_KNOW = "dont_know"

    session = models.ForeignKey(ClientSession, models.PROTECT, null=True, blank=True, related_name="wishes")
    venue_session = models.ForeignKey("VenueSession", models.PROTECT, null=True, blank=True, related_name="wishes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    begin_seq_no = models.BigIntegerField(null=True, blank=True)
    end_seq_no = models.BigIntegerField(null=True, blank=True)
    fields = models.JSONField(default=dict, blank=True, help_text="of the message, for dont_know")
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], name="session_order_waiting", condition=Q(done_at__isnull=True))]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("asked_by")),
                name="session_order_maker_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(kind="reset") | Q(done_at__isnull=True) | Q(confirmed_by__isnull=False),
                name="session_order_reset_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=True) ^ Q(venue_session__isnull=True), name="session_order_one_session"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(done_at__isnull=True), name="session_order_done_or_withdrawn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"

    @property
    def code(self) -> str:
        """The session's."""
        return str(self.session_id or self.venue_session_id)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return bool(self.done_at or self.withdrawn_at)

    @property
    def state(self) -> str:
        """How far it is, in words."""
        if self.withdrawn_at:
            return "withdrawn"
        if self.done_at:
            return "done" if self.outcome == "done" else "not done"
        return "waits for a second person" if self.kind == self.Kind.RESET and not self.confirmed_by_id else "waits"


class ClientMessage(models.Model):
    """A message from a client, raw and parsed, stored in the transaction that acts on it, with what came of it."""

    session = models.ForeignKey(ClientSession, models.PROTECT, db_index=False)
    incarnation = models.CharField(max_length=32)
    msg_seq_num = models.BigIntegerField()
    msg_type = models.CharField(max_length=2)
    raw = models.TextField()
    fields = models.JSONField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "incarnation", "msg_seq_num"], name="client_message_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.msg_seq_num} {self.msg_type}"


class ClientReport(models.Model):
    """A message for a client, built from a stored event (``report_id``) or written with the request it answers.

    ``attempts`` is raised before a send and ``msg_seq_num`` recorded after, so a row with attempts and no number may
    have been sent already: it goes out again with PossResend (97) and the same ExecID.
    """

    session = models.ForeignKey(ClientSession, models.PROTECT, db_index=False)
    report_id = models.BigIntegerField(null=True)
    msg_type = models.CharField(max_length=2)
    fields = models.JSONField()
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    msg_seq_num = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["session", "id"], name="client_report_waiting", condition=Q(sent_at=None))]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "report_id"], condition=Q(report_id__isnull=False), name="client_report_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.msg_type} {self.report_id}"


class DropCopy(models.Model):
    """An execution that a broker told us of, and ours that it is; without one for a minute it is an alert."""

    session = models.ForeignKey(ClientSession, models.PROTECT, db_index=False)
    exec_id = models.CharField(max_length=96)
    order_id = models.CharField(max_length=64, blank=True)
    cl_ord_id = models.CharField(max_length=64, blank=True)
    last_qty = models.DecimalField(max_digits=28, decimal_places=8)
    last_px = models.DecimalField(max_digits=28, decimal_places=8)
    last_mkt = models.CharField(max_length=4, blank=True)
    fields = models.JSONField()
    received_at = models.DateTimeField()
    report_id = models.BigIntegerField(null=True)
    alerted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="drop_copy_unmatched", condition=Q(report_id=None))]
        constraints = [models.UniqueConstraint(fields=["session", "exec_id"], name="drop_copy_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.exec_id}"
