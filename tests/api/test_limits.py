"""Limits over REST: who sees which, with what is used; and setting them from a table, all or none."""

from decimal import Decimal as D
from typing import Any

import pytest

from oms.desk import enter
from orders.models import Account, Desk
from risk.models import Limit
from tests.api.conftest import Rest
from tests.factories import Floor, user
from tests.limiting import limit

pytestmark = pytest.mark.django_db


@pytest.fixture
def compliance(desk: Floor) -> Rest:
    return Rest(user("carla", role="compliance"))


def send(rest: Rest, text: str, dry_run: bool = False) -> Any:
    return rest.send("POST", f"limits/import/{'?dry_run=1' if dry_run else ''}", text.encode(), "text/csv")


def test_a_trader_sees_what_is_used_of_the_desks_limits_and_nobody_elses(
    rest: Rest, compliance: Rest, desk: Floor
) -> None:
    other = Desk.objects.create(code="FI", name="Bonds")
    mine = limit("gross_notional", 40_000, desk=desk.desk, soft=D(30_000))
    limit("gross_notional", 10, desk=other)
    limit("open_orders", 10)
    enter([desk.draft(qty=100)], desk.actor)
    (shown,) = rest.get("limits/").json()["results"]
    assert shown["id"] == str(mine.pk)
    assert (shown["control"], shown["scope"], shown["rows"]) == ("PT-16", {"desk": "EQ"}, "all")
    assert (shown["used"], shown["room"], shown["percent"]) == ("10000", "30000", "25")
    assert len(compliance.get("limits/").json()["results"]) == 3
    assert len(compliance.get("limits/?measure=open_orders").json()["results"]) == 1
    assert rest.get("limits/?measure=height").status_code == 400


def test_an_exposure_is_shown_at_the_price_of_now(compliance: Rest, desk: Floor) -> None:
    limit("gross_exposure", 100_000, instrument=desk.instruments["AAPL"])
    enter([desk.draft(qty=100, price="90")], desk.actor)
    (shown,) = compliance.get("limits/").json()["results"]
    assert (shown["used"], shown["scope"]) == ("10000", {"instrument": "AAPL.XNAS"})


def test_a_table_is_set_as_a_whole(compliance: Rest, desk: Floor) -> None:
    table = (
        "measure,account,instrument,desk,trader,hard,soft,currency\n"
        "gross_notional,ALPHA,,,,1000000,500000,USD\n"
        "long_position,,AAPL.XNAS,EQ,,5000,,\n"
        "open_orders,,,,tina,20,,\n"
    )
    tried = send(compliance, table, dry_run=True)
    assert (tried.status_code, tried.json()["counts"]["new"], Limit.objects.count()) == (200, 3, 0)
    done = send(compliance, table)
    assert (done.status_code, done.json()["written"], Limit.objects.count()) == (200, True, 3)
    again = send(compliance, table.replace("1000000", "2000000"))
    assert again.json()["counts"] == {"new": 0, "update": 1, "unchanged": 2, "refused": 0}
    one = Limit.objects.get(measure="gross_notional")
    assert (one.version, one.hard, one.author.username) == (2, 2_000_000, "carla")


def test_a_bad_row_is_told_with_its_field_and_nothing_is_saved(compliance: Rest, desk: Floor) -> None:
    table = (
        "measure,account,hard,currency\n"
        "open_orders,,5,\n"
        "open_orders,ALPHA,-1,\n"
        "gross_notional,ALPHA,,USD\n"
        "open_orders,NOBODY,1,\n"
        "open_orders,BETA,many,\n"
        "open_orders,,6,\n"
    )
    answer = send(compliance, table)
    assert answer.status_code == 422
    told = [[(e["field"], e["code"]) for e in row["errors"]] for row in answer.json()["results"]]
    assert told == [
        [], [("hard", "BAD_VALUE")], [("hard", "MISSING")], [("account", "BAD_VALUE")], [("hard", "BAD_NUMBER")],
        [("measure", "DUPLICATE_LIMIT")],
    ]  # fmt: skip
    assert not Limit.objects.exists()
    assert send(compliance, "measure,colour,hard\nopen_orders,red,1\n").json()["code"] == "UNKNOWN_FIELD"


def test_money_without_a_currency_is_the_accounts_or_refused(compliance: Rest, desk: Floor) -> None:
    limit("gross_notional", 1_000_000, currency="USD")
    Account.objects.filter(code="ALPHA").update(base_currency="EUR")
    table = "measure,account,hard,currency\ngross_notional,ALPHA,500,\ngross_notional,,500,\nopen_notional,,500,\n"
    refused = send(compliance, table)
    told = [[(e["field"], e["code"]) for e in row["errors"]] for row in refused.json()["results"]]
    assert (refused.status_code, told) == (422, [[], [("currency", "MISSING")], [("currency", "MISSING")]])
    assert list(Limit.objects.values_list("hard", "currency")) == [(1_000_000, "USD")]
    assert send(compliance, table.partition("gross_notional,,")[0]).status_code == 200
    assert Limit.objects.get(account__code="ALPHA").currency == "EUR"


def test_only_compliance_sets_limits(rest: Rest) -> None:
    assert send(rest, "measure,hard\nopen_orders,1\n").status_code == 403
    assert not Limit.objects.exists()
