"""Order state changes by the rules of FIX Appendix D, in a line notation, as scenarios of the case file's format.

A line is ``time > what`` for a request and ``time < what`` for a report; ``!`` before the sign marks the alternative.
Requests: ``D X 10000``, ``F Y X``, ``G Y X 12000``, ``H X``. Reports: ExecType ClOrdID[/OrigClOrdID] OrdStatus
OrderQty CumQty LeavesQty [LastQty] [name=value ...]; ``9 Y/X Status`` is an OrderCancelReject.
"""

from typing import Any

WORDS = {
    "new": "New", "trade": "Trade", "part": "Partially Filled", "filled": "Filled", "pcancel": "Pending Cancel",
    "preplace": "Pending Replace", "canceled": "Canceled", "replaced": "Replaced", "rejected": "Rejected",
    "bust": "Trade Cancel", "correct": "Trade Correct", "dfd": "Done for Day", "expired": "Expired",
    "restated": "Restated", "status": "Order Status", "stopped": "Stopped", "pnew": "Pending New",
    "suspended": "Suspended",
}  # fmt: skip

PLAYS = {
    "day order expires": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 < trade X part 10000 2000 8000 2000
        4 < expired X expired 10000 2000 0""",
    "filled before the cancel": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 < trade X part 10000 2000 8000 2000
        4 > F Y X
        4 < trade X part 10000 5000 5000 3000
        5 < pcancel Y/X pcancel 10000 5000 5000
        6 < trade X pcancel 10000 10000 0 5000
        7 < 9 Y/X filled cxl_rej_reason=0""",
    "cancel of an unacknowledged order": """
        1 > D X 10000
        2 > F Y X
        3 !< 9 Y/X pnew
        3 < pcancel Y/X pcancel 10000 0 10000
        4 < new X pcancel 10000 0 10000
        5 < canceled Y/X canceled 10000 0 0""",
    "filled order, replaced upwards": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 < trade X filled 10000 10000 0 10000
        4 > G Y X 12000
        5 !< 9 Y/X filled
        5 < preplace Y/X preplace 10000 10000 0
        6 < replaced Y/X part 12000 10000 2000
        7 < trade Y filled 12000 12000 0 2000""",
    "replaced below what is filled": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 > G Y X 7000
        3 < trade X part 10000 8000 2000 8000
        4 < preplace Y/X preplace 10000 8000 2000
        5 < replaced Y/X filled 8000 8000 0""",
    "another price, the same quantity": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 > G Y X 10000
        4 < replaced Y/X new 10000 0 10000
        5 < trade Y part 10000 1000 9000 1000""",
    "first replace refused, second accepted": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 < trade X part 10000 1000 9000 1000
        4 > G Y X 8000
        5 < preplace Y/X preplace 10000 1000 9000
        6 < 9 Y/X part
        7 < trade X part 10000 3000 7000 2000
        8 > G Z X 6000
        9 < preplace Z/X preplace 10000 3000 7000
        10 < replaced Z/X part 6000 3000 3000
        11 < trade Z filled 6000 6000 0 3000""",
    "two replaces pending, both accepted": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 > G Y X 8000
        4 > G Z Y 7000
        5 < preplace Y/X preplace 10000 0 10000
        6 < preplace Z/X preplace 10000 0 10000
        7 < trade X preplace 10000 1000 9000 1000
        8 < replaced Y/X preplace 8000 1000 7000
        9 < replaced Z/Y part 7000 1000 6000""",
    "refused one by one": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 > G Y X 8000
        4 > G Z Y 7000
        5 < preplace Y/X preplace 10000 0 10000
        6 < preplace Z/X preplace 10000 0 10000
        7 < 9 Y/X preplace
        8 < replaced Z/X new 7000 0 7000""",
    "cancel behind a replace": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 > G Y X 8000
        4 < preplace Y/X preplace 10000 0 10000
        5 > F Z Y
        6 < pcancel Z/X pcancel 10000 0 10000
        7 < replaced Y/X pcancel 8000 0 8000
        8 < canceled Z/Y canceled 8000 0 0""",
    "unasked replace": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 < trade X part 10000 1000 9000 1000
        4 < restated X part 9000 1000 8000 exec_restatement_reason=2""",
    "immediate or cancel": """
        1 > D X 10000 time_in_force=3
        2 < new X new 10000 0 10000
        3 < trade X part 10000 1000 9000 1000
        4 < canceled X canceled 10000 1000 0""",
    "canceled, then corrections and busts": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 < trade X part 10000 1000 9000 1000 exec_id=C last_px=100
        4 < trade X part 10000 2000 8000 1000 exec_id=D last_px=110
        5 > F Y X
        6 < pcancel Y/X pcancel 10000 2000 8000
        7 < canceled Y/X canceled 10000 2000 0
        8 < bust X canceled 10000 1000 0 0 exec_id=E exec_ref_id=C avg_px=110
        9 < correct X canceled 10000 1000 0 1000 exec_id=F exec_ref_id=D last_px=105 avg_px=105
        10 < trade X canceled 10000 2000 0 1000 exec_id=G last_px=115 avg_px=110""",
    "carried, then yesterday's fill is corrected": """
        D1.1 > D X 10000
        D1.2 < new X new 10000 0 10000
        D1.3 < trade X part 10000 2000 8000 2000 exec_id=C last_px=100
        D1.4 < dfd X dfd 10000 2000 8000
        D2.1 < restated X part 10000 2000 8000 day_order_qty=8000 day_cum_qty=0
        D2.2 < trade X part 10000 3000 7000 1000 exec_id=D last_px=100 day_order_qty=8000 day_cum_qty=1000
        D2.3 < correct X part 10000 2500 7500 1500 exec_id=E exec_ref_id=C last_px=100 day_order_qty=8500 day_cum_qty=1000""",
    "done for the day, then a bust": """
        1 > D X 10000
        2 < new X new 10000 0 10000
        3 < trade X part 10000 1000 9000 1000 exec_id=C last_px=100
        4 < dfd X dfd 10000 1000 0
        5 < bust X dfd 10000 0 0 0 exec_id=E exec_ref_id=C""",
    "halted and reinstated": """
        1 > D X 10000 exec_inst=H
        2 < new X new 10000 0 10000
        3 < suspended X suspended 10000 0 10000
        4 < new X new 10000 0 10000""",
    "for an amount of money": """
        1 > D X - cash_order_qty=1000000
        2 < new X new 10000 0 10000
        3 < trade X filled 10000 10000 0 10000""",
    "unknown, asked for with PossResend": """
        1 > D X 10000 poss_resend=Y
        2 < new X new 10000 0 10000
        3 > H X
        4 < status X new 10000 0 10000""",
}  # fmt: skip
CODES = {"D": "New Order", "F": "Cancel Request", "G": "Replace Request", "H": "Status Request"}


def scenarios() -> list[dict[str, Any]]:
    """Every play as a scenario of the file's format."""
    return [
        {
            "id": name,
            "title": name,
            "source": {"status": "own"},
            "steps": [_step(line) for line in play.split("\n")[1:]],
        }
        for name, play in PLAYS.items()
    ]


def _step(line: str) -> dict[str, Any]:
    time, sign, kind, *rest = line.split()
    words = [word for word in rest if "=" not in word]
    more = {name: _value(name, value) for name, _, value in (word.partition("=") for word in rest if "=" in word)}
    row: dict[str, Any] = {"time": time, "branch": "alternative" if sign.startswith("!") else "main", **more}
    if sign.endswith(">"):
        row |= {"msg_in": CODES[kind], "msg_type": kind, "cl_ord_id": words[0]}
        if kind in "FG":
            row["orig_cl_ord_id"] = words[1]
        if kind in "DG" and words[-1] != "-":
            row["order_qty"] = int(words[-1])
        return row
    name, _, orig = words[0].partition("/")
    row |= {"cl_ord_id": name, "ord_status": WORDS[words[1]]} | ({"orig_cl_ord_id": orig} if orig else {})
    if kind == "9":
        return row | {"msg_out": "Cancel Reject", "msg_type": "9"}
    names = ("order_qty", "cum_qty", "leaves_qty", "last_qty")
    row |= {"last_qty": None} if kind == "status" else {"last_qty": 0}
    row |= dict(zip(names, map(int, words[2:]), strict=False))
    return row | {"msg_out": "Execution", "msg_type": "8", "exec_type": WORDS[kind]}


def _value(name: str, text: str) -> Any:
    return int(text) if text.isdigit() and name not in ("exec_id", "exec_ref_id") else text
