"""FIX sessions in the admin: what is refused and with which words, passwords, and the second person of a reset."""

from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client
from django.urls import reverse

from oms.base.clock import now
from orders.models import User
from routing.models import ClientMessage, ClientReport, ClientSession, SessionOrder, VenueSession
from tests.admin.conftest import People
from tests.factories import Floor

pytestmark = pytest.mark.django_db
LIST = reverse("admin:routing_clientsession_changelist")
ADD = reverse("admin:routing_clientsession_add")
ORDERS = reverse("admin:routing_sessionorder_changelist")


@pytest.fixture
def operations(people: People) -> Client:
    return people("operations")


def terms(desk: Floor, **more: Any) -> dict[str, Any]:
    form = {
        "code": "NEW", "purpose": "order_entry", "sender_comp_id": "OMS", "target_comp_id": "NEW", "version": "FIX.4.4",
        "user": desk.trader.pk, "enabled": "on", "start": "00:00:00", "end": "00:00:00", "start_day": "", "end_day": "",
        "addresses": "[]", "certificate": "", "username": "new", "new_password": "a long secret".replace(" ", "-"),
        "account_map": "{}", "throttle": "0", "transforms": "[]",
    }  # fmt: skip
    return form | more


def test_a_session_is_made_with_a_password_that_nobody_sees(operations: Client, desk: Floor) -> None:
    account = desk.accounts[0].code
    answer = operations.post(
        ADD,
        terms(desk, addresses='["203.0.113.7"]', account_map=f'{{"FUND-A": "{account}"}}', throttle="20", tls="on",
              certificate="CN=fund", cancel_on_disconnect="on", start="08:00:00", end="17:30:00", start_day="monday",
              end_day="friday", transforms='[{"direction": "out", "msg_type": ["8"], "rename": {"1": "5001"}}]'),
    )  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()
    made = ClientSession.objects.get(pk="NEW")
    assert (made.addresses, made.account_map, made.throttle) == (["203.0.113.7"], {"FUND-A": account}, 20)
    assert check_password("a-long-secret", made.password)
    change = reverse("admin:routing_clientsession_change", args=["NEW"])
    history = reverse("admin:routing_clientsession_history", args=["NEW"])
    for page in (change, history, LIST):
        text = operations.get(page).content.decode()
        assert "a-long-secret" not in text
        assert made.password not in text
    assert "password changed" in operations.get(history).content.decode()

    kept = terms(desk, new_password="", throttle="5", code="OTHER", addresses="", account_map="", transforms="")
    assert operations.post(change, kept).status_code == 302
    made.refresh_from_db()
    assert (made.throttle, made.addresses, made.account_map, made.transforms) == (5, [], {}, [])
    assert check_password("a-long-secret", made.password)
    assert not ClientSession.objects.filter(pk="OTHER").exists()
    assert operations.post(change, terms(desk, new_password="", no_password="on", username="")).status_code == 302
    made.refresh_from_db()
    assert made.password == ""


WRONG: list[tuple[str, Any, str]] = [
    ("code", "no spaces", "letters, digits"), ("code", "", "required"), ("target_comp_id", "../../x", "letters, digits"),
    ("sender_comp_id", "O=S", "letters, digits"), ("version", "FIX.9", "valid choice"), ("user", "0", "valid choice"),
    ("start", "24:00:00", "HH:MM:SS"), ("end", "8am", "HH:MM:SS"), ("start_day", "noday", "valid choice"),
    ("end_day", "friday", "both days"), ("addresses", "[", "valid JSON"), ("addresses", '"203.0.113.7"', "IPv4"),
    ("addresses", '["example.com"]', "IPv4"), ("addresses", '["::1"]', "IPv4"), ("addresses", "[7]", "IPv4"),
    ("certificate", "abc", "fingerprint"), ("certificate", "CN=fund", "TLS"), ("username", "", "Username (553)"),
    ("username", "x\u00e9", "ASCII"), ("new_password", "short", "8 to 64"), ("new_password", "with\u00e9accent", "8 to 64"),
    ("account_map", "[]", "their name and our account"), ("account_map", '{"A": 1}', "their name and our account"),
    ("account_map", '{"A": "nowhere"}', "no account"), ("account_map", '{"A": "\\u0000"}', "no account"),
    ("account_map", '{"A\\u0001": "x"}', "printable"), ("throttle", "-1", "greater than or equal to 0"),
    ("throttle", "many", "whole number"), ("transforms", "{}", "list of rules"),
    ("transforms", '[{"direction": "sideways"}]', "direction"), ("transforms", '[{"direction": "in", "set": {"34": "1"}}]', "session"),
    ("transforms", '[{"direction": "in", "set": {"58": "\\u0001"}}]', "printable ASCII"), ("transforms", "[7]", "object"),
    ("purpose", "drop_copy_out", "needs the accounts"),
]  # fmt: skip


def test_what_makes_no_sense_is_refused_with_the_field_and_what_would_be_valid(operations: Client, desk: Floor) -> None:
    for field, value, words in WRONG:
        answer = operations.post(ADD, terms(desk, **{field: value}))
        assert answer.status_code == 200, (field, value)
        errors = answer.context["adminform"].form.errors
        where = {"purpose": "account_map", "end_day": "start_day"}.get(field, field)
        assert where in errors, (field, value, errors)
        assert words in str(errors[where]), (field, value, errors[where])
    assert not ClientSession.objects.exists()


