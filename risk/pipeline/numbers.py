"""Numbers in rules and their cases: plain decimals in text, as everywhere at the doors, without the doors' database."""

import re
from decimal import Decimal
from typing import Any

from oms.base.refusal import Refusal

# 20 digits before the point and 8 after it, as the books keep them.
_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,8})?", re.ASCII)
_BEYOND = 10**20


def number(given: Any, field: str, *, positive: bool = False) -> Decimal | Refusal:
    """A number in text, or a whole number as JSON has it. A binary float has lost what was written, and is refused."""
    whole = isinstance(given, int) and not isinstance(given, bool) and abs(given) < _BEYOND
    if not whole and not (isinstance(given, str) and _PLAIN.fullmatch(given)):
        text = f'{field} must be plain decimal digits in text, such as "4.5", at most 20 before and 8 after the point'
        return Refusal("BAD_NUMBER", field, text)
    found = Decimal(given)
    if positive and found <= 0:
        return Refusal("NOT_POSITIVE", field, f"{field} must be greater than 0")
    return found
