"""What orders take of limits: a limit as it is known, how much of it is in use, what one order holds of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from risk.terms import ONE, SELLS, ZERO, Terms

QUANTUM = Decimal("0.00000001")
# The product of a quantity, a price and a rate is exact, as it is in SQL, before it is rounded to what a column keeps.
_EXACT = Context(prec=90)


class Measure(StrEnum):
    """What a limit limits."""

    LONG_POSITION = "long_position"
    SHORT_POSITION = "short_position"
    GROSS_NOTIONAL = "gross_notional"
    OPEN_NOTIONAL = "open_notional"
    OPEN_ORDERS = "open_orders"
    WINDOW_NOTIONAL = "window_notional"
    GROSS_EXPOSURE = "gross_exposure"
    NET_EXPOSURE = "net_exposure"


POSITIONS = frozenset({Measure.LONG_POSITION, Measure.SHORT_POSITION})
EXPOSURES = frozenset({Measure.GROSS_EXPOSURE, Measure.NET_EXPOSURE})
MONEY = frozenset({Measure.GROSS_NOTIONAL, Measure.OPEN_NOTIONAL, Measure.WINDOW_NOTIONAL}) | EXPOSURES

# The dimensions of a limit's scope by the order's terms, the most specific first: that decides between two rows which
# name equally many.
DIMENSIONS = {
    "instrument": "instrument_id", "account": "account_id", "strategy": "strategy", "trader": "entered_by_id",
    "portfolio": "portfolio", "client": "client", "issuer": "issuer", "desk": "desk_id", "venue": "market",
    "asset_class": "asset_class",
}  # fmt: skip


class Bound(NamedTuple):
    """A row of the table of limits, and the usage row it is counted in. ``rank`` is how specific its scope is.

    ``shown`` is the limit in plain text.
    """

    id: int
    version: int
    usage_id: int
    measure: str
    soft: Decimal | None
    hard: Decimal
    currency: str
    window_s: int | None
    rank: tuple[int, ...]
    effective_from: datetime
    effective_to: datetime | None
    shown: str = ""

    def in_force(self, at: datetime) -> bool:
        """Half open: [from, to)."""
        return self.effective_from <= at and (self.effective_to is None or at < self.effective_to)


class Counted(NamedTuple):
    """A limit that an order counts in, and what its currency is worth in the limit's; ``known_at`` is when that was.

    ``rate`` is None where nobody knows it.
    """

    bound: Bound
    rate: Decimal | None = ONE
    known_at: datetime | None = None


class Hold(NamedTuple):
    """What an order holds: open quantity, and the money a unit of it counts as, in the instrument's currency.

    ``per_px`` is what one unit is worth at a price of 1. ``limits`` are the usage rows it counts in, each with the
    rate from the instrument's currency. ``traded`` is what it executed on the business date ``traded_on``.
    """

    qty: Decimal = ZERO
    unit: Decimal = ZERO
    per_px: Decimal = ONE
    limits: tuple[tuple[int, Decimal], ...] = ()
    traded: Decimal = ZERO
    traded_on: date | None = None

    def traded_by(self, day: date | None) -> Decimal:
        """What was executed on ``day``."""
        return self.traded if day is not None and day == self.traded_on else ZERO


NOTHING = Hold()


def worth(qty: Decimal, unit: Decimal, rate: Decimal = ONE) -> Decimal:
    """Money that ``qty`` counts as in a limit, rounded half up to what a column keeps."""
    value = _EXACT.multiply(qty, unit)
    if rate != ONE:
        value = _EXACT.multiply(value, rate)
    return value.quantize(QUANTUM, ROUND_HALF_UP, _EXACT)


@dataclass(slots=True)
class Held:
    """A usage row: signed position, and what is open to buy and to sell. ``sell_short`` counts as a sell.

    Money is in the limit's currency, or of an account in the instrument's; ``executed`` is of one business date.
    ``count`` and ``fill`` change a row in place, since a batch changes few rows often: whoever decides works on copies.
    """

    id: int
    position: Decimal = ZERO
    open_buy: Decimal = ZERO
    open_sell: Decimal = ZERO
    buy_value: Decimal = ZERO
    sell_value: Decimal = ZERO
    orders: int = 0
    executed: Decimal = ZERO
    executed_on: date | None = None

    def plus(self, side: str, open_qty: Decimal, filled_qty: Decimal = ZERO) -> "Held":
        """A copy with ``open_qty`` more (or less) open on ``side``, and ``filled_qty`` executed."""
        made = Held(
            self.id, self.position, self.open_buy, self.open_sell, self.buy_value, self.sell_value, self.orders,
            self.executed, self.executed_on,
        )  # fmt: skip
        made.count(side, open_qty, ZERO, 0)
        made.position += -filled_qty if side in SELLS else filled_qty
        return made

    def count(self, side: str, qty: Decimal, value: Decimal, orders: int) -> None:
        """Count ``qty`` more (or less) open on ``side``, which is worth ``value``, in so many more orders."""
        if side in SELLS:
            self.open_sell += qty
            self.sell_value += value
        else:
            self.open_buy += qty
            self.buy_value += value
        self.orders += orders

    def fill(self, side: str, filled: Decimal, value: Decimal, day: date) -> None:
        """Count what was executed on ``day``: a quantity, and what it is worth."""
        self.position += -filled if side in SELLS else filled
        self.executed, self.executed_on = self.executed_by(day) + value, day

    def executed_by(self, day: date | None) -> Decimal:
        """What was executed on ``day``: each business date starts anew."""
        return self.executed if day is not None and day == self.executed_on else ZERO


def place(terms: Terms) -> tuple[object, ...]:
    """Where an order stands in the dimensions of limits. What it does not say is no limit's."""
    return (
        terms.instrument_id, terms.account_id, terms.strategy or _NOWHERE, terms.entered_by_id,
        terms.portfolio or _NOWHERE, terms.client or _NOWHERE, terms.issuer or _NOWHERE, terms.desk_id,
        terms.market or _NOWHERE, terms.asset_class,
    )  # fmt: skip


