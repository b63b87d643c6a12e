"""The streams between relay and hub, and the head that says how far they have come.

One stream a desk; each entry holds rows of any of the desk's tables. Entries of a desk are numbered
1..n without a hole within an `epoch`, which changes whenever the relay had to begin anew (Valkey lost its data, say).
That number *is* the sequence of the websocket frames and of the snapshots, so it means the same in every web process.

The head is written in the same MULTI as the entries. Whoever reads the head and afterwards the database therefore
sees, in the database, at least everything the head counts.
"""

from typing import Any, NamedTuple

import orjson
from django.db import connection

LONGEST = 4_000
LONGEST_QUOTES = 400
ROWS_AN_ENTRY = 100


def key(*words: str) -> str:
    """A key in Valkey. It bears the name of the database it tells of: two copies may share one Valkey."""
    return ":".join(("bl", connection.settings_dict["NAME"], *words))


def head_key() -> str:
    """Where the head is kept."""
    return key("head")


def beat_key() -> str:
    """Where the relay's last sign of life is kept."""
    return key("beat")


def quotes_key() -> str:
    """The stream of quotes that moved."""
    return key("quotes")


def of_desk(code: str) -> str:
    """The stream of a desk."""
    return key("desk", code)


class Head(NamedTuple):
    """Stream epoch, number of the last entry of each desk, and the relay's place in the journal."""

    epoch: str
    counts: dict[str, int]
    place: tuple[int, int]

    def dump(self) -> bytes:
        """As it is stored."""
        return orjson.dumps([self.epoch, self.counts, list(self.place)])


def head(stored: bytes | None) -> Head | None:
    """The head as it was stored; None when there is none."""
    if not stored:
        return None
    epoch, counts, place = orjson.loads(stored)
    return Head(epoch, counts, (place[0], place[1]))


class Entry(NamedTuple):
    """One entry of a desk's stream. ``ts``: when the oldest change in it was recorded, in ms."""

    epoch: str
    number: int
    ts: int
    tables: dict[str, list[list[Any]]]


def pack(entry: Entry) -> dict[str | bytes, bytes]:
    """An entry as stream fields."""
    return {"e": orjson.dumps(list(entry))}


def unpack(fields: dict[bytes, bytes]) -> Entry:
    """What pack() made."""
    return Entry(*orjson.loads(fields[b"e"]))
