"""Overrides: what may be waived and by whom, the hash that binds a grant to terms, and whether a grant fits. Pure.

A warning needs a reason, and a second person where a rule of PT-36 says so. A refusal has no way round at the desk:
where a rule of PT-36 names its control, Compliance may let one order through (RTS 6 art. 15(6)).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from oms.base.refusal import Refusal
from risk.context import Context
from risk.controls.brakes import FOUR_EYES, SecondPerson, four_eyes
from risk.known import Scoped
from risk.params import ParamError
from risk.parts import Release
from risk.result import Outcome, Result, breach, digits, missing, show
from risk.terms import Terms

HUNDRED = Decimal(100)
# What is not known cannot be waived: nobody could say what was waived.
BLIND = frozenset({"DATA_MISSING", "DATA_STALE"})
# The words of an order that a grant is bound to, as far as controls know them; ``also`` holds the rest.
BOUND = (
    "account_id", "instrument_id", "entered_by_id", "side", "ord_type", "order_qty", "price", "stop_px",
    "time_in_force", "exec_inst", "peg_price_type", "strategy", "also",
)  # fmt: skip


class Way(StrEnum):
    """How an order that controls object to may be sent all the same. Each is stricter than the one before it."""

    NONE = ""
    REASON = "reason"
    SECOND_PERSON = "second_person"
    DESIGNATED = "designated"


class State(StrEnum):
    """Where an override stands. One that was granted and not used in time is void, whatever its row says."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Granted:
    """An override as it is when an order comes with it. People by their ids; ``controls`` are what it waives."""

    id: int
    state: str
    way: str
    controls: frozenset[str]
    terms_hash: str
    maker: int
    trader: int
    approver: int | None
    expires_at: datetime


def bound(terms: Terms) -> dict[str, str]:
    """The terms a grant is for, in words. An amendment is one of its order as it was, so it names that too.

    A leg's are those of its spread with all its legs: a spread is granted and sent as one.
    """
    if terms.whole:
        return dict(terms.whole)
    names = (*BOUND, "order_id", "price_before") if terms.is_amend else BOUND
    return in_words({name: getattr(terms, name) for name in names})


def in_words(said: Mapping[str, object]) -> dict[str, str]:
    """Terms as they are hashed: numbers without needless digits, and what is empty left out."""
    found = {name: _word(value) for name, value in said.items()}
    return {name: word for name, word in found.items() if word}


def waived(control: str, leg: int = 0) -> str:
    """What a grant names: a control, of a spread for the leg it objected to."""
    return f"{leg}:{control}" if leg else control


def strictest(ways: Iterable[str]) -> Way:
    """The way round for several that were refused together; NONE where nobody may let one of them through."""
    found = [Way(way) for way in ways]
    return Way.NONE if not found or Way.NONE in found else max(found, key=list(Way).index)


