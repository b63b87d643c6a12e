"""Orders through the desk on the real database: enter, route, record, amend, cancel, and what each leaves behind."""

from collections.abc import Callable, Iterator
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.desk import Amendment, Cancellation, amend, cancel, enter, record, route
from oms.desk.asked import Actor
from orders.models import Alert, ExecutionReport, Instrument, Order, OrderRequest, Position
from risk.models import Decision, Reservation, Rule, Usage
from routing.models import Outbox, RouteDecision
from tests.desk.world import children, fill, says, sent
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books_hold_afterwards(desk: Floor, books: Callable[[], None]) -> Iterator[None]:
    """However a test went, what must always be true is true after it."""
    yield
    books()


def working(desk: Floor, **terms: Any) -> tuple[Order, Order]:
    """An order that its venue has acknowledged: root and child."""
    [answer] = enter([desk.draft(**terms)], desk.actor)
    assert answer.accepted, answer
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    assert record([says(child, "new")]) == [None]
    return fresh(answer.order_id), fresh(child.id)


def fresh(order_id: int | None) -> Order:
    return Order.objects.get(pk=order_id)


def journal(order_id: int) -> str:
    rows = ExecutionReport.objects.filter(order_id=order_id).order_by("seq")
    return " ".join(rows.values_list("exec_type", flat=True))


def test_an_order_is_checked_routed_filled_and_booked(desk: Floor) -> None:
    root, child = working(desk, qty=500)
    assert (root.ord_status, child.ord_status) == ("new", "new")
    assert [row.fields["order_qty"] for row in sent("D")] == ["500"]
    assert Reservation.objects.get(order=root).qty == 500

    assert record([fill(child, 200, "99.5"), fill(child, 300, "100")]) == [None, None]

    root = fresh(root.id)
    assert (root.ord_status, root.cum_qty, root.leaves_qty, root.avg_px) == ("filled", 500, 0, D("99.8"))
    position = Position.objects.get(account=root.account, instrument=root.instrument)
    assert (position.qty, position.avg_cost, position.net_cash) == (500, D("99.8"), D("-49900"))
    usage = Usage.objects.get()
    assert (usage.position_qty, usage.open_buy_qty) == (500, 0)
    assert Reservation.objects.get(order=root).qty == 0
    assert journal(root.id) == "pending_new new trade trade"
    assert journal(child.id) == "pending_new new trade trade"
    assert RouteDecision.objects.get(order=root).why["parts"] == [{"venue": "BATS", "order_qty": "500"}]
    assert Decision.objects.get(order=root).accepted


def test_a_refused_order_is_kept_and_nothing_else_moves(desk: Floor) -> None:
    Rule.objects.create(control="PT-01", name="fat finger", params={"hard": "1000"})
    [answer] = enter([desk.draft(qty=1_001)], desk.actor)
    assert [refusal.code for refusal in answer.refusals] == ["MAX_ORDER_QTY"]
    order = fresh(answer.order_id)
    assert (order.ord_status, order.reason_code, order.to_route) == ("rejected", "MAX_ORDER_QTY", False)
    assert journal(order.id) == "rejected"
    assert route() == 0
    assert not Outbox.objects.exists()
    assert not Reservation.objects.exists()
    assert not Usage.objects.exclude(open_buy_qty=0).exists()


def test_one_bad_draft_does_not_spoil_the_batch(desk: Floor) -> None:
    answers = enter([desk.draft(), desk.draft(account="NOBODY", side="borrow"), desk.draft(symbol="MSFT")], desk.actor)
    assert [answer.accepted for answer in answers] == [True, False, True]
    assert {(r.code, r.field) for r in answers[1].refusals} == {("UNKNOWN_ACCOUNT", "account"), ("BAD_VALUE", "side")}
    assert Order.objects.count() == 2


def test_the_same_cl_ord_id_is_the_same_order(desk: Floor) -> None:
    first, again, other = enter(
        [desk.draft(cl_ord_id="A1"), desk.draft(cl_ord_id="A1"), desk.draft(cl_ord_id="A1", qty=7)], desk.actor
    )
    assert first.accepted
    assert (again.order_id, again.duplicate) == (first.order_id, True)
    assert other.refusals[0].code == "DUPLICATE_CL_ORD_ID"
    [later] = enter([desk.draft(cl_ord_id="A1")], desk.actor)
    assert (later.order_id, later.duplicate) == (first.order_id, True)
    assert Order.objects.count() == 1
    assert Usage.objects.get().open_buy_qty == 100


