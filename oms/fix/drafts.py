"""A client's message as what the desk takes: NewOrderSingle to Draft, and instruments by their other names."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from oms.desk import Draft
from oms.fix.reports import OURS
from orders.models import Instrument

NUMBERS = ("order_qty", "price", "stop_px", "cash_order_qty", "max_floor", "peg_offset_value")
WORDS = ("side", "ord_type", "peg_price_type", "peg_offset_type")
# SecurityIDSource (22).
# PriceType (423): percentage of par, per unit, yield. Nothing but a bond has more than one.
PRICE_TYPES = {"1": "", "2": "", "9": "yield"}
# SettlType (63) that says how many settlement days after the trade date; 0 is as usual, 6 the day of SettlDate (64).
SETTL_TYPES = {"0": None, "1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "9": 5}
REGULAR, FUTURE = "0", "6"
SCHEMES = {"1": "cusip", "2": "sedol", "4": "isin"}


def symbols(requests: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """The symbols of instruments named by SecurityID (48) alone, by scheme and number. One SELECT a scheme at most."""
    wanted: dict[str, set[str]] = {}
    for request in requests:
        scheme = SCHEMES.get(str(request.get("security_id_source", "")))
        if scheme and request.get("symbol", "[N/A]") == "[N/A]" and request.get("security_id"):
            wanted.setdefault(scheme, set()).add(request["security_id"])
    found: dict[tuple[str, str], str] = {}
    for scheme, numbers in wanted.items():
        rows = Instrument.objects.filter(**{f"{scheme}__in": numbers}).values_list(scheme, "symbol", "primary_mic")
        found |= {(scheme, number): f"{symbol}.{mic}" for number, symbol, mic in rows}
    return found


def symbol_of(request: Mapping[str, Any], known: Mapping[tuple[str, str], str]) -> str:
    """Symbol (55), with its market (207) if named; or what SecurityID (48) stands for."""
    symbol = str(request.get("symbol", ""))
    if symbol in ("", "[N/A]"):
        scheme = SCHEMES.get(str(request.get("security_id_source", "")), "")
        return known.get((scheme, str(request.get("security_id", ""))), str(request.get("security_id", "")))
    market = request.get("security_exchange")
    return f"{symbol}.{market}" if market and "." not in symbol else symbol


def draft(
    request: Mapping[str, Any], accounts: Mapping[str, str], known: Mapping[tuple[str, str], str]
) -> Draft | tuple[Refusal, ...]:
    """The order in a NewOrderSingle (35=D), or everything that is wrong with the message."""
    refusals: list[Refusal] = []
    values: dict[str, Any] = {name: request.get(name, "") for name in WORDS}
    for name in NUMBERS:
        number = parse_decimal(request[name], name) if request.get(name) not in (None, "") else None
        if isinstance(number, Refusal):
            refusals.append(number)
        values[name] = number
    if values["order_qty"] is None and values["cash_order_qty"] is None:
        refusals.append(Refusal("MISSING", "order_qty", "OrderQty (38) or CashOrderQty (152) is needed"))
    if str(request.get("cl_ord_id", "")).startswith(OURS):
        refusals.append(Refusal("BAD_VALUE", "cl_ord_id", f"a ClOrdID may not begin with {OURS}"))
    kind = str(request.get("price_type") or "1")
    if kind not in PRICE_TYPES:
        text = f"PriceType (423) must be one of {', '.join(PRICE_TYPES)}"
        refusals.append(Refusal("BAD_VALUE", "price_type", text))
    settles = _settles(request)
    if isinstance(settles, Refusal):
        refusals.append(settles)
    if refusals:
        return tuple(refusals)
    assert not isinstance(settles, Refusal)
    values["price_type"] = PRICE_TYPES[kind]
    manual = request.get("handl_inst") == "manual"
    account = str(request.get("account", ""))
    return Draft(
        account=accounts.get(account, account), symbol=symbol_of(request, known),
        time_in_force=request.get("time_in_force", "day"), cl_ord_id=str(request["cl_ord_id"]),
        exec_inst=" ".join(sorted(str(request.get("exec_inst", "")).split())), expire_time=_expires(request),
        handl_inst="manual" if manual else "automated", hold="manual" if manual else "",
        strategy=str(request.get("target_strategy", "")), settl_date=settles[0], settl_days=settles[1],
        **objections(request), **values,
    )  # fmt: skip


def objections(request: Mapping[str, Any]) -> dict[str, Any]:
    """What a client says of objections: why it sends it in spite of warnings (20011), and its override (20012)."""
    reason, number = str(request.get("acknowledge_reason", "")), request.get("override_id")
    override_id = int(number) if number not in (None, "") else None
    return {"acknowledge_soft": bool(reason), "acknowledge_reason": reason, "override_id": override_id}


def _settles(request: Mapping[str, Any]) -> tuple[date | None, int | None] | Refusal:
    """SettlDate (64), which goes before SettlType (63); else how many settlement days the type means."""
    day = date.fromisoformat(request["settl_date"]) if request.get("settl_date") else None
    kind = str(request.get("settl_type") or REGULAR)
    if kind not in (*SETTL_TYPES, FUTURE):
        known = ", ".join(sorted((*SETTL_TYPES, FUTURE)))
        return Refusal("BAD_VALUE", "settl_type", f"SettlType (63) must be one of {known}, not {kind[:12]!a}")
    if kind == FUTURE and day is None:
        return Refusal("MISSING", "settl_date", "SettlType (63) 6 needs the SettlDate (64)")
    return day, None if day else SETTL_TYPES.get(kind)


def _expires(request: Mapping[str, Any]) -> datetime | None:
    """ExpireTime (126), or the end of ExpireDate (432), UTC."""
    if request.get("expire_time"):
        moment = datetime.fromisoformat(request["expire_time"])
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if request.get("expire_date"):
        return datetime.fromisoformat(request["expire_date"]).replace(hour=23, minute=59, second=59, tzinfo=UTC)
    return None
