"""Terms, contexts and facts for the pure controls: a small world without a database."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from risk import params
from risk.context import Context, Holding, Listing, Reference
from risk.controls import CATALOGUE
from risk.known import Facts, Scoped
from risk.parts import Tradable
from risk.result import Result
from risk.room import Held
from risk.terms import Terms

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TICKS = ((Decimal(0), Decimal("0.0001")), (Decimal(1), Decimal("0.01")))

BUY = Terms(
    order_id=1,
    account_id=10,
    desk_id=20,
    instrument_id=30,
    symbol="AAPL",
    asset_class="equity",
    side="buy",
    ord_type="limit",
    order_qty=Decimal(100),
    price=Decimal(100),
    currency="USD",
    entered_by_id=40,
)
CALM = Context(
    at=AT,
    reference=Reference(Decimal(100), Decimal("99.99"), Decimal("100.01"), AT),
    holding=Holding(Decimal(0), Decimal(0), Decimal(0)),
    listing=Listing(TICKS, Decimal(100), Decimal(1)),
    restricted=(),
    switches=(),
    watched=(),
    excluded=(),
    tradable=Tradable("active"),
)


def terms(qty: Any = 100, price: Any = 100, **changes: Any) -> Terms:
    """The order of ``BUY`` with other terms; price None makes it a market order."""
    priced = {"price": None, "ord_type": "market"} if price is None else {"price": Decimal(price)}
    return replace(BUY, order_qty=Decimal(qty), **(priced | changes))


def check(
    control: str, order: Terms, raw: dict[str, Any] | None = None, context: Context = CALM, **known: Any
) -> Result:
    """One control on one order; ``known`` replaces parts of the context."""
    kind = CATALOGUE[control]
    return kind.check(order, params.read(kind.params, raw or {}), replace(context, **known))


def rule(control: str, raw: dict[str, Any], *, number: int = 1, version: int = 1, **scope: Any) -> Scoped:
    """A rule in force, for everything unless ``scope`` says otherwise."""
    anyone = {"dry_run": False, "desk_id": None, "account_id": None, "instrument_id": None, "asset_class": ""}
    try:
        values = params.read(CATALOGUE[control].params, raw)
    except params.ParamError as fault:
        values = fault
    return Scoped(number, version, control, values, **(anyone | scope))


def facts(*rules: Scoped, position: Any = 0, open_buy: Any = 0, open_sell: Any = 0, **changes: Any) -> Facts:
    """What is known of the account and the instrument of ``BUY``."""
    held = Held(7, Decimal(position), Decimal(open_buy), Decimal(open_sell))
    known = Facts({(10, 30): held}, rules, {}, (), {30: CALM.listing}, {30: CALM.reference}, states={30: CALM.tradable})  # type: ignore[dict-item]
    return replace(known, **changes)
