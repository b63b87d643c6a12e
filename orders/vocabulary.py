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
    """OrdType (tag 40). On-close and on-open orders are market or limit orders at_the_close or at_the_opening (59)."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    MARKET_IF_TOUCHED = "market_if_touched"
    LIMIT_IF_TOUCHED = "limit_if_touched"
    TRAILING_STOP = "trailing_stop"
    MARKET_TO_LIMIT = "market_to_limit"
    PEGGED = "pegged"


# Types that need a Price (44), and those that may have one: a pegged order's is the cap of what it pays or takes, a
# market-to-limit order's is where its rest came to stand.
PRICED = frozenset({OrdType.LIMIT, OrdType.STOP_LIMIT, OrdType.LIMIT_IF_TOUCHED})
MAY_BE_PRICED = PRICED | {OrdType.PEGGED, OrdType.MARKET_TO_LIMIT}
# Types that wait for the market to reach StopPx (99). A trailing stop's moves with the market.
TRIGGERED = frozenset(
    {
        OrdType.STOP,
        OrdType.STOP_LIMIT,
        OrdType.MARKET_IF_TOUCHED,
        OrdType.LIMIT_IF_TOUCHED,
        OrdType.TRAILING_STOP,
    }
)


class TimeInForce(StrEnum):
    """TimeInForce (tag 59)."""

    DAY = "day"
    GOOD_TILL_CANCEL = "good_till_cancel"
    AT_THE_OPENING = "at_the_opening"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    FILL_OR_KILL = "fill_or_kill"
    GOOD_TILL_DATE = "good_till_date"
    AT_THE_CLOSE = "at_the_close"


class ExecInst(StrEnum):
    """ExecInst (tag 18): how the order is to be handled. Post-only does not initiate, reduce-only does not increase.

    An order that is not to be reduced keeps its prices on the ex-date of a cash dividend.
    """

    PARTICIPATE_DONT_INITIATE = "participate_dont_initiate"
    DO_NOT_INCREASE = "do_not_increase"
    DO_NOT_REDUCE = "do_not_reduce"
    ALL_OR_NONE = "all_or_none"
    CANCEL_ON_TRADING_HALT = "cancel_on_trading_halt"
    REINSTATE_ON_TRADING_HALT = "reinstate_on_trading_halt"


class PegPriceType(StrEnum):
    """PegPriceType (tag 1094): own side of the quote, the other side, or the middle."""

    PRIMARY = "primary"
    MARKET = "market"
    MIDPOINT = "midpoint"


class PegOffsetType(StrEnum):
    """PegOffsetType (tag 836): what PegOffsetValue (211) is counted in."""

    PRICE = "price"
    BASIS_POINTS = "basis_points"


class HandlInst(StrEnum):
    """HandlInst (tag 21): routed by the system, or worked by a trader (a care order)."""

    AUTOMATED = "automated"
    MANUAL = "manual"


class Hold(StrEnum):
    """Why an open order is not sent on although nobody is working it."""

    NONE = ""
    STAGED = "staged"
    MANUAL = "manual"
    TRIGGER = "trigger"
    CONTINGENT = "contingent"
    WAVE = "wave"
    BLOCK = "block"
    LEG = "leg"


class Composition(StrEnum):
    """What an order is made of: itself, other orders merged into a block, or the legs of a spread."""

    SINGLE = ""
    BLOCK = "block"
    MULTILEG = "multileg"


class PriceType(StrEnum):
    """How the price of a bond is said: clean (PriceType, tag 423, 1), with accrued interest, or as a yield (9)."""

    CLEAN = "clean"
    DIRTY = "dirty"
    YIELD = "yield"


class ExecRestatementReason(StrEnum):
    """ExecRestatementReason (tag 378): why an order changed that nobody asked to change."""

    GT_CORPORATE_ACTION = "gt_corporate_action"
    GT_RENEWAL = "gt_renewal"
    VERBAL_CHANGE = "verbal_change"
    REPRICING = "repricing"
    BROKER_OPTION = "broker_option"
    PARTIAL_DECLINE = "partial_decline"
    CANCEL_ON_TRADING_HALT = "cancel_on_trading_halt"
    CANCEL_ON_SYSTEM_FAILURE = "cancel_on_system_failure"
    MARKET_OPTION = "market_option"
    CANCELED_NOT_BEST = "canceled_not_best"
    WAREHOUSE_RECAP = "warehouse_recap"
    OTHER = "other"


class ContingencyType(StrEnum):
    """ContingencyType (tag 1385) of a list; a bracket is an order whose fill starts a pair that update each other."""

    ONE_CANCELS_OTHER = "one_cancels_other"
    ONE_TRIGGERS_OTHER = "one_triggers_other"
    ONE_UPDATES_OTHER = "one_updates_other"
    BRACKET = "bracket"
    BASKET = "basket"
    BLOCK = "block"
    MULTILEG = "multileg"


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
    TRIGGERED = "triggered"
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


class MultiLegReportingType(StrEnum):
    """MultiLegReportingType (tag 442): what a report about a spread is about."""

    SINGLE_SECURITY = "single_security"
    INDIVIDUAL_LEG = "individual_leg"
    MULTILEG_SECURITY = "multileg_security"


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
    return [(member.value, member.value.replace("_", " ")) for member in kind if member.value]
