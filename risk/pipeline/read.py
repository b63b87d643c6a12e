"""The one reader of rules: JSON in, a ``Pipeline`` out, or every fault with its field and what would be valid."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from oms.base.refusal import Refusal
from orders.vocabulary import AssetClass, OrdType, Side, TimeInForce
from risk.grades import RANK
from risk.pipeline.contradictions import contradictions
from risk.pipeline.grammar import (
    COMPARES,
    COUNTS,
    GROSS,
    HOLDERS,
    MEASURES,
    NUMBERS,
    OF_ORDERS,
    OF_ROWS,
    OWNERS,
    RATES,
    SENDERS,
    TAKES,
    THINGS,
    THIS_ORDER,
    Condition,
    Pipeline,
)
from risk.pipeline.numbers import number as parse_number

FIELDS = (
    "scope", "over", "take", "filter", "group", "measure", "count", "currency", "window_s", "compare", "warn", "fail",
    "max_age_days",
)  # fmt: skip
WORDS: dict[str, tuple[str, ...]] = {
    "asset_class": tuple(AssetClass),
    "side": tuple(Side),
    "ord_type": tuple(OrdType),
    "time_in_force": tuple(TimeInForce),
    "liquidity": ("highly_liquid", "moderately_liquid", "less_liquid", "illiquid"),
}
"""Fields that take words of a list."""
_CURRENCY, _COUNTRY = re.compile(r"[A-Z]{3}"), re.compile(r"[A-Z]{2}")
MOST_CONDITIONS, MOST_VALUES, LONGEST = 20, 200, 80


class _Reading:
    """One reading: the JSON, and the faults found so far."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw, self.faults = raw, []  # type: dict[str, Any], list[Refusal]

    def fault(self, code: str, field: str, text: str) -> None:
        self.faults.append(Refusal(code, field, text))

    def word(self, name: str, among: Sequence[str], default: str = "") -> str:
        given = self.raw.get(name)
        if given in (None, ""):
            if not default:
                self.fault("MISSING", name, f"{name} is required: one of {', '.join(among)}")
            return default or among[0]
        if given not in among:
            self.fault("BAD_VALUE", name, f"{name} must be one of {', '.join(among)}, not {_shown(given)}")
            return among[0]
        return str(given)

    def words(self, name: str, among: Sequence[str]) -> tuple[str, ...]:
        given = self.raw.get(name) or []
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            self.fault("BAD_VALUE", name, f"{name} must be a list of {', '.join(among)}")
            return ()
        for one in given:
            if one not in among:
                self.fault("BAD_VALUE", name, f"{name} takes {', '.join(among)}, not {_shown(one)}")
        if len(set(given)) != len(given):
            self.fault("BAD_VALUE", name, f"{name} names something twice")
        return tuple(one for one in among if one in given)

    def number(self, name: str, *, negative: bool = False, positive: bool = False) -> Decimal | None:
        given = self.raw.get(name)
        if given in (None, ""):
            return None
        number = parse_number(given, name, positive=positive)
        if isinstance(number, Refusal):
            self.faults.append(number)
            return None
        if number < 0 and not negative:
            self.fault("BAD_VALUE", name, f"{name} must not be below 0")
        return number

    def grade(self, name: str) -> Decimal | None:
        given = self.raw.get(name)
        if given in (None, ""):
            return None
        if not isinstance(given, str) or given not in RANK:
            self.fault("BAD_VALUE", name, f"{name} must be a rating such as BBB- or Baa3, not {_shown(given)}")
            return None
        return Decimal(RANK[given])

    def conditions(self, name: str, fields: Sequence[str]) -> tuple[Condition, ...]:
        given = self.raw.get(name) or []
        if not isinstance(given, list) or len(given) > MOST_CONDITIONS:
            self.fault("BAD_VALUE", name, f"{name} must be a list of at most {MOST_CONDITIONS} conditions")
            return ()
        found = (self._condition(f"{name}[{at}]", one, fields) for at, one in enumerate(given))
        return tuple(condition for condition in found if condition is not None)

    def _condition(self, where: str, given: Any, fields: Sequence[str]) -> Condition | None:
        if not isinstance(given, dict):
            self.fault("BAD_VALUE", where, 'a condition is {"field": ..., "is": ..., "values": [...]}')
            return None
        for name in given.keys() - {"field", "is", "values"}:
            self.fault("UNKNOWN_FIELD", f"{where}.{_shown(name)}", "a condition takes field, is and values")
        field = given.get("field")
        if field not in fields:
            text = f"field must be one of {', '.join(fields)}, not {_shown(field)}"
            self.fault("BAD_VALUE", f"{where}.field", text)
            return None
        tests = ("at_least", "at_most") if field in NUMBERS else ("in", "not_in")
        if given.get("is") not in tests:
            text = f"{field} is compared by {' or '.join(tests)}, not {_shown(given.get('is'))}"
            self.fault("BAD_VALUE", f"{where}.is", text)
            return None
        values = given.get("values")
        if not isinstance(values, list) or not values or not all(isinstance(v, str) and v.strip() for v in values):
            self.fault("MISSING", f"{where}.values", f"name at least one {field}, as text in a list")
            return None
        if len(values) > MOST_VALUES or any(len(value) > LONGEST for value in values):
            text = f"at most {MOST_VALUES} values of at most {LONGEST} characters"
            self.fault("TOO_LONG", f"{where}.values", text)
            return None
        if field in NUMBERS:
            return self._level(where, str(field), str(given["is"]), values)
        return self._named(where, str(field), str(given["is"]), tuple(value.strip() for value in values))

    def _level(self, where: str, field: str, test: str, values: Sequence[str]) -> Condition | None:
        if len(values) != 1:
            self.fault("BAD_VALUE", f"{where}.values", f"{field} is compared with one number")
            return None
        if field == "rating":
            if values[0] not in RANK:
                text = f"a rating such as BBB- or Baa3, not {_shown(values[0])}"
                self.fault("BAD_VALUE", f"{where}.values", text)
                return None
            return Condition(field, test, (), Decimal(RANK[values[0]]))
        level = parse_number(values[0], f"{where}.values")
        if isinstance(level, Refusal):
            self.faults.append(level)
            return None
        return Condition(field, test, (), level)

    def _named(self, where: str, field: str, test: str, values: tuple[str, ...]) -> Condition:
        for value in values:
            if field in WORDS and value not in WORDS[field]:
                text = f"{field} is one of {', '.join(WORDS[field])}, not {_shown(value)}"
                self.fault("BAD_VALUE", f"{where}.values", text)
            if field == "currency" and not _CURRENCY.fullmatch(value):
                self.fault("BAD_VALUE", f"{where}.values", f"a currency such as USD (ISO 4217), not {_shown(value)}")
            if field == "country" and not _COUNTRY.fullmatch(value):
                self.fault("BAD_VALUE", f"{where}.values", f"a country such as US (ISO 3166), not {_shown(value)}")
        return Condition(field, test, values)

    def currency(self) -> str:
        given = self.raw.get("currency") or ""
        if given and (not isinstance(given, str) or not _CURRENCY.fullmatch(given)):
            self.fault("BAD_VALUE", "currency", f"a currency such as USD (ISO 4217), not {_shown(given)}")
            return ""
        return given


