"""Who works here: users, their desks, and the accounts they trade for."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from orders.vocabulary import Role, choices


class Desk(models.Model):
    """A trading desk: the unit that users, accounts and live data are grouped by."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=80)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class User(AbstractUser):
    """Someone, or some program, that may log in. What it may do follows from its role, what it sees from its desks."""

    role = models.CharField(max_length=20, choices=choices(Role), default=Role.TRADER)
    desks = models.ManyToManyField(Desk, blank=True, related_name="users")

    class Meta(AbstractUser.Meta):
        constraints = [models.CheckConstraint(condition=Q(role__in=list(Role)), name="user_role_known")]


class Account(models.Model):
    """An account that orders are entered for and positions are held in.

    ``client`` and ``portfolio`` are codes of the client it belongs to and of the portfolio it is part of, if any.
    ``average_price``: an allocation account, in which a desk trades what it allocates afterwards; its executions are
    settled by the accounts they are allocated to. ``auto_affirm``: its counterparty's side affirms what we confirm
    by itself, without looking (for accounts whose other side is simulated).
    """

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=80)
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="accounts")
    base_currency = models.CharField(max_length=3, default="USD")
    client = models.CharField(max_length=16, blank=True)
    portfolio = models.CharField(max_length=16, blank=True)
    active = models.BooleanField(default=True)
    average_price = models.BooleanField(default=False)
    auto_affirm = models.BooleanField(default=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(base_currency__regex=r"^[A-Z]{3}$"), name="account_currency_iso_4217")
        ]

    def __str__(self) -> str:
        return self.code
