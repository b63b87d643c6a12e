"""XML as small trees: what is written is named tuples of names and values, what is read is asked for by path.

The parser takes nothing but the document: no entities, no document type, no network, no tree of absurd depth or size.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from lxml import etree

from oms.base.money import parse_decimal
from oms.base.refusal import Refusal

# Characters that XML 1.0 (section 2.2) cannot hold in any way: controls, lone surrogates, non-characters.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = re.compile(r"[^&<>\"\r\n\t]*").fullmatch
_ENTITIES = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;",
}  # fmt: skip
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
Node = tuple[Any, ...]  # name, then children: text, an attribute mapping, a node, or None for what is left out


class Fault(Exception):
    """A value that cannot be written, or a message that cannot be read: carries the refusal to whoever asked."""

    def __init__(self, code: str, field: str, text: str) -> None:
        super().__init__(text)
        self.refusal = Refusal(code, field, text)


def document(namespace: str, node: Node) -> bytes:
    """``node`` and all below it, in ``namespace``, in UTF-8, no declaration. Raises Fault for what XML cannot hold.

    It is put together as text: building a tree to write it out costs five times as much, and a day has 100,000 of them.
    """
    out: list[str] = []
    _write(out, node, f' xmlns="{namespace}"')
    return "".join(out).encode()


def content(text: str, field: str) -> bytes:
    """``text`` as it stands between tags. Raises Fault for what XML cannot hold."""
    return _escaped(writable(text, field)).encode()


def _write(out: list[str], node: Node, attributes: str = "") -> None:
    name = node[0]
    at = len(out)
    out.append("")
    for child in node[1:]:
        if child is None:
            continue
        if type(child) is str:
            out.append(_escaped(writable(child, name)))
        elif type(child) is tuple:
            _write(out, child)
        else:
            attributes += "".join(f' {key}="{_escaped(writable(value, key))}"' for key, value in child.items())
    out[at] = f"<{name}{attributes}>"
    out.append(f"</{name}>")


def _escaped(text: str) -> str:
    """As it may stand between tags and in an attribute."""
    if _PLAIN(text):
        return text
    return "".join(_ENTITIES.get(letter, letter) for letter in text)


def writable(text: str, field: str) -> str:
    """``text``, if XML can hold it."""
    if found := _FORBIDDEN.search(text):
        raise Fault("BAD_TEXT", field, f"{field} holds {found.group()!a}, which no XML document can hold")
    return text


def parse(data: bytes) -> etree._Element:
    """The tree of ``data``. Raises Fault: MALFORMED_XML or BAD_ENCODING."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("BAD_ENCODING", "", f"not UTF-8: byte {error.start} of the message") from error
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Fault("MALFORMED_XML", "", f"not well-formed: {error.msg}"[:300]) from error


class Reader:
    """An element that is asked for what stands below it, by path. What is missing or wrong raises Fault."""

    def __init__(self, element: etree._Element, where: str = "") -> None:
        self.element, self.where = element, where
        self.namespace = etree.QName(element).namespace or ""

    def find(self, path: str) -> "Reader | None":
        """The first element at ``path``."""
        found = self.element.find(_qualified(self.namespace, path))
        return None if found is None else Reader(found, self._at(path))

    def need(self, path: str) -> "Reader":
        """The first element at ``path``, which must be there."""
        found = self.find(path)
        if found is None:
            raise Fault("MISSING", path, f"{self._at(path)} is missing")
        return found

    def all(self, path: str) -> Iterator["Reader"]:
        """Every element at ``path``, in order."""
        for one in self.element.iterfind(_qualified(self.namespace, path)):
            yield Reader(one, self._at(path))

    def text(self, path: str, otherwise: str | None = None) -> str:
        """The text at ``path``; ``otherwise`` (if given) where there is no such element."""
        found = self.element.find(_qualified(self.namespace, path))
        if found is None:
            if otherwise is None:
                raise Fault("MISSING", path, f"{self._at(path)} is missing")
            return otherwise
        if len(found):
            raise Fault("BAD_TEXT", path, f"{self._at(path)} is not text alone")
        return found.text or ""

    def word(self, path: str, words: dict[str, str]) -> str:
        """What the code at ``path`` means in ours."""
        code = self.text(path)
        if code not in words:
            raise Fault("BAD_VALUE", path, f"{self._at(path)} is {code[:20]!a}, not one of {', '.join(words)}")
        return words[code]

    def decimal(self, path: str) -> Decimal:
        """The number at ``path``."""
        number = parse_decimal(self.text(path).strip(), self._at(path))
        if isinstance(number, Refusal):
            raise Fault(*number)
        return number

    def day(self, path: str) -> date:
        """The date at ``path`` (ISODate)."""
        text = self.text(path)
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise Fault("BAD_VALUE", path, f"{self._at(path)} is {text[:20]!a}, not a date as 2026-11-24")

    def moment(self, path: str) -> datetime:
        """The time at ``path`` (ISODateTime)."""
        text = self.text(path)
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise Fault("BAD_VALUE", path, f"{self._at(path)} is {text[:40]!a}, not a time of ISO 8601") from None

    def attribute(self, name: str) -> str:
        """An attribute of the element itself."""
        value = self.element.get(name)
        if not value:
            raise Fault("MISSING", name, f"{self.where}/@{name} is missing")
        return value

    def _at(self, path: str) -> str:
        return f"{self.where}/{path}" if self.where else path


@cache
def _qualified(namespace: str, path: str) -> str:
    return "/".join(f"{{{namespace}}}{part}" if part != "." else "." for part in path.split("/"))
