"""The money of an execution: gross, principal, accrued interest, charges, and the net that is paid or
received.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from settlement.rounding import CENT, ZERO, half_up

FUTURE = "future"
BONDS = frozenset({"government_bond", "corporate_bond"})
SCALE = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Net:
    """Amounts in the instrument's currency.

    ``gross_trade_amt`` (tag 381) is quantity times price, exact to 8 decimals: the value of the trade.
    ``principal`` is what of it is paid, rounded to the cent: nothing for a future, where only margin moves.
    ``net_money`` (tag 118): what the buyer pays, what the seller receives (negative where fees exceed the
    proceeds).
    """

    gross_trade_amt: Decimal
    principal: Decimal
    accrued: Decimal
    commission: Decimal
    fees: Decimal
    net_money: Decimal


def gross_trade_amt(asset: str, qty: Decimal, price: Decimal, multiplier: Decimal) -> Decimal:
    """Quantity times price times multiplier; bonds are quoted per 100 of face and their quantity is face."""
    value = qty * price * multiplier
    return (value / 100 if asset in BONDS else value).quantize(SCALE, ROUND_HALF_UP)


def principal(asset: str, gross: Decimal, unit: Decimal = CENT) -> Decimal:
    """What of the gross amount changes hands."""
    return ZERO if asset == FUTURE else half_up(gross, unit)


def net(side: str, gross: Decimal, paid: Decimal, accrued: Decimal, commission: Decimal, fees: Decimal) -> Net:
    """The net: the buyer pays principal, accrued interest and charges; the seller receives less the
    charges.
    """
    charges = commission + fees
    money = paid + accrued + (charges if side == "buy" else -charges)
    return Net(gross, paid, accrued, commission, fees, money)