_NOWHERE = 0


def select(found: tuple[Bound, ...], most_specific: frozenset[str], at: datetime) -> tuple[Bound, ...]:
    """Of the rows that cover an order those that it counts in.

    All of them, also one whose time has not come, so that its use is known when it does. Of a measure of which the
    most specific row wins, that one of those in force.
    """
    if not most_specific or not any(bound.measure in most_specific for bound in found):
        return found
    best: dict[str, Bound] = {}
    for bound in found:
        if bound.measure in most_specific and bound.in_force(at):
            known = best.get(bound.measure)
            if known is None or bound.rank > known.rank:
                best[bound.measure] = bound
    return tuple(b for b in found if b.measure not in most_specific or best.get(b.measure) is b)


def set_aside(terms: Terms) -> Decimal:
    """What the order holds beyond what it held: all of a new one; of an amend only the growth.

    What shrinks is given back when the venue has agreed, not when it is asked.
    """
    return max(terms.leaves_qty - terms.open_before, ZERO)


def kept(unit: Decimal) -> Decimal:
    """The money of a unit as a column keeps it: by that it is given back, so by that it must be taken."""
    return unit.quantize(QUANTUM, ROUND_HALF_UP, _EXACT)


def after(terms: Terms, before: Hold, unit: Decimal | None) -> Hold:
    """What the order holds once it is accepted: growth at once, in quantity and price; what shrinks is kept for now.

    ``unit`` is None where the order's price is not known.
    """
    qty = terms.open_before + set_aside(terms)
    per_px = terms.multiplier * terms.price_factor
    return before._replace(qty=qty, unit=max(before.unit, kept(unit or ZERO)), per_px=per_px)


class Change(NamedTuple):
    """How what an order holds changes: quantity, number of open orders, and what it is worth.

    ``value`` is in the instrument's currency, ``values`` in those of limits by their usage id.
    """

    qty: Decimal
    orders: int
    value: Decimal
    values: Mapping[int, Decimal]


def change(before: Hold, held: Hold) -> Change:
    """From ``before`` to ``held``, which count in the same limits. Equal rates are calculated once."""
    by_rate = {rate: worth(held.qty, held.unit, rate) - worth(before.qty, before.unit, rate)
               for rate in {ONE, *(rate for _, rate in held.limits)}}  # fmt: skip
    orders = (held.qty > 0) - (before.qty > 0)
    values = {usage_id: by_rate[rate] for usage_id, rate in held.limits}
    return Change(held.qty - before.qty, orders, by_rate[ONE], values)


def count(uses: Mapping[Any, Held], account: object, side: str, what: Change) -> None:
    """Count a change in the usage of the order's account, and in every limit of the order."""
    if account in uses:
        uses[account].count(side, what.qty, what.value, what.orders)
    for usage_id, value in what.values.items():
        use = uses.get(usage_id)
        if use is not None:
            use.count(side, what.qty, value, what.orders)


def fill(
    uses: Mapping[Any, Held], account: object, side: str, before: Hold, held: Hold, filled: Decimal, day: date
) -> None:
    """Count in the usage of the order's account, and in every limit of the order, what it executed on ``day``."""
    for usage_id, rate in ((account, ONE), *held.limits):
        use = uses.get(usage_id)
        if use is not None:
            value = worth(held.traded_by(day), ONE, rate) - worth(before.traded_by(day), ONE, rate)
            use.fill(side, filled, value, day)
