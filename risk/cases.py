"""The cases of breaches: what people do with them, and what a further sight of a breach makes of them.

Every change is a step of the kernel (risk/caselife.py) on a locked row, and an event in the same transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.models import User
from risk.caselife import LIVE, SYSTEM, Case, State, Verb, Who, seen, step
from risk.models import Breach, BreachEvent
from risk.result import Outcome

# An order's case that was closed so lately is the same when it is seen again: a price that flickers is one story.
FLICKER = timedelta(seconds=60)
LONGEST_TEXT = 1000
HOLDS = "it holds again"
Key = tuple[str, int | None, str]
"""(control, rule id, what it is about)"""
_CHANGES = (
    "state", "outcome", "origin", "cause", "rule_version", "reason_code", "text", "measured", "limit", "owner_id",
    "deadline", "overdue_at", "action", "acted_at", "waiver_asked_by_id", "waiver_until", "waived_by_id", "seen_at",
    "closed_at", "version",
)  # fmt: skip
_EVENT = ("breach_id", "seq", "at", "verb", "state", "actor_id", "actor_name", "text", "finding")
_NEW = (
    "id", "kind", "control", "rule_id", "rule_version", "about", "origin", "cause", "order_id", "account_id",
    "instrument_id", "desk_id", "outcome", "reason_code", "text", "measured", "limit", "state", "deadline", "action",
    "opened_at", "seen_at", "version",
)  # fmt: skip


class Wish(NamedTuple):
    """What somebody wants done with a case: ``version`` is the one looked at, ``until`` a waiver's last day."""

    breach_id: int
    verb: Verb
    text: str = ""
    version: int | None = None
    owner_id: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A breach as a watch has just seen it."""

    control: str
    rule_id: int | None
    rule_version: int | None
    about: str
    outcome: Outcome
    reason_code: str
    text: str
    measured: str = ""
    limit: str = ""
    origin: str = Breach.Origin.PASSIVE
    cause: str = ""
    order_id: int | None = None
    account_id: int | None = None
    instrument_id: int | None = None
    desk_id: int | None = None
    action: str = "alert"
    deadline: date | None = None
    finding: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What there is one live case of."""
        return self.control, self.rule_id, self.about


class Told(NamedTuple):
    """What became of a case that people must hear of: it was opened, reopened, escalated or closed."""

    breach: Breach
    verb: str


def act(wishes: Sequence[Wish], who: Who, visible: Q) -> list[Breach | Refusal]:
    """Do what people want with cases that are ``visible`` to them; one answer each. Five statements."""
    at = now()
    with transaction.atomic():
        found = {row.pk: row for row in locked(Breach.objects.filter(visible, pk__in={w.breach_id for w in wishes}))}
        owners = _owners(wishes)
        answers: list[Breach | Refusal] = []
        events: list[tuple[Any, ...]] = []
        for wish in wishes:
            row = found.get(wish.breach_id)
            refusal = _objection(row, wish, owners)
            if refusal is None and row is not None:
                after = step(_case(row), wish.verb, who, wish.text)
                if isinstance(after, Refusal):
                    refusal = after
                else:
                    _apply(row, wish, after, who)
                    events.append(_event(row, wish.verb, who, at, wish.text, {}))
            answers.append(refusal or row)  # type: ignore[arg-type]
        save(found.values())
        sets.insert(BreachEvent, _EVENT, events)
    return answers


def _owners(wishes: Iterable[Wish]) -> set[int]:
    wanted = {wish.owner_id for wish in wishes if wish.owner_id is not None}
    known = User.objects.filter(pk__in=wanted, is_active=True) if wanted else ()
    return {user.pk for user in known}


