"""Sessions between two engines over TCP: versions, TLS, refusals, schedules, numbers, and what is answered to nonsense."""

import itertools
import queue
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from oms.base.ports import free_port
from routing.fix import codec
from routing.fix.codec import SOH
from routing.fix.engine import Engine, Link, Schedule, Tls, wait_for
from routing.fix.parts import FIX42, FIX44, VERSIONS
from tests.routing.fix.sessions import ORDER, certificates, links, talking

_numbers = itertools.count(1)


def terms(**more: Any) -> dict[str, Any]:
    return {"number": next(_numbers)} | more


@pytest.mark.parametrize("version", VERSIONS)
def test_orders_and_reports_travel_in_every_version(tmp_path: Path, version: str) -> None:
    with talking(tmp_path, terms(version=version)) as (server, client):
        assert server.is_up()
        assert client.is_up()
        fields = ORDER | {"ord_type": "trailing_stop", "peg_offset_value": "2", "price": None, "unknown": {"9001": "x"}}
        number = client.engine.send(client.name, "D", fields)
        received = codec.decode(server.next())
        assert (received.version, received.msg_seq_num) == (version, number)
        assert received.fields["ord_type"] == "trailing_stop"
        assert received.fields["unknown"] == {"9001": "x"}
        report = {
            "order_id": "1", "cl_ord_id": "1", "exec_id": "E", "exec_type": "trade_cancel", "ord_status": "new",
            "symbol": "AAPL", "side": "buy", "leaves_qty": "5", "cum_qty": "0", "avg_px": "0", "exec_ref_id": "D",
        }  # fmt: skip
        server.engine.send(server.name, "8", report)
        assert codec.decode(client.next()).fields == report


def test_groups_survive_the_engine(tmp_path: Path) -> None:
    with talking(tmp_path, terms(version=FIX44)) as (server, client):
        assert client.is_up()
        party = {"party_id": "P", "party_role": 3, "party_sub_ids": [{"party_sub_id": "a"}, {"party_sub_id": "b"}]}
        orders = [ORDER | {"list_seq_no": n, "cl_ord_id": str(n), "parties": [party, party]} for n in (1, 2)]
        fields = {"list_id": "L", "bid_type": "no_bidding_process", "tot_no_orders": 2, "orders": orders}
        client.engine.send(client.name, "E", fields)
        assert codec.decode(server.next()).fields == fields


BAD = [
    # the body after ClOrdID, the type of the answer, its tag, its reason
    ("D", "54=9", "3", 1, "40"),
    ("D", "54=Z", "3", 5, "54"),
    ("D", "38=1e5", "3", 6, "38"),
    ("D", "58=", "3", 4, "58"),
    ("D", "44=1|44=2", "3", 13, "44"),
    ("D", "9002=1|9002=2", "3", 13, "9002"),
    ("D", "453=2|448=a", "3", 16, "453"),
    ("D", "60=yesterday", "3", 6, "60"),
    ("D", "432=20261399", "3", 6, "432"),
    ("D", "38=1.123456789e1", "3", 6, "38"),
    ("B", "148=x", "j", 3, None),
    ("U7", "148=x", "j", 3, None),
]
GOOD = "55=AAPL|54=1|60=20261123-15:00:00|38=5|40=2|44=10"


def test_nonsense_is_answered_and_the_session_goes_on(tmp_path: Path) -> None:
    with talking(tmp_path, terms(version=FIX44)) as (server, client):
        assert client.is_up()
        for kind, bad, answer, reason, tag in BAD:
            tags = {part.split("=")[0] for part in bad.split("|")}
            rest = "|".join(part for part in GOOD.split("|") if part.split("=")[0] not in tags)
            rest = rest.replace("40=2|", "") if tag == "40" else rest
            body = f"35={kind}|11=1|{rest}|{bad}|" if kind == "D" else f"35={kind}|{bad}|"
            raw_send(client.engine, client.name, body.replace("|", SOH))
            told = codec.decode(client.next())
            got = told.fields.get("session_reject_reason", told.fields.get("business_reject_reason"))
            shown = told.fields.get("ref_tag_id")
            assert (told.msg_type, got, str(shown) if shown else None) == (answer, reason, tag), body
        client.engine.send(client.name, "D", ORDER)
        assert codec.decode(server.next()).fields == ORDER


