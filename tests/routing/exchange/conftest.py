"""Venues with frozen quotes, and a client logged on to XNAS."""

from collections.abc import Iterator

import pytest

from tests.routing.venues import Client, Venues, offered, running


@pytest.fixture(scope="module")
def venues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venues]:
    with running(tmp_path_factory.mktemp("venues")) as started:
        yield started


@pytest.fixture(scope="module")
def logged_on(venues: Venues, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    started = Client(tmp_path_factory.mktemp("client"), venues.port).start()
    yield started
    started.stop()


@pytest.fixture
def client(logged_on: Client, venues: Venues, request: pytest.FixtureRequest) -> Client:
    """One connection for all tests; each has ClOrdIDs of its own, and its symbol's offers back."""
    logged_on.begin(f"{abs(hash(request.node.name)) % 10**9}-")
    assert offered(venues)
    return logged_on
