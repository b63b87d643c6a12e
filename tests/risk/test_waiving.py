"""What may be waived, by whom, and the hash that binds a grant: pure, with numbers nobody thought of."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk import params
from risk.controls import CATALOGUE
from risk.controls.brakes import WAIVABLE
from risk.result import Outcome
from risk.verdict import decide
from risk.waiving import Granted, State, Way, bound, hash_of, objection
from tests.risk.plain import AT, BUY, facts, rule, terms

QTYS = st.decimals("0.0001", "100000000", places=4)
LATER = AT + timedelta(minutes=15)
CHANGES: dict[str, Any] = {
    "account_id": 11, "instrument_id": 31, "entered_by_id": 41, "side": "sell", "ord_type": "stop_limit",
    "price": Decimal("100.01"), "stop_px": Decimal(99), "time_in_force": "ioc", "exec_inst": "do_not_increase",
    "peg_price_type": "primary", "strategy": "vwap", "also": "max_floor=10",
}  # fmt: skip


def grant(order: Any = BUY, **changes: Any) -> Granted:
    """An override of the order's terms, granted by 2, asked for by 1, for whatever PT-01 objects to."""
    whole = Granted(5, State.GRANTED, Way.SECOND_PERSON, frozenset({"PT-01"}), hash_of(order), 1, 40, 2, LATER)
    return replace(whole, **changes)


def size(**raw: str) -> Any:
    return rule("PT-01", {"soft": "10", **raw})


def four_eyes(**raw: str) -> Any:
    return rule("PT-36", {"from_value": "0", **raw}, number=2)


def judged(order: Any, *rules: Any, override: Granted | None = None) -> Any:
    known = facts(*rules)
    if override:
        order, known = replace(order, override_id=override.id), replace(known, overrides={override.id: override})
    [verdict] = decide([order], known, AT)
    return verdict


@given(QTYS, st.sampled_from(sorted(CHANGES)))
def test_any_other_term_is_another_hash(qty: Decimal, name: str) -> None:
    order = terms(qty)
    assert hash_of(order) == hash_of(replace(order, order_qty=qty.normalize())), "how a number is written is no term"
    assert hash_of(order) != hash_of(replace(order, **{name: CHANGES[name]}))
    assert hash_of(order) != hash_of(replace(order, order_qty=qty + Decimal("0.0001")))
    assert hash_of(order) == hash_of(replace(order, order_id=99, acknowledge_soft=True, override_id=7))


def test_an_amendment_is_bound_to_its_order_and_to_the_price_it_had() -> None:
    amended = terms(60, open_before=Decimal(40), price_before=Decimal(99))
    assert bound(amended)["order_id"] == "1"
    assert len({hash_of(one) for one in (amended, terms(60), replace(amended, order_id=2),
                                         replace(amended, price_before=Decimal(98)))}) == 4  # fmt: skip


@given(st.integers(1, 1_000_000).map(Decimal), st.booleans())
def test_above_the_level_no_reason_is_enough_and_below_it_one_is(qty: Decimal, acknowledged: bool) -> None:
    order = terms(qty, acknowledge_soft=acknowledged, acknowledge_reason="yes" if acknowledged else "")
    verdict = judged(order, size(), four_eyes(from_value="5000"))
    warned, large = qty > 10, qty * 100 >= 5000
    assert verdict.accepted == (not warned or (acknowledged and not large))
    assert verdict.way == ("" if verdict.accepted else Way.SECOND_PERSON if large else Way.REASON)


def test_a_grant_lets_through_what_it_was_given_for_and_nothing_else() -> None:
    assert judged(BUY, size(), four_eyes(), override=grant()).basis == "override"
    value = rule("PT-02", {"soft": "5000"}, number=3)
    assert not judged(BUY, size(), value, four_eyes(), override=grant()).accepted
    hard = judged(BUY, rule("PT-01", {"hard": "10"}), four_eyes(), override=grant())
    assert (hard.accepted, hard.way) == (False, Way.NONE)


def test_a_refusal_is_waived_by_the_designated_path_alone() -> None:
    hard, path = rule("PT-01", {"hard": "10"}), four_eyes(waives="PT-01 PT-02")
    assert judged(terms(100, acknowledge_soft=True, acknowledge_reason="I want to"), hard, path).way == Way.DESIGNATED
    assert not judged(BUY, hard, path, override=grant()).accepted
    assert judged(BUY, hard, path, override=grant(way=Way.DESIGNATED)).basis == "override"


@pytest.mark.parametrize("control", sorted(CATALOGUE.keys() - WAIVABLE))
def test_what_may_never_be_waived_cannot_be_configured_to_be(control: str) -> None:
    with pytest.raises(params.ParamError, match="may never be waived"):
        params.read(CATALOGUE["PT-36"].params, {"waives": control})


def test_what_is_not_known_cannot_be_waived() -> None:
    blind = rule("PT-02", {"soft": "1", "currency": "EUR"}, number=3)
    verdict = judged(BUY, size(), blind, four_eyes(waives="PT-02"))
    assert (verdict.outcome, verdict.way) == (Outcome.HARD, Way.NONE)


def test_a_rule_of_four_eyes_that_cannot_be_read_lets_nobody_through() -> None:
    broken = rule("PT-36", {"from_value": "many"}, number=2)
    order = terms(100, acknowledge_soft=True, acknowledge_reason="yes")
    verdict = judged(order, size(), broken, override=grant(order))
    assert (verdict.accepted, verdict.way) == (False, Way.NONE)


def test_a_dry_run_is_recorded_and_stands_in_nobodys_way() -> None:
    dry = rule("PT-36", {"from_value": "0"}, number=2, dry_run=True)
    verdict = judged(terms(100, acknowledge_soft=True, acknowledge_reason="yes"), size(), dry)
    assert (verdict.accepted, verdict.findings[-1].result.reason_code) == (True, "SECOND_PERSON")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"state": "asked"}, "OVERRIDE_PENDING"),
        ({"state": "refused"}, "OVERRIDE_REFUSED"),
        ({"state": "used"}, "OVERRIDE_USED"),
        ({"state": "expired"}, "OVERRIDE_EXPIRED"),
        ({"expires_at": AT}, "OVERRIDE_EXPIRED"),
        ({"expires_at": AT + timedelta(microseconds=1)}, None),
        ({"terms_hash": "0" * 64}, "OVERRIDE_TERMS"),
        ({"approver": 1}, "SELF_APPROVAL"),
        ({"approver": 40}, "SELF_APPROVAL"),
        ({"approver": None}, "SELF_APPROVAL"),
    ],
)
def test_why_a_grant_is_no_use(changes: dict[str, Any], code: str | None) -> None:
    refusal = objection(grant(**changes), BUY, AT)
    assert (refusal and refusal.code) == code
    order = replace(BUY, override_id=5)
    assert judged(order, size(), four_eyes(), override=grant(**changes)).accepted == (code is None)
