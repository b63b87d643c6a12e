"""A FIX client with nothing to spare: a socket, numbers, and when each order went out and was first answered.

The engine of the system would do as well and take as much of the processors as what is measured. This one speaks to a
healthy counterparty only: it asks for no gap to be filled and has none to fill.
"""

import socket
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

HEARTBEAT_S = 30
LOGON_S = 20.0
PENDING_NEW, NEW = b"A", b"0"


class Order(NamedTuple):
    """A market order to buy ``qty``, good for the day."""

    cl_ord_id: str
    account: str
    symbol: str
    qty: int = 10


class Wire:
    """One session, which begins at 1. ``sent``, ``first`` and ``taken`` are times of the monotonic clock by ClOrdID.

    ``first`` is the first ExecutionReport of an order, ``taken`` the first that is not Pending New: a venue's word.
    ``twice`` are ExecIDs that came again.
    """

    def __init__(self, logon: dict[str, Any]) -> None:
        self.ours, self.theirs = logon["sender_comp_id"], logon["target_comp_id"]
        self.sent: dict[str, float] = {}
        self.first: dict[str, float] = {}
        self.taken: dict[str, float] = {}
        self.rejected: list[str] = []
        self.twice: list[str] = []
        self._exec_ids: set[bytes] = set()
        self._socket = socket.create_connection((logon["host"], logon["port"]), timeout=LOGON_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._number, self._lock, self._up = 0, threading.Lock(), threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._say("A", f"98=0\x01108={HEARTBEAT_S}\x01141=Y\x01553={logon['username']}\x01554={logon['password']}\x01")
        if not self._up.wait(LOGON_S):
            raise AssertionError("the acceptor did not take the logon")
        self._socket.settimeout(None)

    def send(self, orders: Iterable[Order]) -> None:
        """Enter orders, in one write."""
        at = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")
        with self._lock:
            whole = b"".join(self._message("D", _body(one, at), at) for one in orders if self._noted(one))
            self._socket.sendall(whole)

    def close(self) -> None:
        """Log out and be gone."""
        self._say("5", "")
        self._reader.join(5)
        self._socket.close()

    def _noted(self, one: Order) -> bool:
        self.sent[one.cl_ord_id] = time.monotonic()
        return True

    def _say(self, msg_type: str, body: str) -> None:
        with self._lock:
            self._socket.sendall(self._message(msg_type, body, datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")))

    def _message(self, msg_type: str, body: str, at: str) -> bytes:
        self._number += 1
        text = f"35={msg_type}\x0134={self._number}\x0149={self.ours}\x0152={at}\x0156={self.theirs}\x01{body}"
        whole = f"8=FIX.4.4\x019={len(text)}\x01{text}".encode()
        return whole + b"10=%03d\x01" % (sum(whole) % 256)

    def _read(self) -> None:
        rest = b""
        while data := self._socket.recv(1 << 18):
            at = time.monotonic()
            *whole, rest = (rest + data).split(b"\x018=FIX.4.4\x01")
            end = rest.rfind(b"\x0110=")
            if end >= 0 and rest.endswith(b"\x01") and len(rest) - end == len(b"\x0110=000\x01"):
                whole, rest = [*whole, rest], b""
            for message in whole:
                self._take(message, at)

    def _take(self, message: bytes, at: float) -> None:
        kind = _value(message, b"35")
        if kind == b"8":
            self._report(message, at)
        elif kind == b"A":
            self._up.set()
        elif kind == b"1":
            self._say("0", f"112={_value(message, b'112').decode()}\x01")
        elif kind == b"0":
            # Ours goes out with theirs: both sides count the same seconds.
            self._say("0", "")
        elif kind in (b"3", b"j"):
            self.rejected.append(message.replace(b"\x01", b"|").decode())

    def _report(self, message: bytes, at: float) -> None:
        name, kind, exec_id = _value(message, b"11").decode(), _value(message, b"150"), _value(message, b"17")
        if exec_id in self._exec_ids:
            self.twice.append(exec_id.decode())
        self._exec_ids.add(exec_id)
        self.first.setdefault(name, at)
        if kind == b"8":
            self.rejected.append(message.replace(b"\x01", b"|").decode())
        if kind != PENDING_NEW:
            self.taken.setdefault(name, at)


def _body(one: Order, at: str) -> str:
    return (
        f"11={one.cl_ord_id}\x011={one.account}\x0121=1\x0155={one.symbol}\x0154=1\x0160={at}\x01"
        f"38={one.qty}\x0140=1\x0159=0\x01"
    )


def _value(message: bytes, tag: bytes) -> bytes:
    """The value of a tag that is there."""
    return message.split(b"\x01" + tag + b"=", 1)[1].split(b"\x01", 1)[0]
