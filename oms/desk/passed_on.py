"""Limits while orders are split: what each gives back, and what its parts take instead. Pure."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from decimal import Decimal

from orders.book import Line
from risk.against import sends
from risk.known import Facts
from risk.room import NOTHING, Change, Hold, Measure, change, count
from risk.terms import ZERO, Terms
from risk.verdict import Verdict


def part_hold(whole: Hold) -> Hold:
    """What a part of the same account begins with: nothing yet, of the same limits at the same worth."""
    return whole._replace(qty=ZERO, traded=ZERO, traded_on=None)


class PassedOn:
    """The limits of a batch: ``base`` without what was given back, ``known`` also with what its parts have taken."""

    def __init__(self, known: Facts, held: Mapping[int, Hold]) -> None:
        self.known = self.base = known
        self.held = held

    def keeps(self, line: Line, kept: Decimal) -> Hold:
        """What the order holds once it is for ``kept`` more than it filled."""
        return self.held.get(line.id, NOTHING)._replace(qty=kept)

    def released(self, facts: Facts, line: Line, kept: Decimal) -> Facts:
        """With what the order holds beyond what it keeps given back."""
        before = self.held.get(line.id, NOTHING)
        key = (line.account_id, line.instrument_id)
        return _moved(facts, key, line.side, change(before, self.keeps(line, kept)))

    def take(self, line: Line, kept: Decimal, terms: Sequence[Terms], verdicts: Sequence[Verdict]) -> None:
        """The order gives back, and its parts take instead."""
        self.base = self.released(self.base, line, kept)
        known = self.released(self.known, line, kept)
        for one, verdict in zip(terms, verdicts, strict=True):
            key = (one.account_id or 0, one.instrument_id or 0)
            sent = dict(known.sent)
            for counted in known.limits.get(one.order_id, ()):
                if counted.bound.measure == Measure.WINDOW_NOTIONAL:
                    usage_id = counted.bound.usage_id
                    sent[usage_id] = sent.get(usage_id, ZERO) + sends(known, one, verdict.asked, counted)
            known = replace(_moved(known, key, one.side, verdict.asked.change), sent=sent)
        self.known = known


def _moved(facts: Facts, key: tuple[int, int], side: str, what: Change) -> Facts:
    """With ``what`` counted in the account's usage and in those of the order's limits."""
    usages, stakes = dict(facts.usages), dict(facts.stakes)
    for one in (key, *what.values):
        if one in usages:
            usages[one] = copy(usages[one])
    for usage_id in what.values:
        mine = stakes.get(usage_id, {}).get(key[1])
        if mine is not None:
            stakes[usage_id] = {**stakes[usage_id], key[1]: mine._replace(held=mine.held.plus(side, what.qty))}
    count(usages, key, side, what)
    return replace(facts, usages=usages, stakes=stakes)
