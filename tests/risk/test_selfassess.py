"""The self-assessment: what is missing is said, and what happened is counted as it was decided."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.desk import enter
from orders.models import User
from orders.vocabulary import Role
from risk import kill
from risk.articles import ARTICLES
from risk.assessment import gather, judge
from risk.controls import CATALOGUE
from risk.models import Rule
from tests import factories
from tests.factories import Floor
from tests.limiting import limit

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Floor:
    return factories.floor()


def said(**options: str) -> str:
    out = io.StringIO()
    call_command("selfassess", stdout=out, **options)
    return out.getvalue()


def states(desk: Floor) -> dict[str, str]:
    found = judge(gather(now() - timedelta(days=1), now() + timedelta(hours=1)))
    return {finding.article.title: finding.state for finding in found}


def test_every_article_asks_for_controls_that_exist() -> None:
    assert {name for article in ARTICLES for name in article.controls} <= set(CATALOGUE)
    assert len({article.title for article in ARTICLES}) == len(ARTICLES)


def test_an_article_is_met_when_a_rule_is_in_force_and_not_by_a_rule_that_only_tries(desk: Floor) -> None:
    assert states(desk)["RTS 6 15(1)(b)"] == "gap"
    rule = Rule.objects.create(control="PT-02", name="value", params={"hard": "1000", "currency": "USD"}, dry_run=True)
    assert states(desk)["RTS 6 15(1)(b)"] == "gap"
    assert "PT-02 Maximum order value: no rule in force (only tried)" in said()
    Rule.objects.filter(pk=rule.pk).update(dry_run=False, version=2)
    assert states(desk)["RTS 6 15(1)(b)"] == "met"


def test_rows_of_the_table_of_limits_stand_in_for_rules(desk: Floor) -> None:
    assert states(desk)["RTS 6 15(2)"] == "gap"
    limit("open_notional", "100000", desk=desk.desk)
    Rule.objects.create(control="PT-19", name="position", params={"max_long": "5000", "max_short": "5000"})
    assert states(desk)["RTS 6 15(2)"] == "met"
    assert "1 limits in force" in said()


def test_what_was_stopped_is_counted_under_its_control(desk: Floor) -> None:
    Rule.objects.create(control="PT-01", name="size", params={"hard": "100"})
    enter([desk.draft(qty=100), desk.draft(qty=101), desk.draft(qty=500)], desk.actor)
    record = gather(now() - timedelta(days=1), now() + timedelta(hours=1)).records["PT-01"]
    assert (record.checked, record.hard, record.passed_over) == (3, 2, 0)
    assert gather(now() - timedelta(days=9), now() - timedelta(days=1)).records == {}


def test_a_drill_of_a_kill_switch_is_shown_with_who_and_how_long(desk: Floor) -> None:
    assert states(desk)["RTS 6 12(1)"] == "in part"
    switch = kill.engage("firm", "", desk.trader, "drill of November")
    other = User.objects.create_user("second", password="x", role=Role.COMPLIANCE)
    kill.release(switch.id, other)
    text = said()
    assert "firm by tina (drill of November), released by second after 0 s" in text
    assert states(desk)["RTS 6 12(1)"] == "met"


def test_machines_read_the_same(desk: Floor) -> None:
    told = json.loads(said(json=True))
    assert [article["state"] for article in told["articles"]] == list(states(desk).values())
    assert told["figures"]["orders"] == 0


def test_the_number_of_statements_does_not_depend_on_what_there_is(desk: Floor) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            gather(now() - timedelta(days=1), now())
        return len(queries)

    before = statements()
    enter([desk.draft() for _ in range(20)], desk.actor)
    assert statements() == before


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(CommandError, match="before"):
        said(begin=now(), end=now() - timedelta(days=1))
