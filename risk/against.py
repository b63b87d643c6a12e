"""One order against every row of the table of limits that it counts in: a pure step of the decision."""

from collections.abc import Iterator, Mapping
from copy import copy
from decimal import Decimal
from typing import Any, NamedTuple

from risk.context import Context
from risk.controls.limits import ROWS, against, money, unit_of, unusable
from risk.known import Facts, Stake
from risk.result import Result, missing, passed
from risk.room import (
    EXPOSURES,
    POSITIONS,
    Bound,
    Change,
    Counted,
    Held,
    Hold,
    Measure,
    after,
    change,
    count,
    worth,
)
from risk.terms import SELLS, ZERO, Terms

NO_CHANGE = Change(ZERO, 0, ZERO, {})


class Room:
    """What is left of every limit while a batch is decided: an accepted order uses up room for those after it.

    What is used is copied when it is first taken of, so a batch pays for what its orders touch. A ``trial`` tries
    orders that stand or fall together; what they took counts once it is ``keep``-ed.
    """

    def __init__(self, facts: Facts, outer: "Room | None" = None) -> None:
        self.facts = facts
        self._outer = outer
        self._uses: dict[Any, Held] = {}
        self._sent: dict[int, Decimal] = {}
        self._stakes: dict[int, Mapping[int, Stake]] = {}

    def trial(self) -> "Room":
        """To take room that may be given up again."""
        return Room(self.facts, self)

    def keep(self, tried: "Room") -> None:
        """What was taken on trial is taken."""
        self._uses |= tried._uses
        self._sent |= tried._sent
        self._stakes |= tried._stakes

    def use(self, key: object) -> Held | None:
        """What is used now of an account's or a limit's usage."""
        found = self._uses.get(key)
        if found is None:
            found = self._outer.use(key) if self._outer else self.facts.usages.get(key)
        return found

    def sent(self, usage_id: int) -> Decimal:
        """The money sent within the window of a limit."""
        found = self._sent.get(usage_id)
        if found is None:
            found = self._outer.sent(usage_id) if self._outer else self.facts.sent.get(usage_id, ZERO)
        return found

    def stakes(self, usage_id: int) -> Mapping[int, Stake]:
        """What an exposure is made of."""
        found = self._stakes.get(usage_id)
        if found is None:
            found = self._outer.stakes(usage_id) if self._outer else self.facts.stakes.get(usage_id, {})
        return found

    def asked(self, terms: Terms, context: Context) -> "Asked":
        """What the order holds, and what it would hold once it is accepted. A block holds nothing: its members do."""
        before = hold_of(self.facts, terms)
        if not terms.order_qty.is_finite() or not (terms.price or ZERO).is_finite():
            return Asked(before, before, missing("PT-16", "quantity and price that are numbers"), NO_CHANGE)
        if terms.part_of is not None:
            # It passes on the room of what it was part of, which was valued when that was entered.
            held = before._replace(qty=terms.order_qty)
            return Asked(before, held, before.unit, change(before, held))
        unit = unit_of(terms, context, "PT-16")
        if terms.is_block:
            return Asked(before, before, unit, NO_CHANGE)
        held = after(terms, before, None if isinstance(unit, Result) else unit)
        return Asked(before, held, unit, change(before, held))

    def check(self, terms: Terms, asked: "Asked", context: Context) -> Iterator[tuple[Result, Bound]]:
        """A result for each row in force; nothing is taken yet."""
        for one in self.facts.limits.get(terms.order_id, ()):
            if one.bound.in_force(context.at):
                yield self._one(one, asked, terms, context), one.bound

    def take(self, terms: Terms, asked: "Asked") -> None:
        """The order is accepted: it holds what it asked for."""
        if terms.is_block:
            return
        self._count(terms, asked)
        for one in self.facts.limits.get(terms.order_id, ()):
            usage_id = one.bound.usage_id
            if one.bound.measure == Measure.WINDOW_NOTIONAL:
                self._sent[usage_id] = self.sent(usage_id) + sends(self.facts, terms, asked, one)
            elif one.bound.measure in EXPOSURES:
                stakes, instrument_id = self.stakes(usage_id), terms.instrument_id or 0
                if instrument_id in stakes:
                    mine = grown(stakes[instrument_id], terms.side, asked)
                    self._stakes[usage_id] = {**stakes, instrument_id: mine}

    def _count(self, terms: Terms, asked: "Asked") -> None:
        key = (terms.account_id or 0, terms.instrument_id or 0)
        for one in (key, *asked.change.values):
            use = self.use(one)
            if use is not None and one not in self._uses:
                self._uses[one] = copy(use)
        count(self._uses, key, terms.side, asked.change)

    def _one(self, counted: Counted, asked: "Asked", terms: Terms, context: Context) -> Result:
        bound = counted.bound
        use = self.use(bound.usage_id)
        if use is None:
            return missing(ROWS[bound.measure].control, "use of the limit", bound.hard)
        if bound.currency:
            wrong = unusable(counted, asked.unit, terms, context)
            if wrong is not None:
                return wrong
            if bound.measure in EXPOSURES:
                return self._exposure(bound, asked, terms)
        if bound.measure in POSITIONS:
            used, without = position(bound.measure, use, asked, terms.side)
        elif bound.measure == Measure.OPEN_ORDERS:
            without = Decimal(use.orders)
            used = without + asked.change.orders
        elif bound.measure == Measure.WINDOW_NOTIONAL:
            without = self.sent(bound.usage_id)
            used = without + sends(self.facts, terms, asked, counted)
        else:
            executed, still_open = use.executed_by(self.facts.today), use.buy_value + use.sell_value
            without = money(bound.measure, executed, still_open)
            used = without + asked.own(counted)
        return against(bound.measure, bound, used, without)

    def _exposure(self, bound: Bound, asked: "Asked", terms: Terms) -> Result:
        """Every open order of the order's side filled, none of the other, at the price of now."""
        stakes = self.stakes(bound.usage_id)
        mine = stakes.get(terms.instrument_id or 0)
        if mine is None or mine.unit is None or any(stake.unknown for stake in stakes.values()):
            return missing(ROWS[bound.measure].control, "price of all that the exposure is made of", bound.hard)
        with_it = {**stakes, terms.instrument_id or 0: grown(mine, terms.side, asked)}
        used, without = (exposure(bound.measure, of, terms.side) for of in (with_it, stakes))
        if used <= without:
            return passed(ROWS[bound.measure].control, used, bound.hard)  # it only makes it smaller
        return against(bound.measure, bound, used, without)


