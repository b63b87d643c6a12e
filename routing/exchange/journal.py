"""What the venues must not forget when they are killed: orders, burnt ClOrdIDs, reports, and how far they had read.

One line of JSON a batch, written before anything of the batch is sent. A line cut short by a crash was not sent: it is
dropped, and the requests in it are asked for again, because the number up to which we had read stands in the line too.
After the reports of a batch were handed to the FIX engine a second, short line says so; reports without it go out
again after a restart, with the same ExecID and PossResend.
"""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from routing.exchange.entry import Outgoing
from routing.exchange.orders import ClientOrder, Fields, from_row

# A file of this size is rewritten; a busy day of a demo stays below it.
LARGE = 64 * 1024 * 1024
Read = dict[str, tuple[str, int]]  # session: (incarnation of its store, last MsgSeqNum acted on)
Burnt = tuple[str, str, Fields]  # session, ClOrdID, the OrderCancelReject that burnt it


class Remembered(NamedTuple):
    """What the journal of an earlier run says."""

    orders: list[ClientOrder]
    burnt: list[Burnt]
    read: Read
    unsent: list[Outgoing]


class Journal:
    """An append-only file; opened once, and rewritten without its history at that moment and whenever it is large."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._stamp, self._last_id = _base36(int(time.time())), 0
        self.remembered = self._load()
        self._file = -1
        self.rewrite(*self.remembered)

    def ids(self) -> Iterator[str]:
        """Identifiers that no earlier or later run gives out: the journal's birth, and a count that goes on."""
        while True:
            self._last_id += 1
            yield f"{self._stamp}-{self._last_id}"

    def write(
        self, orders: Iterable[ClientOrder], burnt: Sequence[Burnt], read: Read, reports: Sequence[Outgoing]
    ) -> None:
        """Keep a batch. It is safe from a kill of this process once this returns."""
        self._append(self._line(orders, burnt, read, reports))

    def sent(self) -> None:
        """The reports of every batch so far are in the FIX engine's store."""
        self._append({"sent": True})

    def is_large(self) -> bool:
        """Whether it is time to rewrite."""
        return os.fstat(self._file).st_size > LARGE

    def rewrite(
        self, orders: Iterable[ClientOrder], burnt: Sequence[Burnt], read: Read, reports: Sequence[Outgoing]
    ) -> None:
        """Replace the file by one line with its outcome, in one step: a crash leaves the old or the new file."""
        line = self._line(orders, burnt, read, reports) | {"stamp": self._stamp}
        new = self._path.with_suffix(".new")
        new.write_bytes(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        new.replace(self._path)
        self.close()
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _line(
        self, orders: Iterable[ClientOrder], burnt: Sequence[Burnt], read: Read, reports: Sequence[Outgoing]
    ) -> dict[str, Any]:
        rows = [order.row() for order in orders]
        return {"id": self._last_id, "orders": rows, "burnt": burnt, "read": read, "reports": reports}

    def _append(self, line: dict[str, Any]) -> None:
        os.write(self._file, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def _load(self) -> Remembered:
        orders: dict[str, list[Any]] = {}
        burnt: list[Burnt] = []
        read: Read = {}
        unsent: list[Outgoing] = []
        for line in self._lines():
            if line.get("sent"):
                unsent.clear()
                continue
            self._stamp, self._last_id = line.get("stamp", self._stamp), line["id"]
            # Orders stand in the order of their first appearance, which is that of their arrival at the venue.
            orders |= {row[0]: row for row in line["orders"]}
            burnt += [(session, name, fields) for session, name, fields in line["burnt"]]
            read |= {session: (incarnation, number) for session, (incarnation, number) in line["read"].items()}
            unsent += [(session, msg_type, fields) for session, msg_type, fields in line["reports"]]
        return Remembered([from_row(row) for row in orders.values()], burnt, read, unsent)

    def _lines(self) -> Iterator[dict[str, Any]]:
        """The whole lines; one without an end was being written when the process was killed."""
        if self._path.exists():
            with self._path.open("rb") as file:
                yield from (orjson.loads(line) for line in file if line.endswith(b"\n"))


def _base36(number: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text
