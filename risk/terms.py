"""What an order asks for, as the controls see it: one shape for entry, amend, child order and what-if."""

from dataclasses import dataclass
from decimal import Decimal

ZERO, ONE = Decimal(0), Decimal(1)
SELLS = frozenset({"sell", "sell_short", "sell_short_exempt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The economic terms of one order. Quantities and prices are Decimal; ids are primary keys.

    ``price_factor`` turns a quoted price into money a unit (bonds are quoted in percent: 0.01). For an amend
    ``order_qty`` is the new total (FIX 38 of a 35=G), ``open_before`` the leaves under the old terms, which
    must not be counted twice, and ``price_before`` the old price; a new order has 0, 0 and None.
    ``sender`` is the SenderCompID (49) it came under, ``strategy`` the strategy it is traded for.
    ``market`` is where the instrument is listed first, ``issuer`` whoever issued it or its underlying.
    ``acknowledge_soft`` says that whoever entered the order has read its warnings and wants it none the less, for
    ``acknowledge_reason``. ``override_id`` names what a second person granted; ``also`` are words of the order that no
    control looks at and that a grant is bound to all the same.
    ``is_block`` says that it is other orders together: what their accounts hold was judged with each of them, and they
    hold the room that it needs. ``split_of`` is the order that it is a part of, ``part_of`` the same where
    the part is of the same account and passes on its room. ``leg`` is the number of a leg in its spread ``whole_id``,
    and ``whole`` the words of the spread with all its legs, which a grant is bound to.
    """

    order_id: int
    account_id: int | None
    desk_id: int | None
    instrument_id: int | None
    symbol: str
    asset_class: str
    side: str
    ord_type: str
    order_qty: Decimal
    price: Decimal | None = None
    multiplier: Decimal = ONE
    price_factor: Decimal = ONE
    currency: str = ""
    entered_by_id: int | None = None
    venue: str = ""
    issuer: str = ""
    strategy: str = ""
    client: str = ""
    portfolio: str = ""
    market: str = ""
    open_before: Decimal = ZERO
    cum_qty: Decimal = ZERO
    price_before: Decimal | None = None
    acknowledge_soft: bool = False
    stop_px: Decimal | None = None
    exec_inst: str = ""
    time_in_force: str = ""
    peg_price_type: str = ""
    sender: str = ""
    is_block: bool = False
    split_of: int | None = None
    part_of: int | None = None
    acknowledge_reason: str = ""
    override_id: int | None = None
    also: str = ""
    leg: int = 0
    whole_id: int | None = None
    whole: tuple[tuple[str, str], ...] = ()

    @property
    def is_amend(self) -> bool:
        """What is amended has leaves, or was filled and is to be revived by a greater quantity."""
        return self.open_before > 0 or self.cum_qty > 0

    @property
    def leaves_qty(self) -> Decimal:
        """What would still be open under these terms."""
        return self.order_qty - self.cum_qty

    @property
    def reduce_only(self) -> bool:
        """An amend that makes the order no larger at the same price: no limit may stand in its way."""
        return self.is_amend and self.leaves_qty <= self.open_before and self.price == self.price_before

    @property
    def is_sell(self) -> bool:
        """Any kind of sell (FIX 54 = 2, 5 or 6)."""
        return self.side in SELLS

    def value(self, price: Decimal) -> Decimal:
        """The whole order at ``price``, in the order's currency."""
        return self.order_qty * price * self.multiplier * self.price_factor

    def exposure(self, price: Decimal) -> Decimal:
        """What could still be traded at ``price``, in the order's currency: what is filled is a position already."""
        return self.leaves_qty * price * self.multiplier * self.price_factor

    @property
    def growth_qty(self) -> Decimal:
        """What would be open beyond what is open already: all of a new order, of an amend only the difference."""
        return self.leaves_qty - self.open_before

    def growth(self, price: Decimal) -> Decimal:
        """What that is worth at ``price``, in the order's currency."""
        return self.growth_qty * price * self.multiplier * self.price_factor
