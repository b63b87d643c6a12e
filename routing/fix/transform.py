"""Tag transformations of a session, as data: what a counterparty wants written otherwise than the standard has it.

A rule: ``{"direction": "out", "msg_type": ["D", "G"], "when": {"40": "2"}, "set": {"18": "6"}, "remove": ["21"],
"rename": {"100": "207"}, "copy": {"1": "440"}, "map": {"59": {"1": "6"}}}``. Rules are applied in order; within one
the steps are copy, map, rename, remove, set. ``when`` wants each tag to have that text; "" means that it is absent, "*"
that it is there. Of a tag that appears more than once, as in a repeating group, only the first changes. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from routing.fix.fields import SESSION_TAGS

SOH = "\x01"
Rule = Mapping[str, Any]
_TAG = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_VALUE = re.compile(r"[ -~]+")
_STEPS = ("copy", "map", "rename", "remove", "set")
_KEYS = {"direction", "msg_type", "when", *_STEPS}


def problems(rules: Any) -> list[str]:
    """Why ``rules`` cannot be saved; empty when they can."""
    if not isinstance(rules, list):
        return ["the rules are not a list"]
    return [f"rule {number}: {text}" for number, rule in enumerate(rules, 1) for text in _problems(rule)]


def apply(rules: Sequence[Rule], direction: str, message: str) -> str:
    """The message (a body or a whole one) as the rules of ``direction``, "in" or "out", make it."""
    if not rules:
        return message
    parts = [_split(part) for part in message.split(SOH) if part]
    kind = next((value for tag, value in parts if tag == "35"), "")
    for rule in rules:
        if rule.get("direction") == direction and kind in rule.get("msg_type", (kind,)) and _holds(rule, parts):
            parts = _changed(rule, parts)
    return SOH.join([*(f"{tag}={value}" if tag else value for tag, value in parts), ""])


def preview(rules: Sequence[Rule], raw: str, direction: str = "out") -> tuple[str, str]:
    """Before and after, with "|" for SOH; ``raw`` may be written with either."""
    before = raw if SOH in raw else raw.replace("|", SOH)
    return before.replace(SOH, "|"), apply(rules, direction, before).replace(SOH, "|")


Parts = list[tuple[str, str]]


def _split(part: str) -> tuple[str, str]:
    """Tag and text; what has no "=" is the rest of a data field, and stays as it is."""
    tag, equals, value = part.partition("=")
    return (tag, value) if equals else ("", part)


def _holds(rule: Rule, parts: Parts) -> bool:
    found = dict(reversed(parts))
    return all(
        (wanted == "*" and tag in found) or found.get(tag, "") == wanted for tag, wanted in rule.get("when", {}).items()
    )


def _changed(rule: Rule, parts: Parts) -> Parts:
    parts = list(parts)
    for source, target in rule.get("copy", {}).items():
        at = _index(parts, source)
        if at is not None:
            parts = _put(parts, target, parts[at][1])
    for tag, values in rule.get("map", {}).items():
        at = _index(parts, tag)
        if at is not None:
            parts[at] = (tag, values.get(parts[at][1], parts[at][1]))
    for source, target in rule.get("rename", {}).items():
        at = _index(parts, source)
        if at is not None:
            value = parts.pop(at)[1]
            parts = _put(parts, target, value)
    for tag in rule.get("remove", ()):
        at = _index(parts, tag)
        if at is not None:
            del parts[at]
    for tag, value in rule.get("set", {}).items():
        parts = _put(parts, tag, value)
    return parts


def _index(parts: Parts, tag: str) -> int | None:
    return next((at for at, (found, _) in enumerate(parts) if found == tag), None)


def _put(parts: Parts, tag: str, value: str) -> Parts:
    """Replace the first, or add behind the body's last field: never into a group, never behind the checksum."""
    at = _index(parts, tag)
    if at is not None:
        return [*parts[:at], (tag, value), *parts[at + 1 :]]
    # After MsgType: no group begins before it.
    kind = _index(parts, "35") or 0
    return [*parts[: kind + 1], (tag, value), *parts[kind + 1 :]]


def _problems(rule: Any) -> list[str]:
    if not isinstance(rule, dict):
        return ["is not an object"]
    found = [f"does not know {key!r}" for key in rule if key not in _KEYS]
    if rule.get("direction") not in ("in", "out"):
        found.append('direction is neither "in" nor "out"')
    kinds = rule.get("msg_type", [])
    if not isinstance(kinds, list) or not all(isinstance(kind, str) and kind.isalnum() for kind in kinds):
        found.append("msg_type is not a list of message types")
    if not any(rule.get(step) for step in _STEPS):
        found.append("changes nothing")
    found += _bad_values("when", rule.get("when", {}), empty=True) + _bad_values("set", rule.get("set", {}))
    found += _bad_pairs("rename", rule.get("rename", {})) + _bad_pairs("copy", rule.get("copy", {}))
    return found + _bad_map(rule.get("map", {})) + _bad_list(rule.get("remove", []))


def _bad_tag(step: str, tag: Any) -> list[str]:
    if not isinstance(tag, str) or not _TAG.fullmatch(tag):
        return [f"{step}: {tag!r} is not a tag"]
    return [f"{step}: tag {tag} belongs to the session"] if tag in SESSION_TAGS and step != "when" else []


def _bad_text(step: str, value: Any) -> list[str]:
    good = isinstance(value, str) and _VALUE.fullmatch(value)
    return [] if good else [f"{step}: {value!r} is not printable ASCII text"]


def _bad_values(step: str, pairs: Any, *, empty: bool = False) -> list[str]:
    if not isinstance(pairs, dict):
        return [f"{step} is not an object"]
    texts = [value for value in pairs.values() if value or not empty]
    return [text for tag in pairs for text in _bad_tag(step, tag)] + [
        text for value in texts for text in _bad_text(step, value)
    ]


def _bad_pairs(step: str, pairs: Any) -> list[str]:
    if not isinstance(pairs, dict):
        return [f"{step} is not an object"]
    return [text for pair in pairs.items() for tag in pair for text in _bad_tag(step, tag)]


def _bad_map(tables: Any) -> list[str]:
    if not isinstance(tables, dict):
        return ["map is not an object"]
    found = [text for tag in tables for text in _bad_tag("map", tag)]
    for tag, values in tables.items():
        if not isinstance(values, dict) or not values:
            found.append(f"map: {tag} has no object of texts")
            continue
        found += [text for pair in values.items() for value in pair for text in _bad_text("map", value)]
    return found


def _bad_list(tags: Any) -> list[str]:
    if not isinstance(tags, list):
        return ["remove is not a list"]
    return [text for tag in tags for text in _bad_tag("remove", tag)]
