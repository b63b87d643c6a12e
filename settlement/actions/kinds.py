"""The kinds of corporate actions and what each must say. Pure. Names in brackets are the event codes of ISO 15022."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from oms.base.refusal import Refusal


class Kind(StrEnum):
    """What happens."""

    CASH_DIVIDEND = "cash_dividend"  # DVCA
    SPLIT = "split"  # SPLF
    REVERSE_SPLIT = "reverse_split"  # SPLR
    SYMBOL_CHANGE = "symbol_change"  # CHAN
    MERGER = "merger"  # MRGR
    SPIN_OFF = "spin_off"  # SOFF
    RIGHTS = "rights"  # RHDI
    CALL = "call"  # MCAL, PCAL
    COUPON = "coupon"  # INTR
    MATURITY = "maturity"  # REDM


# A machine may act on these once they are approved; the others are booked when a second person has seen the preview.
AUTOMATIC = frozenset({Kind.CASH_DIVIDEND, Kind.SPLIT, Kind.REVERSE_SPLIT, Kind.SYMBOL_CHANGE, Kind.COUPON,
                       Kind.MATURITY})  # fmt: skip
HUNDRED = Decimal(100)


class Says(NamedTuple):
    """The terms a kind needs, and those it may have; no other is taken."""

    needs: frozenset[str]
    may: frozenset[str] = frozenset()


def _says(needs: str, may: str = "") -> Says:
    return Says(frozenset(needs.split()), frozenset(may.split()))


TERMS = ("amount", "new", "old", "in_lieu_px", "pct", "into", "symbol", "isin")
SAYS: dict[str, Says] = {
    Kind.CASH_DIVIDEND: _says("amount"),
    Kind.SPLIT: _says("new old", "in_lieu_px"),
    Kind.REVERSE_SPLIT: _says("new old", "in_lieu_px"),
    Kind.SYMBOL_CHANGE: _says("", "symbol isin"),
    Kind.MERGER: _says("", "amount new old into in_lieu_px"),
    Kind.SPIN_OFF: _says("into new old pct", "in_lieu_px"),
    Kind.RIGHTS: _says("into new old", "in_lieu_px"),
    Kind.CALL: _says("amount", "pct"),
    Kind.COUPON: _says("amount"),
    Kind.MATURITY: _says("amount"),
}


def faults(kind: str, terms: dict[str, Any]) -> Iterator[Refusal]:
    """What is wrong with the terms of an action of ``kind``; ``terms`` by TERMS, None or "" for what is not said."""
    if kind not in SAYS:
        yield Refusal("BAD_VALUE", "kind", f"kind must be one of {', '.join(Kind)}, not {kind[:40]!r}")
        return
    says = SAYS[kind]
    said = {name for name in TERMS if terms.get(name) not in (None, "")}
    yield from (Refusal("MISSING", name, f"a {kind} needs {name}") for name in sorted(says.needs - said))
    yield from (
        Refusal("UNKNOWN_FIELD", name, f"a {kind} takes no {name}") for name in sorted(said - says.needs - says.may)
    )
    yield from (
        Refusal("NOT_POSITIVE", name, f"{name} must be greater than 0")
        for name in ("amount", "new", "old", "in_lieu_px", "pct")
        if terms.get(name) is not None and terms[name] <= 0
    )
    yield from _of_kind(kind, said, terms)


def _of_kind(kind: str, said: set[str], terms: dict[str, Any]) -> Iterator[Refusal]:
    new, old, pct = terms.get("new"), terms.get("old"), terms.get("pct")
    if kind in (Kind.SPLIT, Kind.REVERSE_SPLIT) and new and old and (new > old) != (kind == Kind.SPLIT):
        way = "more than" if kind == Kind.SPLIT else "less than"
        yield Refusal("BAD_VALUE", "new", f"a {kind} gives {way} one new for an old, not {new:f} for {old:f}")
    if kind == Kind.SYMBOL_CHANGE and not said & {"symbol", "isin"}:
        yield Refusal("MISSING", "symbol", "a symbol_change needs a symbol or an isin")
    if kind == Kind.MERGER and not said & {"amount", "into"}:
        yield Refusal("MISSING", "into", "a merger pays an amount, or shares of into, or both")
    if kind == Kind.MERGER and "into" in said and not {"new", "old"} <= said:
        yield Refusal("MISSING", "new", "a merger into an instrument says how many new for old")
    if (pct is not None and pct > HUNDRED) or (kind == Kind.SPIN_OFF and pct == HUNDRED):
        yield Refusal("BAD_VALUE", "pct", f"pct must be below {'100' if kind == Kind.SPIN_OFF else '100 or 100'}")
