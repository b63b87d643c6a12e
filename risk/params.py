"""Parameters of the controls: frozen dataclasses that describe themselves, and the one reader of their JSON.

A control's parameters are declared once, each annotated with what it means. The same declaration validates a
rule, draws its form and reads a case of a conformance file.
"""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from risk.result import Outcome


@dataclass(frozen=True, slots=True)
class Nothing:
    """The parameters of a control that has none."""


class ParamError(ValueError):
    """The parameters do not fit the control. ``messages`` are one sentence for each fault."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = list(messages)


class Param(NamedTuple):
    """What an annotated field of a parameter class holds. ``default`` is filled in from the class."""

    read: Callable[[Any, str, "Param"], Any]
    help: str
    unit: str = ""
    above_zero: bool = False
    values: tuple[str, ...] = ()
    default: Any = MISSING


def number(help_text: str, unit: str = "", *, above_zero: bool = False) -> Param:
    """A Decimal that is not negative."""
    return Param(_number, help_text, unit, above_zero)


def choice(help_text: str, values: tuple[str, ...]) -> Param:
    """One of ``values``."""
    return Param(_choice, help_text, values=values)


def outcome(help_text: str) -> Param:
    """How grave a breach is: an ``Outcome`` by its label."""
    return Param(_outcome, help_text, values=tuple(o.label for o in Outcome))


def text(help_text: str) -> Param:
    """Free text, such as a currency."""
    return Param(_text, help_text)


def currency(help_text: str) -> Param:
    """A code of ISO 4217."""
    return Param(_currency, help_text)


@cache
def declared(kind: type) -> dict[str, Param]:
    """The parameters of ``kind`` by name, in order."""
    hints = get_type_hints(kind, include_extras=True)
    return {f.name: hints[f.name].__metadata__[0]._replace(default=f.default) for f in fields(kind)}


def read(kind: type, raw: Any) -> Any:
    """``raw`` JSON as an instance of ``kind``. Raises ``ParamError`` naming every fault at once."""
    if not isinstance(raw, dict):
        raise ParamError("the parameters must be a JSON object")
    known = declared(kind)
    names = ", ".join(known) or "none"
    faults = [f"unknown parameter {name} (this control takes: {names})" for name in raw if name not in known]
    values: dict[str, Any] = {}
    for name, param in known.items():
        given = raw.get(name)
        if given in (None, ""):
            if param.default is MISSING:
                faults.append(f"{name} is required: {param.help}")
            continue
        try:
            values[name] = param.read(given, name, param)
        except ParamError as fault:
            faults += fault.messages
    if not faults:
        parsed = kind(**values)
        faults = parsed.faults() if hasattr(parsed, "faults") else []
    if faults:
        raise ParamError(*faults)
    return parsed


def _number(given: Any, name: str, param: Param) -> Decimal:
    """A binary float is refused: it has already lost what was written."""
    problem = ParamError(f'{name} must be a number, in text such as "0.5", not {given!r}')
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise problem
    try:
        value = Decimal(given)
    except InvalidOperation:
        raise problem from None
    if not value.is_finite():
        raise problem
    if value < 0:
        raise ParamError(f"{name} must not be below 0")
    if value == 0 and param.above_zero:
        raise ParamError(f"{name} must be above 0")
    return value


def _choice(given: Any, name: str, param: Param) -> str:
    if given not in param.values:
        raise ParamError(f"{name} must be one of {', '.join(param.values)}, not {given!r}")
    return str(given)


def _outcome(given: Any, name: str, param: Param) -> Outcome:
    return Outcome[_choice(given, name, param).upper()]


def _currency(given: Any, name: str, param: Param) -> str:
    code = _text(given, name, param)
    if len(code) != 3 or not code.isascii() or not code.isalpha() or not code.isupper():
        raise ParamError(f"{name} must be a currency such as USD, not {given!r}")
    return code


def _text(given: Any, name: str, _param: Param) -> str:
    if not isinstance(given, str):
        raise ParamError(f"{name} must be text, not {given!r}")
    return given
