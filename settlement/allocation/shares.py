"""Who gets how much of a trade: pure functions of what each account asked.

The total is divided exactly. Each account's exact part is cut down to whole lots, and what is over goes, a lot at a
time, to those with the largest remainder, the earlier of two equal ones first; a last part of a lot goes to the next.
So the sum is exact, nobody is more than a lot away from its exact part, and who asked for more never gets less.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from math import gcd, lcm
from typing import NamedTuple

from oms.base.refusal import Refusal

ZERO, HUNDRED = Decimal(0), Decimal(100)
# Quantities have eight decimals (numeric(28,8)): counted in these, they are whole numbers.
SCALE = 8


class Method(StrEnum):
    """How a trade is divided."""

    PRO_RATA = "pro_rata"  # to the quantities asked, whatever they come to
    FIXED = "fixed"  # exactly the quantities asked
    PERCENT = "percent"  # by percentages that come to 100
    PERCENT_OF_NAV = "percent_of_nav"  # by a percentage of each account's net asset value
    PRIORITY = "priority"  # 1 first, each up to its quantity; equal ones pro rata


class Ask(NamedTuple):
    """What one account asked for. ``nav`` is its net asset value; ``priority`` 1 is served first."""

    account_id: int
    qty: Decimal | None = None
    percent: Decimal | None = None
    nav: Decimal | None = None
    priority: int | None = None


# What each method needs of every account.
NEEDS: dict[Method, tuple[str, ...]] = {
    Method.PRO_RATA: ("qty",),
    Method.FIXED: ("qty",),
    Method.PERCENT: ("percent",),
    Method.PERCENT_OF_NAV: ("percent", "nav"),
    Method.PRIORITY: ("qty", "priority"),
}


def fault(method: Method, asks: Sequence[Ask], total: Decimal | None = None) -> Refusal | None:
    """What is wrong with the asks themselves; None if nothing. ``total`` is what there is to divide, if it is known.

    Fields are named as shares[2].percent.
    """
    if not asks:
        return Refusal("MISSING", "shares", "name at least one account")
    seen: set[int] = set()
    for at, ask in enumerate(asks):
        if ask.account_id in seen:
            return Refusal("BAD_ALLOCATION", f"shares[{at}].account", "each account stands once")
        seen.add(ask.account_id)
        for name in NEEDS[method]:
            value = getattr(ask, name)
            if value is None:
                return Refusal("MISSING", f"shares[{at}].{name}", f"{method} needs {name} of every account")
            if value <= 0:
                return Refusal("NOT_POSITIVE", f"shares[{at}].{name}", f"{name} must be greater than 0")
    if method == Method.PERCENT and (come := sum((ask.percent or ZERO for ask in asks), ZERO)) != HUNDRED:
        return Refusal("BAD_ALLOCATION", "shares", f"the percentages come to {_plain(come)}, not 100")
    return _amounts(method, asks, total) if total is not None else None


def _amounts(method: Method, asks: Sequence[Ask], total: Decimal) -> Refusal | None:
    asked = sum((ask.qty or ZERO for ask in asks), ZERO)
    if method == Method.FIXED and asked != total:
        return Refusal("BAD_ALLOCATION", "shares", f"the quantities come to {_plain(asked)}, executed: {_plain(total)}")
    if method == Method.PRIORITY and asked < total:
        return Refusal("BAD_ALLOCATION", "shares", f"{_plain(asked)} are asked for, executed: {_plain(total)}")
    return None


def divide(method: Method, asks: Sequence[Ask], total: Decimal, lot: Decimal) -> list[Decimal] | Refusal:
    """What each account gets of ``total``, in order. ``lot`` is the least that is given and the step in which it is.

    A part of a lot is given only if ``total`` is not whole in lots, and then to one account. Quantities that are
    asked for (fixed, priority) are never exceeded. Less executed than fixed quantities come to is divided pro rata to
    them: ask ``fault`` with the total where that is not wanted.
    """
    if wrong := fault(method, asks):
        return wrong
    if method == Method.PRIORITY:
        return _by_priority(asks, total, lot)
    if method == Method.FIXED:
        asked = [ask.qty or ZERO for ask in asks]
        if total > sum(asked, ZERO):
            return _amounts(method, asks, total) or []
        return parts(asked, total, _step(asked, lot))
    return parts(weights(method, asks), total, lot)


def weights(method: Method, asks: Sequence[Ask]) -> list[Decimal]:
    """What the parts are in proportion to."""
    if method == Method.PERCENT:
        return [ask.percent or ZERO for ask in asks]
    if method == Method.PERCENT_OF_NAV:
        return [(ask.percent or ZERO) * (ask.nav or ZERO) for ask in asks]
    return [ask.qty or ZERO for ask in asks]


def parts(of: Sequence[Decimal], total: Decimal, unit: Decimal) -> list[Decimal]:
    """``total``, of either sign, in proportion to ``of`` in steps of ``unit``. The sum is exact. Money, too."""
    sign, step, left = -1 if total < 0 else 1, _count(unit), abs(_count(total))
    weights = _whole(of)
    whole = sum(weights)
    if not whole or not left:
        return [ZERO for _ in of]
    # In whole numbers all along: each one's exact part is weight * left / whole.
    given = [weight * left // (whole * step) * step for weight in weights]
    over = left - sum(given)
    order = sorted(range(len(weights)), key=lambda at: (given[at] * whole - weights[at] * left, at))
    for at in order:
        more = min(step, over)
        given[at] += more
        over -= more
    assert over == 0
    return [_qty(sign * one) for one in given]


def _whole(values: Sequence[Decimal]) -> list[int]:
    """Whole numbers in the same proportion."""
    ratios = [value.as_integer_ratio() for value in values]
    common = lcm(*(bottom for _, bottom in ratios))
    return [top * (common // bottom) for top, bottom in ratios]


def _by_priority(asks: Sequence[Ask], total: Decimal, lot: Decimal) -> list[Decimal] | Refusal:
    """Each rank gets what it asked while there is enough; the last that gets any is divided pro rata."""
    if wrong := _amounts(Method.PRIORITY, asks, total):
        return wrong
    given = [ZERO for _ in asks]
    left = total
    for rank in sorted({ask.priority or 0 for ask in asks}):
        which = [at for at, ask in enumerate(asks) if ask.priority == rank]
        asked = [asks[at].qty or ZERO for at in which]
        have = min(left, sum(asked, ZERO))
        for at, got in zip(which, parts(asked, have, _step(asked, lot)), strict=True):
            given[at] = got
        left -= have
    return given


def _step(asked: Sequence[Decimal], lot: Decimal) -> Decimal:
    """The lot, or what divides it and every quantity asked: then rounding up never exceeds one of them."""
    return _qty(gcd(_count(lot), *map(_count, asked)))


def _count(value: Decimal) -> int:
    return int(value.scaleb(SCALE).to_integral_value())


def _qty(count: int) -> Decimal:
    return Decimal(count).scaleb(-SCALE)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
