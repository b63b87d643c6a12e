"""The life of an order, as plays: one line is what happens and the OrdStatus after each report."""

from decimal import Decimal as D
from itertools import product

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from oms.base import sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from orders.book import FACTS, FIXED, PLAIN, REST
from orders.lifecycle import Report, State, step
from orders.models import Order
from orders.vocabulary import ExecType, OrdStatus, Phase, TimeInForce
from tests.factories import Floor

WORDS = {
    "new": Report("new"),
    "reject": Report("rejected"),
    "cancel?": Report("pending_cancel", request="cancel"),
    "replace?": Report("pending_replace", request="replace"),
    "canceled": Report("canceled", request="cancel"),
    "out": Report("canceled"),
    "no-cancel": Report("cancel_rejected", request="cancel"),
    "no-replace": Report("cancel_rejected", request="replace"),
    "expired": Report("expired"),
    "done": Report("done_for_day"),
    "stopped": Report("stopped"),
    "suspended": Report("suspended"),
}

PLAYS = [
    ("filled in two", "new F40 F60", "new partially_filled filled"),
    ("fill before the acknowledgement", "F40 new F60", "partially_filled partially_filled filled"),
    ("refused by the venue", "reject", "rejected"),
    ("cancel of a part fill (B.1.a)", "new F40 cancel? canceled", "new partially_filled pending_cancel canceled"),
    ("fill while canceling (B.1.b)", "new cancel? F40 canceled", "new pending_cancel pending_cancel canceled"),
    ("filled before the cancel (B.1.c)", "new cancel? F100 no-cancel", "new pending_cancel pending_cancel filled"),
    ("cancel refused", "new F40 cancel? no-cancel", "new partially_filled pending_cancel partially_filled"),
    (
        "two cancels in flight",
        "new cancel? cancel? canceled no-cancel",
        "new pending_cancel pending_cancel pending_cancel canceled",
    ),
    (
        "cancel outranks replace",
        "new replace? cancel? no-cancel no-replace",
        "new pending_replace pending_cancel pending_replace new",
    ),
    ("replaced upwards (C.1.a)", "new replace? R150", "new pending_replace new"),
    ("fill while replacing", "new replace? F100 R150", "new pending_replace pending_replace partially_filled"),
    ("replace revives a filled order (C.1.c)", "new F100 R150", "new filled partially_filled"),
    ("replaced below what is filled (C.3.c)", "new F60 replace? R40", "new partially_filled pending_replace filled"),
    ("late fill after a cancel", "new cancel? canceled F40", "new pending_cancel canceled canceled"),
    ("taken out by the venue", "new F40 out", "new partially_filled canceled"),
    ("bust", "new F40 B40", "new partially_filled new"),
    ("bust after a cancel (J.1.b)", "new F40 out B40", "new partially_filled canceled canceled"),
    ("expired", "new F40 expired", "new partially_filled expired"),
    ("done for the day", "new F40 done", "new partially_filled done_for_day"),
    ("stopped", "new stopped F100", "new stopped filled"),
    ("suspended, resumed", "new suspended new", "new suspended new"),
]


def report(word: str) -> Report:
    """F40: a fill of 40 at 10. B40: its bust. R150: replaced to 150."""
    if word[0] in "FBR" and word[1:].isdigit():
        qty = D(word[1:])
        kinds = {"F": Report("trade", qty, D(10)), "B": Report("trade_cancel", qty, D(10))}
        return kinds.get(word[0]) or Report("replaced", order_qty=qty, price=D(10), request="replace")
    return WORDS[word]


@pytest.mark.parametrize(("play", "expected"), [p[1:] for p in PLAYS], ids=[p[0] for p in PLAYS])
def test_plays(play: str, expected: str) -> None:
    state, statuses = State("day", D(100), D(10)), []
    for word in play.split():
        after = step(state, report(word))
        assert isinstance(after, State), after
        state = after
        statuses.append(str(state.ord_status))
    assert statuses == expected.split()


@pytest.mark.parametrize(
    ("play", "refused", "code"),
    [
        ("new F100", "F1", "OVERFILL"),
        ("reject", "F1", "BAD_REPORT"),
        ("new F100", "cancel?", "ORDER_CLOSED"),
        ("new cancel? canceled", "canceled", "BAD_REPORT"),
        ("new", "reject", "BAD_REPORT"),
        ("new F40", "B41", "BAD_REPORT"),
        ("new out", "R150", "BAD_REPORT"),
    ],
)
def test_what_makes_no_sense_is_refused(play: str, refused: str, code: str) -> None:
    state = State("day", D(100), D(10))
    for word in play.split():
        after = step(state, report(word))
        assert isinstance(after, State)
        state = after
    refusal = step(state, report(refused))
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


words = st.one_of(
    st.sampled_from(sorted(WORDS)),
    st.builds("{}{}".format, st.sampled_from("FB"), st.integers(1, 120)),
    st.builds("R{}".format, st.integers(1, 200)),
)


@given(st.lists(words, max_size=30))
def test_nothing_breaks_the_sums(play: list[str]) -> None:
    state = State("day", D(100), D(10))
    for word in play:
        after = step(state, report(word))
        state = state if isinstance(after, Refusal) else after
        assert 0 <= state.cum_qty <= state.order_qty
        assert state.leaves_qty in (0, state.order_qty - state.cum_qty)
        assert state.gross_trade_amt == state.cum_qty * 10
        assert (state.avg_px is None) == (state.cum_qty == 0)
        assert state.ord_status in set(OrdStatus)
        assert state.cancels_pending >= 0
        assert state.replaces_pending >= 0


def test_python_and_database_derive_the_same_over_every_combination(desk: Floor) -> None:
    combinations = list(product(TimeInForce, Phase, (0, 1, 2), (0, 1, 2), (D(0), D("33.33333333"), D(100))))
    states = [
        State(tif, D(100), D(10), None, phase, cancels, replaces, cum, cum * D("9.87654321"))
        for tif, phase, cancels, replaces, cum in combinations
        if not (phase == Phase.REJECTED and cum)
    ]
    account, instrument = desk.accounts[0], desk.instruments["AAPL"]
    fixed = PLAIN | {
        "account_id": account.id, "instrument_id": instrument.id, "desk_id": desk.desk.id, "sender_comp_id": "t",
        "entered_by_id": desk.trader.id, "side": "buy", "ord_type": "limit", "expire_time": now(),
    }  # fmt: skip
    rest = (False, "", "", 1, bytes(32), "", False, "", False, None, now(), now())
    rows = [
        (*({**fixed, "id": number}[name] for name in FIXED), *state, str(number), *rest)
        for number, state in enumerate(states, 1)
    ]
    columns = (*FIXED, *FACTS, *REST, "created_at", "updated_at")
    sets.insert(Order, columns, rows)
    derived = Order.objects.order_by("id").values_list("ord_status", "leaves_qty", "avg_px")
    for state, (ord_status, leaves_qty, avg_px) in zip(states, derived, strict=True):
        assert (ord_status, leaves_qty) == (state.ord_status, state.leaves_qty), state
        assert avg_px == (None if state.avg_px is None else round(state.avg_px, 8))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_every_exec_type_is_handled_or_refused() -> None:
    state = State("day", D(100), D(10))
    for kind in ExecType:
        assert isinstance(step(state, Report(kind)), State | Refusal)
