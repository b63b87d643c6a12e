"""One batch of venues' reports: everything it loaded, and what it decided."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from oms.base import bell
from oms.base.clock import now
from oms.base.prepared import Prepared
from oms.base.refusal import Refusal
from oms.desk import alerts, members, roots
from oms.desk.arrivals import ECHOES, Arrival
from oms.desk.asking import Requests, Unresolved
from oms.desk.elsewhere import goes_elsewhere
from oms.desk.heard import Heard
from oms.desk.members import Members, is_block
from oms.desk.night import ENDED, Night
from oms.desk.release import Filled, released
from oms.desk.undoing import UNDOES, Undoing, change, gross_change
from orders import sessions
from orders.book import Book, Line
from orders.holdings import Holdings
from orders.lifecycle import Report, step
from orders.lists import name_in_block
from orders.models import Order
from orders.moves import Key
from orders.reference import business_date
from orders.rollup import FILLS, Answered, roll_up
from orders.vocabulary import (
    MAY_BE_PRICED,
    TRIGGERED,
    Composition,
    ExecRestatementReason,
    ExecType,
    Hold,
    Phase,
)
from risk import usage

_PARENTS = Prepared(
    lambda orders: Order.objects.filter(pk__among=orders, parent__isnull=False).values_list(
        "parent_id", "account_id", "instrument_id", "parent__composition"
    )
)


class Recording:
    """Applies reports to child orders, and what follows to their parents, positions and limits."""

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        self.arrivals = arrivals
        self.book = Book(now(), business_date())
        self.notices: list[alerts.Row] = []
        self.filled: dict[int, Filled] = {}
        self.rebook: set[Key] = set()
        self.to_route = False

    def run(self) -> list[Refusal | None]:
        """One refusal, or None, for each report."""
        self._load()
        answers = [self._take(arrival) for arrival in self.arrivals]
        self.book.save()
        self.holdings.rebook(self.rebook)
        self.holdings.save(self.book.at)
        usage.move(released(self.book, self.held, self.filled))
        alerts.save(self.notices)
        bell.ring_on_commit(
            "live", *(["settle", "intrade"] if self.filled else []), *(["route"] if self.to_route else [])
        )
        return answers

    def _load(self) -> None:
        """Everything the batch needs: requests, then limits, orders and positions locked in that order."""
        self.requests = Requests(self.arrivals)
        parents = set(_PARENTS(self.requests.order_ids))
        # The fills of a block are its members': theirs are the positions and limits, and a block has none.
        self.members = Members(parent for parent, _, _, made_of in parents if made_of == Composition.BLOCK)
        self.legs = roots.legs(parent for parent, _, _, made_of in parents if made_of == Composition.MULTILEG)
        root_ids = {parent for parent, *_ in parents} | self.members.order_ids | self.legs.keys()
        keys = {(a, i) for _, a, i, made_of in parents if made_of != Composition.BLOCK} | self.members.keys
        keys |= {leg.key for leg in self.legs.values()}
        usage.lock(keys, root_ids)
        self.book.load(root_ids, families=True)
        roots.have_follow(self.book, self.legs)
        self.held = usage.held(root_ids)
        self.holdings = Holdings(keys if any(a.exec_type in FILLS for a in self.arrivals) else ())
        self.families = roots.children_of(self.book)
        of_legs = {line.id for leg in self.legs for line in self.families.get(leg, ())}
        self.heard = Heard(self.arrivals, self.book.lines, self.requests.order_ids | of_legs)
        self.requests.load(root_ids)
        self.requests.given_up = {line.id for line in self.book.lines.values() if line.unresolved}
        undone = {line.id for a in self.arrivals if a.exec_type in UNDOES and isinstance(line := self._about(a), Line)}
        expired = {r.order_id for a in self.arrivals if a.exec_type == ExecType.EXPIRED and (r := self.requests.of(a))}
        mics = {self.book.lines[one].venue for one in expired if one in self.book.lines}
        self.night = Night(sessions.of_venues(mics, self.book.at.date()) if mics else {}, self.book)
        self.undoing = Undoing(undone | self.members.order_ids, self.book.trade_date) if undone else None

    def _about(self, arrival: Arrival) -> Line | Refusal:
        """The child order that the report is about: of a spread the whole, or the leg it names."""
        request = self.requests.of(arrival)
        child = self.book.lines.get(request.order_id) if request else None
        if child is None or child.parent_id is None:
            text = f"no order was sent to {arrival.session} under ClOrdID {arrival.cl_ord_id!r}"
            return Refusal("UNKNOWN_ORDER", "cl_ord_id", text)
        legs = self.book.followers.get(child.id, [])
        if not legs or not arrival.leg:
            return child
        named = [leg.line for leg in legs if arrival.leg in (leg.ref, leg.symbol)]
        text = f"the spread has no leg {arrival.leg!r}, only {', '.join(leg.ref for leg in legs)}"
        return named[0] if named else Refusal("BAD_REPORT", "leg_ref_id", text)

    def _take(self, arrival: Arrival) -> Refusal | None:
        """Apply one report to its child and what follows to the parent."""
        child = self._about(arrival)
        if isinstance(child, Refusal):
            request = self.requests.of(arrival)
            whole = self.book.lines.get(request.order_id) if request and child.code == "BAD_REPORT" else None
            return self._quarantine(whole, child, arrival)
        if arrival.leg and arrival.exec_type not in FILLS and not arrival.decided:
            return None  # beside its fills a leg has only what its spread has
        if arrival.exec_type == ExecType.ORDER_STATUS:
            return self._reconcile(child, arrival)
        if arrival.exec_type in ECHOES:
            return self._echo(child, arrival)
        return self._step(child, arrival, _terms(child, arrival.report(self.requests.answered_by(arrival))))

    def _step(self, child: Line, arrival: Arrival, report: Report) -> Refusal | None:
        # What operations has decided to book was heard before, and is booked now.
        again = None if arrival.decided else self.heard.again(child, arrival)
        if again:
            return self._repeated(child, again, arrival)
        if (child.state.phase, report.exec_type) in ENDED:
            # The venue ends its day after we have ended ours: nothing new.
            self.heard.note(child, arrival)
            self._resolved(child)
            return None
        if child.state.phase == Phase.EXPIRED and arrival.reason == ExecRestatementReason.GT_RENEWAL:
            text = f"{child.venue} renews an order that it let expire: have it canceled there, ours was sent again"
            return self._quarantine(child, Refusal("BAD_REPORT", "exec_type", text), arrival)
        ref_id = ""
        if report.exec_type in UNDOES:
            completed = self.undoing.complete(child.id, arrival, report) if self.undoing else Refusal("", "", "")
            if isinstance(completed, Refusal):
                return self._quarantine(child, completed, arrival)
            report, ref_id = completed
        before = child.state
        if beyond := self._beyond(child, report, ref_id):
            return self._quarantine(child, beyond, arrival)
        refusal = self.book.note(
            child, report, actor=child.venue, cl_ord_id=arrival.cl_ord_id, orig_cl_ord_id=arrival.orig_cl_ord_id,
            exec_ref_id=ref_id, **self._details(child, arrival, report),
        )  # fmt: skip
        if refusal:
            return self._quarantine(child, refusal, arrival)
        self.heard.note(child, arrival)
        if self.undoing:
            self.undoing.note(child.id, report, arrival.exec_id, ref_id)
        if before.phase == Phase.PENDING_NEW and child.state.phase != Phase.PENDING_NEW:
            refused = report.exec_type == ExecType.REJECTED
            for line in (child, *(leg.line for leg in self.book.followers.get(child.id, ()))):
                self.book.settle_request(line, f"{line.id}.1", "rejected" if refused else "accepted")
        answered = None
        if report.request:
            answered = self.requests.settle(self.book, child, report.exec_type, arrival.cl_ord_id)
        self._resolved(child)
        self._follow(child, arrival, report, answered, ref_id, child.state.order_qty - before.order_qty)
        return None

    def _beyond(self, child: Line, report: Report, ref_id: str) -> Refusal | None:
        """Why a fill that fits the child does not fit its parent: it is booked in both or in neither."""
        if report.exec_type not in FILLS or isinstance(step(child.state, report), Refusal):
            return None
        root = self.book.lines[child.parent_id or 0]
        after = step(root.state, report)
        if isinstance(after, Refusal) or not is_block(root):
            return after if isinstance(after, Refusal) else None
        given = self._given(root, report, ref_id)
        return given if isinstance(given, Refusal) else None

    def _follow(
        self,
        child: Line,
        arrival: Arrival,
        report: Report,
        answered: tuple[str, Answered] | None,
        ref_id: str,
        by: Decimal,
    ) -> None:
        """Roll the child's report up to its parent; a fill is booked into the parent's position."""
        assert child.parent_id is not None
        root = self.book.lines[child.parent_id]
        family = [line.state for line in self.families[root.id]]
        name, answer = answered or ("", None)
        # The part that was shown of an iceberg we keep is filled: the next one follows.
        next_part = root.emulated == "iceberg" and report.exec_type == ExecType.TRADE
        next_part = next_part and not any(state.is_open for state in family) and not root.state.cancels_pending
        # What is held here is worked on by somebody, also when all that went out has ended.
        overnight = self.night.keeps(root, child, report, arrival.transact_time)
        elsewhere = goes_elsewhere(root, report, arrival, self.requests.of(arrival))
        waiting = root.to_route or next_part or root.hold not in ("", Hold.LEG) or overnight or elsewhere
        for follow in roll_up(root.state, family, report, answered=answer, waiting=waiting, by=by):
            details = self._details(child, arrival, follow)
            if follow.exec_type not in FILLS:
                details["venue_exec_id"] = ""
            elif is_block(root):
                self._share(root, child, follow, ref_id, details)
                details["venue_exec_id"] = name_in_block(root.id, arrival.exec_id)
            elif not root.is_root:
                details["last_mkt"] = ""  # a market's ExecID is booked once, and this is the sum of what was booked
            if follow.exec_type == ExecType.NEW and is_block(root):
                members.acknowledged(self.book, self.members.lines(self.book, root), root, child.venue)
            undone = name_in_block(root.id, ref_id) if is_block(root) else ref_id
            asked = name if follow.request else ""
            refusal = self.book.note(
                root, follow, actor=child.venue, cl_ord_id=asked or self._named(root),
                orig_cl_ord_id=root.cl_ord_id if asked else "",
                exec_ref_id=undone if follow.exec_type in UNDOES else "", **details,
            )  # fmt: skip
            if refusal:
                self._quarantine(root, refusal, arrival)
                continue
            if asked:
                accepted = follow.exec_type in (ExecType.CANCELED, ExecType.REPLACED)
                self.book.settle_request(root, name, "accepted" if accepted else "rejected")
                root.cl_ord_id = name if follow.exec_type == ExecType.REPLACED else root.cl_ord_id
            if follow.exec_type in FILLS and root.is_root:
                self._book_fill(root, follow)
        if overnight:
            self.notices.append(self.night.told(root, child))
            if self.night.goes_out(root, child, family, arrival.transact_time):
                root.to_route = root.changed = self.to_route = True
        if (next_part or elsewhere) and root.state.is_open:
            root.to_route = root.changed = self.to_route = True

    def _given(self, block: Line, report: Report, ref_id: str) -> list[tuple[Line, Report]] | Refusal:
        lines = self.members.lines(self.book, block)
        return members.shared(lines, report, self.members.lots[block.id], self.undoing, ref_id)

    def _share(self, block: Line, child: Line, report: Report, ref_id: str, details: dict[str, Any]) -> None:
        """A fill, bust or correction of a block is its members', booked in their positions like any of their own."""
        given = self._given(block, report, ref_id)
        assert not isinstance(given, Refusal), given
        plain = {name: value for name, value in details.items() if name != "text"}
        members.follow(self.book, block, given, actor=child.venue, ref_id=ref_id, **plain)
        for line, share in given:
            self._book_fill(line, share)
            if self.undoing:
                self.undoing.note(line.id, share, plain["venue_exec_id"], ref_id)

    def _named(self, root: Line) -> str:
        """A leg's fill is told under the name that its spread has now; anything else under the order's own."""
        leg = self.legs[root.id].leg if root.id in self.legs else None
        return self.book.lines[leg.whole_id].cl_ord_id if leg else ""

    def _book_fill(self, root: Line, report: Report) -> None:
        assert report.last_px is not None
        key = (root.account_id, root.instrument_id)
        qty, gross = self.filled.get(root.id, Filled())
        self.filled[root.id] = Filled(qty + change(report), gross + gross_change(report))
        if report.exec_type == ExecType.TRADE:
            self.holdings.book(key, root.side, report.last_qty, report.last_px, self.book.trade_date)
        else:
            self.rebook.add(key)

    def _echo(self, child: Line, arrival: Arrival) -> Refusal | None:
        """A venue confirms that it has our request. We noted the request when we made it; now the client is told."""
        if again := self.heard.again(child, arrival):
            return self._repeated(child, again, arrival)
        report = Report(arrival.exec_type)
        self.book.note(
            child, report, actor=child.venue, cl_ord_id=arrival.cl_ord_id, orig_cl_ord_id=arrival.orig_cl_ord_id,
            **self._details(child, arrival, report),
        )  # fmt: skip
        self.heard.note(child, arrival)
        root = self.book.lines[child.parent_id or 0]
        name = self.requests.echoed(child, arrival.cl_ord_id)
        is_new = arrival.exec_type == ExecType.PENDING_NEW and root.state.phase == Phase.PENDING_NEW
        if name or is_new:
            orig = root.cl_ord_id if name else ""
            self.book.note(root, report, actor=child.venue, cl_ord_id=name, orig_cl_ord_id=orig, text=arrival.text)
        return None

    def _details(self, child: Line, arrival: Arrival, report: Report) -> dict[str, Any]:
        """What an event takes over from the message that led to it."""
        refused = report.exec_type in (ExecType.REJECTED, ExecType.CANCEL_REJECTED)
        return {
            "last_mkt": child.venue, "venue_exec_id": arrival.exec_id, "text": arrival.text,
            "transact_time": arrival.transact_time, "reason_code": arrival.reason_code if refused else "",
        }  # fmt: skip

    def _resolved(self, child: Line) -> None:
        """The venue has spoken: what was unresolved about the child no longer is."""
        if child.unresolved:
            child.unresolved, child.changed = False, True
            root = self.book.lines[child.parent_id or 0]
            root.unresolved = any(line.unresolved for line in self.families[root.id])
            root.changed = True

    def _repeated(self, child: Line, again: Refusal, arrival: Arrival) -> Refusal:
        """The same ExecID again: harmless if it says the same, a matter for operations if it does not."""
        return again if again.code == "DUPLICATE_EXEC_ID" else self._quarantine(child, again, arrival)

    def _reconcile(self, child: Line, arrival: Arrival) -> Refusal | None:
        """The answer to a status request (ExecType I): what we missed, if anything."""
        if arrival.cum_qty is not None and arrival.cum_qty != child.state.cum_qty:
            text = f"{child.venue} says CumQty {arrival.cum_qty:f} where our executions come to {child.state.cum_qty:f}"
            return self._quarantine(child, Refusal("CUM_QTY_DIFFERS", "cum_qty", text), arrival)
        waiting = self.requests.unresolved(child.id)
        missed = _MISSED.get((child.state.phase, arrival.ord_status))
        if missed == ExecType.CANCELED and any(request.kind == "cancel" for request in waiting):
            missed = None  # it is what we asked for
        if missed is not None and child.state.is_open:
            refusal = self._step(child, arrival._replace(exec_id="", exec_type=missed), Report(missed))
            if refusal:
                return refusal
        if arrival.ord_status not in ("pending_cancel", "pending_replace", "pending_new"):
            self._settle_by_status(child, arrival, waiting)
        return None

    def _settle_by_status(self, child: Line, arrival: Arrival, waiting: Sequence[Unresolved]) -> None:
        """What was unresolved is known now: the venue has dealt with all we sent before we asked (FIX keeps the order).

        A cancel took effect if the order is canceled, a replace if the order has the terms it asked for.
        """
        for request in waiting:
            done = arrival.ord_status == "canceled" if request.kind == "cancel" else request.fits(arrival)
            agreed = ExecType.CANCELED if request.kind == "cancel" else ExecType.REPLACED
            kind = agreed if done else ExecType.CANCEL_REJECTED
            report = Report(kind, order_qty=request.order_qty, price=request.price, request=request.kind)
            told = arrival._replace(
                cl_ord_id=request.cl_ord_id, orig_cl_ord_id=child.cl_ord_id, exec_id="", exec_type=kind,
                text="known by the status the venue gave when asked",
            )  # fmt: skip
            self._step(child, told, _terms(child, report))
        self._resolved(child)

    def _quarantine(self, child: Line | None, refusal: Refusal, arrival: Arrival) -> Refusal:
        if child is not None and arrival.exec_type != ExecType.ORDER_STATUS:
            self.heard.note(child, arrival)
        self.notices.append(alerts.quarantine(self.book, child, refusal, dict(arrival.fields)))
        return refusal


def _terms(child: Line, report: Report) -> Report:
    """Terms that the order's type does not have are not taken from a message: some venues send a price of 0."""
    if child.ord_type not in MAY_BE_PRICED and report.price is not None:
        report = report._replace(price=None)
    if child.ord_type not in TRIGGERED and report.stop_px is not None:
        report = report._replace(stop_px=None)
    return report


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
