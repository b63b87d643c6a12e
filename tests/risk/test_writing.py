"""The life of a rule: drafted, tested, approved by another person, in force, followed, retired by two; and its past."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import enter
from oms.desk.record import record
from oms.desk.route import route
from orders.models import ExecutionReport, Order
from risk import backtests, facts, writing
from risk.backtests import past
from risk.models import Backtest, Rule, RuleStep, RuleVersion, Usage, WrittenRule
from tests.desk.world import children, fill, says
from tests.risk.compliance import ALL, CASES, VALUE, draft, person
from tests.risk.test_supply import codes

pytestmark = pytest.mark.django_db


def fields(answer) -> dict[str, str]:
    assert isinstance(answer, list), answer
    return {fault.field: fault.code for fault in answer}


def wrote(code="VALUE", seen=0, **changes) -> RuleVersion:
    version = writing.draft(code, draft(**changes), person("anna"), seen)
    assert isinstance(version, RuleVersion), version
    return version


def approved(version: RuleVersion, by="bert") -> RuleStep:
    tested = writing.test(version.pk, person("anna"))
    assert isinstance(tested, RuleStep)
    step = writing.approve(version.pk, person(by), "looked at")
    assert isinstance(step, RuleStep), step
    return step


def standing(version: RuleVersion) -> str:
    return writing.state(version, list(version.steps.select_related("enforced")), now())


def test_drafted_tested_approved_by_another_and_then_it_stops_an_order(desk, books):
    version = wrote()
    assert (standing(version), codes(desk, desk.draft(qty=201))) == ("draft", [[]])
    tested = writing.test(version.pk, person("anna"))
    assert (tested.green, [r["level"] for r in tested.results], standing(version)) == (True, ["pass", "fail"], "tested")
    assert fields(writing.approve(version.pk, person("anna"))) == {"": "SAME_PERSON"}
    Usage.objects.update(open_buy_qty=0)
    step = writing.approve(version.pk, person("bert"))
    assert standing(version) == "in force"
    assert step.maker == person("anna")
    [answer] = enter([desk.draft(qty=201)], desk.actor)
    assert "Account value: The market value would be 20,100 USD" in answer.refusals[0].text
    history = Rule.objects.get(control="CR-01").history.get()
    assert (history.history_user.username, history.history_change_reason) == ("bert", "VALUE version 1 approved")


def test_approval_is_refused_while_untested_failing_or_one_sided():
    bert = person("bert")
    version = wrote()
    assert fields(writing.approve(version.pk, bert)) == {"cases": "RULE_NOT_TESTED"}
    wrong = wrote(
        "WRONG", cases=[*CASES, {"name": "no", "expect": "pass", "order": {"quantity": "22", "price": "1000"}}]
    )
    assert writing.test(wrong.pk, bert).green is False
    assert standing(wrong) == "failing"
    [refusal] = writing.approve(wrong.pk, bert)
    assert "'no' expects pass, and the rule says fail" in refusal.text
    for name, some in (("GOOD", CASES[:1]), ("BAD", CASES[1:]), ("NONE", [])):
        one_sided = wrote(name, cases=some)
        assert writing.test(one_sided.pk, bert).green is False
        assert fields(writing.approve(one_sided.pk, bert)) == {"cases": "RULE_NOT_TESTED"}
    assert not Rule.objects.exists()


def test_what_makes_no_sense_is_refused_whole_and_nothing_is_saved(desk):
    anna = person("anna")
    bad = {
        "pipeline": VALUE | {"fail": "5", "warn": "6"}, "cases": [{"name": "", "expect": "maybe", "order": {"quantity": "0"}}],
        "title": " ", "effective_from": now(), "effective_to": now() - timedelta(1),
    }  # fmt: skip
    found = fields(writing.draft("a b", draft(**bad), anna))
    assert found == {
        "code": "BAD_VALUE", "title": "MISSING", "effective_to": "BAD_PERIOD", "warn": "CONTRADICTORY_RULE",
        "cases[0].name": "MISSING", "cases[0].expect": "BAD_VALUE", "cases[0].order.quantity": "NOT_POSITIVE",
    }  # fmt: skip
    misspelt = [
        {"field": "sector", "is": "in", "values": ["Thec"]},
        {"field": "instrument", "is": "not_in", "values": ["AAPL"]},
    ]
    named = writing.draft("X1", draft(pipeline=VALUE | {"fail": "5", "filter": misspelt}), anna)
    assert [(f.field, f.text) for f in named] == [("filter", "there is no sector 'Thec'")]
    for raw in ({"over": "\x00"}, {"over": "\ud800"}, {"over": "x" * 300_000}):
        assert isinstance(writing.draft("X1", draft(pipeline=raw), anna), list)
    assert fields(writing.draft("X1", draft(), anna, seen=4)) == {"seen": "VERSION_CONFLICT"}
    assert not WrittenRule.objects.exists()
    assert not RuleVersion.objects.exists()


def test_a_circle_of_rules_is_refused_and_a_named_filter_is_taken_over_as_it_was():
    anna = person("anna")
    own = VALUE | {"fail": "5", "filter": [{"field": "currency", "is": "in", "values": ["USD"]}]}
    first = wrote("DOLLARS", pipeline=own)
    second = wrote("SECOND", pipeline=VALUE | {"fail": "9", "filter": [{"rule": "DOLLARS"}]})
    assert second.resolved["filter"] == first.pipeline["filter"]
    circle = VALUE | {"fail": "5", "filter": [{"rule": "SECOND"}]}
    [refusal] = writing.draft("DOLLARS", draft(pipeline=circle), anna, seen=1)
    assert (refusal.code, refusal.text) == (
        "CIRCULAR_RULE", "the rules lead back to where they began: DOLLARS -> SECOND -> DOLLARS",
    )  # fmt: skip
    assert RuleVersion.objects.count() == 2


def test_the_next_version_begins_where_the_last_one_ends(desk):
    approved(wrote())
    later = now() + timedelta(hours=1)
    second = wrote(seen=1, pipeline=VALUE | {"fail": "1000"}, effective_from=later, cases=[
        {"name": "a", "expect": "pass", "order": {"quantity": "1", "price": "1000"}},
        {"name": "b", "expect": "fail", "order": {"quantity": "2", "price": "1000"}},
    ])  # fmt: skip
    assert fields(writing.approve(RuleVersion.objects.get(number=1).pk, person("bert"))) == {"version": "RULE_CHANGED"}
    approved(second)
    assert standing(second) == "approved"
    old, new = Rule.objects.order_by("pk")
    assert (old.effective_to, new.effective_from, old.version) == (later, later, 2)
    limits = [
        [rule.values.pipeline.fail for rule in facts.rules_in_force(at) if rule.control == "CR-01"]
        for at in (later - timedelta(microseconds=1), later)
    ]
    assert limits == [[20_000], [1_000]]
    third = wrote(seen=2)
    approved(third)
    # What would have begun later never does.
    assert [rule.active for rule in Rule.objects.order_by("pk")] == [True, False, True]
    assert codes(desk, desk.draft(qty=200)) == [[]]


def test_a_scope_of_one_passes_over_all_other_orders(desk):
    one = {"account": "ALPHA", "instrument": "AAPL", "asset_class": "equity", "desk": "EQ"}
    scope = [{"field": field, "is": "in", "values": [name]} for field, name in one.items()]
    order = {"account": "ALPHA", "symbol": "AAPL", "desk": "EQ", "price": "1000"}
    cases = [{"name": q, "expect": e, "order": order | {"quantity": q}} for q, e in (("20", "pass"), ("21", "fail"))]
    approved(wrote(pipeline=VALUE | {"fail": "20000", "scope": scope}, cases=cases))
    rule = Rule.objects.get()
    assert (rule.account.code, rule.instrument.symbol, rule.desk.code, rule.asset_class) == (
        "ALPHA",
        "AAPL",
        "EQ",
        "equity",
    )
    big = {"qty": 201}
    answers = codes(desk, desk.draft(**big), desk.draft(**big, symbol="IBM"), desk.draft(**big, account="BETA"))
    assert answers == [["COMPLIANCE_RULE"], [], []]


def test_a_stale_edit_is_refused():
    wrote()
    wrote(seen=1)
    assert fields(writing.draft("VALUE", draft(), person("anna"), seen=1)) == {"seen": "VERSION_CONFLICT"}


def test_it_takes_two_to_end_a_rule(desk):
    version = wrote()
    anna, bert = person("anna"), person("bert")
    assert fields(writing.ask_end(version.pk, anna, "why not")) == {"version": "RULE_CHANGED"}
    approved(version)
    assert fields(writing.retire(version.pk, bert)) == {"": "SECOND_PERSON"}
    assert fields(writing.ask_end(version.pk, anna, " ")) == {"reason": "MISSING"}
    writing.ask_end(version.pk, anna, "mandate ended")
    assert fields(writing.retire(version.pk, anna)) == {"": "SAME_PERSON"}
    assert codes(desk, desk.draft(qty=201)) == [["COMPLIANCE_RULE"]]
    writing.retire(version.pk, bert)
    assert standing(version) == "retired"
    assert codes(desk, desk.draft(qty=201)) == [[]]
    assert fields(writing.retire(version.pk, bert)) == {"version": "RULE_CHANGED"}


@pytest.mark.parametrize(
    "wrong",
    [
        "INSERT INTO risk_rulestep (version_id, kind, by_id, maker_id, at, reason, enforced_id) SELECT version_id, 'approved', by_id, by_id, at, '', enforced_id FROM risk_rulestep WHERE kind = 'approved'",
        "INSERT INTO risk_rulestep (version_id, kind, by_id, maker_id, at, reason) SELECT version_id, 'retired', maker_id, by_id, at, '' FROM risk_rulestep WHERE kind = 'approved'",
        "UPDATE risk_ruleversion SET title = 'never'",
        "DELETE FROM risk_rulestep",
        "UPDATE risk_rule SET version = version + 1, params = jsonb_set(params, '{pipeline,fail}', '\"1\"')",
    ],
)
def test_the_database_refuses_what_the_verbs_would(wrong):
    approved(wrote())

    def done() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(wrong)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError):
        done()


def test_a_backtest_says_what_would_have_been_stopped_over_the_books_as_they_were(desk, books):
    begun = now()
    [first, _, third] = enter([desk.draft(qty=150), desk.draft(qty=40), desk.draft(qty=11)], desk.actor)
    route()
    [child] = children(first.order_id)
    record([says(child, "new"), fill(child, 150, 100, exec_id="F1")])
    middle = now()
    [fourth, _] = enter([desk.draft(qty=1), desk.draft(qty=100, side="sell")], desk.actor)
    refused = enter([desk.draft(qty=10**7)], desk.actor)[0]
    ended = now()
    version = wrote()
    whole = backtests.ask(version.pk, begun, ended, person("anna"))
    assert whole.state == "done"
    found = {row.order_id: (row.level, row.was_accepted, row.measured) for row in whole.findings.all()}
    assert found == {
        third.order_id: ("fail", True, "20,100"), fourth.order_id: ("fail", True, "20,200"),
        refused.order_id: ("fail", refused.accepted, found[refused.order_id][2]),
    }  # fmt: skip
    assert (whole.orders, whole.passed, whole.warned, whole.stopped) == (6, 3, 0, 3)
    assert "rebuilt from the journal" in " ".join(whole.basis)
    # Begun in the middle, the positions of that moment are what was filled and open by then.
    rest = backtests.ask(version.pk, middle, ended, person("anna"))
    assert [row.order_id for row in rest.findings.all()] == [fourth.order_id, refused.order_id]
    books()


def test_a_backtest_is_the_same_in_small_bites_and_in_a_constant_number_of_statements(desk, monkeypatch):
    begun = now()
    enter([desk.draft(qty=3, symbol=("AAPL", "IBM")[i % 2]) for i in range(100)], desk.actor)
    version = wrote()
    at_once = backtests.ask(version.pk, begun, now(), person("anna"))
    monkeypatch.setattr("risk.backtests.working.BITE", 7)
    asked = Backtest.objects.create(
        version=version, since=begun, until=at_once.until, asked_by=person("anna"), asked_at=now()
    )
    bites = 0
    while backtests.work(asked.pk):
        bites += 1
    asked.refresh_from_db()
    assert bites > 10
    assert (asked.orders, asked.stopped, asked.events) == (at_once.orders, at_once.stopped, at_once.events)
    assert list(asked.findings.values_list("order_id", "measured")) == list(
        at_once.findings.values_list("order_id", "measured")
    )
    counts = []
    for bite in (2, 50):
        monkeypatch.setattr("risk.backtests.working.BITE", bite)
        Backtest.objects.create(
            version=version, since=begun, until=at_once.until, asked_by=person("anna"), asked_at=now()
        )
        with CaptureQueriesContext(connection) as statements:
            backtests.work()
        counts.append(len(statements))
        Backtest.objects.filter(state="running").update(state="done")
    assert counts[0] == counts[1]


def test_a_backtest_of_rates_counts_what_had_been_sent(desk):
    begun = now()
    for _ in range(4):
        enter([desk.draft(qty=1)], desk.actor)
    rate = {"over": "sender", "measure": "messages", "window_s": "3600", "compare": "at_most", "fail": "3"}
    version = wrote(pipeline=rate, cases=[])
    found = backtests.ask(version.pk, begun, now(), person("anna"))
    last = Order.objects.order_by("-pk").first()
    assert [(row.order, row.measured) for row in found.findings.all()] == [(last, "4")]
    ratio = {"over": "firm", "measure": "order_to_trade", "compare": "at_most", "fail": "2"}
    found = backtests.ask(wrote("RATIO", pipeline=ratio, cases=[]).pk, begun, now(), person("anna"))
    assert found.stopped == 1


def test_what_cannot_be_tried_is_refused():
    version, at = wrote(), now()
    anna = person("anna")
    assert fields(backtests.ask(version.pk, at, at, anna)) == {"until": "BAD_PERIOD"}
    assert fields(backtests.ask(version.pk, at - timedelta(400), at, anna)) == {"until": "BAD_PERIOD"}
    assert fields(backtests.ask(version.pk, at + timedelta(1), at + timedelta(2), anna)) == {"since": "BAD_PERIOD"}
    loss = {
        "over": "account",
        "take": ["positions"],
        "measure": "pnl",
        "currency": "USD",
        "compare": "at_least",
        "fail": "0",
    }
    found = backtests.ask(wrote("LOSS", pipeline=loss, cases=[]).pk, at - timedelta(1), at, anna)
    assert fields(found) == {"measure": "NOT_RECONSTRUCTED"}
    assert not Backtest.objects.exists()


def test_the_books_of_the_past_lead_to_those_of_today(desk):
    """Opened before everything and moved by every event, they are what the usages say."""
    before = now()
    answers = enter([desk.draft(qty=100), desk.draft(qty=50, side="sell_short", symbol="IBM")], desk.actor)
    route()
    for answer in answers:
        [child] = children(answer.order_id)
        record([says(child, "new"), fill(child, 20, 100, exec_id=f"F{child.pk}")])
    then, today = past.opening(before), past.opening(now())
    names = ("order_id", "account_id", "instrument_id", "side", "leaves_qty", "cum_qty", "last_px", "exec_type")
    for row in ExecutionReport.objects.filter(is_root=True).order_by("pk").values(*names):
        then.happened(row)
    usages = {
        (row.scope_id, row.instrument_id): [row.position_qty, row.open_buy_qty, row.open_sell_qty]
        for row in Usage.objects.all()
    }
    assert {key: cell for key, cell in then.held.items() if any(cell)} == usages
    assert {key: cell for key, cell in today.held.items() if any(cell)} == usages
    assert past.Past.resumed(then.carried()).held == usages
    assert Decimal(80) in [leaves for leaves, _ in then.orders.values()]


def test_the_parts_of_a_draft_are_kept_as_they_were_sent():
    version = wrote(note="first", why="the mandate says so")
    assert (version.pipeline, version.cases, version.note) == (VALUE | {"fail": "20000"}, CASES, "first")
    assert version.pipeline["take"] == ALL
    assert not isinstance(version, Refusal)
