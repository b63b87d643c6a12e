"""Rules that measure alike: judged as each by itself would be, kept as one row of evidence, and read one by one."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from oms.api.timeline import tell
from oms.base.clock import now
from oms.desk import enter
from oms.desk.enter import foresee
from orders.models import Order
from risk import evidence, index
from risk.assessment import gather
from risk.controls import CATALOGUE
from risk.family import Family, together
from risk.finding import Finding
from risk.foreseen import lines
from risk.models import Decision, Rule, RuleFamily
from risk.parts import Situation
from risk.pipeline.book import Book, Thing, Who
from risk.verdict import decide
from tests.factories import Floor, user
from tests.risk.compliance import written
from tests.risk.plain import AT, facts, rule, terms

SIZES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=1, max_size=8)
WHOLE = {"over": "account", "take": ["open_orders", "this_order"], "measure": "notional", "currency": "USD"}


def sizes(levels: list[tuple[int, int, bool]]) -> list[Any]:
    """Rules of a size, some of which have no warning level."""
    found = []
    for number, (soft, more, warns) in enumerate(levels, 1):
        raw = {"hard": str((soft + more) * 10)} | ({"soft": str(soft * 10)} if warns else {})
        found.append(rule(("PT-01", "PT-02")[number % 2], raw, number=number, dry_run=number % 3 == 0))
    return found


def alone(order: Any, rules: list[Any], context: Any) -> dict[int, Any]:
    """What each rule finds by itself."""
    return {one.id: CATALOGUE[one.control].check(order, one.values, context) for one in rules}


@given(SIZES, st.integers(1, 200))
def test_rules_of_a_family_find_what_each_finds_by_itself(levels: list[tuple[int, int, bool]], qty: int) -> None:
    rules, order = sizes(levels), terms(qty, "1")
    (verdict,) = decide([order], facts(*rules), AT)
    found = {one.rule.id: one.result for one in verdict.findings if one.rule}
    assert found == alone(order, rules, verdict.context)
    objections = [one for one in verdict.findings if one.result.outcome]
    assert sorted(verdict.objections, key=str) == sorted(objections, key=str)


PAIRS = st.lists(st.tuples(*[st.none() | st.integers(0, 9)] * 2).filter(any), min_size=1, max_size=8)


@given(PAIRS, st.integers(1, 10), st.integers(-9, 9), st.sampled_from(["buy", "sell"]), st.integers(95, 105))
def test_buys_and_sells_have_levels_of_their_own(
    pairs: list[tuple[int | None, int | None]], qty: int, position: int, side: str, price: int
) -> None:
    rules = []
    for number, (one, other) in enumerate(pairs, 1):
        names = ("max_long", "max_short") if number % 2 else ("aggressive_hard_pct", "passive_soft_pct")
        raw = {name: str(level) for name, level in zip(names, (one, other), strict=True) if level is not None}
        rules.append(rule(("PT-03", "PT-19")[number % 2], raw, number=number))
    order = terms(qty, price, side=side)
    (verdict,) = decide([order], facts(*rules, position=position), AT)
    assert {one.rule.id: one.result for one in verdict.findings if one.rule} == alone(order, rules, verdict.context)


PIPELINES = st.lists(
    st.tuples(st.integers(100, 300), st.integers(0, 99), st.booleans(), st.sampled_from(["at_most", "at_least"])),
    min_size=1,
    max_size=8,
)


@given(PIPELINES, st.integers(1, 200), st.sampled_from(["buy", "sell"]))
def test_written_rules_too_whichever_way_they_compare(
    levels: list[tuple[int, int, bool, str]], qty: int, side: str
) -> None:
    rules = []
    for number, (fail, more, warns, compare) in enumerate(levels, 1):
        warn = fail - more if compare == "at_most" else fail + more
        raw = {**WHOLE, "compare": compare, "fail": str(fail)} | ({"warn": str(warn)} if warns else {})
        rules.append(rule("CR-01", {"name": f"rule {number}", "pipeline": raw}, number=number))
    around = Situation(Book(AT), Who("A"), Thing(30, "AAPL", currency="USD"))
    order = terms(qty, "1", side=side)
    (verdict,) = decide([order], facts(*rules, parts={"situation": {1: around}}), AT)
    assert {one.rule.id: one.result for one in verdict.findings if one.rule} == alone(order, rules, verdict.context)


def test_only_levels_may_differ() -> None:
    rules = [
        rule("PT-02", {"hard": "5", "currency": "USD"}, number=1),
        rule("PT-02", {"soft": "4", "currency": "USD"}, number=2),
        rule("PT-02", {"hard": "5", "currency": "EUR"}, number=3),
        rule("PT-02", {"hard": "5", "currency": "USD"}, number=4, account_id=10),
        rule("PT-02", {"hard": "5", "currency": "USD"}, number=5, dry_run=True),
        rule("PT-19", {"max_long": "5"}, number=6),
        rule("PT-19", {"max_long": "6"}, number=7),
        rule("PT-19", {"max_long": "6", "max_short": "0"}, number=8),
        rule("PT-07", {"odd_lot": "soft"}, number=9),
    ]
    found = [[one.id for one in unit.rules] if isinstance(unit, Family) else unit.id for unit in together(rules)]
    assert found == [[1, 2], [3], [4], [5], [6, 7], [8], 9]


def test_another_version_is_another_family() -> None:
    pair = [rule("PT-01", {"hard": "5"}, number=1), rule("PT-01", {"hard": "6"}, number=2)]
    (one,), (same,) = together(pair), together(list(pair))
    (other,) = together([pair[0], pair[1]._replace(version=2)])
    assert isinstance(one, Family)
    assert isinstance(other, Family)
    assert same == one
    assert one.id != other.id


# On the database ----------------------------------------------------------------------------------------------------


def several(*levels: int, **more: Any) -> list[Rule]:
    return [Rule.objects.create(control="PT-01", name="size", params={"hard": str(level)}, **more) for level in levels]


@pytest.mark.django_db
def test_evidence_has_one_row_a_measure_and_is_read_rule_by_rule(desk: Floor) -> None:
    rules = several(100, 200, 300)
    tried = written(dry_run=True, measure="notional", currency="USD", fail="5000")
    [answer, refused] = enter([desk.draft(qty=50), desk.draft(qty=150)], desk.actor)
    assert (answer.accepted, [one.code for one in refused.refusals]) == (True, ["MAX_ORDER_QTY"])
    first, second = Decision.objects.order_by("pk")
    [kept] = [one for one in first.findings if "family" in one]
    assert kept == {"control": "PT-01", "family": RuleFamily.objects.get().pk, "outcome": "pass", "measured": "50"}
    told = evidence.of([first, second])
    assert [(one["rule"], one["version"], one["outcome"], one["measured"], one["limit"]) for one in told[first.pk] if
            one["control"] == "PT-01"] == [(one.pk, 1, "pass", "50", one.params["hard"]) for one in rules]  # fmt: skip
    outcomes = [(one["rule"], one["outcome"]) for one in told[second.pk] if one["control"] == "PT-01"]
    assert sorted(outcomes) == [(rules[0].pk, "hard"), (rules[1].pk, "pass"), (rules[2].pk, "pass")]
    assert [(one["rule"], one["dry_run"]) for one in told[second.pk] if one["control"] == "CR-01"] == [(tried.pk, True)]


@pytest.mark.django_db
def test_whoever_reads_in_sql_sees_the_same(desk: Floor) -> None:
    several(100, 200, 300)
    several(10, 20, dry_run=True)
    for short in ("0", "5"):
        Rule.objects.create(control="PT-19", name="position", params={"max_long": "50", "max_short": short})
    enter([desk.draft(qty=50), desk.draft(qty=150), desk.draft(side="sell_short", qty=3)], desk.actor)
    decisions = list(Decision.objects.order_by("pk"))
    entries = [(pk, one) for pk, found in evidence.of(decisions).items() for one in found]
    names = ("control", "rule", "row", "version", "outcome", "measured", "limit", "code")
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT decision_id, control, rule_id, limit_id, version, outcome, measured, "limit", code, dry_run FROM risk_finding'
        )
        rows = cursor.fetchall()
    said = [(pk, *(one.get(name) for name in names), one.get("dry_run", False)) for pk, one in entries]
    assert sorted(map(str, rows)) == sorted(map(str, said))


@pytest.mark.django_db
def test_the_story_the_look_ahead_and_the_count_name_every_rule(desk: Floor) -> None:
    rules = several(100, 200, 300)
    [seen] = foresee([desk.draft(qty=150)], desk.actor)
    shown = {one.after.rule.id: one for one in lines(seen.verdicts[0]) if one.after.rule}
    assert {pk: one.after.result.outcome.label for pk, one in shown.items()} == {
        rules[0].pk: "hard", rules[1].pk: "pass", rules[2].pk: "pass"
    }  # fmt: skip
    assert all(one.before and one.before.result.measured == 0 for one in shown.values())
    [answer] = enter([desk.draft(qty=150)], desk.actor)
    story = [one["detail"]["rule"] for one in tell(Order.objects.get(pk=answer.order_id)) if one["detail"].get("rule")]
    assert sorted(story) == [one.pk for one in rules]
    record = gather(AT.replace(year=2000), now()).records["PT-01"]
    assert (record.checked, record.hard) == (3, 1)


@pytest.mark.django_db
def test_the_page_of_a_decision_names_every_rule(desk: Floor, client: Client) -> None:
    rules = several(100, 200, 300)
    enter([desk.draft(qty=50)], desk.actor)
    client.force_login(user("carla", role="compliance", is_staff=True))
    page = client.get(f"/admin/risk/decision/{Decision.objects.get().pk}/change/").content.decode()
    for one in rules:
        assert f"PT-01: pass; rule {one.pk}, version 1, measured 50, limit {one.params['hard']}" in page


@pytest.mark.django_db
def test_families_cost_no_statement_whatever_the_rules_and_the_orders(desk: Floor) -> None:
    counts = []
    for rules, size in ((2, 1), (0, 100), (100, 100)):
        several(*range(1_000, 1_000 + rules))
        index.current()
        with CaptureQueriesContext(connection) as asked:
            assert all(answer.accepted for answer in enter([desk.draft() for _ in range(size)], desk.actor))
        counts.append(len(asked))
    assert len(set(counts)) == 1
    # A family stays as it is: the second batch named the same.
    assert RuleFamily.objects.count() == 2


@pytest.mark.django_db
def test_the_checker_misses_a_family(desk: Floor, books: Any) -> None:
    several(100, 200)
    enter([desk.draft(qty=50)], desk.actor)
    books()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE risk_rulefamily DISABLE TRIGGER USER; DELETE FROM risk_rulefamily")
    with pytest.raises(AssertionError, match="I97"):
        books()


def test_a_finding_by_itself_is_no_family() -> None:
    (verdict,) = decide([replace(terms(), order_qty=Decimal(5))], facts(rule("PT-07", {"odd_lot": "soft"})), AT)
    assert all(isinstance(one, Finding) for one in verdict.found)
