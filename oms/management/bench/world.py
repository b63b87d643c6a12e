"""A desk of its own for the benchmarks that need no venue: 40 instruments, 20 accounts, wide limits."""

from decimal import Decimal
from itertools import count
from typing import NamedTuple

from oms.base.clock import now
from oms.desk import Actor, Draft, enter, record, route
from oms.desk.arrivals import Arrival
from orders.models import Account, BusinessDate, Desk, Instrument, Order, Tick, TickTable, User
from risk.models import Rule as RiskRule
from routing.models import Listing, Quote, Rule, Venue, VenueSession

PX = Decimal("100.00")
_numbers = count(1)


class World(NamedTuple):
    """Who trades what here."""

    actor: Actor
    accounts: list[str]
    symbols: list[str]

    def drafts(self, size: int) -> list[Draft]:
        """``size`` limit orders to buy, spread over accounts and instruments."""
        return [
            Draft(
                self.accounts[n % len(self.accounts)],
                self.symbols[n // 3 % len(self.symbols)],
                "buy",
                "limit",
                "day",
                Decimal(100),
                PX,
            )
            for n in range(size)
        ]

    def working(self, size: int) -> list[Order]:
        """``size`` child orders that their venues have acknowledged."""
        answers = enter(self.drafts(size), self.actor)
        assert all(answer.accepted for answer in answers), answers[0]
        while route():
            pass
        children = list(Order.objects.filter(parent_id__in=[a.order_id for a in answers]).order_by("id"))
        record([arrival(child, "new") for child in children])
        return children


def arrival(child: Order, exec_type: str, qty: Decimal = Decimal(0)) -> Arrival:
    """A venue's report about ``child``."""
    exec_id = f"B{now():%s%f}.{next(_numbers)}"
    px = PX if qty else None
    return Arrival(
        child.sender_comp_id, child.cl_ord_id, "", exec_type, "", exec_id, qty, px, None, None, None, "", "", now(), {}
    )


def world() -> World:
    """Make the bench desk, or find it."""
    BusinessDate.objects.get_or_create(pk=1, defaults={"today": now().date()})
    desk, _ = Desk.objects.get_or_create(code="BENCH", defaults={"name": "Benchmarks"})
    user, _ = User.objects.get_or_create(username="bench", defaults={"role": "trader"})
    user.desks.add(desk)
    table, _ = TickTable.objects.get_or_create(code="BENCH", defaults={"name": "A cent"})
    Tick.objects.get_or_create(table=table, price_from=0, defaults={"tick": Decimal("0.01")})
    session, _ = VenueSession.objects.get_or_create(
        code="BENCHV", defaults={"sender_comp_id": "OMS", "target_comp_id": "BNCH", "port": 1, "purpose": "order"}
    )
    venue, _ = Venue.objects.get_or_create(mic="BNCH", defaults={"name": "Bench", "session": session})
    Rule.objects.get_or_create(
        name="bench", defaults={"rank": 1, "best": False, "split": [["BNCH", "1"]], "asset_class": ""}
    )
    for control, params in (
        ("PT-01", {"hard": "1000000"}),
        ("PT-02", {"hard": "1000000000"}),
        ("PT-03", {"aggressive_hard_pct": "50", "passive_soft_pct": "90", "max_age_s": "3600"}),
        ("PT-19", {"max_long": "100000000", "max_short": "100000000"}),
    ):
        RiskRule.objects.get_or_create(control=control, name="bench", defaults={"params": params, "desk": desk})
    symbols = [f"BENCH{n:02}" for n in range(40)]
    for symbol in symbols:
        instrument, _ = Instrument.objects.get_or_create(
            symbol=symbol,
            primary_mic="BNCH",
            defaults={"name": symbol, "asset_class": "equity", "currency": "USD", "tick_table": table},
        )
        Listing.objects.get_or_create(instrument=instrument, venue=venue)
        sides = {"bid_px": PX, "offer_px": PX, "bid_size": 1, "offer_size": 1, "quoted_at": now()}
        Quote.objects.update_or_create(instrument=instrument, venue=venue, defaults=sides)
    accounts = [f"BENCH{n:02}" for n in range(20)]
    for code in accounts:
        Account.objects.get_or_create(code=code, defaults={"name": code, "desk": desk})
    return World(Actor.of(user), accounts, symbols)
