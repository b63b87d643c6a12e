"""Requests in flight: which a venue's answer settles, and when those on the parent are answered by it."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from oms.base.prepared import Prepared
from oms.desk.arrivals import Arrival
from orders.book import Book, Line
from orders.models import OrderRequest
from orders.rollup import Answered
from orders.vocabulary import ExecType

Name = tuple[str, str]  # SenderCompID, ClOrdID
# The reports that answer a request of the kind. Any other report may name a request and answers none.
ANSWERS = {
    "cancel": frozenset({ExecType.CANCELED, ExecType.CANCEL_REJECTED}),
    "replace": frozenset({ExecType.REPLACED, ExecType.CANCEL_REJECTED}),
}
AGREED = frozenset({ExecType.CANCELED, ExecType.REPLACED})


_NAMED = Prepared(
    lambda sessions, names: OrderRequest.objects.filter(
        sender_comp_id__among=sessions, cl_ord_id__among=names
    ).values_list("sender_comp_id", "cl_ord_id", "order_id", "kind", "root_cl_ord_id", "state")
)
_PENDING_ON = Prepared(
    lambda orders: OrderRequest.objects.filter(order_id__among=orders, state="pending").values_list(
        "order_id", "cl_ord_id", "kind"
    )
)


class Request(NamedTuple):
    """A request to a venue: the child it is about, its kind, the request on the parent that it serves."""

    order_id: int
    kind: str
    root_cl_ord_id: str
    pending: bool


_PENDING = Request(0, "", "", True)


class Unresolved(NamedTuple):
    """A request whose answer never came, and what it asked for."""

    cl_ord_id: str
    kind: str
    order_qty: Decimal | None
    price: Decimal | None

    def fits(self, arrival: Arrival) -> bool:
        """Whether the status is that of the order as the request wanted it."""
        qty = self.order_qty is None or arrival.order_qty == self.order_qty
        return qty and (self.price is None or arrival.price is None or arrival.price == self.price)


class Requests:
    """The requests that a batch of reports is about, and all that is in flight on their families."""

    def __init__(self, arrivals: Iterable[Arrival]) -> None:
        arrivals = list(arrivals)
        names = {name for a in arrivals for name in (a.cl_ord_id, a.orig_cl_ord_id) if name}
        self.named: dict[Name, Request] = {
            (session, name): Request(order_id, kind, root, state == "pending")
            for session, name, order_id, kind, root, state in _NAMED({a.session for a in arrivals}, names)
        }
        self.roots: dict[tuple[int, str], str] = {}
        self.waiting: dict[tuple[int, str], set[Name]] = defaultdict(set)
        self.agreed: set[tuple[int, str]] = set()
        self.given_up: set[int] = set()

    @property
    def order_ids(self) -> set[int]:
        """The children that the batch is about."""
        return {request.order_id for request in self.named.values()}

    def load(self, root_ids: Iterable[int]) -> None:
        """After the orders are locked: what is in flight on the parents, and what serves it. Two SELECTs at most."""
        self.roots = {(pk, name): kind for pk, name, kind in _PENDING_ON(set(root_ids))}
        if not self.roots:
            return
        serving = OrderRequest.objects.filter(
            order__parent_id__in={pk for pk, _ in self.roots}, root_cl_ord_id__in={name for _, name in self.roots}
        )
        columns = ("order__parent_id", "root_cl_ord_id", "sender_comp_id", "cl_ord_id", "state")
        for parent_id, root, sender, name, state in serving.values_list(*columns):
            if state == "pending":
                self.waiting[parent_id, root].add((sender, name))
            elif state == "accepted":
                self.agreed.add((parent_id, root))

    def unresolved(self, child_id: int) -> list[Unresolved]:
        """The requests on a child that were given up waiting for, the oldest first. One SELECT, for a rare batch."""
        if child_id not in self.given_up:
            return []
        rows = OrderRequest.objects.filter(order_id=child_id, state="pending", unresolved_at__isnull=False)
        found = []
        for row in rows.exclude(kind="new").order_by("id"):
            if self.named.get((row.sender_comp_id, row.cl_ord_id), _PENDING).pending:
                self.named[row.sender_comp_id, row.cl_ord_id] = Request(child_id, row.kind, row.root_cl_ord_id, True)
                found.append(Unresolved(row.cl_ord_id, row.kind, row.order_qty, row.price))
        return found

    def of(self, arrival: Arrival) -> Request | None:
        """The request that the report names by ClOrdID (11), or else by OrigClOrdID (41)."""
        return self.named.get((arrival.session, arrival.cl_ord_id)) or self.named.get(
            (arrival.session, arrival.orig_cl_ord_id)
        )

    def answered_by(self, arrival: Arrival) -> str:
        """The kind of the pending request that the report answers; '' if it answers none."""
        request = self.named.get((arrival.session, arrival.cl_ord_id))
        if request is None or not request.pending or arrival.exec_type not in ANSWERS.get(request.kind, ()):
            return ""
        return request.kind

    def settle(self, book: Book, child: Line, exec_type: str, cl_ord_id: str) -> tuple[str, Answered] | None:
        """Take the answered request out of flight. The parent's request that is thereby answered, and how, if one is.

        An accepted replace's ClOrdID becomes the order's; that of a cancel names the cancel alone, and reports that
        come later are about the order (5.0 SP2, J.1.b). A refused one is burnt.
        """
        name = (child.sender_comp_id, cl_ord_id)
        request = self.named[name]
        accepted = exec_type in AGREED
        self.named[name] = request._replace(pending=False)
        book.settle_request(child, cl_ord_id, "accepted" if accepted else "rejected")
        if exec_type == ExecType.REPLACED:
            child.cl_ord_id = cl_ord_id
        assert child.parent_id is not None
        key = (child.parent_id, request.root_cl_ord_id)
        if key not in self.roots:
            return None
        self.waiting[key].discard(name)
        if accepted:
            self.agreed.add(key)
        if self.waiting[key]:
            return None
        return request.root_cl_ord_id, Answered(self.roots.pop(key), key in self.agreed)

    def echoed(self, child: Line, cl_ord_id: str) -> str:
        """The parent's request whose first part the venue confirms to have; '' if it is another part, or none."""
        request = self.named.get((child.sender_comp_id, cl_ord_id))
        if request is None or child.parent_id is None:
            return ""
        parts = self.waiting.get((child.parent_id, request.root_cl_ord_id), set())
        return request.root_cl_ord_id if parts and min(parts) == (child.sender_comp_id, cl_ord_id) else ""
