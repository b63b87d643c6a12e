"""A venue's own list of the trades it made for its clients, from its journal: what it says however it was reported.

Reports may have been lost, doubled or changed on their way (delivery.py); the journal has each as it should be. So this
list is a second source, as a venue's file of trades at the end of its day is.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from routing.exchange.journal import lines

MADE = frozenset({"trade", "trade_correct", "trade_cancel"})


class Trade(NamedTuple):
    """One execution in its latest version, under the ExecID (17) of that version. ``qty`` is 0 where it was busted."""

    mic: str
    exec_id: str
    cl_ord_id: str
    symbol: str
    side: str
    qty: Decimal
    price: Decimal
    at: datetime


def trades(home: Path) -> list[Trade]:
    """Every trade the journal in ``home``, and the one before it, still know. None where there is no journal."""
    latest: dict[tuple[str, str], Trade] = {}
    first: dict[tuple[str, str], str] = {}
    for mic, fields in _reports(home):
        exec_id, ref = fields["exec_id"], fields.get("exec_ref_id")
        name = first.get((mic, ref), exec_id) if ref else exec_id
        first[mic, exec_id] = name
        busted = fields["exec_type"] == "trade_cancel"
        latest[mic, name] = Trade(
            mic, exec_id, fields["cl_ord_id"], fields["symbol"], "buy" if fields["side"] == "buy" else "sell",
            Decimal(0) if busted else Decimal(fields["last_qty"]), Decimal(0) if busted else Decimal(fields["last_px"]),
            datetime.fromisoformat(fields["transact_time"]),
        )  # fmt: skip
    return list(latest.values())


def _reports(home: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Executions among the reports, with their venue; what is said of a spread as a whole is no trade of its own."""
    for path in (home / "journal.old", home / "journal.jsonl"):
        for line in lines(path):
            for mic, _, fields in line.get("reports", ()):
                if fields.get("exec_type") in MADE and fields.get("multi_leg_reporting_type") != "multileg_security":
                    yield fields.get("last_mkt") or mic, fields