def read(raw: Any) -> Pipeline | list[Refusal]:
    """The rule that ``raw`` JSON says, or everything that is wrong with it. Nothing is guessed, nothing is left out."""
    if not isinstance(raw, dict):
        return [Refusal("BAD_VALUE", "pipeline", "a rule must be a JSON object")]
    if not raw:
        return [Refusal("MISSING", "pipeline", "the rule is empty: give over, take, measure, compare and a level")]
    reading = _Reading(raw)
    for name in raw.keys() - set(FIELDS):
        reading.fault("UNKNOWN_FIELD", _shown(name), f"a rule takes {', '.join(FIELDS)}")
    measure = reading.word("measure", MEASURES)
    rating, take = measure == "rating", reading.words("take", TAKES)
    count = reading.word("count", COUNTS, default=GROSS if measure == "leverage" else "net")
    pipeline = Pipeline(
        scope=reading.conditions("scope", OF_ORDERS),
        over=reading.word("over", (*HOLDERS, *SENDERS) if measure in RATES else HOLDERS, default="account"),
        take=take,
        filter=reading.conditions("filter", OF_ROWS),
        group=reading.words("group", (*THINGS, *OWNERS)),
        measure=measure,
        # An order alone is counted as it is, whichever side it is on.
        count=GROSS if take == (THIS_ORDER,) else count,
        compare=reading.word("compare", COMPARES),
        warn=reading.grade("warn") if rating else reading.number("warn", negative=measure == "pnl"),
        fail=reading.grade("fail") if rating else reading.number("fail", negative=measure == "pnl"),
        currency=reading.currency(),
        window_s=reading.number("window_s", positive=True),
        max_age_days=reading.number("max_age_days", positive=True),
    )
    # What could not be read cannot contradict itself.
    return reading.faults or list(contradictions(pipeline)) or pipeline


def _shown(given: Any) -> str:
    """A value from outside, shortened, in ASCII."""
    return f"{str(given)[:40]!a}"
