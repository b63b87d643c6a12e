"""A version of a rule tried on past orders: what it would have warned of, and what it would have stopped."""

from risk.backtests.asking import SMALL, ask
from risk.backtests.working import work

__all__ = ["SMALL", "ask", "work"]
