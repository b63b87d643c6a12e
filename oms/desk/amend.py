"""Amending orders: new quantity or price, checked like a new order, asked of every venue that works a part."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from oms.base import bell
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import roots, supplied
from oms.desk.asked import CHANGES, Actor, Amendment, Answer, refused, unreasoned
from oms.desk.batch import bites, in_bites
from oms.desk.cancel import used_before
from oms.desk.foreseen import Foreseen
from oms.desk.members import Members, is_block
from oms.desk.overridden import as_one, tell_used
from oms.desk.release import released
from orders.book import Book, Line
from orders.lifecycle import Report
from orders.reference import business_date, price_factor
from orders.vocabulary import MAY_BE_PRICED, TRIGGERED, Composition, ExecType, Hold, Side
from risk import check, facts, overriding, room, usage, waiving
from risk.known import Facts
from risk.result import Outcome
from risk.terms import Terms
from routing import market
from routing.boxes import Leg, Outgoing, of_legs, replace_message
from routing.choose import reapportion


class Wanted(NamedTuple):
    """An amendment that has an object, under the terms the order would have."""

    at: int
    amendment: Amendment
    order_qty: Decimal
    price: Decimal | None
    stop_px: Decimal | None = None


def amend(amendments: Sequence[Amendment], actor: Actor) -> list[Answer]:
    """Ask for new terms; one answer each. Orders that a venue works are pending until it answers."""
    if not actor.may(CHANGES):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not amend orders")
        return [refused(no) for _ in amendments]
    return in_bites(lambda bite: _amend(bite, actor, now()), amendments)


def _amend(amendments: Sequence[Amendment], actor: Actor, at: datetime) -> list[Answer]:
    found = roots.find((one.order_id for one in amendments), actor)
    book = Book(at, business_date())
    known = overriding.attached(_load(found, book), (one.override_id for one in amendments), actor.desk_ids)
    book.load(found, families=True)
    outgoing = Outgoing(at)
    bearers = overriding.Bearers(known, at, actor.user_id)
    decided = _decide(amendments, actor, book, found, known, outgoing, bearers)
    check.save(decided.terms, decided.verdicts, at, known)
    bearers.save()
    book.save()
    tell_used(book, decided.terms, decided.verdicts, known)
    outgoing.save()
    usage.move(released(book, usage.held(found)))
    bell.ring_on_commit("live", *outgoing.bells())
    return decided.answers


def foresee(amendments: Sequence[Amendment], actor: Actor, *, before: bool = False) -> list[Foreseen]:
    """What ``amend`` would answer now. Nothing is locked or written: a moment later it may answer otherwise.

    ``before`` asks each rule also what it finds of the order as it is. Its own open quantity counts once in either.
    """
    if not actor.may(CHANGES):
        return [Foreseen(answer) for answer in amend(amendments, actor)]
    found: list[Foreseen] = []
    for bite in bites(amendments):
        at = now()
        roots_ = roots.find((one.order_id for one in bite), actor)
        book = Book(at, business_date())
        known = _load(roots_, book, lock=False)
        known = overriding.attached(known, (one.override_id for one in bite), actor.desk_ids, lock=False)
        book.look(roots_, families=True)
        bearers = overriding.Bearers(known, at, actor.user_id)
        decided = _decide(bite, actor, book, roots_, known, Outgoing(at), bearers, before=before)
        found += [Foreseen(answer, decided.of.get(place, ())) for place, answer in enumerate(decided.answers)]
    return found


def _load(found: Mapping[int, roots.Root], book: Book, *, lock: bool = True) -> Facts:
    quotes = market.references(root.instrument_id for root in found.values())
    terms = [bare(root) for root in found.values()]
    return supplied.known(terms, book.at, quotes, book.trade_date, standing=found, lock=lock)


class Decided(NamedTuple):
    """Answers to all amendments, the terms and verdicts that are kept, and all verdicts by the amendment's place."""

    answers: list[Answer]
    terms: list[Terms]
    verdicts: list[check.Verdict]
    of: dict[int, tuple[check.Verdict, ...]]


