"""Client-facing: requests go over TCP to the acceptor, the venue is driven to produce the scenario, reports come back.

The acceptor is a process of its own on the same database, as in production; what the venue says is recorded here.
"""

import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path as File
from typing import Any
from uuid import uuid4

from oms.base.clock import now
from oms.base.money import plain
from oms.management.conformance.matrices import stage
from oms.management.conformance.matrices.paths import Path, Row, changes, quantity, word
from orders.models import BusinessDate, Order, OrderRequest
from routing.fix import codec
from routing.fix.engine import Engine, Link, wait_for
from routing.models import Quote

Pair = tuple[Mapping[str, Any], Mapping[str, Any]]
# A busy machine takes its time, and a process that begins there more of it.
PATIENCE_S = 30.0
START_S = 60.0
TOLD = (
    "order_qty", "cum_qty", "leaves_qty", "last_qty", "avg_px", "day_order_qty", "day_cum_qty", "order_id",
    "ord_rej_reason", "cxl_rej_reason",
)  # fmt: skip


class Client:
    """A FIX client of the acceptor, and the reports it has not looked at yet."""

    def __init__(self, link: Link, home: File) -> None:
        self.heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.name = link.name
        self.engine = Engine([link], "initiator", home, on_message=lambda name, raw: self.heard.put(raw))

    @contextmanager
    def logged_on(self) -> Iterator["Client"]:
        """Connected and logged on while the block runs."""
        self.engine.start()
        try:
            if not wait_for(lambda: self.engine.is_logged_on(self.name), START_S):
                raise AssertionError("the acceptor did not take the logon")
            yield self
        finally:
            self.engine.stop()

    def hear(self, timeout_s: float = PATIENCE_S) -> Mapping[str, Any]:
        """The next report, by our names, with its ``msg_type``; empty if none comes in time."""
        try:
            message = codec.decode(self.heard.get(timeout=timeout_s))
        except queue.Empty:
            return {}
        return message.fields | {"msg_type": message.msg_type}


def play(path: Path, client: Client, session: str) -> Pair:
    """What each report of the path says, and what the client was told. Its orders are ended afterwards."""
    one = _Play(path, client, session)
    try:
        return one.run()
    finally:
        one.leave()