def _objection(row: Breach | None, wish: Wish, owners: Collection[int]) -> Refusal | None:
    if row is None:
        return Refusal("UNKNOWN_BREACH", "id", f"no breach {wish.breach_id} of yours")
    if wish.version is not None and wish.version != row.version:
        text = f"breach {row.pk} is at version {row.version}, not {wish.version}"
        return Refusal("VERSION_CONFLICT", "version", text)
    if len(wish.text) > LONGEST_TEXT:
        return Refusal("TOO_LONG", "text", f"text may have {LONGEST_TEXT} characters, not {len(wish.text)}")
    if wish.verb is Verb.ASSIGN and wish.owner_id not in owners:
        return Refusal("BAD_VALUE", "owner", "the owner must be somebody who works here")
    return None


def _case(row: Breach) -> Case:
    return Case(State(row.state), row.waiver_asked_by_id)


def _apply(row: Breach, wish: Wish, after: State, who: Who) -> None:
    """What a step changes beside the state."""
    row.state = after
    row.version += 1
    if wish.verb is Verb.ACKNOWLEDGE and row.owner_id is None:
        row.owner_id = who.user_id
    if wish.verb is Verb.ASSIGN:
        row.owner_id = wish.owner_id
    if wish.verb is Verb.ASK_WAIVER:
        row.waiver_asked_by_id, row.waiver_until = who.user_id, wish.until
    if wish.verb is Verb.GRANT_WAIVER:
        row.waived_by_id, row.waiver_until = who.user_id, wish.until or row.waiver_until
    if wish.verb is Verb.REFUSE_WAIVER:
        row.waiver_asked_by_id = row.waiver_until = None


def sight(
    kind: str, sights: Iterable[Sight], looked: Q, at: datetime, quiet: Collection[Key] = (), over: str = HOLDS
) -> list[Told]:
    """Bring the cases of ``kind`` that ``looked`` names up to what was seen: open, escalate, ease, close.

    What was looked at and not seen again is over, for the reason ``over``. ``quiet`` keys are left as they are: nobody
    could tell. Inside the caller's transaction. At most six statements.
    """
    wanted = {one.key: one for one in sights}
    lately = Q(closed_at__gt=at - FLICKER) if kind == Breach.Kind.IN_TRADE else Q(pk__in=[])
    named = Q(about__in={about for _, _, about in wanted}) & (Q(closed_at=None) | lately)
    which = ExpressionWrapper(looked & Q(closed_at=None), output_field=BooleanField())
    # The latest of a key comes last, and is the one that lives if any does.
    found = locked(Breach.objects.filter(looked & Q(closed_at=None) | named, kind=kind).annotate(was_looked_at=which))
    rows = {_key(row): row for row in found}
    moves = [(row, verb, one) for key, one in wanted.items() if (row := rows.get(key)) and (verb := _verb(row, one))]
    for row, verb, one in moves:
        _move(row, verb, one, at)
    events = [_event(row, verb, SYSTEM, at, one.text, one.finding) for row, verb, one in moves]
    ended = [
        row for key, row in rows.items() if row.was_looked_at and row.state in LIVE and key not in {*wanted, *quiet}
    ]
    for row in ended:
        _close(row, at)
    events += [_event(row, Verb.CLEAN, SYSTEM, at, over, {}) for row in ended]
    still = [(rows[key], one) for key, one in wanted.items() if key in rows and rows[key].text != one.text[:500]]
    for row, one in still:
        _shown(row, one, at)
    opened = _open(kind, [one for key, one in wanted.items() if key not in rows], at)
    events += [_event(row, "open", SYSTEM, at, row.text, one.finding) for row, one in opened]
    save({row.pk: row for row in (*(row for row, _, _ in moves), *ended, *(row for row, _ in still))}.values())
    sets.insert(BreachEvent, _EVENT, events)
    return [
        *(Told(row, "open") for row, _ in opened),
        *(Told(row, verb) for row, verb, _ in moves if verb is Verb.WORSEN),
        *(Told(row, Verb.CLEAN) for row in ended),
    ]


def _verb(row: Breach, one: Sight) -> Verb | None:
    return seen(State(row.state), Outcome[row.outcome.upper()], one.outcome)


