"""What was found of an order: by one rule, or by several that measure alike, as one. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from risk.controls import CATALOGUE
from risk.family import Family
from risk.known import Scoped
from risk.result import Number, Outcome, Result
from risk.room import Bound

_SILENT = frozenset(control.id for control in CATALOGUE.values() if control.silent)


class Finding(NamedTuple):
    """One rule's result, or that of a row of the table of limits (``row``).

    Both are None for a control that watches every order without a rule.
    """

    result: Result
    rule: Scoped | None = None
    row: Bound | None = None

    @property
    def enforced(self) -> bool:
        """A dry run is recorded and stands in nobody's way."""
        return (self.rule is None or not self.rule.dry_run) and not self.silent

    @property
    def silent(self) -> bool:
        """For Compliance alone: it counts for nothing and is shown to nobody else."""
        return self.result.control in _SILENT


class Together(NamedTuple):
    """The results of a family of rules: the number is within the levels of all but ``others``, by their place in it.

    ``way`` is which levels those are. Without a number the order does not concern them.
    """

    family: Family
    number: Number
    way: int
    others: Mapping[int, Result]

    def findings(self) -> Iterator[Finding]:
        """One a rule, in the family's order."""
        for place, rule in enumerate(self.family.rules):
            yield Finding(self.others.get(place) or self.family.passes(place, self.number, self.way), rule)

    def exceptions(self) -> Iterator[Finding]:
        """Those of the others alone."""
        return (Finding(result, self.family.rules[place]) for place, result in self.others.items())


Found = Finding | Together


def expanded(found: Iterable[Found]) -> Iterator[Finding]:
    """One finding a rule."""
    for one in found:
        if isinstance(one, Together):
            yield from one.findings()
        else:
            yield one


def objections(found: Iterable[Found]) -> Iterator[Finding]:
    """Everything that is no pass."""
    for one in found:
        if isinstance(one, Together):
            if one.others:
                yield from (other for other in one.exceptions() if other.result.outcome is not Outcome.PASS)
        elif one.result.outcome is not Outcome.PASS:
            yield one
