"""Portfolios are judged with no order at all: active and passive breaches, cases, deadlines, waivers, and the evidence."""

from datetime import date, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import breaches, enter, portfolios
from oms.desk.asked import Actor
from oms.desk.record import record
from oms.desk.route import route
from orders.models import Alert, BusinessDate, DayStep, Instrument, User
from risk import cases, rules
from risk.caselife import Verb
from risk.cases import Wish
from risk.models import (
    AccountProfile,
    Breach,
    BreachEvent,
    BreachPolicy,
    InstrumentAnalytics,
    PortfolioReview,
    Restriction,
    Rule,
)
from settlement.models import SettlementCalendar
from tests.desk.world import children, fill, says
from tests.factories import TODAY, Floor, quote, user

pytestmark = pytest.mark.django_db(transaction=True)


def rule(control: str, **params: Any) -> Rule:
    made = rules.put(Rule(control=control, name="test", params={k: str(v) for k, v in params.items()}), None)
    assert isinstance(made, Rule), made
    return made


def buy(desk: Floor, qty: int, symbol: str = "AAPL", side: str = "buy") -> None:
    """Bought, at the venue, at 100."""
    [answer] = enter([desk.draft(qty=qty, symbol=symbol, side=side)], desk.actor)
    assert answer.accepted, answer
    route()
    [child] = children(answer.order_id)  # type: ignore[arg-type]
    record([says(child, "new"), fill(child, qty)])


def price(desk: Floor, px: int, symbol: str = "AAPL") -> None:
    for mic in ("XNAS", "XNYS", "BATS"):
        quote(desk.instruments[symbol], mic, f"{px - 1}", f"{px + 1}")


def look(codes: list[str] | None = None) -> portfolios.Outcomes:
    found = portfolios.review(codes, "test")
    assert isinstance(found, portfolios.Outcomes), found
    return found


def shown() -> list[tuple[str, str, str, str]]:
    return list(Breach.objects.order_by("pk").values_list("control", "state", "origin", "cause"))


def act(verb: Verb, actor: User, text: str = "", **more: Any) -> Breach | Refusal:
    one = Actor.of(actor)
    wish = Wish(Breach.objects.get(closed_at=None).pk, verb, text, **more)
    return cases.act([wish], breaches.who(one), breaches.visible(one))[0]


def code(answer: Breach | Refusal) -> str:
    return answer.code if isinstance(answer, Refusal) else answer.state


@pytest.fixture
def fund(desk: Floor) -> Floor:
    """A fund of a million with 400 AAPL, 4 % of it; AAPL, MSFT and IBM are issuers of their own."""
    AccountProfile.objects.create(
        account=desk.accounts[0], source="test", as_of=now(), nav=Decimal(1_000_000), nav_as_of=now()
    )
    for symbol, instrument in desk.instruments.items():
        InstrumentAnalytics.objects.create(
            instrument=instrument, sector="tech", country="US", liquidity="highly_liquid",
            shares_outstanding=10_000, ratings={"S&P": "BBB"}, source="test", as_of=now(),
        )  # fmt: skip
        Instrument.objects.filter(pk=instrument.pk).update(issuer=symbol)
        price(desk, 100, symbol)
    buy(desk, 400)
    SettlementCalendar.objects.create(code="US", valid_from=date(2026, 1, 1), valid_to=date(2027, 12, 31))
    return desk


@pytest.fixture
def people(fund: Floor) -> tuple[User, User]:
    return user("carla", role="compliance"), user("carl", role="compliance")


def test_a_portfolio_that_holds_has_evidence_and_no_case(fund: Floor, books: Any) -> None:
    rule("CP-01", hard_pct=5)
    outcome = look()
    assert (outcome.accounts, outcome.breaches, shown()) == (2, 0, [])
    one = PortfolioReview.objects.get(account=fund.accounts[0])
    entries = {entry["control"]: entry for entry in one.findings}
    assert (one.outcome, entries["CP-01"]["measured"], entries["CP-01"]["limit"]) == ("pass", "4", "5")
    assert one.holdings == {str(fund.instruments["AAPL"].pk): "400"}
    books()


