"""The words orders are spoken of in: FIX value names in lower snake case, the same in tables, pages and messages."""

from enum import StrEnum


class Side(StrEnum):
    """Side (tag 54)."""

    BUY = "buy"
    SELL = "sell"
    SELL_SHORT = "sell_short"

    @property
    def sign(self) -> int:
        """+1 where a fill adds to the position, -1 where it takes from it."""
        return 1 if self is Side.BUY else -1


class OrdType(StrEnum):
    """OrdType (tag 40)."""

    MARKET = "market"
    LIMIT = "limit"


class TimeInForce(StrEnum):
    """TimeInForce (tag 59)."""

    DAY = "day"
    GOOD_TILL_CANCEL = "good_till_cancel"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    FILL_OR_KILL = "fill_or_kill"


class Phase(StrEnum):
    """Where an order stands apart from fills and requests in flight: one of the facts OrdStatus is derived from."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    STOPPED = "stopped"
    SUSPENDED = "suspended"
    CALCULATED = "calculated"
    DONE_FOR_DAY = "done_for_day"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"


class OrdStatus(StrEnum):
    """OrdStatus (tag 39)."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    DONE_FOR_DAY = "done_for_day"
    CANCELED = "canceled"
    PENDING_CANCEL = "pending_cancel"
    STOPPED = "stopped"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    CALCULATED = "calculated"
    EXPIRED = "expired"
    PENDING_REPLACE = "pending_replace"


class ExecType(StrEnum):
    """ExecType (tag 150), and the one other answer a request can get: the order cancel reject (35=9)."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    REJECTED = "rejected"
    TRADE = "trade"
    TRADE_CANCEL = "trade_cancel"
    TRADE_CORRECT = "trade_correct"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    CANCELED = "canceled"
    REPLACED = "replaced"
    CANCEL_REJECTED = "cancel_rejected"
    EXPIRED = "expired"
    DONE_FOR_DAY = "done_for_day"
    RESTATED = "restated"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    CALCULATED = "calculated"
    ORDER_STATUS = "order_status"


class AssetClass(StrEnum):
    """What kind of instrument it is; decides price factor, accrued interest and settlement cycle."""

    EQUITY = "equity"
    ETF = "etf"
    GOVERNMENT_BOND = "government_bond"
    CORPORATE_BOND = "corporate_bond"
    FUTURE = "future"
    OPTION = "option"
    FX_SPOT = "fx_spot"


class Role(StrEnum):
    """What a user is here to do."""

    TRADER = "trader"
    PORTFOLIO_MANAGER = "portfolio_manager"
    COMPLIANCE = "compliance"
    OPERATIONS = "operations"
    AUDITOR = "auditor"
    API_CLIENT = "api_client"


def choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """Django choices of an enumeration: the value, and the value in words."""
    return [(member.value, member.value.replace("_", " ")) for member in kind]
