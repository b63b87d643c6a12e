"""A parent and its children in memory, moved by the kernels alone, as the desk moves them in the database.

It keeps its own account of what it was told: the live executions of each child, the requests in flight, the journal.
"""

from decimal import Decimal as D
from typing import NamedTuple

from oms.base.refusal import Refusal
from orders.lifecycle import CLOSED, Report, State, step
from orders.rollup import FILLS, Answered, roll_up
from orders.vocabulary import Phase
from routing.choose import reapportion

PX = D("9.75")
ENDED = CLOSED | {Phase.DONE_FOR_DAY}


class Request(NamedTuple):
    """A request to a venue about one child, and the number of the parent's request that it serves."""

    kind: str
    child: int
    serves: int
    order_qty: D


class Family:
    """``parts``: what each child is sent for; together the parent's quantity."""

    def __init__(self, time_in_force: str, parts: list[int]) -> None:
        self.begun = [State(time_in_force, D(sum(parts)), PX), *(State(time_in_force, D(part), PX) for part in parts)]
        self.states = list(self.begun)
        self.journals: list[list[Report]] = [[] for _ in self.begun]
        self.live: list[dict[int, tuple[D, D]]] = [{} for _ in parts]
        self.pending: list[Request] = []
        self.roots: dict[int, str] = {}
        self.wanted: dict[int, D] = {}
        self.agreed: set[int] = set()
        self.revived: set[int] = set()
        self.executions = self.asked = 0

    @property
    def parent(self) -> State:
        """The client's order."""
        return self.states[0]

    @property
    def children(self) -> list[State]:
        """What the venues have."""
        return self.states[1:]

    def _take(self, at: int, report: Report) -> Refusal | None:
        before, after = self.states[at], step(self.states[at], report)
        if isinstance(after, Refusal):
            return after
        if at and after.is_open and not before.is_open and self.parent.phase in ENDED:
            self.revived.add(at)  # by a bust, after the parent was ended: nobody can help it
        if at and before.phase in ENDED and after.cum_qty > before.cum_qty:
            # What had been given back was filled after all: others may now work more than is left of the whole.
            self.revived.update(range(1, len(self.states)))
        self.states[at] = after
        self.journals[at].append(report)
        return None

    # -- what the client asks

    def cancel(self) -> bool:
        """Ask for a cancel; False when there is nothing to cancel."""
        if self._take(0, Report("pending_cancel", request="cancel")):
            return False
        self.asked += 1
        working = [at for at, child in enumerate(self.children) if child.is_open]
        self._ask("cancel", {at: D(0) for at in working})
        return True

    def replace(self, order_qty: D) -> bool:
        """Ask for a new quantity; False when the order takes none."""
        order_qty = max(order_qty, self.parent.cum_qty)
        wanted = [qty for number, qty in self.wanted.items() if number in self.roots]
        if self.parent.cancels_pending or order_qty == (wanted or [self.parent.order_qty])[-1]:
            return False
        if not any(child.may_be_replaced for child in self.children):  # nobody could work more
            return False
        open_parts = [at for at, child in enumerate(self.children) if child.is_open and not child.cancels_pending]
        able = [at for at, child in enumerate(self.children) if child.may_be_replaced and not child.cancels_pending]
        working = open_parts or able[-1:]
        ended = sum((child.cum_qty for at, child in enumerate(self.children) if at not in working), D(0))
        last = {r.child: r.order_qty for r in self.pending if r.kind == "replace"}
        now = {at: last.get(at, self.children[at].order_qty) for at in working}
        had = [(now[at], self.children[at].cum_qty) for at in working]
        parts = dict(zip(working, reapportion(had, order_qty - ended), strict=True)) if working else {}
        changed = {at: qty for at, qty in parts.items() if qty != now[at]}
        if self.pending and not changed:
            return False
        if self._take(0, Report("pending_replace", request="replace")):
            return False
        self.asked += 1
        self.wanted[self.asked] = order_qty
        self._ask("replace", changed, order_qty)
        return True

    def _ask(self, kind: str, parts: dict[int, D], order_qty: D | None = None) -> None:
        for at, qty in parts.items():
            way = kind if qty else "cancel"  # a part of which nothing is left is canceled
            assert self._take(at + 1, Report(f"pending_{way}", request=way)) is None
            self.pending.append(Request(way, at, self.asked, qty))
        if parts:
            self.roots[self.asked] = kind
        else:
            done = Report("canceled" if kind == "cancel" else "replaced", order_qty=order_qty, request=kind)
            assert self._take(0, done) is None

    # -- what a venue says

    def told(self, at: int, report: Report) -> Refusal | None:
        """A report about child ``at`` that answers no request."""
        both = [step(state, report) for state in (self.states[at + 1], self.parent)]
        if report.exec_type in FILLS and (refusals := [one for one in both if isinstance(one, Refusal)]):
            return refusals[0]  # what does not fit the parent is not booked by halves
        before = self.children[at].order_qty
        refusal = self._take(at + 1, report)
        if refusal is None:
            self._follow(report, None, self.children[at].order_qty - before)
        return refusal

    def answered(self, request: Request, accepted: bool, order_qty: D) -> Refusal | None:
        """The venue's answer to ``request``."""
        self.pending.remove(request)
        kind = {"cancel": "canceled", "replace": "replaced"}[request.kind] if accepted else "cancel_rejected"
        report = Report(kind, order_qty=order_qty if kind == "replaced" else None, request=request.kind)
        refusal = self._take(request.child + 1, report)
        if refusal is not None:
            self.pending.append(request)
            return refusal
        if accepted:
            self.agreed.add(request.serves)
        answer = None
        if not any(other.serves == request.serves for other in self.pending):
            answer = Answered(self.roots.pop(request.serves), request.serves in self.agreed)
        self._follow(report, answer)
        return None

    def fill(self, at: int, qty: D, px: D) -> Refusal | None:
        """An execution."""
        refusal = self.told(at, Report("trade", qty, px))
        if refusal is None:
            self.executions += 1
            self.live[at][self.executions] = (qty, px)
        return refusal

    def undo(self, at: int, execution: int, qty: D | None = None, px: D | None = None) -> Refusal | None:
        """The bust of an execution; with ``qty`` and ``px`` its correction."""
        was = self.live[at][execution]
        report = Report("trade_cancel", *was, ref_qty=was[0], ref_px=was[1])
        if qty is not None:
            report = report._replace(exec_type="trade_correct", last_qty=qty, last_px=px)
        refusal = self.told(at, report)
        if refusal is None:
            del self.live[at][execution]
            if qty is not None and px is not None:
                self.live[at][execution] = (qty, px)
        return refusal

    def _follow(self, report: Report, answer: Answered | None, by: D = D(0)) -> None:
        for follow in roll_up(self.parent, self.children, report, answered=answer, by=by):
            refusal = self._take(0, follow)
            assert refusal is None, f"{follow} does not fit a parent that is {self.parent.ord_status}: {refusal}"

    def replayed(self) -> list[State]:
        """Every order folded anew from its journal, as after a restart."""
        states = []
        for state, journal in zip(self.begun, self.journals, strict=True):
            for report in journal:
                after = step(state, report)
                assert isinstance(after, State)
                state = after
            states.append(state)
        return states
