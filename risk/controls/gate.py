"""Controls that open or shut: restricted list, kill switch, short sale price test, message throttle."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from risk import params
from risk.context import Context, Restricted, Switch
from risk.params import Nothing
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import Terms

BARRED = {"buy": "bought", "sell": "sold", "sell_short": "sold short", "sell_short_exempt": "sold short"}


@dataclass(frozen=True, slots=True)
class Throttle:
    """Messages a window."""

    window_s: Annotated[Decimal, params.number("length of the window", "s", above_zero=True)] = Decimal(1)
    max_messages: Annotated[Decimal, params.number("messages in it, this one included")] = Decimal(50)
    by: Annotated[str, params.choice("whose messages count", ("session", "strategy"))] = "session"


def restricted_list(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-14: FINRA 5280. The trader is told that the name is restricted, never why."""
    if context.restricted is None:
        return missing("PT-14", "restricted list")
    hits = Decimal(sum(_bars(entry, terms) for entry in context.restricted))
    if not hits:
        return passed("PT-14", hits, Decimal(0))
    text = f"{terms.symbol} may not be {BARRED[terms.side]}: it is on the restricted list"
    return breach("PT-14", Outcome.HARD, "RESTRICTED", text, hits, Decimal(0))


def kill_switch(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-34: RTS 6 art. 12. No order passes an engaged switch of any of its scopes, unless it only reduces (PT-00)."""
    if context.switches is None:
        return missing("PT-34", "state of the kill switches")
    hits = [switch for switch in context.switches if stops(switch, terms)]
    if hits and reduces(terms.exec_inst):
        # What closes a position may go out, but to no venue that is stopped.
        hits = [switch for switch in hits if switch.scope == "venue"]
    if not hits:
        return passed("PT-34", Decimal(0), Decimal(0))
    return breach("PT-34", Outcome.HARD, "KILL_SWITCH", stopped(hits[0]), Decimal(len(hits)), Decimal(0))


def scopes(
    desk_id: int | None,
    trader_id: int | None,
    account_id: int | None,
    instrument_id: int | None,
    venue: str,
    strategy: str = "",
    client: str = "",
    worked_by_id: int | None = None,
) -> frozenset[tuple[str, str]]:
    """Every (scope, scope id) an order falls under; the firm's comes always, an unknown part not at all.

    An order is its trader's who entered it, and his who works it.
    """
    parts = (
        ("desk", desk_id), ("trader", trader_id), ("trader", worked_by_id), ("account", account_id),
        ("instrument", instrument_id), ("venue", venue or None), ("strategy", strategy or None),
        ("client", client or None),
    )  # fmt: skip
    return frozenset([("firm", ""), *((scope, str(part)) for scope, part in parts if part is not None)])


def stops(switch: Switch, terms: Terms) -> bool:
    """Whether the switch is in one of the order's scopes. A client's is in those of its accounts."""
    its = scopes(
        terms.desk_id, terms.entered_by_id, terms.account_id, terms.instrument_id, terms.venue,
        terms.strategy or terms.sender,
    )  # fmt: skip
    return bool(switch.keys & its)


def reduces(exec_inst: str) -> bool:
    """ExecInst E: the order was taken because it closes what is held, and no more; PT-00 sees to that."""
    return "do_not_increase" in exec_inst.split()


def stopped(switch: Switch) -> str:
    """What a trader reads of an engaged switch."""
    whose = "the whole firm" if switch.scope == "firm" else f"this {switch.scope}"
    since = f" since {switch.engaged_at:%Y-%m-%d %H:%M:%S} UTC" if switch.engaged_at else ""
    return f"Trading is stopped for {whose}{since}" + (f": {switch.reason}" if switch.reason else "")


def short_sale_price(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-22: Reg SHO 201. While the test is on, a short sale must be priced above the national best bid."""
    if terms.side != "sell_short":
        return passed("PT-22")
    if context.short_sale is None:
        return missing("PT-22", "state of the short sale price test")
    if not context.short_sale.ssr_active:
        return passed("PT-22")
    bid = context.short_sale.nbb
    if bid is None:
        return missing("PT-22", "national best bid")
    if terms.price is not None and terms.price > bid:
        return passed("PT-22", terms.price, bid)
    priced = "without a price" if terms.price is None else f"at {show(terms.price)}"
    text = f"A short sale {priced} must be above the best bid {show(bid)} today"
    return breach("PT-22", Outcome.HARD, "SHORT_SALE_PRICE", text, terms.price, bid)


def message_throttle(_terms: Terms, limits: Throttle, context: Context) -> Result:
    """PT-29: RTS 6 art. 15(1)(d). The window is half open: a message exactly as old as it is outside."""
    ages = context.strategy_ages_s if limits.by == "strategy" else context.sent_ages_s
    if ages is None:
        return missing("PT-29", "count of messages sent", limits.max_messages)
    count = Decimal(1 + sum(age < limits.window_s for age in ages))
    if count <= limits.max_messages:
        return passed("PT-29", count, limits.max_messages)
    most = f"at most {show(limits.max_messages)} are allowed"
    text = f"Message {show(count)} of the {limits.by} within {show(limits.window_s)} s; {most}"
    return breach("PT-29", Outcome.HARD, "THROTTLED", text, count, limits.max_messages)


def _bars(entry: Restricted, terms: Terms) -> bool:
    """An entry for sells bars short sales too; one for short sales leaves long ones alone.

    A name that may only be sold is barred from being bought, whatever side its entry names.
    """
    if entry.kind == "sell_only":
        return not terms.is_sell
    if entry.side == "any":
        return True
    if entry.side == "sell":
        return terms.is_sell
    return terms.side == entry.side or (entry.side == "sell_short" and terms.side == "sell_short_exempt")
