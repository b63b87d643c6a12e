"""The tick at a price. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal

# (price from, tick)... in ascending order.
Bands = Sequence[tuple[Decimal, Decimal]]


def tick_at(bands: Bands, price: Decimal) -> Decimal:
    """The tick of the band ``price`` lies in; ``bands`` ascend, and the first reaches down to any price."""
    at = bisect_right(bands, price, key=lambda band: band[0]) - 1
    return bands[max(at, 0)][1]
