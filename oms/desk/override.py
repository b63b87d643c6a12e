"""Overrides: a person of the desk asks for one, another of Compliance grants or refuses it. Orders then name it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from oms.desk import alerts
from oms.desk.asked import CHANGES, Actor
from oms.desk.batch import in_bites
from oms.desk.refusing import Judged, latest
from orders.models import Alert, Order
from orders.vocabulary import Hold, Role
from risk.models import Decision, Override, OverrideEvent
from risk.overriding import COLUMNS as EVENT_COLUMNS
from risk.waiving import State, Way

ASKS = CHANGES
APPROVES = frozenset({Role.COMPLIANCE})
# How long a question waits for an answer, and a grant for its order (the override record of RTS 6 art. 15(6)).
WAITS = timedelta(hours=1)
GRANTED_FOR_MIN, LONGEST_MIN = 15, 60
LONGEST_REASON = 500
COLUMNS = (
    "id", "decision_id", "order_id", "desk_id", "trader_id", "way", "terms", "terms_hash", "breaches", "state",
    "asked_by_id", "asked_at", "reason", "answer", "expires_at",
)  # fmt: skip
Row = tuple[Any, ...]


class Ask(NamedTuple):
    """A request about the order that was refused last, or whose amendment was; ``terms_hash`` may pin what is meant."""

    order_id: int
    reason: str
    terms_hash: str = ""


class Ruling(NamedTuple):
    """Compliance's answer to a request, and for how many minutes a grant holds."""

    override_id: int
    grant: bool
    reason: str
    minutes: int = GRANTED_FOR_MIN


class Told(NamedTuple):
    """What became of a request or a ruling. ``duplicate``: it was asked before, and this is that one."""

    override_id: int | None
    state: str
    refusals: tuple[Refusal, ...] = ()
    duplicate: bool = False


def ask(asks: Sequence[Ask], actor: Actor) -> list[Told]:
    """Ask for overrides; one answer each. Approvers are told. What was asked before answers the open request."""
    if not actor.may(ASKS):
        return [_no("NOT_ALLOWED", "", f"the role {actor.role} may not ask for overrides") for _ in asks]
    return in_bites(lambda bite: _ask(bite, actor, now()), asks)


def _ask(asks: Sequence[Ask], actor: Actor, at: datetime) -> list[Told]:
    judged = latest([one.order_id for one in asks], actor.desk_ids)
    before = _open([one.decision.pk for one in judged.values()], at)
    told: list[Told] = []
    fresh: dict[int, tuple[Ask, Judged]] = {}
    for one, pk in zip(asks, sets.ids(Override, len(asks)), strict=True):
        found = judged.get(one.order_id)
        refusal = _unasked(one, found)
        if refusal or found is None:
            told.append(Told(None, "", (refusal or _unknown(one.order_id),)))
        elif found.decision.pk in before:
            told.append(Told(*before[found.decision.pk], duplicate=True))
        else:
            fresh[pk], before[found.decision.pk] = (one, found), (pk, State.ASKED.value)
            told.append(Told(pk, State.ASKED.value))
    sets.insert(Override, COLUMNS, [_row(pk, one, found, actor, at) for pk, (one, found) in fresh.items()])
    _record([(pk, "asked", at, actor.user_id, None, one.reason) for pk, (one, _) in fresh.items()])
    asking = f"{actor.username} asks to override"
    _tell([
        _notice(found.order, at, "OVERRIDE_ASKED", f"{asking} {_names(found.order, found.decision)}: {one.reason}", pk)
        for pk, (one, found) in fresh.items()
    ])  # fmt: skip
    return told


def decide(rulings: Sequence[Ruling], actor: Actor) -> list[Told]:
    """Grant or refuse; one answer each. Nobody decides on what he asked for, nor on an order of his own."""
    if not actor.may(APPROVES):
        return [_no("NOT_ALLOWED", "", f"the role {actor.role} may not decide on overrides") for _ in rulings]
    return in_bites(lambda bite: _decide(bite, actor, now()), rulings)


def _decide(rulings: Sequence[Ruling], actor: Actor, at: datetime) -> list[Told]:
    rows = locked(Override.objects.filter(pk__in={one.override_id for one in rulings}))
    found = {row.pk: row for row in rows.select_related("decision", "order__instrument")}
    told: list[Told] = []
    done: dict[int, Ruling] = {}
    for one in rulings:
        refusal = _undecided(one, found.get(one.override_id), one.override_id in done, actor, at)
        if refusal:
            told.append(Told(one.override_id, "", (refusal,)))
        else:
            done[one.override_id] = one
            told.append(Told(one.override_id, (State.GRANTED if one.grant else State.REFUSED).value))
    changes = [_changed(found[pk], one, actor, at) for pk, one in done.items()]
    sets.update(Override, ["pk"], ("state", "decided_by_id", "decided_at", "answer", "expires_at"), changes)
    _record([(row[0], row[1], at, actor.user_id, None, row[4]) for row in changes])
    _tell([_answered(found[row[0]], row, actor, at) for row in changes])
    return told


def lapse(at: datetime, ids: Sequence[int]) -> None:
    """Mark overrides that ran out as expired. Their rows are locked by the caller. Two statements."""
    sets.update(Override, ["pk"], ["state"], [(pk, State.EXPIRED.value) for pk in ids])
    _record([(pk, "expired", at, None, None, "") for pk in ids])


