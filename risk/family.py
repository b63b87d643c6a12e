"""Rules that measure alike: of one control and scope, with parameters that differ in their levels alone. Pure.

A firm writes the same measure with many levels. What it measures of an order is measured once, and a number that is
within the tightest of the levels is within all of them.
"""

import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from risk.context import Context
from risk.controls import CATALOGUE
from risk.controls.gauge import Gauge, Reading, Ways
from risk.known import Scoped
from risk.params import ParamError
from risk.result import Number, Outcome, Result, digits, passed
from risk.terms import Terms

NONE: Mapping[int, Result] = {}


class Family(NamedTuple):
    """``rules`` of one measure, ``bare`` of levels; ``shown`` are the levels that each shows of what is within them.

    ``tightest`` is for each way the level that is passed before any other. ``id`` follows from what the rules are, so
    that the same rules are the same family in every process: the first 63 bits of a SHA-256. ``said`` is how evidence
    that it passes begins.
    """

    id: int
    said: str
    gauge: Gauge
    bare: Any
    tightest: Ways[Decimal | None]
    rules: tuple[Scoped, ...]
    shown: tuple[Ways[Number], ...]

    @property
    def alone(self) -> bool:
        """Whether it is one rule and no more."""
        return len(self.rules) == 1

    @property
    def control(self) -> str:
        """The control of all its rules."""
        return self.rules[0].control

    @property
    def scope(self) -> tuple[object, ...]:
        """The scope of all of them."""
        return self.rules[0].scope

    @property
    def dry_run(self) -> bool:
        """Either all of them are tried or all of them are in force."""
        return self.rules[0].dry_run

    @property
    def evidence(self) -> list[list[Any]]:
        """The rules as evidence names them: id, version, and the level shown for each way."""
        return [[one.id, one.version, *map(_text, levels)] for one, levels in zip(self.rules, self.shown, strict=True)]

    def judged(self, reading: Reading | Result) -> tuple[Number, int, Mapping[int, Result]]:
        """The number, its way, and by place the results that are not simply "within its level": each rule is judged."""
        if isinstance(reading, Result):
            if reading.outcome is Outcome.PASS and reading.measured is None:
                return None, 0, NONE
            return None, 0, {place: self.gauge.judge(rule.values, reading) for place, rule in enumerate(self.rules)}
        number, way, tightest = reading.number, reading.way, self.tightest[reading.way]
        if tightest is None or reading.within(tightest):
            return number, way, NONE
        results = ((place, self.gauge.judge(rule.values, reading)) for place, rule in enumerate(self.rules))
        return number, way, {place: one for place, one in results if one != self.passes(place, number, way)}

    def passes(self, place: int, number: Number, way: int) -> Result:
        """What a rule finds of a number that is within its level; without a number the order does not concern it."""
        return passed(self.control, number, None if number is None else self.shown[place][way])


class Readings:
    """What families measure of one order: each measure once, whatever their scopes."""

    def __init__(self, terms: Terms, context: Context) -> None:
        self._order = terms, context
        self._seen: dict[int, Any] = {}
        self._known: dict[int, Reading | Result] = {}

    def of(self, family: Family) -> Reading | Result:
        """The family's measure of the order, or why there is none."""
        # By identity: gauges and bare parameters stay the same objects as long as the rules do.
        known = self._known.get(id(family.bare))
        if known is None:
            gauge = family.gauge
            if id(gauge) not in self._seen:
                self._seen[id(gauge)] = gauge.look(*self._order)
            known = self._known[id(family.bare)] = gauge.measure(self._seen[id(gauge)], family.bare)
        return known


Unit = Scoped | Family
"""A rule by itself, or rules that measure alike."""


def together(rules: Iterable[Scoped]) -> list[Unit]:
    """The rules of controls that measure as families, every other as it is; each where its first rule stood."""
    bares: dict[Hashable, Any] = {}
    found: dict[Hashable, list[Scoped]] = {}
    for at, rule in enumerate(rules):
        key: Hashable = at
        if gauge := _gauge(rule):
            bare = gauge.bare(rule.values)
            # One object for all that measure the same, whatever their scopes: by it what was measured is found again.
            bare = bares.setdefault((rule.control, bare), bare)
            key = rule.control, rule.scope, rule.dry_run, id(bare)
        found.setdefault(key, []).append(rule)
    return [_unit(members, bares) for members in found.values()]


def _gauge(rule: Scoped) -> Gauge | None:
    """How the rule measures; None where it does not, cannot be read or has no level."""
    known = CATALOGUE.get(rule.control)
    if known is None or known.gauge is None or isinstance(rule.values, ParamError):
        return None
    return known.gauge if any(level is not None for level in known.gauge.first(rule.values)) else None


def _unit(rules: Sequence[Scoped], bares: Mapping[Hashable, Any]) -> Unit:
    gauge = _gauge(rules[0])
    if gauge is None:
        return rules[0]
    bare = gauge.bare(rules[0].values)
    levels = zip(*(gauge.first(rule.values) for rule in rules), strict=True)
    tightest = tuple(_tightest(gauge, bare, [one for one in way if one is not None]) for way in levels)
    shown = tuple(gauge.shown(rule.values) for rule in rules)
    family = Family(0, "", gauge, bares[rules[0].control, bare], tightest, tuple(rules), shown)
    family = family._replace(id=_id(family))
    return family._replace(said=_said(family))


def _tightest(gauge: Gauge, bare: Any, levels: Sequence[Decimal]) -> Decimal | None:
    return gauge.tightest(bare, levels) if levels else None


def _id(family: Family) -> int:
    said = json.dumps([family.control, family.dry_run, family.evidence])
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8]) >> 1


def passing(rule: Scoped) -> str:
    """How evidence begins that a rule passes: JSON that is not closed yet."""
    tried = ',"dry_run":true' if rule.dry_run else ""
    return f'{{"control":"{rule.control}","rule":{rule.id},"version":{rule.version}{tried},"outcome":"pass"'


def _said(family: Family) -> str:
    """The same of a family; a single rule goes by its own name, as any other rule."""
    if family.alone:
        return passing(family.rules[0])
    return f'{{"control":"{family.control}","family":{family.id},"outcome":"pass"'


def _text(number: Number) -> str | None:
    return digits(number) if isinstance(number, Decimal) else number
