"""Plain functions that make the small world tests trade in. Nothing is hidden: read what they insert."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from oms.base.clock import now
from oms.desk import Actor, Draft
from orders.models import Account, BusinessDate, Desk, Instrument, Tick, TickTable, TradingCalendar, User
from routing.models import Listing, Quote, Rule, Venue, VenueSession

TODAY = date(2026, 11, 23)
VENUES = ("XNAS", "XNYS", "BATS")


@dataclass
class Floor:
    """A desk with what it needs to trade."""

    desk: Desk
    trader: User
    accounts: list[Account]
    instruments: dict[str, Instrument]
    actor: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.actor = Actor.of(self.trader)

    def draft(self, qty: Any = 100, price: Any = "100.00", **changes: Any) -> Draft:
        """A limit order to buy AAPL, unless ``changes`` say otherwise; price None makes it a market order."""
        terms: dict[str, Any] = {
            "account": self.accounts[0].code,
            "symbol": "AAPL",
            "side": "buy",
            "ord_type": "limit" if price is not None else "market",
            "time_in_force": "day",
            "order_qty": Decimal(qty),
            "price": None if price is None else Decimal(price),
        }
        return Draft(**(terms | changes))


def floor() -> Floor:
    """Desk EQ: a trader, two accounts, three instruments quoted 99.99 to 100.01 on three venues."""
    BusinessDate.objects.update_or_create(pk=1, defaults={"today": TODAY})
    desk = Desk.objects.create(code="EQ", name="Equities")
    trader = user("tina", desk=desk)
    accounts = [
        Account.objects.create(code=code, name=f"Fund {code}", desk=desk, base_currency="USD")
        for code in ("ALPHA", "BETA")
    ]
    ticks = TickTable.objects.create(code="TEST-US", name="US equities")
    Tick.objects.create(table=ticks, price_from=0, tick=Decimal("0.0001"))
    Tick.objects.create(table=ticks, price_from=1, tick=Decimal("0.01"))
    venues = [venue(mic) for mic in VENUES]
    instruments = {symbol: instrument(symbol, ticks, venues) for symbol in ("AAPL", "MSFT", "IBM")}
    Rule.objects.create(rank=10, name="best price", best=True)
    return Floor(desk, trader, accounts, instruments)


def user(name: str, *, desk: Desk | None = None, role: str = "trader", **more: Any) -> User:
    """A user of ``role`` on ``desk`` whose password is its name, twice, with a number."""
    made = User.objects.create(username=name, role=role, password=make_password(f"{name}{name}123"), **more)
    if desk:
        made.desks.add(desk)
    return made


def venue(mic: str) -> Venue:
    """A venue that trades around the clock, and the session that leads to it."""
    TradingCalendar.objects.get_or_create(code="24/7", defaults={"name": "around the clock", "around_the_clock": True})
    session = VenueSession.objects.create(code=mic, sender_comp_id="OMS", target_comp_id=mic, port=9870)
    return Venue.objects.create(mic=mic, name=mic, session=session, calendar_id="24/7")


def instrument(symbol: str, ticks: TickTable, venues: list[Venue], **more: Any) -> Instrument:
    """A US equity listed and quoted on ``venues``."""
    made = Instrument.objects.create(
        symbol=symbol, name=f"{symbol} Inc.", currency="USD", tick_table=ticks,
        **({"asset_class": "equity", "primary_mic": "XNAS", "reference_price": Decimal(100)} | more),
    )  # fmt: skip
    for one in venues:
        Listing.objects.create(instrument=made, venue=one)
        quote(made, one.mic)
    return made


def quote(made: Instrument, mic: str, bid: str = "99.99", offer: str = "100.01", size: int = 1_000) -> None:
    """Quote ``made`` on ``mic`` now."""
    prices = {"bid_px": Decimal(bid), "offer_px": Decimal(offer), "bid_size": size, "offer_size": size}
    Quote.objects.update_or_create(
        instrument=made, venue_id=mic, defaults={**prices, "last_px": Decimal(bid), "quoted_at": now()}
    )
