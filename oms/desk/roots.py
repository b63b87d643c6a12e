"""Finding and locking the root orders that a verb names, limits first."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from oms.base.refusal import Refusal
from oms.desk.asked import Actor, Answer, refused
from orders.book import Book, Line
from orders.models import Order


class Names(Protocol):
    """An item that names an order, and perhaps the version its sender has seen."""

    @property
    def order_id(self) -> int: ...
    @property
    def version(self) -> int | None: ...


class Root(NamedTuple):
    """What never changes about a root order, read before anything is locked."""

    id: int
    account_id: int
    instrument_id: int
    symbol: str
    asset_class: str
    multiplier: Decimal
    currency: str

    @property
    def key(self) -> tuple[int, int]:
        return self.account_id, self.instrument_id


def find(order_ids: Iterable[int], actor: Actor | None = None) -> dict[int, Root]:
    """The root orders among ``order_ids`` that lie on the actor's desks. One SELECT, no lock."""
    rows = Order.objects.filter(pk__in=sorted(set(order_ids)), parent__isnull=True)
    if actor is not None:
        rows = rows.filter(desk_id__in=actor.desk_ids)
    columns = rows.values_list(
        "id", "account_id", "instrument_id", "instrument__symbol", "instrument__asset_class",
        "instrument__multiplier", "instrument__currency",
    )  # fmt: skip
    return {row[0]: Root(*row) for row in columns}


def children_of(book: Book) -> dict[int, list[Line]]:
    """The children of each root in the book, oldest first."""
    families: dict[int, list[Line]] = {}
    for line in sorted(book.lines.values(), key=lambda one: one.id):
        if line.parent_id is not None:
            families.setdefault(line.parent_id, []).append(line)
    return families


def objections(item: Names, book: Book, found: dict[int, Root]) -> Answer | None:
    """Why ``item`` cannot be acted upon at all, or None."""
    if item.order_id not in found:
        return refused(Refusal("UNKNOWN_ORDER", "order_id", f"no order {item.order_id} on your desks"))
    line = book.lines[item.order_id]
    if item.version is not None and item.version != line.version:
        text = f"the order is at version {line.version}, not {item.version}"
        return no(line, Refusal("VERSION_CONFLICT", "version", text))
    if not line.state.is_open:
        return no(line, Refusal("ORDER_CLOSED", "", f"order {line.id} is {line.state.ord_status}"))
    return None


def no(line: Line, *refusals: Refusal) -> Answer:
    """A refusal that leaves ``line`` as it is."""
    return refused(*refusals, order_id=line.id, version=line.version, status=line.state.ord_status)


def yes(line: Line) -> Answer:
    """The answer to what was done to ``line``."""
    return Answer(line.id, line.version, line.state.ord_status)


def twice(items: Sequence[Names]) -> set[int]:
    """Positions of items that name an order which an earlier item of the batch names: one request at a time."""
    seen: set[int] = set()
    repeated = set()
    for at, item in enumerate(items):
        if item.order_id in seen:
            repeated.add(at)
        seen.add(item.order_id)
    return repeated
