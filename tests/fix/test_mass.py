"""Canceling many orders at once over FIX: by what, whose, and that nothing stands in the way."""

from typing import Any

import pytest

from oms.base.clock import now
from oms.desk import enter, record, route
from oms.fix.inbound import Inbound
from oms.fix.mass import SCOPES, mass_cancel
from oms.fix.replies import Replies
from oms.fix.trading import Party
from orders.models import Order, User
from risk import kill
from risk.models import Rule
from routing.fix.codec import encode
from routing.fix.values import CLOSED
from routing.models import ClientMessage, ClientReport, ClientSession, Venue
from tests.desk.world import children, says, sent
from tests.factories import Floor, instrument

pytestmark = pytest.mark.django_db
AT = "2026-11-23T10:00:00.000+00:00"


@pytest.fixture
def party(desk: Floor) -> Party:
    ClientSession.objects.create(code="BUY", target_comp_id="BUY", user=desk.trader)
    return Party("BUY", desk.actor._replace(session="BUY"), {"MINE": "BETA"})


def working(desk: Floor, party: Party, *terms: dict[str, Any]) -> list[int]:
    answers = enter([desk.draft(cl_ord_id=f"c{n}", **one) for n, one in enumerate(terms)], party.actor)
    assert all(one.accepted for one in answers), answers
    route()
    record([says(child, "new") for one in answers for child in children(one.order_id or 0)])
    return [one.order_id or 0 for one in answers]


def asked(party: Party, kind: str, **more: Any) -> list[dict[str, Any]]:
    """What is answered, the r first."""
    replies = Replies(party.code, now())
    mass_cancel([{"cl_ord_id": "Q", "mass_cancel_request_type": kind, "transact_time": AT, **more}], party, replies)
    return [{"msg_type": row[2], **row[3]} for row in replies.rows]


def canceling() -> set[int]:
    return set(Order.objects.filter(parent=None, ord_status="pending_cancel").values_list("pk", flat=True))


def test_each_kind_takes_what_it_names(desk: Floor, party: Party) -> None:
    ticks = desk.instruments["AAPL"].tick_table
    venues = list(Venue.objects.all())
    etf = instrument("SPY", ticks, venues, asset_class="etf", primary_mic="XNYS")
    future = instrument("AAPLZ6", ticks, venues, asset_class="future", underlying=desk.instruments["AAPL"])
    desk.instruments |= {"SPY": etf, "AAPLZ6": future}
    apple, short, other, spy, fut = working(
        desk, party, {}, {"side": "sell", "price": "101", "account": "BETA"}, {"symbol": "MSFT"}, {"symbol": "SPY"},
        {"symbol": "AAPLZ6"},
    )  # fmt: skip
    enter([desk.draft(cl_ord_id="not the session's")], desk.actor)
    for kind, more, taken in (
        ("orders_for_a_security", {"symbol": "AAPL", "side": "sell"}, {short}),
        ("orders_for_a_security", {"symbol": "AAPL", "security_exchange": "XNAS"}, {apple}),
        ("orders_for_an_underlying_security", {"underlying_symbol": "AAPL"}, {fut}),
        ("orders_for_a_market", {"security_exchange": "XNYS"}, {spy}),
        ("orders_for_a_security_type", {"security_type": "ETF"}, set()),
        ("orders_for_a_product", {"product": 5, "account": "MINE"}, set()),
        ("all_orders", {}, {other}),
    ):
        before = canceling()
        first, *rest = asked(party, kind, **more)
        assert (first["msg_type"], first["mass_cancel_response"], first["total_affected_orders"]) == (
            "r",
            kind,
            len(taken),
        )
        assert canceling() - before == taken, kind
        assert all(one["msg_type"] == "9" and one["cxl_rej_reason"] == 3 for one in rest)
    assert canceling() == {apple, short, other, spy, fut}


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [("orders_for_a_cfi_code", {}, 0), ("orders_for_a_trading_session", {}, 0), ("orders_for_a_security", {}, 1),
     ("orders_for_a_security", {"symbol": "ZZZZ"}, 1), ("orders_for_an_underlying_security", {"symbol": "AAPL"}, 2),
     ("orders_for_a_product", {}, 3), ("orders_for_a_product", {"product": 12}, 3),
     ("orders_for_a_security_type", {"security_type": "XX"}, 5), ("orders_for_a_market", {"security_exchange": "XXXX"}, 7),
     ("orders_for_a_market", {}, 7)],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_reason(
    desk: Floor, party: Party, kind: str, more: dict[str, Any], reason: int
) -> None:
    working(desk, party, {})
    [answer] = asked(party, kind, **more)
    assert (answer["mass_cancel_response"], answer["mass_cancel_reject_reason"]) == ("request_rejected", reason)
    assert answer["text"]
    assert not canceling()


def test_every_kind_of_the_standard_is_done_or_refused() -> None:
    assert set(CLOSED["mass_cancel_request_type"]) - set(SCOPES) == {
        "orders_for_a_cfi_code",
        "orders_for_a_trading_session",
    }


def raw(msg_type: str, seq: int, **fields: Any) -> str:
    body = encode(msg_type, {"transact_time": AT, **fields})
    head = f"35={msg_type}\x0149=BUY\x0156=OMS\x0134={seq}\x0152=20261123-10:00:00\x01"
    return f"8=FIX.4.4\x019=1\x01{head}{body.removeprefix(f'35={msg_type}' + chr(1))}10=000\x01"


@pytest.mark.django_db(transaction=True)
def test_cancels_pass_while_the_client_is_throttled_trading_is_stopped_and_limits_are_full(
    desk: Floor, party: Party, books: Any
) -> None:
    one, two, three = working(desk, party, {}, {}, {"symbol": "MSFT"})
    Rule.objects.create(control="PT-01", name="size", params={"hard": "1"})
    Rule.objects.create(control="PT-19", name="full", params={"max_long": "100"})
    kill.engage("firm", "", User.objects.get(pk=desk.trader.pk), "drill")
    door = Inbound(party, "order_entry", throttle=1)
    new = {
        "account": "ALPHA", "symbol": "AAPL", "side": "buy", "ord_type": "limit", "order_qty": "100", "price": "100",
        "time_in_force": "day",
    }  # fmt: skip
    door.take("i", [raw("D", seq, cl_ord_id=f"n{seq}", **new) for seq in (2, 3)])
    door.take("i", [
        raw("F", 4, cl_ord_id="x4", orig_cl_ord_id="c0", symbol="AAPL", side="buy", order_qty="100"),
        raw("F", 5, cl_ord_id="x5", orig_cl_ord_id="c1", symbol="AAPL", side="buy", order_qty="100"),
        raw("q", 6, cl_ord_id="x6", mass_cancel_request_type="all_orders"),
    ])  # fmt: skip
    outcomes = dict(ClientMessage.objects.values_list("msg_seq_num", "outcome"))
    assert outcomes[3] == "THROTTLED"
    assert {outcomes[seq] for seq in (4, 5, 6)} == {"applied"}
    assert canceling() == {one, two, three}
    assert len(sent("F")) == 3
    assert ClientReport.objects.filter(msg_type="r").get().fields["total_affected_orders"] == 1
    books()
