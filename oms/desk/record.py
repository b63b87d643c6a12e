"""Recording what venues report: lock, step, roll up; orders, events, positions and limits in one transaction."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane
from oms.base.refusal import Refusal
from oms.desk import alerts, roots
from oms.desk.arrivals import ECHOES, REJECTS, ZERO, Arrival, parse
from oms.desk.batch import in_bites
from oms.desk.release import released
from orders.book import Book, Line
from orders.holdings import Holdings
from orders.lifecycle import Report
from orders.models import ExecutionReport, Order, OrderRequest
from orders.reference import business_date
from orders.rollup import roll_up
from orders.vocabulary import ExecType, Phase
from risk import usage
from routing.models import Inbox, Outbox

BITE = 1_000
Request = tuple[int, str]  # child order, kind


def record(arrivals: Sequence[Arrival]) -> list[Refusal | None]:
    """Apply venues' reports in the order given; one refusal (or None) each.

    A repeated ExecID is answered DUPLICATE_EXEC_ID and changes nothing. What makes no sense is kept as an alert for
    operations and changes nothing. A fill moves child, parent, position and limits together.
    """
    return in_bites(lambda bite: _Recording(bite).run(), arrivals)


def pump(session: str, limit: int = BITE) -> int:
    """Record what waits in the inbox of ``session``, oldest first; answer how many messages were taken.

    The messages are marked done in the transaction that applies them. 0 also when another worker has the lane.
    """
    with transaction.atomic():
        if not lane(f"inbox:{session}"):
            return 0
        waiting = Inbox.objects.filter(session_id=session, done_at__isnull=True).order_by("id")
        rows = list(waiting.values_list("id", "msg_type", "fields")[:limit])
        named = _rejected_messages(session, rows)
        parsed = [parse(session, msg_type, fields | named.get(pk, {})) for pk, msg_type, fields in rows]
        outcomes = _apply(parsed, [fields for _, _, fields in rows])
        at = now()
        done = [(row[0], at, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
        sets.update(Inbox, ["id"], ["done_at", "outcome"], done)
        return len(rows)


def _rejected_messages(session: str, rows: Sequence[tuple[int, str, Any]]) -> dict[int, dict[str, str]]:
    """The ClOrdID and type of our message for each inbox row that rejects one by its sequence number."""
    wanted = {
        pk: fields["ref_seq_num"] for pk, msg_type, fields in rows if msg_type in REJECTS and "ref_seq_num" in fields
    }
    if not wanted:
        return {}
    sent = Outbox.objects.filter(session_id=session, msg_seq_num__in=set(wanted.values())).order_by("id")
    by_number = {seq: (name, kind) for seq, name, kind in sent.values_list("msg_seq_num", "cl_ord_id", "msg_type")}
    return {
        pk: {"cl_ord_id": by_number[seq][0], "ref_msg_type": by_number[seq][1]}
        for pk, seq in wanted.items()
        if seq in by_number
    }


def _apply(parsed: Sequence[Arrival | Refusal], raw: Sequence[Any]) -> list[str]:
    """Record the readable arrivals and quarantine the others; the outcome of each in a word."""
    good = [one for one in parsed if isinstance(one, Arrival)]
    recording = _Recording(good)
    for one, fields in zip(parsed, raw, strict=True):
        if isinstance(one, Refusal):
            recording.notices.append(alerts.quarantine(recording.book, None, one, dict(fields)))
    answers = iter(recording.run())
    refusals = [one if isinstance(one, Refusal) else next(answers) for one in parsed]
    return [refusal.code if refusal else "recorded" for refusal in refusals]


class _Recording:
    """One batch of reports: everything it loaded, and what it decided."""

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        self.arrivals = arrivals
        self.book = Book(now(), business_date())
        self.notices: list[alerts.Row] = []
        self.filled: dict[int, Decimal] = {}

    def run(self) -> list[Refusal | None]:
        self._load()
        answers = [self._take(arrival) for arrival in self.arrivals]
        self.book.save()
        self.holdings.save(self.book.at)
        usage.move(released(self.book, self.held, self.filled))
        alerts.save(self.notices)
        bell.ring_on_commit("live", *(["settle"] if self.filled else []))
        return answers

    def _load(self) -> None:
        """Everything the batch needs: requests, then limits, orders and positions locked in that order."""
        sessions = {a.session for a in self.arrivals}
        names = {name for a in self.arrivals for name in (a.cl_ord_id, a.orig_cl_ord_id) if name}
        found = OrderRequest.objects.filter(sender_comp_id__in=sessions, cl_ord_id__in=names)
        self.requests: dict[tuple[str, str], Request] = {
            (session, name): (order_id, kind)
            for session, name, order_id, kind in found.values_list("sender_comp_id", "cl_ord_id", "order_id", "kind")
        }
        child_ids = {order_id for order_id, _ in self.requests.values()}
        parents = set(Order.objects.filter(pk__in=child_ids).values_list("parent_id", "account_id", "instrument_id"))
        root_ids, keys = {p for p, _, _ in parents if p}, {(a, i) for p, a, i in parents if p}
        usage.lock(keys)
        self.book.load(root_ids, families=True)
        self.held = usage.held(root_ids)
        self.holdings = Holdings(keys if self._any_fill() else ())
        self.families = roots.children_of(self.book)
        self.seen = self._seen()
        self.asked = self._asked(root_ids)

    def _any_fill(self) -> bool:
        return any(arrival.exec_type == ExecType.TRADE for arrival in self.arrivals)

    def _seen(self) -> dict[tuple[str, str], tuple[int, Decimal, Decimal | None]]:
        """ExecIDs that were recorded before, looked for after the locks, with the order and fill they stood for."""
        exec_ids = [arrival.exec_id for arrival in self.arrivals if arrival.exec_id]
        rows = ExecutionReport.objects.filter(~Q(venue_exec_id=""), venue_exec_id__in=exec_ids, is_root=False)
        columns = rows.values_list("last_mkt", "venue_exec_id", "order_id", "last_qty", "last_px")
        return {(mkt, exec_id): (order_id, qty, px) for mkt, exec_id, order_id, qty, px in columns}

    def _asked(self, root_ids: set[int]) -> dict[tuple[int, str], str]:
        """The ClOrdID of the request in flight on each root, by kind."""
        rows = OrderRequest.objects.filter(order_id__in=root_ids, state="pending").order_by("id")
        return {(order_id, kind): name for order_id, kind, name in rows.values_list("order_id", "kind", "cl_ord_id")}

    def _take(self, arrival: Arrival) -> Refusal | None:
        """Apply one report to its child and what follows to the parent."""
        request = self.requests.get((arrival.session, arrival.cl_ord_id)) or self.requests.get(
            (arrival.session, arrival.orig_cl_ord_id)
        )
        child = self.book.lines.get(request[0]) if request else None
        if request is None or child is None or child.parent_id is None:
            text = f"no order was sent to {arrival.session} under ClOrdID {arrival.cl_ord_id!r}"
            return self._quarantine(None, Refusal("UNKNOWN_ORDER", "cl_ord_id", text), arrival)
        if arrival.exec_type == ExecType.ORDER_STATUS:
            return self._reconcile(child, arrival)
        if arrival.exec_type in ECHOES:
            return None
        kind = request[1] if request[1] != "new" else ""
        return self._step(child, arrival, arrival.report(kind))

    def _step(self, child: Line, arrival: Arrival, report: Report) -> Refusal | None:
        key = (child.venue, arrival.exec_id)
        if arrival.exec_id and key in self.seen:
            return self._repeated(child, arrival)
        if report.exec_type in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT):
            text = f"the venue takes back or corrects execution {arrival.exec_ref_id}"
            return self._quarantine(child, Refusal("BAD_REPORT", "exec_type", text), arrival)
        refusal = self.book.note(
            child, report, actor=child.venue, cl_ord_id=arrival.cl_ord_id, orig_cl_ord_id=arrival.orig_cl_ord_id,
            last_mkt=child.venue, venue_exec_id=arrival.exec_id, text=arrival.text,
            reason_code="VENUE_REJECTED" if report.exec_type == ExecType.REJECTED else "",
            transact_time=arrival.transact_time,
        )  # fmt: skip
        if refusal:
            return self._quarantine(child, refusal, arrival)
        if arrival.exec_id:
            self.seen[key] = (child.id, report.last_qty, report.last_px)
        self._settle_request(child, report, arrival.cl_ord_id)
        self._follow(child, arrival, report)
        return None

    def _follow(self, child: Line, arrival: Arrival, report: Report) -> None:
        """Roll the child's report up to its parent; a fill is booked into the parent's position."""
        assert child.parent_id is not None
        root = self.book.lines[child.parent_id]
        family = [line.state for line in self.families[root.id]]
        for follow in roll_up(root.state, family, report, waiting=root.to_route):
            name = self.asked.get((root.id, follow.request), "")
            self.book.note(
                root, follow, actor=child.venue, cl_ord_id=name, orig_cl_ord_id=root.cl_ord_id if name else "",
                last_mkt=child.venue, venue_exec_id=arrival.exec_id if follow.exec_type == ExecType.TRADE else "",
                text=arrival.text, transact_time=arrival.transact_time,
                reason_code="VENUE_REJECTED" if report.exec_type == ExecType.REJECTED else "",
            )  # fmt: skip
            self._settle_request(root, follow, name)
            if follow.exec_type == ExecType.TRADE:
                assert follow.last_px is not None
                key = (root.account_id, root.instrument_id)
                self.holdings.book(key, root.side, follow.last_qty, follow.last_px)
                self.filled[root.id] = self.filled.get(root.id, ZERO) + follow.last_qty

    def _settle_request(self, line: Line, report: Report, name: str) -> None:
        """An accepted request's ClOrdID becomes the order's; a refused one is burnt."""
        if not report.request or not name:
            return
        accepted = report.exec_type in (ExecType.CANCELED, ExecType.REPLACED)
        self.book.settle_request(line, name, "accepted" if accepted else "rejected")
        if accepted:
            line.cl_ord_id = name

    def _repeated(self, child: Line, arrival: Arrival) -> Refusal | None:
        """The same ExecID again: harmless if it says the same, a matter for operations if it does not."""
        same = (child.id, arrival.last_qty, arrival.last_px)
        if self.seen[child.venue, arrival.exec_id] == same or arrival.exec_type != ExecType.TRADE:
            return Refusal("DUPLICATE_EXEC_ID", "exec_id", f"ExecID {arrival.exec_id} was recorded before")
        text = f"ExecID {arrival.exec_id} was recorded before with another order, quantity or price"
        return self._quarantine(child, Refusal("BAD_REPORT", "exec_id", text), arrival)

    def _reconcile(self, child: Line, arrival: Arrival) -> Refusal | None:
        """The answer to a status request (ExecType I): what we missed, if anything."""
        if arrival.cum_qty is not None and arrival.cum_qty != child.state.cum_qty:
            text = f"{child.venue} says CumQty {arrival.cum_qty:f} where our executions come to {child.state.cum_qty:f}"
            return self._quarantine(child, Refusal("CUM_QTY_DIFFERS", "cum_qty", text), arrival)
        missed = _MISSED.get((child.state.phase, arrival.ord_status))
        if missed is None or not child.state.is_open:
            return None
        return self._step(child, arrival._replace(exec_id=""), Report(missed))

    def _quarantine(self, child: Line | None, refusal: Refusal, arrival: Arrival) -> Refusal:
        self.notices.append(alerts.quarantine(self.book, child, refusal, dict(arrival.fields)))
        return refusal


# What a venue's present status tells about a report that never reached us.
_MISSED: dict[tuple[str, str], ExecType] = {
    (Phase.PENDING_NEW, "new"): ExecType.NEW,
    (Phase.PENDING_NEW, "partially_filled"): ExecType.NEW,
    (Phase.PENDING_NEW, "rejected"): ExecType.REJECTED,
    **{
        (phase, status): ExecType(status)
        for phase in (Phase.PENDING_NEW, Phase.NEW)
        for status in ("canceled", "expired", "done_for_day")
    },
}