def test_a_venue_session_has_terms_of_its_own(operations: Client, desk: Floor) -> None:
    page = reverse("admin:routing_venuesession_change", args=["XNAS"])
    form = {
        "code": "XNAS", "purpose": "order", "sender_comp_id": "OMS", "target_comp_id": "XNAS", "host": "127.0.0.1",
        "port": "9870", "enabled": "on", "version": "FIX.4.2", "start": "00:00:00", "end": "00:00:00", "username": "",
        "transforms": '[{"direction": "out", "msg_type": ["D"], "set": {"21": "1"}}]',
    }  # fmt: skip
    assert operations.post(page, form).status_code == 302
    row = VenueSession.objects.get(pk="XNAS")
    assert (row.version, len(row.transforms)) == ("FIX.4.2", 1)
    for field, value in {"port": "0", "host": "a b", "transforms": "[1]", "start": "x"}.items():
        answer = operations.post(page, form | {field: value})
        assert field in answer.context["adminform"].form.errors, field
    assert operations.get(reverse("admin:routing_venuesession_history", args=["XNAS"])).status_code == 200


@pytest.fixture
def session(desk: Floor) -> ClientSession:
    return ClientSession.objects.create(code="BUY", target_comp_id="BUY", user=desk.trader)


def act(client: Client, url: str, action: str, *keys: object, **more: str) -> Any:
    return client.post(url, {"action": action, "_selected_action": [str(key) for key in keys], **more}, follow=True)


def test_a_reset_is_asked_for_with_a_reason_and_confirmed_by_another_person(
    people: People, operations: Client, session: ClientSession
) -> None:
    page = act(operations, LIST, "reset", "BUY").content.decode()
    assert 'name="reason"' in page
    assert "another person" in page
    assert "say why" in act(operations, LIST, "reset", "BUY", apply="1", reason=" ").content.decode()
    assert not SessionOrder.objects.exists()
    act(operations, LIST, "reset", "BUY", apply="1", reason="agreed by telephone")
    wish = SessionOrder.objects.get()
    assert (wish.kind, wish.reason, wish.asked_by.username) == ("reset", "agreed by telephone", "a-operations")
    assert wish.state == "waits for a second person"

    assert "another person must confirm" in act(operations, ORDERS, "confirm", wish.pk).content.decode()
    wish.refresh_from_db()
    assert wish.confirmed_by is None
    for role in ("compliance", "auditor"):
        act(people(role), ORDERS, "confirm", wish.pk)
        wish.refresh_from_db()
        assert wish.confirmed_by is None, role
    assert "1 confirmed" in act(people("admin"), ORDERS, "confirm", wish.pk).content.decode()
    wish.refresh_from_db()
    assert (wish.confirmed_by and wish.confirmed_by.username, wish.state) == ("a-admin", "waits")
    assert "waits for no confirmation" in act(people("admin"), ORDERS, "confirm", wish.pk).content.decode()


def test_a_resend_has_a_range_and_what_waits_can_be_withdrawn(operations: Client, session: ClientSession) -> None:
    for begin, end, words in (
        ("x", "", "begin_seq_no"),
        ("5", "4", "is before"),
        ("0", "", "begin_seq_no"),
        ("1", "-1", "end_seq_no"),
    ):
        page = act(operations, LIST, "resend", "BUY", apply="1", reason="r", begin=begin, end=end).content.decode()
        assert words in page
    assert not SessionOrder.objects.exists()
    act(operations, LIST, "resend", "BUY", apply="1", reason="gap", begin="3", end="9")
    act(operations, LIST, "disconnect", "BUY", apply="1", reason="silly orders")
    resend, disconnect = SessionOrder.objects.order_by("id")
    assert (resend.begin_seq_no, resend.end_seq_no, disconnect.kind) == (3, 9, "disconnect")
    assert "1 withdrawn" in act(operations, ORDERS, "withdraw", resend.pk).content.decode()
    resend.refresh_from_db()
    assert resend.state == "withdrawn"


def test_only_operations_steers(people: People, session: ClientSession) -> None:
    for role in ("compliance", "auditor", "trader", "portfolio_manager"):
        act(people(role), LIST, "disconnect", "BUY", apply="1", reason="x")
    assert not SessionOrder.objects.exists()


def test_messages_are_shown_as_they_were(operations: Client, session: ClientSession) -> None:
    raw = "8=FIX.4.4\x019=5\x0135=D\x0111=<b>1</b>\x0110=000\x01"
    ClientMessage.objects.create(
        session=session, incarnation="1", msg_seq_num=2, msg_type="D", raw=raw, fields={"cl_ord_id": "<b>1</b>"},
        received_at=now(), outcome="applied",
    )  # fmt: skip
    fields = {"order_id": "1", "exec_id": "E1", "exec_type": "new", "ord_status": "new", "side": "buy", "symbol": "IBM"}
    good = ClientReport.objects.create(session=session, msg_type="8", fields=fields, created_at=now())
    bad = ClientReport.objects.create(session=session, msg_type="8", fields={"text": "\x01"}, created_at=now())
    page = operations.get(reverse("admin:routing_clientmessage_changelist")).content.decode()
    assert "|35=D|11=&lt;b&gt;1&lt;/b&gt;|" in page
    listed = operations.get(reverse("admin:routing_clientreport_changelist")).content.decode()
    assert all(part in listed for part in ("35=8|", "37=1|", "17=E1|", "150=0|"))
    assert "cannot be said" in listed
    for row in (good, bad):
        assert operations.get(reverse("admin:routing_clientreport_change", args=[row.pk])).status_code == 200
    assert User.objects.get(username="a-operations").role == "operations"
