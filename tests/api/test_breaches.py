"""Breaches over REST: scoped by desk, filtered, the same numbers as on the page."""

from datetime import timedelta

import pytest

from oms.desk import enter
from oms.desk.intrade import intrade
from risk import rules
from risk.models import Breach, Rule
from tests.api.conftest import Rest
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db(transaction=True)
NONE = timedelta(0)


@pytest.fixture
def breach(desk: Floor) -> Breach:
    enter([desk.draft()], desk.actor)
    intrade(NONE)
    rules.put(Rule(control="PT-01", name="size", params={"hard": "50"}), None)
    intrade(NONE)
    return Breach.objects.get()


def test_a_case_is_told_with_its_numbers_and_its_story(rest: Rest, breach: Breach) -> None:
    [one] = rest.get("risk/breaches/").json()["results"]
    assert (one["id"], one["control"], one["code"], one["outcome"]) == (
        str(breach.pk),
        "PT-01",
        "MAX_ORDER_QTY",
        "hard",
    )
    assert (one["measured"], one["limit"], one["order_id"]) == ("100", "50", str(breach.order_id))
    assert (one["kind"], one["origin"], one["cause"], one["state"]) == ("in_trade", "passive", "rule", "open")
    assert (one["account"], one["symbol"], one["desk"], one["owner"]) == ("ALPHA", "AAPL", "EQ", "")
    assert [(event["seq"], event["verb"], event["actor"]) for event in one["events"]] == [(1, "open", "watch")]


def test_who_sees_it(rest: Rest, breach: Breach, desk: Floor) -> None:
    for name, role, count in (("stan", "trader", 0), ("carla", "compliance", 1), ("olga", "operations", 1)):
        assert len(Rest(user(name, role=role)).get("risk/breaches/").json()["results"]) == count
    assert Rest().get("risk/breaches/").status_code == 401


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=live", 1), ("state=closed", 0), ("state=closed&state=open", 1), ("origin=passive&kind=in_trade", 1),
        ("control=PT-02", 0), ("outcome=hard&account=ALPHA", 1), ("owner=tina", 0), ("order_id=999999", 0),
    ],
)  # fmt: skip
def test_filters(rest: Rest, breach: Breach, query: str, count: int) -> None:
    assert len(rest.get(f"risk/breaches/?{query}").json()["results"]) == count


@pytest.mark.parametrize("query", ["state=over", "origin=both", "kind=x", "order_id=-1", "owner=%00", "grade=hard"])
def test_what_is_no_filter_is_refused_with_what_would_be(rest: Rest, breach: Breach, query: str) -> None:
    answer = rest.get(f"risk/breaches/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.split("=", maxsplit=1)[0]
