"""What is known about one order's surroundings at the moment it is checked.

Every part is optional, and None means "not known": a control that needs it refuses with DATA_MISSING. An
empty tuple is knowledge: the list was read, and nothing is on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from risk.parts import (
    Allocation,
    Amending,
    Analytics,
    Borrow,
    Cash,
    Client,
    Copies,
    Counterparty,
    Credit,
    Cross,
    Fail,
    Fill,
    Fund,
    Grant,
    Hours,
    Line,
    Margin,
    Option,
    Release,
    Results,
    Rollout,
    Sent,
    Situation,
    Takes,
    Tradable,
    Traded,
    Traffic,
    Undone,
    Working,
)


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
    """A list entry that is in force. ``side`` is what it bars: any, buy, sell or sell_short.

    ``kind`` is the list: restricted, sell_only, watch, grey, exclusion or easy_to_borrow. ``account_id`` is given for
    an entry of one account's own list.
    """

    id: int | None
    side: str
    kind: str = "restricted"
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """An engaged kill switch. ``scope`` is firm, desk, trader, account, client, strategy, instrument or venue.

    ``accounts`` are those of a client.
    """

    id: int | None
    scope: str
    scope_id: str = ""
    reason: str = ""
    engaged_at: datetime | None = None
    accounts: frozenset[int] = frozenset()

    @property
    def keys(self) -> frozenset[tuple[str, str]]:
        """The (scope, scope id) pairs of which an order has one if it falls under the switch."""
        return frozenset([(self.scope, self.scope_id), *(("account", str(account)) for account in self.accounts)])


@dataclass(frozen=True, slots=True)
class LossStop:
    """What today's loss of an account, desk, trader or strategy has led to; ``level`` is the loss it was set for.

    Of a result that cannot be told, ``lacks`` is the code of what is wrong and ``why`` says it in words.
    """

    scope: str
    scope_id: str
    action: str
    level: str = ""
    lacks: str = ""
    why: str = ""


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
    order_id: int | None = None


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
    loss_stops: tuple[LossStop, ...] | None = None
    short_sale: ShortSale | None = None
    resting: tuple[Resting, ...] | None = None
    stp_group: str = ""
    sent_ages_s: tuple[Decimal, ...] | None = None
    strategy_ages_s: tuple[Decimal, ...] | None = None
    ratings: tuple[str, ...] | None = None
    fx: Mapping[str, Decimal] = field(default_factory=dict)
    fx_at: Mapping[str, datetime] = field(default_factory=dict)
    watched: tuple[Restricted, ...] | None = None
    excluded: tuple[Restricted, ...] | None = None
    tradable: Tradable | None = None
    hours: Hours | None = None
    takes: tuple[Takes, ...] | None = None
    grants: tuple[Grant, ...] | None = None
    analytics: Analytics | None = None
    client: Client | None = None
    recent: tuple[Sent, ...] | None = None
    owner_fills: tuple[Traded, ...] | None = None
    client_orders: tuple[Working, ...] | None = None
    credit: Credit | None = None
    cash: Cash | None = None
    results: Results | None = None
    borrow: Borrow | None = None
    executions: Decimal | None = None
    modifies: Decimal | None = None
    amending: Amending | None = None
    release: Release | None = None
    option: Option | None = None
    margin: Margin | None = None
    ssi: bool | None = None
    line: Line | None = None
    rollout: Rollout | None = None
    fund: Fund | None = None
    cross: Cross | None = None
    counterparty: Counterparty | None = None
    allocation: Allocation | None = None
    fill: Fill | None = None
    copies: Copies | None = None
    latency_s: Decimal | None = None
    fail: Fail | None = None
    undone: Undone | None = None
    traffic: Traffic | None = None
    situation: Situation | None = None
