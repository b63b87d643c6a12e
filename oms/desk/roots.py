"""Finding and locking the root orders that a verb names, limits first."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from oms.base.refusal import Refusal
from oms.desk.asked import Actor, Answer, refused
from orders.book import Book, Line
from orders.models import Order, OrderRequest


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
    entered_by_id: int
    sender_comp_id: str

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
        "instrument__multiplier", "instrument__currency", "entered_by_id", "sender_comp_id",
    )  # fmt: skip
    return {row[0]: Root(*row) for row in columns}


def children_of(book: Book) -> dict[int, list[Line]]:
    """The children of each root in the book, oldest first."""
    families: dict[int, list[Line]] = {}
    for line in sorted(book.lines.values(), key=lambda one: one.id):
        if line.parent_id is not None:
            families.setdefault(line.parent_id, []).append(line)
    return families


class Chains(NamedTuple):
    """What is in flight on the orders of a book, and which ClOrdIDs of a batch were used before.

    ``latest`` is the last ClOrdID of each order that was not refused, as far as we know: a request names it in
    OrigClOrdID (41) while it is still pending (Appendix D, D.2.b). ``terms`` are those asked for by the last replace.
    """

    latest: dict[int, str]
    terms: dict[int, tuple[Decimal, Decimal | None, Decimal | None]]
    used: dict[tuple[str, str], int]


def chains(book: Book, names: Iterable[str]) -> Chains:
    """The chains of every order in the book, and who used ``names`` before. Two SELECTs, after the locks."""
    pending = OrderRequest.objects.filter(order_id__in=list(book.lines), state="pending").order_by("id")
    latest: dict[int, str] = {}
    terms: dict[int, tuple[Decimal, Decimal | None, Decimal | None]] = {}
    for order_id, name, kind, *asked in pending.values_list(
        "order_id", "cl_ord_id", "kind", "order_qty", "price", "stop_px"
    ):
        latest[order_id] = name
        if kind == "replace":
            terms[order_id] = tuple(asked)  # type: ignore[assignment]
    given = {name for name in names if name}
    senders = {line.sender_comp_id for line in book.lines.values()}
    before = OrderRequest.objects.filter(sender_comp_id__in=senders, cl_ord_id__in=given) if given else ()
    used = {(r.sender_comp_id, r.cl_ord_id): r.order_id for r in before}
    return Chains(latest, terms, used)


def objections(item: Names, book: Book, found: dict[int, Root], *, amending: bool = False) -> Answer | None:
    """Why ``item`` cannot be acted upon at all, or None."""
    if item.order_id not in found:
        return refused(Refusal("UNKNOWN_ORDER", "order_id", f"no order {item.order_id} on your desks"))
    line = book.lines[item.order_id]
    if item.version is not None and item.version != line.version:
        text = f"the order is at version {line.version}, not {item.version}"
        return no(line, Refusal("VERSION_CONFLICT", "version", text))
    if not (line.state.may_be_replaced if amending else line.state.is_open):
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
