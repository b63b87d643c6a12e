"""What is known to a batch before it is decided: rules in force, usages, lists, switches, quotes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from risk.context import Listing, Quoted, Restricted, Switch
from risk.parts import Tradable
from risk.terms import SELLS, ZERO, Terms

Key = tuple[int, int]
"""(account id, instrument id)"""


@dataclass(frozen=True, slots=True)
class Held:
    """A usage row: signed position, and what is open to buy and to sell. ``sell_short`` counts as a sell."""

    id: int
    position: Decimal = ZERO
    open_buy: Decimal = ZERO
    open_sell: Decimal = ZERO

    def plus(self, side: str, open_qty: Decimal, filled_qty: Decimal = ZERO) -> "Held":
        """With ``open_qty`` more (or less) open on ``side``, and ``filled_qty`` executed."""
        if side in SELLS:
            return replace(self, open_sell=self.open_sell + open_qty, position=self.position - filled_qty)
        return replace(self, open_buy=self.open_buy + open_qty, position=self.position + filled_qty)


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

    def covers(self, terms: Terms) -> bool:
        """An empty part of the scope means any."""
        return (
            (self.desk_id is None or self.desk_id == terms.desk_id)
            and (self.account_id is None or self.account_id == terms.account_id)
            and (self.instrument_id is None or self.instrument_id == terms.instrument_id)
            and (not self.asset_class or self.asset_class == terms.asset_class)
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything ``decide`` looks at. ``usages`` are locked; ``fx`` holds rates by (from, to) currency.

    ``lists`` holds the entries of every list by instrument. ``parts`` are those parts of the context that only some
    controls look at, by the name of the part and the order's id; what is missing there is not known. ``overrides`` are
    the ones that orders name (risk.waiving.Granted), by id and locked.
    """

    usages: Mapping[Key, Held] = field(default_factory=dict)
    rules: Sequence[Scoped] = ()
    lists: Mapping[int, tuple[Restricted, ...]] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()
    listings: Mapping[int, Listing] = field(default_factory=dict)
    quotes: Mapping[int, Quoted] = field(default_factory=dict)
    fx: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    states: Mapping[int, Tradable] = field(default_factory=dict)
    parts: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)
    overrides: Mapping[int, Any] = field(default_factory=dict)
    stage: str = "order"
