"""Limits in tests: set one, and read what is used of it."""

from decimal import Decimal
from typing import Any

from orders.fx import Rates
from orders.models import User
from risk import limiting
from risk.models import Limit, Usage


def limit(measure: str, hard: Any, rates: Rates | None = None, **more: Any) -> Limit:
    """A limit in force, of the firm unless ``more`` says otherwise; in dollars where it is money."""
    money = measure.endswith(("notional", "exposure"))
    one = Limit(measure=measure, hard=Decimal(hard), **({"currency": "USD" if money else ""} | more))
    (faults,) = limiting.put([one], chief(), rates or Rates(), "test")
    assert faults == []
    return one


def chief() -> User:
    """Whoever sets limits."""
    return User.objects.get_or_create(username="chief", defaults={"role": "compliance"})[0]


def row(one: Limit) -> Usage:
    """The usage of the limit."""
    return Usage.objects.get(kind="limit", scope_id=one.pk)


def money(one: Limit) -> tuple[Decimal, Decimal, Decimal]:
    """Value open to buy, open to sell, and executed today."""
    use = row(one)
    return use.open_buy_value, use.open_sell_value, use.executed_value


def lots(one: Limit) -> tuple[Decimal, Decimal, Decimal, int]:
    """Position, open buys, open sells, number of open orders."""
    use = row(one)
    return use.position_qty, use.open_buy_qty, use.open_sell_qty, use.open_orders
