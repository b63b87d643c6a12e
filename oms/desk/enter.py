"""Entering orders: look up, lock limits, check, and write order, event, decision and reservation in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.prepared import Prepared
from oms.base.refusal import Refusal
from oms.desk import alerts, supplied
from oms.desk.asked import ENTERS, Actor, Answer, Draft, refused
from oms.desk.batch import bites, in_bites
from oms.desk.foreseen import Foreseen
from oms.desk.lookup import Account, Listed, directory
from oms.desk.overridden import tell_used, told
from oms.desk.pricing import in_our_terms
from orders.book import Book, begin
from orders.lifecycle import State
from orders.models import Order, OrderRequest
from orders.reference import business_date
from orders.vocabulary import Hold, Side
from risk import check, overriding
from risk.terms import Terms
from routing import market
from routing.quotes import Reference
from routing.triggers import FRESH

# What a draft says that never changes, by the names of the book.
TERMS = (
    "side", "ord_type", "cash_order_qty", "max_floor", "exec_inst", "peg_price_type", "peg_offset_value",
    "peg_offset_type", "expire_time", "handl_inst", "strategy", "settl_date",
)  # fmt: skip

# Terms that no control looks at: an override is for an order with these as well.
ALSO = ("cash_order_qty", "max_floor", "peg_offset_value", "peg_offset_type", "expire_time", "settl_date")


class Candidate(NamedTuple):
    """A draft whose words are right, under the id its order will have."""

    at: int
    draft: Draft
    account: Account
    instrument: Listed
    order_id: int

    @property
    def cl_ord_id(self) -> str:
        return self.draft.cl_ord_id or f"oms-{self.order_id}"


def enter(drafts: Sequence[Draft], actor: Actor) -> list[Answer]:
    """Enter ``drafts``; one answer each, in order. An accepted draft uses up room for those after it.

    What risk refuses is stored as a rejected order with its decision. A draft that cannot be understood is only
    answered. A ClOrdID that was used before answers the first order if the terms are equal.
    """
    if not actor.may(ENTERS):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not enter orders")
        return [refused(no) for _ in drafts]
    return in_bites(lambda bite: _enter(bite, actor, now()), drafts)


def _enter(drafts: Sequence[Draft], actor: Actor, at: datetime) -> list[Answer]:
    answers: list[Answer | None] = [None] * len(drafts)
    candidates = _candidates(drafts, actor, answers, lambda count: sets.ids(Order, count))
    references = market.references(c.instrument.id for c in candidates)
    today = business_date()
    candidates = in_our_terms(_resolved(candidates, references, at, answers), today, answers)
    asked = {c.order_id: terms_of(c, actor) for c in candidates}
    known = supplied.known(list(asked.values()), at, references, today)
    known = overriding.attached(known, (c.draft.override_id for c in candidates), actor.desk_ids)
    candidates = _without_repeats(candidates, actor, answers)
    bearers = overriding.Bearers(known, at, actor.user_id)
    candidates = _that_may(bearers, candidates, asked, answers)
    terms = [asked[c.order_id] for c in candidates]
    verdicts = check.decide(terms, known, at)
    book = Book(at, today)
    for candidate, verdict in zip(candidates, verdicts, strict=True):
        answers[candidate.at] = _write(book, candidate, verdict, actor)
    _repeats_within(drafts, candidates, answers)
    check.save(terms, verdicts, at, known)
    bearers.save()
    book.save()
    alerts.from_risk(book, verdicts, candidates)
    tell_used(book, terms, verdicts, known)
    waiting = any(verdict.accepted for verdict in verdicts)
    bell.ring_on_commit("live", *(["route"] if waiting else []))
    return [answer for answer in answers if answer is not None]


def foresee(drafts: Sequence[Draft], actor: Actor) -> list[Foreseen]:
    """What ``enter`` would answer now, and each rule before and after. Nothing is locked or written.

    A moment later it may answer otherwise. An order that would be accepted uses up room for those after it.
    """
    if not actor.may(ENTERS):
        return [Foreseen(answer) for answer in enter(drafts, actor)]
    found: list[Foreseen] = []
    for bite in bites(drafts):
        found += _foresee(bite, actor, now())
    return found


def _foresee(drafts: Sequence[Draft], actor: Actor, at: datetime) -> list[Foreseen]:
    answers: list[Answer | None] = [None] * len(drafts)
    # No order will have these ids.
    candidates = _candidates(drafts, actor, answers, lambda count: range(-1, -1 - count, -1))
    references = market.references(c.instrument.id for c in candidates)
    today = business_date()
    candidates = in_our_terms(_resolved(candidates, references, at, answers), today, answers)
    asked = {c.order_id: terms_of(c, actor) for c in candidates}
    known = supplied.known(list(asked.values()), at, references, today, lock=False)
    candidates = _without_repeats(candidates, actor, answers)
    verdicts = check.decide([asked[c.order_id] for c in candidates], known, at, before=True)
    for candidate, verdict in zip(candidates, verdicts, strict=True):
        answers[candidate.at] = Answer(None, None, "", check.refusals(verdict))
    _repeats_within(drafts, candidates, answers)
    of = {candidate.at: (verdict,) for candidate, verdict in zip(candidates, verdicts, strict=True)}
    return [Foreseen(answer, of.get(place, ())) for place, answer in enumerate(answers) if answer is not None]


def _candidates(
    drafts: Sequence[Draft],
    actor: Actor,
    answers: list[Answer | None],
    ids: Callable[[int], Iterable[int]],
) -> list[Candidate]:
    """The drafts that can be understood, each under a fresh order id; the others are answered."""
    found = directory(drafts, actor)
    looked_up = [found.find(draft) for draft in drafts]
    good = [at for at, (_, _, refusals) in enumerate(looked_up) if not refusals]
    for at, (_, _, refusals) in enumerate(looked_up):
        if refusals:
            answers[at] = refused(*refusals)
    fresh = ids(len(good))
    return [
        Candidate(at, drafts[at], looked_up[at][0], looked_up[at][1], order_id)  # type: ignore[arg-type]
        for at, order_id in zip(good, fresh, strict=True)
    ]


def _resolved(
    candidates: list[Candidate], references: Mapping[int, Reference], at: datetime, answers: list[Answer | None]
) -> list[Candidate]:
    """Orders for an amount of money (CashOrderQty, 152) with the quantity it buys now; without a fresh price, none."""
    resolved = []
    for one in candidates:
        cash = one.draft.cash_order_qty
        if cash is None:
            resolved.append(one)
            continue
        quote = references.get(one.instrument.id)
        price = quote and (quote.offer if one.draft.side == Side.BUY else quote.bid)
        if quote is None or not price or quote.at is None or at - quote.at > FRESH:
            text = "the amount cannot be turned into a quantity: there is no fresh price"
            answers[one.at] = refused(Refusal("DATA_STALE", "cash_order_qty", text))
            continue
        lot = one.instrument.round_lot
        qty = cash / (price * one.instrument.multiplier * one.instrument.price_factor) // lot * lot
        if qty <= 0:
            text = f"{cash:f} does not buy a lot of {lot.normalize():f} at {price.normalize():f}"
            answers[one.at] = refused(Refusal("NOT_POSITIVE", "cash_order_qty", text))
            continue
        resolved.append(one._replace(draft=one.draft._replace(order_qty=qty)))
    return resolved


_SAID_BEFORE = (
    "cl_ord_id", "kind", "order_qty", "price", "stop_px", "order_id", "order__version", "order__ord_status",
    "order__account_id", "order__instrument_id", "order__side", "order__ord_type", "order__time_in_force",
    "order__cash_order_qty", "order__strategy",
)  # fmt: skip
_BEFORE = Prepared(
    lambda senders, names: OrderRequest.objects.filter(
        sender_comp_id__among=senders, cl_ord_id__among=names
    ).values_list(*_SAID_BEFORE)
)


def _without_repeats(candidates: list[Candidate], actor: Actor, answers: list[Answer | None]) -> list[Candidate]:
    """Answer what was entered before, looked for after the limits are locked, and leave one of each ClOrdID."""
    first: dict[str, Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.cl_ord_id, candidate)
    earlier = {row[0]: dict(zip(_SAID_BEFORE, row, strict=True)) for row in _BEFORE([actor.sender_comp_id], first)}
    for candidate in candidates:
        if candidate.cl_ord_id in earlier:
            answers[candidate.at] = _repeat(candidate, earlier[candidate.cl_ord_id])
    return [c for c in first.values() if c.cl_ord_id not in earlier]


def _that_may(
    bearers: overriding.Bearers, candidates: list[Candidate], asked: Mapping[int, Terms], answers: list[Answer | None]
) -> list[Candidate]:
    """Answer what comes with an override that is not for it; such an order is not even tried without."""
    stand = []
    for one in candidates:
        refusal = bearers.objection(asked[one.order_id])
        if refusal is None:
            stand.append(one)
        else:
            answers[one.at] = refused(refusal)
    return stand


def _repeat(candidate: Candidate, row: Mapping[str, Any]) -> Answer:
    draft = candidate.draft
    same = (
        row["kind"] == "new"
        and (row["price"], row["stop_px"]) == (draft.price, draft.stop_px)
        # What an amount of money buys changes; the order is the same if the amount is.
        and row["order__cash_order_qty"] == draft.cash_order_qty
        and (draft.cash_order_qty is not None or row["order_qty"] == draft.order_qty)
        and (row["order__account_id"], row["order__instrument_id"]) == (candidate.account.id, candidate.instrument.id)
        and (row["order__side"], row["order__ord_type"]) == (draft.side, draft.ord_type)
        and (row["order__time_in_force"], row["order__strategy"]) == (draft.time_in_force, draft.strategy)
    )
    if same:
        return Answer(row["order_id"], row["order__version"], row["order__ord_status"], duplicate=True)
    return _used_before(draft.cl_ord_id, row["order_id"])


def _used_before(cl_ord_id: str, order_id: int | None) -> Answer:
    text = f"ClOrdID {cl_ord_id} was used for order {order_id} with other terms"
    return refused(Refusal("DUPLICATE_CL_ORD_ID", "cl_ord_id", text), order_id=order_id)


def _repeats_within(drafts: Sequence[Draft], candidates: list[Candidate], answers: list[Answer | None]) -> None:
    """Answer a ClOrdID that stands twice in one batch like one that was entered before."""
    first = {candidate.cl_ord_id: candidate for candidate in candidates}
    for at, draft in enumerate(drafts):
        if answers[at] is None:
            candidate = first[draft.cl_ord_id]
            answer = answers[candidate.at]
            assert answer is not None
            asked = draft if draft.cash_order_qty is None else draft._replace(order_qty=candidate.draft.order_qty)
            same = candidate.draft == asked
            answers[at] = answer._replace(duplicate=True) if same else _used_before(draft.cl_ord_id, answer.order_id)


def _write(book: Book, candidate: Candidate, verdict: Any, actor: Actor) -> Answer:
    draft, account = candidate.draft, candidate.account
    fixed = {name: getattr(draft, name) for name in TERMS} | {
        "id": candidate.order_id, "account_id": account.id, "instrument_id": candidate.instrument.id,
        "desk_id": account.desk_id, "entered_by_id": actor.user_id, "sender_comp_id": actor.sender_comp_id,
    }  # fmt: skip
    assert draft.order_qty is not None
    state = State(draft.time_in_force, draft.order_qty, draft.price, draft.stop_px)
    hold = draft.hold if verdict.accepted else ""
    line = book.open(
        fixed, state, candidate.cl_ord_id, to_route=verdict.accepted and not hold, hold=hold,
        assigned_to_id=draft.assigned_to_id,
    )  # fmt: skip
    book.ask(line, "new", candidate.cl_ord_id, qty=draft.order_qty, price=draft.price, stop_px=draft.stop_px)
    if verdict.accepted:
        # A venue acknowledges what is sent to one; what we hold, we acknowledge; a staged order awaits a trader.
        kind = "new" if hold not in ("", Hold.STAGED) else "pending_new"
        begin(book, line, kind, actor=actor.username, text=draft.text)
        return Answer(line.id, line.version, line.state.ord_status)
    refusals = check.refusals(verdict)
    text = told(refusals, verdict.way, line.id)
    begin(book, line, "rejected", actor=actor.username, text=text, reason_code=refusals[0].code)
    return Answer(line.id, line.version, line.state.ord_status, refusals)


def terms_of(candidate: Candidate, actor: Actor) -> Terms:
    """The candidate as risk sees it."""
    draft, instrument = candidate.draft, candidate.instrument
    return Terms(
        order_id=candidate.order_id,
        account_id=candidate.account.id,
        desk_id=candidate.account.desk_id,
        instrument_id=instrument.id,
        symbol=instrument.symbol,
        asset_class=instrument.asset_class,
        side=draft.side,
        ord_type=draft.ord_type,
        order_qty=draft.order_qty or Decimal(1),
        price=draft.price,
        multiplier=instrument.multiplier,
        price_factor=instrument.price_factor,
        currency=instrument.currency,
        entered_by_id=actor.user_id,
        acknowledge_soft=draft.acknowledge_soft,
        stop_px=draft.stop_px,
        exec_inst=draft.exec_inst,
        time_in_force=draft.time_in_force,
        peg_price_type=draft.peg_price_type,
        sender=actor.sender_comp_id,
        strategy=draft.strategy,
        client=candidate.account.client,
        portfolio=candidate.account.portfolio,
        market=instrument.primary_mic,
        issuer=instrument.issuer,
        acknowledge_reason=draft.acknowledge_reason,
        override_id=draft.override_id,
        also=" ".join(f"{name}={getattr(draft, name)}" for name in ALSO if getattr(draft, name) not in (None, "")),
    )
