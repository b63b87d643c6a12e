"""The way of reports from a venue to its client, and what may go wrong on it. Pure: time and chance are arguments.

The journal has every report as it should be; here some are lost, doubled, late, swapped, or say less than the truth.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from routing.exchange.faults import Habits
from routing.exchange.orders import Fields

Outgoing = tuple[str, str, Fields]  # session, message type, fields
AFTER_ACK = frozenset({"trade", "canceled", "expired", "rejected", "done_for_day", "replaced"})


class Delivery:
    """What waits on its way. ``habits(session)`` says how a session misbehaves, ``draw`` is chance."""

    def __init__(self, habits: Callable[[str], Habits], draw: Callable[[], float]) -> None:
        self.habits = habits
        self.draw = draw
        self.silenced: dict[str, list[Outgoing]] = {}
        self.to_disconnect: list[str] = []
        self._late: list[tuple[float, int, Outgoing]] = []
        self._count = itertools.count()
        self._acks: dict[str, Outgoing] = {}
        self._swapped: dict[str, tuple[float, Outgoing]] = {}
        self._told: dict[str, str] = {}
        self._gone: Counter[str] = Counter()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits here."""
        return not (self._late or self._acks or self._swapped or self.silenced)

    @property
    def is_waiting(self) -> bool:
        """Whether something waits for its time, rather than for an event."""
        return bool(self._late or self._swapped)

    def send(self, batch: Sequence[Outgoing], now: float) -> Iterator[Outgoing]:
        """What of ``batch`` goes out at once, in order; the rest waits, or is lost."""
        for report in self._acknowledged_late(batch):
            chances = self.habits(report[0]).chances
            yield from self._one(report, now) if chances or report[0] in self._swapped else (report,)

    def due(self, now: float) -> Iterator[Outgoing]:
        """What has waited long enough."""
        for session in [one for one, (until, _) in self._swapped.items() if until <= now]:
            yield self._swapped.pop(session)[1]
        while self._late and self._late[0][0] <= now:
            yield heapq.heappop(self._late)[2]

    def release(self, session: str, *, discard: bool = False) -> list[Outgoing]:
        """The answers that a silent session kept to itself; with ``discard`` nobody will ever hear them."""
        held = self.silenced.pop(session, [])
        return [] if discard else held

    def _acknowledged_late(self, batch: Sequence[Outgoing]) -> Iterable[Outgoing]:
        """Withhold New until the order's first Trade has gone: within the batch, or however long that takes."""
        if not self._acks and not any(self.habits(session).chances for session in {one[0] for one in batch}):
            return batch
        trading = {fields["order_id"] for _, kind, fields in batch if kind == "8" and fields["exec_type"] == "trade"}
        ordered: list[Outgoing] = []
        for report in batch:
            session, kind, fields = report
            order_id = fields.get("order_id", "")
            habits = self.habits(session)
            if kind == "8" and fields["exec_type"] == "new" and (
                habits.happens("ack_after_fill", fields["symbol"], self.draw)
                or (order_id in trading and habits.happens("fill_before_ack", fields["symbol"], self.draw))
            ):  # fmt: skip
                self._acks[order_id] = report
                continue
            ordered.append(report)
            if order_id in self._acks and kind == "8" and fields["exec_type"] in AFTER_ACK:
                ordered.append(self._acks.pop(order_id))
        return ordered

    def _one(self, report: Outgoing, now: float) -> Iterator[Outgoing]:
        session, kind, fields = report
        habits, symbol = self.habits(session), fields.get("symbol")
        report = self._lagging(report, habits)
        is_status = kind == "8" and fields["exec_type"] == "order_status"
        if habits.happens("silent", symbol, self.draw):
            self.silenced.setdefault(session, []).append(report)
            return
        if kind in "89" and not is_status and habits.happens("drop", symbol, self.draw):
            return
        if habits.happens("delay", symbol, self.draw):
            due = now + habits.chances["delay"].seconds
            heapq.heappush(self._late, (due, next(self._count), report))
            return
        if session not in self._swapped and habits.happens("reorder", symbol, self.draw):
            self._swapped[session] = now + habits.chances["reorder"].seconds, report
            return
        yield report
        if kind in "89" and habits.happens("duplicate", symbol, self.draw):
            yield report
        if session in self._swapped:
            yield self._swapped.pop(session)[1]
        self._disconnects(session, habits)

    def _lagging(self, report: Outgoing, habits: Habits) -> Outgoing:
        """OrdStatus as it was before this trade, while the quantities already say more."""
        session, kind, fields = report
        if kind != "8" or "lag_ord_status" not in habits.chances:
            return report
        before = self._told.get(fields["order_id"], "new")
        self._told[fields["order_id"]] = fields["ord_status"]
        if fields["exec_type"] == "trade" and habits.happens("lag_ord_status", fields["symbol"], self.draw):
            return session, kind, fields | {"ord_status": before}
        return report

    def _disconnects(self, session: str, habits: Habits) -> None:
        chance = habits.chances.get("disconnect")
        if chance is None:
            return
        self._gone[session] += 1
        if self._gone[session] % chance.every == 0 and chance.happens(None, self.draw):
            self.to_disconnect.append(session)
