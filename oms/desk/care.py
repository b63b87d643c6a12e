"""Working an order by hand: slices of it go to venues, fills made on the telephone are booked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import members, roots
from oms.desk.arrivals import Arrival
from oms.desk.asked import CHANGES, Actor, Answer, refused
from oms.desk.batch import in_bites
from oms.desk.heldback import refusals
from oms.desk.members import Members
from oms.desk.record import record
from oms.desk.route import begin_child
from oms.desk.staging import WORKS
from orders.book import Book, Line
from orders.models import Account, ManualExecution, Order
from orders.reference import business_date, price_factor
from orders.sessions import of_venues
from orders.vocabulary import Composition, Hold, OrdType, Side
from risk import kill, usage
from routing import market, rules
from routing.boxes import Outgoing, new_message
from routing.capabilities import AUCTION, Working, lacks
from routing.capabilities import PLAIN as PLAIN_VENUE
from routing.choose import Wish, best_venue

ZERO = Decimal(0)
# The session of what no session carried: executions made on the telephone.
MANUAL = "MANUAL"


class Slice(NamedTuple):
    """A part of a care order for a venue; without one, for the venue with the best price."""

    order_id: int
    order_qty: Decimal
    ord_type: str = "limit"
    price: Decimal | None = None
    time_in_force: str = "day"
    venue: str = ""


class Fill(NamedTuple):
    """An execution made on the telephone."""

    order_id: int
    last_qty: Decimal
    last_px: Decimal
    last_mkt: str
    transact_time: datetime | None = None
    counterparty: str = ""
    text: str = ""


def slices(wanted: Sequence[Slice], actor: Actor) -> list[Answer]:
    """Send parts of care orders to venues; one answer each, naming the child. Together never more than is left."""
    if not actor.may(WORKS):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not work orders")
        return [refused(no) for _ in wanted]
    return in_bites(lambda bite: _slices(bite, actor), wanted)


def _slices(wanted: Sequence[Slice], actor: Actor) -> list[Answer]:
    found = roots.find((one.order_id for one in wanted), actor)
    usage.lock({root.key for root in found.values()}, found)
    at = now()
    book, outgoing = Book(at, business_date()), Outgoing(at)
    book.load(found, families=True)
    families, stopped = roots.children_of(book), members.stopped(book.lines[pk] for pk in found)
    ids = {root.instrument_id for root in found.values()}
    listed, quotes, able, sessions = rules.listings(ids), market.tops(ids), rules.capabilities(), rules.sessions()
    hours = of_venues(sessions, at.date()) if any(one.time_in_force in AUCTION for one in wanted) else {}
    off, waiting = kill.stopped_venues(), refusals(found)
    codes = dict(Account.objects.filter(pk__in={root.account_id for root in found.values()}).values_list("pk", "code"))
    answers = []
    for one, child_id in zip(wanted, sets.ids(Order, len(wanted)), strict=True):
        root = book.lines.get(one.order_id) if one.order_id in found else None
        refusal = _objection(one, root, families.get(one.order_id, []), stopped) or waiting.get(one.order_id)
        mic = ""
        if refusal is None and root is not None:
            venues = frozenset(m for m in listed.get(root.instrument_id, ()) if m in sessions and m not in off)
            mic = _venue(one, root, found[root.id], venues, quotes.get(root.instrument_id, []))
            can = able.get(mic, PLAIN_VENUE)
            lack = lacks(can, _terms(one), at, hours.get(mic)) if mic in venues else "the instrument"
            refusal = (
                Refusal("NOT_SUPPORTED_BY_VENUE", "venue", f"{mic or 'no venue'} does not take {lack}")
                if lack
                else None
            )
        if refusal or root is None:
            answers.append(roots.no(root, refusal) if root and refusal else refused(refusal or _unknown(one.order_id)))
            continue
        child = begin_child(book, root, child_id, mic, sessions[mic], one.order_qty, _terms(one), actor.username)
        families.setdefault(root.id, []).append(child)
        outgoing.add(child, "D", new_message(child, codes[child.account_id], found[root.id].symbol, at))
        answers.append(roots.yes(child))
    book.save()
    outgoing.save()
    bell.ring_on_commit("live", *outgoing.bells())
    return answers


def _unknown(order_id: int) -> Refusal:
    return Refusal("UNKNOWN_ORDER", "order_id", f"no order {order_id} on your desks")


def _terms(one: Slice) -> Working:
    return Working(one.ord_type, one.time_in_force, one.price)


def _venue(one: Slice, root: Line, known: roots.Root, venues: frozenset[str], quotes: Sequence[object]) -> str:
    if one.venue:
        return one.venue
    wish = Wish(
        root.account_id, known.symbol, known.asset_class, root.side, one.ord_type, one.time_in_force, one.order_qty,
        one.price, Decimal(1), Decimal(1), venues,
    )  # fmt: skip
    return best_venue(wish, quotes) or ""  # type: ignore[arg-type]


def _objection(one: Slice, root: Line | None, children: Sequence[Line], stopped: dict[int, str]) -> Refusal | None:
    if root is None:
        return _unknown(one.order_id)
    if root.hold != Hold.MANUAL or not root.state.is_open:
        return Refusal("NOT_HELD", "", f"order {root.id} is not worked by hand")
    if root.id in stopped:
        return Refusal("KILL_SWITCH", "", stopped[root.id])
    if one.ord_type not in (OrdType.LIMIT, OrdType.MARKET) or (one.price is None) != (one.ord_type == OrdType.MARKET):
        return Refusal("BAD_VALUE", "ord_type", "a slice is a limit order with a price or a market order without one")
    return _left(root, children, one.order_qty) or _within(root, one.price)


def _left(root: Line, children: Sequence[Line], qty: Decimal) -> Refusal | None:
    """What is not yet at a venue."""
    left = root.state.leaves_qty - sum((c.state.leaves_qty for c in children), ZERO)
    if 0 < qty <= left:
        return None
    return Refusal("NOT_POSITIVE" if qty <= 0 else "TOO_MUCH", "order_qty", f"{left.normalize():f} is left to work")


def _within(root: Line, price: Decimal | None) -> Refusal | None:
    """No worse than the client's limit."""
    limit = root.state.price
    if limit is None:
        return None
    worse = price is None or (price > limit if root.side == Side.BUY else price < limit)
    return Refusal("BAD_VALUE", "price", f"the order's limit is {limit.normalize():f}") if worse else None


