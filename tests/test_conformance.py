"""The conformance command: every case is run, a wrong expectation fails, what is not built is not counted."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

RIGHT: dict[str, list[dict[str, Any]]] = {
    "settlement": [
        {"market": "US", "asset": "equity", "trade_date": "2026-11-25", "settle_date": "2026-11-27", "cycle": "T+1"},
        {
            "market": "FX", "asset": "fx_spot", "pair": "EURUSD", "trade_date": "2026-10-09",
            "settle_date": "2026-10-13", "cycle": "T+2", "settlement_calendar": "EUR+USD+USD",
        },
    ],
    "accrued": [
        {
            "day_count": "30E/360", "coupon_pct": 4.0, "frequency": 1, "maturity_date": "2034-05-31",
            "period_start": "2026-05-31", "period_end": "2027-05-31", "settle_date": "2026-12-31", "face": 500000,
            "expected": {"accrued_days": 210, "accrued_per_100": "2.3333333333", "accrued_amount": "11666.67"},
        },
    ],
    "positions": [
        {
            "events": [
                {"type": "fill", "side": "buy", "qty": "11", "price": "100", "fee": "1"},
                {"type": "split", "new": 3, "old": 2, "cash_in_lieu_price": "70"},
                {"type": "cash_dividend", "per_share": "0.5"},
                {"type": "fill", "side": "sell", "qty": "20", "price": "60", "fee": "2"},
            ],
            "mark": "63",
            "expected": {
                "qty": "-4", "avg_cost": "60", "fees": "3", "dividends": "8",
                "fifo_lots": [{"qty": "-4", "price": "60"}],
                "realised_gross": "-105", "realised_net": "-108", "fifo_realised_gross": "-105", "unrealised": "-12",
                "total_gross": "-117", "net_cash": "140",
            },
            "expected_steps": [
                {"qty": "11", "avg_cost": "100"}, {"qty": "16", "avg_cost": "66.666667"},
                {"qty": "16", "avg_cost": "66.666667", "dividends": "8"}, {"qty": "-4", "avg_cost": "60"},
            ],
        },
    ],
    "identifiers": [
        {"scheme": "ISIN", "value": "US0378331005", "valid": True},
        {"scheme": "BIC", "value": "DEUTZZFF", "valid": False},
    ],
    "risk": [
        {
            "control": "PT-19", "params": {"max_long": 1000, "max_short": 500},
            "order": {"side": "sell", "qty": 100, "limit_price": "10"},
            "context": {"position": -300, "open_buy": 0, "open_sell": 100},
            "expected": {"decision": "PASS", "measured": "-500"},
        },
        {
            "control": "PT-03", "params": {"aggressive_hard_pct": "3", "max_age_s": "30"},
            "order": {"side": "buy", "qty": 1, "limit_price": "100"},
            "context": {"reference_price": "100", "reference_age_s": 31},
            "expected": {"decision": "REJECT"},
        },
        {
            "control": "CP-05", "params": {"floor": "BBB-", "unrated": "WARN"}, "order": {},
            "context": {"ratings": ["NR"]}, "expected": {"decision": "WARN", "measured": None},
        },
        {
            "control": "PT-01", "params": {"hard": 10}, "order": {"side": "buy", "qty": "NaN"},
            "expected": {"decision": "REJECT", "measured": None},
        },
    ],
    "fees": [
        {
            "kind": "taf", "inputs": {"side": "sell", "qty": 60000, "rate": "0.000166", "cap": "8.30"},
            "expected": "8.30",
        },
    ],
}  # fmt: skip
COUNT = sum(len(cases) for cases in RIGHT.values())


def wrong(case: dict[str, Any]) -> dict[str, Any]:
    """The same case, expecting something else."""
    if "settle_date" in case and "day_count" not in case:
        return case | {"settle_date": "2026-11-30"}
    if "valid" in case:
        return case | {"valid": not case["valid"]}
    if isinstance(case["expected"], str):
        return case | {"expected": "8.31"}
    name, value = next(iter(case["expected"].items()))
    return case | {"expected": case["expected"] | {name: "PASS" if value != "PASS" else "WARN"}}


@pytest.fixture
def run(tmp_path: Any) -> Any:
    """Run the command on a file of ``cases``; answer the lines it printed and its exit code."""

    def run(cases: dict[str, Any]) -> tuple[list[str], int]:
        path, out = tmp_path / "cases.json", StringIO()
        path.write_text(json.dumps(cases))
        try:
            call_command("conformance", str(path), stdout=out)
        except SystemExit as end:
            return out.getvalue().splitlines(), int(end.code or 0)
        return out.getvalue().splitlines(), 0

    return run


def numbered(cases: dict[str, list[dict[str, Any]]], change: Any = dict) -> dict[str, Any]:
    return {
        kind: [{"id": f"{kind}-{n}", **change(case)} for n, case in enumerate(some)] for kind, some in cases.items()
    }


def test_right_cases_pass(run):
    lines, code = run({"title": "Cases", "counts": {"risk": 4}} | numbered(RIGHT))
    assert lines[-1] == f"{COUNT} passed, 0 failed"
    assert "risk: 4 passed, 0 failed, 0 not yet supported" in lines
    assert code == 0


def test_every_wrong_expectation_fails(run):
    lines, code = run(numbered(RIGHT, wrong))
    assert lines[-1] == f"0 passed, {COUNT} failed"
    assert len([line for line in lines if line.startswith("FAILED ")]) == COUNT
    assert "FAILED identifiers identifiers-0: valid: expected False, actual True" in lines
    assert code == 1


def test_a_wrong_step_fails_though_the_end_is_right(run):
    case = RIGHT["positions"][0]
    steps = [*case["expected_steps"]]
    steps[1] = {"qty": "17"}
    lines, code = run({"positions": [{"id": "P", **case, "expected_steps": steps}]})
    assert (lines[-1], code) == ("0 passed, 1 failed", 1)


def test_what_is_not_built_is_neither_passed_nor_failed(run):
    cases = {
        "adjustments": [{"id": "A.1.a", "steps": []}],
        "risk": [{"id": "X", "control": "ZZ-99", "expected": {"decision": "PASS"}}],
        "settlement": [
            {"id": "S", "market": "Atlantis", "asset": "equity", "trade_date": "2026-01-05", "settle_date": "x"}
        ],
        "fees": RIGHT["fees"],
    }
    lines, code = run(cases)
    assert lines[-2:] == ["3 not yet supported, counted as neither passed nor failed", "1 passed, 0 failed"]
    assert "adjustments: 0 passed, 0 failed, 1 not yet supported" in lines
    assert code == 0


def test_a_case_that_breaks_the_code_has_failed_and_the_next_one_is_run(run):
    lines, code = run({"fees": [{"id": "F", "kind": "taf"}, *RIGHT["fees"]]})
    assert (lines[-1], code) == ("1 passed, 1 failed", 1)
    assert lines[0].startswith("FAILED fees F: KeyError")


def test_a_file_without_cases_is_an_error(run, tmp_path):
    with pytest.raises(CommandError, match="no list of cases"):
        run({"title": "nothing"})
    with pytest.raises(CommandError):
        call_command("conformance", str(tmp_path / "missing.json"))
