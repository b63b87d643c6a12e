"""Venues, the sessions to them, what they quote, and the boxes messages wait in."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from simple_history.models import HistoricalRecords

from oms.base import money
from orders.models import Account, Instrument, Order, TradingCalendar
from orders.vocabulary import AssetClass, Side, choices
from routing import sessionterms
from routing.clients import (
    DAY_CHOICES,
    VERSIONS,
    ClientMessage,
    ClientReport,
    ClientSession,
    DropCopy,
    SessionOrder,
)

__all__ = [
    "ClientMessage",
    "ClientReport",
    "ClientSession",
    "DropCopy",
    "Inbox",
    "Listing",
    "Outbox",
    "Quote",
    "RouteDecision",
    "Rule",
    "SessionOrder",
    "Trail",
    "Venue",
    "VenueCapability",
    "VenueSession",
]


class VenueSession(models.Model):
    """One FIX session that we initiate. ``epoch`` fences writers: whoever starts the session takes the next number.

    With ``tls`` the files of ``OMS_HOME/fix/tls`` are used; the Password (554) that goes with ``username`` is no row's
    business: docs/fix.md. Sequence numbers are shown as the running gateway last saw them; ``problem`` is why it does
    not run.
    """

    class Purpose(models.TextChoices):
        ORDER = "order"
        MARKET_DATA = "market_data"

    code = models.CharField(max_length=16, primary_key=True)
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.ORDER)
    sender_comp_id = models.CharField(max_length=32)
    target_comp_id = models.CharField(max_length=32)
    host = models.CharField(max_length=80, default="127.0.0.1")
    port = models.PositiveIntegerField()
    enabled = models.BooleanField(default=True)
    version = models.CharField(max_length=12, choices=[(v, v) for v in VERSIONS], default="FIX.4.4")
    start = models.CharField(max_length=8, default="00:00:00", help_text="UTC; equal to the end: always")
    end = models.CharField(max_length=8, default="00:00:00")
    start_day = models.CharField(max_length=9, blank=True, choices=DAY_CHOICES, help_text="of a weekly session")
    end_day = models.CharField(max_length=9, blank=True, choices=DAY_CHOICES)
    tls = models.BooleanField("TLS", default=False)
    username = models.CharField(max_length=64, blank=True, help_text="Username (553) of our Logon")
    transforms = models.JSONField(
        default=list, blank=True, help_text='[{"direction": "out", "msg_type": ["D"], "set": {"21": "1"}}]'
    )
    epoch = models.BigIntegerField(default=0)
    logged_on_at = models.DateTimeField("connected since", null=True, blank=True)
    seen_at = models.DateTimeField("last seen", null=True, blank=True)
    next_out = models.BigIntegerField(null=True, blank=True, editable=False)
    next_in = models.BigIntegerField(null=True, blank=True, editable=False)
    problem = models.CharField(max_length=200, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["logged_on_at", "seen_at", "next_out", "next_in", "epoch", "problem"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sender_comp_id", "target_comp_id"], name="session_comp_ids_once"),
            models.CheckConstraint(condition=Q(version__in=VERSIONS), name="session_version_known"),
        ]

    def __str__(self) -> str:
        return self.code

    def faults(self) -> sessionterms.Faults:
        """What is wrong with the row, by field."""
        return sessionterms.venue(self)

    def clean(self) -> None:
        """Refuse what could not be run, with the field and what would be valid."""
        faults = self.faults()
        if faults:
            raise ValidationError(faults)


class Venue(models.Model):
    """A market (ISO 10383 MIC) that orders can be sent to through ``session``, and the calendar it trades by.

    Without a calendar nobody knows when it is open, which is not the same as always.
    """

    mic = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=80)
    session = models.ForeignKey(VenueSession, models.PROTECT, null=True, blank=True)
    active = models.BooleanField(default=True)
    calendar = models.ForeignKey(TradingCalendar, models.PROTECT, null=True, blank=True, related_name="venues")
    history = HistoricalRecords()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(mic__regex=r"^[A-Z0-9]{4}$"), name="venue_mic_iso_10383")]

    def __str__(self) -> str:
        return self.mic


class VenueCapability(models.Model):
    """What ``venue`` takes natively (routing/capabilities.py). A venue without a row takes plain orders only."""

    venue = models.OneToOneField(Venue, models.CASCADE, primary_key=True, related_name="capability")
    ord_types = models.JSONField(default=list, help_text='["market", "limit", "stop"]')
    times_in_force = models.JSONField(default=list, help_text='["day", "good_till_cancel"]')
    exec_insts = models.JSONField(default=list, blank=True, help_text='["participate_dont_initiate"]')
    peg_price_types = models.JSONField(default=list, blank=True, help_text='["primary", "market", "midpoint"]')
    max_floor = models.BooleanField(default=False, help_text="shows a part of an order (iceberg)")
    multileg = models.BooleanField(default=False)
    open_cutoff = models.TimeField(null=True, blank=True, help_text="UTC: no orders for the opening auction after it")
    close_cutoff = models.TimeField(null=True, blank=True, help_text="UTC: no orders for the closing auction after it")
    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"what {self.venue_id} takes"


class Trail(models.Model):
    """How far a trailing stop has come: the best price since it was entered, and its present stop. Never goes back."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="trail")
    best_px = money.amount()
    stop_px = money.amount()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.order_id} stops at {self.stop_px}"


