"""Orders that wait for a trader: accepted, refused, passed on, annotated. Each step is an event of the order."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from oms.base import bell
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import members, roots
from oms.desk.asked import CHANGES, Actor, Answer, refused
from oms.desk.batch import in_bites
from oms.desk.release import released
from orders.book import Book, Line
from orders.lifecycle import Report
from orders.models import User
from orders.reference import business_date
from orders.vocabulary import ExecType, Hold, Role
from risk import usage

WORKS = frozenset({Role.TRADER})
Step = Callable[[Book, Line], Refusal | None]


class Wish(NamedTuple):
    """An order that somebody wants to do something with; ``version`` guards against a change not yet seen."""

    order_id: int
    version: int | None = None


def accept(wishes: Sequence[Wish], actor: Actor, *, care: bool) -> list[Answer]:
    """Take staged orders: to work them by hand (``care``), or to have them routed. They are then the actor's."""

    def step(book: Book, line: Line) -> Refusal | None:
        if line.hold != Hold.STAGED:
            return Refusal("NOT_HELD", "", f"order {line.id} is not staged")
        line.assigned_to_id = actor.user_id
        line.hold, line.to_route = (Hold.MANUAL.value, False) if care else ("", True)
        kind, text = (ExecType.NEW, "to be worked by hand") if care else (ExecType.ORDER_STATUS, "to be routed")
        return book.note(line, Report(kind), actor=actor.username, text=f"accepted by {actor.username} {text}")

    return _each(wishes, actor, WORKS, step, "accept orders", bells=() if care else ("route",), onward=True)


def refuse(wishes: Sequence[Wish], actor: Actor, reason: str) -> list[Answer]:
    """Refuse staged orders: they end as rejected, with the reason."""

    def step(book: Book, line: Line) -> Refusal | None:
        if line.hold != Hold.STAGED:
            return Refusal("NOT_HELD", "", f"order {line.id} is not staged")
        line.hold = ""
        return book.note(
            line, Report(ExecType.REJECTED), actor=actor.username, text=reason, reason_code="TRADER_REFUSED"
        )

    if not reason.strip():
        return [refused(Refusal("MISSING", "reason", "say why"), order_id=one.order_id) for one in wishes]
    return _each(wishes, actor, WORKS, step, "refuse orders")


def pass_on(wishes: Sequence[Wish], actor: Actor, to: str) -> list[Answer]:
    """Hand staged or care orders to another trader of their desk."""
    taker = User.objects.filter(username=to, is_active=True, role=Role.TRADER).first()
    desks = Actor.of(taker).desk_ids if taker else frozenset()

    def step(book: Book, line: Line) -> Refusal | None:
        if line.hold not in (Hold.STAGED, Hold.MANUAL):
            return Refusal("NOT_HELD", "", f"order {line.id} is neither staged nor worked by hand")
        if taker is None or line.desk_id not in desks:
            return Refusal("BAD_VALUE", "to", f"no trader {to!r} of the order's desk")
        line.assigned_to_id = taker.pk
        text = f"passed on to {to} by {actor.username}"
        return book.note(line, Report(ExecType.ORDER_STATUS), actor=actor.username, text=text)

    return _each(wishes, actor, CHANGES, step, "pass orders on")


def note(wishes: Sequence[Wish], actor: Actor, text: str) -> list[Answer]:
    """Write a note into the story of orders, where it stays."""

    def step(book: Book, line: Line) -> Refusal | None:
        return book.note(line, Report(ExecType.ORDER_STATUS), actor=actor.username, text=text)

    if not text.strip():
        return [refused(Refusal("MISSING", "text", "say something"), order_id=one.order_id) for one in wishes]
    return _each(wishes, actor, CHANGES, step, "annotate orders", closed=True)


def send_on(wishes: Sequence[Wish], actor: Actor) -> list[Answer]:
    """Have the rest of care orders routed automatically, or a basket's orders before their wave."""

    def step(book: Book, line: Line) -> Refusal | None:
        if line.hold not in (Hold.MANUAL, Hold.WAVE):
            return Refusal("NOT_HELD", "", f"order {line.id} is not held to be worked")
        line.hold, line.to_route = "", True
        return book.note(line, Report(ExecType.ORDER_STATUS), actor=actor.username, text="to be routed")

    return _each(wishes, actor, CHANGES, step, "release orders", bells=("route",), onward=True)


def _each(
    wishes: Sequence[Wish],
    actor: Actor,
    roles: frozenset[Role],
    step: Step,
    what: str,
    *,
    bells: Sequence[str] = (),
    closed: bool = False,
    onward: bool = False,
) -> list[Answer]:
    if not actor.may(roles):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not {what}")
        return [refused(no) for _ in wishes]
    return in_bites(lambda bite: _run(bite, actor, step, bells, closed, onward), wishes)


def _run(
    wishes: Sequence[Wish], actor: Actor, step: Step, bells: Sequence[str], closed: bool, onward: bool
) -> list[Answer]:
    found = roots.find((wish.order_id for wish in wishes), actor)
    usage.lock({root.key for root in found.values()}, found)
    book = Book(now(), business_date())
    book.load(found)
    held = usage.held(found)
    # What would bring an order nearer to the market is refused, and the order stays as it is.
    stopped = members.stopped(book.lines.values()) if onward else {}
    answers = []
    for wish in wishes:
        answer = roots.objections(wish, book, found)
        if answer is None and wish.order_id in stopped:
            answer = roots.no(book.lines[wish.order_id], Refusal("KILL_SWITCH", "", stopped[wish.order_id]))
        if answer and closed and answer.refusals[0].code in ("ORDER_CLOSED", "IS_A_LEG"):
            answer = None
        if answer is None:
            line = book.lines[wish.order_id]
            refusal = step(book, line)
            answer = roots.no(line, refusal) if refusal else roots.yes(line)
        answers.append(answer)
    book.save()
    usage.move(released(book, held))
    bell.ring_on_commit("live", *bells)
    return answers
