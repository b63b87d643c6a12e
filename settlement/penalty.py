"""What a settlement fail costs, and when it must be closed out. Pure.

CSDR cash penalties (Delegated Regulation (EU) 2017/389, annex): a rate a business day on the reference value of what
failed, from the intended settlement date on; for lack of cash the central bank's overnight rate, at least nothing.
Regulation SHO rule 204: an open fail to deliver is closed out before the open of the settlement day after it was due,
of a long sale or of market making of the third.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from settlement.calendars import Calendar
from settlement.rounding import ZERO, half_up, minor_unit

LACK_OF_CASH: Final = "lack_of_cash"
CATEGORIES: Final = (
    "liquid_share", "illiquid_share", "sme_growth_market", "sovereign_debt", "other_debt", "sme_debt", "other",
    LACK_OF_CASH,
)  # fmt: skip
# Of an instrument that nobody put into a category of its own.
USUAL: Final = {
    "equity": "liquid_share", "government_bond": "sovereign_debt", "corporate_bond": "other_debt",
}  # fmt: skip
# ISO 20022 reasons: who lacked what.
_CASH: Final = frozenset({"MONY", "CMON"})
_THEIRS: Final = frozenset({"CLAC", "CMON"})
_OURS: Final = frozenset({"LACK", "MONY"})
BASIS_POINT: Final = Decimal("0.0001")
DAYS_A_YEAR: Final = 360
SHORT_DAYS, LONG_DAYS = 1, 3


class PenaltyRate(NamedTuple):
    """A dated rate: basis points a day, for lack of cash per cent a year. A blank market is any."""

    market: str
    category: str
    valid_from: date
    rate: Decimal


class Failed(NamedTuple):
    """What failed at the end of a day: the value of the securities, and the money, that did not move."""

    market: str
    category: str
    direction: str
    reason_code: str
    value: Decimal
    money: Decimal
    currency: str


class Charge(NamedTuple):
    """The penalty of one day. ``is_ours``: we pay it, else the counterparty does and we are paid."""

    category: str
    rate: Decimal
    amount: Decimal
    is_ours: bool


def charge(failed: Failed, day: date, rates: Iterable[PenaltyRate]) -> Charge | None:
    """The penalty of ``failed`` for ``day``; None where the market has none in force for its category."""
    category = LACK_OF_CASH if failed.reason_code in _CASH else failed.category
    rate = _in_force(failed.market, category, day, rates)
    if rate is None:
        return None
    return Charge(category, rate, amount(category, rate, failed.value, failed.money, failed.currency), is_ours(failed))


def amount(category: str, rate: Decimal, value: Decimal, money: Decimal, currency: str) -> Decimal:
    """What a day costs at ``rate``, where so much of securities and money has not moved."""
    if category == LACK_OF_CASH:
        exact = abs(money) * max(rate, ZERO) / 100 / DAYS_A_YEAR
    else:
        exact = abs(value) * rate * BASIS_POINT
    return half_up(exact, minor_unit(currency))


def is_ours(failed: Failed) -> bool:
    """Whether it is we who fail: as the reason says, else whoever should have delivered."""
    if failed.reason_code in _THEIRS:
        return False
    return failed.reason_code in _OURS or failed.direction == "deliver"


def close_out(settl_date: date, is_short: bool, calendar: Calendar) -> date:
    """Before whose open a fail to deliver is closed out (Reg SHO 204(a)). Raises Unsupported."""
    return calendar.add(settl_date, SHORT_DAYS if is_short else LONG_DAYS)


def collected_on(day: date, calendar: Calendar) -> date:
    """When the penalties of a month are paid: the 18th business day of the month after. Raises Unsupported."""
    month_end = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    first = calendar.roll(month_end)
    return calendar.add(first, 17)


def _in_force(market: str, category: str, day: date, rates: Iterable[PenaltyRate]) -> Decimal | None:
    """The newest rate for the market, else for any market."""
    fitting = [
        one for one in rates if one.category == category and one.market in ("", market) and one.valid_from <= day
    ]
    found = max(fitting, key=lambda one: (bool(one.market), one.valid_from), default=None)
    return found.rate if found else None
