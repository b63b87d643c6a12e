"""The stage that scenarios are played on: a desk with one instrument and one venue whose answers we give ourselves."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import count
from typing import Any

from oms.base.clock import now
from oms.desk import Actor
from oms.desk.arrivals import Arrival, parse
from oms.desk.record import record
from oms.desk.route import route
from oms.management.conformance.matrices.paths import Row, word
from orders.models import Account, Alert, BusinessDate, Desk, Instrument, Order, OrderRequest, Tick, TickTable, User
from routing.models import Listing, Quote, Rule, Venue, VenueSession

PX = Decimal(100)
VENUE = "CFMX"
ACCOUNT, SYMBOL = "CONFORM", "CONFORM"
_numbers = count(1)


def trader() -> Actor:
    """Make the standing data of the stage, or find it; answer who enters orders."""
    BusinessDate.objects.get_or_create(pk=1, defaults={"today": now().date()})
    desk, _ = Desk.objects.get_or_create(code="CONFORM", defaults={"name": "Conformance"})
    user, _ = User.objects.get_or_create(username="conformance", defaults={"role": "trader"})
    user.desks.add(desk)
    session, _ = VenueSession.objects.get_or_create(
        code=VENUE, defaults={"sender_comp_id": "OMS", "target_comp_id": VENUE, "port": 1, "enabled": True}
    )
    venue, _ = Venue.objects.get_or_create(mic=VENUE, defaults={"name": "Conformance", "session": session})
    rank = (Rule.objects.order_by("rank").values_list("rank", flat=True).first() or 2) - 1
    Rule.objects.get_or_create(name="conformance", defaults={"rank": max(rank, 0), "symbol": SYMBOL, "best": True})
    table, _ = TickTable.objects.get_or_create(code="CONFORM", defaults={"name": "Any price"})
    Tick.objects.get_or_create(table=table, price_from=0, defaults={"tick": Decimal("0.00000001")})
    instrument, _ = Instrument.objects.get_or_create(
        symbol=SYMBOL, primary_mic=VENUE,
        defaults={"name": SYMBOL, "asset_class": "equity", "currency": "USD", "tick_table": table},
    )  # fmt: skip
    Listing.objects.get_or_create(instrument=instrument, venue=venue)
    sides = {"bid_px": PX, "offer_px": PX, "bid_size": 1, "offer_size": 1, "last_px": PX, "quoted_at": now()}
    Quote.objects.update_or_create(instrument=instrument, venue=venue, defaults=sides)
    Account.objects.get_or_create(code=ACCOUNT, defaults={"name": "Conformance", "desk": desk})
    return Actor.of(user)


class Names:
    """The ClOrdIDs of a scenario (X, Y, Z) as the client gave them, and what they became on the way to the venue."""

    def __init__(self, sender_comp_id: str, prefix: str) -> None:
        self.sender_comp_id, self.prefix = sender_comp_id, prefix

    def ours(self, name: str | None) -> str:
        """What the client calls it: unique for ever."""
        return f"{self.prefix}-{name}" if name else ""

    def root(self, name: str | None) -> Order | None:
        """The client's order that any of its ClOrdIDs names."""
        asked = OrderRequest.objects.filter(sender_comp_id=self.sender_comp_id, cl_ord_id=self.ours(name))
        found = asked.select_related("order").order_by("id").first()
        return found.order if found else None

    def at_venue(self, name: str | None) -> str:
        """What the venue knows it by; a name it cannot know if we never sent it on."""
        if not name:
            return ""
        root = self.root(name)
        if root is not None:
            children = OrderRequest.objects.filter(order__parent=root).order_by("id")
            if root.requests.filter(cl_ord_id=self.ours(name), kind="new").exists():
                first = children.filter(kind="new").first()
            else:
                first = children.filter(root_cl_ord_id=self.ours(name)).first()
            if first is not None:
                return first.cl_ord_id
        return f"unknown-{self.ours(name)}"


def sent_on() -> None:
    """Everything that waits goes to the venue."""
    while route():
        pass


def report(row: Row, names: Names, executions: dict[str, str]) -> Arrival:
    """The row as the venue's report to us. ``executions`` remembers ExecIDs, which rows may name."""
    number = f"C{now():%s%f}.{next(_numbers)}"
    rejected = row.get("msg_type") == "9"
    exec_id = "" if rejected else executions.setdefault(row.get("exec_id") or number, number)
    fields: dict[str, Any] = {
        "cl_ord_id": names.at_venue(row.get("cl_ord_id")), "orig_cl_ord_id": names.at_venue(row.get("orig_cl_ord_id")),
        "exec_type": word(row.get("exec_type") or ""), "ord_status": word(row.get("ord_status") or ""),
        "exec_id": exec_id, "exec_ref_id": executions.get(row.get("exec_ref_id") or "", ""),
        "text": row.get("comment") or "", "transact_time": now().isoformat(),
        "last_px": _text(row.get("last_px")) or (str(PX) if row.get("last_qty") else ""),
        "exec_restatement_reason": _reason(row), **_quantities(row),
    }  # fmt: skip
    if rejected:
        fields["cxl_rej_reason"] = _text(row.get("cxl_rej_reason"))
    arrival = parse(VENUE, "9" if rejected else "8", fields)
    assert isinstance(arrival, Arrival), arrival
    return arrival


def tell(row: Row, names: Names, executions: dict[str, str]) -> int:
    """Have the venue report the row; answer how many notices operations got of it."""
    before = Alert.objects.count()
    record([report(row, names, executions)])
    return Alert.objects.count() - before


def _quantities(row: Row) -> Mapping[str, str]:
    return {name: _text(row.get(name)) for name in ("order_qty", "cum_qty", "leaves_qty", "last_qty")}


def _reason(row: Row) -> str:
    """A carried order that is stated anew the next morning is renewed, whether or not the row says so."""
    if row.get("exec_restatement_reason") is not None:
        return _text(row["exec_restatement_reason"])
    renewed = word(row.get("exec_type") or "") == "restated" and row.get("day_order_qty") is not None
    return "gt_renewal" if renewed else ""


def _text(value: Any) -> str:
    """A number of the file without the tail that its format gives it: 100.0 is 100."""
    if value is None:
        return ""
    number = Decimal(str(value)).normalize()
    return f"{number:f}"
