"""Many orders canceled or amended at once: shown first, then exactly those; and nothing stands in the way of a cancel."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import Actor, by_filter, cancel, chosen, enter, record, route
from oms.desk.asked import Cancellation
from oms.desk.by_filter import Change, Done, Preview, preview_amend, preview_cancel
from oms.desk.chosen import Choice
from oms.desk.sealed import LIFE
from orders.adjust import Step, Terms, Unit, new_price, new_qty, read_price, read_qty
from orders.models import ExecutionReport, Order, OrderRequest
from risk import kill
from risk.models import Decision, Rule, Usage
from tests.desk.world import children, fill, says, sent
from tests.factories import Floor, user

BANDS = ((D(0), D("0.0001")), (D(1), D("0.01")))


def working(desk: Floor, *terms: dict[str, Any]) -> list[Order]:
    answers = enter([desk.draft(**one) for one in terms], desk.actor)
    assert all(answer.accepted for answer in answers), answers
    route()
    record([says(child, "new") for answer in answers for child in children(answer.order_id or 0)])
    return list(Order.objects.filter(pk__in=[answer.order_id for answer in answers]).order_by("pk"))


def shown(found: Preview | tuple[Refusal, ...]) -> Preview:
    assert isinstance(found, Preview), found
    return found


def done(found: list[Done] | Refusal) -> list[Done]:
    assert isinstance(found, list), found
    return found


def ids(preview: Preview) -> list[int]:
    return [row.shown.order_id for row in preview.rows]


def codes(rows: list[Done]) -> list[str]:
    return [row.answer.refusals[0].code if row.answer.refusals else row.answer.ord_status for row in rows]


def statuses() -> dict[int, str]:
    return dict(Order.objects.filter(parent=None).values_list("pk", "ord_status"))


# Canceling


@pytest.mark.django_db
def test_what_was_shown_is_canceled_and_nothing_else(desk: Floor, books: Any) -> None:
    one, two, other = working(desk, {}, {"symbol": "MSFT"}, {"side": "sell"})
    [held] = [Order.objects.get(pk=enter([desk.draft(hold="staged")], desk.actor)[0].order_id)]
    preview = shown(preview_cancel(Choice("side:buy"), desk.actor, now()))
    assert ids(preview) == [one.pk, two.pk, held.pk]
    assert [row.asked for row in preview.rows] == [True, True, False]
    assert preview.rows[0].shown.venues == (children(one.pk)[0].venue,)
    assert set(statuses().values()) == {"new", "pending_new"}
    assert not sent("F")

    [late] = working(desk, {})
    rows = done(by_filter.cancel(preview.token, desk.actor, now()))
    assert codes(rows) == ["pending_cancel", "pending_cancel", "canceled"]
    assert (statuses()[late.pk], statuses()[other.pk]) == ("new", "new")
    assert len(sent("F")) == 2
    books()


@pytest.mark.django_db
def test_the_same_token_again_asks_for_nothing_again(desk: Floor, books: Any) -> None:
    orders = working(desk, {}, {})
    preview = shown(preview_cancel(Choice(""), desk.actor, now()))
    by_filter.cancel(preview.token, desk.actor, now())
    asked = OrderRequest.objects.filter(kind="cancel").count()
    again = done(by_filter.cancel(preview.token, desk.actor, now()))
    assert [(row.repeated, row.answer.ord_status) for row in again] == [(True, "pending_cancel")] * 2
    record(
        [
            says(child, "canceled", sent("F")[at].cl_ord_id)
            for at, order in enumerate(orders)
            for child in children(order.pk)
        ]
    )
    late = done(by_filter.cancel(preview.token, desk.actor, now()))
    assert [(row.repeated, row.answer.ord_status) for row in late] == [(True, "canceled")] * 2
    assert OrderRequest.objects.filter(kind="cancel").count() == asked == 4
    books()


@pytest.mark.django_db
def test_an_order_that_changed_since_is_canceled_too_unless_that_is_not_wanted(desk: Floor) -> None:
    one, two, three = working(desk, {}, {}, {})
    preview = shown(preview_cancel(Choice(""), desk.actor, now()))
    record([fill(children(one.pk)[0], 40), fill(children(two.pk)[0], 100)])
    cancel([Cancellation(three.pk)], desk.actor)
    strict = done(by_filter.cancel(preview.token, desk.actor, now(), unchanged=True))
    assert codes(strict) == ["VERSION_CONFLICT"] * 3
    rows = done(by_filter.cancel(preview.token, desk.actor, now()))
    assert codes(rows) == ["pending_cancel", "ORDER_CLOSED", "NOT_OPEN_FOR_AMEND"]
    assert rows[0].answer.version != rows[0].seen


@pytest.mark.django_db
def test_a_token_is_for_one_person_one_verb_and_five_minutes(desk: Floor) -> None:
    working(desk, {})
    at = now()
    token = shown(preview_cancel(Choice(""), desk.actor, at)).token
    other = Actor.of(user("tom", desk=desk.desk))

    def code(found: Any) -> str:
        assert isinstance(found, Refusal)
        return found.code

    assert code(by_filter.cancel(token, other, at)) == "BAD_TOKEN"
    assert code(by_filter.amend(token, desk.actor, at)) == "BAD_TOKEN"
    assert code(by_filter.cancel(token[:-1] + ("A" if token[-1] != "A" else "B"), desk.actor, at)) == "BAD_TOKEN"
    assert code(by_filter.cancel("", desk.actor, at)) == "BAD_TOKEN"
    assert code(by_filter.cancel(token, desk.actor, at + LIFE)) == "TOKEN_EXPIRED"
    assert set(statuses().values()) == {"new"}
    assert codes(done(by_filter.cancel(token, desk.actor, at + LIFE - timedelta(seconds=2)))) == ["pending_cancel"]


@pytest.mark.django_db
def test_only_orders_of_the_actors_desks_are_seen(desk: Floor) -> None:
    [order] = working(desk, {})
    stranger = Actor.of(user("stan"))
    assert ids(shown(preview_cancel(Choice(""), stranger, now()))) == []
    refusals = preview_cancel(Choice(None, (order.pk, 999)), stranger, now())
    assert [one.code for one in refusals] == ["UNKNOWN_ORDER"] * 2  # type: ignore[union-attr]
    auditor = Actor.of(user("ada", desk=desk.desk, role="auditor"))
    [row] = shown(preview_cancel(Choice(""), auditor, now())).rows
    assert row.answer.refusals[0].code == "NOT_ALLOWED"


@pytest.mark.django_db
def test_what_cannot_be_done_is_shown_before(desk: Floor) -> None:
    one, two = working(desk, {}, {})
    cancel([Cancellation(one.pk)], desk.actor)
    record([fill(children(two.pk)[0], 100)])
    rows = shown(preview_cancel(Choice(None, (one.pk, two.pk)), desk.actor, now())).rows
    assert [row.answer.refusals[0].code for row in rows] == ["NOT_OPEN_FOR_AMEND", "ORDER_CLOSED"]
    refusals = preview_cancel(Choice("side:up qty>x"), desk.actor, now())
    assert [(one.field, one.code) for one in refusals] == [  # type: ignore[union-attr]
        ("filter.side", "BAD_VALUE"), ("filter.order_qty", "BAD_NUMBER"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_more_than_anybody_looks_through_is_refused(desk: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    working(desk, {}, {}, {})
    monkeypatch.setattr(chosen, "MOST", 2)
    [refusal] = preview_cancel(Choice(""), desk.actor, now())  # type: ignore[misc]
    assert refusal.code == "TOO_MANY"  # type: ignore[union-attr]
    assert "3 orders" in refusal.text  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_neither_full_limits_nor_the_kill_switch_stand_in_the_way(desk: Floor, books: Any) -> None:
    [order] = working(desk, {})
    Rule.objects.create(control="PT-01", name="size", params={"hard": "1"})
    Rule.objects.create(control="PT-19", name="full", params={"max_long": "100"})
    kill.engage("firm", "", desk.trader, "drill")
    [refused] = enter([desk.draft()], desk.actor)
    assert {one.code for one in refused.refusals} >= {"KILL_SWITCH", "MAX_ORDER_QTY", "POSITION_LIMIT"}
    preview = shown(preview_cancel(Choice("sym=AAPL"), desk.actor, now()))
    assert codes(done(by_filter.cancel(preview.token, desk.actor, now()))) == ["pending_cancel"]
    [request] = sent("F")
    record([says(children(order.pk)[0], "canceled", request.cl_ord_id)])
    assert (statuses()[order.pk], Usage.objects.get().open_buy_qty) == ("canceled", 0)
    books()


# Amending


@pytest.mark.django_db
def test_prices_move_by_ticks_and_the_amendment_is_checked_as_usual(desk: Floor, books: Any) -> None:
    one, two, stop = working(
        desk, {"price": "99.00"}, {"price": "99.50", "side": "sell", "symbol": "MSFT"},
        {"ord_type": "stop", "price": None, "stop_px": D(150)},
    )  # fmt: skip
    Rule.objects.create(control="PT-03", name="collar", params={"passive_soft_pct": "1.01"})
    decisions = Decision.objects.count()
    preview = shown(preview_amend(Choice(""), Change(price=Step(D(-3), Unit.TICKS)), desk.actor, now()))
    by_id = {row.shown.order_id: row for row in preview.rows}
    assert by_id[two.pk].price == D("99.47")
    assert by_id[stop.pk].answer.refusals[0].code == "BAD_VALUE"
    assert [refusal.code for refusal in by_id[one.pk].answer.refusals] == ["PRICE_COLLAR"]
    assert by_id[one.pk].answer.soft
    assert Decision.objects.count() == decisions, "a look decides nothing"
    rows = done(by_filter.amend(preview.token, desk.actor, now()))
    assert codes(rows) == [by_id[one.pk].answer.refusals[0].code, "pending_replace", "BAD_VALUE"]
    assert [(row.fields["price"], row.order.parent_id) for row in sent("G")] == [("99.47", two.pk)]
    again = done(by_filter.amend(preview.token, desk.actor, now()))
    assert [row.repeated for row in again] == [False, True, False]
    assert len(sent("G")) == 1
    books()

    change = Change(price=Step(D(-3), Unit.TICKS), acknowledge_soft=True, acknowledge_reason="asked for")
    meant = shown(preview_amend(Choice("order:" + str(one.pk)), change, desk.actor, now()))
    assert codes(done(by_filter.amend(meant.token, desk.actor, now()))) == ["pending_replace"]


@pytest.mark.django_db
def test_a_share_of_what_still_works_is_taken_off(desk: Floor, books: Any) -> None:
    one, two = working(desk, {"qty": 100}, {"qty": 101})
    record([fill(children(one.pk)[0], 40)])
    preview = shown(preview_amend(Choice(""), Change(order_qty=Step(D(-50), Unit.PERCENT)), desk.actor, now()))
    assert [row.order_qty for row in preview.rows] == [70, 50]
    record([fill(children(two.pk)[0], 1)])
    rows = done(by_filter.amend(preview.token, desk.actor, now()))
    assert codes(rows) == ["pending_replace", "VERSION_CONFLICT"]
    assert ExecutionReport.objects.filter(order=two, exec_type="pending_replace").count() == 0
    books()


@pytest.mark.django_db
def test_filled_orders_are_not_revived(desk: Floor) -> None:
    [order] = working(desk, {})
    record([fill(children(order.pk)[0], 100)])
    [row] = shown(preview_amend(Choice(None, (order.pk,)), Change(order_qty=Step(D(500))), desk.actor, now())).rows
    assert row.answer.refusals[0].code == "ORDER_CLOSED"


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow(desk: Floor) -> None:
    def statements(count: int) -> list[int]:
        working(desk, *[{} for _ in range(count)])
        made = []
        for preview, act in (
            (
                lambda: preview_amend(Choice(""), Change(price=Step(D(-1), Unit.TICKS)), desk.actor, now()),
                by_filter.amend,
            ),
            (lambda: preview_cancel(Choice(""), desk.actor, now()), by_filter.cancel),
        ):
            with CaptureQueriesContext(connection) as looked:
                token = shown(preview()).token
            with CaptureQueriesContext(connection) as acted:
                done(act(token, desk.actor, now()))
            made += [len(looked), len(acted)]
            record([says(row.order, {"G": "replaced", "F": "canceled"}[row.msg_type], row.cl_ord_id, price=D(row.fields.get("price", 1)))
                    for row in sent() if row.msg_type != "D" and row.order.leaves_qty])  # fmt: skip
        return made

    assert statements(1) == statements(40)


# New terms, by the kernel


@pytest.mark.parametrize(
    ("said", "step"),
    [("101.50", Step(D("101.50"))), ("+2t", Step(D(2), Unit.TICKS)), ("-1t", Step(D(-1), Unit.TICKS)),
     ("-0.5%", Step(D("-0.5"), Unit.PERCENT)), ("+10bp", Step(D(10), Unit.BASIS_POINTS)),
     ("+10bps", Step(D(10), Unit.BASIS_POINTS)), ("2t", None), ("+2", None), ("+1.5t", None), ("+0t", None), ("-0", None),
     ("+9999t", None), ("5%", None), ("", None), ("abc", None), ("1e3", None), ("+1e3%", None), ("0", None), ("٣", None)],
)  # fmt: skip
def test_a_price_is_said_in_one_word(said: str, step: Step | None) -> None:
    found = read_price(said, "price")
    assert found == step if step else isinstance(found, Refusal)


def test_a_quantity_is_a_total_or_a_share() -> None:
    assert read_qty("500", "order_qty") == Step(D(500))
    assert read_qty("-50%", "order_qty") == Step(D(-50), Unit.PERCENT)
    assert isinstance(read_qty("+2t", "order_qty"), Refusal)
    assert isinstance(read_qty("-5", "order_qty"), Refusal)


STEPS = st.one_of(
    st.builds(Step, st.decimals(-1000, 1000, places=0).filter(bool), st.just(Unit.TICKS)),
    st.builds(Step, st.decimals(-200, 1000, places=2).filter(bool), st.sampled_from([Unit.PERCENT, Unit.BASIS_POINTS])),
)
PRICES = st.integers(1, 10**9).map(lambda cents: D(cents) / 100)


@given(STEPS, PRICES, st.sampled_from(["buy", "sell", "sell_short"]))
def test_a_moved_price_is_on_a_tick_and_no_worse_than_asked(step: Step, price: D, side: str) -> None:
    found = new_price(step, Terms(side, "limit", price, D(100), D(0), D(100), BANDS, D(1)))
    size = step.size * (D("0.01") if price >= 1 else D("0.0001")) if step.unit is Unit.TICKS else \
        price * step.size / (100 if step.unit is Unit.PERCENT else 10_000)  # fmt: skip
    wanted = price + size
    if isinstance(found, Refusal):
        assert found.code == "NOT_POSITIVE"
        assert wanted <= D("0.0001")
        return
    assert found % D("0.0001") == 0
    assert wanted < 1 or found % D("0.01") == 0
    assert found <= wanted if side == "buy" else found >= wanted
    assert abs(found - wanted) < D("0.01")


@given(
    st.integers(1, 10**7),
    st.integers(0, 10**7),
    st.decimals(-150, 500, places=2).filter(bool),
    st.sampled_from([1, 10, 100]),
)
def test_a_share_keeps_what_is_filled_and_whole_lots(leaves: int, cum: int, share: D, lot: int) -> None:
    terms = Terms("buy", "limit", D(1), D(leaves + cum), D(cum), D(leaves), BANDS, D(lot))
    found = new_qty(Step(share, Unit.PERCENT), terms)
    wanted = leaves * (1 + share / 100)
    if isinstance(found, Refusal):
        assert wanted < 1
        return
    assert cum < found <= cum + max(wanted, D(0))
    assert (found - cum) % (lot if leaves % lot == 0 and wanted >= lot else 1) == 0
