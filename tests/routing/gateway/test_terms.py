"""What the row of a session to a venue says is what the gateway does: version, TLS, Logon, transformations, wishes."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from oms.base import bell
from oms.base.ports import free_port
from oms.desk.record import pump
from orders.models import Order, User
from routing import wishes
from routing.fix import codec
from routing.fix.engine import Engine, Link, Tls, wait_for
from routing.models import Inbox, Outbox, SessionOrder, VenueSession
from tests import factories
from tests.factories import Floor
from tests.routing.fix.sessions import certificates
from tests.routing.gateway.conftest import Gateway, answered, child, order, waiting
from tests.routing.venues import Venues, until

Start = Callable[..., Gateway]
# The engine keeps a session as long as its process lives, so each test has a CompID of its own.
_NUMBERS = iter(range(1000))


class Venue:
    """A venue in this process: an engine that takes a Logon, and what it heard."""

    def __init__(self, home: Path, version: str, tls: Tls | None = None) -> None:
        self.name, self.port = f"VENUE{next(_NUMBERS)}", free_port()
        self.heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.logons: list[dict[str, Any]] = []
        link = Link(self.name, self.name, "OMS", port=self.port, version=version, tls=tls)
        self.engine = Engine(
            [link], "acceptor", home, on_message=lambda _, raw: self.heard.put(raw), on_logon_request=self._logon,
        )  # fmt: skip

    def _logon(self, name: str, fields: Any, address: str) -> str | None:
        self.logons.append(dict(fields))
        return None

    def next(self, timeout_s: float = 60) -> str:
        return self.heard.get(timeout=timeout_s)


@contextmanager
def venue(home: Path, version: str, tls: Tls | None = None) -> Iterator[Venue]:
    made = Venue(home, version, tls)
    made.engine.start()
    try:
        yield made
    finally:
        made.engine.stop()


@pytest.fixture
def quiet(transactional_db: None) -> Floor:
    return factories.floor()


def becomes(made: Venue, **terms: Any) -> None:
    VenueSession.objects.filter(pk="XNAS").update(port=made.port, target_comp_id=made.name, **terms)


@pytest.fixture
def lone(quiet: Floor, tmp_path: Path) -> Iterator[Start]:
    """Starts a gateway without simulated venues."""
    made: list[Gateway] = []

    def start() -> Gateway:
        made.append(Gateway("XNAS", tmp_path / "oms"))
        return made[-1].start()

    yield start
    for one in made:
        one.stop()


def test_a_venue_that_speaks_4_2_and_has_tags_of_its_own(quiet: Floor, lone: Start, tmp_path: Path) -> None:
    rules = [
        {"direction": "out", "msg_type": ["D"], "set": {"21": "1"}, "copy": {"1": "440"}},
        {"direction": "in", "msg_type": ["8"], "rename": {"5058": "58"}},
    ]
    with venue(tmp_path / "venue", "FIX.4.2") as made:
        becomes(made, version="FIX.4.2", transforms=rules)
        waiting(child(quiet), ["A1"], account="THEIRS")
        lone()
        sent = made.next()
        assert sent.startswith("8=FIX.4.2\x01")
        assert "\x01440=THEIRS\x01" in sent
        body = (
            "35=8\x0137=V1\x0117=E1\x0120=0\x01150=2\x0139=2\x0111=A1\x0155=AAPL\x0154=1\x0138=10\x01151=0\x0114=10"
            "\x016=99\x0132=10\x0131=99\x015058=well done"
        )
        made.engine.send_body(made.name, body + "\x01")
        assert until(lambda: Inbox.objects.filter(fields__exec_id="E1").exists(), 60)
        row = Inbox.objects.get(fields__exec_id="E1")
        assert (row.fields["exec_type"], row.fields["text"]) == ("trade", "well done")
        assert "\x015058=well done\x01" in row.raw


def test_tls_and_credentials(quiet: Floor, lone: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    papers = {name: certificates(tmp_path / "papers", name) for name in ("venue", "us")}
    files = tmp_path / "oms" / "fix" / "tls"
    files.mkdir(parents=True)
    for source, target in (
        (papers["us"]["certificate"], "XNAS.pem"), (papers["us"]["key"], "XNAS.key"),
        (papers["venue"]["authority"], "XNAS-authorities.pem"),
    ):  # fmt: skip
        (files / target).write_bytes(Path(source).read_bytes())
    monkeypatch.setenv("OMS_FIX_PASSWORD_XNAS", "open-sesame")
    tls = Tls(papers["venue"]["certificate"], papers["venue"]["key"], papers["us"]["authority"])
    with venue(tmp_path / "venue", "FIX.5.0SP2", tls) as made:
        becomes(made, version="FIX.5.0SP2", tls=True, username="us")
        waiting(child(quiet), ["A1"])
        lone()
        assert codec.decode(made.next()).fields["cl_ord_id"] == "A1"
        assert (made.logons[0]["username"], made.logons[0]["password"]) == ("us", "open-sesame")
    logs = "".join(path.read_text() for path in (tmp_path / "oms" / "fix" / "XNAS" / "log").glob("*.log"))
    assert "open-sesame" not in logs


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"tls": True}, "XNAS-authorities.pem"), ({"username": "us"}, "OMS_FIX_PASSWORD_XNAS"),
        ({"start": "8am"}, "HH:MM:SS"), ({"transforms": {"a": 1}}, "list of rules"), ({"host": "a b"}, "host"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_run_says_so(quiet: Floor, lone: Start, terms: dict[str, Any], words: str) -> None:
    VenueSession.objects.filter(pk="XNAS").update(**terms)
    running = lone()
    assert running.process is not None
    assert running.process.wait(60) == 1
    assert words in VenueSession.objects.get(pk="XNAS").problem


def test_a_change_of_the_row_takes_effect(quiet: Floor, lone: Start, tmp_path: Path) -> None:
    with venue(tmp_path / "venue", "FIX.4.4") as made:
        becomes(made)
        running = lone()
        assert wait_for(lambda: made.engine.is_logged_on(made.name), 60)
        VenueSession.objects.filter(pk="XNAS").update(start="00:00:01", end="00:00:01")
        assert running.process is not None
        assert running.process.wait(60) == 1


def test_the_venue_is_asked_before_anything_new_is_sent(quiet: Floor, lone: Start, tmp_path: Path) -> None:
    root = order(quiet)
    there = [order(quiet, f"O{n}", parent=root, venue="XNAS", sender_comp_id="XNAS") for n in range(3)]
    with venue(tmp_path / "venue", "FIX.4.4") as made:
        becomes(made)
        # One that waits to be canceled is known to the venue as well, and asked about.
        waiting(there[0], ["C0"], msg_type="F", orig_cl_ord_id="O0", ord_type=None, price=None, time_in_force=None)
        fresh = [order(quiet, f"N{n}", parent=root, venue="XNAS", sender_comp_id="XNAS") for n in range(3)]
        for n, one in enumerate(fresh):
            waiting(one, [f"N{n}"])
        for _ in range(2):
            running = lone()
            heard = [codec.decode(made.next()) for _ in range(3)]
            assert [(one.msg_type, one.fields["cl_ord_id"]) for one in heard] == [("H", f"O{n}") for n in range(3)]
            rest = [codec.decode(made.next()).fields["cl_ord_id"] for _ in range(4)]
            assert rest == ["C0", "N0", "N1", "N2"]
            assert running.stop() == 0
            # As if nothing of it had been sent: the next logon begins with the questions as well.
            assert Outbox.objects.filter(sent_at=None).count() == 0
            Outbox.objects.exclude(msg_type="H").update(sent_at=None, msg_seq_num=None, attempts=0)
            assert wait_for(lambda: not made.engine.is_logged_on(made.name), 60)


def test_what_operators_want_of_a_session_to_a_venue(floor: Floor, venues: Venues, gateway: Start) -> None:
    waiting(child(floor), ["A1"])
    gateway()
    assert answered(1)
    session, one, two = VenueSession.objects.get(pk="XNAS"), floor.trader, User.objects.create(username="second")

    def outcome(wish: Any) -> str:
        assert until(lambda: SessionOrder.objects.get(pk=wish.pk).outcome not in ("", "begun"), 60)
        return SessionOrder.objects.get(pk=wish.pk).outcome

    [resend] = wishes.ask([session], "resend", "they lost it", one, "1", "0")
    assert outcome(resend) == "done"
    [disconnect] = wishes.ask([session], "disconnect", "look at it", one)
    assert outcome(disconnect) == "done"
    before = VenueSession.objects.get(pk="XNAS").next_out or 0
    [reset] = wishes.ask([session], "reset", "agreed", one)
    assert before > 1
    assert wishes.confirm(SessionOrder.objects.filter(pk=reset.pk), two)[0] == 1  # type: ignore[union-attr]
    assert outcome(reset) == "done"
    # The next Logon carries ResetSeqNumFlag, and orders go out and are answered as before.
    waiting(Order.objects.get(cl_ord_id="CHILD"), ["A2"])
    bell.ring("outbox:XNAS")
    assert answered(2)
    assert until(lambda: 1 < (VenueSession.objects.get(pk="XNAS").next_out or 99) < before + 3, 60)
    assert Inbox.objects.values("incarnation").distinct().count() == 2


def test_a_venue_is_asked_and_told_about_all_orders_at_once(floor: Floor, venues: Venues, gateway: Start) -> None:
    waiting(child(floor), ["A1", "A2"], price="98.00")
    gateway()
    assert answered(2)
    session = VenueSession.objects.get(pk="XNAS")
    wishes.ask([session], "mass_status", "what do they have", floor.trader)
    about = Inbox.objects.filter(fields__mass_status_req_id__startswith="S")
    assert until(lambda: about.count() == 2, 60)
    wishes.ask([session], "mass_cancel", "emergency", floor.trader)
    assert until(lambda: Inbox.objects.filter(msg_type="r").exists(), 60)
    assert until(lambda: Inbox.objects.filter(fields__exec_type="canceled").count() == 2, 60)
    wishes.ask([session], "mass_status", "nothing left?", floor.trader)
    assert until(lambda: about.count() == 3, 60)
    while pump("XNAS"):
        continue
    assert set(Inbox.objects.filter(msg_type="r").values_list("outcome", flat=True)) == {"noted"}
    assert about.latest("id").outcome == "noted"
    report = {"order_id": "V1", "exec_id": "E9", "symbol": "AAPL", "side": "buy", "last_qty": "5", "last_mkt": "XNAS"}
    unknown = wishes.dont_know(report, floor.trader, "alert 7")
    assert isinstance(unknown, SessionOrder)
    assert until(lambda: SessionOrder.objects.get(pk=unknown.pk).outcome == "done", 60)
    heard = (venues.home / "log.txt").read_text
    assert until(lambda: "does not know a trade" in heard() and "E9" in heard(), 60)
    assert not isinstance(wishes.dont_know({"last_mkt": "NONE"}, floor.trader, "x"), SessionOrder)
