"""Amending orders: new quantity or price, checked like a new order, asked of every venue that works a part."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from oms.base import bell
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import roots
from oms.desk.asked import CHANGES, Actor, Amendment, Answer, refused
from oms.desk.batch import in_bites
from oms.desk.cancel import used_before
from oms.desk.release import released
from orders.book import Book, Line
from orders.lifecycle import Report, State
from orders.reference import business_date, price_factor
from orders.vocabulary import ExecType, OrdType
from risk import check, facts, usage
from risk.terms import Terms
from routing import market
from routing.boxes import Outgoing, replace_message
from routing.choose import reapportion


class Wanted(NamedTuple):
    """An amendment that has an object, under the terms the order would have."""

    at: int
    amendment: Amendment
    order_qty: Decimal
    price: Decimal | None


def amend(amendments: Sequence[Amendment], actor: Actor) -> list[Answer]:
    """Ask for new terms; one answer each. Orders that a venue works are pending until it answers."""
    if not actor.may(CHANGES):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not amend orders")
        return [refused(no) for _ in amendments]
    return in_bites(lambda bite: _amend(bite, actor, now()), amendments)


def _amend(amendments: Sequence[Amendment], actor: Actor, at: datetime) -> list[Answer]:
    found = roots.find((one.order_id for one in amendments), actor)
    known = facts.load(
        [_bare(root) for root in found.values()],
        at,
        market.references(r.instrument_id for r in found.values()),
    )
    book = Book(at, business_date())
    book.load(found, families=True)
    answers, wanted = _sort_out(amendments, book, found, used_before(amendments, actor))
    terms = [_terms(found[one.amendment.order_id], book, one) for one in wanted]
    verdicts = check.decide(terms, known, at)
    families, outgoing = roots.children_of(book), Outgoing(at)
    for one, verdict in zip(wanted, verdicts, strict=True):
        line = book.lines[one.amendment.order_id]
        if verdict.accepted:
            _ask(book, line, families.get(line.id, []), one, outgoing, found[line.id].symbol, actor.username)
            answers[one.at] = roots.yes(line)
        else:
            answers[one.at] = roots.no(line, *check.refusals(verdict))
    check.save(terms, verdicts, at, known)
    book.save()
    outgoing.save()
    usage.move(released(book, usage.held(found)))
    bell.ring_on_commit("live", *outgoing.bells())
    return [answer for answer in answers if answer is not None]


def _sort_out(
    amendments: Sequence[Amendment], book: Book, found: Mapping[int, roots.Root], used: Mapping[str, int]
) -> tuple[list[Answer | None], list[Wanted]]:
    """Answer what cannot be asked; list the rest with its new terms."""
    answers: list[Answer | None] = []
    wanted: list[Wanted] = []
    repeated = roots.twice(amendments)
    for at, amendment in enumerate(amendments):
        answer = roots.objections(amendment, book, dict(found))
        if answer is None:
            line = book.lines[amendment.order_id]
            qty = line.state.order_qty if amendment.order_qty is None else amendment.order_qty
            price = line.state.price if amendment.price is None else amendment.price
            objection = _objection(line, amendment, qty, price, at in repeated, used)
            if objection is None:
                wanted.append(Wanted(at, amendment, qty, price))
            else:
                answer = roots.no(line, objection)
        answers.append(answer)
    return answers, wanted


def _objection(
    line: Line,
    amendment: Amendment,
    qty: Decimal,
    price: Decimal | None,
    repeated: bool,
    used: Mapping[str, int],
) -> Refusal | None:
    state = line.state
    if state.cancels_pending or state.replaces_pending or repeated:
        return Refusal("NOT_OPEN_FOR_AMEND", "", f"order {line.id} has a request in flight")
    if amendment.cl_ord_id in used:
        text = f"ClOrdID {amendment.cl_ord_id} was used for order {used[amendment.cl_ord_id]}"
        return Refusal("DUPLICATE_CL_ORD_ID", "cl_ord_id", text)
    if qty <= 0:
        return Refusal("NOT_POSITIVE", "order_qty", "order_qty must be greater than 0")
    if line.ord_type == OrdType.MARKET and amendment.price is not None:
        return Refusal("BAD_VALUE", "price", "a market order takes no price")
    if qty < state.cum_qty or qty == state.cum_qty:
        text = f"{state.cum_qty:f} is filled already: ask for more than that, or cancel the rest"
        return Refusal("BELOW_CUM_QTY", "order_qty", text)
    if (qty, price) == (state.order_qty, state.price):
        return Refusal("NOTHING_CHANGES", "", "quantity and price are as asked")
    return None


def _ask(
    book: Book, line: Line, children: Sequence[Line], one: Wanted, outgoing: Outgoing, symbol: str, actor: str
) -> None:
    """Note the request on the root and on each child whose terms change; replace at once what no venue works."""
    name = one.amendment.cl_ord_id or f"oms-{line.id}.{line.version + 1}"
    asked, orig = Report(ExecType.PENDING_REPLACE, request="replace"), line.cl_ord_id
    book.note(line, asked, actor=actor, cl_ord_id=name, orig_cl_ord_id=orig)
    book.ask(line, "replace", name, orig, one.order_qty, one.price)
    working = [child for child in children if child.state.is_open]
    if not working:
        done = Report(ExecType.REPLACED, order_qty=one.order_qty, price=one.price, request="replace")
        book.note(line, done, actor=actor, cl_ord_id=name, orig_cl_ord_id=orig)
        line.cl_ord_id = name
        book.settle_request(line, name, "accepted")
        return
    for child, qty in zip(working, _shares(line.state, children, working, one.order_qty), strict=True):
        if (qty, one.price) != (child.state.order_qty, child.state.price):
            child_name, child_orig = f"{child.id}.{child.version + 1}", child.cl_ord_id
            book.note(child, asked, actor=actor, cl_ord_id=child_name, orig_cl_ord_id=child_orig)
            book.ask(child, "replace", child_name, child_orig, qty, one.price)
            message = replace_message(child, child_name, child_orig, qty, one.price, symbol, book.at)
            outgoing.add(child, "G", message)


def _shares(state: State, children: Sequence[Line], working: Sequence[Line], order_qty: Decimal) -> list[Decimal]:
    """The new quantity of each working child, so that all children together come to ``order_qty``."""
    ended = sum((c.state.cum_qty for c in children if not c.state.is_open), Decimal(0))
    return reapportion([(c.state.order_qty, c.state.cum_qty) for c in working], order_qty - ended)


def _bare(root: roots.Root) -> Terms:
    """The terms by which facts are looked up and limits locked, before the order itself is."""
    return Terms(
        order_id=root.id,
        account_id=root.account_id,
        desk_id=None,
        instrument_id=root.instrument_id,
        symbol=root.symbol,
        asset_class=root.asset_class,
        side="buy",
        ord_type="limit",
        order_qty=Decimal(1),
        multiplier=root.multiplier,
        price_factor=price_factor(root.asset_class),
        currency=root.currency,
    )


def _terms(root: roots.Root, book: Book, one: Wanted) -> Terms:
    line = book.lines[root.id]
    return replace(
        _bare(root),
        desk_id=line.desk_id,
        entered_by_id=line.entered_by_id,
        side=line.side,
        ord_type=line.ord_type,
        order_qty=one.order_qty,
        price=one.price,
        open_before=line.state.leaves_qty,
        cum_qty=line.state.cum_qty,
        price_before=line.state.price,
        acknowledge_soft=one.amendment.acknowledge_soft,
    )
