"""What a control answers: an outcome of pass < alert < soft < hard, and the numbers it compared."""

from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple


class Outcome(IntEnum):
    """An order's outcome is the greatest of its controls'. Stored by name in lower case.

    ALERT is recorded and reported, SOFT needs an acknowledgement, HARD has no way round at the desk.
    """

    PASS = 0
    ALERT = 1
    SOFT = 2
    HARD = 3

    @property
    def label(self) -> str:
        """The name as rows, pages and REST carry it."""
        return self.name.lower()


Number = Decimal | str | None


class Result(NamedTuple):
    """One control's answer. ``measured`` is the number it compared, ``limit`` what it compared it with.

    ``reason_code`` and ``text`` are empty for a pass; otherwise the text is what a trader reads.
    """

    control: str
    outcome: Outcome
    reason_code: str = ""
    measured: Number = None
    limit: Number = None
    text: str = ""


def passed(control: str, measured: Number = None, limit: Number = None) -> Result:
    """Nothing to object."""
    return Result(control, Outcome.PASS, "", measured, limit)


def breach(
    control: str, outcome: Outcome, reason_code: str, text: str, measured: Number = None, limit: Number = None
) -> Result:
    """An objection, with the numbers."""
    return Result(control, outcome, reason_code, measured, limit, text)


def missing(control: str, what: str, limit: Number = None) -> Result:
    """A control that cannot see what it needs refuses: it never passes silently."""
    return Result(
        control,
        Outcome.HARD,
        "DATA_MISSING",
        None,
        limit,
        f"No {what} is known, so the order cannot be checked",
    )


def stale(control: str, what: str, age_s: Decimal, max_age_s: Decimal) -> Result:
    """Too old to check against is as good as missing."""
    text = f"The {what} is {show(age_s)} s old; at most {show(max_age_s)} s is allowed"
    return Result(control, Outcome.HARD, "DATA_STALE", age_s, max_age_s, text)


def within(
    control: str,
    reason_code: str,
    what: str,
    measured: Decimal,
    soft: Decimal | None,
    hard: Decimal | None,
    unit: str = "",
) -> Result:
    """``measured`` against a warning and a refusal limit, both inclusive: exactly the limit is within it."""
    unit = f" {unit}" if unit else ""
    if hard is not None and measured > hard:
        text = f"{what} {show(measured)}{unit} is above the limit {show(hard)}{unit}"
        return breach(control, Outcome.HARD, reason_code, text, measured, hard)
    if soft is not None and measured > soft:
        text = f"{what} {show(measured)}{unit} is above the warning level {show(soft)}{unit}"
        return breach(control, Outcome.SOFT, reason_code, text, measured, soft)
    return passed(control, measured, hard if soft is None else soft)


def show(number: Decimal) -> str:
    """A number as a person reads it: thousands separated, no exponent, no needless zeros, 8 places."""
    text = format(round(number, 8), ",f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def digits(number: Decimal) -> str:
    """A number as evidence keeps it: every digit, no exponent, no needless zeros after the point."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
