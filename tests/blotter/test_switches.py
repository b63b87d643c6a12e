"""Which kill switches a desk's banner shows, and who may open their page."""

from typing import Any

import pytest

from oms.desk import killing, targets
from orders.models import Account, Desk, User
from risk.models import KillSwitch
from tests.blotter.conftest import signed_in
from tests.factories import Floor, user

pytestmark = pytest.mark.django_db
URL = "/api/v1/blotter/switches"


@pytest.fixture
def other(desk: Floor) -> Desk:
    """A desk that most switches are no business of."""
    made = Desk.objects.create(code="FI", name="Bonds")
    desk.trader.desks.add(made)
    return made


@pytest.mark.parametrize(
    ("scope", "target", "both"),
    [
        ("firm", "", True), ("desk", "EQ", False), ("account", "ALPHA", False), ("client", "ACME", False),
        ("trader", "tom", False), ("strategy", "tina", True), ("instrument", "AAPL.XNAS", True), ("venue", "BATS", True),
    ],
)  # fmt: skip
def test_a_desk_is_told_of_what_concerns_it(desk: Floor, other: Desk, scope: str, target: str, both: bool) -> None:
    user("tom", desk=desk.desk)
    Account.objects.filter(pk=desk.accounts[0].pk).update(client="ACME")
    carla = user("carla", role="compliance")
    killing.engage(scope, target, "runaway", target or "FIRM", carla)
    client = signed_in(desk.trader)
    [told] = client.get(f"{URL}?desk=EQ").json()["switches"]
    assert (told["scope"], told["target"], told["reason"], told["by"]) == (scope, target or "FIRM", "runaway", "carla")
    assert bool(client.get(f"{URL}?desk=FI").json()["switches"]) is both
    desks = set(targets.desks(scope, KillSwitch.objects.get().scope_id).values_list("code", flat=True))
    assert desks == ({"EQ", "FI"} if both else {"EQ"})


def test_only_ones_own_desks_are_told_of(desk: Floor, client: Any) -> None:
    assert client.get(f"{URL}?desk=EQ").status_code == 401
    assert signed_in(user("tom")).get(f"{URL}?desk=EQ").status_code == 404
    assert signed_in(desk.trader).get(f"{URL}?desk=EQ").json() == {"switches": []}


@pytest.mark.parametrize("role", ["compliance", "operations", "auditor", "trader", "portfolio_manager", "api_client"])
def test_who_may_open_the_page(desk: Floor, role: str) -> None:
    one: User = user("one", role=role, desk=desk.desk)
    answer = signed_in(one).get("/kill-switches/")
    assert answer.status_code == (200 if role in ("compliance", "operations", "auditor") else 403)


def test_the_page_costs_a_bounded_number_of_queries(desk: Floor, django_assert_max_num_queries: Any) -> None:
    client = signed_in(user("carla", role="compliance"))
    with django_assert_max_num_queries(14):
        assert b"AAPL.XNAS" in client.get("/kill-switches/").content