def execute(fills: Sequence[Fill], actor: Actor) -> list[Answer]:
    """Book executions made on the telephone; one answer each. One of great value waits for a second person.

    What waits is answered with the order as it is and the refusal SECOND_PERSON, which says that nothing is wrong.
    """
    if not actor.may(CHANGES):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not book executions")
        return [refused(no) for _ in fills]
    return in_bites(lambda bite: _execute(bite, actor), fills)


def _execute(fills: Sequence[Fill], actor: Actor) -> list[Answer]:
    found = roots.find((one.order_id for one in fills), actor)
    theirs = _members_of(found)
    usage.lock({root.key for root in found.values()} | theirs.keys, found.keys() | theirs.order_ids)
    book = Book(now(), business_date())
    book.load(found, families=True)
    families = roots.children_of(book)
    answers: list[Answer | None] = []
    good: list[tuple[int, Fill]] = []
    for at, one in enumerate(fills):
        refusal = _cannot_book(one, book, found, families)
        answers.append(roots.no(book.lines[one.order_id], refusal) if refusal and one.order_id in found
                       else refused(refusal) if refusal else None)  # fmt: skip
        if refusal is None:
            good.append((at, one))
    rows = [_proposed(one, actor, book.at) for _, one in good]
    ManualExecution.objects.bulk_create(rows)
    small = [row for row, (_, one) in zip(rows, good, strict=True) if not _large(one, found[one.order_id])]
    _book(small, book.at)
    now_as = {o.pk: o for o in Order.objects.filter(pk__in=list(found))}
    for row, (at, one) in zip(rows, good, strict=True):
        order = now_as[one.order_id]
        wait = () if row in small else (Refusal("SECOND_PERSON", "", f"execution {row.pk} waits for another person"),)
        answers[at] = Answer(order.pk, order.version, order.ord_status, wait)
    return [answer for answer in answers if answer is not None]


def _members_of(found: Mapping[int, roots.Root]) -> Members:
    """Whose limits and positions a fill moves beside those of the orders themselves: those of blocks' members."""
    return Members(root.id for root in found.values() if members.is_block(root))


