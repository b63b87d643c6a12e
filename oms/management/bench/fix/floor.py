"""The floor: the bare engine as an acceptor that answers each NewOrderSingle with a report, and keeps no books.

``python -m oms.management.bench.fix.floor PORT HOME`` runs until its input ends.
"""

import os
import queue
import sys
import threading
from pathlib import Path

from routing.fix import codec
from routing.fix.engine import Engine, Link


def main(port: str, home: str) -> None:
    """Answer whatever comes."""
    arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
    engine = Engine(
        [Link("FLOOR", "FLOOR", "CLIENT", port=int(port))], "acceptor", Path(home),
        on_message=lambda _, raw: arrived.put(raw), strict=True,
    )  # fmt: skip
    threading.Thread(target=_answer, args=(engine, arrived), daemon=True).start()
    engine.start()
    sys.stdin.read()
    engine.stop()
    # QuickFIX's destructors race with the interpreter's own end.
    os._exit(0)


def _answer(engine: Engine, arrived: "queue.SimpleQueue[str]") -> None:
    number = 0
    while True:
        order = codec.decode(arrived.get()).fields
        number += 1
        engine.send("FLOOR", "8", {
            "order_id": str(number), "exec_id": f"F{number}", "exec_type": "pending_new", "ord_status": "pending_new",
            "cl_ord_id": order["cl_ord_id"], "account": order["account"], "symbol": order["symbol"],
            "side": order["side"], "ord_type": order["ord_type"], "time_in_force": order["time_in_force"],
            "order_qty": order["order_qty"], "cum_qty": "0", "leaves_qty": order["order_qty"], "avg_px": "0",
            "last_qty": "0", "transact_time": order["transact_time"],
        })  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
