"""JSON as RFC 8259 has it and not a bit wider: no NaN, no repeated names, no surrogates, bounded size and depth."""

import json
from typing import Any

DEEPEST = 8
# Python turns longer runs of digits into an exception; no quantity or id needs so many.
MAX_DIGITS = 40


class BadJson(ValueError):
    """The body is not JSON we take; the text says why."""


def loads(body: bytes) -> Any:
    """The value of ``body``. Numbers with a point stay floats, for the fields' readers to refuse by name."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson(f"the body is not UTF-8 at byte {error.start}") from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise BadJson(f"nested deeper than {DEEPEST}") from None
    if _deeper(value, DEEPEST):
        raise BadJson(f"nested deeper than {DEEPEST}")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise BadJson(f"the name {ascii(twice)[:42]} stands twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise BadJson(f"an integer of {len(digits)} digits")
    return int(digits)


def _constant(name: str) -> Any:
    raise BadJson(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)


def _deeper(value: Any, left: int) -> bool:
    if isinstance(value, dict):
        return left == 0 or any(_deeper(one, left - 1) for one in value.values())
    if isinstance(value, list):
        return left == 0 or any(_deeper(one, left - 1) for one in value)
    return False