def _key(row: Breach) -> Key:
    return row.control, row.rule_id, row.about


def _move(row: Breach, verb: Verb, one: Sight, at: datetime) -> None:
    after = step(_case(row), verb, SYSTEM)
    assert isinstance(after, State), after
    row.state, row.version, row.seen_at, row.closed_at = after, row.version + 1, at, None
    row.outcome, row.reason_code = one.outcome.label, one.reason_code
    _shown(row, one, at)
    if verb in (Verb.WORSEN, Verb.REOPEN):
        # A waiver was given for what was seen then, and what is to be done may be done again.
        row.waiver_asked_by_id = row.waived_by_id = row.waiver_until = None
        row.action, row.acted_at, row.origin, row.cause = one.action, None, one.origin, one.cause


def _shown(row: Breach, one: Sight, at: datetime) -> None:
    """The numbers as they are now. They move with every price, and are no event by themselves."""
    row.text, row.measured, row.limit = one.text[:500], one.measured[:60], one.limit[:60]
    row.rule_version, row.seen_at = one.rule_version, at


def _close(row: Breach, at: datetime) -> None:
    after = step(_case(row), Verb.CLEAN, SYSTEM)
    assert isinstance(after, State), after
    row.state, row.version, row.closed_at = after, row.version + 1, at


def _open(kind: str, fresh: Sequence[Sight], at: datetime) -> list[tuple[Breach, Sight]]:
    keys = sets.ids(Breach, len(fresh))
    rows = [
        (key, kind, one.control, one.rule_id, one.rule_version, one.about[:160], one.origin, one.cause[:80],
         one.order_id, one.account_id, one.instrument_id, one.desk_id, one.outcome.label, one.reason_code,
         one.text[:500], one.measured[:60], one.limit[:60], str(State.OPEN), one.deadline, one.action, at, at, 1)
        for key, one in zip(keys, fresh, strict=True)
    ]  # fmt: skip
    sets.insert(Breach, _NEW, rows)
    made = [Breach(**dict(zip(_NEW, row, strict=True))) for row in rows]
    return list(zip(made, fresh, strict=True))


def system(rows: Iterable[Breach], verb: Verb, text: str, at: datetime) -> None:
    """A step that the system takes with locked rows, their other fields set already. Two statements."""
    moved = list(rows)
    events = []
    for row in moved:
        after = step(_case(row), verb, SYSTEM)
        assert isinstance(after, State), after
        row.state, row.version = after, row.version + 1
        events.append(_event(row, verb, SYSTEM, at, text, {}))
    save(moved)
    sets.insert(BreachEvent, _EVENT, events)


def save(rows: Iterable[Breach]) -> None:
    """Write locked cases. One statement."""
    values = [(row.pk, *(_plain(getattr(row, name)) for name in _CHANGES)) for row in rows]
    assert sets.update(Breach, ["id"], _CHANGES, values) == len(values)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, State) else value


def _event(row: Breach, verb: str, who: Who, at: datetime, text: str, finding: Mapping[str, Any]) -> tuple[Any, ...]:
    """Its number is the version that it made: both begin with 1."""
    return (
        row.pk, row.version, at, str(verb), str(row.state), who.user_id, who.name, text[:LONGEST_TEXT], dict(finding)
    )  # fmt: skip


def held(order_ids: Iterable[int]) -> dict[int, str]:
    """Orders of which no further part may be routed while a breach lasts, and why in words. One statement."""
    rows = holding().filter(order_id__in=set(order_ids)).order_by("-pk")
    return {order_id: f"breach {pk}: {text}" for pk, order_id, text in rows.values_list("pk", "order_id", "text")}


def holding() -> Any:
    """The live breaches that hold an order back. A waiver lets it go."""
    states = [str(State.OPEN), str(State.ACKNOWLEDGED), str(State.IN_CURE)]
    return Breach.objects.filter(kind=Breach.Kind.IN_TRADE, action="hold", state__in=states, order__isnull=False)