def _cannot_book(
    one: Fill, book: Book, found: dict[int, roots.Root], families: dict[int, list[Line]]
) -> Refusal | None:
    if one.order_id not in found:
        return _unknown(one.order_id)
    if one.last_px <= 0:
        return Refusal("NOT_POSITIVE", "last_px", "last_px must be greater than 0")
    if len(one.last_mkt) != 4:
        return Refusal("BAD_VALUE", "last_mkt", "last_mkt must be a MIC of four characters; XOFF is off market")
    root = book.lines[one.order_id]
    if root.hold == Hold.LEG or root.composition == Composition.MULTILEG:
        return Refusal("IS_A_LEG", "order_id", f"order {root.id} is of a spread, which only a venue executes")
    if not root.state.is_open:
        return Refusal("ORDER_CLOSED", "", f"order {root.id} is {root.state.ord_status}")
    if root.hold == Hold.BLOCK:
        return Refusal("IN_BLOCK", "", f"order {root.id} is part of a block: book it on the block")
    refusal = _left(root, families.get(root.id, []), one.last_qty)
    return refusal._replace(field="last_qty") if refusal else None


def _proposed(one: Fill, actor: Actor, at: datetime) -> ManualExecution:
    return ManualExecution(
        order_id=one.order_id, last_qty=one.last_qty, last_px=one.last_px, last_mkt=one.last_mkt,
        counterparty=one.counterparty, transact_time=one.transact_time or at, text=one.text,
        state=ManualExecution.State.PROPOSED, proposed_by_id=actor.user_id, proposed_at=at,
    )  # fmt: skip


def _large(one: Fill, root: roots.Root) -> bool:
    value = one.last_qty * one.last_px * root.multiplier * price_factor(root.asset_class)
    return value > settings.MANUAL_EXECUTION_NOTIONAL


def _book(rows: Sequence[ManualExecution], at: datetime) -> None:
    """Each becomes a child order that was filled at once: parent, position and limits follow as for any fill."""
    if not rows:
        return
    book = Book(at, business_date())
    book.load({row.order_id for row in rows})
    arrivals = []
    for row, child_id in zip(rows, sets.ids(Order, len(rows)), strict=True):
        root = book.lines[row.order_id]
        child = begin_child(
            book, root, child_id, row.last_mkt, MANUAL, row.last_qty, Working("market", "day"), "manual"
        )
        row.state, row.exec_id = ManualExecution.State.BOOKED, f"M{row.pk}"
        said = f"by telephone{' with ' + row.counterparty if row.counterparty else ''}: {row.text}".strip(": ")
        arrivals.append(Arrival(
            MANUAL, child.cl_ord_id, "", "trade", "", row.exec_id, row.last_qty, row.last_px, None, None, None, "",
            said, row.transact_time, {},
        ))  # fmt: skip
    book.save()
    columns = ("state", "exec_id", "decided_by_id", "decided_at")
    values = [(row.pk, str(row.state), row.exec_id, row.decided_by_id, row.decided_at) for row in rows]
    sets.update(ManualExecution, ["id"], columns, values)
    assert not any(record(arrivals))


def decide(execution_id: int, actor: Actor, *, confirm: bool) -> Refusal | None:
    """A second person confirms or refuses a large execution. Whoever proposed it may not."""
    with transaction.atomic():
        row = ManualExecution.objects.filter(pk=execution_id, order__desk_id__in=actor.desk_ids).first()
        if row is None or row.state != ManualExecution.State.PROPOSED:
            return Refusal("UNKNOWN_ORDER", "", f"no execution {execution_id} waits for a decision")
        if not actor.may(CHANGES) or row.proposed_by_id == actor.user_id:
            return Refusal("SAME_PERSON", "", "another person must decide")
        found = roots.find([row.order_id], actor)
        theirs = _members_of(found)
        usage.lock({root.key for root in found.values()} | theirs.keys, found.keys() | theirs.order_ids)
        book = Book(now(), business_date())
        book.load(found, families=True)
        row.decided_by_id, row.decided_at = actor.user_id, book.at
        if not confirm:
            row.state = ManualExecution.State.REFUSED
            row.save(update_fields=["state", "decided_by", "decided_at"])
            return None
        fill = Fill(row.order_id, row.last_qty, row.last_px, row.last_mkt)
        refusal = _cannot_book(fill, book, found, roots.children_of(book))
        if refusal is None:
            _book([row], book.at)
        return refusal
