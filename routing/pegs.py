"""Where a pegged order stands: a pure function of the quote."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from orders.vocabulary import PegPriceType, Side
from routing.triggers import Market

ZERO = Decimal(0)


def price(
    side: str,
    peg: str,
    offset: Decimal | None,
    cap: Decimal | None,
    market: Market,
    ticks: Sequence[tuple[Decimal, Decimal]],
) -> Decimal | None:
    """The price to stand at, on the tick that is worse for nobody but us; None while the quote does not say.

    ``cap`` is the worst price the order may ever stand at (Price, 44); ``offset`` is added as it is (PegOffsetValue).
    """
    own, other = (market.bid, market.offer) if side == Side.BUY else (market.offer, market.bid)
    if peg == PegPriceType.MIDPOINT:
        base = None if own is None or other is None else (own + other) / 2
    else:
        base = own if peg == PegPriceType.PRIMARY else other
    if base is None:
        return None
    wanted = base + (offset or ZERO)
    if cap is not None:
        wanted = min(wanted, cap) if side == Side.BUY else max(wanted, cap)
    tick = next((tick for price_from, tick in reversed(ticks) if price_from <= wanted), None)
    if not tick or wanted <= 0:
        return None
    return (wanted / tick).to_integral_value(ROUND_FLOOR if side == Side.BUY else ROUND_CEILING) * tick