def test_a_halted_instrument_is_not_traded(desk: Floor) -> None:
    Instrument.objects.filter(symbol="AAPL").update(state="halted")
    [answer] = enter([desk.draft()], desk.actor)
    assert answer.refusals[0].code == "NOT_TRADABLE"
    assert not Order.objects.exists()


def test_accounts_of_other_desks_do_not_exist(desk: Floor) -> None:
    [answer] = enter([desk.draft()], Actor.of(user("stranger")))
    assert answer.refusals[0].code == "UNKNOWN_ACCOUNT"


def test_a_role_that_may_not_trade(desk: Floor) -> None:
    [answer] = enter([desk.draft()], Actor.of(user("ada", desk=desk.desk, role="auditor")))
    assert answer.refusals[0].code == "NOT_ALLOWED"
    assert not Order.objects.exists()


def test_cancel_waits_for_the_venue(desk: Floor) -> None:
    root, child = working(desk)
    [answer] = cancel([Cancellation(root.id)], desk.actor)
    assert (answer.ord_status, fresh(child.id).ord_status) == ("pending_cancel", "pending_cancel")
    [message] = sent("F")
    assert Reservation.objects.get(order=root).qty == 100

    record([says(child, "canceled", message.cl_ord_id, orig_cl_ord_id=child.cl_ord_id)])

    root, child = fresh(root.id), fresh(child.id)
    assert (root.ord_status, root.leaves_qty, child.ord_status) == ("canceled", 0, "canceled")
    assert child.cl_ord_id == child.requests.get(kind="new").cl_ord_id
    assert Reservation.objects.get(order=root).qty == 0
    assert Usage.objects.get().open_buy_qty == 0
    assert set(OrderRequest.objects.values_list("state", flat=True)) == {"accepted"}


def test_cancel_before_routing_is_immediate(desk: Floor) -> None:
    [answer] = enter([desk.draft()], desk.actor)
    [canceled] = cancel([Cancellation(answer.order_id)], desk.actor)  # type: ignore[arg-type]
    assert canceled.ord_status == "canceled"
    assert route() == 0
    assert Usage.objects.get().open_buy_qty == 0


def test_a_fill_overtakes_the_cancel(desk: Floor) -> None:
    root, child = working(desk)
    cancel([Cancellation(root.id)], desk.actor)
    [message] = sent("F")
    record([fill(child, 100), says(child, "cancel_rejected", message.cl_ord_id, orig_cl_ord_id=child.cl_ord_id)])
    root = fresh(root.id)
    assert (root.ord_status, root.cum_qty) == ("filled", 100)
    assert journal(root.id) == "pending_new new pending_cancel trade cancel_rejected"
    assert OrderRequest.objects.get(order=root, kind="cancel").state == "rejected"


def test_amend_up_holds_the_greater_quantity_until_the_venue_agrees(desk: Floor) -> None:
    root, child = working(desk)
    [answer] = amend([Amendment(root.id, order_qty=D(300), price=D("99.90"), version=root.version)], desk.actor)
    assert answer.ord_status == "pending_replace"
    assert Usage.objects.get().open_buy_qty == 300
    [message] = sent("G")
    assert (message.fields["order_qty"], message.fields["price"]) == ("300", "99.9")

    record([fill(child, 40)])
    assert Usage.objects.get().open_buy_qty == 260
    record(
        [says(child, "replaced", message.cl_ord_id, orig_cl_ord_id=child.cl_ord_id, order_qty=D(300), price=D("99.9"))]
    )

    root = fresh(root.id)
    assert (root.ord_status, root.order_qty, root.price, root.leaves_qty) == ("partially_filled", 300, D("99.9"), 260)
    assert Usage.objects.get().open_buy_qty == 260


def test_a_refused_amend_leaves_the_order_as_it_was(desk: Floor) -> None:
    root, child = working(desk)
    amend([Amendment(root.id, order_qty=D(300))], desk.actor)
    [message] = sent("G")
    record([says(child, "cancel_rejected", message.cl_ord_id, orig_cl_ord_id=child.cl_ord_id, text="too late")])
    root = fresh(root.id)
    assert (root.ord_status, root.order_qty, root.leaves_qty) == ("new", 100, 100)
    assert Usage.objects.get().open_buy_qty == 100


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": 99, "order_qty": D(50)}, "VERSION_CONFLICT"),
        ({"order_qty": D(100)}, "NOTHING_CHANGES"),
        ({"order_qty": D(-1)}, "NOT_POSITIVE"),
    ],
)
def test_amends_that_are_refused_change_nothing(desk: Floor, change: dict[str, Any], code: str) -> None:
    root, child = working(desk)
    record([fill(child, 40)])
    before = fresh(root.id).version
    [answer] = amend([Amendment(root.id, **change)], desk.actor)
    assert answer.refusals[0].code == code
    assert fresh(root.id).version == before
    assert not sent("G")


