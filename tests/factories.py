"""Plain functions that make the small world tests trade in. Nothing is hidden: read what they insert."""

from collections.abc import Sequence
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
    """Desk EQ: a trader, two accounts, three instruments quoted 99.99 to 100.01 on three venues.

    Most tests begin with it, so it is written in a row a table.
    """
    BusinessDate.objects.update_or_create(pk=1, defaults={"today": TODAY})
    desk = Desk.objects.create(code="EQ", name="Equities")
    trader = user("tina", desk=desk)
    accounts = Account.objects.bulk_create(
        [Account(code=code, name=f"Fund {code}", desk=desk, base_currency="USD") for code in ("ALPHA", "BETA")]
    )
    ticks = TickTable.objects.create(code="TEST-US", name="US equities")
    steps = ((Decimal(0), "0.0001"), (Decimal(1), "0.01"))
    Tick.objects.bulk_create([Tick(table=ticks, price_from=above, tick=Decimal(tick)) for above, tick in steps])
    made = instruments(("AAPL", "MSFT", "IBM"), ticks, venues(VENUES))
    Rule.objects.create(rank=10, name="best price", best=True)
    return Floor(desk, trader, accounts, made)


def user(name: str, *, desk: Desk | None = None, role: str = "trader", **more: Any) -> User:
    """A user of ``role`` on ``desk`` whose password is its name, twice, with a number."""
    made = User.objects.create(username=name, role=role, password=make_password(f"{name}{name}123"), **more)
    if desk:
        made.desks.add(desk)
    return made


def venue(mic: str) -> Venue:
    """A venue that trades around the clock, and the session that leads to it."""
    return venues((mic,))[0]


def venues(mics: Sequence[str]) -> list[Venue]:
    """Venues that trade around the clock, each with a session that leads to it."""
    TradingCalendar.objects.get_or_create(code="24/7", defaults={"name": "around the clock", "around_the_clock": True})
    sessions = VenueSession.objects.bulk_create(
        [VenueSession(code=mic, sender_comp_id="OMS", target_comp_id=mic, port=9870) for mic in mics]
    )
    return Venue.objects.bulk_create(
        [Venue(mic=one.code, name=one.code, session=one, calendar_id="24/7") for one in sessions]
    )


def instrument(symbol: str, ticks: TickTable, venues: Sequence[Venue], **more: Any) -> Instrument:
    """A US equity listed and quoted on ``venues``."""
    return instruments((symbol,), ticks, venues, **more)[symbol]


def instruments(
    symbols: Sequence[str], ticks: TickTable, venues: Sequence[Venue], **more: Any
) -> dict[str, Instrument]:
    """US equities by symbol, listed and quoted on ``venues``."""
    terms = {
        "asset_class": "equity",
        "primary_mic": "XNAS",
        "reference_price": Decimal(100),
        "tick_table": ticks,
    } | more
    made = Instrument.objects.bulk_create(
        [Instrument(symbol=symbol, name=f"{symbol} Inc.", currency="USD", **terms) for symbol in symbols]
    )
    places = [(one, venue) for one in made for venue in venues]
    Listing.objects.bulk_create([Listing(instrument=one, venue=venue) for one, venue in places])
    Quote.objects.bulk_create(
        [
            Quote(instrument=one, venue=venue, quoted_at=now(), **_prices("99.99", "100.01", 1_000))
            for one, venue in places
        ]
    )
    return {one.symbol: one for one in made}


def _prices(bid: str, offer: str, size: int) -> dict[str, Any]:
    prices = {"bid_px": Decimal(bid), "offer_px": Decimal(offer), "last_px": Decimal(bid)}
    return {**prices, "bid_size": size, "offer_size": size}


def quote(made: Instrument, mic: str, bid: str = "99.99", offer: str = "100.01", size: int = 1_000) -> None:
    """Quote ``made`` on ``mic`` now."""
    Quote.objects.update_or_create(
        instrument=made, venue_id=mic, defaults={**_prices(bid, offer, size), "quoted_at": now()}
    )
