"""Two engines in one process, and what makes them certificates."""

import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oms.base.ports import free_port
from routing.fix.engine import Engine, Link, wait_for

ORDER = {
    "cl_ord_id": "1", "symbol": "AAPL", "side": "buy", "order_qty": "5", "ord_type": "limit", "price": "10",
    "time_in_force": "day", "transact_time": "2026-11-23T15:00:00+00:00",
}  # fmt: skip


class Side:
    """One end of a session: an engine and what it heard."""

    def __init__(self, role: str, home: Path, links: list[Link], **options: Any) -> None:
        self.name = links[0].name
        self.heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.ups = threading.Semaphore(0)
        self.engine = Engine(
            links, role, home, on_message=lambda _, raw: self.heard.put(raw),
            on_logon=lambda _: self.ups.release(), **options,
        )  # fmt: skip

    def is_up(self, timeout_s: float = 60) -> bool:
        return wait_for(lambda: self.engine.is_logged_on(self.name), timeout_s)

    def next(self, timeout_s: float = 30) -> str:
        return self.heard.get(timeout=timeout_s)

    def log(self) -> str:
        """Everything its sessions wrote."""
        return "".join(path.read_text() for path in (self.engine.home / "log").glob("FIX*"))


def links(port: int, number: int = 0, **terms: Any) -> tuple[Link, Link]:
    """Our end and the client's of the same session; ``ours`` and ``theirs`` differ by what they name."""
    ours, theirs = terms.pop("ours", {}), terms.pop("theirs", {})
    acceptor = Link(f"ours{number}", "OMS", f"CLIENT{number}", port=port, **{**terms, **ours})
    return acceptor, Link(f"client{number}", f"CLIENT{number}", "OMS", port=port, **{**terms, **theirs})


@contextmanager
def talking(home: Path, terms: dict[str, Any], **options: Any) -> Iterator[tuple[Side, Side]]:
    """An acceptor and an initiator, started; each test takes names of its own, since QuickFIX knows them by name."""
    acceptor, initiator = links(free_port(), **terms)
    server = Side("acceptor", home / "server", [acceptor], strict=True, **options)
    client = Side("initiator", home / "client", [initiator])
    server.engine.start()
    client.engine.start()
    try:
        yield server, client
    finally:
        client.engine.stop()
        server.engine.stop()


def certificates(home: Path, name: str) -> dict[str, str]:
    """An authority, and a certificate and key it signed: paths of PEM files."""
    home.mkdir(parents=True, exist_ok=True)
    paths = {
        kind: str(home / f"{name}.{kind}") for kind in ("authority", "authority_key", "key", "request", "certificate")
    }

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name} authority",
        "-keyout", paths["authority_key"], "-out", paths["authority"],
    )  # fmt: skip
    openssl(
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout", paths["key"],
        "-out", paths["request"],
    )  # fmt: skip
    openssl(
        "x509", "-req", "-days", "2", "-in", paths["request"], "-CA", paths["authority"], "-CAkey",
        paths["authority_key"], "-CAcreateserial", "-out", paths["certificate"],
    )  # fmt: skip
    return paths
