"""People of every role at the admin's pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from orders.models import User
from tests.factories import Floor, user

People = Callable[[str], Client]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any, tmp_path: Any) -> None:
    """Hashing for real says nothing about the pages; and files go where nobody minds."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.OMS_HOME = tmp_path


@pytest.fixture
def people(desk: Floor) -> People:
    """people(role) is logged in: one of a role, or "admin", the superuser. All are staff and on the desk."""

    def one(role: str) -> Client:
        name = f"a-{role}"
        found = User.objects.filter(username=name).first()
        if found is None:
            chief = role == "admin"
            kind = "operations" if chief else role
            found = user(name, desk=desk.desk, role=kind, is_staff=True, is_superuser=chief)
        client = Client()
        client.force_login(found)
        return client

    return one
