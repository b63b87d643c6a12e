"""The supervisor's page: who sees which desks, and what no stream tells (sessions, kill switches)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from orders.models import Desk
from risk.models import KillSwitch
from routing.models import ClientSession, VenueSession
from tests.blotter.conftest import signed_in
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
STATE = "/desks/state"


def test_everybody_sees_their_own_desks_and_those_who_watch_see_all(desk: Floor) -> None:
    Desk.objects.create(code="FX", name="Currencies")
    mine = signed_in(desk.trader).get("/desks/")
    assert mine.context["config"]["desks"] == ["EQ"]
    assert set(mine.context["config"]["accounts"].values()) == {"EQ"}
    watcher = signed_in(user("cora", role="compliance"))
    assert watcher.get("/desks/").context["config"]["desks"] == ["EQ", "FX"]
    assert Client().get("/desks/").status_code == 302
    assert Client().get(STATE).status_code == 401


def test_sessions_are_up_while_they_are_seen(desk: Floor) -> None:
    VenueSession.objects.update(seen_at=None)
    VenueSession.objects.filter(code="XNAS").update(seen_at=now())
    ClientSession.objects.create(
        code="ACME", target_comp_id="ACME", user=desk.trader, seen_at=now() - timedelta(minutes=1)
    )
    told = signed_in(desk.trader).get(STATE).json()
    venues = {one["code"]: one["up"] for one in told["venues"]}
    assert venues["XNAS"] is True
    assert sum(venues.values()) == 1
    assert told["clients"] == {"EQ": [{"code": "ACME", "up": False, "problem": "not logged on"}]}
    other = user("mona", desk=Desk.objects.create(code="FX", name="Currencies"))
    assert signed_in(other).get(STATE).json()["clients"] == {}


def test_a_kill_switch_of_the_firm_or_the_desk_stops_it(desk: Floor) -> None:
    fx = Desk.objects.create(code="FX", name="Currencies")
    watcher = signed_in(user("cora", role="compliance"))
    pulled = {"reason": "test", "engaged_by": desk.trader, "engaged_at": now()}
    KillSwitch.objects.create(scope="desk", scope_id=str(fx.pk), **pulled)
    assert watcher.get(STATE).json()["stopped"] == {"FX": ["desk"]}
    KillSwitch.objects.create(scope="firm", scope_id="", **pulled)
    assert watcher.get(STATE).json()["stopped"] == {"EQ": ["firm"], "FX": ["firm", "desk"]}


@pytest.mark.parametrize("desks", [1, 30])
def test_many_desks_cost_as_many_statements_as_one(desk: Floor, desks: int) -> None:
    Desk.objects.bulk_create([Desk(code=f"D{n}", name=f"Desk {n}") for n in range(desks - 1)])
    watcher = signed_in(user("cora", role="compliance"))
    with CaptureQueriesContext(connection) as queries:
        assert watcher.get(STATE).status_code == 200
    assert len(queries) == 7  # session and user, then desks, venues, clients, switches, keys of desks
