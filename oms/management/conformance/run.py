"""Read a case file, run every case of every kind in it, and count."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from oms.management.conformance import books, controls, dates_and_money, exdates
from oms.management.conformance.compare import NotSupported, Tolerances, differences

Case = Mapping[str, Any]
Runner = Callable[[Case], tuple[Mapping[str, Any], Mapping[str, Any]]]

# Order state changes, which need the database and an acceptor.
SCENARIOS = "scenarios"
# What the files' own conventions allow a number to differ by.
PER_100 = {"accrued_per_100": Decimal("1e-8")}
MONEY = {"": Decimal("1e-6")}

KINDS: dict[str, tuple[Runner, Tolerances]] = {
    "settlement": (dates_and_money.settlement_date, {}),
    "accrued": (dates_and_money.accrued_interest, PER_100),
    "positions": (books.position, MONEY),
    "identifiers": (books.identifier, {}),
    "risk": (controls.control, MONEY),
    "fees": (dates_and_money.fee, {}),
    "order_adjustments": (exdates.order_adjustment, {}),
}


@dataclass
class Tally:
    """The cases of one kind."""

    passed: int = 0
    failures: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)


def run(path: Path) -> dict[str, Tally]:
    """A tally of each kind in the file, in its order. A case that breaks the code has failed."""
    content = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    tallies: dict[str, Tally] = {}
    for kind, cases in _kinds(content):
        tally = tallies[kind] = Tally()
        if kind == SCENARIOS:
            from oms.management.conformance.matrices.both import each

            each(cases, lambda name, play, tally=tally: _run({"id": name}, lambda _: play(), {}, tally))  # type: ignore[misc]
            continue
        runner, tolerances = KINDS.get(kind, (_unknown, {}))
        for case in cases:
            _run(case, runner, tolerances, tally)
    return tallies


def _run(case: Case, runner: Runner, tolerances: Tolerances, tally: Tally) -> None:
    name = str(case.get("id", "case without id"))
    try:
        found = differences(*runner(case), tolerances)
    except NotSupported as why:
        tally.unsupported.append(f"{name}: {why}")
    except Exception as error:
        tally.failures.append(f"{name}: {type(error).__name__}: {error}")
    else:
        if found:
            tally.failures.append(f"{name}: " + "; ".join(found))
        else:
            tally.passed += 1


def _kinds(content: Mapping[str, Any]) -> Iterator[tuple[str, list[Case]]]:
    """Every list of cases in the file: a list of objects. What surrounds them is text and counts."""
    for kind, cases in content.items():
        if isinstance(cases, list) and cases and all(isinstance(case, dict) for case in cases):
            yield kind, cases


def _unknown(_case: Case) -> Any:
    raise NotSupported("this kind of case")
