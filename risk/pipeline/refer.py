"""Rules that look at what another rule looks at: ``{"rule": "TECH"}`` in a filter stands for the filter of rule TECH.

What is approved is the text with every such name replaced: a later change of the other rule changes no rule in force.
"""

from collections.abc import Mapping
from typing import Any

from oms.base.refusal import Refusal

LONGEST_CHAIN = 20


def names_in(raw: Any) -> list[str]:
    """The rules that the filter of ``raw`` names."""
    filters = raw.get("filter") if isinstance(raw, dict) else None
    entries = filters if isinstance(filters, list) else []
    return [str(one["rule"]) for one in entries if isinstance(one, dict) and "rule" in one]


def inlined(code: str, raw: Any, others: Mapping[str, Any]) -> Any | list[Refusal]:
    """``raw`` with the filters of the rules it names in their place. ``others`` are rules as last written, by code.

    A rule that leads back to itself is refused with the way it leads, and one that does not exist by its name.
    """
    if not names_in(raw):
        return raw
    faults: list[Refusal] = []
    conditions = _filter(raw, (code,), others, faults)
    return faults or {**raw, "filter": conditions}


def _filter(raw: Any, path: tuple[str, ...], others: Mapping[str, Any], faults: list[Refusal]) -> list[Any]:
    conditions: list[Any] = []
    for at, one in enumerate(raw.get("filter") or []):
        if not isinstance(one, dict) or "rule" not in one:
            conditions.append(one)
            continue
        where, name = f"filter[{at}].rule", str(one["rule"])
        if len(one) > 1:
            faults.append(Refusal("UNKNOWN_FIELD", where, "a rule is named by itself: leave the other fields out"))
        elif name in path or len(path) > LONGEST_CHAIN:
            way = " -> ".join((*path, name))
            faults.append(Refusal("CIRCULAR_RULE", where, f"the rules lead back to where they began: {way}"))
        elif name not in others:
            faults.append(Refusal("UNKNOWN_RULE", where, f"there is no rule {name[:40]!a}"))
        else:
            conditions += _filter(others[name], (*path, name), others, faults)
    return conditions
