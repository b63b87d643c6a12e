"""Risk controls: the words of a case turned into terms, parameters and context, and the control itself called."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from oms.management.conformance.compare import NotSupported
from orders.reference import price_factor
from risk import params
from risk.context import Context, Holding, Listing, Portfolio, Reference, Resting, ShortSale
from risk.controls import CATALOGUE
from risk.controls.portfolio import overfill
from risk.result import Outcome, Result
from risk.terms import Terms

Case = Mapping[str, Any]
Pair = tuple[Mapping[str, Any], Mapping[str, Any]]

AT = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)  # any moment: cases speak of ages
DECISIONS = {Outcome.PASS: "PASS", Outcome.ALERT: "ALERT", Outcome.SOFT: "WARN", Outcome.HARD: "REJECT"}
LABELS = {decision: outcome.label for outcome, decision in DECISIONS.items()}
MARKS = {"short": "sell_short", "short exempt": "sell_short_exempt", "short_exempt": "sell_short_exempt"}
BONDS = {"bond": "corporate_bond", "govt_bond": "government_bond", "corp_bond": "corporate_bond"}


def control(case: Case) -> Pair:
    """The decision, and the number the control compared."""
    name, order, known = case["control"], case.get("order") or {}, case.get("context") or {}
    result = _overfill(known) if name == "PO-04" else _checked(name, order, case.get("params") or {}, known)
    return case["expected"], {"decision": DECISIONS[result.outcome], "measured": result.measured}


def _checked(name: str, order: Case, raw: Case, known: Case) -> Result:
    """The control as an order meets it: nonsense is refused before it."""
    if name not in _KNOWN:
        raise NotSupported(f"control {name}")
    values = {key: LABELS.get(value, value) if isinstance(value, str) else value for key, value in raw.items()}
    try:
        limits = params.read(CATALOGUE[name].params, values)
    except params.ParamError as fault:
        raise NotSupported(f"parameters of {name}: {fault}") from fault
    terms, context = _terms(order, known), Context(at=AT, **_KNOWN[name](order, known))
    sane = CATALOGUE["PT-00"].check(terms, CATALOGUE["PT-00"].standing, context)
    return sane if sane.outcome is Outcome.HARD else CATALOGUE[name].check(terms, limits, context)


def _terms(order: Case, known: Case) -> Terms:
    """The order of a case. One that says nothing of a quantity is not about it, and gets 1."""
    price, side = _decimal(order.get("limit_price")), str(order.get("side", "buy"))
    asset = str(order.get("asset", order.get("asset_class", known.get("asset", "equity"))))
    return Terms(
        order_id=1,
        account_id=1,
        desk_id=1,
        instrument_id=1,
        symbol=order.get("symbol", ""),
        asset_class=BONDS.get(asset, asset),
        side=MARKS.get(order.get("mark", ""), side) if side == "sell" else side,
        ord_type="market" if price is None else "limit",
        order_qty=Decimal(order.get("qty", 1)),
        price=price,
        multiplier=Decimal(order.get("multiplier", known.get("multiplier", 1))),
        price_factor=price_factor(BONDS.get(asset, asset)),
    )


def _reference(_order: Case, known: Case) -> dict[str, Any]:
    age_s = _decimal(known.get("reference_age_s"))
    at = None if age_s is None else AT - timedelta(microseconds=int(age_s * 1_000_000))
    return {"reference": Reference(_decimal(known.get("reference_price")), at=at)}


def _holding(_order: Case, known: Case) -> dict[str, Any]:
    parts = [_decimal(known.get("position"))] + [_decimal(known.get(name, 0)) for name in ("open_buy", "open_sell")]
    return {"holding": None if None in parts else Holding(*parts)}  # type: ignore[arg-type]


def _ticks(_order: Case, known: Case) -> dict[str, Any]:
    bands = sorted((Decimal(band["from"]), Decimal(band["tick"])) for band in known.get("ticks") or ())
    return {"listing": Listing(ticks=tuple(bands))}


def _lots(_order: Case, known: Case) -> dict[str, Any]:
    return {"listing": Listing(round_lot=_decimal(known.get("lot")), min_qty=_decimal(known.get("min_qty")))}


def _short_sale(_order: Case, known: Case) -> dict[str, Any]:
    active = known.get("ssr_active")
    return {"short_sale": None if active is None else ShortSale(active, _decimal(known.get("nbb")))}


def _resting(order: Case, known: Case) -> dict[str, Any]:
    """The own orders of the same instrument and self-trade group."""
    own = known.get("own_resting")
    if own is None:
        return {"resting": None}
    mine = [o for o in own if all(o.get(name) == order.get(name) for name in ("symbol", "stp_group"))]
    return {"resting": tuple(Resting(o["side"], _decimal(o.get("price"))) for o in mine)}


def _sent(_order: Case, known: Case) -> dict[str, Any]:
    times = known.get("sent_times")
    if times is None or known.get("now") is None:
        return {"sent_ages_s": None}
    return {"sent_ages_s": tuple(Decimal(known["now"]) - Decimal(time) for time in times)}


def _portfolio(order: Case, known: Case) -> dict[str, Any]:
    fund = Portfolio(_decimal(known.get("issuer_mv")), _decimal(known.get("nav")))
    return {"portfolio": fund} | _reference(order, known)


def _ratings(_order: Case, known: Case) -> dict[str, Any]:
    ratings = known.get("ratings")
    return {"ratings": None if ratings is None else tuple(ratings)}


def _nothing(_order: Case, _known: Case) -> dict[str, Any]:
    return {}


_KNOWN: dict[str, Callable[[Case, Case], dict[str, Any]]] = {
    "PT-00": _nothing,
    "PT-01": _nothing,
    "PT-02": _reference,
    "PT-03": _reference,
    "PT-07": _lots,
    "PT-08": _ticks,
    "PT-19": _holding,
    "PT-21": _holding,
    "PT-22": _short_sale,
    "PT-25": _resting,
    "PT-29": _sent,
    "CP-01": _portfolio,
    "CP-05": _ratings,
}


def _overfill(known: Case) -> Result:
    return overfill(_decimal(known.get("order_qty")), _decimal(known.get("cum_qty")), Decimal(known["last_qty"]))


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
