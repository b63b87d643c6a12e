"""Who gets how much of a block's fill: one pure function of how its members stand.

Fills come one by one and what was given is booked, so it can't be taken back. Rounding each fill by itself would add
up, so what counts is the total: of a total T of Q a member of q is due qT/Q, has that rounded down at least and rounded
up at most, and the lots that are over go by the largest remainder. The largest remainder alone would take back from one
what another fill gave it (the Alabama paradox); where it would come to that, the lots go to those whose next one is due
first, which never does (R. Tijdeman, "The chairman assignment problem", 1980). So every member stays within one lot of
its share after every fill, whatever the fills.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal
from math import gcd
from typing import NamedTuple

ZERO = Decimal(0)
# Quantities have eight decimals (numeric(28,8)): counted in these, they are whole numbers.
SCALE = 8
# How many lots ahead it is seen to that nothing will have to be taken back.
HORIZON = 1_000


class Part(NamedTuple):
    """A member: what it was for, what it has, and the most it can still take. Quantities in units."""

    order_qty: Decimal
    cum_qty: Decimal = ZERO
    room: Decimal = ZERO


def part(order_qty: Decimal, cum_qty: Decimal = ZERO) -> Part:
    """A member that may be filled to its quantity."""
    return Part(order_qty, cum_qty, order_qty - cum_qty)


def shares(parts: Sequence[Part], qty: Decimal, lot: Decimal) -> list[Decimal] | None:
    """What each gets of ``qty``; the sum is exact, nobody gets more than its room. None if there is not so much room.

    In multiples of ``lot`` where the orders are; at most one member waits for the rest of a lot.
    """
    if qty > sum((one.room for one in parts), ZERO):
        return None
    wanted, have = [_count(one.order_qty) for one in parts], [_count(one.cum_qty) for one in parts]
    fill, unit = _count(qty), gcd(_count(lot), *wanted) or 1
    if sum(1 for got in have if got % unit) > 1:
        # After a bust several may have a part of a lot: count in what all of them have.
        unit = gcd(unit, *have, fill)
    begun = [-(-got // unit) for got in have]
    total = -(-(sum(have) + fill) // unit)
    to = _due([want // unit for want in wanted], begun, total)
    given = [lots * unit - got for lots, got in zip(to, have, strict=True)]
    over = sum(given) - fill
    if over:
        # The last lot is not whole: it is the one of those given now that is due last.
        whole = sum(wanted)
        last = max(
            (at for at, more in enumerate(given) if more >= over), key=lambda at: (to[at] * whole // wanted[at], at)
        )
        given[last] -= over
    return [_qty(count) for count in _fitted(given, [_count(one.room) for one in parts])]


def _due(wanted: Sequence[int], have: Sequence[int], total: int) -> list[int]:
    """How many lots each has when ``total`` are given. ``have`` is never taken away."""
    whole = sum(wanted)
    must = [max(got, want * total // whole) for want, got in zip(wanted, have, strict=True)]
    left = total - sum(must)
    if left < 0:
        # Somebody has more than its share, as after a bust: what there is goes to the others by what they lack.
        lack = [need - got for need, got in zip(must, have, strict=True)]
        return [got + more for got, more in zip(have, largest(lack, sum(lack) + left), strict=True)]
    may = [at for at, want in enumerate(wanted) if must[at] < -(-want * total // whole)]

    def lacks(at: int) -> tuple[int, int]:
        return must[at] * whole - wanted[at] * total, at

    def due(at: int) -> tuple[int, int]:
        return _deadline(must[at] + 1, wanted[at], whole), at

    for rule in (lacks, due):
        extra = set(sorted(may, key=rule)[:left])
        to = [need + (at in extra) for at, need in enumerate(must)]
        if _lasts(wanted, to, total):
            break
    return to


def _deadline(lots: int, want: int, whole: int) -> int:
    """Of which total the ``lots``-th lot of a member is the least it must have."""
    return -(-lots * whole // want)


def _lasts(wanted: Sequence[int], have: Sequence[int], total: int) -> bool:
    """Whether everybody can have its least at every later total, too, when nothing is taken back.

    Only before those who have more than their least now are due it; looked for no further than HORIZON lots ahead.
    """
    whole = sum(wanted)
    ahead = [_deadline(got, want, whole) for got, want in zip(have, wanted, strict=True)]
    for later in range(total + 1, min(max(ahead), total + HORIZON)):
        if sum(max(want * later // whole - got, 0) for got, want in zip(have, wanted, strict=True)) > later - total:
            return False
    return True


def _fitted(given: list[int], room: Sequence[int]) -> list[int]:
    """Who can't take its share leaves it to those who can: after the block has ended members go their own ways."""
    over = sum(max(more - most, 0) for more, most in zip(given, room, strict=True))
    given = [min(more, most) for more, most in zip(given, room, strict=True)]
    free = [most - more for more, most in zip(given, room, strict=True)]
    return [more + extra for more, extra in zip(given, largest(free, over), strict=True)]


def largest(weights: Sequence[int], total: int) -> list[int]:
    """``total`` pro rata to ``weights`` in whole numbers, by the largest remainder."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    given = [weight * total // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(weights[at] * total % whole), at))
    for at in by_remainder[: total - sum(given)]:
        given[at] += 1
    return given


def by_percent(qty: Decimal, percents: Iterable[Decimal], lot: Decimal) -> list[Decimal]:
    """``qty`` in parts of these percents of it, which come to 100; in lots where ``qty`` is so. The sum is exact."""
    unit = gcd(_count(lot), _count(qty))
    return [_qty(lots * unit) for lots in largest([_count(one) for one in percents], _count(qty) // unit)]


def _count(value: Decimal) -> int:
    return int(value.scaleb(SCALE).to_integral_value(ROUND_DOWN))


def _qty(count: int) -> Decimal:
    return Decimal(count).scaleb(-SCALE)
