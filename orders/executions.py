"""The executions of an order as they stand: fills, less what was taken back, in the latest version of each.

A bust (ExecType H) or correction (G) names by ExecRefID (19) the latest version of the fill it undoes (Appendix D,
J.1.a: H refers to F, not to D). Venues also name the first: any name that an execution ever had leads to it.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from orders.vocabulary import ExecType


class Execution(NamedTuple):
    """One live fill under its latest ExecID: quantity, price, and the day it was made."""

    exec_id: str
    qty: Decimal
    px: Decimal
    trade_date: date


class Executions:
    """The live executions of one order, in the order in which they were first made."""

    def __init__(self) -> None:
        self._live: dict[str, Execution] = {}
        self._first: dict[str, str] = {}

    def __iter__(self) -> Iterator[Execution]:
        return iter(self._live.values())

    def find(self, exec_id: str) -> Execution | None:
        """The latest version of the execution that was ever called ``exec_id``; None if it is unknown or busted."""
        return self._live.get(self._first.get(exec_id, ""))

    def take(self, exec_type: str, made: Execution, exec_ref_id: str = "") -> None:
        """Note a trade, a trade_cancel of ``exec_ref_id``, or a trade_correct of it to ``made``; ignore the rest."""
        if exec_type == ExecType.TRADE:
            self._first[made.exec_id] = made.exec_id
            self._live[made.exec_id] = made
        elif exec_type in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT) and exec_ref_id in self._first:
            first = self._first[made.exec_id] = self._first[exec_ref_id]
            if exec_type == ExecType.TRADE_CANCEL:
                self._live.pop(first, None)
            else:
                # A correction is still of the day the fill was made: DayCumQty does not count it (J.1.c).
                self._live[first] = made._replace(trade_date=self._live[first].trade_date)
