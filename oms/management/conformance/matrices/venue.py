"""Venue-facing: each report of a scenario is fed to us as the venue's, and the order must show what the row says."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction

from oms.desk import Amendment, Cancellation, Draft, amend, cancel, enter
from oms.desk.asked import Actor
from oms.management.conformance.matrices import stage
from oms.management.conformance.matrices.paths import Path, Row, changes, quantity, word
from orders.models import BusinessDate, Order

SHOWN = ("order_qty", "cum_qty", "leaves_qty", "avg_px", "day_order_qty", "day_cum_qty")
Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


def play(path: Path) -> Pair:
    """What each row of the path says, and what the order showed after it. Nothing of it stays in the database."""
    with transaction.atomic():
        pair = _Play(path).run()
        transaction.set_rollback(True)
    return pair


class _Play:
    """One path, with what has happened so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.actor: Actor = stage.trader()
        self.names = stage.Names(self.actor.sender_comp_id, uuid4().hex[:12])
        self.executions: dict[str, str] = {}
        self.day = ""

    def run(self) -> Pair:
        expected: dict[str, Any] = {}
        actual: dict[str, Any] = {}
        if not any(row.get("msg_type") == "D" for row in self.path.rows):
            self._by_telephone()
        for number, row in enumerate(self.path.rows, 1):
            self._new_day(row)
            if "msg_in" in row:
                self._ask(row)
            elif row.get("msg_out") and row.get("msg_type"):
                name = f"{number} {row['msg_out']} at {row['time']}"
                expected[name], actual[name] = self._hear(row)
        return expected, actual

    def _ask(self, row: Row) -> None:
        """The client's request, through the desk. A status request has no object here: the acceptor answers it."""
        root, name = self.names.root(row.get("orig_cl_ord_id")), self.names.ours(row.get("cl_ord_id"))
        if row["msg_type"] == "D":
            self._enter(quantity(row, self.path.rows), name)
        elif row["msg_type"] == "F" and root is not None:
            cancel([Cancellation(root.id, cl_ord_id=name)], self.actor)
        elif row["msg_type"] == "G" and root is not None:
            amend([Amendment(root.id, *changes(row, root), cl_ord_id=name)], self.actor)

    def _new_day(self, row: Row) -> None:
        """A time such as D2.1 is of the second day: the business date moves on."""
        day, dot, _ = str(row["time"]).partition(".")
        if dot and self.day and day != self.day:
            today = BusinessDate.objects.get(pk=1).today
            BusinessDate.objects.filter(pk=1).update(today=today + timedelta(days=1))
        self.day = day if dot else ""

    def _enter(self, qty: Any, name: str) -> None:
        draft = Draft(
            stage.ACCOUNT, stage.SYMBOL, "buy", "limit", self.path.time_in_force, Decimal(str(qty)), stage.PX, name
        )
        enter([draft], self.actor)
        stage.sent_on()

    def _by_telephone(self) -> None:
        """The order was given by voice: a trader entered it, so it is here though no message says so."""
        first = next(
            (row for row in self.path.rows if row.get("order_qty") and row.get("leaves_qty") is not None), None
        )
        if first is not None and "msg_in" not in self.path.rows[0]:
            self._enter(first["order_qty"], self.names.ours(first.get("cl_ord_id") or "telephone"))

    def _hear(self, row: Row) -> Pair:
        root = self.names.root(row.get("cl_ord_id") or "telephone") or self.names.root(row.get("orig_cl_ord_id"))
        before = _shown(root)
        notices = stage.tell(row, self.names, self.executions)
        if root is None:
            # It is about no order of ours: it is put before operations, and nothing moves.
            return {"noticed": True}, {"noticed": notices > 0}
        expected = {"ord_status": word(row["ord_status"])}
        expected |= {n: row[n] for n in SHOWN if row.get(n) is not None}
        if row["msg_type"] == "8" and word(row["exec_type"]) == "replaced":
            expected["cl_ord_id"] = self.names.ours(row["cl_ord_id"])
        elif row.get("orig_cl_ord_id") and word(row.get("exec_type") or "") != "canceled":
            expected["cl_ord_id"] = before["cl_ord_id"]
        return expected, _shown(root)


def _shown(root: Order | None) -> dict[str, Any]:
    if root is None:
        return {}
    now = Order.objects.get(pk=root.pk)
    names = ("ord_status", "order_qty", "cum_qty", "leaves_qty", "cl_ord_id", "avg_px")
    day = {"day_order_qty": now.order_qty - now.prior_cum_qty, "day_cum_qty": now.cum_qty - now.prior_cum_qty}
    return {name: getattr(now, name) for name in names} | day
