"""Entering spreads: one order for the whole, an order for each leg, checked leg by leg, all or none in one transaction.

The whole is asked, sent and answered as one; nothing of it is booked. Each leg is an order of its own instrument that
is never routed alone, and holds what it may fill of its account's limits: the worst case of the spread.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import alerts, supplied
from oms.desk.asked import ENTERS, Actor, Answer, Draft, refused
from oms.desk.batch import bites, in_bites
from oms.desk.enter import Candidate, terms_of
from oms.desk.foreseen import Foreseen
from oms.desk.lookup import directory
from oms.desk.overridden import as_one, tell_used, told
from oms.desk.spread_words import MOST, LegDraft, MultilegDraft, faults_of, leg_faults
from orders.book import Book, Line, begin
from orders.legs import leg_side
from orders.lifecycle import State
from orders.lists import LEG, WHOLE
from orders.models import ListOrder, Order, OrderList, OrderRequest
from orders.reference import business_date
from orders.vocabulary import Composition, ContingencyType, Hold, OrdType, Side
from risk import check, overriding, waiving
from risk.terms import Terms
from risk.verdict import Verdict
from routing import market

LISTED = ("id", "list_id", "sender_comp_id", "kind", "desk_id", "entered_by_id", "all_or_nothing", "active", "to_check",
          "stamp", "text", "created_at")  # fmt: skip
MEMBERS = ("list_id", "order_id", "seq_no", "role", "ratio_qty", "leg_ref_id", "wave")


__all__ = ["LegDraft", "MultilegDraft", "enter_multileg", "foresee"]


class Spread(NamedTuple):
    """A draft whose words are right, under the id its order will have, and its legs under theirs."""

    at: int
    draft: MultilegDraft
    order_id: int
    legs: Sequence[Candidate]

    @property
    def cl_ord_id(self) -> str:
        return self.draft.cl_ord_id or f"oms-{self.order_id}"


def enter_multileg(drafts: Sequence[MultilegDraft], actor: Actor) -> list[Answer]:
    """Enter spreads; one answer each, about the whole. Refusals name the leg at fault: ``legs[2].symbol``.

    What risk refuses is stored as rejected, whole and legs. A ClOrdID that was used before answers the first spread if
    the terms are equal.
    """
    if not actor.may(ENTERS):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not enter orders")
        return [refused(no) for _ in drafts]
    return in_bites(lambda bite: _enter(bite, actor, now()), drafts)


def _enter(drafts: Sequence[MultilegDraft], actor: Actor, at: datetime) -> list[Answer]:
    answers: list[Answer | None] = [None] * len(drafts)
    spreads = _understood(drafts, actor, answers, lambda count: sets.ids(Order, count))
    groups = {spread.order_id: _terms(spread, actor) for spread in spreads}
    references = market.references(leg.instrument.id for spread in spreads for leg in spread.legs)
    today = business_date()
    known = supplied.known([terms for group in groups.values() for terms in group], at, references, today)
    known = overriding.attached(known, (spread.draft.override_id for spread in spreads), actor.desk_ids)
    spreads = _without_repeats(spreads, actor, answers)
    bearers = overriding.Bearers(known, at, actor.user_id)
    spreads = _that_may(bearers, spreads, groups, answers)
    decided = check.decide_together([groups[spread.order_id] for spread in spreads], known, at)
    book, evidence = Book(at, today), _Evidence([], [])
    for spread, verdicts in zip(spreads, decided, strict=True):
        answers[spread.at] = _write(book, spread, groups[spread.order_id], verdicts, actor, evidence)
    check.save(evidence.terms, evidence.verdicts, at, known)
    bearers.save()
    book.save()
    _join(book, spreads)
    alerts.from_risk(book, evidence.verdicts, evidence.terms)
    tell_used(book, evidence.terms, evidence.verdicts, known)
    _repeats_within(drafts, spreads, answers)
    bell.ring_on_commit("live", "route")
    return [answer for answer in answers if answer is not None]


def foresee(drafts: Sequence[MultilegDraft], actor: Actor) -> list[Foreseen]:
    """What ``enter_multileg`` would answer now, each rule before and after, leg by leg. Nothing is locked or written.

    A spread that would be accepted uses up room for those after it.
    """
    if not actor.may(ENTERS):
        return [Foreseen(answer) for answer in enter_multileg(drafts, actor)]
    return [one for bite in bites(drafts) for one in _foresee(bite, actor, now())]


def _foresee(drafts: Sequence[MultilegDraft], actor: Actor, at: datetime) -> list[Foreseen]:
    answers: list[Answer | None] = [None] * len(drafts)
    # No order will have these ids.
    spreads = _understood(drafts, actor, answers, lambda count: range(-1, -1 - count, -1))
    groups = {spread.order_id: _terms(spread, actor) for spread in spreads}
    references = market.references(leg.instrument.id for spread in spreads for leg in spread.legs)
    every = [terms for group in groups.values() for terms in group]
    known = supplied.known(every, at, references, business_date(), lock=False)
    known = overriding.attached(known, (spread.draft.override_id for spread in spreads), actor.desk_ids, lock=False)
    spreads = _without_repeats(spreads, actor, answers)
    spreads = _that_may(overriding.Bearers(known, at, actor.user_id), spreads, groups, answers)
    decided = check.decide_together([groups[spread.order_id] for spread in spreads], known, at, before=True)
    for spread, verdicts in zip(spreads, decided, strict=True):
        answers[spread.at] = Answer(None, None, "", _refusals(verdicts))
    _repeats_within(drafts, spreads, answers)
    of = {spread.at: tuple(verdicts) for spread, verdicts in zip(spreads, decided, strict=True)}
    return [Foreseen(answer, of.get(place, ())) for place, answer in enumerate(answers) if answer is not None]


def _terms(spread: Spread, actor: Actor) -> list[Terms]:
    """What risk is asked about: each leg, and that they are one."""
    draft, legs = spread.draft, [terms_of(leg, actor) for leg in spread.legs]
    said = {
        "account_id": legs[0].account_id, "entered_by_id": actor.user_id, "side": draft.side,
        "ord_type": draft.ord_type, "order_qty": draft.order_qty, "price": draft.price,
        "time_in_force": draft.time_in_force,
    }  # fmt: skip
    return as_one(legs, spread.order_id, said, [leg.ratio_qty for leg in draft.legs], draft.override_id)


def _that_may(
    bearers: overriding.Bearers,
    spreads: Sequence[Spread],
    groups: Mapping[int, Sequence[Terms]],
    answers: list[Answer | None],
) -> list[Spread]:
    """Answer what comes with an override that is not for it; such a spread is not even tried without."""
    stand = []
    for one in spreads:
        refusal = bearers.objection(groups[one.order_id][0])
        if refusal is None:
            stand.append(one)
        else:
            answers[one.at] = refused(refusal)
    return stand


class _Evidence(NamedTuple):
    """What risk was asked and answered, as far as it is kept."""

    terms: list[Terms]
    verdicts: list[Verdict]


def _understood(
    drafts: Sequence[MultilegDraft],
    actor: Actor,
    answers: list[Answer | None],
    ids: Callable[[int], Iterable[int]],
) -> list[Spread]:
    """The drafts that can be understood, whole and legs each under a fresh order id; the others are answered."""
    parts = [[_part(draft, leg) for leg in draft.legs[:MOST]] for draft in drafts]
    found = directory([part for several in parts for part in several], actor)
    good = []
    for at, (draft, legs) in enumerate(zip(drafts, parts, strict=True)):
        faults = [*faults_of(draft), *leg_faults(draft, legs, found)]
        if faults:
            answers[at] = refused(*dict.fromkeys(faults))
        else:
            good.append(at)
    fresh = iter(ids(sum(1 + len(parts[at]) for at in good)))
    spreads = []
    for at in good:
        whole_id = next(fresh)
        looked_up = [found.find(part)[:2] for part in parts[at]]
        legs_of_it = [
            Candidate(at, part, account, instrument, next(fresh))  # type: ignore[arg-type]
            for part, (account, instrument) in zip(parts[at], looked_up, strict=True)
        ]
        spreads.append(Spread(at, drafts[at], whole_id, legs_of_it))
    return spreads


def _part(draft: MultilegDraft, leg: LegDraft) -> Draft:
    """The leg as an order: it has no price of its own, only the whole has."""
    side = leg_side(leg.side, draft.side) if leg.side in set(Side) else leg.side
    return Draft(
        draft.account, leg.symbol, side, OrdType.MARKET.value, draft.time_in_force, draft.order_qty * leg.ratio_qty,
        acknowledge_soft=draft.acknowledge_soft, hold=Hold.LEG.value, acknowledge_reason=draft.acknowledge_reason,
    )  # fmt: skip


def _without_repeats(spreads: Sequence[Spread], actor: Actor, answers: list[Answer | None]) -> list[Spread]:
    """Answer what was entered before, looked for after the limits are locked, and leave one of each ClOrdID."""
    first: dict[str, Spread] = {}
    for spread in spreads:
        first.setdefault(spread.cl_ord_id, spread)
    columns = ("cl_ord_id", "order_id", "kind", "order_qty", "price", "order__version", "order__ord_status",
               "order__account_id", "order__side", "order__ord_type", "order__time_in_force")  # fmt: skip
    rows = OrderRequest.objects.filter(sender_comp_id=actor.sender_comp_id, cl_ord_id__in=list(first))
    earlier = {row["cl_ord_id"]: row for row in rows.values(*columns)}
    legs = _legs_before([row["order_id"] for row in earlier.values()])
    for spread in spreads:
        if spread.cl_ord_id in earlier:
            row = earlier[spread.cl_ord_id]
            same = _said(row, legs.get(row["order_id"], [])) == _asked(spread)
            answers[spread.at] = (
                Answer(row["order_id"], row["order__version"], row["order__ord_status"], duplicate=True)
                if same
                else _used_before(spread.cl_ord_id, row["order_id"])
            )
    return [spread for spread in first.values() if spread.cl_ord_id not in earlier]


def _legs_before(whole_ids: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
    """Instrument, side and ratio of the legs of spreads entered before. One SELECT."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    rows = ListOrder.objects.filter(role=LEG, list__members__role=WHOLE, list__members__order_id__in=whole_ids)
    columns = ("list__members__order_id", "order__instrument_id", "order__side", "ratio_qty")
    for whole_id, *leg in rows.order_by("seq_no").values_list(*columns):
        found.setdefault(whole_id, []).append(tuple(leg))
    return found


