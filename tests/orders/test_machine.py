"""Anything may happen to an order and its parts, in any sequence, and what must always be true is true after each step.

``EXAMPLES`` sets how many lives are tried; ``python -m pytest tests/orders/test_machine.py`` with EXAMPLES=100000 is
the long run.
"""

import os
from decimal import Decimal as D

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from oms.base.refusal import Refusal
from orders.lifecycle import CLOSED, Report, State
from orders.order import LEAVES_QTY, ORD_STATUS
from orders.vocabulary import Phase
from tests.orders.family import Family
from tests.orders.meaning import meaning

EXAMPLES = int(os.environ.get("EXAMPLES", "300"))
STEPS = 30
which = st.integers(0, 11)
quantities = st.integers(1, 40).map(D)
prices = st.sampled_from([D("9.75"), D("10"), D("10.3333")])
# Appendix D's own numbers.
PRECEDENCE = {
    "pending_cancel": 12, "pending_replace": 11, "done_for_day": 10, "calculated": 9, "filled": 8, "stopped": 7,
    "suspended": 6, "canceled": 5, "expired": 5, "partially_filled": 4, "new": 2, "rejected": 2, "pending_new": 2,
}  # fmt: skip


class Lives(RuleBasedStateMachine):
    """A parent with one to three children; a report is told at once, or held back and overtaken by others."""

    @initialize(
        tif=st.sampled_from(["day", "good_till_cancel"]), parts=st.lists(st.integers(1, 40), min_size=1, max_size=3)
    )
    def begin(self, tif: str, parts: list[int]) -> None:
        self.family = Family(tif, parts)
        self.late: list[tuple] = []
        self.open_requests = {"cancel": 0, "replace": 0}

    def at(self, number: int) -> int:
        return number % len(self.family.children)

    def tell(self, late: bool, verb: str, *rest) -> None:
        """Tell the family now, or put the message where another may overtake it."""
        if late:
            self.late.append((verb, *rest))
        else:
            self.deliver((verb, *rest))

    def deliver(self, message: tuple) -> None:
        verb, at, *rest = message
        before = list(self.family.states)
        if verb == "fill":
            refusal = self.family.fill(at, *rest)
            told_too_much = any(before[n].cum_qty + rest[0] > before[n].order_qty for n in (at + 1, 0))
            if refusal is not None:
                assert refusal.code == ("OVERFILL" if before[at + 1].phase != Phase.REJECTED else "BAD_REPORT")
                assert told_too_much or before[at + 1].phase == Phase.REJECTED
        elif verb == "answer":
            refusal = self.family.answered(*rest) if rest[0] in self.family.pending else None
        elif verb == "undo":
            refusal = self.family.undo(at, *rest) if rest[0] in self.family.live[at] else None
        else:
            refusal = self.family.told(at, rest[0])
        if isinstance(refusal, Refusal):
            assert self.family.states == before

    # -- what the client does

    @rule()
    def cancel(self) -> None:
        was_open = self.family.parent.is_open
        assert self.family.cancel() == was_open

    @rule(qty=quantities)
    def amend(self, qty: D) -> None:
        self.family.replace(qty)

    # -- what venues say

    @rule(number=which, late=st.booleans())
    def ack(self, number: int, late: bool) -> None:
        self.tell(late, "told", self.at(number), Report("new"))

    @rule(number=which)
    def reject(self, number: int) -> None:
        self.tell(False, "told", self.at(number), Report("rejected"))

    @rule(number=which, qty=quantities, px=prices, late=st.booleans())
    def fill(self, number: int, qty: D, px: D, late: bool) -> None:
        self.tell(late, "fill", self.at(number), qty, px)

    @rule(number=which, px=prices)
    def fill_it_all(self, number: int, px: D) -> None:
        at = self.at(number)
        if self.family.children[at].leaves_qty:
            self.tell(False, "fill", at, self.family.children[at].leaves_qty, px)

    @precondition(lambda self: any(self.family.live))
    @rule(number=which, execution=which, late=st.booleans())
    def bust(self, number: int, execution: int, late: bool) -> None:
        self.undo(number, execution, late)

    @precondition(lambda self: any(self.family.live))
    @rule(number=which, execution=which, qty=quantities, px=prices)
    def correct(self, number: int, execution: int, qty: D, px: D) -> None:
        self.undo(number, execution, False, qty, px)

    def undo(self, number: int, execution: int, late: bool, *terms: D) -> None:
        at = self.at(number)
        if live := list(self.family.live[at]):
            self.tell(late, "undo", at, live[execution % len(live)], *terms)

    @precondition(lambda self: self.family.pending)
    @rule(number=which, accepted=st.booleans(), qty=st.none() | quantities, late=st.booleans())
    def answer(self, number: int, accepted: bool, qty: D | None, late: bool) -> None:
        request = self.family.pending[number % len(self.family.pending)]
        self.tell(late, "answer", request.child, request, accepted, min(qty or D(40), request.order_qty))

    @rule(
        number=which,
        kind=st.sampled_from(["canceled", "expired", "done_for_day", "stopped", "suspended"]),
        late=st.booleans(),
    )
    def unasked(self, number: int, kind: str, late: bool) -> None:
        self.tell(late, "told", self.at(number), Report(kind))

    @rule(number=which, kind=st.sampled_from(["restated", "replaced"]), qty=quantities)
    def restate(self, number: int, kind: str, qty: D) -> None:
        self.tell(False, "told", self.at(number), Report(kind, order_qty=qty))

    @rule(number=which, kind=st.sampled_from(["pending_cancel", "pending_replace", "cancel_rejected", "pending_new"]))
    def echo(self, number: int, kind: str) -> None:
        """An echo of a request, or a refusal heard twice, answers nothing and changes nothing."""
        before = self.family.states[:]
        self.tell(False, "told", self.at(number), Report(kind))
        assert self.family.states == before

    @precondition(lambda self: self.late)
    @rule(number=which, keep=st.booleans())
    def arrive(self, number: int, keep: bool) -> None:
        """What was held back arrives, whatever came before it."""
        self.deliver(self.late.pop(number % len(self.late)))

    @rule()
    def restart(self) -> None:
        """All that is known comes from the journal."""
        assert self.family.replayed() == self.family.states

    # -- what must always be true

    @invariant()
    def sums_hold(self) -> None:
        for state, live in zip(self.family.children, self.family.live, strict=True):
            assert state.cum_qty == sum((qty for qty, _ in live.values()), D(0))
            assert state.gross_trade_amt == sum((qty * px for qty, px in live.values()), D(0))
        parent, children = self.family.parent, self.family.children
        assert parent.cum_qty == sum((child.cum_qty for child in children), D(0))
        assert parent.gross_trade_amt == sum((child.gross_trade_amt for child in children), D(0))
        for state in self.family.states:
            assert 0 <= state.cum_qty <= state.order_qty
            assert state.leaves_qty in (0, state.order_qty - state.cum_qty)
            assert 0 <= state.prior_cum_qty <= state.cum_qty
            assert state.phase != Phase.REJECTED or state.cum_qty == 0

    @invariant()
    def requests_are_in_flight_until_they_are_answered(self) -> None:
        family = self.family
        for kind in ("cancel", "replace"):
            for at, child in enumerate(family.children):
                mine = sum(request.child == at and request.kind == kind for request in family.pending)
                assert getattr(child, f"{kind}s_pending") == mine
            assert getattr(family.parent, f"{kind}s_pending") == list(family.roots.values()).count(kind)

    @invariant()
    def the_status_is_the_highest_in_force(self) -> None:
        for state in self.family.states:
            assert PRECEDENCE[state.ord_status] == max(PRECEDENCE[status] for status in in_force(state))
            assert state.ord_status in in_force(state)
            facts = state._asdict()
            assert meaning(ORD_STATUS, facts) == state.ord_status
            assert meaning(LEAVES_QTY, facts) == state.leaves_qty

    @invariant()
    def the_parent_is_open_while_a_part_is(self) -> None:
        """Unless the part was revived by a bust when the parent had ended."""
        family = self.family
        if any(child.is_open and at not in family.revived for at, child in enumerate(family.children, 1)):
            assert family.parent.is_open, f"{family.parent} has {family.children}"

    @invariant()
    def an_open_parent_is_worked_by_somebody(self) -> None:
        family = self.family
        if family.parent.is_open and not family.pending:  # else an answer is to come, and will end it
            assert any(child.is_open for child in family.children), f"{family.parent} has {family.children}"


def in_force(state: State) -> set[str]:
    """Every status that applies; of equal ones the phase tells."""
    statuses = {str(state.phase)}
    statuses |= {"pending_cancel"} if state.cancels_pending else set()
    statuses |= {"pending_replace"} if state.replaces_pending else set()
    statuses |= {"filled"} if state.cum_qty >= state.order_qty else set()
    statuses |= {"partially_filled"} if state.cum_qty and state.phase not in CLOSED - {Phase.CALCULATED} else set()
    return statuses


def test_whatever_happens() -> None:
    lives = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Lives, settings=lives)
