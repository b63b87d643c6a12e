"""A small house whose trades live at random: in parts, corrected, busted, allocated, netted, failed, split, paid on.

Everything is done through the verbs of the desk and of operations; the model remembers which fills stand.
"""

import random
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef

from oms.base.clock import now
from oms.desk import Actor, Cancellation, allocating, booking, cancel, days, enter, followed, record, route, stages
from oms.desk.allocable import Share
from oms.desk.allocating import Change, Pick, Wish
from oms.desk.arrivals import Arrival
from orders.models import Account, Instrument, Order, OrderRequest, TickTable
from orders.reference import business_date
from routing.models import Outbox, Venue
from settlement import repair
from settlement.actions.announce import Notice, announce, approve
from settlement.allocation.tables import WAITING
from settlement.collect import home
from settlement.custody import says
from settlement.models import (
    Allocation,
    CommissionRate,
    CorporateAction,
    Instruction,
    NettingSwitch,
    PenaltyRate,
)
from settlement.repair import Amendment
from tests import factories
from tests.desk import world as venue
from tests.settlement.killing import Bank, Killed, Killer

# What a worker does, in no order that may be relied upon.
WORK = (
    "route", "settle", "allocations", "allocate", "confirm", "late", "remind", "net", "instruct", "actions", "margin",
    "penalties", "transfers", "reconcile",
)  # fmt: skip
OWN = ("ALPHA", "BETA", "GAMMA")
HARMLESS = "DUPLICATE_EXEC_ID"
SAYINGS = [
    ("fail", "AAPL", "deliver"), ("fail", "MSFT", "receive"), ("fail", "ASML", "both"), ("partial", "AAPL", "0.4"),
    ("partial", "ASML", "0.7"), ("no_cash", "ALPHA", ""), ("unmatched", "*", ""), ("duplicate", "5", ""),
    ("malformed", "3", ""), ("late", "", ""), ("contradict", "4", ""), ("deny_cancel", "*", ""), ("reject", "BETA", ""),
]  # fmt: skip
METHODS = ("percent", "pro_rata", "percent_of_nav", "priority")


class Stands(NamedTuple):
    """A fill that stands, under its latest ExecID."""

    child_id: int
    root_id: int
    qty: D
    px: D


