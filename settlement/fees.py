"""Fees, taxes and commission of a trade: pure functions over dated rows. Amounts are rounded half up to 0.01.

A rate is never a constant in code: SEC section 31 was 27.80 a million, then 0, then 20.60 within a year.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from settlement.calendars import Unsupported
from settlement.rounding import CENT, ZERO, half_up, up

MILLION, HUNDRED, TEN_THOUSAND = Decimal(1_000_000), Decimal(100), Decimal(10_000)
SELLS = frozenset({"sell", "sell_short"})


class Basis(StrEnum):
    """What a rate is multiplied by."""

    PER_MILLION = "per_million"  # currency units per million of principal
    PERCENT = "percent"  # of principal
    BASIS_POINTS = "basis_points"  # of principal
    PER_UNIT = "per_unit"  # currency units a share or a contract


@dataclass(frozen=True, slots=True)
class Trade:
    """What decides which fees are owed. ``issuer_country`` is the ISIN's first two letters.

    ``listed``: the codes of the fees on whose own lists the instrument is.
    """

    trade_date: date
    market: str
    asset: str
    side: str
    issuer_country: str = ""
    listed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rate:
    """One dated rate of one fee; "" in ``market``, ``asset`` or ``issuer_country`` means any.

    ``applies_to`` is buy, sell or both. ``needs_list``: charged only for instruments on the fee's own list
    (the French, Italian and Spanish taxes spare small companies). ``cap`` and ``minimum`` are a trade's.
    """

    code: str
    valid_from: date
    rate: Decimal
    basis: str
    applies_to: str
    market: str = ""
    asset: str = ""
    issuer_country: str = ""
    minimum: Decimal | None = None
    cap: Decimal | None = None
    unit: Decimal = CENT
    round_up: bool = False
    needs_list: bool = False

    def covers(self, trade: Trade) -> bool:
        """Whether this fee is owed on such a trade, whatever the date."""
        return (
            self.market in ("", trade.market)
            and self.asset in ("", trade.asset)
            and self.issuer_country in ("", trade.issuer_country)
            and applies(self.applies_to, trade.side)
            and (not self.needs_list or self.code in trade.listed)
        )


def applies(applies_to: str, side: str) -> bool:
    """Whether a fee of buys, sells or both is owed by ``side``; a short sale is a sale."""
    return applies_to == "both" or (applies_to == "sell") == (side in SELLS)


def in_force(trade: Trade, rates: Iterable[Rate]) -> tuple[Rate, ...]:
    """The rates owed on such a trade on its date: of each fee the one that began last."""
    found: dict[str, Rate] = {}
    for rate in rates:
        if rate.valid_from <= trade.trade_date and rate.covers(trade):
            held = found.get(rate.code)
            if held is None or rate.valid_from > held.valid_from:
                found[rate.code] = rate
    return tuple(found[code] for code in sorted(found))


def charge(rates: Iterable[Rate], qty: Decimal, principal: Decimal) -> dict[str, Decimal]:
    """The amount of each of ``rates``, by code; fees that come to zero are left out."""
    owed = {rate.code: amount(rate, qty, principal) for rate in rates}
    return {code: value for code, value in owed.items() if value}


def amount(rate: Rate, qty: Decimal, principal: Decimal) -> Decimal:
    """What ``rate`` comes to, bounded by its minimum and cap and rounded."""
    value = raw(rate.basis, rate.rate, qty, principal)
    return (up if rate.round_up else half_up)(bounded(value, rate.minimum, rate.cap), rate.unit)


def raw(basis: str, rate: Decimal, qty: Decimal, principal: Decimal) -> Decimal:
    """Rate times what it is a rate of, unrounded."""
    if basis == Basis.PER_UNIT:
        return rate * qty
    per = {Basis.PER_MILLION: MILLION, Basis.PERCENT: HUNDRED, Basis.BASIS_POINTS: TEN_THOUSAND}[Basis(basis)]
    return rate * principal / per


def bounded(value: Decimal, minimum: Decimal | None, cap: Decimal | None) -> Decimal:
    """``value``, at least ``minimum`` and at most ``cap``."""
    if minimum is not None:
        value = max(value, minimum)
    return value if cap is None else min(value, cap)


@dataclass(frozen=True, slots=True)
class CommissionRate:
    """What an account pays for execution, from ``valid_from`` on; minimum and cap are of an order's fills
    of one day.

    ``account`` None, ``client`` and ``asset`` "" mean any; the row that says more wins over the one that says less, an
    account's over its client's. ``tiers`` are further rates: (from what is multiplied on, rate), ascending; each part
    is charged at the rate of its own tier.
    """

    account: int | None
    asset: str
    valid_from: date
    basis: str
    rate: Decimal
    minimum: Decimal | None = None
    cap: Decimal | None = None
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    client: str = ""


def commission_rate(
    rates: Iterable[CommissionRate], account: int, asset: str, trade_date: date, client: str = ""
) -> CommissionRate | None:
    """The most particular rate in force, the later of two equal ones; None where no commission is agreed."""
    fitting = [
        rate
        for rate in rates
        if rate.valid_from <= trade_date
        and rate.account in (None, account)
        and rate.client in ("", client)
        and rate.asset in ("", asset)
    ]
    return max(fitting, key=_says, default=None)


def _says(rate: CommissionRate) -> tuple[bool, bool, bool, date]:
    return rate.account is not None, rate.client != "", rate.asset != "", rate.valid_from


def commission(rate: CommissionRate | None, qty: Decimal, principal: Decimal, unit: Decimal = CENT) -> Decimal:
    """Commission (tag 12) on the whole of ``qty``; 0 for nothing traded.

    For one fill of many, take this on the quantities after the fill less what was charged before it: so
    minimum and cap hold for the order and the fills' shares add up to the cent.
    """
    if rate is None or not qty:
        return ZERO
    value = sum((raw(rate.basis, part, *of) for part, of in slices(rate, qty, principal)), ZERO)
    return half_up(bounded(value, rate.minimum, rate.cap), unit)


def slices(rate: CommissionRate, qty: Decimal, principal: Decimal) -> list[tuple[Decimal, tuple[Decimal, Decimal]]]:
    """The parts of (quantity, principal) that each rate is charged on; tiers begin where the basis reaches them."""
    whole = qty if rate.basis == Basis.PER_UNIT else principal
    begins = [(ZERO, rate.rate), *rate.tiers]
    ends = [*(low for low, _ in begins[1:]), whole]
    parts = [(each, max(min(high, whole) - low, ZERO)) for (low, each), high in zip(begins, ends, strict=True)]
    return [(each, (part, ZERO) if rate.basis == Basis.PER_UNIT else (ZERO, part)) for each, part in parts if part]


def tiers(rows: Any) -> tuple[tuple[Decimal, Decimal], ...]:
    """Tiers as a table keeps them, [["10000", "0.003"], ...]. Raises ValueError where they are none."""
    try:
        found = tuple((Decimal(str(low)), Decimal(str(rate))) for low, rate in rows or ())
    except (ArithmeticError, TypeError, ValueError) as why:
        raise ValueError("tiers are pairs of numbers: from what quantity or value on, and the rate") from why
    lows = [low for low, _ in found]
    sound = all(one.is_finite() and one >= 0 for pair in found for one in pair)
    if not sound or lows != sorted(set(lows)) or 0 in lows:
        raise ValueError("tiers ascend from above 0, and their rates are not below 0")
    return found


def csdr_penalty(fail_value: Decimal, rate_bp: Decimal, days: int) -> Decimal:
    """Cash penalty of CSDR article 7 for a settlement fail: basis points of the value for each business day
    late.
    """
    return half_up(fail_value * rate_bp * days / TEN_THOUSAND)


def by_kind(kind: str, inputs: Mapping[str, Any]) -> Decimal:
    """One fee from its inputs alone, as case files and what-if questions give them. Raises Unsupported."""
    if kind not in KINDS:
        raise Unsupported(f"fee kind {kind}")
    amounts: Decimal = KINDS[kind]({name: _decimal(value) for name, value in inputs.items()})
    return amounts


def _decimal(value: Any) -> Any:
    """Numbers as Decimal, words as they are."""
    if isinstance(value, str) and not value.replace(".", "", 1).replace("-", "", 1).isdigit():
        return value
    return Decimal(str(value)) if isinstance(value, int | float | str) and not isinstance(value, bool) else value


def _sided(default: str, basis: Basis, rate: str, inputs: Mapping[str, Any]) -> Decimal:
    if not applies(str(inputs.get("applies_to", default)), str(inputs.get("side", default))):
        return ZERO
    qty = inputs.get("qty", inputs.get("contracts", ZERO))
    principal = inputs.get("principal", qty * inputs.get("price", ZERO) * inputs.get("multiplier", Decimal(1)))
    minimum = inputs.get("min", inputs.get("minimum"))
    named = next((inputs[name] for name in (rate, "rate", *RATES) if name in inputs), None)
    if named is None:
        raise Unsupported(f"no rate among {', '.join(inputs)}")
    value = raw(basis, named, qty, principal)
    return half_up(bounded(value, minimum, inputs.get("cap", inputs.get("max", inputs.get("maximum")))))


RATES = ("rate_per_million", "rate_pct", "rate_bp", "rate_bps", "bps", "pct", "per_share", "per_contract", "per_unit")


def _tiered(inputs: Mapping[str, Any]) -> Decimal:
    """Each slice at its own rate: ``tiers`` as [from, rate] pairs, the first from 0; per share, or on principal."""
    qty, price = inputs.get("qty", inputs.get("contracts", ZERO)), inputs.get("price", ZERO)
    principal = inputs.get("principal", qty * price * inputs.get("multiplier", Decimal(1)))
    basis = Basis(str(inputs.get("basis", Basis.PER_UNIT)))
    try:
        (_, first), *rest = ((Decimal(str(low)), Decimal(str(rate))) for low, rate in inputs["tiers"])
    except (ArithmeticError, KeyError, TypeError, ValueError) as why:
        raise Unsupported("tiers that are no pairs of numbers") from why
    low, high = (inputs.get(name, inputs.get(other)) for name, other in (("min", "minimum"), ("max", "cap")))
    return commission(CommissionRate(None, "", date.min, basis, first, low, high, tuple(rest)), qty, principal)


KINDS: dict[str, Any] = {
    "sec31": lambda inputs: _sided("sell", Basis.PER_MILLION, "rate_per_million", inputs),
    "taf": lambda inputs: _sided("sell", Basis.PER_UNIT, "rate", inputs),
    "ad_valorem": lambda inputs: _sided("both", Basis.PERCENT, "rate_pct", inputs),
    "csdr_penalty": lambda inputs: csdr_penalty(inputs["fail_value"], inputs["rate_bp"], int(inputs["days"])),
    "commission_bps": lambda inputs: _sided("both", Basis.BASIS_POINTS, "rate_bp", inputs),
    "commission_per_share": lambda inputs: _sided("both", Basis.PER_UNIT, "rate", inputs),
    "commission_per_contract": lambda inputs: _sided("both", Basis.PER_UNIT, "rate", inputs),
    "commission_tiered": _tiered,
}