class Asked(NamedTuple):
    """What the order held, what it would hold, and the money of a unit of it, or why nobody knows that.

    ``change`` is from the one to the other.
    """

    before: Hold
    held: Hold
    unit: Decimal | Result
    change: Change

    def own(self, counted: Counted) -> Decimal:
        """What the order adds to the use of a limit in money."""
        return self.change.values.get(counted.bound.usage_id, ZERO)


def sends(facts: Facts, terms: Terms, asked: Asked, counted: Counted) -> Decimal:
    """What the order adds to the window of a limit. What was part of another order was sent with that."""
    whole = facts.holds.get(terms.split_of) if terms.split_of is not None else None
    if whole is not None and any(usage_id == counted.bound.usage_id for usage_id, _ in whole.limits):
        return ZERO
    return asked.own(counted)


def position(measure: str, use: Held, asked: Asked, side: str) -> tuple[Decimal, Decimal]:
    """The worst case with and without the order: all open orders of one side filled, none of the other."""
    more = asked.change.qty
    if measure == Measure.LONG_POSITION:
        worst = use.position + use.open_buy
        return worst + (ZERO if side in SELLS else more), worst
    worst = use.open_sell - use.position
    return worst + (more if side in SELLS else ZERO), worst


def exposure(measure: str, stakes: Mapping[int, Stake], side: str) -> Decimal:
    """Gross: the sum of what each instrument may come to either way. Net: what all of them may come to on one side."""
    gross = net = ZERO
    for held, unit in stakes.values():
        if unit is not None:
            long, short = held.position + held.open_buy, held.position - held.open_sell
            gross += worth(max(abs(long), abs(short)), unit)
            net += worth(-short if side in SELLS else long, unit)
    return gross if measure == Measure.GROSS_EXPOSURE else net


def grown(stake: Stake, side: str, asked: Asked) -> Stake:
    """The stake with what the order would hold more."""
    return stake._replace(held=stake.held.plus(side, asked.change.qty))


def hold_of(facts: Facts, terms: Terms) -> Hold:
    """What the order holds before it is decided: nothing, but the limits it will count in, if it is new."""
    known = facts.holds.get(terms.order_id)
    if known is not None:
        return known
    counted = facts.limits.get(terms.order_id, ())
    return Hold(qty=terms.open_before, limits=tuple((one.bound.usage_id, one.rate or ZERO) for one in counted))
