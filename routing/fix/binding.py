"""QuickFIX, without the six thousand classes for FIX fields that its Python module defines and we never use.

They take 110 MB in every process that speaks FIX. We read and write messages as text (``routing.fix.codec``), so
only what wraps the C++ engine itself is kept.
"""

import ctypes
import gc

import _quickfix  # type: ignore[import-not-found]
import quickfix  # type: ignore[import-untyped]


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
__all__ = ["quickfix"]
