"""Every table of the book, re-exported for Django and for readers."""

from orders.adjustment import PositionAdjustment
from orders.alert import Alert
from orders.day import DayStep
from orders.dayresult import DayResult
from orders.feed import Cursor
from orders.lists import ListOrder, OrderList
from orders.lotbook import LotBook
from orders.manual import ManualExecution
from orders.order import Order, OrderRequest
from orders.people import Account, Desk, User
from orders.position import Position
from orders.rates import FxRate
from orders.reference import BusinessDate, Instrument, Tick, TickTable
from orders.report import ExecutionReport
from orders.sessions import SessionOverride, TradingCalendar, TradingSession

__all__ = [
    "Account",
    "Alert",
    "BusinessDate",
    "Cursor",
    "DayResult",
    "DayStep",
    "Desk",
    "ExecutionReport",
    "FxRate",
    "Instrument",
    "ListOrder",
    "LotBook",
    "ManualExecution",
    "Order",
    "OrderList",
    "OrderRequest",
    "Position",
    "PositionAdjustment",
    "SessionOverride",
    "Tick",
    "TickTable",
    "TradingCalendar",
    "TradingSession",
    "User",
]
