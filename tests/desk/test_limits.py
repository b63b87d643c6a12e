"""Limits over a desk's day: each thing that can happen to an order leaves their use exact."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D

import pytest

from oms.base.clock import now
from oms.desk import Amendment, Cancellation, amend, cancel, days, enter
from oms.desk.record import record
from oms.desk.route import route
from orders.fx import Rates
from orders.models import BusinessDate, FxRate, Instrument, Order
from risk import limiting
from risk.models import Decision, Limit, Reservation, Sent
from routing.models import Quote
from tests.desk.world import children, fill, says, sent
from tests.factories import TODAY, Floor, quote
from tests.limiting import chief, limit, lots, money, row

pytestmark = pytest.mark.django_db
Books = Callable[[], None]


@pytest.fixture
def gross(desk: Floor) -> Limit:
    """A million dollars for the firm."""
    return limit("gross_notional", 1_000_000)


@pytest.fixture
def long(desk: Floor) -> Limit:
    """A thousand AAPL for the desk."""
    return limit("long_position", 1_000, desk=desk.desk, instrument=desk.instruments["AAPL"])


def working(desk: Floor, **terms: object) -> tuple[int, Order]:
    """An order of 100 at 100 and its one child that the venue acknowledged."""
    [answer] = enter([desk.draft(**terms)], desk.actor)
    assert answer.accepted, answer
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    record([says(child, "new")])
    assert answer.order_id is not None
    return answer.order_id, child


def codes(answer: object) -> list[str]:
    return [refusal.code for refusal in answer.refusals]  # type: ignore[attr-defined]


def test_a_fill_turns_open_value_into_what_was_paid(desk: Floor, gross: Limit, long: Limit, books: Books) -> None:
    _, child = working(desk)
    assert (money(gross), lots(long)) == ((10_000, 0, 0), (0, 100, 0, 1))
    record([fill(child, 40, "99.5")])
    assert (money(gross), lots(long)) == ((6_000, 0, 3_980), (40, 60, 0, 1))
    record([fill(child, 60, "99")])
    assert (money(gross), lots(long)) == ((0, 0, 9_920), (100, 0, 0, 0))
    books()


def test_a_bust_gives_back_what_the_fill_took(desk: Floor, gross: Limit, long: Limit, books: Books) -> None:
    _, child = working(desk)
    record([fill(child, 40, "99.5", exec_id="F1"), fill(child, 10, "99", exec_id="F2")])
    record([says(child, "trade_cancel", exec_ref_id="F1")])
    assert (money(gross), lots(long)) == ((9_000, 0, 990), (10, 90, 0, 1))
    record([says(child, "trade_correct", exec_ref_id="F2", last_qty=D(10), last_px=D(98))])
    assert money(gross) == (9_000, 0, 980)
    books()


def test_a_bust_of_yesterdays_fill_leaves_todays_value(desk: Floor, gross: Limit, long: Limit, books: Books) -> None:
    _, child = working(desk, time_in_force="good_till_cancel")
    record([fill(child, 40, "100", exec_id="F1")])
    BusinessDate.objects.update(today=TODAY + timedelta(days=1))
    [second] = enter([desk.draft(qty=10)], desk.actor)
    found = Decision.objects.get(order_id=second.order_id).findings
    assert [one["measured"] for one in found if one["control"] == "PT-16"] == ["7000"], "6,000 open and 1,000 asked"
    record([fill(child, 10, "100")])
    assert money(gross) == (6_000, 0, 1_000)
    record([says(child, "trade_cancel", exec_ref_id="F1")])
    assert (money(gross)[2], lots(long)[0]) == (1_000, 10)
    books()


def test_a_cancel_gives_back_what_is_open_and_a_late_fill_counts(
    desk: Floor, gross: Limit, long: Limit, books: Books
) -> None:
    root, child = working(desk)
    record([fill(child, 40)])
    cancel([Cancellation(root)], desk.actor)
    assert money(gross) == (6_000, 0, 4_000)
    [asked] = sent("F")
    record([says(child, "canceled", asked.cl_ord_id, orig_cl_ord_id=child.cl_ord_id)])
    assert (money(gross), lots(long)) == ((0, 0, 4_000), (40, 0, 0, 0))
    record([fill(child, 5)])
    assert (money(gross), lots(long)) == ((0, 0, 4_500), (45, 0, 0, 0))
    books()


@pytest.mark.parametrize("ends", ["rejected", "canceled", "expired"])
def test_what_a_venue_ends_holds_nothing(ends: str, desk: Floor, gross: Limit, books: Books) -> None:
    [answer] = enter([desk.draft()], desk.actor)
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    record([says(child, ends)])
    assert (money(gross), lots(gross)) == ((0, 0, 0), (0, 0, 0, 0))
    books()


def test_the_end_of_the_day_lets_day_orders_go_and_keeps_the_others(desk: Floor, gross: Limit, books: Books) -> None:
    enter([desk.draft(), desk.draft(time_in_force="good_till_cancel", qty=30)], desk.actor)
    assert isinstance(days.end(TODAY, "clock"), list)
    assert (money(gross), lots(gross)[3]) == ((3_000, 0, 0), 1)
    books()


def test_growth_is_held_when_asked_and_what_shrinks_when_agreed(desk: Floor, gross: Limit, books: Books) -> None:
    root, child = working(desk)
    amend([Amendment(root, order_qty=D(150), price=D(90))], desk.actor)
    assert money(gross) == (15_000, 0, 0), "the greater quantity at the dearer price until the venue has answered"
    [asked] = sent("G")
    record([says(child, "replaced", asked.cl_ord_id, orig_cl_ord_id=child.cl_ord_id, order_qty=D(150), price=D(90))])
    assert money(gross) == (13_500, 0, 0)
    child.refresh_from_db()
    amend([Amendment(root, order_qty=D(50))], desk.actor)
    assert money(gross) == (13_500, 0, 0)
    asked = sent("G")[-1]
    record([says(child, "cancel_rejected", asked.cl_ord_id, exec_id="", fields={"cxl_rej_reason": 3})])
    assert money(gross) == (13_500, 0, 0), "the venue kept it as it was"
    books()


def test_an_amendment_beyond_the_limit_is_refused_and_nothing_moves(desk: Floor, books: Books) -> None:
    gross = limit("gross_notional", 12_000)
    root, _ = working(desk)
    [answer] = amend([Amendment(root, order_qty=D(121))], desk.actor)
    assert codes(answer) == ["CREDIT_LIMIT"]
    assert money(gross) == (10_000, 0, 0)
    assert not sent("G")
    [answer] = amend([Amendment(root, order_qty=D(120))], desk.actor)
    assert answer.accepted
    books()


def test_exactly_the_limit_passes_and_the_finding_names_the_row(desk: Floor, books: Books) -> None:
    gross = limit("gross_notional", 10_000, soft=D(5_000), account=desk.accounts[0])
    [warned] = enter([desk.draft(qty=60)], desk.actor)
    assert codes(warned) == ["CREDIT_LIMIT"]
    [taken, beyond] = enter(
        [desk.draft(acknowledge_soft=True, acknowledge_reason="hedged elsewhere"), desk.draft(qty=1)], desk.actor
    )
    assert (taken.accepted, codes(beyond)) == (True, ["CREDIT_LIMIT"])
    assert "room left 0 USD" in beyond.refusals[0].text
    [found] = [f for f in Decision.objects.get(order_id=taken.order_id).findings if f["control"] == "PT-16"]
    assert (found["row"], found["version"], found["measured"], found["room"]) == (gross.pk, 1, "10000", "0")
    [elsewhere] = enter([desk.draft(account=desk.accounts[1].code)], desk.actor)
    assert elsewhere.accepted
    assert money(gross) == (10_000, 0, 0)
    books()


def test_in_one_batch_an_accepted_order_uses_up_room_for_those_after_it(desk: Floor, books: Books) -> None:
    orders = limit("open_orders", 2, trader=desk.trader)
    answers = enter([desk.draft(qty=10, symbol=s) for s in ("AAPL", "MSFT", "IBM")], desk.actor)
    assert [answer.accepted for answer in answers] == [True, True, False]
    assert codes(answers[2]) == ["OPEN_ORDERS_LIMIT"]
    assert lots(orders)[3] == 2
    books()


def test_buys_and_sells_are_apart_in_the_worst_case(desk: Floor, books: Books) -> None:
    aapl = desk.instruments["AAPL"]
    longs, shorts = limit("long_position", 100, instrument=aapl), limit("short_position", 50, instrument=aapl)
    answers = enter([desk.draft(), desk.draft(qty=50, side="sell"), desk.draft(qty=1)], desk.actor)
    assert [answer.accepted for answer in answers] == [True, True, False], "the open sell makes no room for a buy"
    [sold] = enter([desk.draft(qty=1, side="sell")], desk.actor)
    assert codes(sold) == ["POSITION_LIMIT"]
    assert lots(longs) == lots(shorts) == (0, 100, 50, 2)
    books()


def test_a_market_order_is_valued_at_what_it_may_cost(desk: Floor, gross: Limit, books: Books) -> None:
    [answer] = enter([desk.draft(price=None)], desk.actor)
    assert answer.accepted
    assert money(gross) == (10_001, 0, 0), "a buy takes the offer"
    Quote.objects.update(quoted_at=now() - timedelta(seconds=61))
    [blind] = enter([desk.draft(price=None)], desk.actor)
    assert codes(blind) == ["DATA_STALE"]
    assert money(gross) == (10_001, 0, 0)
    books()


def test_the_strategy_client_portfolio_and_issuer_of_an_order_are_limited(desk: Floor, books: Books) -> None:
    account = desk.accounts[0]
    account.client, account.portfolio = "ACME", "GROWTH"
    account.save()
    Instrument.objects.filter(symbol="AAPL").update(issuer="APPLE")
    future = Instrument.objects.get(symbol="MSFT")
    future.underlying = desk.instruments["AAPL"]
    future.save()
    rows = [
        limit("open_orders", 5, strategy="TWAP-1"), limit("open_orders", 5, client="ACME"),
        limit("open_orders", 5, portfolio="GROWTH"), limit("open_orders", 5, issuer="APPLE"),
        limit("open_orders", 5, venue="XNAS"), limit("open_orders", 5, asset_class="equity", desk=desk.desk),
    ]  # fmt: skip
    enter(
        [desk.draft(strategy="TWAP-1"), desk.draft(symbol="MSFT"),
         desk.draft(symbol="IBM", account=desk.accounts[1].code)],
        desk.actor,
    )  # fmt: skip
    assert [lots(one)[3] for one in rows] == [1, 2, 2, 2, 3, 3], "a derivative is of its underlying's issuer"
    books()


def test_the_most_specific_row_alone_where_the_policy_says_so(desk: Floor, books: Books) -> None:
    firm, account = limit("open_orders", 1), limit("open_orders", 3, account=desk.accounts[0])
    assert limiting.choose("open_orders", "most_specific", chief(), Rates()) == []
    answers = enter([desk.draft(qty=1)] * 3 + [desk.draft(qty=1, account=desk.accounts[1].code)] * 2, desk.actor)
    assert [answer.accepted for answer in answers] == [True, True, True, True, False]
    assert (lots(firm)[3], lots(account)[3]) == (1, 3)
    assert limiting.choose("open_orders", "all", chief(), Rates()) == []
    assert (lots(firm)[3], lots(account)[3]) == (4, 3)
    books()


def test_a_window_counts_what_was_sent_in_it_even_if_canceled(desk: Floor, books: Books) -> None:
    window = limit("window_notional", 20_000, window_s=60)
    [first] = enter([desk.draft()], desk.actor)
    cancel([Cancellation(first.order_id)], desk.actor)  # type: ignore[arg-type]
    answers = enter([desk.draft(), desk.draft(qty=1)], desk.actor)
    assert [codes(answer) for answer in answers] == [[], ["WINDOW_VALUE"]]
    Sent.objects.update(at=now() - timedelta(seconds=60))
    assert enter([desk.draft()], desk.actor)[0].accepted, "what is exactly as old as the window is outside"
    assert Sent.objects.get().value == 10_000, "what is past is forgotten"
    assert lots(window)[3] == 2
    books()


def test_exposure_to_an_issuer_is_valued_at_the_price_of_now(desk: Floor, books: Books) -> None:
    Instrument.objects.filter(symbol__in=["AAPL", "MSFT"]).update(issuer="APPLE")
    _, child = working(desk)
    record([fill(child, 100)])
    gross, net = limit("gross_exposure", 25_000, issuer="APPLE"), limit("net_exposure", 15_000, issuer="APPLE")
    [fits] = enter([desk.draft(qty=50, symbol="MSFT")], desk.actor)
    [beyond] = enter([desk.draft(qty=1, symbol="MSFT")], desk.actor)
    assert (fits.accepted, codes(beyond)) == (True, ["EXPOSURE_LIMIT"])
    [sale] = enter([desk.draft(qty=100, side="sell")], desk.actor)
    assert sale.accepted, "a sale of what is held takes from the net and adds nothing to the gross"
    for mic in ("XNAS", "XNYS", "BATS"):
        quote(desk.instruments["AAPL"], mic, "199.99", "200.01")
    [dearer] = enter([desk.draft(qty=1, symbol="AAPL", price="200")], desk.actor)
    assert set(codes(dearer)) == {"EXPOSURE_LIMIT"}, "101 of one at 200 and 50 of the other at 100"
    assert (lots(gross)[3], lots(net)[3]) == (2, 2)
    books()


def test_money_in_another_currency_is_turned_at_a_fresh_rate(desk: Floor, books: Books) -> None:
    gross = limit("gross_notional", 10_000, currency="EUR")
    [unknown] = enter([desk.draft()], desk.actor)
    assert codes(unknown) == ["DATA_MISSING"]
    rate = FxRate.objects.create(base="EUR", quote="USD", rate=D("1.25"), source="test")
    [known] = enter([desk.draft()], desk.actor)
    assert known.accepted
    assert money(gross) == (8_000, 0, 0)
    rate.at = now() - timedelta(days=1, seconds=1)
    rate.save()
    [stale] = enter([desk.draft(qty=1)], desk.actor)
    assert codes(stale) == ["DATA_STALE"]
    cancel([Cancellation(known.order_id)], desk.actor)  # type: ignore[arg-type]
    assert money(gross) == (0, 0, 0), "what was taken at a rate is given back at it"
    books()


def test_a_limit_set_while_orders_are_open_counts_them(desk: Floor, books: Books) -> None:
    _, child = working(desk)
    _, other = working(desk, side="sell", qty=20)
    record([fill(child, 40, "99.5"), fill(other, 5, "101")])
    aapl = desk.instruments["AAPL"]
    late = [limit("gross_notional", 1_000_000), limit("long_position", 1_000, instrument=aapl)]
    assert (money(late[0]), lots(late[0])[3]) == ((6_000, 1_500, 4_485), 2)
    assert lots(late[1]) == (35, 60, 15, 2)
    record([fill(child, 60, "100")])
    assert (money(late[0]), lots(late[1])) == ((0, 1_500, 10_485), (95, 0, 15, 1))
    books()


def test_a_level_changes_under_a_new_version_and_a_scope_never(desk: Floor, gross: Limit, books: Books) -> None:
    working(desk)
    gross.hard = D(10_000)
    assert limiting.put([gross], chief(), Rates(), "less appetite") == [[]]
    assert (gross.version, money(gross)) == (2, (10_000, 0, 0))
    assert codes(enter([desk.draft(qty=1)], desk.actor)[0]) == ["CREDIT_LIMIT"]
    history = list(gross.history.order_by("version").values_list("version", "hard", "history_change_reason"))
    assert history == [(1, 1_000_000, "test"), (2, 10_000, "less appetite")]
    stale = Limit.objects.get(pk=gross.pk)
    stale.version = 1
    assert [r.code for r in limiting.put([stale], chief(), Rates())[0]] == ["VERSION_CONFLICT"]
    moved = Limit.objects.get(pk=gross.pk)
    moved.client = "ACME"
    assert [r.field for r in limiting.put([moved], chief(), Rates())[0]] == ["client"]
    books()


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"hard": D(-1)}, "hard", "BAD_VALUE"),
        ({"hard": None}, "hard", "MISSING"),
        ({"soft": D(11)}, "soft", "BAD_VALUE"),
        ({"currency": ""}, "currency", "MISSING"),
        ({"measure": ""}, "measure", "MISSING"),
        ({"measure": "height", "currency": ""}, "measure", "BAD_VALUE"),
        ({"measure": "window_notional"}, "window_s", "MISSING"),
        ({"measure": "long_position", "currency": ""}, "instrument", "MISSING"),
        ({"measure": "net_exposure", "issuer": "X", "strategy": "S"}, "strategy", "BAD_VALUE"),
        ({"measure": "net_exposure"}, "issuer", "MISSING"),
    ],
)
def test_a_bad_row_is_refused_with_its_field_and_nothing_of_the_batch_is_saved(
    changes: dict[str, object], field: str, code: str, desk: Floor
) -> None:
    good = Limit(measure="open_orders", hard=D(10))
    bad = Limit(**({"measure": "gross_notional", "hard": D(10), "currency": "USD"} | changes))
    first, second = limiting.put([good, bad], chief(), Rates())
    assert first == []
    assert (field, code) in {(refusal.field, refusal.code) for refusal in second}
    assert not Limit.objects.exists()


def test_one_row_of_a_scope_is_in_force(desk: Floor, gross: Limit) -> None:
    again = Limit(measure="gross_notional", hard=D(5), currency="USD")
    assert [r.code for r in limiting.put([again], chief(), Rates())[0]] == ["DUPLICATE_LIMIT"]
    gross.active = False
    assert limiting.put([gross], chief(), Rates()) == [[]]
    assert limiting.put([again], chief(), Rates()) == [[]]


def test_a_refused_order_holds_nothing_of_any_limit(desk: Floor, gross: Limit, books: Books) -> None:
    small = limit("open_notional", 100, account=desk.accounts[0])
    assert codes(enter([desk.draft()], desk.actor)[0]) == ["OPEN_VALUE"]
    assert money(gross) == money(small) == (0, 0, 0)
    assert not Reservation.objects.exists()
    assert row(gross).open_orders == 0
    books()
