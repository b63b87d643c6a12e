"""/healthz: 200 while an order can be traded, and what is amiss."""

import pytest
from django.test import Client

from oms.base import bell
from oms.base.clock import now
from oms.base.heartbeat import Heartbeat, beat
from routing.models import VenueSession
from tests.factories import Floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def alive(desk: Floor) -> None:
    VenueSession.objects.update(seen_at=now())
    for name in ("worker", "drain", "live"):
        Heartbeat.objects.create(name=name, at=now(), pid=1)


def test_all_is_well(alive: None, client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok"), answer.json()


@pytest.mark.parametrize("name", ["worker", "live"])
def test_trading_goes_on_without(alive: None, client: Client, name: str) -> None:
    Heartbeat.objects.filter(name=name).delete()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["components"][name] == "no sign of life"


def test_trading_stops_without_a_venue_session(alive: None, client: Client) -> None:
    VenueSession.objects.filter(code="XNAS").update(seen_at=None)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert answer.json()["components"]["session XNAS"] == "not logged on"


def test_a_beat_is_written_now_and_then_only(desk: Floor) -> None:
    beat("tester")
    first = Heartbeat.objects.get(name="tester").at
    beat("tester")
    assert Heartbeat.objects.get(name="tester").at == first
    assert bell.client().ping()
