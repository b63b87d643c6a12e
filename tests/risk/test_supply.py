"""Controls on the running desk: what they need comes from the database, and only where a rule in force asks for it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import amend, cancel, enter
from oms.desk.asked import Amendment, Cancellation
from oms.desk.block import Merge, merge
from oms.desk.record import record
from oms.desk.route import route
from oms.desk.split import Part, Split, split
from orders.models import Alert, BusinessDate, FxRate, Instrument, Order, TradingCalendar
from risk.controls import CATALOGUE, ORDER
from risk.models import (
    AccountProfile,
    Decision,
    InstrumentAnalytics,
    Locate,
    Observation,
    Permission,
    Restriction,
    Rule,
    Usage,
)
from risk.parts import Cash
from risk.supply import SUPPLIERS
from routing.models import Venue, VenueSession
from settlement.models import StandingInstruction
from tests.desk.world import children, fill, says
from tests.factories import TODAY, Floor, user

pytestmark = pytest.mark.django_db
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


def rule(control: str, **params: Any) -> Rule:
    return Rule.objects.create(control=control, name="test", params={k: str(v) for k, v in params.items()})


def analytics(desk: Floor, symbol: str = "AAPL", **facts: Any) -> InstrumentAnalytics:
    Instrument.objects.filter(pk=desk.instruments[symbol].pk).update(issuer=symbol)
    return InstrumentAnalytics.objects.create(instrument=desk.instruments[symbol], source="test", as_of=now(), **facts)


def profile(desk: Floor, number: int = 0, **facts: Any) -> AccountProfile:
    return AccountProfile.objects.create(account=desk.accounts[number], source="test", as_of=now(), **facts)


def codes(desk: Floor, *drafts: Any) -> list[list[str]]:
    return [[refusal.code for refusal in answer.refusals] for answer in enter(list(drafts), desk.actor)]


def test_an_ordinary_order_needs_nothing_that_nobody_configured(desk, books):
    assert codes(desk, desk.draft(), desk.draft(side="sell", price="99")) == [[], []]
    books()


@pytest.mark.parametrize("control", sorted(c.id for c in CATALOGUE.values() if c.by_rule and c.needs))
def test_a_rule_whose_input_nobody_supplies_refuses_or_has_what_the_book_knows(desk, control):
    known_by_the_book = {
        "PT-09", "PT-11", "PT-12", "PT-16", "PT-18", "PT-25", "PT-29", "PT-30", "PT-31", "PT-32", "PT-43",
    }  # fmt: skip
    rule(control, **{"PT-43": {"max_instruments": 5}, "PT-16": {"hard": 10_000_000}}.get(control, {}))
    side = "sell_short" if control in ("PT-20", "PT-22") else "buy"
    refused = codes(desk, desk.draft(side=side))[0]
    if control in ("PT-20", "PT-40", "PT-42"):
        assert refused == [{"PT-20": "NO_LOCATE", "PT-40": "NO_SSI", "PT-42": "SESSION_DOWN"}[control]]
    elif control == "PT-13":
        assert refused == ["NOT_PERMITTED"]
    elif control in known_by_the_book | {"PT-28", "PT-37"}:
        assert refused == []
    else:
        assert refused == ["DATA_MISSING"]


def test_share_of_volume_from_analytics(desk, books):
    rule("PT-06", hard_pct=25)
    analytics(desk, adv=Decimal(1000))
    assert codes(desk, desk.draft(qty=200), desk.draft(qty=300)) == [[], ["VOLUME_SHARE"]]
    books()


def test_old_analytics_are_stale(desk):
    rule("PT-06", hard_pct=25, max_age_days=5)
    analytics(desk, adv=Decimal(1000))
    assert codes(desk, desk.draft(qty=200)) == [[]]
    InstrumentAnalytics.objects.update(as_of=now() - timedelta(days=6))
    assert codes(desk, desk.draft(qty=200)) == [["DATA_STALE"]]


def test_duplicates_are_found_in_the_batch_and_after_it_and_a_refused_order_is_none(desk):
    rule("PT-09")
    assert codes(desk, desk.draft(), desk.draft(), desk.draft(price="99")) == [[], ["DUPLICATE_ORDER"], []]
    assert codes(desk, desk.draft(), desk.draft(account="BETA")) == [["DUPLICATE_ORDER"], []]


def test_self_trades_are_prevented_over_a_group_of_accounts(desk):
    rule("PT-25")
    buy, sell = desk.draft(price="100"), desk.draft(account="BETA", side="sell", price="100")
    assert codes(desk, buy, sell) == [[], []]
    for number in (0, 1):
        profile(desk, number, self_trade_group="house")
    assert codes(desk, sell, desk.draft(account="BETA", side="sell", price="100.01")) == [["SELF_TRADE"], []]
    Restriction.objects.all().delete()
    assert codes(desk, desk.draft(symbol="IBM"), desk.draft(symbol="IBM", account="BETA", side="sell")) == [
        [],
        ["SELF_TRADE"],
    ]


def test_an_amendment_does_not_trade_with_itself(desk):
    rule("PT-25")
    [answer] = enter([desk.draft(price="99")], desk.actor)
    [changed] = amend([Amendment(answer.order_id, price=Decimal("99.5"))], desk.actor)
    assert changed.refusals == ()


def test_locates_are_used_up_and_canceled_sales_give_them_back(desk, books):
    rule("PT-20")
    Locate.objects.create(
        account=desk.accounts[0], instrument=desk.instruments["AAPL"], qty=500, expires_at=FUTURE, source="lender"
    )
    short = {"side": "sell_short", "price": "100"}
    [first, second, third] = enter([desk.draft(qty=q, **short) for q in (300, 200, 100)], desk.actor)
    assert [len(answer.refusals) for answer in (first, second, third)] == [0, 0, 1]
    cancel([Cancellation(second.order_id)], desk.actor)
    assert codes(desk, desk.draft(qty=200, **short), desk.draft(qty=100, **short)) == [[], ["NO_LOCATE"]]
    Restriction.objects.create(instrument=desk.instruments["AAPL"], kind="easy_to_borrow", source="broker")
    assert codes(desk, desk.draft(qty=9_000, **short)) == [[]]
    books()


def test_throttle_counts_what_the_session_sent(desk):
    rule("PT-29", max_messages=3, window_s=60)
    assert codes(desk, desk.draft(), desk.draft()) == [[], []]
    assert codes(desk, desk.draft(), desk.draft()) == [[], ["THROTTLED"]]


def test_amendments_are_counted(desk):
    rule("PT-31", max_modifies=1)
    [answer] = enter([desk.draft(price="99")], desk.actor)
    [first] = amend([Amendment(answer.order_id, price=Decimal("99.1"))], desk.actor)
    [second] = amend([Amendment(answer.order_id, price=Decimal("99.2"))], desk.actor)
    assert [r.code for r in first.refusals] == []
    assert [r.code for r in second.refusals] == ["AMEND_COUNT"]


def test_permissions_are_denied_by_default_and_ask_who_entered(desk):
    rule("PT-13")
    assert codes(desk, desk.draft()) == [["NOT_PERMITTED"]]
    Permission.objects.create(user=desk.trader, asset_class="equity", account=desk.accounts[0])
    assert codes(desk, desk.draft(), desk.draft(account="BETA")) == [[], ["NOT_PERMITTED"]]


def test_a_portfolio_weighs_what_is_held_open_and_ahead_in_the_batch(desk, books):
    rule("CP-01", hard_pct=5)
    profile(desk, nav=Decimal(1_000_000), nav_as_of=now())
    for symbol in ("AAPL", "IBM", "MSFT"):
        analytics(desk, symbol, parent="One parent")
    batch = [desk.draft(qty=200), desk.draft(qty=300, symbol="IBM"), desk.draft(qty=1, symbol="MSFT")]
    assert codes(desk, *batch) == [[], [], ["ISSUER_WEIGHT"]]
    assert codes(desk, desk.draft(qty=1)) == [["ISSUER_WEIGHT"]]
    assert codes(desk, desk.draft(side="sell", qty=100)) == [[]]
    books()


def test_who_is_not_classified_makes_the_weight_unknown(desk):
    rule("CP-01", hard_pct=5)
    profile(desk, nav=Decimal(1_000_000), nav_as_of=now())
    analytics(desk)
    Usage.objects.create(scope_id=desk.accounts[0].pk, instrument=desk.instruments["IBM"], position_qty=5)
    assert codes(desk, desk.draft(qty=1)) == [["DATA_MISSING"]]


def test_cash_is_set_aside_by_open_purchases(desk, books):
    rule("PT-17")
    profile(desk, cash=Decimal(20_000))
    assert codes(desk, desk.draft(qty=100), desk.draft(qty=100), desk.draft(qty=1)) == [[], [], ["BUYING_POWER"]]
    assert codes(desk, desk.draft(qty=1)) == [["BUYING_POWER"]]
    books()


def test_a_covered_call_at_level_one(desk):
    rule("PT-37")
    profile(desk, options_level=1)
    stock = desk.instruments["AAPL"]
    Instrument.objects.create(
        symbol="AAPL-C", name="call", asset_class="option", primary_mic="XNAS", currency="USD", underlying=stock,
        strike_price=100, maturity_date="2100-01-01", put_or_call="call", multiplier=100, tick_table=stock.tick_table,
    )  # fmt: skip
    Usage.objects.create(scope_id=desk.accounts[0].pk, instrument=stock, position_qty=100)
    calls = [desk.draft(symbol="AAPL-C", side="sell_short", qty=1, price="5") for _ in range(2)]
    assert codes(desk, calls[0]) == [[]]
    assert codes(desk, calls[1]) == [["OPTIONS_LEVEL"]]


def test_watched_names_are_told_to_nobody_but_compliance(desk, books):
    Restriction.objects.create(instrument=desk.instruments["AAPL"], kind="watch", reason="rumour")
    [answer] = enter([desk.draft()], desk.actor)
    assert answer.refusals == ()
    decision = Decision.objects.get(order_id=answer.order_id)
    assert decision.outcome == "pass"
    assert "PT-15" not in str(decision.findings)
    assert "watch" not in str(decision.findings) + str(decision.inputs)
    assert not Alert.objects.filter(order_id=answer.order_id).exists()
    [seen] = Observation.objects.all()
    assert (seen.order_id, seen.control, seen.outcome) == (answer.order_id, "PT-15", "alert")
    books()


def test_lists_bar_by_kind_issuer_account_and_underlying(desk):
    analytics(desk, "AAPL", parent="Parent")
    Restriction.objects.create(issuer="Parent", kind="sell_only")
    assert codes(desk, desk.draft(), desk.draft(side="sell")) == [["RESTRICTED"], []]
    Restriction.objects.all().delete()
    Restriction.objects.create(instrument=desk.instruments["IBM"], kind="exclusion", account=desk.accounts[0])
    assert codes(desk, desk.draft(symbol="IBM"), desk.draft(symbol="IBM", account="BETA")) == [["EXCLUDED"], []]


def test_every_part_a_control_of_orders_needs_has_a_supplier():
    needs = {part for c in CATALOGUE.values() if c.stage == ORDER for part in c.needs}
    assert needs == SUPPLIERS.keys()


def test_the_number_of_statements_does_not_grow_with_the_batch(desk):
    """Every supplier at work: the same for 1 and for 200 orders."""
    for control in ("PT-06", "PT-09", "PT-12", "PT-25", "PT-26", "PT-27", "PT-29", "PT-30", "PT-31", "PT-37", "PT-43"):
        rule(control, **({"max_instruments": 5} if control == "PT-43" else {}))
    rule("PT-16", hard=10**12)
    for control in ("PT-13", "PT-17", "PT-18", "PT-20", "PT-22", "PT-38", "PT-41", "CP-01", "CP-05"):
        rule(control)
    Rule.objects.update(dry_run=True, version=2)
    for symbol in desk.instruments:
        analytics(desk, symbol, adv=Decimal(10**9), ratings={"S&P": "A"}, initial_margin=1)
    for number in (0, 1):
        profile(desk, number, nav=Decimal(10**12), nav_as_of=now(), cash=10**12, margin_equity=1, owner="o")
    enter([desk.draft()], desk.actor)  # the process reads rules and limits once after a change
    counts = []
    for n in (2, 200):
        drafts = [desk.draft(account=("ALPHA", "BETA")[i % 2], symbol=("AAPL", "IBM")[i // 2 % 2]) for i in range(n)]
        with CaptureQueriesContext(connection) as asked:
            answers = enter(drafts, desk.actor)
        assert all(answer.accepted for answer in answers)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_credit_line_of_an_account_counts_what_was_executed_and_is_open(desk, books):
    """In the batch and after it, over all instruments, sales as purchases; the other account has a line of its own."""
    rule("PT-16", hard=20_000)
    orders = [desk.draft(), desk.draft(symbol="IBM", side="sell", qty=50), desk.draft(qty=51), desk.draft(qty=50)]
    assert codes(desk, *orders, desk.draft(account="BETA")) == [[], [], ["CREDIT_LIMIT"], [], []]
    assert codes(desk, desk.draft(qty=1)) == [["CREDIT_LIMIT"]]
    route()
    [child] = children(Order.objects.filter(parent=None, order_qty=100).order_by("pk").first().pk)
    record([says(child, "new"), fill(child, 100, "90", exec_id="F1")])
    assert codes(desk, desk.draft(qty=11), desk.draft(qty=10)) == [["CREDIT_LIMIT"], []], "9,000 paid, 10,000 open"
    record([says(child, "trade_cancel", exec_ref_id="F1")])
    assert codes(desk, desk.draft(qty=1)) == [["CREDIT_LIMIT"]]
    books()


def test_an_amendment_counts_only_what_it_adds_to_the_credit_line(desk, books):
    rule("PT-16", hard=15_000)
    [answer] = enter([desk.draft()], desk.actor)
    [more] = amend([Amendment(answer.order_id, order_qty=Decimal(151))], desk.actor)
    assert [refusal.code for refusal in more.refusals] == ["CREDIT_LIMIT"]
    [exactly] = amend([Amendment(answer.order_id, order_qty=Decimal(150))], desk.actor)
    assert exactly.accepted
    books()


def test_open_value_is_given_back_and_yesterdays_executions_are_no_use_of_credit(desk, books):
    rule("PT-18", hard=10_000)
    [answer] = enter([desk.draft()], desk.actor)
    assert codes(desk, desk.draft(qty=1)) == [["OPEN_VALUE"]]
    route()
    [child] = children(answer.order_id)
    record([says(child, "new"), fill(child, 100, "100")])
    rule("PT-16", hard=10_000)
    assert codes(desk, desk.draft(qty=1)) == [["CREDIT_LIMIT"]]
    BusinessDate.objects.update(today=TODAY + timedelta(days=1))
    assert codes(desk, desk.draft(qty=100)) == [[]]
    books()


def test_credit_in_another_currency_needs_its_rate(desk, books):
    rule("PT-16", hard=10_000)
    Instrument.objects.filter(symbol="IBM").update(currency="EUR")
    assert codes(desk, desk.draft(symbol="IBM", qty=50)) == [[]]
    assert codes(desk, desk.draft(qty=10)) == [["DATA_MISSING"]]
    FxRate.objects.create(base="EUR", quote="USD", rate=Decimal("1.25"), source="test")
    assert codes(desk, desk.draft(qty=37)) == [[]]
    assert codes(desk, desk.draft(qty=1)) == [["CREDIT_LIMIT"]], "5,000 EUR are 6,250 USD"
    books()


def test_cash_follows_fills_and_busts_since_the_profile(desk, books):
    rule("PT-17")
    profile(desk, cash=Decimal(20_000))
    [answer] = enter([desk.draft(qty=100)], desk.actor)
    route()
    [child] = children(answer.order_id)
    record([says(child, "new"), fill(child, 100, 90, exec_id="F1")])
    assert codes(desk, desk.draft(qty=110), desk.draft(qty=1)) == [[], ["BUYING_POWER"]]
    bust = says(child, "trade_cancel", exec_ref_id="F1", last_qty=Decimal(100), last_px=Decimal(90), cum_qty=Decimal(0))
    record([bust])
    cash = Cash(Decimal(20_000), Decimal(11_000))
    assert Decision.objects.order_by("-pk")[0].inputs["cash"]["cash"] == "11000"
    codes(desk, desk.draft(qty=9_999))
    assert Decision.objects.order_by("-pk")[0].inputs["cash"]["cash"] == str(cash.cash)
    books()


def test_hours_come_from_the_calendars_of_the_venues(desk):
    rule("PT-11")
    Venue.objects.update(calendar=None)
    assert codes(desk, desk.draft()) == [["DATA_MISSING"]]
    always = TradingCalendar.objects.create(code="ALWAYS", name="always", around_the_clock=True)
    Venue.objects.filter(mic="XNAS").update(calendar=always)
    assert codes(desk, desk.draft()) == [[]]
    day = now().date()
    shut = TradingCalendar.objects.create(
        code="SHUT", name="shut", first_day=day - timedelta(days=30), last_day=day + timedelta(days=30)
    )
    Venue.objects.update(calendar=shut)
    assert codes(desk, desk.draft()) == [["MARKET_CLOSED"]]


def test_a_block_and_the_parts_of_a_split_know_their_instrument(desk, books):
    rule("PT-06", hard_pct=25)
    rule("PT-37")
    rule("PT-25")
    analytics(desk, adv=Decimal(1_000))
    first, second = enter([desk.draft(qty=100, hold="staged"), desk.draft(qty=200, hold="staged")], desk.actor)
    [merged] = merge([Merge((first.order_id, second.order_id))], desk.actor)
    assert [r.code for r in merged.refusals] == ["VOLUME_SHARE"]
    parts = (Part(order_qty=Decimal(100)), Part(order_qty=Decimal(100), account="BETA"))
    [done] = split([Split(second.order_id, parts)], desk.actor)
    assert done.answer.refusals == ()
    books()


def test_pt_42_an_order_that_no_session_could_carry_is_refused(desk):
    rule("PT-42")
    VenueSession.objects.update(logged_on_at=now(), seen_at=now())
    assert codes(desk, desk.draft()) == [[]]
    VenueSession.objects.filter(code="XNAS").update(logged_on_at=None)
    assert codes(desk, desk.draft()) == [[]], "another venue lists it"
    VenueSession.objects.update(seen_at=now() - timedelta(seconds=16))
    assert codes(desk, desk.draft()) == [["SESSION_DOWN"]]


def test_pt_40_settlement_instructions_in_force_checked_by_another_are_needed(desk):
    rule("PT-40")
    assert codes(desk, desk.draft()) == [["NO_SSI"]]
    maker, checker = (user(name, role="operations") for name in ("olga", "otto"))
    one = StandingInstruction.objects.create(
        account=desk.accounts[0], currency="USD", safekeeping_account="1", valid_from=TODAY, reason="new", made_by=maker
    )
    assert codes(desk, desk.draft()) == [["NO_SSI"]], "nobody has checked it"
    StandingInstruction.objects.filter(pk=one.pk).update(checked_by=checker, checked_at=now())
    assert codes(desk, desk.draft(), desk.draft(account="BETA")) == [[], ["NO_SSI"]]
    StandingInstruction.objects.create(
        safekeeping_account="1", valid_from=TODAY, reason="of all", made_by=maker, checked_by=checker, checked_at=now()
    )
    assert codes(desk, desk.draft(), desk.draft(account="BETA")) == [[], []]
