"""One statement against our books, together with what was open before: what goes on, what is new, what has ended. Pure.

Things that happen once (movements, payments, executions) are carried: what one side lacked is matched with what the
other side says later. What is looked at every day (holdings, balances) is simply looked at again.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from settlement.recon.items import EXACT, Item, Tolerance, amount
from settlement.recon.matching import Broken, reconcile
from settlement.recon.theirs import key
from settlement.rounding import CENT

# Executions and holdings are exact; what is paid may be rounded differently by a cent; balances again are exact.
TOLERANCES = {"movements": Tolerance(money=CENT), "cash": Tolerance(money=CENT)}
LEVELS = frozenset({"holdings"})


class Known(NamedTuple):
    """A break that was open before, with its sides."""

    id: int
    key: str
    type: str
    ours: Item | None
    theirs: Item | None

    @property
    def is_level(self) -> bool:
        """Whether it is about something that is looked at every day."""
        side = self.ours or self.theirs
        assert side is not None
        return side.reference == "balance" or not (side.side or side.money)


class Found(NamedTuple):
    """A break as the day shows it."""

    key: str
    type: str
    ours: Item | None
    theirs: Item | None
    difference: Decimal | None
    tolerance: Decimal


class Outcome(NamedTuple):
    """What a day came to. ``goes_on`` pairs the id of an open break with how it stands now."""

    matched: dict[str, int]
    new: list[Found]
    goes_on: list[tuple[int, Found]]
    ended: list[int]


def compare(
    kind: str,
    ours: Sequence[Item],
    theirs: Sequence[Item],
    known: Iterable[Known],
    levels: tuple[Item, ...] = (),
    afresh: frozenset[int] = frozenset(),
) -> Outcome:
    """Compare the items of a statement with ours. ``levels`` are our balance and theirs, of a cash statement.

    ``afresh`` are ids of breaks that an earlier version of the statement showed: what they are about is in the items.
    """
    before = {one.key: one for one in known}
    missing = ("missing_ours", "missing_theirs")
    carried = [one for one in before.values() if not one.is_level and one.type in missing and one.id not in afresh]
    left = [*ours, *(one.ours._replace(id=f"before{one.id}") for one in carried if one.ours)]
    right = [*theirs, *(one.theirs._replace(id=f"before{one.id}") for one in carried if one.theirs)]
    tolerance = TOLERANCES.get(kind, EXACT)
    met = reconcile(left, right, tolerance)
    matched, breaks = met.counts(), [(broken, tolerance) for broken in met.breaks]
    if levels:
        exact = reconcile(levels[:1], levels[1:])
        breaks += [(broken, EXACT) for broken in exact.breaks]
        matched = {name: count + exact.counts()[name] for name, count in matched.items()}
    found = _named([_found(broken, within) for broken, within in breaks])
    looked_again = {one.key for one in before.values() if one.is_level or one.id in afresh}
    looked_again |= {one.key for one in carried}
    return Outcome(
        matched,
        [one for name, one in found.items() if name not in before],
        [(before[name].id, one) for name, one in found.items() if name in before],
        sorted(before[name].id for name in looked_again - found.keys()),
    )


def _found(broken: Broken, within: Tolerance) -> Found:
    side = broken.ours or broken.theirs
    assert side is not None
    limit = {"qty": within.qty, "price": within.price, "cash": within.money, "date": Decimal(within.days)}
    apart = amount(broken.type, broken.ours, broken.theirs)
    return Found(key(side), broken.type, broken.ours, broken.theirs, apart, limit.get(broken.type, Decimal(0)))


def _named(found: Iterable[Found]) -> dict[str, Found]:
    """By key; what would have the same key as another (a thing told three times) is numbered."""
    named: dict[str, Found] = {}
    for one in found:
        name, count = one.key, 1
        while name in named:
            count += 1
            name = f"{one.key[:150]} #{count}"
        named[name] = one._replace(key=name)
    return named


def kept(found: Found, told: Any) -> tuple[Any, ...]:
    """The columns of a break that the day sets: type, both sides, difference, tolerance, currency."""
    side = found.ours or found.theirs
    assert side is not None
    sides = (found.ours and told(found.ours), found.theirs and told(found.theirs))
    return found.type, *sides, found.difference, found.tolerance, side.currency
