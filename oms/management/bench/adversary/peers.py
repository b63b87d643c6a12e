"""The same stream through order models of others, each as far as it can be said to them.

They run as scripts in an environment of their own under OMS_HOME, made on demand from the package index; without it
they are left out, and why is said. What a peer has no words for (see ``PEERS``) is kept from it: those orders are
counted as not expressible, and the model it is held to is folded over what it was told.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from oms.management.bench.adversary.message import Message, to_lines
from oms.management.bench.adversary.model import Books, Outcome, books
from oms.management.bench.adversary.stream import Stream

INSTALL_S, RUN_S = 900, 900
# vnpy's order engine without its windows and charts: what it imports, and not all that it declares.
WHEELS = (
    ("nautilus_trader==1.221.0", "loguru", "numpy", "pandas", "requests", "ta-lib", "tzlocal"),
    ("--no-deps", "vnpy==4.5.0"),
)


class Peer(NamedTuple):
    """How a peer is asked. ``lacks``: kinds of messages, and statuses at the end, that it has no words for."""

    name: str
    script: str
    lacks: frozenset[str]
    calls: Mapping[str, str]
    missing: str


PEERS = (
    Peer(
        "vnpy", "as_vnpy.py",
        frozenset({"G", "trade_cancel", "trade_correct", "done_for_day", "pending_cancel", "pending_replace"}),
        {"expired": "canceled"}, "amends, busts, corrections, pending statuses, done for day, positions from fills",
    ),
    Peer(
        "nautilus_trader", "as_nautilus.py", frozenset({"trade_cancel", "trade_correct", "done_for_day"}), {},
        "busts, corrections, done for day",
    ),
)  # fmt: skip


class NotThereError(Exception):
    """The peers cannot be installed here."""


class Standing(NamedTuple):
    """What a peer made of the stream; shares of orders between 0 and 1, ``positions`` None where it keeps none.

    ``before_replay`` is ``correct_of_all`` of the same stream without the replay at its end.
    """

    peer: Peer
    expressible: float
    correct_of_expressible: float
    correct_of_all: float
    before_replay: float
    positions: float | None
    wrong: Counter[str]


def environment(home: Path) -> Path:
    """The interpreter of the peers' environment under ``home``, made if it is not there."""
    place, wanted = home / "peers", json.dumps(WHEELS)
    python, stamp = place / "bin" / "python", place / "installed.json"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    uv = Path(sys.executable).with_name("uv")
    make = [str(uv), "venv", "-q", "--clear", "--python", sys.executable, str(place)]
    into = [str(uv), "pip", "install", "-q", "--only-binary", ":all:", "--python", str(python)]
    if not uv.exists():
        make = [sys.executable, "-m", "venv", "--clear", str(place)]
        into = [str(python), "-m", "pip", "install", "-q", "--only-binary", ":all:"]
    env = {**os.environ, "UV_HTTP_TIMEOUT": "60"}
    if "PIP_INDEX_URL" in os.environ:  # uv does not read pip's variables
        env.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    try:
        for command in (make, *([*into, *wheels] for wheels in WHEELS)):
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_S, env=env)  # noqa: S603
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:]
        raise NotThereError(" ".join(["the package index did not give them:", *last])) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotThereError(str(error)) from error
    stamp.write_text(wanted)
    return python


class _Result(NamedTuple):
    orders: int
    right: int
    positions: float | None
    wrong: Counter[str]


def standings(python: Path, made: Stream) -> list[Standing]:
    """Every peer's standing on ``made``, which ends with the replay of its reports."""
    messages = made.messages
    once = messages[: len(messages) - sum(not m.is_request for m in messages) // 2]
    return [_standing(python, peer, made, once) for peer in PEERS]


def _standing(python: Path, peer: Peer, made: Stream, once: Sequence[Message]) -> Standing:
    whole = len(made.kinds)
    beyond = {_order(m) for m in made.messages if {m.exec_type, m.msg_type} & peer.lacks}
    ends = books(made.messages).orders
    beyond |= {name for name, outcome in ends.items() if outcome.ord_status in peer.lacks}
    first, last = (
        _result(python, peer, [m for m in messages if _order(m) not in beyond], made.kinds)
        for messages in (once, made.messages)
    )
    return Standing(
        peer, last.orders / whole, last.right / max(1, last.orders), last.right / whole, first.right / whole,
        last.positions, last.wrong,
    )  # fmt: skip


def _result(python: Path, peer: Peer, heard: Sequence[Message], kinds: Mapping[str, str]) -> _Result:
    expected, found = books(heard), _run(python, peer, heard)
    wrong = [name for name, outcome in expected.orders.items() if not _right(found["orders"].get(name), outcome, peer)]
    count = len(expected.orders)
    positions = _positions(found["positions"], expected)
    return _Result(count, count - len(wrong), positions, Counter(kinds[name] for name in wrong))


def _run(python: Path, peer: Peer, heard: Sequence[Message]) -> dict[str, Any]:
    """What the peer says its orders came to."""
    command = [str(python), "-P", str(Path(__file__).with_name(peer.script))]
    done = subprocess.run(  # noqa: S603
        command, input=to_lines(heard), capture_output=True, text=True, timeout=RUN_S, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _right(state: list[Any] | None, outcome: Outcome, peer: Peer) -> bool:
    """Status, quantity, filled quantity, and the average price to a millionth: peers reckon in binary."""
    if state is None:
        return False
    status, order_qty, cum_qty, avg_px = state
    return (
        status == peer.calls.get(outcome.ord_status, outcome.ord_status)
        and (float(order_qty), float(cum_qty)) == (float(outcome.order_qty), float(outcome.cum_qty))
        and _same_px(outcome.avg_px, avg_px)
    )


def _same_px(exact: Fraction | None, told: float | None) -> bool:
    if exact is None or told is None:
        return exact is None and told is None
    return abs(exact - Fraction(told)) < Fraction(1, 1_000_000)


def _positions(found: list[list[str]] | None, expected: Books) -> float | None:
    if found is None:
        return None
    held = {(account, symbol): float(qty) for account, symbol, qty in found}
    right = sum(held.get(key, 0.0) == float(qty) for key, qty in expected.positions.items())
    return right / max(1, len(expected.positions))


def _order(message: Message) -> str:
    return f"{message.cl_ord_id.split('-')[0]}-1"
