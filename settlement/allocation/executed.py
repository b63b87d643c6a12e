"""What orders have executed, as it stands: the live executions of each, by the day they were made."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from orders.executions import Execution as Live
from orders.executions import Executions
from orders.models import ExecutionReport
from orders.vocabulary import ExecType
from settlement.obligations import Execution
from settlement.rounding import ZERO

FILLS = (ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)
COLUMNS = ("order_id", "exec_type", "account_id", "instrument_id", "side", "last_qty", "last_px", "trade_date",
           "last_mkt", "venue_exec_id", "exec_ref_id", "order__settl_date")  # fmt: skip
Facts = tuple[int, int, str, date | None]


class Executed:
    """The live executions of some orders. One SELECT, none where there is no order."""

    def __init__(self, order_ids: Iterable[int]) -> None:
        self.of: dict[tuple[int, date], list[Execution]] = {}
        self.traded: set[int] = set()
        wanted = sorted(set(order_ids))
        if not wanted:
            return
        live: dict[int, Executions] = {}
        facts: dict[int, Facts] = {}
        markets: dict[tuple[int, str], str] = {}
        rows = ExecutionReport.objects.filter(order_id__among=wanted, is_root=True, exec_type__in=FILLS).order_by("id")
        for row in rows.values_list(*COLUMNS):
            order_id, kind, account, instrument, side, qty, px, day, mkt, exec_id, ref_id, agreed = row
            self.traded.add(order_id)
            facts[order_id] = account, instrument, side, agreed
            markets[order_id, exec_id] = mkt
            live.setdefault(order_id, Executions()).take(kind, Live(exec_id, qty, px, day), ref_id)
        for order_id, executions in live.items():
            for one in executions:
                made = _execution(order_id, facts[order_id], one, markets[order_id, one.exec_id])
                self.of.setdefault((order_id, one.trade_date), []).append(made)

    def days(self, order_id: int) -> list[date]:
        """The days on which the order has live executions, in order."""
        return sorted(day for one, day in self.of if one == order_id)

    def on(self, order_ids: Sequence[int], day: date) -> list[Execution]:
        """The live executions of the orders on one day, order by order as they were made."""
        return [one for order_id in order_ids for one in self.of.get((order_id, day), ())]

    def qty(self, order_ids: Sequence[int], day: date) -> Decimal:
        """How much of the orders was executed on the day."""
        return sum((one.last_qty for one in self.on(order_ids, day)), ZERO)


def _execution(order_id: int, facts: Facts, one: Live, market: str) -> Execution:
    """An execution as what it owes is asked for. Its own id is of no account: an allocation names its share."""
    account, instrument, side, agreed = facts
    gross = one.qty * one.px
    return Execution(
        0, order_id, ExecType.TRADE, account, instrument, side, one.qty, one.px, one.qty, gross, one.trade_date, market,
        one.exec_id, "", agreed,
    )  # fmt: skip


def worth(fills: Iterable[Execution]) -> tuple[Decimal, Decimal]:
    """Quantity and quantity times price of ``fills``: what tells whether a booking still fits them."""
    qty = gross = ZERO
    for one in fills:
        qty, gross = qty + one.last_qty, gross + one.last_qty * one.last_px
    return qty, gross
