"""What stands in a cell: its text, where it leads, how it is coloured. The server and the scripts draw it alike."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from oms.templatetags import figures

NONE = "—"
MINUS = "\N{MINUS SIGN}"
BAR_PX = 120
CENT = Decimal("0.01")
# Minutes before a cut-off from which its clock warns.
SOON = 60
# The tone of a state and the shape beside its word: colour alone says nothing to some.
TONES: dict[str, tuple[str, str]] = {
    "good": ("good", "●"), "bad": ("bad", "✕"), "ask": ("ask", "◆"), "part": ("part", "◐"), "live": ("live", "○"),
    "gone": ("gone", "⊘"), "held": ("ask", "▮"), "wait": ("wait", "◌"),
}  # fmt: skip
STATES: Mapping[str, str] = {
    state: tone
    for tone, states in {
        "good": "matched settled resolved posted done signed affirmed booked processed closed in_force",
        "bad": "failing rejected late disputed",
        "ask": "draft unmatched open to_do submitted unsigned to_close asked proposed",
        "part": "partial effective overridden",
        "live": "sent accepted assigned confirmed announced present",
        "wait": "ready pending cancel_requested approved unconfirmed frozen not_compared ended",
        "held": "held",
        "gone": "cancelled void auto_closed superseded",
    }.items()
    for state in states.split()
}


class Cell(NamedTuple):
    """Text with what goes with it. ``share`` is a bar of -100 to 100 % about a zero line."""

    text: str
    href: str = ""
    tone: str = ""
    mark: str = ""
    title: str = ""
    share: int | None = None

    @property
    def image(self) -> Any:
        """As the scripts get it: text alone, or an object of what is not empty."""
        said = {name: value for name, value in self._asdict().items() if value not in ("", None)}
        return self.text if said.keys() <= {"text"} else said

    def html(self) -> SafeString:
        """As the server draws it: the same elements that static/ops/cells.js makes."""
        inner = format_html('<i aria-hidden="true">{}</i>{}', self.mark, self.text) if self.mark else self.text
        inner = format_html('<span class="state" data-tone="{}">{}</span>', self.tone, inner) if self.mark else inner
        if self.href:
            inner = format_html('<a href="{}">{}</a>', self.href, inner)
        if self.share is not None:
            inner = format_html("{}{}", _bar(self.share), inner)
        return format_html("{}", inner)


class Column(NamedTuple):
    """A column: ``sort`` is what its rows are ordered by ('' where they cannot be), ``kind`` words, num or bar."""

    name: str
    title: str
    kind: str = "words"
    sort: str = ""
    hint: str = ""


class Row(NamedTuple):
    """A row: its key, its cells, which acts are for it now, and what names it to them (its key, where that is None)."""

    key: str
    cells: tuple[Cell, ...]
    acts: tuple[str, ...] = ()
    tone: str = ""
    given: dict[str, Any] | None = None

    @property
    def image(self) -> dict[str, Any]:
        """As the scripts get it."""
        cells = [one.image for one in self.cells]
        told = {"key": self.key, "cells": cells, "acts": self.acts, "tone": self.tone}
        return told | ({} if self.given is None else {"given": self.given})


class Block(NamedTuple):
    """A titled table of a page or of a detail. ``empty`` says so when there are no rows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str = "Nothing."
    href: str = ""

    @property
    def image(self) -> dict[str, Any]:
        """As the scripts get it."""
        columns = [{"title": one.title, "kind": one.kind, "hint": one.hint} for one in self.columns]
        rows = [row.image for row in self.rows]
        return {"title": self.title, "href": self.href, "columns": columns, "rows": rows, "empty": self.empty}