def test_what_price_does_is_passive_and_what_we_buy_is_active(fund: Floor, books: Any) -> None:
    rule("CP-01", hard_pct=5)
    look()
    price(fund, 130)
    look()
    assert shown() == [("CP-01", "open", "passive", "price or net assets")]
    assert "is 5.2 %" in Breach.objects.get().text
    price(fund, 100)
    outcome = look()
    assert (outcome.closed, shown()[0][1]) == (1, "closed")
    # The entry control is out of the way: what was bought past it is a breach that we caused.
    one = Rule.objects.get(control="CP-01")
    one.active = False
    rules.put(one, None)
    buy(fund, 200)
    one.active = True
    rules.put(one, None)
    look()
    assert shown()[-1] == ("CP-01", "open", "active", "trade")
    books()


def test_a_trade_that_did_not_cause_it_leaves_it_passive(fund: Floor) -> None:
    rule("CP-01", hard_pct=5)
    look()
    buy(fund, 10, "MSFT")
    price(fund, 130)
    look()
    assert shown() == [("CP-01", "open", "passive", "price or net assets")]


def test_a_first_look_at_what_breaches_takes_it_for_ours(fund: Floor) -> None:
    rule("CP-01", hard_pct=3)
    look()
    assert shown() == [("CP-01", "open", "active", "trade")]


def test_a_new_rule_a_rating_and_a_list_are_passive(fund: Floor) -> None:
    look()
    rule("CP-04", hard_pct=3)
    rule("CP-05", floor="BBB-")
    look()
    assert shown() == [("CP-04", "open", "passive", "rule")]
    InstrumentAnalytics.objects.update(ratings={"S&P": "BB"})
    Restriction.objects.create(instrument=fund.instruments["AAPL"], kind="exclusion")
    look()
    assert sorted(shown())[1:] == [("CP-05", "open", "passive", "rating"), ("CP-11", "open", "passive", "list")]


def test_every_subject_is_one_case(fund: Floor) -> None:
    buy(fund, 100, "MSFT")
    rule("CP-07", hard_pct=1)
    rule("PO-05", max_long=50)
    look()
    look()
    abouts = sorted(Breach.objects.values_list("control", "about"))
    account = fund.accounts[0].pk
    keys = sorted(f"account {account} instrument {fund.instruments[name].pk}" for name in ("AAPL", "MSFT"))
    assert abouts == [("CP-07", f"account {account} portfolio"), ("PO-05", keys[0]), ("PO-05", keys[1])]


def test_what_is_not_known_is_a_breach_too(fund: Floor) -> None:
    rule("CP-01", hard_pct=5)
    AccountProfile.objects.update(nav=None)
    look()
    assert [(b.reason_code, b.origin, b.cause) for b in Breach.objects.all()] == [("DATA_MISSING", "passive", "data")]


def test_open_purchases_are_no_part_of_what_is_held(fund: Floor) -> None:
    enter([fund.draft(qty=90)], fund.actor)
    rule("CP-01", hard_pct=4)
    assert look().breaches == 0


def test_a_deadline_is_counted_in_business_days_and_told_when_it_passes(fund: Floor) -> None:
    from settlement.models import Holiday, ReferenceRevision

    Holiday.objects.create(calendar_id="US", day=date(2026, 11, 26))
    ReferenceRevision.objects.update_or_create(pk=1, defaults={"number": 10_000})
    BreachPolicy.objects.create(control="CP-01", cure_days=3)
    rule("CP-01", hard_pct=3)
    look()
    # Monday 23 November: Tuesday, Wednesday, Thanksgiving is none, Friday.
    assert Breach.objects.get().deadline == date(2026, 11, 27)
    assert portfolios.clocks(date(2026, 11, 27), now()) == 0
    assert portfolios.clocks(date(2026, 11, 28), now()) == 1
    assert portfolios.clocks(date(2026, 11, 29), now()) == 0
    assert list(Alert.objects.filter(code="BREACH_OVERDUE").values_list("severity", "desk")) == [(3, fund.desk.pk)]


def test_a_case_is_worked_by_compliance_and_closes_by_itself(fund: Floor, people: Any, books: Any) -> None:
    carla, carl = people
    rule("CP-01", hard_pct=3)
    look()
    assert code(act(Verb.ACKNOWLEDGE, fund.trader)) == "NOT_ALLOWED"
    assert code(act(Verb.NOTE, fund.trader, "we sell tomorrow")) == "open"
    assert code(act(Verb.ACKNOWLEDGE, carla)) == "acknowledged"
    assert code(act(Verb.ASSIGN, carla, owner_id=carl.pk)) == "acknowledged"
    assert code(act(Verb.ASSIGN, carla, owner_id=99)) == "BAD_VALUE"
    assert code(act(Verb.CURE, carla, "")) == "MISSING"
    assert code(act(Verb.CURE, carla, "sell 100 by Friday", version=1)) == "VERSION_CONFLICT"
    assert code(act(Verb.CURE, carla, "sell 100 by Friday")) == "in_cure"
    assert code(act(Verb.CLEAN, carla)) == "NOT_ALLOWED"
    price(fund, 70)
    look()
    one = Breach.objects.get()
    assert (one.state, one.owner, one.version) == ("closed", carl, 6)
    events = list(one.events.values_list("seq", "verb", "actor_name"))
    assert events == [
        (1, "open", "watch"), (2, "note", "tina"), (3, "acknowledge", "carla"), (4, "assign", "carla"),
        (5, "cure", "carla"), (6, "clean", "watch"),
    ]  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        BreachEvent.objects.update(text="never")
    books()


