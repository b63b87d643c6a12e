"""Canceling orders. No limit, throttle or kill switch ever stands in the way of a cancel."""

from collections.abc import Sequence
from datetime import datetime

from oms.base import bell
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import roots
from oms.desk.asked import CHANGES, Actor, Answer, Cancellation, refused
from oms.desk.batch import bites, in_bites
from oms.desk.homes import Homes
from oms.desk.release import released
from orders.book import Book, Line
from orders.lifecycle import Report
from orders.reference import business_date
from orders.vocabulary import ExecType, Hold
from risk import usage
from routing.boxes import Outgoing, cancel_message


def cancel(wishes: Sequence[Cancellation], actor: Actor) -> list[Answer]:
    """Take orders back; one answer each. What no venue has is canceled at once; the rest is pending till it answers."""
    if not actor.may(CHANGES):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not cancel orders")
        return [refused(no) for _ in wishes]
    return in_bites(lambda bite: _cancel(bite, actor, now()), wishes)


def _cancel(wishes: Sequence[Cancellation], actor: Actor, at: datetime) -> list[Answer]:
    found = roots.find((wish.order_id for wish in wishes), actor)
    usage.lock({root.key for root in found.values()}, found)
    book = Book(at, business_date())
    homes = Homes(found.values())
    book.load({*found, *homes.of.values()}, families=True)
    held = usage.held(found)
    outgoing = Outgoing(at)
    answers = _decide(wishes, actor, book, found, outgoing, homes)
    book.save()
    homes.save()
    outgoing.save()
    usage.move(released(book, held))
    bell.ring_on_commit("live", *outgoing.bells())
    return answers


def foresee(wishes: Sequence[Cancellation], actor: Actor) -> list[Answer]:
    """What ``cancel`` would answer now. Nothing is locked or written: a moment later it may answer otherwise."""
    if not actor.may(CHANGES):
        return cancel(wishes, actor)
    answers: list[Answer] = []
    for bite in bites(wishes):
        found = roots.find((wish.order_id for wish in bite), actor)
        book = Book(now(), business_date())
        homes = Homes(found.values())
        book.look({*found, *homes.of.values()}, families=True)
        answers += _decide(bite, actor, book, found, Outgoing(book.at), homes)
    return answers


def _decide(
    wishes: Sequence[Cancellation],
    actor: Actor,
    book: Book,
    found: dict[int, roots.Root],
    outgoing: Outgoing,
    homes: Homes,
) -> list[Answer]:
    """Note in the book, and among what is going out, all that the wishes lead to."""
    roots.have_follow(book, found)
    chains = roots.chains(book, (wish.cl_ord_id for wish in wishes))
    families = roots.children_of(book)
    answers: list[Answer] = []
    repeated = roots.twice(wishes)
    for place, wish in enumerate(wishes):
        answer = roots.objections(wish, book, found) or _objection(
            wish, book.lines[wish.order_id], chains, place in repeated
        )
        if answer is None:
            line = book.lines[wish.order_id]
            refusal = homes.take_out(book, line, families, actor.username) if line.hold == Hold.BLOCK else None
            answer = roots.no(line, refusal) if refusal else None
        if answer is None:
            line = book.lines[wish.order_id]
            symbol = found[line.id].symbol
            family = families.get(line.id, [])
            why = {"text": wish.text, "reason_code": wish.reason_code}
            ask_to_cancel(book, line, family, chains, outgoing, symbol, actor.username, wish.cl_ord_id, **why)
            answer = roots.yes(line)
        answers.append(answer)
    return answers


def _objection(wish: Cancellation, line: Line, chains: roots.Chains, repeated: bool) -> Answer | None:
    if line.state.cancels_pending or repeated:
        return roots.no(line, Refusal("NOT_OPEN_FOR_AMEND", "", "a cancel of this order is already in flight"))
    used_for = chains.used.get((line.sender_comp_id, wish.cl_ord_id))
    return roots.no(line, used_before(wish.cl_ord_id, used_for)) if used_for else None


def used_before(cl_ord_id: str, order_id: int) -> Refusal:
    """A ClOrdID names one request for ever."""
    return Refusal("DUPLICATE_CL_ORD_ID", "cl_ord_id", f"ClOrdID {cl_ord_id} was used for order {order_id}")


def ask_to_cancel(
    book: Book,
    line: Line,
    children: Sequence[Line],
    chains: roots.Chains,
    outgoing: Outgoing,
    symbol: str,
    actor: str,
    cl_ord_id: str = "",
    **details: str,
) -> None:
    """Note the request on the root and ask the venue of every open child; cancel at once where no venue has any."""
    name = cl_ord_id or f"oms-{line.id}.{line.version + 1}"
    asked, orig = Report(ExecType.PENDING_CANCEL, request="cancel"), chains.latest.get(line.id, line.cl_ord_id)
    book.note(line, asked, actor=actor, cl_ord_id=name, orig_cl_ord_id=line.cl_ord_id, **details)
    book.ask(line, "cancel", name, orig)
    working = [child for child in children if child.state.is_open]
    for child in working:
        child_name, child_orig = f"{child.id}.{child.version + 1}", chains.latest.get(child.id, child.cl_ord_id)
        book.note(child, asked, actor=actor, cl_ord_id=child_name, orig_cl_ord_id=child.cl_ord_id)
        book.ask(child, "cancel", child_name, child_orig, root=name)
        outgoing.add(child, "F", cancel_message(child, child_name, child_orig, symbol, book.at))
    # What is still to be routed, or held, goes no further; only what venues work waits for their answer.
    line.to_route, line.hold = False, ""
    if not working:
        done = Report(ExecType.CANCELED, request="cancel")
        book.note(line, done, actor=actor, cl_ord_id=name, orig_cl_ord_id=orig, **details)
        book.settle_request(line, name, "accepted")
