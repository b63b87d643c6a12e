"""Replaying the journal: folding the events of every order must give exactly its row, and every position."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from orders import lots
from orders.book import FACTS, FIXED, PLAIN, told
from orders.executions import Execution, Executions
from orders.holdings import adjustments, deals, fold, unit_of
from orders.journal import GENESIS, HASHED, digest
from orders.lifecycle import Report, State, step
from orders.models import ExecutionReport, Instrument, Order, Position
from orders.positions import ZERO, Holding
from orders.rollup import FILLS
from orders.vocabulary import Phase

EVENT = (*HASHED, "hash")
ROW = (*FIXED, *FACTS, "cl_ord_id", "version", "head_hash", "ord_status", "leaves_qty")


class Difference(NamedTuple):
    """Where journal and rows part: what it is about, what the journal gives and what the row says."""

    what: str
    journal: Any
    row: Any


def differences() -> Iterator[Difference]:
    """Every difference between the journal and the rows. Reads the whole journal once, in a stream."""
    rows = {row["id"]: row for row in Order.objects.values(*ROW)}
    events = ExecutionReport.objects.order_by("order_id", "seq").values(*EVENT).iterator(chunk_size=5_000)
    for order_id, story in groupby(events, key=lambda event: event["order_id"]):
        yield from _order(rows.pop(order_id, {}), list(story))
    for order_id in rows:
        yield Difference(f"order {order_id}", "no events", "a row")
    yield from _positions()


def _order(row: dict[str, Any], story: list[dict[str, Any]]) -> Iterator[Difference]:
    """Fold one order's events and compare each event, and the end of them, with what is stored."""
    name = f"order {story[0]['order_id']}"
    terms = story[0]["terms"] or {}
    state, head, cl_ord_id = _begin(story[0]), GENESIS, terms.get("cl_ord_id")
    executions = Executions()
    for seq, event in enumerate(story, 1):
        if seq > 1:
            after = step(state, _report(event, executions))
            if not isinstance(after, State):
                yield Difference(f"{name} event {seq}", after.text, event["exec_type"])
                return
            state = after
            _note(executions, event)
        head = digest(head, [event[column] for column in HASHED])
        written = (event["seq"], event["ord_status"], event["cum_qty"], event["leaves_qty"], bytes(event["hash"]))
        found = (seq, state.ord_status, state.cum_qty, state.leaves_qty, head)
        if written != found:
            yield Difference(f"{name} event {seq}", found, written)
        if event["exec_type"] == "replaced" and event["request"]:
            cl_ord_id = event["cl_ord_id"]
    fixed = {column: terms.get(column, PLAIN.get(column)) for column in FIXED}
    facts = dict(zip(FACTS, state, strict=True))
    rebuilt = fixed | facts | {
        "cl_ord_id": cl_ord_id, "version": len(story), "head_hash": head,
        "ord_status": state.ord_status, "leaves_qty": state.leaves_qty,
    }  # fmt: skip
    stored = {**row, "head_hash": bytes(row.get("head_hash", b""))}
    stored |= {column: told(row.get(column)) for column in FIXED}
    for column, value in rebuilt.items():
        if value != stored.get(column):
            yield Difference(f"{name} {column}", value, stored.get(column))


def _begin(event: dict[str, Any]) -> State:
    phase = {"new": Phase.NEW, "pending_new": Phase.PENDING_NEW}.get(event["exec_type"], Phase.REJECTED)
    terms = event["terms"] or {}
    return State(terms.get("time_in_force", ""), event["order_qty"], event["price"], event["stop_px"], phase)


def _report(event: dict[str, Any], executions: Executions) -> Report:
    undone = executions.find(event["exec_ref_id"]) if event["exec_ref_id"] else None
    return Report(
        event["exec_type"], event["last_qty"], event["last_px"], event["order_qty"], event["price"], event["request"],
        ref_qty=undone.qty if undone else ZERO, ref_px=undone.px if undone else None, stop_px=event["stop_px"],
        prior=undone is not None and undone.trade_date < event["trade_date"], reason=event["exec_restatement_reason"],
    )  # fmt: skip


def _note(executions: Executions, event: dict[str, Any]) -> None:
    if event["exec_type"] in FILLS:
        made = Execution(event["venue_exec_id"], event["last_qty"], event["last_px"], event["trade_date"])
        executions.take(event["exec_type"], made, event["exec_ref_id"])


def _positions() -> Iterator[Difference]:
    """Fold the fills of root orders and the adjustments into positions, in the order they were written."""
    units = {row[0]: unit_of(*row[1:]) for row in Instrument.objects.values_list("pk", "asset_class", "multiplier")}
    stored = {
        (account, instrument): Holding(*rest)
        for account, instrument, *rest in Position.objects.values_list("account_id", "instrument_id", *Holding._fields)
    }
    folded = fold(deals(), adjustments(), units)
    for key in sorted(folded.keys() | stored.keys()):
        if folded.get(key, Holding()) != stored.get(key, Holding()):
            yield Difference(f"position {key}", folded.get(key), stored.get(key))
    kept = lots.kept()
    lines = lots.replayed(deals(), adjustments(), units, {key: one.through for key, one in kept.items()})
    for key in sorted(kept):
        if kept[key].line != lines[key]:
            yield Difference(f"lots {key}", lines[key], kept[key].line)
