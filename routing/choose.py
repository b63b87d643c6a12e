"""Where an order goes: pure functions over rules and quotes. The first rule whose every condition holds decides."""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from routing.quotes import Reference, Top, reference

ZERO = Decimal(0)
BPS = Decimal(10_000)


class Wish(NamedTuple):
    """What is to be routed. ``unit`` is what a price of 1 is worth for a quantity of 1.

    ``undivided`` goes to one venue as a whole.
    """

    account_id: int
    symbol: str
    asset_class: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: Decimal
    price: Decimal | None
    unit: Decimal
    round_lot: Decimal
    listed_on: frozenset[str]
    undivided: bool = False


class Condition(NamedTuple):
    """A routing rule as the chooser sees it; None or '' matches anything."""

    id: int
    version: int
    name: str
    asset_class: str
    symbol: str
    account_id: int | None
    side: str
    min_qty: Decimal | None
    max_qty: Decimal | None
    min_notional: Decimal | None
    max_notional: Decimal | None
    marketable: bool | None
    min_spread_bps: Decimal | None
    max_spread_bps: Decimal | None
    time_from: time | None
    time_to: time | None
    best: bool
    split: Sequence[Sequence[str]]


class Choice(NamedTuple):
    """The parts (MIC and quantity), the rule that decided, and why: what was looked at and what was compared."""

    parts: list[tuple[str, Decimal]]
    rule: Condition | None
    why: dict[str, Any]


def choose(wish: Wish, rules: Sequence[Condition], quotes: Sequence[Top], at: datetime) -> Choice:
    """The venues for ``wish``, of those it is listed on. No rule, or none that names such a venue: no parts."""
    market = reference(quotes) if quotes else Reference(None, None, None, None)
    passed_over: list[dict[str, str]] = []
    for rule in rules:
        miss = mismatch(rule, wish, market, at)
        parts = [] if miss else _parts(rule, wish, quotes)
        if parts:
            return Choice(parts, rule, _why(rule, passed_over, quotes, parts))
        passed_over.append({"rule": rule.name, "because": miss or "none of its venues lists the instrument"})
    return Choice([], None, _why(None, passed_over, quotes, []))


def mismatch(rule: Condition, wish: Wish, market: Reference, at: datetime) -> str:
    """The first condition of ``rule`` that ``wish`` does not meet, in words; '' if it meets all."""
    for name in ("asset_class", "symbol", "side"):
        wanted = getattr(rule, name)
        if wanted and wanted != getattr(wish, name):
            return f"{name} is {getattr(wish, name)}, not {wanted}"
    if rule.account_id is not None and rule.account_id != wish.account_id:
        return "another account"
    price = wish.price if wish.price is not None else market.price
    notional = None if price is None else wish.order_qty * price * wish.unit
    return (
        _outside("order_qty", wish.order_qty, rule.min_qty, rule.max_qty)
        or _outside("notional", notional, rule.min_notional, rule.max_notional)
        or _outside("spread_bps", _spread_bps(market), rule.min_spread_bps, rule.max_spread_bps)
        or _marketable(rule.marketable, wish, market)
        or _wrong_time(rule.time_from, rule.time_to, at)
    )


def _outside(name: str, value: Decimal | None, low: Decimal | None, high: Decimal | None) -> str:
    if low is None and high is None:
        return ""
    if value is None:
        return f"{name} is not known"
    if low is not None and value < low:
        return f"{name} {value:f} is below {low:f}"
    if high is not None and value > high:
        return f"{name} {value:f} is above {high:f}"
    return ""


def _spread_bps(market: Reference) -> Decimal | None:
    if market.bid is None or market.offer is None or not market.price:
        return None
    return (market.offer - market.bid) / market.price * BPS


def _marketable(wanted: bool | None, wish: Wish, market: Reference) -> str:
    if wanted is None:
        return ""
    far = market.offer if wish.side == "buy" else market.bid
    if wish.price is None:
        reaches = True
    elif far is None:
        return "the other side of the quote is not known"
    else:
        reaches = wish.price >= far if wish.side == "buy" else wish.price <= far
    return "" if reaches == wanted else f"marketable is {reaches}"