def raw_send(engine: Engine, name: str, body: str) -> None:
    """Send a body that our own codec would not make."""
    engine.send_body(name, body)


def test_a_logon_is_asked_about_and_may_be_refused(tmp_path: Path) -> None:
    asked: queue.SimpleQueue[tuple[Any, str]] = queue.SimpleQueue()

    def request(name: str, fields: Any, address: str) -> str | None:
        asked.put((fields["username"], address))
        return None if fields["password"] == "right" else "wrong password"

    refused = terms(version=FIX44, theirs={"username": "joe", "password": "wr0ng"})
    with talking(tmp_path / "refused", refused, on_logon_request=request) as (server, client):
        assert asked.get(timeout=60) == ("joe", "127.0.0.1")
        assert not client.is_up(1)
        assert not server.engine.logged_on
        assert "wr0ng" not in server.log() + client.log()
        assert "554=***" in server.log()
    allowed = terms(version=FIX44, theirs={"username": "joe", "password": "right"})
    with talking(tmp_path / "allowed", allowed, on_logon_request=request) as (server, client):
        assert client.is_up()
        assert server.is_up()


def test_the_refusal_says_why(tmp_path: Path) -> None:
    """By Logout with the text, to a client that does not ask for new numbers."""
    port = free_port()
    ours, theirs = links(port, **terms(version=FIX44))
    store = tmp_path / "client" / "store"
    store.mkdir(parents=True)
    (store / f"{theirs.file_name}.seqnums").write_text(f"{2:020d} : {1:020d}")
    server = Engine(
        [ours], "acceptor", tmp_path / "server", on_message=lambda *_: None, on_logon_request=lambda *_: "not today"
    )
    client = Engine([theirs], "initiator", tmp_path / "client", on_message=lambda *_: None)
    server.start()
    client.start()
    log = tmp_path / "client" / "log" / f"{theirs.file_name}.messages.log"
    assert wait_for(lambda: log.exists() and "not today" in log.read_text(), 60)
    client.stop()
    server.stop()


def test_a_stranger_cannot_wipe_a_session_by_asking_for_new_numbers(tmp_path: Path) -> None:
    """A Logon with ResetSeqNumFlag is refused before the store is reset, and the next one is heard again."""
    answers = iter([None, "no", "no", "no"])
    asked: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def request(name: str, fields: Any, address: str) -> str | None:
        asked.put(fields.get("reset_seq_num_flag", False))
        return next(answers, "no")

    session = terms(version=FIX44)
    ours, theirs = links(free_port(), **session)
    server = Engine([ours], "acceptor", tmp_path / "server", on_message=lambda *_: None, on_logon_request=request)
    client = Engine([theirs], "initiator", tmp_path / "client", on_message=lambda *_: None)
    server.start()
    client.start()
    assert wait_for(lambda: client.is_logged_on(theirs.name), 60)
    for _ in range(3):
        client.send(theirs.name, "D", ORDER)
    assert wait_for(lambda: server.sequence_numbers(ours.name)[1] == 5, 60)
    before, incarnation = server.sequence_numbers(ours.name), server.incarnation(ours.name)
    client.reset_session(theirs.name)
    assert [asked.get(timeout=60) for _ in range(3)] == [True, True, True]
    assert server.incarnation(ours.name) == incarnation
    # The Logout that ended the session was counted.
    assert wait_for(lambda: server.sequence_numbers(ours.name)[1] == before[1] + 1, 60)
    assert not server.logged_on
    client.stop()
    server.stop()


