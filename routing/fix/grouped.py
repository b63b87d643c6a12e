"""Repeating groups, out and in: lists of dicts here, a count and its fields in order on the wire."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from routing.fix import versions
from routing.fix.fields import FIELDS, SESSION_TAGS
from routing.fix.kinds import read_integer
from routing.fix.malformed import Malformed, Reason
from routing.fix.parts import Entry, Group, Part, is_in

SOH = "\x01"
_MOST = 10_000
# Before a group of the body: it goes behind the plain fields, or it would swallow those that its entries may have too.
# No text can hold this character.
BEHIND = "\x02"
Encoder = tuple[str, Callable[[Any], str]]
Decoder = tuple[str, Callable[[str], Any] | None]
Parts = Sequence[tuple[str, str]]


def table_out(version: str, parts: Sequence[Part] | None = None) -> dict[str, Encoder]:
    """Name to how it is written: of all fields, or of the fields and groups among ``parts``."""
    if parts is None:
        return {name: _field_out(name, version) for name in FIELDS if is_in(FIELDS[name].tag, version)}
    groups = {part.name: part for part in parts if isinstance(part, Group) and is_in(part.tag, version)}
    return {name: (f"{BEHIND}{group.tag}=", _group_out(group, version)) for name, group in groups.items()}


def table_in(version: str, parts: Sequence[Part] | None = None) -> "Table":
    """How the fields and groups of a message are read; without ``parts`` every field, and no group.

    Fields of other versions are read too: a counterparty may be ahead of the version it says it speaks.
    """
    names = {str(field.tag): (name, _kind(name, version).decode) for name, field in FIELDS.items()}
    groups = [part for part in parts or () if isinstance(part, Group)]
    return Table(names, {str(group.tag): _group_in(group, version) for group in groups})


class Table:
    """What is read: tag to field, and tag to group."""

    def __init__(self, names: Mapping[str, Decoder], groups: Mapping[str, "GroupTable"]) -> None:
        self.names = dict(names)
        self.groups = dict(groups)

    def read(self, parts: Parts, at: int, delimiter: str | None) -> tuple[dict[str, Any], int]:
        """The fields from ``at`` on. A group entry (``delimiter`` given) ends at the first that is not its own."""
        fields: dict[str, Any] = {}
        unknown: dict[str, str] = {}
        seen: set[str] = set()
        while at < len(parts):
            tag, value = parts[at]
            group, known = self.groups.get(tag), self.names.get(tag)
            if delimiter is not None and ((known is None and group is None) or (tag == delimiter and tag in seen)):
                break
            if tag in seen:
                raise Malformed(f"tag {tag} appears more than once", int(tag), Reason.REPEATED)
            seen.add(tag)
            at += 1
            if group is not None:
                items, at = group.read_all(parts, at, tag, value)
                if items:
                    fields[group.name] = items
            elif known is not None:
                fields[known[0]] = _value(tag, value, known[1])
            elif tag not in SESSION_TAGS:
                unknown[tag] = value
        if unknown:
            fields["unknown"] = unknown
        return fields, at


class GroupTable(Table):
    """The entries of one group. Each begins with ``delimiter``."""

    def __init__(
        self, name: str, delimiter: str, names: Mapping[str, Decoder], groups: Mapping[str, "GroupTable"]
    ) -> None:
        super().__init__(names, groups)
        self.name, self.delimiter = name, delimiter

    def read_all(self, parts: Parts, at: int, tag: str, count: str) -> tuple[list[dict[str, Any]], int]:
        """As many entries as there are; Malformed unless they are as many as ``count`` says."""
        said = _value(tag, count, read_integer)
        items: list[dict[str, Any]] = []
        while at < len(parts) and parts[at][0] == self.delimiter:
            item, at = self.read(parts, at, self.delimiter)
            items.append(item)
        if len(items) == said:
            return items, at
        if not items and said and at < len(parts) and parts[at][0] in self.names:
            raise Malformed(
                f"tag {parts[at][0]} stands before {self.delimiter}, which begins an entry of {tag}",
                int(parts[at][0]), Reason.GROUP_OUT_OF_ORDER,
            )  # fmt: skip
        raise Malformed(f"tag {tag} counts {count} entries, there are {len(items)}", int(tag), Reason.GROUP_COUNT)


def _value(tag: str, value: str, decoder: Callable[[str], Any] | None) -> Any:
    try:
        return decoder(value) if decoder else value
    except KeyError as error:
        raise Malformed(f"tag {tag}={value!r} is not a value of it", int(tag), Reason.VALUE_INCORRECT) from error
    except Malformed as error:
        raise Malformed(f"tag {tag}={value!r} is not valid: {error}", int(tag), error.reason) from error


def _kind(name: str, version: str) -> Any:
    return versions.KINDS[version].get(name) or FIELDS[name].kind


def _field_out(name: str, version: str) -> Encoder:
    return f"{FIELDS[name].tag}=", _kind(name, version).encode


def _part_out(part: Part, version: str) -> Encoder:
    return (f"{part.tag}=", _group_out(part, version)) if isinstance(part, Group) else _field_out(part.name, version)


def _group_in(group: Group, version: str) -> GroupTable:
    fields = [part.name for part in group.entries if isinstance(part, Entry)]
    names = {str(FIELDS[name].tag): (name, _kind(name, version).decode) for name in fields}
    groups = {str(part.tag): _group_in(part, version) for part in group.entries if isinstance(part, Group)}
    return GroupTable(group.name, str(FIELDS[fields[0]].tag), names, groups)


def _group_out(group: Group, version: str) -> Callable[[Any], str]:
    """An encoder of the list: the count, then each entry's fields in the order of the group."""
    inner = {
        part.name: _part_out(part, version)
        for part in group.entries
        if is_in(part.tag if isinstance(part, Group) else FIELDS[part.name].tag, version)
    }  # fmt: skip
    first = group.entries[0].name

    def encode(items: Any) -> str:
        if not isinstance(items, list | tuple) or not 0 < len(items) <= _MOST:
            raise Malformed(f"{group.name} is not a list of 1 to {_MOST} entries", group.tag, Reason.GROUP_COUNT)
        return SOH.join([str(len(items)), *(_entry_out(item, inner, first) for item in items)])

    return encode


def _entry_out(item: Mapping[str, Any], inner: Mapping[str, Encoder], first: str) -> str:
    strangers = [name for name, value in item.items() if name not in inner and value is not None]
    if strangers or item.get(first) is None:
        raise Malformed(f"an entry has {strangers[0]}" if strangers else f"an entry has no {first}")
    parts = []
    for name, (tag, encoder) in inner.items():
        value = item.get(name)
        if value is not None:
            parts.append(tag + _written(name, value, encoder))
    return SOH.join(parts)


def _written(name: str, value: Any, encoder: Callable[[Any], str]) -> str:
    try:
        return encoder(value)
    except Malformed as error:
        tag = error.tag or (FIELDS[name].tag if name in FIELDS else 0)
        raise Malformed(f"{name}: {error}", tag, error.reason) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise Malformed(f"{name}={value!r} has no form", FIELDS[name].tag) from error
