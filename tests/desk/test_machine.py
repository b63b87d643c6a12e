"""Anything may happen to orders through the desk, on the real database, and the books hold after each step.

The kernel has a machine of its own without a database (tests/orders/test_machine.py), which goes far further in the same
time. This one shows that locks, rows, events, positions and limits follow. ``LIVES`` sets how many lives are tried.
"""

import os
from collections.abc import Callable
from decimal import Decimal as D

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from oms.desk import Amendment, Cancellation, amend, cancel, enter
from oms.desk.arrivals import Arrival
from oms.desk.record import record
from oms.desk.route import route
from orders.models import Alert, Order, Position
from routing.models import Outbox
from tests.desk.world import fill, says
from tests.factories import Floor

pytestmark = pytest.mark.django_db

LIVES = int(os.environ.get("LIVES", "12"))
STEPS = 25
which = st.integers(0, 11)
quantities = st.integers(1, 12).map(lambda n: D(n * 10))
prices = st.sampled_from(["99.50", "100.00", "100.25"])
# Said again, it says nothing new; anything else that is not recorded waits for a person.
HARMLESS = "DUPLICATE_EXEC_ID"


def machine(desk: Floor, books: Callable[[], None]) -> type[RuleBasedStateMachine]:
    """The machine over ``desk``."""

    class Desk(RuleBasedStateMachine):
        """``live`` is what the model knows: the fills of each child that stand, by the ExecID of their last version."""

        def __init__(self) -> None:
            super().__init__()
            self.undo = transaction.atomic()
            self.undo.__enter__()
            self.live: dict[int, dict[str, tuple[D, D]]] = {}
            self.newer: dict[str, str] = {}
            self.said: list[Arrival] = []
            self.late: list[Arrival] = []
            self.quarantined = 0

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

        @initialize(qty=quantities)
        def begin(self, qty: D) -> None:
            self.new(qty, "100.00", "day", "buy")
            self.send_on()

        # -- what the client does

        @rule(
            qty=quantities,
            price=prices,
            tif=st.sampled_from(["day", "good_till_cancel"]),
            side=st.sampled_from(["buy", "sell_short"]),
        )
        def new(self, qty: D, price: str, tif: str, side: str) -> None:
            [answer] = enter([desk.draft(qty, price, time_in_force=tif, side=side)], desk.actor)
            assert answer.accepted, answer

        @rule()
        def send_on(self) -> None:
            while route():
                continue

        @rule(number=which, qty=quantities, price=prices)
        def amend(self, number: int, qty: D, price: str) -> None:
            root = self.one(number, Order.objects.filter(parent=None))
            before = root.version
            [answer] = amend([Amendment(root.id, order_qty=qty, price=D(price))], desk.actor)
            assert answer.accepted or Order.objects.get(pk=root.id).version == before

        @rule(number=which)
        def cancel(self, number: int) -> None:
            root = self.one(number, Order.objects.filter(parent=None))
            cancel([Cancellation(root.id)], desk.actor)

        # -- what venues say

        @precondition(lambda self: self.children().exists())
        @rule(
            number=which,
            kind=st.sampled_from(["new", "rejected", "canceled", "expired", "done_for_day"]),
            late=st.booleans(),
        )
        def tell(self, number: int, kind: str, late: bool) -> None:
            self.hear(says(self.one(number, self.children()), kind), late=late)

        @precondition(lambda self: self.children().exists())
        @rule(number=which, qty=quantities, price=prices, late=st.booleans())
        def fill(self, number: int, qty: D, price: str, late: bool) -> None:
            self.hear(fill(self.one(number, self.children()), qty, price), late=late)

        @precondition(lambda self: any(self.live.values()))
        @rule(number=which, qty=st.none() | quantities, price=prices, late=st.booleans())
        def undo_fill(self, number: int, qty: D | None, price: str, late: bool) -> None:
            """A bust, or with a quantity a correction."""
            child_id, exec_id = self.pick(number)
            child = Order.objects.get(pk=child_id)
            last = {"last_qty": qty, "last_px": D(price)} if qty else {}
            self.hear(says(child, "trade_correct" if qty else "trade_cancel", exec_ref_id=exec_id, **last), late=late)

        @precondition(lambda self: self.requests())
        @rule(number=which, accepted=st.booleans(), late=st.booleans())
        def answer(self, number: int, accepted: bool, late: bool) -> None:
            asked = self.requests()[number % len(self.requests())]
            child, kind = asked.order, "canceled" if asked.msg_type == "F" else "replaced"
            if not accepted:
                self.hear(says(child, "cancel_rejected", asked.cl_ord_id, exec_id=""), late=late)
                return
            terms = {"order_qty": D(asked.fields["order_qty"]), "price": child.price} if kind == "replaced" else {}
            self.hear(says(child, kind, asked.cl_ord_id, orig_cl_ord_id=asked.orig_cl_ord_id, **terms), late=late)

        # -- what goes wrong on the way

        @precondition(lambda self: self.late)
        @rule(number=which)
        def arrive(self, number: int) -> None:
            """What was held back comes, whatever came before it."""
            self.hear(self.late.pop(number % len(self.late)))

        @precondition(lambda self: len(self.late) > 1)
        @rule(backwards=st.booleans())
        def arrive_together(self, backwards: bool) -> None:
            self.hear(*(reversed(self.late) if backwards else self.late))
            self.late.clear()

        @precondition(lambda self: self.said)
        @rule(number=which)
        def say_again(self, number: int) -> None:
            one = self.said[number % len(self.said)]
            if one.exec_id:
                before = self.facts()
                [refusal] = record([one])
                # That a venue ends its day once more is no news, and refused neither time.
                self.quarantined += refusal is not None and refusal.code != HARMLESS
                assert self.facts() == before

        @rule()
        def restart(self) -> None:
            """A venue that starts anew says its whole day again; nothing moves."""
            before = self.facts()
            again = [one for one in self.said if one.exec_id]
            refusals = record(again) if again else []
            self.quarantined += sum(refusal.code != HARMLESS for refusal in refusals if refusal)
            assert self.facts() == before

        @rule(number=which)
        def unknown(self, number: int) -> None:
            """A fill of an order nobody sent."""
            if self.children().exists():
                stray = fill(self.one(number, self.children()), 10)._replace(cl_ord_id=f"nobody-{number}")
                [refusal] = record([stray])
                assert refusal is not None
                assert refusal.code == "UNKNOWN_ORDER"
                self.quarantined += 1

        # -- the model

        def hear(self, *arrivals: Arrival, late: bool = False) -> None:
            """Have it recorded, or held back; the model follows what was recorded."""
            if late:
                self.late += arrivals
                return
            for one, refusal in zip(arrivals, record(arrivals), strict=True):
                self.said.append(one)
                if refusal is not None:
                    self.quarantined += refusal.code != HARMLESS
                else:
                    self.follow(one)

        def follow(self, one: Arrival) -> None:
            if one.exec_type in ("trade", "trade_correct", "trade_cancel"):
                child = self.children().get(requests__cl_ord_id=one.cl_ord_id, sender_comp_id=one.session)
                fills = self.live.setdefault(child.id, {})
                if one.exec_type != "trade":
                    # What names an earlier version of an execution means the last one.
                    ref = one.exec_ref_id
                    while ref not in fills:
                        ref = self.newer[ref]
                    del fills[ref]
                    self.newer[ref] = one.exec_id
                if one.exec_type != "trade_cancel":
                    assert one.last_px is not None
                    fills[one.exec_id] = (one.last_qty, one.last_px)

        def children(self) -> "Order.objects":
            return Order.objects.filter(parent__isnull=False)

        def one(self, number: int, orders: "Order.objects") -> Order:
            found = list(orders.order_by("id"))
            return found[number % len(found)]

        def pick(self, number: int) -> tuple[int, str]:
            standing = [(child, exec_id) for child, fills in sorted(self.live.items()) for exec_id in fills]
            return standing[number % len(standing)]

        def requests(self) -> list[Outbox]:
            """What was asked of venues and is not answered."""
            asked = Outbox.objects.filter(msg_type__in=["F", "G"], order__requests__state="pending")
            rows = asked.select_related("order").distinct().order_by("id")
            return [row for row in rows if row.order.requests.filter(cl_ord_id=row.cl_ord_id, state="pending")]

        def facts(self) -> list[tuple]:
            orders = Order.objects.order_by("id").values_list("id", "ord_status", "order_qty", "cum_qty", "leaves_qty")
            return [*orders, *Position.objects.order_by("id").values_list("id", "qty", "avg_cost")]

        # -- what must always be true

        @invariant()
        def the_rows_are_what_the_model_knows(self) -> None:
            position = D(0)
            for child in self.children().select_related("parent"):
                fills = self.live.get(child.id, {}).values()
                assert child.cum_qty == sum(qty for qty, _ in fills)
                assert child.gross_trade_amt == sum(qty * px for qty, px in fills)
                position += child.cum_qty if child.side == "buy" else -child.cum_qty
            assert sum(Position.objects.values_list("qty", flat=True)) == position
            assert Alert.objects.filter(kind="quarantine").count() == self.quarantined

        @invariant()
        def the_books_hold(self) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            books()

    return Desk


def test_whatever_happens(desk: Floor, books: Callable[[], None]) -> None:
    lives = settings(
        max_examples=LIVES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck),
        database=None,
        # A life that fails is shown as it was: to find a shorter one on the database takes longer than to read it.
        phases=[Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(machine(desk, books), settings=lives)
