"""Expected against actual, field by field."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

Tolerances = Mapping[str, Decimal]
EXACT = Decimal(0)


class NotSupported(Exception):
    """The code does not do this yet. Such a case neither passes nor fails."""


def differences(expected: Mapping[str, Any], actual: Mapping[str, Any], tolerances: Tolerances) -> list[str]:
    """One line for each expected field that differs. ``tolerances`` go by field name; "" is for the rest."""
    found = []
    for name, value in expected.items():
        got = actual.get(name, "absent")
        if not _same(value, got, name, tolerances):
            found.append(f"{name}: expected {_show(value)}, actual {_show(got)}")
    return found


def _same(expected: Any, actual: Any, name: str, tolerances: Tolerances) -> bool:
    if expected is None or actual is None or isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and not differences(expected, actual, tolerances)
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        return len(expected) == len(actual) and all(
            _same(a, b, name, tolerances) for a, b in zip(expected, actual, strict=True)
        )
    numbers = _number(expected), _number(actual)
    if numbers[0] is not None and numbers[1] is not None:
        return abs(numbers[0] - numbers[1]) <= tolerances.get(name, tolerances.get("", EXACT))
    return str(expected) == str(actual)


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return number if number.is_finite() else None


def _show(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_show(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_show, value)) + "]"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
