"""The page of the simulated venues: it says what the script says, to the same venues, and shows what stands."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from oms.admin import misbehave
from routing.exchange import faults
from routing.exchange.commands import POSITIONAL
from routing.exchange.control import Control
from tests.admin.conftest import People
from tests.factories import Floor
from tests.routing.venues import Venues, running

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:routing_venuesession_simulated")
LIST = reverse("admin:routing_venuesession_changelist")


@pytest.fixture
def venues(settings: Any, tmp_path: Path) -> Iterator[Venues]:
    settings.OMS_HOME = tmp_path
    with running(tmp_path / "exchange") as started:
        # A process that begins on a busy machine takes its time.
        Control(misbehave.home()).run("XNAS", "faults", timeout_s=60)
        yield started


def say(client: Client, **form: str) -> str:
    answer = client.post(PAGE, form)
    assert answer.status_code == 200
    return answer.content.decode()


def standing() -> dict[str, Any]:
    return Control(misbehave.home()).faults()


def test_the_page_has_every_verb_and_every_fault() -> None:
    shown = misbehave.ORDERS | misbehave.MARKET | misbehave.SESSION
    assert shown.keys() == POSITIONAL.keys() - {"faults"}
    assert misbehave.CHANCES.keys() == faults.CHANCES


def test_no_simulated_venues_no_page(people: People, desk: Floor) -> None:
    client = people("operations")
    assert client.get(PAGE).status_code == 404
    assert PAGE not in client.get(LIST).content.decode()


def test_faults_are_set_shown_and_cleared(people: People, desk: Floor, venues: Venues) -> None:
    client = people("operations")
    assert PAGE in client.get(LIST).content.decode()
    assert "the venues behave" in client.get(PAGE).content.decode()
    page = say(client, venue="XNAS", do="fault", fault="duplicate", percentage="50", count="3", symbols="AAPL, MSFT")
    assert standing()["sessions"] == {
        "XNAS": {"duplicate": {"percentage": 50.0, "count": 3, "symbols": ["AAPL", "MSFT"]}}
    }
    assert "duplicate" in page
    assert "Clear everything" in page
    say(client, venue="XNAS", do="fault", fault="silent")
    say(client, venue="*", do="all", faults='{"pending": {"new": true}, "manual": true}')
    assert standing()["sessions"].keys() == {"XNAS", "*"}
    say(client, venue="XNAS", do="clear", fault="duplicate")
    assert standing()["sessions"]["XNAS"] == {"silent": {}}
    assert LogEntry.objects.filter(change_message__contains="duplicate").exists()
    assert "the venues behave" in say(client, venue="XNAS", do="clear_all")
    assert standing() == {}


def test_commands_reach_the_venue_and_its_refusals_the_page(people: People, desk: Floor, venues: Venues) -> None:
    client = people("operations")
    quoted = say(client, venue="XNAS", do="command", command="quote", symbol="AAPL", bid="99", offer="101")
    assert "&quot;bid&quot;: &quot;99&quot;" in quoted
    assert "no order A1" in say(client, venue="XNAS", do="command", command="fill", order="A1", qty="100")
    assert "What the venue answered" in say(client, venue="BATS", do="command", command="replay")


WRONG: list[tuple[dict[str, str], str]] = [
    ({"do": "command", "command": "explode"}, "no command"), ({"do": "command", "command": "faults"}, "no command"),
    ({"do": "command", "command": "fill", "order": "\x00"}, "has no order"), ({"do": ""}, "nothing was asked"),
    ({"do": "fault", "fault": "laugh"}, "no fault"), ({"do": "fault", "fault": "drop", "percentage": "101"}, "at most 100"),
    ({"do": "fault", "fault": "drop", "percentage": "nan"}, "no number"), ({"do": "fault", "fault": "drop", "count": "1.5"}, "no number"),
    ({"do": "fault", "fault": "delay", "seconds": "inf"}, "no number"), ({"do": "all", "faults": "{"}, "no JSON"),
    ({"do": "all", "faults": "[]"}, "an object"), ({"do": "all", "faults": '{"laugh": true}'}, "unknown: laugh"),
    ({"do": "all", "faults": '{"drop": {"percentage": "x"}}'}, "drop"), ({"do": "all", "faults": '{"day_end": "never"}'}, "day_end"),
    ({"do": "all", "faults": '{"pending_for_s": "x"}'}, "pending_for_s"), ({"do": "all", "faults": '{"drop": {"count": "x"}}'}, "count"),
    ({"do": "all", "faults": '{"drop": {"symbols": 7}}'}, "drop"), ({"do": "all", "faults": '{"manual": "maybe"}'}, "manual"),
]  # fmt: skip


def test_what_makes_no_sense_is_refused_and_changes_nothing(people: People, desk: Floor, venues: Venues) -> None:
    client = people("operations")
    for form, words in WRONG:
        assert words in say(client, venue="XNAS", **form), form
    assert standing() == {}
    assert client.get(f"{PAGE}?venue=NOWHERE").status_code == 404
    assert "a command is for one venue" in say(client, venue="*", do="command", command="open")
    (misbehave.home() / "faults.json").write_text("{not json")
    assert "cannot be read" in client.get(PAGE).content.decode()
    assert "the venues behave" in say(client, venue="XNAS", do="clear_all")


@pytest.mark.parametrize("role", ["compliance", "auditor", "trader", "portfolio_manager"])
def test_only_operations_may(people: People, desk: Floor, venues: Venues, role: str) -> None:
    client = people(role)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"venue": "XNAS", "do": "fault", "fault": "silent"}).status_code == 403
    assert standing() == {}
