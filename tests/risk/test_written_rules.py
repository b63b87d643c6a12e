"""Rules of Compliance on the running desk: one evaluator, one code path, inputs only where a rule in force asks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import amend, cancel, enter
from oms.desk.asked import Actor, Amendment, Cancellation
from oms.desk.record import record
from oms.desk.route import route
from orders.models import Account, Desk
from risk import facts, index
from risk.context import Reference
from risk.models import AccountProfile, Decision, InstrumentAnalytics, Usage
from risk.verdict import decide_together
from tests import factories
from tests.desk.world import children, fill, says
from tests.risk import shelf
from tests.risk.compliance import no_more, written
from tests.risk.test_supply import analytics, codes, profile

pytestmark = pytest.mark.django_db


def test_a_rule_stops_what_is_above_its_level_and_says_which_and_by_how_much(desk, books):
    written(measure="notional", currency="USD", warn="15000", fail="20000")
    [ok, warned, stopped] = enter([desk.draft(qty=100), desk.draft(qty=60), desk.draft(qty=101)], desk.actor)
    assert ok.accepted
    assert [r.code for r in warned.refusals] == ["COMPLIANCE_RULE"]
    assert "would be 16,000 USD; the warning level is at most 15,000 USD" in warned.refusals[0].text
    assert "Test: The market value would be 20,100 USD; the limit is at most 20,000 USD" in stopped.refusals[0].text
    decision = Decision.objects.order_by("-pk")[0]
    [finding] = [f for f in decision.findings if f["control"] == "CR-01"]
    assert (finding["measured"], finding["limit"], finding["version"]) == ("20100", "20000", 1)
    assert decision.inputs["situation"]["thing"]["symbol"] == "AAPL"
    assert Usage.objects.get().open_buy_qty == 100
    books()


def test_exactly_the_level_passes_and_orders_ahead_in_the_batch_count(desk, books):
    written(measure="notional", currency="USD", fail="20000")
    assert codes(desk, desk.draft(qty=100), desk.draft(qty=100), desk.draft(qty=1)) == [[], [], ["COMPLIANCE_RULE"]]
    assert codes(desk, desk.draft(qty=1), desk.draft(account="BETA", qty=200)) == [["COMPLIANCE_RULE"], []]
    books()


def test_an_amendment_counts_its_own_leaves_once_and_a_canceled_order_not_at_all(desk, books):
    written(measure="notional", currency="USD", fail="20000")
    [first, second] = enter([desk.draft(qty=100), desk.draft(qty=50)], desk.actor)
    [grown] = amend([Amendment(first.order_id, order_qty=Decimal(150))], desk.actor)
    [over] = amend([Amendment(second.order_id, order_qty=Decimal(51))], desk.actor)
    assert (grown.refusals, [r.code for r in over.refusals]) == ((), ["COMPLIANCE_RULE"])
    cancel([Cancellation(second.order_id)], desk.actor)
    assert codes(desk, desk.draft(qty=51), desk.draft(qty=50)) == [["COMPLIANCE_RULE"], []]
    books()


def test_a_dry_run_is_recorded_and_stops_nobody(desk):
    written(dry_run=True, measure="notional", currency="USD", fail="1")
    assert codes(desk, desk.draft()) == [[]]
    [finding] = [f for f in Decision.objects.get().findings if f["control"] == "CR-01"]
    assert (finding["outcome"], finding["dry_run"]) == ("hard", True)


def test_issuer_weight_over_a_client_with_two_accounts(desk, books):
    written(over="client", group=["issuer"], measure="percent_of_nav", fail="5")
    for symbol in ("AAPL", "IBM", "MSFT"):
        analytics(desk, symbol, parent="One parent" if symbol != "MSFT" else "Another")
    Account.objects.update(client="HARBOUR")
    for number in (0, 1):
        profile(desk, number, nav=Decimal(500_000), nav_as_of=now())
    assert codes(desk, desk.draft(qty=400)) == [[]]
    batch = [desk.draft(qty=100, account="BETA", symbol="IBM"), desk.draft(qty=1, account="BETA", symbol="IBM")]
    assert codes(desk, *batch) == [[], ["COMPLIANCE_RULE"]]
    assert codes(desk, desk.draft(qty=500, symbol="MSFT"), desk.draft(side="sell", qty=100)) == [[], []]
    books()


def test_what_is_not_known_refuses_and_what_is_too_old_is_stale(desk):
    written(measure="percent_of_nav", fail="50", max_age_days="5")
    assert codes(desk, desk.draft(qty=1)) == [["DATA_MISSING"]]
    profile(desk, nav=Decimal(1_000_000), nav_as_of=now())
    assert codes(desk, desk.draft(qty=1)) == [[]]
    AccountProfile.objects.update(nav_as_of=now() - timedelta(days=6))
    assert codes(desk, desk.draft(qty=1)) == [["DATA_STALE"]]
    no_more()
    written(over="nobody", measure="percent_of_nav", fail="50")
    assert codes(desk, desk.draft(qty=1)) == [["DATA_MISSING"]]


def test_sector_country_volume_duration_and_rating_come_from_analytics(desk):
    rows = {"AAPL": {"sector": "Tech", "country": "US"}, "IBM": {"sector": "Tech", "country": "DE"}}
    for symbol, words in rows.items():
        analytics(
            desk, symbol, adv=Decimal(1000), shares_outstanding=Decimal(10_000), duration=Decimal(7),
            ratings={"S&P": "BBB", "Fitch": "BB+"}, **words,
        )  # fmt: skip
    sector = [{"field": "sector", "is": "in", "values": ["Tech"]}]
    expected = [
        ({"filter": sector, "group": ["sector"], "measure": "notional", "currency": "USD", "fail": "9999"}, 99, 100),
        ({"take": ["this_order"], "measure": "percent_of_adv", "fail": "25"}, 250, 251),
        ({"group": ["instrument"], "measure": "percent_of_outstanding", "fail": "1"}, 100, 101),
        ({"filter": sector, "group": ["country"], "measure": "percent_of_sector", "fail": "50"}, None, 1),
        ({"measure": "duration", "fail": "6.9"}, None, 1),
        ({"measure": "rating", "compare": "at_least", "fail": "BBB-"}, None, 1),
        ({"measure": "rating", "compare": "at_least", "fail": "BB+"}, 1, None),
    ]
    for parts, good, bad in expected:
        no_more()
        written(**parts)
        for qty, answer in ((good, []), (bad, ["COMPLIANCE_RULE"])):
            if qty is not None:
                assert codes(desk, desk.draft(qty=qty, symbol="IBM", account="BETA")) == [answer], parts
                Usage.objects.update(open_buy_qty=0)


def test_loss_since_positions_were_opened_stops_all_but_what_reduces(desk, books):
    written(take=["positions"], measure="pnl", compare="at_least", currency="USD", fail="-1000")
    [bought] = enter([desk.draft(qty=100, price="110")], desk.actor)
    route()
    [child] = children(bought.order_id)
    record([says(child, "new"), fill(child, 100, 110, exec_id="F1")])
    # Worth 100 now: exactly the loss that is allowed.
    assert codes(desk, desk.draft(qty=1)) == [[]]
    factories.quote(desk.instruments["AAPL"], "XNAS", "99.97", "99.99")
    factories.quote(desk.instruments["AAPL"], "XNYS", "99.97", "99.99")
    factories.quote(desk.instruments["AAPL"], "BATS", "99.97", "99.99")
    assert codes(desk, desk.draft(qty=1), desk.draft(side="sell", qty=100, price="99")) == [["COMPLIANCE_RULE"], []]
    books()


def test_messages_of_a_sender_and_orders_to_trades(desk):
    written(over="sender", take=[], measure="messages", window_s="60", fail="3")
    assert codes(desk, desk.draft(), desk.draft()) == [[], []]
    assert codes(desk, desk.draft(), desk.draft()) == [[], ["COMPLIANCE_RULE"]]
    no_more()
    written(over="trader", take=[], group=["instrument"], measure="order_to_trade", fail="4")
    # Four orders in AAPL and no trade: the fifth makes five to one, less one.
    assert codes(desk, desk.draft(), desk.draft(), desk.draft(symbol="IBM")) == [[], ["COMPLIANCE_RULE"], []]


def test_leverage_of_a_desk_adds_up_long_and_short_over_its_accounts(desk, books):
    written(over="desk", measure="leverage", count="gross", fail="200")
    for number in (0, 1):
        profile(desk, number, nav=Decimal(10_000), nav_as_of=now())
    short = desk.draft(account="BETA", side="sell_short", qty=200, price="100")
    assert codes(desk, desk.draft(qty=200), short, desk.draft(qty=1)) == [[], [], ["COMPLIANCE_RULE"]]
    other = Desk.objects.create(code="FI", name="Bonds")
    Account.objects.create(code="GAMMA", name="Fund", desk=other)
    desk.trader.desks.add(other)
    [unknown] = enter([desk.draft(qty=1, account="GAMMA")], Actor.of(desk.trader))
    assert [r.code for r in unknown.refusals] == ["DATA_MISSING"]
    books()


def test_the_number_of_statements_does_not_grow_with_the_batch(desk):
    for over in ("account", "client", "desk", "firm"):
        written(dry_run=True, over=over, measure="percent_of_nav", fail="1")
    written(dry_run=True, take=["positions"], measure="pnl", currency="USD", compare="at_least", fail="0")
    for over in ("account", "desk", "firm", "trader", "sender"):
        written(dry_run=True, over=over, take=[], measure="messages", window_s="5", fail="1")
        written(dry_run=True, over=over, take=[], measure="order_to_trade", fail="1")
    index.current()  # what a change makes it read anew
    counts = []
    for n in (2, 200):
        drafts = [desk.draft(account=("ALPHA", "BETA")[i % 2], symbol=("AAPL", "IBM")[i // 2 % 2]) for i in range(n)]
        with CaptureQueriesContext(connection) as asked:
            answers = enter(drafts, desk.actor)
        assert all(answer.accepted for answer in answers)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("over", ["account", "client", "desk", "firm"])
def test_concurrent_orders_in_different_names_never_pass_a_level_together(over):
    """Nothing but the rule's own lock stands between orders of different instruments and accounts."""
    floor = factories.floor()
    Account.objects.update(client="HARBOUR")
    written(over=over, measure="notional", currency="USD", fail="500000")
    accounts = (0, 0) if over == "account" else (0, 1)
    symbols = ("AAPL", "IBM", "MSFT")
    batch = shelf.orders(
        floor, *[{"qty": 1_000, "account": accounts[i % 2], "symbol": symbols[i % 3]} for i in range(20)]
    )
    start = Barrier(len(batch))

    def one(order):
        start.wait()
        try:
            with transaction.atomic():
                return shelf.ask([order])[0].accepted
        finally:
            connection.close()

    with ThreadPoolExecutor(len(batch)) as pool:
        assert list(pool.map(one, batch)).count(True) == 5
    assert shelf.sums_agree()
    assert InstrumentAnalytics.objects.count() == 0


def test_a_group_that_falls_together_takes_no_room(desk):
    """Two orders that stand or fall together: where the second is refused, the first leaves its room to those after."""
    written(measure="notional", currency="USD", fail="20000")
    terms = shelf.orders(desk, {"qty": 150}, {"qty": 51}, {"qty": 200}, {"qty": 1})
    at = now()
    quotes = {t.instrument_id: Reference(Decimal(100), at=at) for t in terms}
    known = facts.load(terms, at, quotes)
    groups = decide_together([terms[:2], terms[2:3], terms[3:]], known, at)
    assert [[verdict.accepted for verdict in group] for group in groups] == [[True, False], [True], [False]]