def terms_hash(said: Mapping[str, str]) -> str:
    """SHA-256 of ``bound`` terms, in hexadecimal."""
    text = json.dumps(dict(said), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def hash_of(terms: Terms) -> str:
    """The hash of the order's terms."""
    return terms_hash(bound(terms))


def released(terms: Terms, context: Context, granted: Granted | None) -> Context:
    """``context`` with the second person's release that ``granted`` is, for PT-36 to judge."""
    if granted is None or granted.approver is None or granted.state != State.GRANTED:
        return context
    maker, approver = str(granted.maker), str(granted.approver)
    release = Release(maker, approver, hash_of(terms), granted.terms_hash, granted.expires_at)
    return replace(context, release=release)


def second_person(
    terms: Terms, results: Sequence[Result], rules: Iterable[Scoped], context: Context
) -> list[tuple[Result, Scoped]]:
    """What each rule of PT-36 says about an order that other controls warned of: may one person alone send it?"""
    warned = [result for result in results if result.outcome is Outcome.SOFT]
    if not warned and context.release is None:
        return []
    found = []
    for rule in rules:
        result = _judged(terms, warned, rule, context)
        if result is not None:
            found.append((result, rule))
    return found


def _judged(terms: Terms, warned: Sequence[Result], rule: Scoped, context: Context) -> Result | None:
    values = rule.values
    if isinstance(values, ParamError):
        return missing(FOUR_EYES, f"meaning for the parameters of rule {rule.id} ({values})")
    if context.release is not None:
        return four_eyes(terms, values, context)
    concerned = [result for result in warned if not values.controls or result.control in values.controls.split()]
    if not concerned:
        return None
    return _grave(concerned, values) or four_eyes(terms, values, context)


def _grave(warned: Sequence[Result], values: SecondPerson) -> Result | None:
    """The refusal of a warning that is further beyond its level than one person may wave through."""
    if values.excess_pct is None:
        return None
    for result in warned:
        excess = _excess_pct(result)
        if excess is not None and excess > values.excess_pct:
            text = f"{result.text}: {show(round(excess, 2))} % beyond it, which a second person must release"
            return breach(FOUR_EYES, Outcome.HARD, "SECOND_PERSON", text, excess, values.excess_pct)
    return None


def _excess_pct(result: Result) -> Decimal | None:
    """How far the number measured is beyond its level, in percent of the level."""
    measured, limit = result.measured, result.limit
    if not isinstance(measured, Decimal) or not isinstance(limit, Decimal) or limit <= 0:
        return None
    return (measured - limit) * HUNDRED / limit


def way(results: Sequence[Result], rules: Iterable[Scoped]) -> Way:
    """How an order with these results may be sent all the same; NONE where nobody may let it through.

    ``rules`` are those of PT-36 that cover the order.
    """
    breaches = [result for result in results if result.outcome >= Outcome.SOFT]
    hard = [one for one in breaches if one.outcome is Outcome.HARD and one.reason_code != "SECOND_PERSON"]
    if any(one.reason_code in BLIND for one in hard) or not breaches:
        return Way.NONE
    if hard:
        may_be = waivable(rules)
        return Way.DESIGNATED if all(one.control in may_be for one in hard) else Way.NONE
    return Way.SECOND_PERSON if any(one.outcome is Outcome.HARD for one in breaches) else Way.REASON


def waivable(rules: Iterable[Scoped]) -> frozenset[str]:
    """The controls whose refusal Compliance may waive: what these rules of PT-36 name."""
    values = [rule.values for rule in rules if not rule.dry_run]
    return frozenset(name for one in values if isinstance(one, SecondPerson) for name in one.waives.split())


def objection(granted: Granted | None, terms: Terms, at: datetime) -> Refusal | None:
    """Why an order may not use the override it names; None if it may."""
    if granted is None:
        return Refusal("UNKNOWN_OVERRIDE", "override_id", f"no override {terms.override_id} on your desks")
    name = f"override {granted.id}"
    if granted.state != State.GRANTED:
        code, words = _NOT_GRANTED[State(granted.state)]
        return Refusal(code, "override_id", f"{name} {words}")
    if granted.approver is None or granted.approver in (granted.maker, granted.trader):
        return Refusal("SELF_APPROVAL", "override_id", f"{name} was not granted by a second person")
    if at >= granted.expires_at:
        text = f"{name} expired at {granted.expires_at:%Y-%m-%d %H:%M:%S} UTC"
        return Refusal("OVERRIDE_EXPIRED", "override_id", text)
    if hash_of(terms) != granted.terms_hash:
        return Refusal("OVERRIDE_TERMS", "override_id", f"{name} was granted for other terms than these")
    return None


_NOT_GRANTED = {
    State.ASKED: ("OVERRIDE_PENDING", "has not been decided yet"),
    State.REFUSED: ("OVERRIDE_REFUSED", "was refused"),
    State.USED: ("OVERRIDE_USED", "was used before"),
    State.EXPIRED: ("OVERRIDE_EXPIRED", "has expired"),
}


def lets_through(granted: Granted | None, terms: Terms, results: Sequence[Result], how: Way, at: datetime) -> bool:
    """Whether ``granted`` waives all that stands against the order, under the rules as they are now.

    What came to stand against it since was not looked at by whoever granted it, and stops it.
    """
    if granted is None or how is Way.NONE or objection(granted, terms, at) is not None:
        return False
    if how is Way.DESIGNATED and granted.way != Way.DESIGNATED:
        return False
    return all(waived(one.control, terms.leg) in granted.controls for one in results if one.outcome >= Outcome.SOFT)


def _word(value: object) -> str:
    if isinstance(value, Decimal):
        return digits(value)
    return "" if value is None else str(value)
