"""What corporate actions do to a holder: worked cases, and what must hold whatever the terms."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.actions.effects import Held, Move, Terms, effects
from settlement.actions.kinds import Kind, faults

D = Decimal
ACME, NEWCO = 1, 2


def move(
    kind: str, qty: Any = 0, px: Any = None, money: Any = 0, of: int = ACME, new: Any = None, old: Any = None
) -> Move:
    return Move(of, kind, D(qty), *(None if one is None else D(one) for one in (px, money, new, old)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("terms", "qty", "cost", "expected"), [
    (Terms("cash_dividend", ACME, D("0.50")), 100, 20, [move("dividend", money="50.00")]),
    (Terms("cash_dividend", ACME, D("0.50")), -40, 20, [move("dividend", money="-20.00")]),
    (Terms("coupon", ACME, D("2.625"), face=D("0.01")), 1_000_000, 99, [move("coupon", money="26250.00")]),
    (Terms("split", ACME, new=D(2)), 100, 20, [move("split", 100, new=2, old=1)]),
    (Terms("split", ACME, new=D(3), old=D(2), in_lieu_px=D(70)), 11, 100,
     [move("split", "5.5", new=3, old=2), move("cash_in_lieu", "-0.5", 70, "35.00")]),
    (Terms("split", ACME, new=D(3), old=D(2), in_lieu_px=D(70)), -11, 100,
     [move("split", "-5.5", new=3, old=2), move("cash_in_lieu", "0.5", 70, "-35.00")]),
    (Terms("reverse_split", ACME, old=D(10)), 105, 2, [move("split", "-94.5", new=1, old=10)]),
    (Terms("reverse_split", ACME, old=D(10), in_lieu_px=D(20)), 105, 2,
     [move("split", "-94.5", new=1, old=10), move("cash_in_lieu", "-0.5", 20, "10.00")]),
    (Terms("merger", ACME, D(60)), 100, 20, [move("merger", -100, 60, "6000.00")]),
    (Terms("merger", ACME, new=D(1), old=D(2), into_id=NEWCO), 100, 20,
     [move("merger", -100, 20), move("merger", 50, 40, of=NEWCO)]),
    # Cash comes out of cost first; what is beyond it is gained.
    (Terms("merger", ACME, D(5), into_id=NEWCO), 100, 20,
     [move("merger", -100, 20, "500.00"), move("merger", 100, 15, of=NEWCO)]),
    (Terms("merger", ACME, D(25), into_id=NEWCO), 100, 20,
     [move("merger", -100, 25, "2500.00"), move("merger", 100, 0, of=NEWCO)]),
    (Terms("spin_off", ACME, new=D(1), old=D(4), pct=D(20), into_id=NEWCO), 100, 50,
     [move("spin_off", new=100, old=80), move("spin_off", 25, 40, of=NEWCO)]),
    (Terms("rights", ACME, new=D(1), old=D(5), into_id=NEWCO, in_lieu_px=D(3)), 101, 50,
     [move("spin_off", "20.2", 0, of=NEWCO), move("cash_in_lieu", "-0.2", 3, "0.60", of=NEWCO)]),
    (Terms("call", ACME, D("101.5"), pct=D(25), face=D("0.01")), 1_000, 99, [move("call", -250, "101.5", "253.75")]),
    (Terms("maturity", ACME, D(100), face=D("0.01")), 1_000, 99, [move("maturity", -1_000, 100, "1000.00")]),
    (Terms("symbol_change", ACME), 1_000, 99, []),
    (Terms("cash_dividend", ACME, D("0.50")), 0, 0, []),
    # A currency without cents is paid without them.
    (Terms("cash_dividend", ACME, D("7.5"), unit=D(1)), 101, 0, [move("dividend", money=758)]),
])  # fmt: skip
def test_a_holder_gets(terms: Terms, qty: int, cost: int, expected: list[Move]) -> None:
    assert effects(terms, Held(1, D(qty), D(cost))) == expected


@given(
    st.sampled_from(["split", "reverse_split"]), st.integers(1, 50), st.integers(1, 50), st.integers(-10_000, 10_000)
)
def test_a_split_leaves_whole_shares_where_fractions_are_paid(kind: str, new: int, old: int, qty: int) -> None:
    moves = effects(Terms(kind, ACME, new=D(new), old=D(old), in_lieu_px=D(1)), Held(1, D(qty)))
    after = qty + sum((one.qty for one in moves), D(0))
    assert after == int(after)
    assert abs(after) <= abs(D(qty) * new / old) + D("1e-8")


@given(st.integers(1, 10_000), st.integers(1, 99), st.integers(1, 20), st.integers(1, 20), st.integers(1, 500))
def test_a_spin_off_moves_cost_and_makes_none(qty: int, pct: int, new: int, old: int, cost: int) -> None:
    terms = Terms("spin_off", ACME, new=D(new), old=D(old), pct=D(pct), into_id=NEWCO)
    kept, given_ = effects(terms, Held(1, D(qty), D(cost)))
    assert kept.factor_new
    assert kept.factor_old
    assert given_.px is not None
    before, after = D(qty) * cost, D(qty) * cost * kept.factor_old / kept.factor_new + given_.qty * given_.px
    assert abs(before - after) < D("0.01")


@pytest.mark.parametrize(("kind", "said", "field"), [
    ("cash_dividend", {}, "amount"), ("cash_dividend", {"amount": D(-1)}, "amount"),
    ("cash_dividend", {"amount": D(1), "new": D(2)}, "new"), ("split", {"new": D(1), "old": D(2)}, "new"),
    ("reverse_split", {"new": D(2), "old": D(1)}, "new"), ("symbol_change", {}, "symbol"), ("merger", {}, "into"),
    ("merger", {"into": 2}, "new"), ("spin_off", {"into": 2, "new": D(1), "old": D(1), "pct": D(100)}, "pct"),
    ("spin_off", {"into": 2, "new": D(1), "old": D(1)}, "pct"), ("call", {"amount": D(1), "pct": D(101)}, "pct"),
    ("gift", {}, "kind"),
])  # fmt: skip
def test_terms_that_make_no_sense(kind: str, said: dict[str, Any], field: str) -> None:
    assert field in [refusal.field for refusal in faults(kind, said)]


def test_every_kind_has_terms_that_do() -> None:
    told: dict[str, Any] = {"amount": D(1), "new": D(2), "old": D(1), "into": 2, "pct": D(10), "symbol": "NEW"}
    from settlement.actions.kinds import SAYS

    for kind in Kind:
        said = {name: told[name] for name in sorted(SAYS[kind].needs)}
        extra: dict[str, Any] = {
            "symbol_change": {"symbol": "N"},
            "merger": {"amount": D(1)},
            "reverse_split": {"new": D(1), "old": D(2)},
        }
        assert list(faults(kind, said | extra.get(kind, {}))) == []
