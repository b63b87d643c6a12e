"""What is known about one order's surroundings at the moment it is checked.

Every part is optional, and None means "not known": a control that needs it refuses with DATA_MISSING. An
empty tuple is knowledge: the list was read, and nothing is on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol


class Quoted(Protocol):
    """What an order is measured against: mid of best bid and offer, or last trade; and when it was quoted."""

    @property
    def price(self) -> Decimal | None: ...
    @property
    def bid(self) -> Decimal | None: ...
    @property
    def offer(self) -> Decimal | None: ...
    @property
    def at(self) -> datetime | None: ...


class Reference(NamedTuple):
    """A ``Quoted`` of our own. Who keeps the quotes may bring theirs."""

    price: Decimal | None
    bid: Decimal | None = None
    offer: Decimal | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """Position and open orders of the account in the instrument, without what the order itself holds."""

    position: Decimal
    open_buy: Decimal
    open_sell: Decimal


@dataclass(frozen=True, slots=True)
class Listing:
    """The instrument's trading rules. ``ticks`` are (price from, tick) bands in ascending order.

    ``min_qty`` is the smallest unit that trades; what is no multiple of ``round_lot`` is an odd lot.
    """

    ticks: tuple[tuple[Decimal, Decimal], ...] | None = None
    round_lot: Decimal | None = None
    min_qty: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Restricted:
    """A restricted list entry that is in force. ``side`` is what it bars: any, buy, sell or sell_short."""

    id: int | None
    side: str


@dataclass(frozen=True, slots=True)
class Switch:
    """An engaged kill switch. ``scope`` is firm, desk, trader, account, instrument or venue."""

    id: int | None
    scope: str
    scope_id: str = ""
    reason: str = ""
    engaged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShortSale:
    """Reg SHO rule 201: whether the price test is on, and the national best bid."""

    ssr_active: bool
    nbb: Decimal | None


@dataclass(frozen=True, slots=True)
class Resting:
    """One of our own open orders in the same instrument and self-trade group. A market order has no price."""

    side: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Market value already held of the issuer and net asset value, both in the order's currency."""

    issuer_mv: Decimal | None
    nav: Decimal | None


class Spent(NamedTuple):
    """What is used of a limit in money, in its currency, and what this order adds (``own``).

    ``executed`` today, ``open`` in orders, ``sent`` within the limit's window.
    """

    executed: Decimal
    open: Decimal
    sent: Decimal
    own: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All of it, for one order. ``fx`` holds the rates from the order's currency into others, by code.

    ``fx_at`` is when each rate was known; one without a time is taken to be of now.
    """

    at: datetime
    reference: Quoted | None = None
    holding: Holding | None = None
    listing: Listing | None = None
    restricted: tuple[Restricted, ...] | None = None
    switches: tuple[Switch, ...] | None = None
    short_sale: ShortSale | None = None
    resting: tuple[Resting, ...] | None = None
    sent_ages_s: tuple[Decimal, ...] | None = None
    portfolio: Portfolio | None = None
    ratings: tuple[str, ...] | None = None
    fx: Mapping[str, Decimal] = field(default_factory=dict)
    fx_at: Mapping[str, datetime] = field(default_factory=dict)
    spent: Spent | None = None
