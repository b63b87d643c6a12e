"""The rules in force, ready to be found by where an order stands. Pure.

Made once for all batches under the same rules, since rules change seldom and orders come often.
"""

from collections.abc import Sequence
from typing import NamedTuple

from risk.controls import CATALOGUE, ORDER
from risk.controls.brakes import FOUR_EYES
from risk.cover import Cover
from risk.family import Unit, together
from risk.known import Scoped


class Plan(NamedTuple):
    """``units`` are what looks at orders; ``releasing`` the rules that say whose warnings a second person releases."""

    units: Cover[Unit]
    releasing: Cover[Scoped]


_KEPT: dict[tuple[int, str], tuple[Sequence[Scoped], Plan]] = {}
_MOST_KEPT = 64


def plan(rules: Sequence[Scoped], stage: str) -> Plan:
    """The plan of what looks at ``stage``. That of rules which cannot change, a tuple, is kept for the next batch."""
    if not isinstance(rules, tuple):
        return _made(rules, stage)
    key = id(rules), stage
    kept = _KEPT.get(key)
    if kept is None or kept[0] is not rules:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        kept = _KEPT[key] = rules, _made(rules, stage)
    return kept[1]


def _made(rules: Sequence[Scoped], stage: str) -> Plan:
    units = together(rule for rule in rules if _stage(rule) == stage)
    releasing = [rule for rule in rules if rule.control == FOUR_EYES and stage == ORDER]
    return Plan(Cover((unit.scope, unit) for unit in units), Cover((rule.scope, rule) for rule in releasing))


def _stage(rule: Scoped) -> str:
    """When the rule's control looks. One that is not known must refuse, so it looks at orders."""
    return CATALOGUE[rule.control].stage if rule.control in CATALOGUE else ORDER
