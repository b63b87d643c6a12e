"""How answers leave: compact JSON, decimals as strings, times in UTC."""

from decimal import Decimal
from typing import Any

import orjson
from django.http import HttpResponse

from oms.base.money import plain

JSON = "application/json"
PROBLEM = "application/problem+json"


def dump(value: Any) -> bytes:
    """``value`` as JSON. Lone surrogates cannot come in (strict.py, fields.py), so none can be here."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def answer(value: Any, status: int = 200, content_type: str = JSON, **headers: str) -> HttpResponse:
    """A response with ``value``. Header names are written with underscores: ``Retry_After``."""
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return HttpResponse(dump(value), status=status, content_type=content_type, headers=names)


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} in an answer")