def _decide(
    amendments: Sequence[Amendment], actor: Actor, book: Book, found: dict[int, roots.Root], known: Facts,
    outgoing: Outgoing, bearers: overriding.Bearers, *, before: bool = False,
) -> Decided:  # fmt: skip
    """Note in the book, and among what is going out, all that the amendments lead to."""
    chains, held = roots.chains(book, (one.cl_ord_id for one in amendments)), usage.held(found)
    known = facts.of_orders(known, held, book.at, market.references)
    blocks = Members(pk for pk in found if is_block(book.lines[pk]))
    answers, wanted = _sort_out(amendments, book, found, chains, blocks)
    roots.have_follow(book, found)
    spreads = roots.by_whole(found)
    families = roots.children_of(book)
    groups = [
        _where(_groups(found[one.amendment.order_id], spreads, book, one, held),
               families.get(one.amendment.order_id, ()), known)
        for one in wanted
    ]  # fmt: skip
    groups = [[_with_members(terms, blocks) for terms in group] for group in groups]
    wanted, groups = _that_may(bearers, wanted, groups, book, answers)
    decided = check.decide_together(groups, known, book.at, before=before)
    evidence: list[tuple[Terms, check.Verdict]] = []
    for one, terms, verdicts in zip(wanted, groups, decided, strict=True):
        line = book.lines[one.amendment.order_id]
        refusals = [refusal for verdict in verdicts for refusal in check.refusals(verdict)]
        if refusals:
            soft = max(verdict.outcome for verdict in verdicts) == Outcome.SOFT
            way = waiving.strictest(verdict.way for verdict in verdicts if not verdict.accepted)
            answers[one.at] = roots.no(line, *refusals)._replace(soft=soft, way=way)
        else:
            family, legs = families.get(line.id, []), message_legs(book, spreads.get(line.id, ()))
            _ask(book, line, family, chains, one, outgoing, found[line.id].symbol, actor.username, legs)
            answers[one.at] = roots.yes(line)
        # Of a spread that is refused, those legs' verdicts are kept that refuse it: no other leg was asked for.
        evidence += [pair for pair in zip(terms, verdicts, strict=True) if not refusals or not pair[1].accepted]
    asked = [answer for answer in answers if answer is not None]
    of = {one.at: tuple(verdicts) for one, verdicts in zip(wanted, decided, strict=True)}
    return Decided(asked, [terms for terms, _ in evidence], [verdict for _, verdict in evidence], of)


def _that_may(
    bearers: overriding.Bearers, wanted: Sequence[Wanted], groups: Sequence[list[Terms]], book: Book,
    answers: list[Answer | None],
) -> tuple[list[Wanted], list[list[Terms]]]:  # fmt: skip
    """Answer what comes with an override that is not for it."""
    stand: list[tuple[Wanted, list[Terms]]] = []
    for one, group in zip(wanted, groups, strict=True):
        refusal = bearers.objection(group[0])
        if refusal is None:
            stand.append((one, group))
        else:
            answers[one.at] = roots.no(book.lines[one.amendment.order_id], refusal)
    return [one for one, _ in stand], [group for _, group in stand]


def _sort_out(
    amendments: Sequence[Amendment],
    book: Book,
    found: Mapping[int, roots.Root],
    chains: roots.Chains,
    blocks: Members,
) -> tuple[list[Answer | None], list[Wanted]]:
    """Answer what cannot be asked; list the rest with its new terms."""
    answers: list[Answer | None] = []
    wanted: list[Wanted] = []
    repeated = roots.twice(amendments)
    for at, amendment in enumerate(amendments):
        answer = roots.objections(amendment, book, dict(found), amending=True)
        if answer is None:
            line = book.lines[amendment.order_id]
            one = _wanted(at, amendment, line, chains)
            objection = _objection(line, one, at in repeated, chains) or _of_block(line, one, blocks)
            if objection is None:
                wanted.append(one)
            else:
                answer = roots.no(line, objection)
        answers.append(answer)
    return answers, wanted


def _wanted(at: int, amendment: Amendment, line: Line, chains: roots.Chains) -> Wanted:
    """The new terms: what is not said stays as the last request has it. Less than CumQty means CumQty (C.3.c)."""
    state = line.state
    qty, price, stop_px = chains.terms.get(line.id, (state.order_qty, state.price, state.stop_px))
    if amendment.order_qty is not None:
        qty = max(amendment.order_qty, state.cum_qty) if amendment.order_qty > 0 else amendment.order_qty
    price = price if amendment.price is None else amendment.price
    return Wanted(at, amendment, qty, price, stop_px if amendment.stop_px is None else amendment.stop_px)