def test_a_waiver_is_another_persons_ends_with_its_day_and_with_what_is_graver(fund: Floor, people: Any) -> None:
    carla, carl = people
    loose = rule("CP-01", soft_pct=3, hard_pct=5)
    look()
    assert code(act(Verb.GRANT_WAIVER, carl, "fine")) == "BREACH_STATE"
    assert code(act(Verb.ASK_WAIVER, carla, "index change", until=TODAY)) == "open"
    assert code(act(Verb.GRANT_WAIVER, carla, "fine")) == "SAME_PERSON"
    assert code(act(Verb.GRANT_WAIVER, carl, "fine")) == "waived"
    look()
    assert Breach.objects.get().state == "waived"
    with pytest.raises(IntegrityError), transaction.atomic():
        Breach.objects.update(waived_by=carla)
    portfolios.clocks(TODAY + timedelta(days=1), now())
    assert Breach.objects.get().state == "open"
    act(Verb.ASK_WAIVER, carl, "index change")
    act(Verb.GRANT_WAIVER, carla, "fine")
    loose.params = {"soft_pct": "3", "hard_pct": "3"}
    rules.put(loose, None)
    look()
    one = Breach.objects.get()
    assert (one.state, one.outcome, one.waived_by, one.waiver_asked_by) == ("open", "hard", None, None)


def test_nobody_acts_on_what_another_desk_has(fund: Floor, people: Any) -> None:
    rule("CP-01", hard_pct=3)
    look()
    stranger = user("stan")
    assert code(act(Verb.NOTE, stranger, "mine?")) == "UNKNOWN_BREACH"


def test_two_persons_at_once_leave_one_chain(fund: Floor, people: Any, books: Any) -> None:
    rule("CP-01", hard_pct=3)
    look()
    answers: list[str] = []

    def press(actor: User) -> None:
        answers.append(code(act(Verb.ACKNOWLEDGE, actor)))
        connection.close()

    threads = [Thread(target=press, args=(one,)) for one in (*people, *people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["BREACH_STATE"] * 3 + ["acknowledged"]
    assert list(BreachEvent.objects.values_list("seq", flat=True)) == [1, 2]
    books()


def test_the_end_of_day_looks_once(fund: Floor) -> None:
    rule("CP-01", hard_pct=3)
    assert (portfolios.due(), PortfolioReview.objects.count()) == (0, 0)
    DayStep.objects.create(date=TODAY, run="end", name="carry_orders", actor="x", done_at=now())
    assert portfolios.due() == 2
    assert (portfolios.due(), PortfolioReview.objects.count()) == (0, 2)
    BusinessDate.objects.update(today=TODAY + timedelta(days=1))
    assert portfolios.due() == 0


def test_the_command_says_what_it_found(fund: Floor, capsys: Any) -> None:
    rule("CP-01", hard_pct=3)
    call_command("review_portfolios", account=["ALPHA"])
    told = capsys.readouterr().out
    assert "1 accounts, 1 breaches, 1 new, 0 over" in told
    assert "CP-01 ALPHA active open: The issuer is 4 %; the limit is 3 %" in told
    with pytest.raises(CommandError, match="UNKNOWN_ACCOUNT"):
        call_command("review_portfolios", account=["NOBODY"])


def test_the_statements_do_not_grow_with_the_holdings(fund: Floor) -> None:
    rule("CP-01", hard_pct=1)
    look()
    counts = []
    for symbol in ("MSFT", "IBM"):
        one = Rule.objects.get()
        one.active = False
        rules.put(one, None)
        buy(fund, 200, symbol)
        one.active = True
        rules.put(one, None)
        with CaptureQueriesContext(connection) as made:
            assert look().opened == 1
        counts.append(len(made))
    assert counts[0] == counts[1]
