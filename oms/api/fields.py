"""Reading the fields of a JSON object: every fault at once, by field, with what would have been right."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal

Read = Callable[[Any, str], Any]
# The largest value of a bigint key.
MAX_ID = 2**63 - 1
_MISSING = object()


class Field(NamedTuple):
    """How a field is read. ``default`` stands for one that is left out, or is null where ``nullable``."""

    read: Read
    default: Any = _MISSING
    nullable: bool = False


class Taken(NamedTuple):
    """What could be read, and what was wrong with the rest."""

    values: dict[str, Any]
    faults: tuple[Refusal, ...]


def take(given: Mapping[str, Any], fields: Mapping[str, Field]) -> Taken:
    """Read ``given`` by ``fields``. A name that is not among them is a fault."""
    values: dict[str, Any] = {}
    faults = [_unknown(name, fields) for name in given if name not in fields]
    for name, field in fields.items():
        raw = given.get(name, _MISSING)
        if raw is _MISSING or (raw is None and field.nullable):
            if field.default is _MISSING:
                faults.append(Refusal("MISSING", name, f"{name} is required"))
            else:
                values[name] = field.default
            continue
        value = field.read(raw, name)
        if isinstance(value, Refusal):
            faults.append(value)
        else:
            values[name] = value
    return Taken(values, tuple(faults))


def text(longest: int, *, empty: bool = False) -> Read:
    """Printable text: no control character, no NUL, no lone surrogate."""

    def read(raw: Any, name: str) -> str | Refusal:
        if not isinstance(raw, str):
            return Refusal("BAD_TEXT", name, f"{name} must be text")
        if not raw and not empty:
            return Refusal("MISSING", name, f"{name} must not be empty")
        if len(raw) > longest:
            return Refusal("TOO_LONG", name, f"{name} may have {longest} characters, not {len(raw)}")
        if not raw.isprintable():
            return Refusal("BAD_TEXT", name, f"{name} must be printable")
        return raw

    return read


def ascii_text(longest: int) -> Read:
    """Printable ASCII, as FIX carries it."""
    plain = text(longest)

    def read(raw: Any, name: str) -> str | Refusal:
        value = plain(raw, name)
        if isinstance(value, str) and not value.isascii():
            return Refusal("BAD_TEXT", name, f"{name} must be printable ASCII")
        return value  # type: ignore[no-any-return]

    return read


def choice(kind: type[StrEnum], aliases: Mapping[str, str] | None = None) -> Read:
    """One of an enumeration's values, or of their other names."""
    values = {str(member): str(member) for member in kind} | dict(aliases or {})
    names = ", ".join(kind)

    def read(raw: Any, name: str) -> str | Refusal:
        if isinstance(raw, str) and raw in values:
            return values[raw]
        return Refusal("BAD_VALUE", name, f"{name} must be one of {names}, not {_shown(raw)}")

    return read


def one_of(*values: str) -> Read:
    """One of these words."""

    def read(raw: Any, name: str) -> str | Refusal:
        if isinstance(raw, str) and raw in values:
            return raw
        return Refusal("BAD_VALUE", name, f"{name} must be one of {', '.join(values)}, not {_shown(raw)}")

    return read


def above_zero(raw: Any, name: str) -> Decimal | Refusal:
    """A quantity or price."""
    return parse_decimal(raw, name, positive=True)


def number(raw: Any, name: str) -> Decimal | Refusal:
    """A number of either sign, as an offset is."""
    return parse_decimal(raw, name)


def instant(raw: Any, name: str) -> datetime | Refusal:
    """A time in ISO 8601 that says its zone."""
    try:
        found = datetime.fromisoformat(raw) if isinstance(raw, str) and raw.isascii() and len(raw) <= 40 else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        return Refusal(
            "BAD_VALUE", name, f"{name} must be a time in ISO 8601 with its zone, such as 2026-12-31T21:00:00Z"
        )
    return found.astimezone(UTC)


def day(raw: Any, name: str) -> date | Refusal:
    """A date in ISO 8601."""
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        return Refusal("BAD_VALUE", name, f"{name} must be a date such as 2026-11-24")


def several(kind: type[StrEnum]) -> Read:
    """Some of an enumeration's values with a space between them; kept in alphabetical order, each once."""

    def read(raw: Any, name: str) -> str | Refusal:
        if not isinstance(raw, str) or len(raw) > 200 or not set(raw.split()) <= {str(member) for member in kind}:
            return Refusal("BAD_VALUE", name, f"{name} must be of {', '.join(kind)}, not {_shown(raw)}")
        return " ".join(sorted(set(raw.split())))

    return read


def flag(raw: Any, name: str) -> bool | Refusal:
    """true or false."""
    return raw if isinstance(raw, bool) else Refusal("BAD_VALUE", name, f"{name} must be true or false")


def key(raw: Any, name: str) -> int | Refusal:
    """A primary key, as a string of digits or an integer."""
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        return Refusal("BAD_VALUE", name, f"{name} must be an id")
    digits = str(raw)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19 and int(digits) <= MAX_ID):
        return Refusal("BAD_VALUE", name, f"{name} must be an id, not {_shown(raw)}")
    return int(digits)


def _unknown(name: str, fields: Mapping[str, Field]) -> Refusal:
    shown = ascii(name[:60])[1:-1]
    return Refusal("UNKNOWN_FIELD", shown, f"no field {shown!r}; the fields are {', '.join(fields)}")


def _shown(raw: Any) -> str:
    """A value as an answer repeats it: short, and safe whatever it was."""
    return ascii(raw[:40] if isinstance(raw, str) else type(raw).__name__)
