"""The catalogue of controls: every one a pure function (terms, parameters, context) -> result.

To add a control: write its function beside its kin, give it a line here, its codes in ``risk.reasons``, and,
where it needs to know something new, a part in ``risk.parts`` that a supplier in ``risk.supply`` fills.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from risk.context import Context
from risk.controls import (
    brakes,
    compliance,
    conduct,
    credit,
    derivatives,
    exposure,
    gate,
    holding,
    levels,
    losses,
    mandate,
    market,
    order,
    posttrade,
    price,
    ratings,
)
from risk.controls.gauge import Gauge
from risk.params import Nothing
from risk.result import Outcome, Result
from risk.terms import Terms

ORDER, TRADE, RELEASE = "order", "trade", "release"
"""When a control looks: at an order before it is sent, at what was traded, or at an order that others warned of."""
OF_ACCOUNT = frozenset(
    {
        "PT-09", "PT-13", "PT-16", "PT-17", "PT-18", "PT-19", "PT-20", "PT-21", "PT-25", "PT-26", "PT-27", "PT-28",
        "PT-29", "PT-32", "PT-33", "PT-37", "PT-38", "PT-40", "PT-41", "CP-01", "CP-02", "CP-03", "CP-04", "CP-06",
        "CP-07", "CP-08", "CP-09", "CP-10", "CP-12", "CP-14", "CR-01",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Control:
    """One control. ``field`` is the field of an order that its refusal points at.

    ``standing`` are the parameters with which it watches every order without any rule; None: it needs a rule.
    ``by_rule`` says that rules may be written for it: there is something to set, and ``risk.facts`` supplies
    what it needs. ``needs`` names the parts of the context that are loaded only where a rule in force asks for them.
    ``silent`` findings are for Compliance alone: they neither stop an order nor are they shown with it.
    ``gauge`` measures and judges apart, for rules that measure alike (risk.family).
    """

    id: str
    name: str
    check: Callable[[Terms, Any, Context], Result]
    params: type = Nothing
    field: str = ""
    standing: Any = None
    by_rule: bool = False
    needs: tuple[str, ...] = ()
    silent: bool = False
    stage: str = ORDER
    gauge: Gauge | None = None

    @property
    def of_account(self) -> bool:
        """Whether it looks at what the order's account holds, sends or may do: of a block each member was judged."""
        return self.id in OF_ACCOUNT


_NOTHING = Nothing()
_QTY, _PRICE, _NAME = "order_qty", "price", "instrument"


def _rule(
    id_: str, name: str, check: Any, params: type = Nothing, field: str = "", needs: str = "", stage: str = ORDER
) -> Control:
    """A control that rules are written for, with the parts it needs."""
    return Control(id_, name, check, params, field, by_rule=True, needs=tuple(needs.split()), stage=stage)


def _sized(id_: str, name: str, gauge: Gauge, params: type, needs: str = "", field: str = _QTY) -> Control:
    """A control of a size, whose rules measure alike but for their levels."""
    return Control(id_, name, gauge.check, params, field, by_rule=True, needs=tuple(needs.split()), gauge=gauge)


def _standing(id_: str, name: str, check: Any, field: str = "", *, silent: bool = False) -> Control:
    """A control without parameters that watches every order."""
    return Control(id_, name, check, field=field, standing=_NOTHING, silent=silent)


def _unfed(id_: str, name: str, check: Any, params: type = Nothing, field: str = "", stage: str = ORDER) -> Control:
    """A control that the running system has no input for yet, so that no rule can be written for it."""
    return Control(id_, name, check, params, field, stage=stage)


