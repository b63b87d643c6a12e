"""Risk controls: the words of a case turned into terms and facts, and ``decide`` asked as the desk asks it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms.management.conformance import portfolios, surroundings
from oms.management.conformance.compare import NotSupported
from oms.management.conformance.surroundings import ME, side_of, tif_of, type_of
from oms.management.conformance.words import Case, Words
from orders.fx import Rates
from orders.reference import price_factor
from risk import params
from risk.context import Listing
from risk.controls import CATALOGUE
from risk.known import Facts, Scoped
from risk.result import Outcome, Result
from risk.room import Held
from risk.terms import Terms
from risk.verdict import decide

Pair = tuple[Mapping[str, Any], Mapping[str, Any]]

DECISIONS = {Outcome.PASS: "PASS", Outcome.ALERT: "ALERT", Outcome.SOFT: "WARN", Outcome.HARD: "REJECT"}
LABELS = {decision: outcome.label for outcome, decision in DECISIONS.items()} | {"HARD": "hard", "SOFT": "soft"}
MARKS = {"short": "sell_short", "short exempt": "sell_short_exempt", "short_exempt": "sell_short_exempt"}
BONDS = {"bond": "corporate_bond", "govt_bond": "government_bond", "corp_bond": "corporate_bond"}
BASE = "BAS"
# What else a parameter may be called. A control takes the first of its own parameters that goes by the name.
PARAMS: dict[str, tuple[str, ...]] = {
    "hard": ("limit", "max", "threshold", "max_qty", "max_notional", "max_value", "hard_limit", "max_gross", "band",
             "hard_band", "hard_years"),
    "soft": ("soft_limit", "warn", "soft_band", "soft_years"),
    "hard_pct": ("limit_pct", "max_pct", "hard", "limit", "max", "pct"),
    "soft_pct": ("warn_pct", "soft", "alert_pct", "limit_pct", "max_pct", "limit", "max", "pct", "threshold_pct"),
    "max_age_s": ("max_age", "staleness_s"),
    "window_s": ("window", "seconds", "max_s", "max_delay_s", "tolerance_s"),
    "max_messages": ("max", "limit", "rate", "max_per_window"),
    "max_identical": ("max", "n", "max_duplicates", "limit", "count", "max_count"),
    "max_executions": ("max", "limit", "n", "hard"),
    "max_modifies": ("max", "limit", "soft", "max_amends", "max_modifications", "hard"),
    "max_loss": ("limit", "loss_limit", "hard", "max", "daily_loss_limit"),
    "max_points": ("points", "soft", "limit", "max", "soft_points", "max_pts"),
    "max_long": ("limit", "max", "max_position", "hard"),
    "max_short": ("limit", "max", "max_position", "hard"),
    "min_cash": ("min", "minimum", "floor"),
    "max_pct": ("limit_pct", "pct", "max", "limit", "alert_pct", "issuer_max_pct", "max_issuer_pct", "single_pct"),
    "over_pct": ("threshold_pct", "above_pct", "five_pct", "large_pct"),
    "sum_pct": ("total_pct", "max_sum_pct", "forty_pct", "aggregate_pct"),
    "max_s": ("limit_s", "max_latency_s", "window_s", "max", "limit"),
    "max_ratio": ("max", "limit", "ratio"),
    "max_instruments": ("instruments",),
    "max_value": ("value", "max_notional"),
    "absolute_pct": ("abs_pct", "max_abs_pct", "max_pct", "soft_pct", "limit_pct"),
    "relative_pct": ("rel_pct", "max_rel_pct"),
    "max_lots": ("tolerance_lots", "lots", "max_lot_deviation"),
    "from_value": ("threshold", "soft", "min_value"),
    "block_qty": ("block", "block_size"),
    "second_pct": ("hard_pct", "section16_pct"),
    "unrated": ("nr_policy", "nr", "not_rated"),
    "floor": ("min_rating", "rating_floor"),
}  # fmt: skip


def control(case: Case) -> Pair:
    """The decision, and the number the control compared."""
    result = _checked(case["control"], case.get("order") or {}, case.get("params") or {}, case.get("context") or {})
    return case["expected"], {"decision": DECISIONS[result.outcome], "measured": result.measured}


def _checked(name: str, order: Case, raw: Case, known: Case) -> Result:
    """The control's finding on the order, which PT-00 sees first: nonsense is refused before anything is compared."""
    if name not in CATALOGUE:
        raise NotSupported(f"control {name}")
    words = Words(order, known)
    terms = _option(words, _terms(words)) if name == "PT-37" else _terms(words)
    rule = Scoped(1, 1, name, _limits(name, raw, words), False, None, None, None, "")
    at = surroundings.now(words)
    (verdict,) = decide([terms], _facts(words, terms, rule, at), at)
    findings = [finding.result for finding in verdict.findings]
    if findings and findings[0].control == "PT-00" and findings[0].outcome is Outcome.HARD:
        return findings[0]
    result = next(result for result in reversed(findings) if result.control == name)
    unknown = words.unknown()
    if result.reason_code == "DATA_MISSING" and unknown:
        raise NotSupported(f"{name}: what {', '.join(unknown)} means")
    return result


