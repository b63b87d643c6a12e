"""The kernel of reconciliation: what matches in which pass, what is a break, and what holds whatever comes."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settlement.recon.items import Item, Tolerance, amount
from settlement.recon.matching import PASSES, TYPES, Outcome, reconcile

DAY = date(2026, 11, 24)
CENT = Tolerance(money=Decimal("0.01"))


relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def item(number: Any, reference: str = "", qty: Any = 100, money: Any = 1000, **more: Any) -> Item:
    terms: dict[str, Any] = {"asset": "US0378331005", "side": "receive", "currency": "USD", "day": DAY} | more
    return Item(str(number), reference, qty=Decimal(qty), money=Decimal(money), **terms)


def types(outcome: Outcome) -> list[str]:
    return [one.type for one in outcome.breaks]


def passes(outcome: Outcome) -> list[str]:
    return [one.by for one in outcome.matches]


def test_the_same_reference_and_terms_match_by_name() -> None:
    outcome = reconcile([item(1, "A")], [item(9, "A")])
    assert passes(outcome) == ["id"]
    assert types(outcome) == []


def test_without_a_common_reference_the_attributes_decide() -> None:
    outcome = reconcile([item(1, "A"), item(2, "")], [item(8, "Z"), item(9, "")])
    assert passes(outcome) == ["attributes", "attributes"]


def test_a_cent_is_within_tolerance_and_two_are_not() -> None:
    assert passes(reconcile([item(1, "A")], [item(9, "A", money="1000.01")], CENT)) == ["tolerance"]
    assert types(reconcile([item(1, "A")], [item(9, "A", money="1000.02")], CENT)) == ["cash"]
    assert passes(reconcile([item(1)], [item(9, money="999.99")], CENT)) == ["tolerance"]
    assert types(reconcile([item(1)], [item(9, money="999.98")], CENT)) == ["cash"]


def test_partial_settlements_of_one_instruction_come_to_it() -> None:
    parts = [item(8, "A", 60, 600), item(9, "A", 40, 400)]
    assert passes(reconcile([item(1, "A")], parts)) == ["aggregate"]
    assert passes(reconcile(parts, [item(1, "A")])) == ["aggregate"]


def test_nameless_parts_of_one_day_come_to_one() -> None:
    parts = [item(8, "", 60, 600), item(9, "", 40, 400)]
    assert passes(reconcile([item(1)], parts)) == ["aggregate"]
    other_day = [item(8, "", 60, 600), item(9, "", 40, 400, day=DAY + timedelta(1))]
    assert set(types(reconcile([item(1)], other_day))) >= {"missing_ours"}


@pytest.mark.parametrize(
    ("kind", "theirs", "apart"),
    [
        ("qty", {"qty": 90}, "-10"),
        ("price", {"price": Decimal("1.5")}, "1.5"),
        ("cash", {"money": "1000.5"}, "0.5"),
        ("date", {"day": DAY + timedelta(2)}, "2"),
        ("currency", {"currency": "EUR"}, None),
        ("ssi", {"place": "DTCYUS33"}, None),
    ],
)
@pytest.mark.parametrize("reference", ["A", ""])
def test_each_difference_has_its_type(kind: str, theirs: dict[str, Any], apart: str | None, reference: str) -> None:
    (broken,) = reconcile([item(1, reference)], [item(9, reference, **theirs)]).breaks
    assert broken.type == kind
    found = amount(broken.type, broken.ours, broken.theirs)
    assert found == (None if apart is None else Decimal(apart))


def test_what_one_side_lacks_is_missing_there() -> None:
    (broken,) = reconcile([item(1, "A")], []).breaks
    assert (broken.type, amount(broken.type, broken.ours, broken.theirs)) == ("missing_theirs", Decimal(-100))
    (broken,) = reconcile([], [item(1, "A")]).breaks
    assert (broken.type, amount(broken.type, broken.ours, broken.theirs)) == ("missing_ours", Decimal(100))


def test_a_thing_told_twice_is_a_duplicate() -> None:
    outcome = reconcile([item(1, "A")], [item(8, "A"), item(9, "A")])
    assert (passes(outcome), types(outcome)) == (["id"], ["duplicate"])


def test_another_security_under_our_reference_is_missing_on_both_sides() -> None:
    outcome = reconcile([item(1, "A")], [item(9, "A", asset="US5949181045")])
    assert sorted(types(outcome)) == ["missing_ours", "missing_theirs"]


def test_a_name_both_know_is_not_matched_with_another_of_the_same_terms() -> None:
    """What was swapped between two references is two breaks, not two matches."""
    outcome = reconcile([item(1, "A", 100), item(2, "B", 90)], [item(8, "A", 90), item(9, "B", 100)])
    assert types(outcome) == ["qty", "qty"]


days = st.sampled_from([DAY, DAY + timedelta(1), DAY + timedelta(2)])
some = st.builds(
    Item,
    id=st.just(""),
    reference=st.sampled_from(["", "A", "B", "C"]),
    asset=st.sampled_from(["US0378331005", "US5949181045"]),
    side=st.sampled_from(["receive", "deliver"]),
    qty=st.sampled_from([Decimal(n) for n in (0, 10, 20, 30)]),
    price=st.sampled_from([Decimal(0), Decimal(5)]),
    money=st.sampled_from([Decimal(n) for n in ("0", "10", "10.01", "20.01", "30")]),
    currency=st.sampled_from(["USD", "EUR"]),
    day=days,
    place=st.sampled_from(["", "DTCYUS33"]),
)


def numbered(items: list[Item]) -> list[Item]:
    return [one._replace(id=str(number)) for number, one in enumerate(items)]


lots = st.lists(some, max_size=14).map(numbered)
tolerances = st.sampled_from([Tolerance(), CENT, Tolerance(Decimal(10), Decimal(5), Decimal(10), 1)])


@relaxed
@given(lots, lots, tolerances)
def test_every_item_ends_once_and_sums_are_kept(ours: list[Item], theirs: list[Item], within: Tolerance) -> None:
    outcome = reconcile(ours, theirs, within)
    for side, given_ in (("ours", ours), ("theirs", theirs)):
        ended = [one for match in outcome.matches for one in getattr(match, side)]
        ended += [one for broken in outcome.breaks if (one := getattr(broken, side)) is not None]
        assert Counter(ended) == Counter(given_)
        assert sum(one.qty for one in ended) == sum(one.qty for one in given_)
        assert sum(one.money for one in ended) == sum(one.money for one in given_)
    assert {match.by for match in outcome.matches} <= set(PASSES)
    assert {broken.type for broken in outcome.breaks} <= set(TYPES)
    assert sum(outcome.counts().values()) >= len(outcome.matches)


@relaxed
@given(lots, lots, tolerances, st.randoms())
def test_the_order_of_items_does_not_matter(
    ours: list[Item], theirs: list[Item], within: Tolerance, chance: Any
) -> None:
    expected = reconcile(ours, theirs, within)
    shuffled, other = (chance.sample(side, len(side)) for side in (ours, theirs))
    assert reconcile(shuffled, other, within) == expected


@relaxed
@given(lots)
def test_a_copy_matches_wholly(ours: list[Item]) -> None:
    outcome = reconcile(ours, [one._replace(id=f"t{one.id}") for one in ours])
    assert outcome.breaks == []
    assert sum(len(match.ours) for match in outcome.matches) == len(ours)


CHANGES: dict[str, Callable[[Item], list[Item]]] = {
    "qty": lambda one: [one._replace(qty=one.qty + 1)],
    "price": lambda one: [one._replace(price=one.price + 1)],
    "cash": lambda one: [one._replace(money=one.money + 1)],
    "date": lambda one: [one._replace(day=one.day + timedelta(7))],
    "currency": lambda one: [one._replace(currency="JPY")],
    "ssi": lambda one: [one._replace(place="CRSTGB22")],
    "missing_theirs": lambda one: [],
    "duplicate": lambda one: [one, one._replace(id=f"again{one.id}")],
}


@relaxed
@given(st.lists(some, max_size=12).map(numbered), st.data())
def test_a_perturbed_copy_has_exactly_the_perturbed_breaks(items: list[Item], data: Any) -> None:
    """Each item under a reference of its own, as instructions and executions have them."""
    ours = [one._replace(reference=f"R{one.id}") for one in items]
    kinds = [data.draw(st.sampled_from(["", *CHANGES])) for _ in ours]
    theirs = [copy for one, kind in zip(ours, kinds, strict=True) for copy in (CHANGES[kind](one) if kind else [one])]
    outcome = reconcile(ours, theirs)
    found = {(one.ours or one.theirs).reference: one.type for one in outcome.breaks}  # type: ignore[union-attr]
    expected = {one.reference: kind for one, kind in zip(ours, kinds, strict=True) if kind}
    assert found == expected
    assert len(outcome.breaks) == len(expected)


def test_twice_the_items_take_about_twice_the_steps() -> None:
    """Steps are counted, not seconds: a quadratic pass would take sixteen times as many for four times the items."""

    def steps(size: int) -> int:
        ours = [item(n, f"R{n % (size // 2)}" if n % 3 else "", n % 97, n) for n in range(size)]
        theirs = [one._replace(qty=one.qty + (n % 5 == 0)) for n, one in enumerate(ours)]
        count = 0

        def note(frame: Any, event: str, argument: Any) -> None:
            nonlocal count
            count += 1

        sys.setprofile(note)
        try:
            reconcile(ours, theirs, CENT)
        finally:
            sys.setprofile(None)
        return count

    assert steps(8_000) < 5 * steps(2_000)
