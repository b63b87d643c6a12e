"""A FIX client of the demo: logs on, enters an order, amends it, asks for its status, cancels it, prints every report.

    make demo                                          # in another terminal
    .venv/bin/python examples/fix_client.py            # or: ... fix_client.py .oms/demo.json BUYSIDE2

It uses the engine and the codec of the system itself, so that fields go by names; any FIX engine will do as well:
docs/fix/README.md has the rules of engagement.
"""

import json
import os
import queue
import sys
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from routing.fix import codec
from routing.fix.engine import Engine, wait_for
from routing.fix.link import Link

SHOWN = (
    "exec_type", "ord_status", "cl_ord_id", "orig_cl_ord_id", "order_qty", "cum_qty", "leaves_qty", "last_qty",
    "last_px", "avg_px", "text",
)  # fmt: skip


class Client:
    """One session."""

    def __init__(self, logon: dict[str, Any], home: Path) -> None:
        self.heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.name = logon["session"]
        link = Link(
            self.name, logon["sender_comp_id"], logon["target_comp_id"], logon["host"], logon["port"],
            version=logon["version"], username=logon["username"], password=logon["password"],
        )  # fmt: skip
        self.engine = Engine([link], "initiator", home, on_message=lambda _name, raw: self.heard.put(raw))

    def send(self, msg_type: str, **fields: Any) -> None:
        """Send a message; the time of transaction is now."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        print(f"-> {msg_type} {fields}")
        self.engine.send(self.name, msg_type, {"transact_time": now, **fields})

    def hear(self, seconds: float) -> list[dict[str, Any]]:
        """Print what comes until nothing has come for so long."""
        reports = []
        while True:
            try:
                message = codec.decode(self.heard.get(timeout=seconds))
            except queue.Empty:
                return reports
            told = {name: message.fields[name] for name in SHOWN if message.fields.get(name) not in (None, "")}
            print(f"<- {message.msg_type} {told}")
            reports.append({"msg_type": message.msg_type, **message.fields})


def main(facts: dict[str, Any], session: str) -> None:
    """Play a short day."""
    logon = next(one for one in facts["fix_clients"] if one["session"] == session)
    client = Client(logon, Path(tempfile.mkdtemp()))
    client.engine.start()
    if not wait_for(lambda: client.engine.is_logged_on(client.name), 10):
        raise SystemExit("the logon was not accepted")
    day = uuid.uuid4().hex[:8]
    order = {"symbol": "MSFT", "side": "buy", "ord_type": "limit", "time_in_force": "day", "handl_inst": "automated"}
    client.send("D", cl_ord_id=f"{day}-1", account="EQ-CORE", order_qty="100", price="400.00", **order)
    client.hear(2)
    client.send("G", cl_ord_id=f"{day}-2", orig_cl_ord_id=f"{day}-1", order_qty="120", price="401.00", **order)
    client.hear(2)
    client.send("H", cl_ord_id=f"{day}-2", symbol="MSFT", side="buy")
    client.hear(1)
    client.send("F", cl_ord_id=f"{day}-3", orig_cl_ord_id=f"{day}-2", symbol="MSFT", side="buy", order_qty="120")
    client.hear(2)
    client.send("D", cl_ord_id=f"{day}-4", account="EQ-CORE", order_qty="50", **{**order, "ord_type": "market"})
    client.hear(2)
    client.engine.stop()


if __name__ == "__main__":
    path, session = (*sys.argv[1:], *(".oms/demo.json", "BUYSIDE1")[len(sys.argv) - 1 :])[:2]
    main(json.loads(Path(path).read_text(encoding="utf-8")), session)
    # QuickFIX's destructors race with the interpreter's own end.
    sys.stdout.flush()
    os._exit(0)
