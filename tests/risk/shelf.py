"""Orders in the database for tests of risk alone: rows that decisions and reservations can refer to."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms.base.clock import now
from orders.models import Account, Instrument, Order
from risk import check, facts, usage
from risk.context import Reference
from risk.known import Facts
from risk.models import Reservation, Rule, Usage
from risk.terms import Terms
from risk.verdict import Verdict
from tests.factories import Floor

HUNDRED = Decimal(100)


def orders(floor: Floor, *many: dict[str, Any]) -> list[Terms]:
    """One order row and its terms for each of ``many``: qty, side, account (number), symbol, price; AAPL at 100."""
    found = [_terms(floor, **one) for one in many]
    at = now()
    rows = Order.objects.bulk_create([_row(t, at) for t in found])
    return [replace(t, order_id=row.pk) for t, row in zip(found, rows, strict=True)]


def _row(t: Terms, at: datetime) -> Order:
    return Order(
        account_id=t.account_id, instrument_id=t.instrument_id, desk_id=t.desk_id, entered_by_id=t.entered_by_id,
        sender_comp_id="test", cl_ord_id="x", side=t.side, ord_type=t.ord_type, time_in_force="day",
        order_qty=t.order_qty, price=t.price, phase="new", version=1, head_hash=b"", created_at=at, updated_at=at,
    )  # fmt: skip


def _terms(
    floor: Floor, qty: Any = 100, side: str = "buy", account: int = 0, symbol: str = "AAPL", price: Any = 100
) -> Terms:
    one, held = floor.instruments[symbol], floor.accounts[account]
    return Terms(
        order_id=0, account_id=held.pk, desk_id=floor.desk.pk, instrument_id=one.pk, symbol=symbol,
        asset_class=one.asset_class, side=side, ord_type="limit" if price else "market", order_qty=Decimal(qty),
        price=Decimal(price) if price else None, currency=one.currency, entered_by_id=floor.trader.pk,
    )  # fmt: skip


def ask(terms: list[Terms]) -> list[Verdict]:
    """Load, decide and save, as the desk does inside its transaction."""
    at = now()
    known: Facts = facts.load(terms, at, {t.instrument_id or 0: Reference(HUNDRED, at=at) for t in terms})
    verdicts = check.decide(terms, known, at)
    check.save(terms, verdicts, at, known)
    return verdicts


def limit(control: str = "PT-19", **changes: Any) -> Rule:
    """A rule in force: 5,000 long and 2,000 short, unless ``changes`` say otherwise."""
    params = {"params": {"max_long": "5000", "max_short": "2000"}}
    return Rule.objects.create(control=control, name="test", **(params | changes))


def used(account: Account, instrument: Instrument) -> tuple[Any, ...]:
    """Position, open buys and open sells of the account's usage row."""
    row = Usage.objects.get(scope_id=account.pk, instrument=instrument)
    return row.position_qty, row.open_buy_qty, row.open_sell_qty


def reserved() -> dict[int, Decimal]:
    """What each order holds."""
    return dict(Reservation.objects.values_list("order_id", "qty"))


def sums_agree() -> bool:
    """I28: open usage is the sum of the reservations, side by side."""
    sums: dict[int, list[Decimal]] = {}
    for usage_id, side, qty in Reservation.objects.values_list("usage_id", "side", "qty"):
        sums.setdefault(usage_id, [Decimal(0), Decimal(0)])[side != "buy"] += qty
    rows = Usage.objects.values_list("pk", "open_buy_qty", "open_sell_qty")
    return all(sums.get(pk, [0, 0]) == [buys, sells] for pk, buys, sells in rows)


def moved(t: Terms, before: Any, after: Any, filled: Any = 0) -> usage.Move:
    """A move of the order of ``t``."""
    assert t.account_id is not None
    assert t.instrument_id is not None
    return usage.Move(
        t.order_id, t.account_id, t.instrument_id, t.side, Decimal(before), Decimal(after), Decimal(filled)
    )