def test_repeated_and_impossible_reports_change_nothing(desk: Floor) -> None:
    root, child = working(desk)
    first = fill(child, 60)
    over = fill(child, 41)
    answers = record([first, first, over, says(child, "new", "unknown")])
    assert [answer and answer.code for answer in answers] == [None, "DUPLICATE_EXEC_ID", "OVERFILL", "UNKNOWN_ORDER"]
    assert record([first])[0].code == "DUPLICATE_EXEC_ID"  # type: ignore[union-attr]
    assert fresh(root.id).cum_qty == 60
    assert Position.objects.get().qty == 60
    assert list(Alert.objects.order_by("id").values_list("kind", "code")) == [
        ("quarantine", "OVERFILL"),
        ("quarantine", "UNKNOWN_ORDER"),
    ]


def test_an_exec_id_that_says_something_else_is_not_dropped(desk: Floor) -> None:
    _, child = working(desk)
    record([fill(child, 10, exec_id="E1")])
    [answer] = record([fill(child, 20, exec_id="E1")])
    assert answer is not None
    assert answer.code == "BAD_REPORT"
    assert Alert.objects.get().order_id == child.id


def test_the_venue_refuses_and_the_trader_reads_why(desk: Floor) -> None:
    [answer] = enter([desk.draft()], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    record([says(child, "rejected", text="symbol is halted")])
    root = fresh(answer.order_id)
    assert (root.ord_status, root.text, root.reason_code) == ("rejected", "symbol is halted", "VENUE_REJECTED")
    assert Usage.objects.get().open_buy_qty == 0


def test_a_split_order_is_one_order_to_its_client(desk: Floor) -> None:
    from routing.models import Rule as Routing

    Routing.objects.update(best=False, split=[["XNAS", "0.6"], ["XNYS", "0.4"]])
    [answer] = enter([desk.draft(qty=101)], desk.actor)
    route()
    one, two = children(answer.order_id)  # type: ignore[arg-type]
    assert (one.order_qty, two.order_qty) == (61, 40)
    record([says(one, "new"), says(two, "new"), fill(one, 61, "100"), fill(two, 10, "99")])
    root = fresh(answer.order_id)
    assert (root.ord_status, root.cum_qty, root.leaves_qty) == ("partially_filled", 71, 30)
    record([says(two, "expired")])
    root = fresh(answer.order_id)
    assert (root.ord_status, root.cum_qty, root.leaves_qty) == ("expired", 71, 0)


def test_a_kill_switch_takes_back_what_was_not_sent_yet(desk: Floor) -> None:
    from risk import kill

    [answer] = enter([desk.draft()], desk.actor)
    kill.engage("desk", str(desk.desk.id), user("cora", role="compliance"), "runaway")
    route()
    root = fresh(answer.order_id)
    assert (root.ord_status, root.reason_code) == ("rejected", "KILL_SWITCH")
    assert not Outbox.objects.exists()
    assert Usage.objects.get().open_buy_qty == 0


@pytest.mark.parametrize("verb", ["enter", "route", "record", "cancel", "amend"])
def test_batch_size_does_not_change_the_number_of_statements(desk: Floor, verb: str) -> None:
    counts = []
    for size in (2, 300):
        ids = [a.order_id for a in enter([desk.draft(qty=10 + n) for n in range(size)], desk.actor)]
        if verb in ("record", "cancel", "amend"):
            route()
        kids = list(Order.objects.filter(parent_id__in=ids))
        work = {
            "enter": lambda size=size: enter([desk.draft(qty=10 + n) for n in range(size)], desk.actor),
            "route": route,
            "record": lambda kids=kids: record([fill(kid, 1) for kid in kids]),
            "cancel": lambda ids=ids: cancel([Cancellation(i) for i in ids], desk.actor),
            "amend": lambda ids=ids: amend([Amendment(i, order_qty=D(5_000)) for i in ids], desk.actor),
        }[verb]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            work()
        counts.append(len(queries))
        route()
    assert counts[0] == counts[1]
    assert counts[0] < 40