def _objection(line: Line, one: Wanted, repeated: bool, chains: roots.Chains) -> Refusal | None:
    state, amendment = line.state, one.amendment
    if state.cancels_pending or repeated:
        return Refusal("NOT_OPEN_FOR_AMEND", "", f"order {line.id} has a request in flight")
    used_for = chains.used.get((line.sender_comp_id, amendment.cl_ord_id))
    if used_for:
        return used_before(amendment.cl_ord_id, used_for)
    if fault := unreasoned(amendment):
        return fault
    if one.order_qty <= 0:
        return Refusal("NOT_POSITIVE", "order_qty", "order_qty must be greater than 0")
    if line.ord_type not in MAY_BE_PRICED and amendment.price is not None:
        return Refusal("BAD_VALUE", "price", f"a {line.ord_type} order takes no price")
    if amendment.stop_px is not None and (line.ord_type not in TRIGGERED or line.triggered):
        return Refusal("BAD_VALUE", "stop_px", "the order waits for no price, or no longer")
    asked = chains.terms.get(line.id, (state.order_qty, state.price, state.stop_px))
    if (one.order_qty, one.price, one.stop_px) == asked:
        return Refusal("NOTHING_CHANGES", "", "quantity and price are as asked")
    return None


def _of_block(line: Line, one: Wanted, blocks: Members) -> Refusal | None:
    """A member is amended after it has come back. A block's price may be better than its members', never worse."""
    if line.hold == Hold.BLOCK:
        return Refusal("IN_BLOCK", "", f"order {line.id} is part of a block")
    if not is_block(line):
        return None
    if (one.order_qty, one.stop_px) != (line.state.order_qty, line.state.stop_px):
        field = "order_qty" if one.order_qty != line.state.order_qty else "stop_px"
        return Refusal("IS_BLOCK", field, f"block {line.id} is for what its members are for; its price may be amended")
    limit = next((member.price for member in blocks.of[line.id]), None)
    if limit is None or one.price is None or (one.price - limit) * Side(line.side).sign <= 0:
        return None
    return Refusal("BAD_VALUE", "price", f"the limit of the block's members is {limit.normalize():f}")


def _ask(
    book: Book,
    line: Line,
    children: Sequence[Line],
    chains: roots.Chains,
    one: Wanted,
    outgoing: Outgoing,
    symbol: str,
    actor: str,
    legs: Sequence[Leg] = (),
) -> None:
    """Note the request on the root and on each child whose terms change; replace at once what no venue works."""
    name = one.amendment.cl_ord_id or f"oms-{line.id}.{line.version + 1}"
    asked, orig = Report(ExecType.PENDING_REPLACE, request="replace"), chains.latest.get(line.id, line.cl_ord_id)
    why = {"text": one.amendment.text, "reason_code": one.amendment.reason_code}
    book.note(line, asked, actor=actor, cl_ord_id=name, orig_cl_ord_id=line.cl_ord_id, **why)
    book.ask(line, "replace", name, orig, one.order_qty, one.price, one.stop_px)
    sent = False
    for child, qty in _parts(line, children, chains, one):
        terms = (qty, one.price, one.stop_px if not line.triggered else child.state.stop_px)
        if terms != chains.terms.get(child.id, (child.state.order_qty, child.state.price, child.state.stop_px)):
            sent = True
            child_name, child_orig = f"{child.id}.{child.version + 1}", chains.latest.get(child.id, child.cl_ord_id)
            book.note(child, asked, actor=actor, cl_ord_id=child_name, orig_cl_ord_id=child.cl_ord_id, **why)
            book.ask(child, "replace", child_name, child_orig, *terms, root=name)
            message = replace_message(child, child_name, child_orig, qty, one.price, symbol, book.at, terms[2])
            outgoing.add(child, "AC", of_legs(message, legs)) if legs else outgoing.add(child, "G", message)
    if not sent:
        done = Report(
            ExecType.REPLACED, order_qty=one.order_qty, price=one.price, stop_px=one.stop_px, request="replace"
        )
        book.note(line, done, actor=actor, cl_ord_id=name, orig_cl_ord_id=line.cl_ord_id, **why)
        line.cl_ord_id = name
        book.settle_request(line, name, "accepted")


