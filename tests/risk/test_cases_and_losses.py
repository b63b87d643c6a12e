"""The life of a breach and the levels of a loss as pure functions: whatever is done, in whatever order, these hold."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.base.refusal import Refusal
from orders.vocabulary import Role
from risk import dayresult
from risk.caselife import LIVE, MAY, SYSTEM, TABLE, Case, State, Verb, Who, seen, step
from risk.dayresult import Open, Traded
from risk.losslevels import LEVELLED, LossAction, due, faults, reached, strongest
from risk.parts import Results
from risk.result import Outcome

CARLA, CARL = Who(1, "carla", Role.COMPLIANCE), Who(2, "carl", Role.COMPLIANCE)
TINA = Who(3, "tina", Role.TRADER)
PEOPLE = [CARLA, CARL, TINA, Who(4, "olga", Role.OPERATIONS), Who(5, "anna", Role.AUDITOR), SYSTEM]
verbs, states, people = st.sampled_from(list(Verb)), st.sampled_from(list(State)), st.sampled_from(PEOPLE)
money = st.decimals(-(10**9), 10**9, places=2)


@pytest.mark.parametrize(
    ("state", "verb", "after"),
    [
        (State.OPEN, Verb.ACKNOWLEDGE, State.ACKNOWLEDGED),
        (State.ACKNOWLEDGED, Verb.CURE, State.IN_CURE),
        (State.IN_CURE, Verb.ASSIGN, State.IN_CURE),
        (State.CLOSED, Verb.NOTE, State.CLOSED),
    ],
)
def test_what_compliance_does(state: State, verb: Verb, after: State) -> None:
    assert step(Case(state), verb, CARLA, "why") == after


def test_a_waiver_needs_two() -> None:
    asked = Case(State.OPEN, CARLA.user_id)
    assert step(Case(State.OPEN), Verb.GRANT_WAIVER, CARL, "why").code == "BREACH_STATE"  # type: ignore[union-attr]
    assert step(asked, Verb.GRANT_WAIVER, CARLA, "why").code == "SAME_PERSON"  # type: ignore[union-attr]
    assert step(asked, Verb.GRANT_WAIVER, TINA, "why").code == "NOT_ALLOWED"  # type: ignore[union-attr]
    assert step(asked, Verb.GRANT_WAIVER, CARL, " ").code == "MISSING"  # type: ignore[union-attr]
    assert step(asked, Verb.GRANT_WAIVER, CARL, "why") == State.WAIVED


@given(st.lists(st.tuples(verbs, people, st.sampled_from(["", "why"])), max_size=30))
def test_whatever_is_tried_the_case_stays_in_order(tries: list[tuple[Verb, Who, str]]) -> None:
    case = Case(State.OPEN)
    for verb, who, text in tries:
        after = step(case, verb, who, text)
        if isinstance(after, Refusal):
            continue
        assert who.is_system == (verb not in MAY)
        assert after == TABLE[verb][case.state]
        # Nobody closes a breach but the system, and only as it holds again.
        assert (after == State.CLOSED) == (verb is Verb.CLEAN or (case.state is State.CLOSED and verb is Verb.NOTE))
        if verb is Verb.GRANT_WAIVER:
            assert case.waiver_asked_by not in (None, who.user_id)
        asked = who.user_id if verb is Verb.ASK_WAIVER else case.waiver_asked_by
        cleared = verb in (Verb.REFUSE_WAIVER, Verb.WORSEN, Verb.REOPEN)
        case = Case(after, None if cleared else asked)


@given(states, st.sampled_from(list(Outcome)), st.sampled_from(list(Outcome)))
def test_what_gets_graver_is_open_again(state: State, before: Outcome, now: Outcome) -> None:
    verb = seen(state, before, now)
    if verb is None:
        assert state in LIVE
        assert before == now
    else:
        after = step(Case(state), verb, SYSTEM)
        assert after == (state if verb is Verb.EASE else State.OPEN)


@given(st.lists(st.one_of(st.none(), st.integers(-5, 20).map(Decimal)), min_size=4, max_size=4))
def test_levels_rise_or_are_refused(given_levels: list[Decimal | None]) -> None:
    levels = dict(zip(LEVELLED, given_levels, strict=True))
    known = [level for level in given_levels if level is not None]
    right = bool(known) and all(level > 0 for level in known) and all(a < b for a, b in pairwise(known))
    assert (faults(levels) == []) == right


@given(st.lists(money, max_size=20))
def test_an_action_stays_for_the_day_and_comes_once(results: list[Decimal]) -> None:
    levels = {action: Decimal(100 * 10**rank) for rank, action in enumerate(LEVELLED)}
    engaged: list[LossAction] = []
    for result in results:
        fresh = due(levels, result, engaged)
        assert not set(fresh) & set(engaged)
        engaged += fresh
        lowest = min(results[: results.index(result) + 1])
        assert set(reached(levels, lowest)) <= set(engaged)
    assert strongest(engaged) == strongest(reached(levels, min(results, default=Decimal(0))))


def test_exactly_the_level_is_reached_and_the_unknown_is_no_profit() -> None:
    levels = {LossAction.REDUCE_ONLY: Decimal(250_000)}
    assert due(levels, Decimal("-249999.99"), ()) == []
    assert due(levels, Decimal(-250_000), ()) == [LossAction.REDUCE_ONLY]
    assert due(levels, None, ()) == [LossAction.UNKNOWN]
    assert due(levels, None, [LossAction.UNKNOWN]) == []


def test_a_day_begins_with_what_was_made_before() -> None:
    held = Open(Decimal(100), Decimal(90), Decimal(50), Decimal(1))
    assert dayresult.since(held, Decimal(95), Decimal(50), Decimal(1000)) == Results(Decimal(0), Decimal(-500))
    assert dayresult.since(held, None, Decimal(50), Decimal(1000)).unrealised is None
    assert dayresult.since(held, Decimal(95), Decimal(50), None).unrealised is None
    assert dayresult.since(held._replace(qty=Decimal(0)), None, Decimal(0), Decimal(0)) == Results(50, 0)


@given(*[st.integers(0, 1000).map(Decimal)] * 2, *[st.integers(1, 1000).map(Decimal)] * 3)
def test_realised_and_unrealised_are_cash_and_what_is_left(
    bought: Decimal, sold: Decimal, paid: Decimal, got: Decimal, mark: Decimal
) -> None:
    traded = Traded(bought, bought * paid, sold, sold * got)
    result = dayresult.whole(dayresult.of_trades(traded, mark, Decimal(1)))
    assert result is not None
    assert abs(result - (sold * got - bought * paid + (bought - sold) * mark)) < Decimal("0.0001")


@given(st.lists(st.tuples(money, money), max_size=8))
def test_one_part_that_nobody_knows_makes_the_whole_unknown(parts: list[tuple[Decimal, Decimal]]) -> None:
    known = [(Results(*part), Decimal(1)) for part in parts]
    assert dayresult.whole(dayresult.total(known)) == sum((a + b for a, b in parts), Decimal(0))
    assert dayresult.whole(dayresult.total([*known, (Results(Decimal(1), Decimal(1)), None)])) is None
