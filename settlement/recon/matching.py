"""Matching in passes: by name, by attributes, within tolerance, several for one. What is left over is a break.

Every item is used exactly once, in a match or in a break, and the outcome does not depend on the order in which items
come. Items with a name (reference, asset and side) that both sides know meet only each other; the others meet whatever
has their asset and side. Sorting and hashing only: n log n. No Django.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from settlement.recon.items import EXACT, Item, Tolerance, content, difference
from settlement.rounding import ZERO

Name = tuple[str, ...]
BY_NAME, BY_ATTRIBUTES, WITHIN_TOLERANCE, SEVERAL_FOR_ONE = "id", "attributes", "tolerance", "aggregate"
PASSES = (BY_NAME, BY_ATTRIBUTES, WITHIN_TOLERANCE, SEVERAL_FOR_ONE)
TYPES = ("missing_ours", "missing_theirs", "qty", "price", "cash", "date", "currency", "duplicate", "ssi")


class Match(NamedTuple):
    """Items that are the same thing, and the pass that found it."""

    by: str
    ours: tuple[Item, ...]
    theirs: tuple[Item, ...]


class Broken(NamedTuple):
    """A break: one item of each side that differ, or an item that the other side does not have.

    ``missing_ours`` is theirs that we do not have; ``duplicate`` an item that its side has once more than the other.
    """

    type: str
    ours: Item | None
    theirs: Item | None


class Outcome(NamedTuple):
    """Where every item ended."""

    matches: list[Match]
    breaks: list[Broken]

    def counts(self) -> dict[str, int]:
        """How many of our items each pass matched (of theirs, where they are more)."""
        found = dict.fromkeys(PASSES, 0)
        for match in self.matches:
            found[match.by] += max(len(match.ours), len(match.theirs))
        return found


def reconcile(ours: Iterable[Item], theirs: Iterable[Item], tolerance: Tolerance = EXACT) -> Outcome:
    """Match the items of both sides. Ids must not repeat within a side."""
    left, right = sorted(ours, key=_order), sorted(theirs, key=_order)
    known = {_name(item) for item in left if item.reference} & {_name(item) for item in right if item.reference}
    pools: dict[Name, _Pool] = {}
    for items, side in ((left, 0), (right, 1)):
        for item in items:
            name = _name(item)
            key = name if name in known else name[1:]
            pool = pools.get(key) or pools.setdefault(key, _Pool(name in known, tolerance))
            pool.sides[side].append(item)
    outcome = Outcome([], [])
    for key in sorted(pools):
        pools[key].resolve(outcome)
    return outcome


class _Pool:
    """Items that may be each other's: those of one name, or those of one asset and side that have none in common."""

    def __init__(self, named: bool, tolerance: Tolerance) -> None:
        self.named, self.tolerance = named, tolerance
        self.sides: tuple[list[Item], list[Item]] = ([], [])
        self.matches: list[Match] = []
        self.breaks: list[Broken] = []

    def resolve(self, outcome: Outcome) -> None:
        """Run the passes, and say what is left."""
        self._equal(BY_NAME if self.named else BY_ATTRIBUTES, content)
        self._near()
        self._several()
        if self.named:
            self._pair(lambda item: ())
        else:
            for agreeing in _ALL_BUT_ONE:
                self._pair(agreeing)
        self._leftovers()
        outcome.matches.extend(self.matches)
        outcome.breaks.extend(self.breaks)

    def _equal(self, by: str, key: Callable[[Item], Any]) -> None:
        for ours, theirs in self._zipped(key):
            self.matches.append(Match(by, (ours,), (theirs,)))

    def _zipped(self, key: Callable[[Item], Any]) -> list[tuple[Item, Item]]:
        """Take out pairs that agree in ``key``, in order."""
        if not (self.sides[0] and self.sides[1]):
            return []
        waiting: dict[Any, list[Item]] = defaultdict(list)
        for item in reversed(self.sides[1]):
            waiting[key(item)].append(item)
        pairs, rest = [], []
        for item in self.sides[0]:
            found = waiting.get(key(item))
            if found:
                pairs.append((item, found.pop()))
            else:
                rest.append(item)
        if pairs:
            self._keep(rest, {theirs.id for _, theirs in pairs})
        return pairs

    def _keep(self, ours: list[Item], gone: set[str]) -> None:
        self.sides = (ours, [item for item in self.sides[1] if item.id not in gone])

    def _near(self) -> None:
        """Both sides in order, the smaller moves on: pairs within tolerance."""
        if self.tolerance == EXACT:
            return
        (left, right), i, j = self.sides, 0, 0
        rest: list[Item] = []
        gone: set[str] = set()
        while i < len(left) and j < len(right):
            if not difference(left[i], right[j], self.tolerance):
                self.matches.append(Match(WITHIN_TOLERANCE, (left[i],), (right[j],)))
                gone.add(right[j].id)
                i, j = i + 1, j + 1
            elif content(left[i]) <= content(right[j]):
                rest.append(left[i])
                i += 1
            else:
                j += 1
        self._keep([*rest, *left[i:]], gone)

    def _several(self) -> None:
        """Several items that come to one: of one name any number for any, else one for all of its day and place."""
        if len(self.sides[0]) + len(self.sides[1]) <= 2 or not (self.sides[0] and self.sides[1]):
            return
        groups: dict[Any, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
        for side in (0, 1):
            for item in self.sides[side]:
                groups[(item.currency, item.place, None if self.named else item.day)][side].append(item)
        rest: list[Item] = []
        gone: set[str] = set()
        for ours, theirs in groups.values():
            enough = len(ours) + len(theirs) > 2 and ours and theirs
            if enough and (self.named or 1 in (len(ours), len(theirs))) and self._same_sum(ours, theirs):
                self.matches.append(Match(SEVERAL_FOR_ONE, tuple(ours), tuple(theirs)))
                gone |= {item.id for item in theirs}
            else:
                rest += ours
        self._keep(sorted(rest, key=_order), gone)

    def _same_sum(self, ours: Sequence[Item], theirs: Sequence[Item]) -> bool:
        days = [item.day for item in (*ours, *theirs)]
        qty, money = (
            abs(sum((getattr(i, name) for i in ours), ZERO) - sum((getattr(i, name) for i in theirs), ZERO))
            for name in ("qty", "money")
        )
        close = qty <= self.tolerance.qty and money <= self.tolerance.money
        return close and (max(days) - min(days)).days <= self.tolerance.days

    def _pair(self, key: Callable[[Item], Any]) -> None:
        """What belongs together but differs is a break of what differs; within tolerance it is a match after all."""
        for ours, theirs in self._zipped(key):
            kind = difference(ours, theirs, self.tolerance)
            if kind:
                self.breaks.append(Broken(kind, ours, theirs))
            else:
                self.matches.append(Match(WITHIN_TOLERANCE, (ours,), (theirs,)))

    def _leftovers(self) -> None:
        for side, kind in ((0, "missing_theirs"), (1, "missing_ours")):
            if not self.sides[side]:
                continue
            used = [match.theirs if side else match.ours for match in self.matches]
            seen = {(item.reference, content(item)) for items in used for item in items}
            for item in self.sides[side]:
                again = bool(item.reference) and (item.reference, content(item)) in seen
                pair = (item, None) if side == 0 else (None, item)
                self.breaks.append(Broken("duplicate" if again else kind, *pair))


def _name(item: Item) -> Name:
    return item.reference, item.asset, item.side


def _order(item: Item) -> Any:
    return content(item), item.reference, item.id


# Two nameless items that agree in all but one of these are one item about which the sides differ.
_ALL_BUT_ONE: tuple[Callable[[Item], Any], ...] = (
    lambda i: (i.currency, i.place, i.qty, i.price, i.money),
    lambda i: (i.currency, i.place, i.qty, i.day, i.price),
    lambda i: (i.currency, i.place, i.qty, i.day, i.money),
    lambda i: (i.currency, i.place, i.money, i.day, i.price),
    lambda i: (i.currency, i.qty, i.price, i.money, i.day),
    lambda i: (i.place, i.qty, i.price, i.money, i.day),
)