def test_only_given_addresses_may_connect(tmp_path: Path) -> None:
    with talking(tmp_path, terms(version=FIX44, ours={"addresses": ("192.0.2.7",)})) as (server, client):
        assert not client.is_up(2)
        assert not server.engine.logged_on
    with talking(tmp_path / "near", terms(version=FIX44, ours={"addresses": ("192.0.2.7", "127.0.0.1")})) as (_, near):
        assert near.is_up()


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    home = tmp_path_factory.mktemp("papers")
    return {name: certificates(home, name) for name in ("server", "client", "stranger")}


@pytest.mark.parametrize("version", VERSIONS)
def test_tls_with_certificates_of_both_sides(tmp_path: Path, papers: Any, version: str) -> None:
    server, client = papers["server"], papers["client"]
    ours = {"tls": Tls(server["certificate"], server["key"], client["authority"])}
    theirs = {"tls": Tls(client["certificate"], client["key"], server["authority"])}
    with talking(tmp_path, terms(version=version, ours=ours, theirs=theirs)) as (left, right):
        assert right.is_up()
        assert left.is_up()
        right.engine.send(right.name, "D", ORDER)
        assert codec.decode(left.next()).fields["cl_ord_id"] == "1"


@pytest.mark.parametrize("shown", ["stranger", None])
def test_tls_refuses_who_has_no_certificate_of_the_authority(tmp_path: Path, papers: Any, shown: str | None) -> None:
    server = papers["server"]
    ours = {"tls": Tls(server["certificate"], server["key"], papers["client"]["authority"])}
    paper = papers.get(shown or "", {})
    theirs = {"tls": Tls(paper.get("certificate", ""), paper.get("key", ""), server["authority"])}
    with talking(tmp_path, terms(version=FIX44, ours=ours, theirs=theirs)) as (left, right):
        assert not right.is_up(2)
        assert not left.engine.logged_on


def test_a_client_refuses_a_server_it_does_not_know(tmp_path: Path, papers: Any) -> None:
    server, client = papers["server"], papers["client"]
    ours = {"tls": Tls(server["certificate"], server["key"])}
    theirs = {"tls": Tls(client["certificate"], client["key"], papers["stranger"]["authority"])}
    with talking(tmp_path, terms(version=FIX44, ours=ours, theirs=theirs)) as (left, right):
        assert not right.is_up(2)
        assert not left.engine.logged_on


def test_a_plain_client_cannot_reach_a_tls_port_and_does_no_harm(tmp_path: Path, papers: Any) -> None:
    server = papers["server"]
    ours = {"tls": Tls(server["certificate"], server["key"])}
    with talking(tmp_path, terms(version=FIX44, ours=ours)) as (left, right):
        assert not right.is_up(2)
        assert not left.engine.logged_on


