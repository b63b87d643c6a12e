"""Sessions of clients as people manage them, over TCP to a real acceptor process."""

import hashlib
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from oms.base.clock import now
from oms.management.conformance.matrices import stage
from orders.models import Account, Alert, Order, User
from routing import wishes
from routing.fix.engine import wait_for
from routing.models import ClientMessage, ClientSession, DropCopy, SessionOrder
from tests.fix.test_acceptor import Acceptor, stage_session
from tests.fix.wire import Wire
from tests.routing.fix.sessions import certificates

pytestmark = pytest.mark.django_db(transaction=True)
MOMENT = "60=20261123-10:00:00.000"
CODE = "CONFORM"


def order(name: str, *, account: str = stage.ACCOUNT, more: str = "") -> str:
    return (
        f"35=D\x0111={name}\x011={account}\x0121=1\x0155={stage.SYMBOL}\x0154=1\x01{MOMENT}\x0138=100\x0140=2"
        f"\x0144=100\x0159=0{more}"
    )


@pytest.fixture
def acceptor(tmp_path: Path) -> Iterator[Acceptor]:
    """An acceptor to be started when its rows are there."""
    with Acceptor(tmp_path) as made:
        yield made


def session(**more: Any) -> ClientSession:
    stage_session(f"WIRE-{uuid4().hex[:8]}", **more)
    return ClientSession.objects.get(pk=CODE)


def another(code: str, **more: Any) -> ClientSession:
    first = User.objects.get(username="conformance")
    return ClientSession.objects.create(code=code, target_comp_id=f"{code}-{uuid4().hex[:8]}", user=first, **more)


def applied(count: int) -> bool:
    return wait_for(lambda: Order.objects.filter(parent=None).count() == count, 60)


def done(wish: SessionOrder) -> str:
    assert wait_for(
        lambda: SessionOrder.objects.exclude(outcome="").exclude(outcome="begun").filter(pk=wish.pk).exists(), 60
    )
    return SessionOrder.objects.get(pk=wish.pk).outcome


def asked(one: ClientSession, kind: str, by: User, begin: str = "", end: str = "") -> SessionOrder:
    [wish] = wishes.ask([one], kind, "as agreed", by, begin, end)
    assert isinstance(wish, SessionOrder)
    return wish


def comes_in(acceptor: Acceptor, one: ClientSession) -> bool:
    """One try of a client that tries again and again: the connection before this one may not be forgotten yet."""
    with Wire(acceptor.port, one.target_comp_id) as wire:
        return (wire.logon() or {}).get("35") == "A"


def test_a_session_is_turned_out_and_may_come_again(acceptor: Acceptor) -> None:
    one = session()
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire:
        assert (wire.logon() or {})["35"] == "A"
        assert done(asked(one, "disconnect", one.user)) == "done"
        goodbye = wire.hear()
        assert goodbye
        assert (goodbye["35"], goodbye["58"]) == ("5", "as agreed")
    assert wait_for(lambda: comes_in(acceptor, one), 60)
    assert wait_for(lambda: not SessionOrder.objects.filter(outcome="").exists(), 60)
    assert wait_for(lambda: ClientSession.objects.get(pk=CODE).logged_on_at is None, 60)
    down = asked(one, "disconnect", one.user)
    assert done(down) == "CONFORM is not logged on"


def test_what_was_sent_is_sent_again_under_its_numbers(acceptor: Acceptor) -> None:
    one = session()
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire:
        wire.logon()
        for name in ("a", "b"):
            wire.say(f"35=H\x0111={name}\x0155=X\x0154=1")
        first = [wire.hear() or {} for _ in range(2)]
        assert done(asked(one, "resend", one.user, "3", "3")) == "done"
        again = wire.hear() or {}
        assert (again["34"], again["43"], again["17"]) == ("3", "Y", first[1]["17"])