def _limits(name: str, raw: Case, words: Words) -> Any:
    kind = CATALOGUE[name].params
    known = params.declared(kind)
    values: dict[str, Any] = {}
    for given, value in raw.items():
        taken = [given] if given in known else [own for own in known if given in PARAMS.get(own, ())]
        if not taken:
            raise NotSupported(f"parameters of {name}: what {given} means")
        for own in taken if {"max_long", "max_short"} >= set(taken) else taken[:1]:
            values[own] = LABELS.get(value, value) if isinstance(value, str) else value
            values[own] = " ".join(value) if isinstance(value, list) else values[own]
            values[own] = ("no", "yes")[value] if isinstance(value, bool) else values[own]
    if "currency" in known and "fx" in words:
        values["currency"] = BASE
    try:
        return params.read(kind, values)
    except params.ParamError as fault:
        raise NotSupported(f"parameters of {name}: {fault}") from fault


def _terms(w: Words) -> Terms:
    """The order of a case. One of which no quantity is said adds nothing to what is held and open already."""
    price, qty = w.asked("limit_price"), w.asked("qty")
    price = price if "dirty_price" not in w else w.value("dirty_price")
    if "accrued" in w and price is not None:
        price = Decimal(price) + Decimal(w.value("accrued"))
    if qty is None and w.value("notional") is not None:
        price, qty = 1, w.value("notional")
    asset = str(w.value("asset") or "equity")
    asset = BONDS.get(asset, asset)
    side = side_of(w.order.get("side", "buy"))
    price = 1 if price is None and qty is None else price
    kind = type_of(w.asked("type") or ("market" if price is None else "limit"))
    return Terms(
        order_id=1, account_id=ME, desk_id=1, instrument_id=ME, symbol=str(w.order.get("symbol", "")),
        asset_class=asset, side=MARKS.get(str(w.asked("mark")), side) if side == "sell" else side, ord_type=kind,
        order_qty=Decimal(1 if qty is None else qty),
        price=None if price is None or kind == "market" else Decimal(price),
        multiplier=Decimal(w.value("multiplier") or 1), price_factor=price_factor(asset), currency="",
        entered_by_id=1, venue=str(w.asked("venue") or ""), time_in_force=tif_of(w.asked("tif") or ""),
        peg_price_type=str(w.asked("peg") or ""), exec_inst="intermarket_sweep" if w.flag("iso") else "",
        cum_qty=Decimal(1) if qty is None else w.number("cum_qty", 0) or Decimal(0), sender="case",
        strategy=str(w.value("strategy") or ""),
    )  # fmt: skip


def _option(w: Words, terms: Terms) -> Terms:
    """A case about options need not say so, nor that a contract is for a hundred."""
    named = str(w.value("strategy") or "")
    side = "sell" if named in surroundings.STRATEGIES else "buy" if named.startswith(("long", "buy")) else terms.side
    multiplier = terms.multiplier if "multiplier" in w else Decimal(100)
    cum_qty = Decimal(0) if w.asked("qty") is None else terms.cum_qty
    return replace(terms, asset_class="option", side=side, multiplier=multiplier, cum_qty=cum_qty)


def _facts(w: Words, terms: Terms, rule: Scoped, at: datetime) -> Facts:
    """What is known to the one order, under the ids it has."""
    held: dict[tuple[int, int], Held] = {}
    position = w.number("position")
    # Of options a case tells the position in the underlying.
    if position is not None and rule.control != "PT-37":
        open_buy, open_sell = (w.number(name, 0) or Decimal(0) for name in ("open_buy", "open_sell"))
        held[ME, ME] = Held(1, position, open_buy, open_sell)
    quote = surroundings.reference(w)
    parts = {
        **surroundings.hours(w), **surroundings.takes(w), **surroundings.resting(w), **surroundings.sent(w),
        **surroundings.recent(w, terms), **surroundings.owner_fills(w), **surroundings.people(w, terms),
        **surroundings.money(w), **surroundings.short(w), **surroundings.brakes(w, terms),
        **portfolios.fund(w, terms), **portfolios.dealings(w, terms), **portfolios.traded(w),
    }  # fmt: skip
    if (ratings := w.rows("ratings")) is not None:
        parts["ratings"] = tuple(ratings)
    state = surroundings.tradable(w).get("tradable")
    return Facts(
        usages=held,
        rules=[rule] if CATALOGUE[rule.control].standing is None or CATALOGUE[rule.control].by_rule else [],
        lists={ME: surroundings.lists(w, terms)},
        switches=surroundings.switches(w, terms),
        listings={ME: _listing(w)},
        quotes={ME: quote} if quote else {},
        fx=Rates([("", BASE, Decimal(w.value("fx")), at)] if "fx" in w else ()),
        states={ME: state} if state else {},
        parts={name: {1: part} for name, part in parts.items()},
        stage=CATALOGUE[rule.control].stage,
        loss_stops=surroundings.loss_stops(w, terms),
    )


def _listing(w: Words) -> Listing:
    bands = [(Decimal(band["from"]), Decimal(band["tick"])) for band in w.rows("ticks") or ()]
    if not bands and w.number("tick") is not None:
        bands = [(Decimal(0), Decimal(w.value("tick")))]
    return Listing(tuple(sorted(bands)), w.number("lot"), w.number("min_qty"))
