"""The grammar of a rule: which orders it concerns, what it adds up and measures, and what that is compared with."""

from dataclasses import dataclass
from decimal import Decimal

POSITIONS, OPEN_ORDERS, THIS_ORDER = "positions", "open_orders", "this_order"
TAKES = (POSITIONS, OPEN_ORDERS, THIS_ORDER)
"""What may be added up."""

HOLDERS = ("account", "client", "desk", "firm")
SENDERS = ("trader", "sender")
"""Over whom: holdings belong to the first; messages are counted over the second as well."""

THINGS = ("instrument", "asset_class", "issuer", "sector", "country", "currency", "liquidity")
OWNERS = ("account", "client", "desk")
NUMBERS = ("duration", "rating", "adv")
OF_ROWS = (*THINGS, *OWNERS, *NUMBERS)
"""What conditions on holdings may ask."""
OF_ORDERS = (*OF_ROWS, "side", "ord_type", "time_in_force", "trader", "sender", "strategy")
"""What conditions on the order itself may ask."""

AMOUNTS = ("quantity", "notional", "pnl")
SHARES = {
    "percent_of_issuer": "issuer", "percent_of_sector": "sector", "percent_of_country": "country",
    "percent_of_currency": "currency",
}  # fmt: skip
"""Parts of everything held in the order's own issuer, sector, country or currency."""
OF_INSTRUMENT = ("percent_of_adv", "percent_of_outstanding")
RATES = ("messages", "order_to_trade")
MEASURES = (
    *AMOUNTS, "percent_of_nav", *OF_INSTRUMENT, *SHARES, "leverage", "duration", "rating", *RATES,
)  # fmt: skip
UNITS = {
    "percent_of_nav": "%", "percent_of_adv": "%", "percent_of_outstanding": "%", "leverage": "%", "duration": "years",
    **dict.fromkeys(SHARES, "%"),
}  # fmt: skip
IN_MONEY = frozenset({"notional", "pnl"})
PRICED = frozenset({"notional", "pnl", "percent_of_nav", "leverage", "duration", *SHARES})
"""Measures that value what they add up."""

NET, GROSS, SHORT = "net", "gross", "short"
COUNTS = (NET, GROSS, SHORT)
AT_MOST, AT_LEAST = "at_most", "at_least"
COMPARES = (AT_MOST, AT_LEAST)


@dataclass(frozen=True, slots=True)
class Condition:
    """``field`` is (``in``) or is not (``not_in``) one of ``values``, or is ``at_least`` or ``at_most`` ``level``.

    The level of a rating is its rank, best first, so that a worse one is greater.
    """

    field: str
    test: str
    values: tuple[str, ...] = ()
    level: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One rule. Empty parts ask nothing; levels are inclusive: exactly the level passes.

    ``scope`` says which orders are concerned. Of whomever ``over`` names (the order's account, client, desk or the
    firm) it takes what ``take`` says, leaves out what ``filter`` does not let through, keeps what is equal to the order
    in every field of ``group``, and measures that. ``count`` says how long and short positions are added up. Money is
    in ``currency``. ``window_s`` is how far back messages are counted, in seconds. Figures older than ``max_age_days``
    are stale. Levels of a rating are ranks, best first.
    """

    scope: tuple[Condition, ...]
    over: str
    take: tuple[str, ...]
    filter: tuple[Condition, ...]
    group: tuple[str, ...]
    measure: str
    count: str
    compare: str
    warn: Decimal | None
    fail: Decimal | None
    currency: str = ""
    window_s: Decimal | None = None
    max_age_days: Decimal | None = None

    @property
    def unit(self) -> str:
        """What its number is counted in."""
        return self.currency if self.measure in IN_MONEY else UNITS.get(self.measure, "")

    @property
    def is_rate(self) -> bool:
        """Whether it counts messages and not holdings."""
        return self.measure in RATES

    @property
    def upward(self) -> bool:
        """Whether a greater number is the worse one. Ratings are ranks, of which the greater is the worse grade."""
        return (self.compare == AT_MOST) != (self.measure == "rating")

    @property
    def whole(self) -> str:
        """The field of which it is a part, of those that are parts of what is held."""
        return SHARES.get(self.measure, "")
