"""What every test may use: a real database whose journals can be emptied between tests, and a small believable desk."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import TransactionTestCase

from tests import emptying, factories, prepared, sharing

# The system that browsers look at, and the browser; what is left of workers that die.
pytest_plugins = ["tests.browsing", "tests.watching"]

# Tests of these wait for other processes, for sockets or for a browser.
WAITING = ("tests/blotter/", "tests/fix/", "tests/ops/", "tests/routing/", "tests/stack/", "tests/system/")

TransactionTestCase._fixture_teardown = lambda self: emptying.empty()  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def lasting(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """For a world that is written once and looked at by every test of a module; what they change they take back."""
    with django_db_blocker.unblock():
        yield
        emptying.empty()


@pytest.fixture
def desk(db: None) -> factories.Floor:
    """One equity desk with a trader, two accounts, three instruments, three venues and generous limits."""
    return factories.floor()


@pytest.fixture
def books() -> Callable[[], None]:
    """Call it at the end of a test: every invariant holds and the journal gives the rows."""

    def hold() -> None:
        from oms.management.books.checker import check
        from orders.replay import differences

        assert [outcome for outcome in check() if outcome.broken] == []
        assert list(differences()) == []

    return hold


@pytest.fixture
def patient_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bells ring however long Valkey takes, and are not forgotten before a test has looked."""
    import redis
    from django.conf import settings

    from oms.base import bell

    patient = redis.Redis.from_url(settings.REDIS_URL)
    monkeypatch.setattr(bell, "client", lambda timeout_s=0.0: patient)
    monkeypatch.setattr(bell, "_FORGET_AFTER_MS", 60_000)


def pytest_configure(config: pytest.Config) -> None:
    """Passwords of test users need no stretching, and databases of tests are copies of one that has the tables.

    Every client of a test makes the middleware anew: static files are looked for when somebody asks, not each time.
    """
    from django.conf import settings

    settings.WHITENOISE_AUTOREFRESH = True

    if "DATABASE_URL" in os.environ:
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = prepared.template()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for others has a bound, and a machine with too much to do may exceed any: once more, and the summary
    says so. What is worked out by one process alone is right the first time."""
    for item in items:
        if item.nodeid.startswith(WAITING) or item.get_closest_marker("browser") or item.get_closest_marker("system"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    sharing.in_order(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> sharing.ByModule:
    return sharing.scheduler(config, log)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    sharing.end_unless_wanted(item, nextitem)