def test_a_reset_waits_for_another_person(acceptor: Acceptor) -> None:
    one = session()
    boss = User.objects.create(username="boss", role="operations")
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire:
        wire.logon()
        wire.say("35=H\x0111=a\x0155=X\x0154=1")
        wire.hear()
        wish = asked(one, "reset", one.user)
        mine = SessionOrder.objects.filter(pk=wish.pk)
        count, refusals = wishes.confirm(mine, one.user)
        assert (count, [refusal.code for refusal in refusals]) == (0, ["SECOND_PERSON"])
        assert not wait_for(lambda: mine.filter(done_at__isnull=False).exists(), 2.5)
        assert wait_for(lambda: (ClientSession.objects.get(pk=CODE).next_out or 0) == 3, 60)
        assert wishes.confirm(mine, boss)[0] == 1
        assert done(wish) == "done"
    assert wait_for(lambda: ClientSession.objects.get(pk=CODE).next_out == 1, 60)
    with Wire(acceptor.port, one.target_comp_id) as wire:
        wire.say("35=A\x0198=0\x01108=30")
        answer = wire.hear() or {}
        assert (answer["35"], answer["34"]) == ("A", "1")


def test_no_row_keeps_the_others_from_running(acceptor: Acceptor) -> None:
    one = session()
    broken: dict[str, dict[str, Any]] = {
        "addresses": {"addresses": {"a": 1}}, "host": {"addresses": ["example.com"]}, "start": {"start": "25:00:00"},
        "days": {"start_day": "monday"}, "day": {"start_day": "noday", "end_day": "friday"},
        "transforms": {"transforms": [{"direction": "sideways"}]}, "map": {"account_map": ["x"]},
        "account": {"account_map": {"x": "no such account"}}, "twice": {"account_map": {"x": stage.ACCOUNT, "y": stage.ACCOUNT}},
        "certificate": {"certificate": "nonsense", "tls": True}, "plain": {"certificate": "CN=client"},
        "tls": {"tls": True}, "path": {"target_comp_id": "../../etc"}, "soh": {"sender_comp_id": "A\x01B"},
        "username": {"password": "hash", "username": ""}, "empty": {"purpose": "drop_copy_out"},
    }  # fmt: skip
    for code, terms in broken.items():
        another(f"bad-{code}")
        ClientSession.objects.filter(pk=f"bad-{code}").update(**terms)
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire:
        assert (wire.logon() or {})["35"] == "A"
        wire.say(order("fine"))
        assert applied(1)
    problems = dict(ClientSession.objects.values_list("code", "problem"))
    assert problems.pop(CODE) == ""
    assert all(problems.values()), problems
    assert len(problems) == len(broken)


def test_a_changed_row_takes_effect_and_an_inactive_user_may_not_come(acceptor: Acceptor) -> None:
    one = session()
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire:
        wire.logon()
    User.objects.filter(pk=one.user_id).update(is_active=False)
    assert acceptor.process is not None
    assert acceptor.process.wait(60) == 1
    acceptor.start()
    assert wait_for(lambda: "not active" in ClientSession.objects.get(pk=CODE).problem, 30)


# TLS.


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    home = tmp_path_factory.mktemp("papers")
    return {name: certificates(home, name) for name in ("server", "alice", "bob")}


def fingerprint(paper: dict[str, str]) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(Path(paper["certificate"]).read_text())).hexdigest()


