"""QuickFIX, without the six thousand classes for FIX fields that its Python module defines and we never use.

They take 110 MB in every process that speaks FIX. We read and write messages as text (``routing.fix.codec``), so
only what wraps the C++ engine itself is kept.
"""

import ctypes
import gc
from collections.abc import Mapping
from typing import Any

import _quickfix  # type: ignore[import-not-found]
import quickfix  # type: ignore[import-untyped]

from routing.fix.dictionary import FILES, HERE
from routing.fix.parts import FIX50


def _shed() -> None:
    for name, value in list(vars(quickfix).items()):
        is_field = isinstance(value, type) and issubclass(value, quickfix.FieldBase)
        if is_field and not hasattr(_quickfix, f"{name}_swigregister"):
            delattr(quickfix, name)
    gc.collect()
    # glibc keeps what was freed unless asked; another C library has no such call, and the memory is then reused.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


_shed()
__all__ = ["dictionaries", "quickfix", "settings_of"]


def dictionaries(version: str) -> tuple[Any, ...]:
    """What QuickFIX checks messages of ``version`` against."""
    files = FILES[version] if version == FIX50 else FILES[version][:1]
    return tuple(quickfix.DataDictionary(str(HERE / name)) for name in files)


def settings_of(values: Mapping[str, str]) -> Any:
    """Settings as QuickFIX takes them."""
    settings = quickfix.Dictionary()
    for key, value in values.items():
        settings.setString(key, value)
    return settings
