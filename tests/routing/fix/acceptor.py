"""An acceptor that keeps what it gets in a file, a moment after it got it: ``python -m tests.routing.fix.acceptor``.

A line of the file is what a committed row is elsewhere; what is in memory when the process is killed was not committed.
"""

import json
import queue
import sys
from pathlib import Path

from routing.fix import codec
from routing.fix.engine import Engine, Link


def read(path: Path) -> list[dict[str, str]]:
    """The lines of the file; the last may be torn."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def main(home: str, port: str, version: str, number: str) -> None:
    """Serve until killed."""
    arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
    path = Path(home) / "kept.jsonl"
    link = Link("ours", "OMS", f"CLIENT{number}", port=int(port), version=version)

    def resume(link: Link, incarnation: str) -> int:
        kept = [int(line["seq"]) for line in read(path) if line["incarnation"] == incarnation]
        return max(kept, default=0) + 1

    engine = Engine([link], "acceptor", Path(home), on_message=lambda _, raw: arrived.put(raw), resume=resume)
    engine.start()
    with path.open("a") as file:
        while True:
            batch = [arrived.get()]
            while not arrived.empty() and len(batch) < 20:
                batch.append(arrived.get())
            for raw in batch:
                message = codec.decode(raw)
                line = {"incarnation": engine.incarnation("ours"), "seq": str(message.msg_seq_num)}
                file.write(json.dumps(line | {"cl_ord_id": message.fields["cl_ord_id"]}) + "\n")
            file.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
