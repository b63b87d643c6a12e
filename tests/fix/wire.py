"""A client that knows nothing of our codec: bytes over a socket, as somebody else's engine, or somebody worse, sends."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

SOH = b"\x01"


class Wire:
    """One connection. ``next`` is the MsgSeqNum it sends next."""

    def __init__(self, port: int, comp_id: str, begin: str = "FIX.4.4", context: Any = None) -> None:
        self.comp_id, self.begin, self.next = comp_id, begin, 1
        self.socket: socket.socket = _connected(port)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_hostname="server")
        self.socket.settimeout(30)
        self.rest = b""
        self._held: list[bytes] | None = None

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def logon(self, **more: str) -> dict[str, str] | None:
        """Log on with both numbers at 1; the answer."""
        extra = "".join(f"\x01{tag[1:]}={value}" for tag, value in more.items())
        default = "\x011137=9" if self.begin == "FIXT.1.1" else ""
        self.say(f"35=A\x0198=0\x01108=30\x01141=Y{default}{extra}")
        return self.hear()

    def say(self, body: str | bytes) -> None:
        """Send a body (without header fields but 35) under the next number, with everything that makes it whole."""
        self.raw(self.frame(body))
        self.next += 1

    def frame(self, body: str | bytes, **header: str) -> bytes:
        """A whole message; ``header`` replaces tags such as t34 or t52."""
        told = body if isinstance(body, bytes) else body.encode("latin-1")
        kind, _, rest = told.partition(SOH)
        at = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
        tags = {"t34": str(self.next), "t49": self.comp_id, "t52": at, "t56": "OMS"} | header
        head = b"".join(f"{tag[1:]}={value}\x01".encode() for tag, value in tags.items() if value)
        inner = kind + SOH + head + (rest + SOH if rest else b"")
        whole = f"8={self.begin}\x019={len(inner)}\x01".encode() + inner
        return whole + f"10={sum(whole) % 256:03d}\x01".encode()

    def raw(self, data: bytes) -> None:
        if self._held is None:
            self.socket.sendall(data)
        else:
            self._held.append(data)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is sent meanwhile goes out in one piece."""
        self._held = held = []
        yield
        self._held = None
        self.raw(b"".join(held))

    def hear(self, timeout_s: float = 30) -> dict[str, str] | None:
        """The next message that is no heartbeat, by tag; None when the other side hangs up or says nothing."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            head, found, tail = self.rest.partition(b"\x0110=")
            if found and len(tail) >= 4:
                self.rest = tail[4:]
                tags = dict(part.split("=", 1) for part in head.decode("latin-1").split("\x01"))
                if tags["35"] == "1":
                    self.say(f"35=0\x01112={tags['112']}")
                if tags["35"] not in ("0", "1"):
                    return tags
                continue
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self.socket.recv(65_536)
            except (TimeoutError, ConnectionError):
                return None
            if not data:
                return None
            self.rest += data
        return None


def _connected(port: int) -> socket.socket:
    """A process that begins takes a while to listen."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 10)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