class Listing(models.Model):
    """Instrument ``instrument`` can be traded on ``venue``."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="listings")
    venue = models.ForeignKey(Venue, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instrument", "venue"], name="listing_once")]

    def __str__(self) -> str:
        return f"{self.instrument_id} on {self.venue_id}"


class Quote(models.Model):
    """The latest top of book of an instrument on a venue, prices per unit, sizes in units; an empty side is None."""

    instrument = models.ForeignKey(Instrument, models.CASCADE)
    venue = models.ForeignKey(Venue, models.CASCADE, db_index=False)
    bid_px = money.amount(null=True)
    bid_size = money.amount(null=True)
    offer_px = money.amount(null=True)
    offer_size = money.amount(null=True)
    last_px = money.amount(null=True)
    last_size = money.amount(null=True)
    quoted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instrument", "venue"], name="quote_once")]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.venue_id} {self.bid_px}/{self.offer_px}"


class Rule(models.Model):
    """A routing rule: where every stated condition holds, send the order to ``venues``. Lowest ``rank`` decides.

    Empty conditions match anything. ``venues`` lists MIC and share, such as [["XNAS", "0.6"], ["BATS", "0.4"]], or
    is "best": the venue with the best price for the side, then the greater size.
    """

    rank = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)
    asset_class = models.CharField(max_length=20, blank=True, choices=choices(AssetClass))
    symbol = models.CharField(max_length=24, blank=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True)
    side = models.CharField(max_length=12, blank=True, choices=choices(Side))
    min_qty = money.amount(null=True, blank=True)
    max_qty = money.amount(null=True, blank=True)
    min_notional = money.amount(null=True, blank=True)
    max_notional = money.amount(null=True, blank=True)
    marketable = models.BooleanField(null=True, blank=True, help_text="limit price reaches the other side of the quote")
    min_spread_bps = money.amount(null=True, blank=True)
    max_spread_bps = money.amount(null=True, blank=True)
    time_from = models.TimeField(null=True, blank=True, help_text="UTC")
    time_to = models.TimeField(null=True, blank=True, help_text="UTC, not included")
    best = models.BooleanField(default=False, help_text="choose the venue with the best price, then size")
    split = models.JSONField(default=list, blank=True, help_text='[["XNAS", "0.6"], ["BATS", "0.4"]]; shares sum to 1')
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.CheckConstraint(
                condition=Q(best=True, split=[]) | Q(best=False) & ~Q(split=[]), name="rule_best_or_split"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.name}"


class RouteDecision(models.Model):
    """Why an order went where it went: the rules looked at, the quotes used, the venues and quantities chosen."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="route_decisions")
    rule = models.ForeignKey(Rule, models.SET_NULL, null=True)
    rule_version = models.PositiveIntegerField(null=True)
    why = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.order_id} by {self.rule_id}"


class Outbox(models.Model):
    """A message that must reach a venue. Written with the order it is about; sent by the session's gateway in id order.

    ``attempts`` is raised before a send and ``msg_seq_num`` recorded after, so a row with attempts and no number may
    have been sent already and goes out again with PossResend (97).
    """

    session = models.ForeignKey(VenueSession, models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="outbox")
    msg_type = models.CharField(max_length=2)
    cl_ord_id = models.CharField(max_length=64)
    orig_cl_ord_id = models.CharField(max_length=64, blank=True)
    fields = models.JSONField()
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    msg_seq_num = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["session", "id"], name="outbox_waiting", condition=Q(sent_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "cl_ord_id"], condition=~Q(msg_type="H"), name="outbox_cl_ord_id_once"
            ),
            models.CheckConstraint(
                condition=Q(msg_type__in=["D", "F", "G", "H", "AB", "AC"]), name="outbox_msg_type_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.msg_type} {self.cl_ord_id}"


class Inbox(models.Model):
    """A message from a venue, as it came and parsed. Taken in id order by desk.record, which notes the ``outcome``."""

    session = models.ForeignKey(VenueSession, models.PROTECT, db_index=False)
    incarnation = models.CharField(
        max_length=32, help_text="when the session's store began: sequence numbers restart with it"
    )
    msg_seq_num = models.BigIntegerField()
    msg_type = models.CharField(max_length=2)
    raw = models.TextField()
    fields = models.JSONField()
    received_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            # By id alone: what waits is taken in the order of its arrival, over all sessions.
            models.Index(fields=["id"], name="inbox_waiting", condition=Q(done_at__isnull=True)),
            # The timeline of an order looks for everything a venue ever said about it.
            models.Index(KT("fields__cl_ord_id"), "session", name="inbox_cl_ord_id"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "incarnation", "msg_seq_num"], name="inbox_message_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.msg_seq_num} {self.msg_type}"