class Detail(NamedTuple):
    """What is told of one row: facts, then tables, then texts (messages as they were sent) that fold away."""

    title: str
    state: Cell
    facts: tuple[tuple[str, Cell], ...]
    blocks: tuple[Block, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    href: str = ""
    acts: tuple[str, ...] = ()

    @property
    def said(self) -> list[tuple[str, Cell]]:
        """The facts there are: what is empty is not told."""
        return [(name, cell) for name, cell in self.facts if cell.text != NONE]

    @property
    def image(self) -> dict[str, Any]:
        """As the scripts get it."""
        return {
            "title": self.title, "state": self.state.image, "facts": [[name, cell.image] for name, cell in self.said],
            "blocks": [block.image for block in self.blocks], "texts": self.texts, "href": self.href, "acts": self.acts,
        }  # fmt: skip


def table(title: str, heads: str, rows: Iterable[Row], empty: str = "Nothing.", href: str = "") -> Block:
    """A block; ``heads`` are the titles of its columns with a bar between them, numbers marked with ``>``."""
    titles = [head.strip() for head in heads.split("|")]
    columns = (Column(head, head.removesuffix(">"), "num" if head.endswith(">") else "words") for head in titles)
    return Block(title, tuple(columns), tuple(rows), empty, href)


def lean(block: Block) -> Block:
    """The block without the columns in which no row says anything."""
    told = [at for at in range(len(block.columns)) if any(row.cells[at].text not in ("", NONE) for row in block.rows)]
    if not block.rows:
        return block
    rows = tuple(row._replace(cells=tuple(row.cells[at] for at in told)) for row in block.rows)
    return block._replace(columns=tuple(block.columns[at] for at in told), rows=rows)


def tile(count: int, title: str, says: str, href: str, tone: str = "ask") -> Cell:
    """A number of the overview: ``tone`` when there are any, green when there are none."""
    return Cell(f"{count:,}", href, tone if count else "good", says, title)


def words(value: object, **more: Any) -> Cell:
    """Words; underscores are blanks."""
    return Cell(NONE if value in (None, "") else str(value).replace("_", " "), **more)


def text(value: object, **more: Any) -> Cell:
    """Text as it is; nothing has no colour."""
    return Cell(NONE, title=more.get("title", "")) if value in (None, "") else Cell(str(value), **more)


def state(value: str, word: str = "") -> Cell:
    """A state in capitals, with its colour and its shape."""
    tone, mark = TONES[STATES.get(value, "live")]
    return Cell((word or value).replace("_", " ").upper(), tone=tone, mark=mark)


def side(value: str, word: str = "") -> Cell:
    """Buy or receive, sell or deliver."""
    return Cell((word or value).replace("_", " ").upper(), tone="buy" if value in ("buy", "receive") else "sell")


def qty(value: Decimal | int | None, **more: Any) -> Cell:
    """A quantity: thousands apart, no zeros behind."""
    return Cell(NONE) if value is None else Cell(figures.figure(Decimal(value)).replace("-", MINUS), **more)


def px(value: Decimal | None, **more: Any) -> Cell:
    """A price: as a quantity, and two decimals at least, so that points stand under each other."""
    return Cell(NONE) if value is None else Cell(figures.price(value).replace("-", MINUS), **more)


def money(value: Decimal | None, **more: Any) -> Cell:
    """Money to the cent."""
    return Cell(NONE, **more) if value is None else Cell(f"{_cents(value):,f}".replace("-", MINUS), **more)


def _cents(value: Decimal) -> Decimal:
    """To the cent; what rounds to nothing has no sign."""
    return value.quantize(CENT) + 0


def signed(value: Decimal | None, **more: Any) -> Cell:
    """Money that is gained or lost: the sign is always printed."""
    if value is None or not _cents(value):
        return money(value, **more)
    return Cell(f"{'+' if value > 0 else MINUS}{abs(_cents(value)):,f}", tone="up" if value > 0 else "down", **more)


def day(value: date | None, **more: Any) -> Cell:
    """A date in ISO 8601."""
    return Cell(NONE if value is None else value.isoformat(), **more)


def moment(value: datetime | None) -> Cell:
    """Date and time of day in UTC; the microseconds on hovering."""
    return Cell(NONE) if value is None else Cell(f"{value:%m-%d %H:%M:%S}", title=f"{value:%Y-%m-%d %H:%M:%S.%f} UTC")


def clock(until: datetime | None, at: datetime) -> Cell:
    """How long there is until a cut-off, or how long it has passed; the moment itself on hovering."""
    if until is None:
        return Cell(NONE)
    minutes = int((until - at).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    said = f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours}:{rest:02d}"
    title = f"{until:%Y-%m-%d %H:%M} UTC"
    if minutes < 0:
        return Cell(f"{said} past", tone="down", title=title)
    return Cell(f"in {said}", tone="warn" if minutes < SOON else "", title=title)


def _bar(share: int) -> SafeString:
    """The bar as SVG: attributes of it are no styles, so the content security policy lets them be."""
    half = BAR_PX // 2
    width = abs(share) * half // 100
    start = half if share >= 0 else half - width
    return format_html(
        '<svg class="bar" width="{}" height="10" aria-hidden="true">'
        '<rect class="{}" x="{}" y="1" width="{}" height="8"></rect>'
        '<line x1="{}" x2="{}" y1="0" y2="10"></line></svg>',
        BAR_PX, "in" if share >= 0 else "out", start, width, half, half,
    )  # fmt: skip