def _open(decision_ids: Sequence[int], at: datetime) -> dict[int, tuple[int, str]]:
    """Requests and grants about these decisions that still hold, by decision; those that ran out are marked so."""
    rows = locked(
        Override.objects.filter(decision_id__in=decision_ids, state__in=[State.ASKED.value, State.GRANTED.value])
    )
    held, over = {}, []
    for pk, decision_id, state, expires_at in rows.values_list("pk", "decision_id", "state", "expires_at"):
        if at < expires_at:
            held[decision_id] = (pk, state)
        else:
            over.append(pk)
    if over:
        lapse(at, over)
    return held


def _unasked(one: Ask, judged: Judged | None) -> Refusal | None:
    """Why this cannot be asked; None if it can."""
    if fault := _reasoned(one.reason):
        return fault
    if judged is None:
        return _unknown(one.order_id)
    order, decision, way, _ = judged
    if order.hold == Hold.LEG:
        return Refusal("NOT_OVERRIDABLE", "order_id", f"order {order.pk} is a leg: ask about its spread as a whole")
    if decision.accepted:
        return Refusal("NOT_OVERRIDABLE", "order_id", f"order {one.order_id} was not refused")
    if one.terms_hash and one.terms_hash != decision.terms_hash:
        return Refusal("OVERRIDE_TERMS", "terms_hash", "these are not the terms that were refused last")
    if way == Way.REASON:
        return Refusal("NOT_OVERRIDABLE", "order_id", "send it again with acknowledge_soft and acknowledge_reason")
    if way not in (Way.SECOND_PERSON, Way.DESIGNATED):
        return Refusal("NOT_OVERRIDABLE", "order_id", f"nobody may waive what refused order {one.order_id}")
    return None


def _undecided(one: Ruling, row: Override | None, twice: bool, actor: Actor, at: datetime) -> Refusal | None:
    """Why this cannot be decided; None if it can."""
    if fault := _reasoned(one.reason):
        return fault
    if row is None:
        return Refusal("UNKNOWN_OVERRIDE", "override_id", f"no override {one.override_id}")
    if actor.user_id in (row.asked_by_id, row.trader_id):
        return Refusal("SELF_APPROVAL", "override_id", f"you asked for override {row.pk}, or its order is yours")
    if row.state != State.ASKED or twice:
        return Refusal("OVERRIDE_DECIDED", "override_id", f"override {row.pk} is {row.state} already")
    if at >= row.expires_at:
        text = f"override {row.pk} waited for an answer until {row.expires_at:%H:%M:%S} UTC"
        return Refusal("OVERRIDE_EXPIRED", "override_id", text)
    if not 1 <= one.minutes <= LONGEST_MIN:
        return Refusal("BAD_VALUE", "minutes", f"minutes must be from 1 to {LONGEST_MIN}, not {one.minutes}")
    return None


def _reasoned(reason: str) -> Refusal | None:
    if not reason.strip():
        return Refusal("MISSING", "reason", "a reason is required")
    if len(reason) > LONGEST_REASON:
        return Refusal("TOO_LONG", "reason", f"reason may have {LONGEST_REASON} characters, not {len(reason)}")
    return None if reason.isprintable() else Refusal("BAD_TEXT", "reason", "reason must be printable")


def _row(pk: int, one: Ask, judged: Judged, actor: Actor, at: datetime) -> Row:
    order, decision, way, breaches = judged
    return (
        pk, decision.pk, order.pk, order.desk_id, order.entered_by_id, way.value, decision.inputs["terms"],
        decision.terms_hash, breaches, State.ASKED.value, actor.user_id, at, one.reason, "", at + WAITS,
    )  # fmt: skip


def _changed(row: Override, one: Ruling, actor: Actor, at: datetime) -> Row:
    if not one.grant:
        return row.pk, State.REFUSED.value, actor.user_id, at, one.reason, row.expires_at
    return row.pk, State.GRANTED.value, actor.user_id, at, one.reason, at + timedelta(minutes=one.minutes)


def _answered(row: Override, changed: Row, actor: Actor, at: datetime) -> Row:
    _, state, _, _, answer, expires_at = changed
    until = f", until {expires_at:%H:%M:%S} UTC" if state == State.GRANTED else ""
    text = f"{actor.username} {state} override {row.pk} of {_names(row.order, row.decision)}{until}: {answer}"
    code = "OVERRIDE_GRANTED" if state == State.GRANTED else "OVERRIDE_REFUSED"
    return _notice(row.order, at, code, text, row.pk)


def _names(order: Order, decision: Decision) -> str:
    """The order under the terms that were refused, as people say it."""
    terms = decision.inputs["terms"]
    price = f" @ {terms['price']}" if terms.get("price") else ""
    what = "the amendment of order" if decision.kind == Decision.Kind.AMEND else "order"
    symbol = f"spreads ({terms['legs']})" if "legs" in terms else order.instrument.symbol
    words = f"{order.side.replace('_', ' ').upper()} {terms['order_qty']} {symbol}{price}"
    return f"{what} {order.pk} ({words})"


def _notice(order: Order, at: datetime, code: str, text: str, pk: int) -> Row:
    """An alert in ``oms.desk.alerts.COLUMNS``: it reaches the pages of the order's desk."""
    severity = Alert.Severity.INFO.value
    return at, severity, "override", code, order.desk_id, order.pk, text[:500], {"override_id": pk}, ""


def _record(rows: Sequence[Row]) -> None:
    sets.insert(OverrideEvent, EVENT_COLUMNS, rows)


def _tell(rows: Sequence[Row]) -> None:
    alerts.save(rows)
    if rows:
        bell.ring_on_commit("live")


def _unknown(order_id: int) -> Refusal:
    return Refusal("UNKNOWN_ORDER", "order_id", f"no order {order_id} on your desks")


def _no(code: str, field: str, text: str) -> Told:
    return Told(None, "", (Refusal(code, field, text),))