class House:
    """The desk, its venue, settlement and the custodian; ``stands`` is what the model knows."""

    def __init__(self, floor: factories.Floor, dice: random.Random, chance: float, many: int) -> None:
        self.floor, self.dice, self.many = floor, dice, many
        self.killer, self.bank = Killer(random.Random(dice.random()), chance), Bank()
        self.ops = Actor.of(factories.user("olga", desk=floor.desk, role="operations"))
        self.stands: dict[str, Stands] = {}
        self.roots: dict[tuple[str, str], tuple[int, int]] = {}  # (child, root) by what the venue calls the child
        self.lives = 0
        self._furnish()

    def _furnish(self) -> None:
        floor, ticks = self.floor, TickTable.objects.get()
        venues = list(Venue.objects.all())
        for code, average in (("GAMMA", False), ("AVG", True)):
            account = Account.objects.create(code=code, name=code, desk=floor.desk, average_price=average)
            floor.accounts.append(account)
        more: dict[str, dict[str, Any]] = {
            "ASML": {"settl_market": "EU", "isin": "NL0010273215"},
            "T5": {
                "asset_class": "corporate_bond", "coupon_rate": D(5), "coupon_frequency": 2, "day_count": "30/360 US",
                "issue_date": date(2024, 11, 30), "maturity_date": date(2034, 11, 30),
            },
        }  # fmt: skip
        for symbol, terms in more.items():
            floor.instruments[symbol] = factories.instrument(symbol, ticks, venues, **terms)
        CommissionRate.objects.create(valid_from="2026-01-01", basis="per_unit", rate=D("0.0035"), minimum=D("0.35"))
        PenaltyRate.objects.create(market="US", category="liquid_share", valid_from="2026-01-01", rate=D("1"))
        if self.dice.random() < 0.7:
            start = date(2026, 11, self.dice.choice([1, 24, 25]))
            NettingSwitch.objects.create(place_of_settlement="DTCYUS33", valid_from=start, nets=True)

    # What clients and venues do

    def trade(self) -> None:
        """Some orders are entered and sent, and venues have them."""
        drafts = [
            self.floor.draft(
                self.dice.randrange(1, 500), "100.00", account=self.dice.choice([*OWN, "AVG", "AVG"]),
                symbol=self.dice.choice(list(self.floor.instruments)), side=self.dice.choice(["buy", "sell_short"]),
                time_in_force=self.dice.choice(["day", "good_till_cancel"]),
            )
            for _ in range(self.dice.randrange(1, self.many))
        ]  # fmt: skip
        answers = enter(drafts, self.floor.actor)
        accepted = [answer.order_id for answer in answers if answer.accepted]
        self.lives += len(accepted)
        if self.dice.random() < 0.3:
            self.allocate(pk for pk in accepted if pk)
        route()
        self.acknowledge()

    def acknowledge(self) -> None:
        """Venues have what was sent to them, and do what they were asked."""
        fresh = Order.objects.filter(parent__isnull=False, phase="pending_new").order_by("id")
        self.hear([venue.says(child, "new") for child in fresh])
        pending = OrderRequest.objects.filter(order=OuterRef("order"), cl_ord_id=OuterRef("cl_ord_id"), state="pending")
        asked = Outbox.objects.filter(Exists(pending), msg_type__in=["F", "G"]).select_related("order")
        self.hear([self._granted(one) for one in asked.order_by("id")])

    def _granted(self, asked: Outbox) -> Arrival:
        child, terms = asked.order, asked.fields
        if asked.msg_type == "F":
            return venue.says(child, "canceled", asked.cl_ord_id, orig_cl_ord_id=asked.orig_cl_ord_id)
        qty = D(terms["order_qty"])
        if qty <= child.cum_qty:
            return venue.says(child, "cancel_rejected", asked.cl_ord_id, exec_id="")
        price = D(terms["price"]) if terms.get("price") else child.price
        return venue.says(
            child, "replaced", asked.cl_ord_id, orig_cl_ord_id=asked.orig_cl_ord_id, order_qty=qty, price=price
        )

    def fill(self) -> None:
        """Orders that are open are filled, whole or in part."""
        working = list(Order.objects.filter(parent__isnull=False, leaves_qty__gt=0, phase="new").order_by("id"))
        said = []
        for child in self.dice.sample(working, min(len(working), self.many)):
            part = self.dice.choice([D(1), D("0.5"), D("0.31")])
            qty = max((child.leaves_qty * part).quantize(D(1)), D(1))
            if qty <= child.leaves_qty:
                self.roots[child.venue, child.cl_ord_id] = child.id, child.parent_id or 0
                said.append(venue.fill(child, qty, str(self.dice.randrange(9900, 10100) / D(100))))
        self.hear(said)

    def undo(self) -> None:
        """Fills are busted or corrected, before they were settled or long after."""
        names = self.dice.sample(sorted(self.stands), min(len(self.stands), self.dice.randrange(1, 2 + self.many // 4)))
        children = Order.objects.in_bulk({self.stands[name].child_id for name in names})
        said = []
        for exec_id in names:
            one = self.stands[exec_id]
            child = children[one.child_id]
            self.roots[child.venue, child.cl_ord_id] = one.child_id, one.root_id
            last = {"last_qty": one.qty, "last_px": one.px}
            if self.dice.random() < 0.5:
                said.append(venue.says(child, "trade_cancel", exec_ref_id=exec_id, **last))
            else:
                last = {"last_qty": max((one.qty * D("0.6")).quantize(D(1)), D(1)), "last_px": one.px + D("0.25")}
                said.append(venue.says(child, "trade_correct", exec_ref_id=exec_id, **last))
        self.hear(said)

    def hear(self, arrivals: list[Arrival]) -> None:
        """Record what venues say, again after each kill; the model follows."""
        if not arrivals:
            return
        while (answers := self.killer.survive(lambda: record(arrivals))) is None:
            pass
        for one, refusal in zip(arrivals, answers, strict=True):
            if (refusal is None or refusal.code == HARMLESS) and one.exec_type.startswith("trade"):
                self._follow(one)

    def _follow(self, one: Arrival) -> None:
        if one.exec_ref_id:
            del self.stands[one.exec_ref_id]
        if one.exec_type != "trade_cancel":
            assert one.last_px is not None
            self.stands[one.exec_id] = Stands(*self.roots[one.session, one.cl_ord_id], one.last_qty, one.last_px)

    def take_back(self, share: float = 0.3) -> None:
        """Some open orders are cancelled."""
        rows = Order.objects.filter(parent__isnull=True, leaves_qty__gt=0).order_by("id").values_list("pk", flat=True)
        cancel([Cancellation(pk) for pk in rows if self.dice.random() < share], self.floor.actor)
        self.acknowledge()

    # What operations does

    def allocate(self, order_ids: Iterable[int]) -> None:
        """Ask for allocations; those that are not allowed are refused."""
        wishes = [self._wish(pk) for pk in order_ids]
        self.killer.survive(lambda: allocating.allocate(wishes, self.ops))

    def _wish(self, *order_ids: int) -> Wish:
        method = self.dice.choice(METHODS)
        return Wish(
            tuple(order_ids), method, self._shares(method), D(self.dice.choice([1, 1, 10])),
            auto_book=self.dice.random() < 0.5,
        )  # fmt: skip

    def _shares(self, method: str) -> tuple[Share, ...]:
        codes = self.dice.sample(OWN, self.dice.randrange(1, 4))
        percent = {1: ["100"], 2: ["33.33", "66.67"], 3: ["33.33", "33.33", "33.34"]}[len(codes)]
        numbers: dict[str, Callable[[int], dict[str, Any]]] = {
            "percent": lambda at: {"percent": D(percent[at])},
            "pro_rata": lambda at: {"qty": D(100 * (at + 1))},
            "percent_of_nav": lambda at: {"percent": D(at + 1), "nav": D(1_000_000)},
            "priority": lambda at: {"qty": D(1_000), "priority": at + 1},
        }
        return tuple(Share(code, **numbers[method](at)) for at, code in enumerate(codes))

    def allocations(self) -> None:
        """What was executed for others is allocated; some is changed, cancelled, booked."""
        self.allocate({one.order_id for one in followed.to_do() if self.dice.random() < 0.6})
        wanted: dict[str, list[int]] = {}
        for pk in Allocation.objects.filter(state__in=WAITING).order_by("id").values_list("pk", flat=True):
            wanted.setdefault(self.dice.choice(["book", "book", "change", "cancel", ""]), []).append(pk)
        changes = [Change(pk, "pro_rata", self._shares("pro_rata")) for pk in wanted.get("change", ())]
        self.killer.survive(lambda: allocating.change(changes, self.ops))
        for name, do in (("cancel", allocating.cancel), ("book", booking.book)):
            picks = [Pick(pk) for pk in wanted.get(name, ())]
            self.killer.survive(lambda do=do, picks=picks: do(picks, self.ops))  # type: ignore[misc]

    def repair(self) -> None:
        """Operations holds, releases, cancels, amends and sends again; what makes no sense is refused."""
        known = list(Instruction.objects.exclude(state="settled").order_by("id").values_list("pk", flat=True))
        some = self.dice.sample(known, min(len(known), self.many))
        name = self.dice.choice(["hold", "release", "cancel", "resend", "amend"])
        if name == "amend":
            change = self.dice.choice([{"partial": "not_allowed"}, {"priority": 1}, {"settl_date": self.later(3)}])
            wishes = [Amendment(pk, **change) for pk in some]  # type: ignore[arg-type]
            self.killer.survive(lambda: repair.amend(wishes, "olga", "because"))
        else:
            self.killer.survive(lambda: getattr(repair, name)(some, "olga", "because"))

    def announce(self) -> None:
        """A corporate action of one of the next days."""
        of = self.floor.instruments
        kind, terms = self.dice.choice([
            ("cash_dividend", {"amount": D("0.37")}), ("split", {"new": D(3), "old": D(2), "in_lieu_px": D("66.67")}),
            ("reverse_split", {"new": D(1), "old": D(3), "in_lieu_px": D(300)}), ("split", {"new": D(2), "old": D(1)}),
            ("rights", {"into_id": of["IBM"].pk, "new": D(1), "old": D(2)}),
        ])  # fmt: skip
        ex_date = self.later(self.dice.randrange(1, 4))
        pay_date = ex_date + timedelta(days=self.dice.randrange(4))
        name = f"{kind}:{CorporateAction.objects.count()}"
        which: Instrument = of[self.dice.choice(["AAPL", "MSFT", "ASML"])]
        [pk] = announce([Notice(name, kind, which.pk, ex_date, pay_date, **terms)], "olga")  # type: ignore[arg-type]
        assert isinstance(pk, int), pk
        assert approve([pk], "otto") == [None]

    def later(self, days_: int) -> date:
        """A weekday some days on."""
        day = business_date() + timedelta(days=days_)
        return day + timedelta(days=max(0, 7 - day.weekday()) % 7 if day.weekday() > 4 else 0)

    # What goes on by itself

    def work(self) -> None:
        """Workers look what is waiting, in any order, and are killed at it."""
        for name in self.dice.sample(WORK, self.dice.randrange(3, len(WORK))):
            self.killer.survive(lambda name=name: stages.drain(name))  # type: ignore[misc]

    def misbehave(self) -> None:
        """The custodian is told to, or to stop it."""
        try:
            if self.dice.random() < 0.5:
                says.clear(home())
            else:
                assert says.say(home(), *self.dice.choice(SAYINGS)) is None
        except Killed:
            return

    def next_day(self) -> None:
        """The day ends, the date moves and the next begins."""
        from settlement.advance import advance

        day = business_date()
        for do in (
            lambda: days.end(day, "olga", forced="venues trade around the clock"),
            lambda: advance(None, "olga"),
            lambda: days.start(business_date(), "olga"),
        ):
            self.killer.survive(do)

    def again(self) -> None:
        """What was lost on the way is asked for again."""
        Instruction.objects.filter(asked_at__isnull=False).update(asked_at=now() - timedelta(minutes=1))
