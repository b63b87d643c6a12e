"""A page of the operations desk: rows with columns, filters, acts, and what is told of one row."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, ClassVar, NamedTuple

from django.db.models import Q, QuerySet

from oms.base.refusal import Refusal
from oms.blotter.ops.cells import Cell, Column, Detail, Row
from orders.models import User

PER_PAGE = 200
LONGEST = 64
Options = Callable[[], Iterable[tuple[str, str]]]


class Field(NamedTuple):
    """Something an act asks for. ``kind``: text, date, number, whole (sent as a number), shares, or choice.

    ``options`` are those of a choice, or what answers them when the page is read.
    """

    name: str
    title: str
    kind: str = "text"
    required: bool = True
    options: "tuple[tuple[str, str], ...] | Options" = ()
    hint: str = ""


class Act(NamedTuple):
    """Something operations does to rows, through a verb of the REST door.

    ``path`` is asked with ``method``: once for each row where it has ``{key}`` (or another name of what the row gives)
    or ``each`` is set, else once with the list of rows. A row is what it gives, or its key; fields and what is ``also``
    sent go with it. ``alone``: it is for no row. ``preview`` answers what would come of it; ``shows``: what is told of
    the row stands in the dialog. ``key`` is the letter that opens its dialog; nothing happens before that is confirmed.
    """

    name: str
    title: str
    key: str
    path: str
    says: str
    fields: tuple[Field, ...] = ()
    tone: str = ""
    also: tuple[tuple[str, Any], ...] = ()
    alone: bool = False
    each: bool = False
    preview: str = ""
    shows: bool = False
    method: str = "POST"


REASON = Field("reason", "Reason, for the record")


class Filter(NamedTuple):
    """A filter of the address. ``kind``: choice, date or text; ``narrow`` answers what a value means."""

    name: str
    title: str
    kind: str
    narrow: Callable[[str], Q]
    options: Options = tuple


class Asked(NamedTuple):
    """What the address asks for, and what is wrong with it."""

    values: dict[str, str]
    find: str
    sort: str
    page: int
    faults: tuple[Refusal, ...] = ()


class Found(NamedTuple):
    """The rows of one page out of ``total``, and sums over all of them."""

    rows: tuple[Row, ...]
    total: int
    sums: tuple[tuple[str, Cell], ...] = ()

    @property
    def image(self) -> dict[str, Any]:
        """As the scripts get it."""
        return {"rows": [row.image for row in self.rows], "total": self.total,
                "sums": [[name, cell.image] for name, cell in self.sums]}  # fmt: skip


class Sheet:
    """What every page of rows says about itself. A page on one thing (a ledger account) has its ``key``."""

    slug: ClassVar[str]
    title: ClassVar[str]
    empty: ClassVar[str] = "Nothing is like that."
    columns: ClassVar[tuple[Column, ...]] = ()
    filters: ClassVar[tuple[Filter, ...]] = ()
    acts: ClassVar[tuple[Act, ...]] = ()
    finds: ClassVar[tuple[Callable[[str], Q], ...]] = ()
    order: ClassVar[tuple[str, ...]] = ("-pk",)

    def __init__(self, user: User, key: int = 0) -> None:
        self.user, self.key = user, key

    @property
    def heading(self) -> str:
        """The title over the table."""
        return self.title

    def rows(self) -> QuerySet[Any]:
        """All rows there are."""
        raise NotImplementedError

    def shown(self, rows: Sequence[Any]) -> list[Row]:
        """The rows of a page as they are shown."""
        raise NotImplementedError

    def sums(self, rows: QuerySet[Any]) -> tuple[tuple[str, Cell], ...]:
        """What is told of all rows asked for, in the foot."""
        return ()

    def detail(self, key: int) -> Detail | None:
        """What is told of one row; None where there is no such row."""
        return None

    def read(self, asked: Asked) -> Found:
        """The page asked for. What is asked wrongly finds nothing."""
        if asked.faults:
            return Found((), 0)
        rows = self.narrowed(asked)
        start = (asked.page - 1) * PER_PAGE
        return Found(
            tuple(self.shown(list(self.ordered(rows, asked)[start : start + PER_PAGE]))), rows.count(), self.sums(rows)
        )

    def listed(self, rows: Sequence[Row], asked: Asked, sums: tuple[tuple[str, Cell], ...] = ()) -> Found:
        """A page of rows that are no table's: those in which every word that is to be found stands."""
        words = asked.find.lower().split()
        kept = [row for row in rows if all(word in _line(row) for word in words)]
        start = (asked.page - 1) * PER_PAGE
        return Found(tuple(kept[start : start + PER_PAGE]), len(kept), sums)

    def narrowed(self, asked: Asked) -> QuerySet[Any]:
        """The rows that every filter lets through."""
        rows = self.rows()
        for one in self.filters:
            if one.name in asked.values:
                rows = rows.filter(one.narrow(asked.values[one.name]))
        if asked.find:
            which = Q(pk=None)
            for means in self.finds:
                which |= means(asked.find)
            rows = rows.filter(which)
        return rows

    def ordered(self, rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
        """By the column asked for, else as this page always is; the key makes it one order."""
        paths = {column.name: column.sort for column in self.columns if column.sort}
        path = paths.get(asked.sort.removeprefix("-"))
        if path is None:
            return rows.order_by(*self.order)
        return rows.order_by(f"-{path}" if asked.sort.startswith("-") else path, *self.order)


def _line(row: Row) -> str:
    return " ".join(cell.text for cell in row.cells).lower()


def asked(sheet: Sheet, given: Any) -> Asked:
    """The address of a page, read strictly: an unknown filter is refused, since ignoring it would show more."""
    known = {one.name: one for one in sheet.filters}
    values: dict[str, str] = {}
    faults: list[Refusal] = []
    for name in given:
        value = str(given[name]).strip()
        if name in ("sort", "page", "find", "open") or not value:
            continue
        if name not in known:
            faults.append(Refusal("UNKNOWN_FIELD", name[:LONGEST], f"no filter {name[:LONGEST]!r}"))
        elif fault := _fault(known[name], value):
            faults.append(fault)
        else:
            values[name] = value
    find, sort, page = (str(given.get(name, "")).strip() for name in ("find", "sort", "page"))
    if "\0" in find or len(find) > LONGEST:
        faults.append(Refusal("BAD_TEXT", "find", f"find takes up to {LONGEST} printable characters"))
    if sort and sort.removeprefix("-") not in {column.name for column in sheet.columns if column.sort}:
        faults.append(Refusal("BAD_VALUE", "sort", f"no column {sort[:LONGEST]!r} to sort by"))
    if page and not (page.isascii() and page.isdigit() and int(page[:7]) > 0 and len(page) < 7):
        faults.append(Refusal("BAD_VALUE", "page", "page must be a number from 1 on"))
    return Asked(values, find, sort, 1 if faults or not page else int(page), tuple(faults))


def _fault(one: Filter, value: str) -> Refusal | None:
    if one.kind == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return Refusal("BAD_VALUE", one.name, f"{one.name} must be a date such as 2026-11-24")
    if one.kind == "choice" and value not in {name for name, _ in one.options()}:
        return Refusal("BAD_VALUE", one.name, f"{one.name} must be one of those offered, not {value[:LONGEST]!r}")
    if "\0" in value or len(value) > LONGEST:
        return Refusal("BAD_TEXT", one.name, f"{one.name} takes up to {LONGEST} printable characters")
    return None


def equal(path: str) -> Callable[[str], Q]:
    """Rows whose ``path`` is the value."""
    return lambda value: Q(**{path: value})


def has(path: str) -> Callable[[str], Q]:
    """Rows whose ``path`` begins with the value, in capitals or not."""
    return lambda value: Q(**{f"{path}__istartswith": value})


def number(path: str) -> Callable[[str], Q]:
    """Rows whose ``path`` is the number given; none where it is no number."""
    return lambda value: (
        Q(**{path: int(value)}) if value.isascii() and value.isdigit() and len(value) < 19 else Q(pk=None)
    )
