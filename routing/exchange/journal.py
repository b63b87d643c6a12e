"""What the venues must not forget when they are killed: orders, burnt ClOrdIDs, reports, and how far they had read.

One line of JSON a batch, written before anything of the batch is sent. A line cut short by a crash was not sent: it is
dropped, and the requests in it are asked for again, because the number up to which we had read stands in the line too.
After the reports of a batch were handed to the FIX engine a second, short line says so; reports without it go out
again after a restart, with the same ExecID and PossResend. The file goes on over restarts; when it is large it begins
anew with its outcome, and the one before it is kept, for the replay of reports.
"""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from routing.exchange.orders import ClientOrder, Fields, from_row
from routing.exchange.state import Executed, Key, Outgoing, State, Waiting

# A file of this size is rewritten; a busy day of a demo stays below it.
LARGE = 64 * 1024 * 1024
Read = dict[str, tuple[str, int]]  # session: (incarnation of its store, last MsgSeqNum acted on)
Burnt = tuple[str, str, Fields]  # session, ClOrdID, the OrderCancelReject that burnt it
Done = dict[str, Fields]  # commands by their id, with their outcomes


class Remembered(NamedTuple):
    """What the journal of an earlier run says. ``shut`` is halted symbols, and closed venues without a symbol."""

    orders: list[ClientOrder]
    burnt: list[Burnt]
    read: Read
    unsent: list[Outgoing]
    waiting: list[Waiting]
    shut: list[Key]
    done: Done


class Journal:
    """An append-only file; rewritten without its history whenever it is large."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._before = path, path.with_suffix(".old")
        self._stamp, self._last_id = _base36(int(time.time())), 0
        self.remembered = self._load()
        fresh = not path.exists() or not path.stat().st_size
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        if fresh:
            self._append({"stamp": self._stamp, "id": 0})

    def ids(self) -> Iterator[str]:
        """Identifiers that no earlier or later run gives out: the journal's birth, and a count that goes on."""
        while True:
            self._last_id += 1
            yield f"{self._stamp}-{self._last_id}"

    def write(
        self,
        orders: Iterable[ClientOrder],
        burnt: Sequence[Burnt],
        read: Read,
        reports: Sequence[Outgoing],
        executed: Sequence[Executed] = (),
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a batch. It is safe from a kill of this process once this returns. ``more`` is ``at_large``'s."""
        line: dict[str, Any] = {
            "id": self._last_id, "orders": [order.row() for order in orders], "burnt": burnt, "read": read,
            "reports": reports,
        }  # fmt: skip
        if executed:
            line["executed"] = executed
        self._append({**line, **(more or {})})

    def sent(self) -> None:
        """The reports of every batch so far are in the FIX engine's store."""
        self._append({"sent": True})

    def is_large(self) -> bool:
        """Whether it is time to rewrite."""
        return os.fstat(self._file).st_size > LARGE

    def rewrite(self, state: State, read: Read, done: Iterable[str]) -> None:
        """Begin anew with one line that says how everything stands, in one step: a crash leaves one file whole.

        Every report must have been handed over before.
        """
        burnt = [(*key, known) for key, known in state.names.items() if isinstance(known, dict)]
        line = {
            "stamp": self._stamp, "id": self._last_id, "orders": [order.row() for order in state.orders.values()],
            "burnt": burnt, "read": read, "reports": [], "done": {one: {} for one in done},
            "executed": [one for order in state.orders.values() for one in _versions(order)],
        }  # fmt: skip
        new = self._path.with_suffix(".new")
        new.write_bytes(orjson.dumps(line | at_large(state), option=orjson.OPT_APPEND_NEWLINE))
        self._before.unlink(missing_ok=True)
        os.link(self._path, self._before)
        new.replace(self._path)
        self.close()
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def reports(self, session: str) -> list[Outgoing]:
        """Every report to ``session`` that this file and the one before it still have, in order."""
        return [
            (name, msg_type, fields)
            for path in (self._before, self._path)
            for line in lines(path)
            for name, msg_type, fields in line.get("reports", ())
            if name == session
        ]  # fmt: skip

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _append(self, line: dict[str, Any]) -> None:
        os.write(self._file, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def _load(self) -> Remembered:
        self._cut()
        orders: dict[str, list[Any]] = {}
        executed: list[Executed] = []
        found = Remembered([], [], {}, [], [], [], {})
        for line in lines(self._path):
            if line.get("sent"):
                found.unsent.clear()
                continue
            self._stamp, self._last_id = line.get("stamp", self._stamp), line["id"]
            # Orders stand in the order of their first appearance, which is that of their arrival at the venue.
            orders |= {row[0]: row for row in line.get("orders", ())}
            executed += line.get("executed", ())
            _gather(found, line)
        found.orders.extend(from_row(row) for row in orders.values())
        by_id = {order.order_id: order for order in found.orders}
        for order_id, exec_id, changes, qty, price in executed:
            if order_id in by_id:
                by_id[order_id].recall(exec_id, changes, qty, price)
        return found

    def _cut(self) -> None:
        """A last line without an end was being written when the process was killed: it goes."""
        if self._path.exists():
            with self._path.open("r+b") as file:
                content = file.read()
                if not content.endswith(b"\n"):
                    file.truncate(content.rfind(b"\n") + 1)


def at_large(state: State) -> dict[str, Any]:
    """What the journal keeps beside orders: requests that wait, halted symbols, closed venues. Each line's replaces
    the one before it."""
    return {
        "waiting": [asdict(one) for one in state.waiting.values()],
        "shut": [*state.halted, *(("", mic) for mic in state.closed)],
    }  # fmt: skip


def _gather(found: Remembered, line: dict[str, Any]) -> None:
    found.burnt.extend((session, name, fields) for session, name, fields in line.get("burnt", ()))
    found.read.update({one: (incarnation, number) for one, (incarnation, number) in line.get("read", {}).items()})
    found.unsent.extend((session, msg_type, fields) for session, msg_type, fields in line.get("reports", ()))
    found.done.update(line.get("done", {}))
    if "waiting" in line:
        found.waiting[:] = [Waiting(**one) for one in line["waiting"]]
    if "shut" in line:
        found.shut[:] = [(symbol, mic) for symbol, mic in line["shut"]]


def _versions(order: ClientOrder) -> Iterator[Executed]:
    """The order's executions as lines of the journal; only the last version of each says how it stands."""
    for one in order.executions:
        for before, exec_id in zip([None, *one.ids], one.ids, strict=False):
            yield order.order_id, exec_id, before, one.qty, one.price


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a journal; one that a kill cut short is no line."""
    if path.exists():
        with path.open("rb") as file:
            yield from (orjson.loads(line) for line in file if line.endswith(b"\n"))


def _base36(number: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text