def presenting(paper: dict[str, str], server: dict[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=server["authority"])
    context.check_hostname = False
    context.load_cert_chain(paper["certificate"], paper["key"])
    return context


@pytest.mark.parametrize("named", ["fingerprint", "colons", "subject", "authority"])
def test_each_session_has_a_certificate_of_its_own(acceptor: Acceptor, papers: Any, named: str) -> None:
    server, alice, bob = papers["server"], papers["alice"], papers["bob"]
    tls = acceptor.home / "fix" / "tls"
    tls.mkdir(parents=True)
    for source, target in ((server["certificate"], "server.pem"), (server["key"], "server.key")):
        (tls / target).write_bytes(Path(source).read_bytes())
    # Alice's is trusted by itself, Bob's for who signed it.
    (tls / "clients.pem").write_text(
        "".join(Path(path).read_text() for path in (alice["certificate"], bob["authority"]))
    )
    printed = fingerprint(alice)
    wanted = {
        "fingerprint": printed, "subject": "CN=alice", "authority": "",
        "colons": ":".join(printed[n : n + 2] for n in range(0, 64, 2)).upper(),
    }[named]  # fmt: skip
    one = session(tls=True, certificate=wanted)
    assert one.faults() == {}
    acceptor.start()
    with Wire(acceptor.port + 1, one.target_comp_id, context=presenting(alice, server)) as wire:
        assert (wire.logon() or {}).get("35") == "A"
        wire.say(order("secret"))
        assert applied(1)

    def bob_comes_in() -> bool:
        with Wire(acceptor.port + 1, one.target_comp_id, context=presenting(bob, server)) as wire:
            return (wire.logon() or {}).get("35") == "A"

    def bob_is_turned_away() -> bool:
        assert not bob_comes_in()
        return "another certificate than its own" in (acceptor.home / "acceptor.log").read_text()

    # Alice's connection may not be forgotten yet: then nobody else is looked at.
    assert wait_for(bob_comes_in if named == "authority" else bob_is_turned_away, 60)


def test_a_session_with_tls_may_come_from_its_addresses_alone(acceptor: Acceptor, papers: Any) -> None:
    server, alice = papers["server"], papers["alice"]
    tls = acceptor.home / "fix" / "tls"
    tls.mkdir(parents=True)
    for source, target in ((server["certificate"], "server.pem"), (server["key"], "server.key")):
        (tls / target).write_bytes(Path(source).read_bytes())
    far, near = session(tls=True, addresses=["192.0.2.7"]), another("NEAR", tls=True, addresses=["127.0.0.1"])
    acceptor.start()
    context = presenting(alice, server)
    with Wire(acceptor.port + 1, near.target_comp_id, context=context) as wire:
        assert (wire.logon() or {}).get("35") == "A"
    with Wire(acceptor.port + 1, far.target_comp_id, context=context) as wire:
        assert wire.logon() is None
    with Wire(acceptor.port + 1, "NOBODY", context=context) as wire:
        assert wire.logon() is None
    for rubbish in (b"GET / HTTP/1.1\r\n\r\n", b"8=FIX.4.4\x0135=D\x0110=000\x01", b"\xff" * 20_000):
        with Wire(acceptor.port + 1, "x", context=context) as wire:
            wire.raw(rubbish)
            assert wire.hear() is None

    def comes_again() -> bool:
        with Wire(acceptor.port + 1, near.target_comp_id, context=context) as wire:
            return (wire.logon() or {}).get("35") == "A"

    assert wait_for(comes_again, 60)


# Bad input.

HEADLESS = [
    (b"8=FIX.4.4\x019=5\x0135=0\x0110=161\x01", "no header"), (b"\x00\xff\x01=\x01\x01", "no FIX"),
    (b"8=FIX.4.4\x019=999999999\x0135=D\x01", "a length that never ends"),
]  # fmt: skip
# Body, and the tags its answer must have.
NONSENSE: list[tuple[str, dict[str, str]]] = [
    ("35=D\x0111=x", {"35": "3", "373": "1", "372": "D"}),
    (order("e1").replace("54=1", "54=Z"), {"35": "3", "371": "54", "373": "5"}),
    (order("e2").replace("38=100", "38=1e5"), {"35": "3", "371": "38", "373": "6"}),
    (order("e3").replace("38=100", "38=NaN"), {"35": "3", "371": "38", "373": "6"}),
    (order("e4").replace("38=100", "38="), {"35": "3", "371": "38", "373": "4"}),
    (order("e5").replace("38=100", "38=100\x0138=200"), {"35": "3", "371": "38", "373": "13"}),
    (order("e6").replace("60=20261123-10:00:00.000", "60=yesterday"), {"35": "3", "371": "60", "373": "6"}),
    (order("e7").replace("38=100", "38=-5"), {"35": "8", "39": "8", "103": "13"}),
    (order("e8").replace("38=100", "38=99999999999999999999999999"), {"35": "8", "39": "8", "38": "0"}),
    (order("e9").replace("44=100", "44=0.000000001"), {"35": "8", "39": "8"}),
    (order("caf\xe9"), {"35": "3", "371": "11", "373": "6"}),
    (order("bell\x07"), {"35": "3", "371": "11", "373": "6"}),
    (order("null\x00"), {"35": "3", "371": "11", "373": "6"}),
    (order("e10", account="\u0000"), {"35": "3", "371": "1", "373": "6"}),
    (order("x" * 65), {"35": "8", "39": "8"}),
    ("35=F\x0111=f\x0141=none\x0155=X\x0154=1\x01" + MOMENT, {"35": "9", "102": "1", "37": "NONE"}),
    ("35=G\x0111=g\x0141=none\x0155=X\x0154=1\x0138=1\x0140=2\x0144=1\x0121=1\x01" + MOMENT, {"35": "9", "434": "2"}),
    ("35=H\x0111=h\x0155=X\x0154=1", {"35": "8", "150": "I", "39": "8", "37": "NONE"}),
    ("35=AF\x01584=m\x01585=3", {"35": "8", "584": "m", "911": "0"}),
    ("35=q\x0111=q\x01530=9\x01" + MOMENT, {"35": "3", "371": "530"}),
    ("35=E\x0166=L\x01394=3\x0168=2\x0173=2\x0111=l1\x0167=1\x0155=X\x0154=1\x0138=1", {"35": "3", "373": "1"}),
    ("35=J\x0170=j\x0171=0\x01626=1\x01857=0\x0154=1\x0155=X\x0153=10\x016=1\x0175=20261123\x0178=1\x0179=A\x0180=9",
     {"35": "P", "87": "1"}),
    ("35=8\x0137=1\x0117=1\x01150=0\x0139=0\x0155=X\x0154=1\x01151=0\x0114=0\x016=0", {"35": "j", "380": "3"}),
    ("35=V\x01262=v\x01263=0\x01264=1\x01267=1\x01269=0\x01146=1\x0155=X", {"35": "j", "380": "3"}),
    ("35=ZZ\x0111=x", {"35": "3", "373": "11"}),
]  # fmt: skip


def test_nonsense_is_answered_each_in_its_way_and_the_session_lives(acceptor: Acceptor) -> None:
    one = session()
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire:
        wire.logon()
        for body, expected in NONSENSE:
            wire.say(body)
            heard = wire.hear() or {}
            assert {tag: heard.get(tag) for tag in expected} == expected, (body, heard)
            assert all(" " <= char <= "~" for value in heard.values() for char in value), heard
        assert not Order.objects.exists()
        wire.say(order("good"))
        assert applied(1)


def test_what_is_no_message_ends_a_connection_at_most(acceptor: Acceptor) -> None:
    one = session()
    acceptor.start()
    for rubbish, _ in HEADLESS:
        with Wire(acceptor.port, one.target_comp_id) as wire:
            wire.raw(rubbish)
    with Wire(acceptor.port, one.target_comp_id) as wire:
        # No Logon first: hung up on, and nothing is applied.
        wire.raw(wire.frame(order("early")))
        assert wire.hear() is None
    with Wire(acceptor.port, one.target_comp_id) as wire:
        wire.logon()
        broken = wire.frame(order("broken"))
        # A wrong checksum is passed over as the standard has it; the next number shows the gap.
        wire.raw(broken[:-4] + b"999\x01")
        wire.raw(b"\x00\x01\x02 between \xff messages \x01")
        wire.next += 1
        wire.say(order("after"))
        asked_for = wire.hear() or {}
        assert (asked_for["35"], asked_for["7"]) == ("2", "2")
        wire.raw(wire.frame(order("broken"), t34="2", t43="Y", t122=""))
        wire.raw(wire.frame("35=4\x01123=Y\x0136=3", t34="2", t43="Y"))
        wire.raw(wire.frame(order("after"), t34="3", t43="Y"))
        assert wait_for(lambda: Order.objects.filter(cl_ord_id="after").exists(), 60)


def test_a_message_is_kept_to_the_letter_with_the_tags_we_do_not_know(acceptor: Acceptor) -> None:
    one = session(transforms=[{"direction": "in", "msg_type": ["D"], "rename": {"5001": "1"}}])
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire:
        wire.logon()
        body = order("raw", more="\x019999=own tag\x0120001=7").replace(
            f"1={stage.ACCOUNT}\x01", f"5001={stage.ACCOUNT}\x01"
        )
        sent = wire.frame(body)
        wire.say(body)
        assert applied(1)
    kept = ClientMessage.objects.get(msg_type="D")
    assert kept.raw.encode().split(b"\x0152=")[1][25:-7] == sent.split(b"\x0152=")[1][25:-7]
    assert kept.fields["unknown"] == {"9999": "own tag", "20001": "7"}
    assert kept.fields["account"] == stage.ACCOUNT


# What a session's row says is what happens.


def test_beyond_the_throttle_orders_are_refused_and_cancels_are_not(acceptor: Acceptor) -> None:
    one = session(throttle=2)
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire:
        wire.logon()
        # The first message of a process takes longest; the others come at once, all within a second.
        wire.say("35=H\x0111=h\x0155=X\x0154=1")
        assert (wire.hear() or {})["35"] == "8"
        with wire.together():
            for number in range(5):
                wire.say(order(f"t{number}"))
            wire.say("35=F\x0111=c\x0141=none\x0155=X\x0154=1\x01" + MOMENT)
        heard = [wire.hear() or {} for _ in range(4)]
        assert [one["58"].partition(":")[0] for one in heard] == ["THROTTLED"] * 3 + ["UNKNOWN_ORDER"]
        assert applied(2)


def test_orders_go_with_the_session_that_wants_it(acceptor: Acceptor) -> None:
    one = session(cancel_on_disconnect=True)
    stays = another("STAYS")
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire, Wire(acceptor.port, stays.target_comp_id) as other:
        wire.logon()
        other.logon()
        wire.say(order("goes"))
        other.say(order("stays"))
        assert applied(2)
    assert wait_for(lambda: Order.objects.get(cl_ord_id="goes", parent=None).leaves_qty == 0, 60)
    assert Order.objects.get(cl_ord_id="stays", parent=None).leaves_qty == 100


def test_a_drop_copy_hears_of_its_accounts_and_may_say_nothing(acceptor: Acceptor) -> None:
    one = session(send_pending_new=True, account_map={"THEIRS": stage.ACCOUNT})
    copied = another("COPY", purpose="drop_copy_out", account_map={"FUND": stage.ACCOUNT}, send_pending_new=True)
    Account.objects.get_or_create(code="ELSE", defaults={"desk": Account.objects.get(code=stage.ACCOUNT).desk})
    deaf = another("DEAF", purpose="drop_copy_out", account_map={"ELSE": "ELSE"}, send_pending_new=True)
    acceptor.start()
    with (
        Wire(acceptor.port, one.target_comp_id) as wire, Wire(acceptor.port, copied.target_comp_id) as copy,
        Wire(acceptor.port, deaf.target_comp_id) as silent,
    ):  # fmt: skip
        for each in (wire, copy, silent):
            each.logon()
        wire.say(order("copied", account="THEIRS"))
        report, same = wire.hear() or {}, copy.hear() or {}
        assert (report["1"], same["1"], same["797"]) == ("THEIRS", "FUND", "Y")
        assert (report["17"], report["37"]) == (same["17"], same["37"])
        copy.say(order("not allowed"))
        refused = copy.hear() or {}
        assert (refused["35"], refused["380"]) == ("j", "6")
        assert silent.hear(1) is None
    assert Order.objects.filter(parent=None).count() == 1


def test_two_copies_of_what_we_have_once_are_one_too_many(acceptor: Acceptor) -> None:
    one = session()
    broker = another("BROKER", purpose="drop_copy_in")
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id) as wire, Wire(acceptor.port, broker.target_comp_id) as copy:
        wire.logon()
        copy.logon()
        wire.say(order("n-x"))
        assert applied(1)
        stage.sent_on()
        child = Order.objects.exclude(parent=None).get()
        names = stage.Names(CODE, "n")
        fill = {"exec_type": "Trade", "last_qty": 10, "cum_qty": 10, "leaves_qty": 90, "last_px": 100}
        stage.tell({"msg_type": "8", "cl_ord_id": "x", **fill}, names, {})
        for exec_id in ("X1", "X2"):
            copy.say(
                f"35=8\x0137=1\x0117={exec_id}\x01150=F\x0139=1\x0155={stage.SYMBOL}\x0154=1\x01151=90\x0114=10"
                f"\x016=100\x0111={child.cl_ord_id}\x0132=10\x0131=100\x0138=100"
            )
        assert wait_for(lambda: DropCopy.objects.count() == 2, 60)
        assert wait_for(lambda: DropCopy.objects.exclude(report_id=None).count() == 1, 60)
        assert not Alert.objects.filter(kind="drop_copy").exists()
        DropCopy.objects.update(received_at=now() - timedelta(seconds=61))
        assert wait_for(lambda: Alert.objects.filter(kind="drop_copy").exists(), 60)
        assert "X2" in Alert.objects.get(kind="drop_copy").text
        copy.say(order("no"))
        refused = copy.hear() or {}
        assert (refused["35"], refused["380"]) == ("j", "6")


