"""What is known to a batch before it is decided: rules in force, usages, lists, switches, quotes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from orders.fx import Rates
from risk.context import Listing, LossStop, Quoted, Restricted, Switch
from risk.parts import Tradable
from risk.room import Bound, Counted, Held, Hold
from risk.terms import Terms

Key = tuple[int, int]
"""(account id, instrument id)"""


class Scoped(NamedTuple):
    """A rule that is in force: its control, its parameters as the control reads them, and whom it applies to.

    ``values`` is the fault instead where the stored parameters do not fit the control.
    """

    id: int
    version: int
    control: str
    values: Any
    dry_run: bool
    desk_id: int | None
    account_id: int | None
    instrument_id: int | None
    asset_class: str

    @property
    def scope(self) -> tuple[object, ...]:
        """For ``risk.cover``: an empty part means any."""
        return self.desk_id, self.account_id, self.instrument_id, self.asset_class or None


def place(terms: Terms) -> tuple[object, ...]:
    """Where an order stands in the scopes of rules."""
    return terms.desk_id, terms.account_id, terms.instrument_id, terms.asset_class


class Stake(NamedTuple):
    """What the accounts in the scope of an exposure limit hold of an instrument, and what a unit of it is worth now.

    ``unit`` is in the limit's currency; None where price or rate is not known.
    """

    held: Held
    unit: Decimal | None

    @property
    def unknown(self) -> bool:
        """Whether there is something of it that nobody can value."""
        return self.unit is None and bool(self.held.position or self.held.open_buy or self.held.open_sell)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything ``decide`` looks at. ``usages`` are locked: those of accounts by key, those of limits by their id.

    ``lists`` holds the entries of every list by instrument. ``parts`` are those parts of the context that only some
    controls look at, by the name of the part and the order's id; what is missing there is not known. ``overrides`` are
    the ones that orders name (risk.waiving.Granted), by id and locked.

    ``bounds`` are the active limits by usage id, ``limits`` by order id those it counts in, ``holds`` what it holds
    already; ``sent`` is the money of orders in the window of a limit, ``stakes`` what an exposure is made of, both by
    the limit's usage id; ``today`` the business date.
    """

    usages: Mapping[Any, Held] = field(default_factory=dict)
    rules: Sequence[Scoped] = ()
    lists: Mapping[int, tuple[Restricted, ...]] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()
    listings: Mapping[int, Listing] = field(default_factory=dict)
    quotes: Mapping[int, Quoted] = field(default_factory=dict)
    fx: Rates = field(default_factory=Rates)
    states: Mapping[int, Tradable] = field(default_factory=dict)
    parts: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)
    overrides: Mapping[int, Any] = field(default_factory=dict)
    stage: str = "order"
    bounds: Mapping[int, Bound] = field(default_factory=dict)
    limits: Mapping[int, tuple[Counted, ...]] = field(default_factory=dict)
    holds: Mapping[int, Hold] = field(default_factory=dict)
    sent: Mapping[int, Decimal] = field(default_factory=dict)
    stakes: Mapping[int, Mapping[int, Stake]] = field(default_factory=dict)
    today: date | None = None
    loss_stops: tuple[LossStop, ...] = ()
    strategies: Mapping[str, str] = field(default_factory=dict)


def of_strategy(terms: Terms, strategies: Mapping[str, str]) -> Terms:
    """The terms under the strategy that their sender sends for, where nobody named another."""
    named = "" if terms.strategy else strategies.get(terms.sender, "")
    return replace(terms, strategy=named) if named else terms