def _said(row: Mapping[str, Any], legs: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    return ("new", *(row[f"order__{name}"] for name in ("account_id", "side", "ord_type", "time_in_force")),
            row["order_qty"], row["price"], list(legs)) if row["kind"] == "new" else ()  # fmt: skip


def _asked(spread: Spread) -> tuple[Any, ...]:
    draft = spread.draft
    legs = [(leg.instrument.id, leg.draft.side, asked.ratio_qty)
            for leg, asked in zip(spread.legs, draft.legs, strict=True)]  # fmt: skip
    return ("new", spread.legs[0].account.id, draft.side, draft.ord_type, draft.time_in_force, draft.order_qty,
            draft.price, legs)  # fmt: skip


def _used_before(cl_ord_id: str, order_id: int | None) -> Answer:
    text = f"ClOrdID {cl_ord_id} was used for order {order_id} with other terms"
    return refused(Refusal("DUPLICATE_CL_ORD_ID", "cl_ord_id", text), order_id=order_id)


def _repeats_within(drafts: Sequence[MultilegDraft], spreads: Sequence[Spread], answers: list[Answer | None]) -> None:
    """Answer a ClOrdID that stands twice in one batch like one that was entered before."""
    first = {spread.cl_ord_id: spread for spread in spreads}
    for at, draft in enumerate(drafts):
        if answers[at] is None:
            spread = first[draft.cl_ord_id]
            answer = answers[spread.at]
            assert answer is not None
            same = spread.draft == draft
            answers[at] = answer._replace(duplicate=True) if same else _used_before(draft.cl_ord_id, answer.order_id)


def _write(
    book: Book, spread: Spread, terms: Sequence[Terms], verdicts: Sequence[Verdict], actor: Actor, evidence: _Evidence
) -> Answer:
    """The whole and its legs, accepted or rejected together."""
    refusals = _refusals(verdicts)
    for one, verdict in zip(terms, verdicts, strict=True):
        # Of a spread that is refused, those legs' verdicts are kept that refuse it: no other leg was asked for.
        if not refusals or not verdict.accepted:
            evidence.terms.append(one)
            evidence.verdicts.append(verdict)
    whole = _open(book, spread, spread.legs[0], actor)
    lines = [whole, *(_open(book, spread, leg, actor, leg=True) for leg in spread.legs)]
    if not refusals:
        for line in lines:
            begin(book, line, "pending_new", actor=actor.username)
        whole.to_route = True
        return Answer(whole.id, whole.version, whole.state.ord_status)
    way = waiving.strictest(verdict.way for verdict in verdicts if not verdict.accepted)
    text = told(refusals, way, whole.id)
    for line in lines:
        begin(book, line, "rejected", actor=actor.username, text=text, reason_code=refusals[0].code)
    return Answer(whole.id, whole.version, whole.state.ord_status, refusals)


def _refusals(verdicts: Sequence[Verdict]) -> tuple[Refusal, ...]:
    """Every reason why a spread was refused, each naming its leg."""
    return tuple(
        refusal._replace(field=f"legs[{number}].{refusal.field}")
        for number, verdict in enumerate(verdicts, 1)
        for refusal in check.refusals(verdict)
    )


def _open(book: Book, spread: Spread, one: Candidate, actor: Actor, *, leg: bool = False) -> Line:
    """Begin the order of a leg, or the whole: that is of its first leg's instrument, but nothing of it is booked."""
    draft: Any = one.draft if leg else spread.draft
    fixed = {
        "id": one.order_id if leg else spread.order_id, "account_id": one.account.id, "ord_type": draft.ord_type,
        "instrument_id": one.instrument.id, "desk_id": one.account.desk_id, "entered_by_id": actor.user_id,
        "sender_comp_id": actor.sender_comp_id, "side": draft.side,
        "composition": "" if leg else Composition.MULTILEG.value,
    }  # fmt: skip
    name = one.cl_ord_id if leg else spread.cl_ord_id
    state = State(draft.time_in_force, draft.order_qty, draft.price)
    line = book.open(fixed, state, name, hold=Hold.LEG.value if leg else "")
    book.ask(line, "new", name, qty=draft.order_qty, price=draft.price)
    return line


def _join(book: Book, spreads: Sequence[Spread]) -> None:
    """Write down which orders are legs of which. Two INSERTs."""
    lists = list(zip(sets.ids(OrderList, len(spreads)), spreads, strict=True))
    kind = ContingencyType.MULTILEG.value
    sets.insert(OrderList, LISTED, [
        (pk, f"oms-multileg-{spread.order_id}", line.sender_comp_id, kind, line.desk_id, line.entered_by_id, True, True,
         False, 0, "", book.at)
        for pk, spread in lists
        for line in (book.lines[spread.order_id],)
    ])  # fmt: skip
    wholes = [(pk, spread.order_id, 0, WHOLE, None, "", 0) for pk, spread in lists]
    legs = [
        (pk, leg.order_id, number, LEG, asked.ratio_qty, asked.leg_ref_id or str(number), 0)
        for pk, spread in lists
        for number, (leg, asked) in enumerate(zip(spread.legs, spread.draft.legs, strict=True), 1)
    ]
    sets.insert(ListOrder, MEMBERS, [*wholes, *legs])
