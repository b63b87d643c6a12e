"""A FIX client in a process of its own, told what to send by lines of JSON: ``python -m tests.routing.initiator``.

QuickFIX keeps its sessions in one table a process, by name: two clients of the same name, one after the other, are
two processes here as they are in life.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from routing.fix.engine import Engine, Link

_writing = threading.Lock()


def tell(**line: Any) -> None:
    """One line to whoever started us."""
    with _writing:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def main(home: str, port: str, name: str, heartbeat_s: str) -> None:
    """Connect; send what standard input says; leave at its end."""
    link = Link(
        name, "OMS", name, port=int(port), durable=name != "FEED", heartbeat_s=int(heartbeat_s),
        version=os.environ.get("FIX_VERSION", "FIX.4.4"),
    )  # fmt: skip
    engine = Engine(
        [link], "initiator", Path(home), on_message=lambda _, raw: tell(raw=raw),
        on_logon=lambda _: tell(up=True), on_logout=lambda _: tell(up=False),
        stale_order_s=float(os.environ.get("STALE_S", "60")),
    )  # fmt: skip
    engine.start()
    for line in sys.stdin:
        order = json.loads(line)
        if "body" in order:
            engine.send_body(name, order["body"])
        elif "drop" in order:
            engine.disconnect(name)
        else:
            tell(sent=engine.send(name, order["msg_type"], order["fields"]))
    engine.stop()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