@pytest.mark.parametrize(("version", "begin"), [("FIX.4.2", "FIX.4.2"), ("FIX.5.0SP2", "FIXT.1.1")])
def test_the_other_versions_are_understood(acceptor: Acceptor, version: str, begin: str) -> None:
    one = session(version=version, send_pending_new=True)
    acceptor.start()
    with Wire(acceptor.port, one.target_comp_id, begin) as wire:
        assert (wire.logon() or {}).get("35") == "A"
        wire.say(order("v"))
        report = wire.hear() or {}
        assert (report["35"], report["150"], report["39"], report["11"]) == ("8", "A", "A", "v")
        assert ("20" in report) == (version == "FIX.4.2")
        wire.say("35=F\x0111=vc\x0141=nothing\x0155=X\x0154=1\x01" + MOMENT)
        refused = wire.hear() or {}
        assert (refused["35"], refused["102"]) == ("9", "1")
        wire.say("35=D\x0111=bad")
        assert (wire.hear() or {})["35"] == "3"


def test_neither_from_elsewhere_nor_at_another_time(acceptor: Acceptor) -> None:
    fine = session()
    soon, later = ((now() + timedelta(hours=hours)).strftime("%H:%M:%S") for hours in (2, 3))
    closed, far = another("CLOSED", start=soon, end=later), another("FAR", addresses=["192.0.2.7"])
    acceptor.start()
    for one in (closed, far):
        with Wire(acceptor.port, one.target_comp_id) as wire:
            assert (wire.logon() or {}).get("35") != "A"
    with Wire(acceptor.port, fine.target_comp_id) as wire:
        assert (wire.logon() or {}).get("35") == "A"
