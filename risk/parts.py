"""Parts of an order's surroundings that only some controls look at. A field that is not known is None.

Times are aware datetimes, ages seconds, weights and shares percent, money in the order's currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from risk.pipeline.book import Book, Placed, Thing, Who


@dataclass(frozen=True, slots=True)
class Tradable:
    """Whether the instrument trades at all. ``state`` is active, halted, expired or suspended."""

    state: str | None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """Trading sessions of the venue, half open [opens, closes), ascending; those outside regular hours apart."""

    regular: tuple[tuple[datetime, datetime], ...]
    extended: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Takes:
    """What one venue takes. An order without a venue needs one that takes it."""

    venue: str
    ord_types: frozenset[str]
    times_in_force: frozenset[str]
    peg_price_types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grant:
    """A trader's permission; an empty part means any."""

    asset_class: str = ""
    account_id: int | None = None
    venue: str = ""


@dataclass(frozen=True, slots=True)
class Analytics:
    """What is known of the instrument beyond its terms, and as of when."""

    issuer: str = ""
    parent: str = ""
    country: str = ""
    sector: str = ""
    adv: Decimal | None = None
    shares_outstanding: Decimal | None = None
    duration: Decimal | None = None
    liquidity: str = ""
    only_qib: bool | None = None
    retail: bool | None = None
    evaluated_price: Decimal | None = None
    initial_margin: Decimal | None = None
    ratings: tuple[str, ...] | None = None
    ssr_until: date | None = None
    ssr_known: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of the account: who stands behind it, and what it may do."""

    owner: str = ""
    self_trade_group: str = ""
    proprietary: bool | None = None
    barrier: str = ""
    qib: bool | None = None
    erisa: bool | None = None
    retail: bool | None = None
    sanctioned: bool | None = None
    options_level: Decimal | None = None
    venues: tuple[str, ...] | None = None
    brokers: tuple[str, ...] | None = None


class Sent(NamedTuple):
    """An earlier order, by what makes two orders the same, its value and its age."""

    account: object
    instrument: object
    side: str
    order_qty: Decimal | None
    price: Decimal | None
    age_s: Decimal
    value: Decimal | None = None


class Traded(NamedTuple):
    """A fill of the same beneficial owner in the same instrument."""

    side: str
    price: Decimal | None
    age_s: Decimal


class Working(NamedTuple):
    """An open order of a client. ``same_side`` of the information barrier: whoever trades here may know of it."""

    side: str
    price: Decimal | None
    qty: Decimal | None = None
    same_side: bool = True


@dataclass(frozen=True, slots=True)
class Credit:
    """Gross value executed today and still open for whoever is granted credit; a sale counts like a purchase."""

    executed: Decimal | None
    open: Decimal | None


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash of the account less what it has still to pay, what open purchases have set aside, this order's fees, and
    what is still to come in for what was sold and has not settled."""

    cash: Decimal | None
    reserved: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    incoming: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Results:
    """Profit since the day began; a loss is negative."""

    realised: Decimal | None
    unrealised: Decimal | None


@dataclass(frozen=True, slots=True)
class Borrow:
    """Stock that may be sold short: easy to borrow, or located, and how much of that is used."""

    easy: bool | None
    located: Decimal | None = None
    used: Decimal = Decimal(0)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Amending:
    """The order that is to be amended, and the version its sender has seen."""

    status: str | None = None
    version: int | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A second person's approval of one order's terms."""

    maker: str
    approver: str
    terms_hash: str = ""
    approved_hash: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """What an option order is made against: its right, what covers it, and calls that are covered by it already."""

    put_or_call: str
    underlying_qty: Decimal | None = None
    written_calls: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Margin:
    """Initial margin of the account before this order, of one contract, and what may be used."""

    used: Decimal | None
    per_contract: Decimal | None
    available: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """The session an order would be sent over, and whether the venue cancels when it breaks."""

    up: bool | None
    cancel_on_disconnect: bool | None = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """What an algorithm has done since it was deployed: instruments, value, venues."""

    instruments: frozenset[object] = frozenset()
    value: Decimal = Decimal(0)
    venues: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fund:
    """The portfolio as it would be without this order, its open purchases included; and its benchmark.

    ``issuer`` to ``duration`` are the order's instrument's own, by which it counts in the sums below.
    ``issuers`` maps each ultimate issuer to its market value. ``duration_mv`` is the sum of market value times
    duration, ``bonds_mv`` of the market values it is the average over. VaR is percent of net assets.
    """

    nav: Decimal | None = None
    nav_at: datetime | None = None
    issuer: str = ""
    sector: str = ""
    country: str = ""
    currency: str = ""
    liquidity: str = ""
    duration: Decimal | None = None
    issuers: Mapping[str, Decimal] | None = None
    issuer_mv: Decimal | None = None
    sector_mv: Decimal | None = None
    country_mv: Decimal | None = None
    currency_mv: Decimal | None = None
    illiquid_mv: Decimal | None = None
    gross: Decimal | None = None
    duration_mv: Decimal | None = None
    bonds_mv: Decimal | None = None
    benchmark_duration: Decimal | None = None
    shares_held: Decimal | None = None
    firm_shares: Decimal | None = None
    var_pct: Decimal | None = None
    benchmark_var_pct: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Cross:
    """A trade between two of our own accounts."""

    price: Decimal | None
    market_price: Decimal | None
    commission: Decimal | None = Decimal(0)
    erisa: bool | None = None
    eligible: bool | None = None
    approved: bool | None = None


@dataclass(frozen=True, slots=True)
class Counterparty:
    """The broker, and what it owes us unsettled and over the counter."""

    broker: str
    approved: bool | None
    exposure: Decimal | None
    nav: Decimal | None = None


class Share(NamedTuple):
    """One account's part of a block: what it asked for, what it got, and at what average price."""

    planned: Decimal
    actual: Decimal
    avg_px: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """How a block was given out. ``min_fill`` says that a minimum-fill rule was recorded as the reason."""

    shares: tuple[Share, ...]
    lot: Decimal = Decimal(1)
    min_fill: bool = False


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill as reported, the order it is for, and the market at that moment."""

    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    order_qty: Decimal | None = None
    cum_qty: Decimal | None = None
    bid: Decimal | None = None
    offer: Decimal | None = None
    reference: Decimal | None = None


class Copied(NamedTuple):
    """An execution as one of the two sides has it."""

    exec_id: str
    qty: Decimal | None
    price: Decimal | None
    age_s: Decimal


@dataclass(frozen=True, slots=True)
class Copies:
    """Our executions and the drop copy's."""

    ours: tuple[Copied, ...]
    theirs: tuple[Copied, ...]


@dataclass(frozen=True, slots=True)
class Fail:
    """A delivery that failed: settlement days since it was due, and whether the sale was short."""

    age_days: Decimal
    short: bool
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """A trade that was busted or corrected: each book as it should be after, and as it is."""

    books: Mapping[str, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Messages and trades of one member in one instrument and day (RTS 9)."""

    orders: Decimal
    trades: Decimal


@dataclass(frozen=True, slots=True)
class Situation:
    """What rules of Compliance look at: everything held, shared by the batch, and who and what this order is.

    ``ahead`` are the orders of the batch that were accepted before it.
    """

    book: Book
    who: Who
    thing: Thing
    trader: str = ""
    ahead: tuple[Placed, ...] = ()