def test_a_closed_session_takes_nobody(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    closed = Schedule(*(f"{now + timedelta(hours=hours):%H:%M:%S}" for hours in (2, 3)))
    with talking(tmp_path, terms(version=FIX44, ours={"schedule": closed})) as (server, client):
        assert not client.is_up(2)
        assert not server.engine.logged_on
    opened = Schedule(*(f"{now + timedelta(hours=hours):%H:%M:%S}" for hours in (-1, 1)))
    with talking(tmp_path / "open", terms(version=FIX44, ours={"schedule": opened})) as (server, client):
        assert client.is_up()


def test_transformations_work_in_both_directions(tmp_path: Path) -> None:
    rules = [
        {"direction": "in", "msg_type": ["D"], "rename": {"5001": "1"}},
        {"direction": "out", "msg_type": ["8"], "copy": {"1": "5001"}, "remove": ["1"]},
    ]
    with talking(tmp_path, terms(version=FIX44, ours={"transforms": tuple(rules)})) as (server, client):
        assert client.is_up()
        client.engine.send(client.name, "D", ORDER | {"unknown": {"5001": "ACC"}})
        came = server.next()
        assert "\x015001=ACC\x01" in came
        assert codec.decode(server.engine.inward(server.name, came)).fields == ORDER | {"account": "ACC"}
        report = {
            "order_id": "1", "exec_id": "E", "exec_type": "new", "ord_status": "new", "symbol": "AAPL", "side": "buy",
            "leaves_qty": "5", "cum_qty": "0", "avg_px": "0",
        }  # fmt: skip
        server.engine.send(server.name, "8", report | {"account": "ACC"})
        assert codec.decode(client.next()).fields == report | {"unknown": {"5001": "ACC"}}


def test_what_operators_do_with_numbers(tmp_path: Path) -> None:
    with talking(tmp_path, terms(version=FIX44)) as (server, client):
        assert client.is_up()
        assert server.is_up()
        numbers = [
            server.engine.send(server.name, "j", {"ref_msg_type": "D", "business_reject_reason": 0, "text": str(n)})
            for n in range(3)
        ]
        for _ in numbers:
            client.next()
        assert server.engine.sequence_numbers(server.name)[0] == numbers[-1] + 1
        # A message is heard before it is counted.
        assert wait_for(lambda: client.engine.sequence_numbers(client.name)[1] == numbers[-1] + 1, 60)
        # The client forgets the last two: the server's resend fills them in.
        out, _ = client.engine.sequence_numbers(client.name)
        client.engine.set_sequence_numbers(client.name, out, numbers[1])
        server.engine.resend(server.name, numbers[1])
        assert [codec.decode(client.next()).fields["text"] for _ in range(2)] == ["1", "2"]
        assert wait_for(lambda: client.engine.sequence_numbers(client.name)[1] == numbers[-1] + 1, 60)
        with pytest.raises(ValueError, match="begin at 1"):
            server.engine.set_sequence_numbers(server.name, 0, 1)


def test_a_session_that_is_shut_stays_shut_until_it_is_opened(tmp_path: Path) -> None:
    with talking(tmp_path, terms(version=FIX44)) as (server, client):
        assert client.is_up()
        assert server.is_up()
        server.engine.logout(server.name, "closed by operations")
        assert wait_for(lambda: "58=closed by operations" in client.log(), 60)
        assert wait_for(lambda: not server.engine.logged_on, 60)
        assert not server.is_up(2)
        server.engine.open(server.name)
        assert server.is_up()


def test_a_reset_begins_at_1_on_both_sides(tmp_path: Path) -> None:
    with talking(tmp_path, terms(version=FIX42)) as (server, client):
        assert client.is_up()
        assert server.is_up()
        for _ in range(3):
            client.engine.send(client.name, "D", ORDER)
        assert wait_for(lambda: server.engine.sequence_numbers(server.name)[1] >= 5, 60)
        client.engine.reset_session(client.name)
        assert wait_for(lambda: client.engine.sequence_numbers(client.name) == (2, 2), 60)
        assert wait_for(lambda: server.engine.sequence_numbers(server.name) == (2, 2), 60)
        assert client.is_up()


def test_many_sessions_of_different_versions_on_one_port(tmp_path: Path) -> None:
    port = free_port()
    pairs = [links(port, **terms(version=version)) for version in VERSIONS]
    heard: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    server = Engine([ours for ours, _ in pairs], "acceptor", tmp_path / "s", on_message=lambda *told: heard.put(told))
    client = Engine([theirs for _, theirs in pairs], "initiator", tmp_path / "c", on_message=lambda *_: None)
    server.start()
    client.start()
    for ours, theirs in pairs:
        assert wait_for(lambda name=theirs.name: client.is_logged_on(name), 60)
        client.send(theirs.name, "D", ORDER)
        name, raw = heard.get(timeout=60)
        assert (name, codec.decode(raw).version) == (ours.name, ours.version)
    client.stop()
    server.stop()


@pytest.mark.parametrize(
    "wrong", [{"version": "FIX.4.3"}, {"schedule": ("25:00:00", "1")}, {"schedule": ("08:00:00", "09:00:00", "monday")}]
)
def test_a_link_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"version|times|days"):
        Link("x", "A", "B", **({"schedule": Schedule(*wrong["schedule"])} if "schedule" in wrong else wrong))


def test_tls_needs_its_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="certificate and its key"):
        Tls().settings("acceptor")
    with pytest.raises(ValueError, match="no file"):
        Tls(str(tmp_path / "nothing"), str(tmp_path / "nothing")).settings("acceptor")