class _Play:
    """One path, with what has happened so far."""

    def __init__(self, path: Path, client: Client, session: str) -> None:
        self.path, self.client = path, client
        stage.trader()
        self.names = stage.Names(session, uuid4().hex[:12])
        self.executions: dict[str, str] = {}
        self.known: set[str] = set()
        self.repeated: set[str] = set()
        self.day = ""

    def run(self) -> Pair:
        expected: dict[str, Any] = {}
        actual: dict[str, Any] = {}
        for number, row in enumerate(self.path.rows, 1):
            self._new_day(row)
            if "msg_in" in row:
                self._ask(row)
            elif row.get("msg_out") and row.get("msg_type"):
                name = f"{number} {row['msg_out']} at {row['time']}"
                if not self._acceptor_answers(row):
                    stage.tell(row, self.names, self.executions)
                expected[name], actual[name] = self._expected(row), dict(self._hear())
        return expected, actual

    def _hear(self) -> Mapping[str, Any]:
        """The next report that is about an order of this path, or about none."""
        while heard := self.client.hear():
            about = heard.get("cl_ord_id") or self.names.prefix
            if about.startswith(self.names.prefix):
                break
        return heard

    def leave(self) -> None:
        """Take out what is still open, so that nothing of this path is heard in the next."""
        for name in sorted(self.known):
            root = self.names.root(name)
            if root is not None and Order.objects.filter(pk=root.pk, leaves_qty__gt=0).exists():
                stage.tell({"msg_type": "8", "exec_type": "Canceled", "cl_ord_id": name}, self.names, self.executions)
                while self._hear().get("ord_status", "canceled") != "canceled":
                    pass
        while self.client.hear(0.3):
            pass

    def _new_day(self, row: Row) -> None:
        day, dot, _ = str(row["time"]).partition(".")
        if dot and self.day and day != self.day:
            today = BusinessDate.objects.get(pk=1).today
            BusinessDate.objects.filter(pk=1).update(today=today + timedelta(days=1))
        self.day = day if dot else ""

    def _ask(self, row: Row) -> None:
        """Send the request, and go on when the acceptor has applied it."""
        name = self.names.ours(row["cl_ord_id"])
        before = self.names.root(row["cl_ord_id"])
        fields: dict[str, Any] = {"cl_ord_id": name, "symbol": stage.SYMBOL, "side": "buy", "transact_time": _now()}
        if row["msg_type"] == "D":
            fields |= self._terms(row)
            if before is not None:
                self.repeated.add(row["cl_ord_id"])
            self.known.add(row["cl_ord_id"])
        elif row["msg_type"] in "FG":
            fields |= {"orig_cl_ord_id": self.names.ours(row["orig_cl_ord_id"]), **self._changed(row)}
        if str(row.get("poss_resend", "N")).startswith("Y"):
            fields["poss_resend"] = True
        self.client.engine.send(self.client.name, row["msg_type"], fields)
        if row["msg_type"] == "D" and before is None:
            _await(lambda: self.names.root(row["cl_ord_id"]))
            stage.sent_on()
        elif row["msg_type"] in "FG":
            _await(lambda: self._in_flight(name) or not self.client.heard.empty())

    def _terms(self, row: Row) -> dict[str, Any]:
        qty = Decimal(str(quantity(row, self.path.rows)))
        terms = {
            "account": stage.ACCOUNT, "ord_type": "limit", "price": plain(stage.PX), "handl_inst": "automated",
            "time_in_force": self.path.time_in_force, "order_qty": plain(qty),
        }  # fmt: skip
        if row.get("cash_order_qty") is not None:
            cash = Decimal(str(row["cash_order_qty"]))
            Quote.objects.filter(venue_id=stage.VENUE).update(offer_px=cash / qty, quoted_at=now())
            del terms["order_qty"], terms["price"]
            terms |= {"cash_order_qty": plain(cash), "ord_type": "market"}
        return terms

    def _changed(self, row: Row) -> dict[str, Any]:
        root = self.names.root(row.get("orig_cl_ord_id"))
        qty = Decimal(str(row.get("order_qty") or (root.order_qty if root else 1)))
        if row["msg_type"] == "F":
            return {"order_qty": plain(qty)}
        price = changes(row, root)[1] if root else None
        return {
            "order_qty": plain(qty), "ord_type": "limit", "time_in_force": self.path.time_in_force,
            "price": plain(price or (root.price if root else None) or stage.PX), "handl_inst": "automated",
        }  # fmt: skip

    def _in_flight(self, name: str) -> bool:
        asked = OrderRequest.objects.filter(sender_comp_id=self.names.sender_comp_id, cl_ord_id=name)
        return asked.filter(state="pending").exists()

    def _acceptor_answers(self, row: Row) -> bool:
        """Whether the report is no venue's: a status, a duplicate, a request about nothing, or one we refuse."""
        kind = word(row.get("exec_type") or "")
        if kind == "order_status":
            return True
        if row["msg_type"] == "9":
            return not self._in_flight(self.names.ours(row["cl_ord_id"]))
        return kind == "rejected" and row["cl_ord_id"] in self.repeated

    def _expected(self, row: Row) -> dict[str, Any]:
        expected: dict[str, Any] = {"msg_type": row["msg_type"], "ord_status": word(row["ord_status"])}
        if row.get("exec_type"):
            expected["exec_type"] = word(row["exec_type"])
        for name in ("cl_ord_id", "orig_cl_ord_id"):
            if row.get(name) is not None:
                expected[name] = self.names.ours(row[name])
        return expected | {name: row[name] for name in TOLD if row.get(name) is not None}


def _await(event: Callable[[], object]) -> None:
    """Another process is to write a row: there is no event but the row."""
    until = time.monotonic() + PATIENCE_S
    pause: queue.SimpleQueue[None] = queue.SimpleQueue()
    while not event():
        if time.monotonic() > until:
            raise AssertionError("the acceptor did not apply the request")
        try:
            pause.get(timeout=0.01)
        except queue.Empty:
            continue


def _now() -> str:
    return now().isoformat(timespec="milliseconds")