def _parts(line: Line, children: Sequence[Line], chains: roots.Chains, one: Wanted) -> list[tuple[Line, Decimal]]:
    """The new quantity of each working child, so that all children together come to the new quantity.

    A filled order has none: the child filled last is asked to revive (C.1.c). What waits to be routed, or is held,
    has none either, and is replaced by us.
    """
    working = [child for child in children if child.state.is_open]
    if not working and not line.to_route and not line.hold:
        working = [child for child in children if child.state.may_be_replaced][-1:]
    if not working:
        return []
    # Also what no child filled: shares of a block.
    ended = line.state.cum_qty - sum((c.state.cum_qty for c in working), Decimal(0))
    asked = [(chains.terms.get(c.id, (c.state.order_qty,))[0], c.state.cum_qty) for c in working]
    return list(zip(working, reapportion(asked, one.order_qty - ended), strict=True))


def bare(root: roots.Root) -> Terms:
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
        entered_by_id=root.entered_by_id,
        sender=root.sender_comp_id,
        strategy=root.strategy,
        market=root.market,
        issuer=root.issuer,
    )


def _groups(
    root: roots.Root,
    spreads: Mapping[int, Sequence[roots.Root]],
    book: Book,
    one: Wanted,
    held: Mapping[int, room.Hold],
) -> list[Terms]:
    """What risk is asked about: the order, or of a spread each leg, for its share of the quantity."""
    if root.composition != Composition.MULTILEG:
        return [_terms(root, book, one, held)]
    legs = [(leg, leg.leg.ratio_qty) for leg in spreads[root.id] if leg.leg]
    line = book.lines[root.id]
    said = {
        "account_id": root.account_id, "entered_by_id": root.entered_by_id, "side": line.side,
        "ord_type": line.ord_type, "order_qty": one.order_qty, "price": one.price,
        "time_in_force": line.state.time_in_force, "order_id": root.id, "price_before": line.state.price,
    }  # fmt: skip
    terms = [_terms(leg, book, one._replace(order_qty=one.order_qty * ratio, price=None), held) for leg, ratio in legs]
    return as_one(terms, root.id, said, [ratio for _, ratio in legs], one.amendment.override_id)


def _with_members(terms: Terms, blocks: Members) -> Terms:
    """Of a block with its members: an override of it is for these together."""
    if not terms.is_block:
        return terms
    return replace(terms, also=f"members={' '.join(str(one.order_id) for one in blocks.of[terms.order_id])}")


def _where(groups: list[Terms], children: Sequence[Line], known: Facts) -> list[Terms]:
    """The terms, with the venue of a part if nothing may be sent there: then only what reduces passes."""
    stopped = {switch.scope_id for switch in known.switches if switch.scope == "venue"}
    there = sorted(stopped & {child.venue for child in children if child.state.is_open})
    return [replace(terms, venue=there[0]) for terms in groups] if there else groups


def message_legs(book: Book, legs: Sequence[roots.Root]) -> list[Leg]:
    """The legs of a spread as messages to venues name them."""
    return [Leg(r.symbol, book.lines[r.id].side, r.leg.ratio_qty, str(r.leg.seq_no)) for r in legs if r.leg]


def _terms(root: roots.Root, book: Book, one: Wanted, held: Mapping[int, room.Hold]) -> Terms:
    """The order under its new terms. What it holds of its limits already, it need not ask for again."""
    line = book.lines[root.id]
    return replace(
        bare(root),
        desk_id=line.desk_id,
        side=line.side,
        ord_type=line.ord_type,
        order_qty=one.order_qty,
        price=one.price,
        open_before=max(line.state.leaves_qty, held.get(root.id, room.NOTHING).qty),
        cum_qty=line.state.cum_qty,
        price_before=line.state.price,
        acknowledge_soft=one.amendment.acknowledge_soft,
        stop_px=one.stop_px,
        exec_inst="" if is_block(line) else line.exec_inst,
        time_in_force=line.state.time_in_force,
        peg_price_type=line.peg_price_type,
        is_block=is_block(line),
        acknowledge_reason=one.amendment.acknowledge_reason,
        override_id=one.amendment.override_id,
    )
