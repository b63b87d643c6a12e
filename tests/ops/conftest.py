"""The operations desk reads settled books: the small world of settlement, with people of every role."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from orders.models import User
from orders.vocabulary import Role
from settlement.settle import settle
from tests import factories
from tests.settlement.world import fill, world


@pytest.fixture
def floor(transactional_db: None, settings: Any, tmp_path: Path) -> factories.Floor:
    """Three fills of two orders, obliged, instructed and booked."""
    settings.OMS_HOME = tmp_path
    made = world()
    fill(made, [("buy", 100, "10.05"), ("buy", 200, "10.07")], one_order=True, prefix="A")
    fill(made, [("sell", 50, "11.5")], account=made.accounts[1], of=made.instruments["MSFT"], prefix="B")
    while settle():
        pass
    return made


@pytest.fixture
def browser() -> Callable[[str], Client]:
    """browser(role) is signed in as somebody of that role."""

    def signed_in(role: str) -> Client:
        client = Client(HTTP_HOST="testserver")
        name = f"u-{role.replace('_', '-')}"
        client.force_login(User.objects.filter(username=name).first() or factories.user(name, role=role))
        return client

    return signed_in


Browser = Callable[[str], Client]
WATCHERS = (Role.OPERATIONS, Role.COMPLIANCE, Role.AUDITOR)
STRANGERS = (Role.TRADER, Role.PORTFOLIO_MANAGER, Role.API_CLIENT)