def _wrong_time(start: time | None, end: time | None, at: datetime) -> str:
    clock = at.timetz().replace(tzinfo=None)
    after_start = start is None or clock >= start
    before_end = end is None or clock < end
    overnight = start is not None and end is not None and start > end
    inside = (after_start or before_end) if overnight else (after_start and before_end)
    return "" if inside else f"{clock:%H:%M} UTC is outside {start} to {end}"


def _parts(rule: Condition, wish: Wish, quotes: Sequence[Top]) -> list[tuple[str, Decimal]]:
    if rule.best:
        mic = best_venue(wish, quotes)
        return [(mic, wish.order_qty)] if mic else []
    shares = [(mic, Decimal(share)) for mic, share in rule.split if mic in wish.listed_on]
    if wish.undivided or wish.time_in_force == "fill_or_kill":
        shares = shares[:1]  # all or nothing means nothing at all when it is split
    return apportion(wish.order_qty, shares, wish.round_lot)


def best_venue(wish: Wish, quotes: Sequence[Top]) -> str | None:
    """The venue with the best price on the other side, then the most size there, then by name."""
    buying = wish.side == "buy"

    def rank(top: Top) -> tuple[bool, Decimal, Decimal, str]:
        px, size = (top.offer_px, top.offer_size) if buying else (top.bid_px, top.bid_size)
        cost = ZERO if px is None else px if buying else -px
        return px is None, cost, -(size or ZERO), top.mic

    quoted = [top for top in quotes if top.mic in wish.listed_on]
    if quoted:
        return min(quoted, key=rank).mic
    return min(wish.listed_on, default=None)


def apportion(qty: Decimal, shares: Sequence[tuple[str, Decimal]], lot: Decimal) -> list[tuple[str, Decimal]]:
    """``qty`` over ``shares`` in whole lots by largest remainder; the odd rest goes to the largest share."""
    total = sum((share for _, share in shares), ZERO)
    if not total:
        return []
    lots, odd = divmod(qty, lot)
    exact = [lots * share / total for _, share in shares]
    given = [part.quantize(Decimal(1), ROUND_DOWN) for part in exact]
    by_remainder = sorted(range(len(shares)), key=lambda i: (given[i] - exact[i], i))
    for index in by_remainder[: int(lots - sum(given))]:
        given[index] += 1
    parts = [part * lot for part in given]
    parts[max(range(len(shares)), key=lambda i: (shares[i][1], -i))] += odd
    return [(mic, part) for (mic, _), part in zip(shares, parts, strict=True) if part]


def reapportion(children: Sequence[tuple[Decimal, Decimal]], order_qty: Decimal) -> list[Decimal]:
    """New quantities for working children, given as (OrderQty, CumQty), that come to ``order_qty`` together.

    More goes to the last child, which keeps the place in the queue of the others. Less is taken from the last child
    first, and never below what a child has filled.
    """
    quantities = [qty for qty, _ in children]
    difference = order_qty - sum(quantities, ZERO)
    if difference >= 0:
        quantities[-1] += difference
        return quantities
    for index in reversed(range(len(children))):
        given_up = min(-difference, quantities[index] - children[index][1])
        quantities[index] -= given_up
        difference += given_up
    return quantities


def _why(
    rule: Condition | None,
    passed_over: list[dict[str, str]],
    quotes: Sequence[Top],
    parts: list[tuple[str, Decimal]],
) -> dict[str, Any]:
    def text(value: Decimal | None) -> str | None:
        return None if value is None else f"{value.normalize():f}"

    return {
        "rule": rule and {"id": rule.id, "name": rule.name, "version": rule.version, "best": rule.best},
        "passed_over": passed_over,
        "quotes": [
            {"venue": q.mic, "bid_px": text(q.bid_px), "bid_size": text(q.bid_size), "offer_px": text(q.offer_px),
             "offer_size": text(q.offer_size), "quoted_at": q.at.isoformat()} for q in quotes
        ],
        "parts": [{"venue": mic, "order_qty": text(qty)} for mic, qty in parts],
    }  # fmt: skip
