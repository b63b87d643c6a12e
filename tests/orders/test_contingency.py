"""Linked orders: whatever is filled, canceled or busted, the others come to stand as the list means."""

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.contingency import Member, Wanted, decide
from orders.lifecycle import State
from orders.vocabulary import ContingencyType as C
from orders.vocabulary import Phase


def member(order_id: int, qty: int = 100, cum: int = 0, base: int = 100, phase: str = "new", hold: str = "") -> Member:
    state = State("day", D(qty), D(10), phase=Phase(phase), cum_qty=D(cum), gross_trade_amt=D(cum) * 10)
    return Member(order_id, D(base), state, hold)


def acts(kind: C, *members: Member) -> list[tuple[int, str, int]]:
    return [(act.order_id, act.action, int(act.order_qty)) for act in decide(kind, members)]


@pytest.mark.parametrize(
    ("kind", "members", "expected"),
    [
        (C.ONE_CANCELS_OTHER, [member(1), member(2)], []),
        (C.ONE_CANCELS_OTHER, [member(1, cum=1), member(2)], [(2, "cancel", 0)]),
        (C.ONE_CANCELS_OTHER, [member(1, phase="canceled"), member(2)], []),
        (C.ONE_UPDATES_OTHER, [member(1, cum=30), member(2)], [(2, "amend", 70)]),
        (C.ONE_UPDATES_OTHER, [member(1, cum=100), member(2, qty=70)], [(2, "cancel", 0)]),
        (C.ONE_UPDATES_OTHER, [member(1, cum=30), member(2, qty=70)], []),
        (C.ONE_UPDATES_OTHER, [member(1), member(2, qty=70)], [(2, "amend", 100)]),
        (C.ONE_TRIGGERS_OTHER, [member(1), member(2, hold="contingent")], []),
        (
            C.ONE_TRIGGERS_OTHER,
            [member(1, cum=40), member(2, hold="contingent")],
            [(2, "amend", 40), (2, "release", 0)],
        ),
        (C.ONE_TRIGGERS_OTHER, [member(1, cum=100), member(2, hold="contingent")], [(2, "release", 0)]),
        (C.ONE_TRIGGERS_OTHER, [member(1, cum=60), member(2, qty=40)], [(2, "amend", 60)]),
        (C.ONE_TRIGGERS_OTHER, [member(1, phase="canceled"), member(2, hold="contingent")], [(2, "cancel", 0)]),
        (C.ONE_TRIGGERS_OTHER, [member(1, cum=40, phase="canceled"), member(2, qty=40)], []),
        (
            C.BRACKET,
            [member(1, cum=100), member(2, hold="contingent"), member(3, hold="contingent")],
            [(2, "release", 0), (3, "release", 0)],
        ),
        (C.BRACKET, [member(1, cum=100), member(2, cum=25), member(3)], [(3, "amend", 75)]),
        (C.BRACKET, [member(1, cum=100), member(2, cum=100), member(3, qty=75)], [(3, "cancel", 0)]),
    ],
)
def test_what_follows(kind: C, members: list[Member], expected: list[Any]) -> None:
    assert acts(kind, *members) == expected


def carried_out(members: list[Member], wanted: list[Wanted]) -> list[Member]:
    """The list after venues agreed to everything."""
    by_id = {one.order_id: one for one in members}
    for act in wanted:
        one = by_id[act.order_id]
        if act.action == "cancel":
            one = one._replace(state=one.state._replace(phase=Phase.CANCELED), hold="")
        elif act.action == "amend":
            one = one._replace(state=one.state._replace(order_qty=max(act.order_qty, one.state.cum_qty)))
        else:
            one = one._replace(hold="")
        by_id[act.order_id] = one
    return list(by_id.values())


kinds = st.sampled_from([C.ONE_CANCELS_OTHER, C.ONE_UPDATES_OTHER, C.ONE_TRIGGERS_OTHER, C.BRACKET])
changes = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["fill", "bust", "cancel"]), st.integers(1, 60)), max_size=12
)


@given(kinds, changes)
def test_the_list_always_comes_to_rest_and_protects_what_was_filled(kind: C, play: list[tuple[int, str, int]]) -> None:
    waits = kind in (C.ONE_TRIGGERS_OTHER, C.BRACKET)
    members = [member(1), *(member(n, hold="contingent" if waits else "") for n in (2, 3))]
    for which, what, qty in play:
        one = members[which]
        if what == "fill" and one.state.is_open and not one.hold:
            cum = min(one.state.cum_qty + qty, one.state.order_qty)
            members[which] = one._replace(state=one.state._replace(cum_qty=cum, gross_trade_amt=cum * 10))
        elif what == "bust":
            cum = max(one.state.cum_qty - qty, D(0))
            members[which] = one._replace(state=one.state._replace(cum_qty=cum, gross_trade_amt=cum * 10))
        elif what == "cancel" and one.state.is_open:
            members[which] = one._replace(state=one.state._replace(phase=Phase.CANCELED))
        members = carried_out(members, decide(kind, members))
        assert decide(kind, members) == [], "a second look asks for nothing new"
    open_now = [one for one in members if one.state.is_open]
    if kind == C.ONE_CANCELS_OTHER and any(one.state.cum_qty for one in members):
        assert len(open_now) <= 1
    if kind == C.ONE_UPDATES_OTHER:
        assert all(one.state.leaves_qty <= 100 for one in open_now)
    if waits:
        for one in members[1:]:
            assert one.hold or not one.state.is_open or one.state.leaves_qty <= max(members[0].state.cum_qty, 0)
