"""Finding and locking the root orders that a verb names, limits first."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from django.db.models import Max, Q

from oms.base.refusal import Refusal
from oms.desk.asked import Actor, Answer, refused
from orders.book import Book, Line
from orders.legs import Follower, label
from orders.lists import LEG, WHOLE
from orders.models import ListOrder, Order, OrderRequest
from orders.reference import issuer_of
from orders.vocabulary import Composition, Hold


class Names(Protocol):
    """An item that names an order, and perhaps the version its sender has seen."""

    @property
    def order_id(self) -> int: ...
    @property
    def version(self) -> int | None: ...


class LegOf(NamedTuple):
    """Where a leg belongs: the spread, its number there, how many make one of it, what the client calls it."""

    whole_id: int
    seq_no: int
    ratio_qty: Decimal
    leg_ref_id: str
    side: str


class Root(NamedTuple):
    """What never changes about a root order, read before anything is locked; ``hold`` is what it was then.

    ``market`` is where the instrument is listed first. A spread's symbol names all its legs.
    """

    id: int
    account_id: int
    instrument_id: int
    symbol: str
    asset_class: str
    multiplier: Decimal
    currency: str
    entered_by_id: int
    sender_comp_id: str
    strategy: str
    market: str
    issuer: str
    composition: str = ""
    leg: LegOf | None = None
    hold: str = ""

    @property
    def key(self) -> tuple[int, int]:
        return self.account_id, self.instrument_id


def find(order_ids: Iterable[int], actor: Actor | None = None) -> dict[int, Root]:
    """The root orders among ``order_ids`` that lie on the actor's desks, and the legs of spreads among them.

    One SELECT, and one more where there is a spread. No lock.
    """
    rows = Order.objects.filter(pk__in=sorted(set(order_ids)), parent__isnull=True)
    if actor is not None:
        rows = rows.filter(desk_id__in=actor.desk_ids)
    columns = rows.values_list(*_ROOT, issuer_of("instrument__"), "composition", "hold")
    found = {row[0]: Root(*row[:-1])._replace(hold=row[-1]) for row in columns}
    wholes = [pk for pk, root in found.items() if root.composition == Composition.MULTILEG]
    if not wholes:
        return found
    joined = legs(wholes)
    for pk, parts in by_whole(joined).items():
        found[pk] = found[pk]._replace(symbol=label([leg.symbol for leg in parts]))
    return found | joined


_ROOT = (
    "id", "account_id", "instrument_id", "instrument__symbol", "instrument__asset_class",
    "instrument__multiplier", "instrument__currency", "entered_by_id", "sender_comp_id", "strategy",
    "instrument__primary_mic",
)  # fmt: skip


def legs(whole_ids: Iterable[int]) -> dict[int, Root]:
    """The legs of spreads, in their order. One SELECT; none where there is no spread. They never change."""
    wholes = sorted(set(whole_ids))
    if not wholes:
        return {}
    rows = ListOrder.objects.filter(role=LEG, list__members__role=WHOLE, list__members__order_id__in=wholes)
    columns: Any = (*(f"order__{name}" for name in _ROOT), issuer_of("order__instrument__"), "list__members__order_id",
               "seq_no", "ratio_qty", "leg_ref_id", "order__side")  # fmt: skip
    found = rows.order_by("list__members__order_id", "seq_no").values_list(*columns)
    size = len(_ROOT) + 1
    return {row[0]: Root._make([*row[:size], "", LegOf(*row[size:]), ""]) for row in found}


def by_whole(found: Mapping[int, Root]) -> dict[int, list[Root]]:
    """The legs among ``found`` of each spread, in their order."""
    families: dict[int, list[Root]] = {}
    for root in found.values():
        if root.leg is not None:
            families.setdefault(root.leg.whole_id, []).append(root)
    return families


def have_follow(book: Book, found: Mapping[int, Root]) -> None:
    """From now on what is noted on a spread of ``found`` is noted on its legs, and so on what venues have of them.

    Orders for the legs are sent as one with the spread's, so the n-th of the spread is the n-th of each leg.
    """
    families = children_of(book)
    for parts in by_whole(found).values():
        for leg in parts:
            assert leg.leg is not None
            led = [book.lines[leg.leg.whole_id], *families.get(leg.leg.whole_id, [])]
            for whole, line in zip(led, [book.lines[leg.id], *families.get(leg.id, [])], strict=False):
                follower = Follower(line, leg.leg.ratio_qty, str(leg.leg.seq_no), leg.symbol)
                book.followers.setdefault(whole.id, []).append(follower)


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
    """The chains of every order in the book, and who used ``names`` before. Two SELECTs, after the locks.

    A venue may accept a request before the one it follows, or before it acknowledges the order: what comes last is the
    youngest that was not refused.
    """
    asked_for = OrderRequest.objects.filter(order_id__in=list(book.lines))
    accepted = asked_for.filter(state="accepted").order_by().values("order_id").annotate(youngest=Max("pk"))
    standing = asked_for.filter(Q(state="pending") | Q(pk__in=accepted.values("youngest"))).order_by("id")
    latest: dict[int, str] = {}
    terms: dict[int, tuple[Decimal, Decimal | None, Decimal | None]] = {}
    for order_id, name, kind, state, *asked in standing.values_list(
        "order_id", "cl_ord_id", "kind", "state", "order_qty", "price", "stop_px"
    ):
        latest[order_id] = name
        if state == "accepted":
            terms.pop(order_id, None)  # the order has them
        elif kind == "replace":
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
    if line.hold == Hold.LEG:
        return no(line, Refusal("IS_A_LEG", "order_id", f"order {line.id} is a leg: act on the spread as a whole"))
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
