"""What a rule looks at: holdings, the order, who it is for, and what else is known. Money is in its own currency."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from risk.pipeline.grammar import SENDERS

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Thing:
    """An instrument and what it counts as. An empty word or None is not known.

    ``unit`` is what a price of 1 is worth for a quantity of 1. ``rating`` is the grade its ratings come to. ``as_of``
    is when its analytics were taken.
    """

    id: object
    symbol: str
    mic: str = ""
    asset_class: str = ""
    issuer: str = ""
    sector: str = ""
    country: str = ""
    currency: str = ""
    liquidity: str = ""
    duration: Decimal | None = None
    rating: str = ""
    adv: Decimal | None = None
    outstanding: Decimal | None = None
    unit: Decimal = ONE
    price: Decimal | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """An account with its client (itself, if none is named) and its desk, by the names that people use."""

    account: str
    client: str = ""
    desk: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What one account holds in one instrument, and has open to buy and to sell. ``realised`` is money."""

    who: Who
    thing: Thing
    position: Decimal = ZERO
    open_buy: Decimal = ZERO
    open_sell: Decimal = ZERO
    realised: Decimal | None = None
    avg_cost: Decimal | None = None

    @property
    def empty(self) -> bool:
        """Nothing is held and nothing is open, so that it cannot matter what it counts as."""
        return not (self.position or self.open_buy or self.open_sell)


class Nav(NamedTuple):
    """Net asset value of one account, and as of when."""

    value: Decimal
    currency: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The order. ``growth`` is what it adds to what is open, ``leaves`` to what is held, ``total`` its whole quantity.

    ``price`` is its own, or the reference of one without. A new order has the same number three times.
    """

    who: Who
    thing: Thing
    side: str
    total: Decimal
    price: Decimal | None
    leaves: Decimal | None = None
    growth: Decimal | None = None
    ord_type: str = ""
    time_in_force: str = ""
    trader: str = ""
    sender: str = ""
    strategy: str = ""

    @property
    def is_sell(self) -> bool:
        """Any kind of sell."""
        return self.side != "buy"


class Placed(NamedTuple):
    """An order of the same batch that was accepted before this one."""

    order_id: int
    asked: Asked

    def __deepcopy__(self, _memo: Any) -> "Placed":
        """Nothing of it can change."""
        return self


CountKey = tuple[Decimal | None, str, str, object]
"""(window in seconds, None for today; over what; whose; instrument, or None for all of them)"""


@dataclass(frozen=True, slots=True)
class Book:
    """Everything known to a batch. ``owners`` are the accounts whose net assets are known, which stand in ``navs``;
    ``fx`` holds rates by (from, to); ``counts`` are messages and trades.

    ``tallies`` remembers sums from one order to the next of the batch; nothing but ``risk.pipeline.tally`` looks at it.
    """

    at: datetime
    rows: tuple[Row, ...] = ()
    navs: Mapping[str, Nav] = field(default_factory=dict)
    owners: tuple[Who, ...] = ()
    fx: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    counts: Mapping[CountKey, tuple[Decimal, Decimal]] | None = None
    tallies: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def rate(self, base: str, to: str) -> Decimal | None:
        """The exchange rate, or None."""
        return ONE if base == to else self.fx.get((base, to))

    def accounts(self, over: str, whose: str) -> Iterable[str]:
        """The accounts of whomever a rule is over: those that hold something, or are worth something."""
        if over == "account":
            return [whose]
        if over not in self.tallies:
            by_owner: dict[str, set[str]] = defaultdict(set)
            for who in (*(row.who for row in self.rows), *self.owners):
                by_owner["firm" if over == "firm" else getattr(who, over)].add(who.account)
            self.tallies[over] = by_owner
        return self.tallies[over].get(whose, ())

    def row(self, account: str, thing: object) -> Row | None:
        """What one account holds in one instrument."""
        if "rows" not in self.tallies:
            self.tallies["rows"] = {(row.who.account, row.thing.id): row for row in self.rows}
        return self.tallies["rows"].get((account, thing))


def whose(over: str, order: Asked) -> str:
    """Whom the order counts under. Empty: not known."""
    if over == "firm":
        return "firm"
    return getattr(order, over) if over in SENDERS else getattr(order.who, over)
