"""Standing settlement instructions: where an account, or a counterparty, wants securities and money to go."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from orders.models import Account
from orders.vocabulary import AssetClass, choices


class StandingInstruction(models.Model):
    """Where securities and money go: ours (of an account, or of all), or those of the counterparty ``party``.

    Blank market, currency and asset class mean any; the most specific row in force on the settlement date is used.
    A row is never edited: it is checked by a second person, which puts it into force, and superseded by another.
    """

    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    party = models.CharField(max_length=40, blank=True)
    market = models.CharField(max_length=8, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    asset_class = models.CharField(max_length=20, choices=choices(AssetClass), blank=True)
    place_of_settlement = models.CharField(max_length=11, blank=True)
    counterparty = models.CharField(max_length=40, blank=True)
    agent_bic = models.CharField(max_length=11, blank=True)
    safekeeping_account = models.CharField(max_length=35, blank=True)
    cash_account = models.CharField(max_length=34, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=Now())
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="supersedes")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(account__isnull=True) | Q(party=""), name="standing_instruction_ours_or_a_partys"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="standing_instruction_span"
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True, checked_at__isnull=True)
                | Q(checked_by__isnull=False, checked_at__isnull=False),
                name="standing_instruction_check_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(made_by=F("checked_by")),
                name="standing_instruction_maker_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(place_of_settlement="", agent_bic="", safekeeping_account="", cash_account=""),
                name="standing_instruction_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"SSI {self.pk} {self.account or self.party or 'all accounts'} {self.market} {self.currency}".strip()