CATALOGUE: dict[str, Control] = {
    control.id: control
    for control in (
        _standing("PT-00", "Sanity", order.sanity),
        _sized("PT-01", "Maximum order quantity", order.MAX_ORDER_QTY, levels.Levels),
        _sized("PT-02", "Maximum order value", order.MAX_NOTIONAL, order.Notional),
        _sized("PT-03", "Price collar", price.COLLAR, price.Collar, field=_PRICE),
        _rule("PT-04", "Market order protection", market.market_protection, market.MarketOrders, _PRICE),
        _rule("PT-05", "Reference staleness", market.staleness, market.Age, _PRICE),
        _rule("PT-06", "Share of daily volume", market.volume_share, market.Volume, _QTY, "analytics"),
        Control("PT-07", "Lot size", order.lot_size, order.Lot, _QTY, order.Lot(Outcome.PASS), by_rule=True),
        _standing("PT-08", "Tick size", price.tick_size, _PRICE),
        _rule("PT-09", "Duplicate order", brakes.duplicate, brakes.Repeats, needs="recent"),
        _standing("PT-10", "Instrument tradable", market.tradable, _NAME),
        _rule("PT-11", "Session hours", market.session_hours, market.Opening, "time_in_force", "hours"),
        _rule("PT-12", "Type and validity by venue", market.venue_support, Nothing, "ord_type", "takes"),
        _rule("PT-13", "Trader permission", conduct.trader_permission, Nothing, _NAME, "grants"),
        _standing("PT-14", "Restricted list", gate.restricted_list, _NAME),
        _standing("PT-15", "Watch list", conduct.watch_list, silent=True),
        _sized("PT-16", "Gross credit", credit.GROSS_CREDIT, levels.Levels, "credit"),
        _rule("PT-17", "Buying power", credit.buying_power, credit.Spending, _QTY, "cash"),
        _sized("PT-18", "Open order value", credit.OPEN_VALUE, credit.OpenValue, "credit"),
        _sized("PT-19", "Position limit", holding.POSITION_LIMIT, holding.PositionLimit),
        _rule("PT-20", "Locate", conduct.locate, Nothing, "side", "borrow"),
        _rule("PT-21", "Order marking", holding.order_marking, Nothing, "side"),
        _rule("PT-22", "Short sale price test", gate.short_sale_price, Nothing, _PRICE, "short_sale"),
        _rule("PT-23", "Trade-through", market.trade_through, Nothing, _PRICE),
        _rule("PT-24", "Locked and crossed markets", market.locked_market, Nothing, _PRICE),
        _rule("PT-25", "Self-trade prevention", holding.self_trade, Nothing, _PRICE, "resting"),
        _rule("PT-26", "Wash trade", conduct.wash_trade, conduct.Wash, needs="owner_fills"),
        _rule("PT-27", "Trading ahead", conduct.trading_ahead, conduct.Ahead, _PRICE, "client client_orders"),
        _rule("PT-28", "Venue policy", conduct.venue_policy, Nothing, "venue", "client"),
        _rule("PT-29", "Message throttle", gate.message_throttle, gate.Throttle, needs="sent_ages_s"),
        _rule("PT-30", "Repeated execution", brakes.repeated_execution, brakes.Executions, needs="executions"),
        _rule("PT-31", "Amendment count", brakes.amend_count, brakes.Amendments, needs="modifies"),
        _rule("PT-32", "Value in a short time", credit.window_value, credit.ShortWindow, _QTY, "recent"),
        _rule("PT-33", "Daily loss", credit.daily_loss, credit.Loss, needs="results"),
        _standing("PT-34", "Kill switch", gate.kill_switch),
        _standing("PT-35", "Amendment validity", brakes.amend_validity, _QTY),
        _rule("PT-36", "Four-eyes release", brakes.four_eyes, brakes.SecondPerson, "override_id", stage=RELEASE),
        _rule("PT-37", "Options level", derivatives.option_level, derivatives.OptionLevels, _QTY, "option client"),
        _rule("PT-38", "Initial margin", credit.initial_margin, Nothing, _QTY, "margin"),
        _rule("PT-39", "Evaluated price", market.evaluated_price, market.Points, _PRICE, "analytics"),
        _rule("PT-40", "Settlement instructions", conduct.settlement_ready, field="account", needs="ssi"),
        _rule("PT-41", "Eligibility", conduct.eligibility, Nothing, _NAME, "client analytics"),
        _rule("PT-42", "Session up", brakes.line_up, field="venue", needs="line"),
        _rule("PT-43", "Roll-out caps", brakes.rollout, brakes.Caps, needs="rollout"),
        _standing("PT-44", "Daily loss stop", losses.loss_stop),
        _rule("CP-01", "Issuer weight", mandate.issuer_weight, mandate.Issuer, _QTY, "fund"),
        _rule("CP-02", "Voting shares", mandate.voting_share, mandate.Voting, _QTY, "fund analytics"),
        _rule("CP-03", "UCITS 5/10/40", mandate.five_ten_forty, mandate.FiveTenForty, _QTY, "fund"),
        _rule("CP-04", "Sector weight", mandate.sector_weight, mandate.Sector, _QTY, "fund"),
        _rule("CP-05", "Rating floor", ratings.rating_floor, ratings.RatingFloor, _NAME, "ratings"),
        _rule("CP-06", "Duration band", exposure.duration_band, exposure.Band, _QTY, "fund analytics"),
        _rule("CP-07", "Leverage", exposure.leverage, exposure.Leverage, _QTY, "fund"),
        _rule("CP-08", "Illiquid investments", mandate.illiquid_weight, mandate.Illiquid, _QTY, "fund analytics"),
        _rule("CP-09", "Value at risk", exposure.value_at_risk, exposure.ValueAtRisk, needs="fund"),
        _rule("CP-10", "Country and currency", mandate.region_weight, mandate.Region, _QTY, "fund"),
        _standing("CP-11", "Exclusion", mandate.exclusion, _NAME),
        _rule("CP-12", "No overdraft", exposure.no_overdraft, exposure.LeastCash, _QTY, "cash"),
        _unfed("CP-13", "Cross trade", exposure.cross_trade, stage=TRADE),
        _rule("CP-14", "Ownership of the firm", mandate.ownership, mandate.Ownership, _QTY, "fund analytics"),
        _unfed("CP-15", "Counterparty", exposure.counterparty, exposure.Exposure, stage=TRADE),
        _unfed("CP-16", "Fair allocation", exposure.fair_allocation, exposure.Fairness, stage=TRADE),
        # Rules of it are not written like the others: they are drafted, tested and approved (risk.writing).
        Control(
            "CR-01",
            "Rule of Compliance",
            compliance.WRITTEN.check,
            compliance.Written,
            _QTY,
            needs=("situation",),
            gauge=compliance.WRITTEN,
        ),
        _rule("PO-01", "Drop copy", posttrade.drop_copy, posttrade.Within, stage=TRADE),
        _rule("PO-02", "Alert latency", posttrade.alert_latency, posttrade.AlertWithin, stage=TRADE),
        _rule("PO-03", "Fill outlier", market.fill_outlier, market.Outlier, stage=TRADE),
        Control("PO-04", "Over-fill", posttrade.overfill, standing=_NOTHING, stage=TRADE),
        _rule("PO-05", "Position after a fill", posttrade.position_after, holding.PositionLimit, stage=TRADE),
        _rule("PO-06", "Report to supervision", posttrade.fill_reported, posttrade.ReportWithin, stage=TRADE),
        _rule("PO-10", "Close-out of fails", posttrade.close_out, posttrade.CloseOut, stage=TRADE),
        Control("PO-11", "Undone trade", posttrade.undone, stage=TRADE),
        _rule("PO-12", "Order-to-trade ratio", posttrade.order_to_trade, posttrade.Ratio, stage=TRADE),
    )
}
