"""The catalogue of controls: every one a pure function (terms, parameters, context) -> result.

To add a control: write its function beside its kin, give it a line here, its codes in ``risk.reasons``, and,
where it needs to know something new, a part in ``risk.context`` that ``risk.facts`` fills.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from risk.context import Context
from risk.controls import gate, holding, limits, order, portfolio, price
from risk.params import Nothing
from risk.result import Outcome, Result
from risk.terms import Terms


@dataclass(frozen=True, slots=True)
class Control:
    """One control. ``field`` is the field of an order that its refusal points at.

    ``standing`` are the parameters with which it watches every order without any rule; None: it needs a rule.
    ``by_rule`` says that rules may be written for it: there is something to set, and ``risk.facts`` supplies
    what it needs.
    """

    id: str
    name: str
    check: Callable[[Terms, Any, Context], Result]
    params: type = Nothing
    field: str = ""
    standing: Any = None
    by_rule: bool = False


_NOTHING = Nothing()

CATALOGUE: dict[str, Control] = {
    control.id: control
    for control in (
        Control("PT-00", "Sanity", order.sanity, standing=_NOTHING),
        Control("PT-01", "Maximum order quantity", order.max_order_qty, order.SoftHard, "order_qty", by_rule=True),
        Control("PT-02", "Maximum order value", order.max_notional, order.Notional, "order_qty", by_rule=True),
        Control("PT-03", "Price collar", price.price_collar, price.Collar, "price", by_rule=True),
        Control("PT-07", "Lot size", order.lot_size, order.Lot, "order_qty", order.Lot(Outcome.PASS), by_rule=True),
        Control("PT-08", "Tick size", price.tick_size, field="price", standing=_NOTHING),
        Control("PT-14", "Restricted list", gate.restricted_list, field="instrument", standing=_NOTHING),
        Control("PT-16", "Gross credit", limits.gross_credit, limits.Ceiling, "order_qty"),
        Control("PT-18", "Open orders", limits.open_orders, limits.Ceiling, "order_qty"),
        Control(
            "PT-19",
            "Position limit",
            holding.position_limit,
            holding.PositionLimit,
            "order_qty",
            by_rule=True,
        ),
        Control("PT-21", "Order marking", holding.order_marking, field="side", by_rule=True),
        Control("PT-22", "Short sale price test", gate.short_sale_price, field="price"),
        Control("PT-25", "Self-trade prevention", holding.self_trade),
        Control("PT-29", "Message throttle", gate.message_throttle, gate.Throttle),
        Control("PT-32", "Value in a short window", limits.short_window, limits.Ceiling, "order_qty"),
        Control("PT-34", "Kill switch", gate.kill_switch, standing=_NOTHING),
        Control("CP-01", "Issuer weight", portfolio.issuer_weight, portfolio.Weight, "order_qty"),
        Control("CP-05", "Rating floor", portfolio.rating_floor, portfolio.RatingFloor, "instrument"),
    )
}
