"""The life of a breach: its states, what may be done in each, and by whom. Pure.

A case is opened by the system and closed by it alone, when what was breached holds again: nobody can close a breach by
hand. People take note of it, own it, cure it by a deadline, or have it waived by a second person. What gets graver goes
back to ``open`` whatever was agreed before.
"""

from enum import StrEnum
from typing import NamedTuple

from oms.base.refusal import Refusal
from orders.vocabulary import Role
from risk.result import Outcome


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_CURE = "in_cure"
    WAIVED = "waived"
    CLOSED = "closed"


class Verb(StrEnum):
    """What is done with a case; the last seven by the system."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    NOTE = "note"
    CURE = "cure"
    ASK_WAIVER = "ask_waiver"
    GRANT_WAIVER = "grant_waiver"
    REFUSE_WAIVER = "refuse_waiver"
    WORSEN = "worsen"
    EASE = "ease"
    LAPSE = "lapse"
    CLEAN = "clean"
    REOPEN = "reopen"
    ACT = "act"
    OVERDUE = "overdue"


LIVE = frozenset({State.OPEN, State.ACKNOWLEDGED, State.IN_CURE, State.WAIVED})
# Who has yet to do something about it.
PENDING = LIVE - {State.WAIVED}
_SAME = {state: state for state in LIVE}
TABLE: dict[Verb, dict[State, State]] = {
    Verb.ACKNOWLEDGE: {State.OPEN: State.ACKNOWLEDGED},
    Verb.ASSIGN: _SAME,
    Verb.NOTE: {**_SAME, State.CLOSED: State.CLOSED},
    Verb.CURE: {State.OPEN: State.IN_CURE, State.ACKNOWLEDGED: State.IN_CURE},
    Verb.ASK_WAIVER: {state: state for state in PENDING},
    Verb.GRANT_WAIVER: dict.fromkeys(PENDING, State.WAIVED),
    Verb.REFUSE_WAIVER: {state: state for state in PENDING},
    Verb.WORSEN: dict.fromkeys(LIVE, State.OPEN),
    Verb.EASE: _SAME,
    Verb.LAPSE: {State.WAIVED: State.OPEN},
    Verb.CLEAN: dict.fromkeys(LIVE, State.CLOSED),
    Verb.REOPEN: {State.CLOSED: State.OPEN},
    Verb.ACT: _SAME,
    Verb.OVERDUE: {state: state for state in PENDING},
}
_COMPLIANCE = frozenset({Role.COMPLIANCE})
_DESK = frozenset({Role.TRADER, Role.PORTFOLIO_MANAGER})
MAY: dict[Verb, frozenset[Role]] = {
    Verb.ACKNOWLEDGE: _COMPLIANCE,
    Verb.ASSIGN: _COMPLIANCE,
    Verb.NOTE: _COMPLIANCE | _DESK | {Role.OPERATIONS},
    Verb.CURE: _COMPLIANCE,
    Verb.ASK_WAIVER: _COMPLIANCE | _DESK,
    Verb.GRANT_WAIVER: _COMPLIANCE,
    Verb.REFUSE_WAIVER: _COMPLIANCE,
}
# What nobody does without saying why.
SAID = frozenset({Verb.NOTE, Verb.CURE, Verb.ASK_WAIVER, Verb.GRANT_WAIVER, Verb.REFUSE_WAIVER})


class Who(NamedTuple):
    """Whoever acts; the system has no id and may do what people may not. A superuser has every role."""

    user_id: int | None
    name: str
    role: str = ""
    is_superuser: bool = False

    @property
    def is_system(self) -> bool:
        """Whether nobody acts but the watch."""
        return self.user_id is None


SYSTEM = Who(None, "watch")


class Case(NamedTuple):
    """What the next step depends on."""

    state: State
    waiver_asked_by: int | None = None


def step(case: Case, verb: Verb, who: Who, text: str = "") -> State | Refusal:
    """The state after ``verb``, or why it may not be done."""
    if not _may(verb, who):
        return Refusal("NOT_ALLOWED", "", f"{who.role or 'nobody'} may not {verb.replace('_', ' ')} a breach")
    if verb in SAID and not text.strip():
        return Refusal("MISSING", "text", f"To {verb.replace('_', ' ')} a breach, say why")
    after = TABLE[verb].get(case.state)
    if after is None:
        return Refusal("BREACH_STATE", "", f"A breach that is {case.state} cannot be {_PAST[verb]}")
    if verb is Verb.ASK_WAIVER and case.waiver_asked_by is not None:
        return Refusal("BREACH_STATE", "", "A waiver is asked for already")
    if verb in (Verb.GRANT_WAIVER, Verb.REFUSE_WAIVER) and case.waiver_asked_by is None:
        return Refusal("BREACH_STATE", "", "Nobody has asked for a waiver")
    if verb is Verb.GRANT_WAIVER and case.waiver_asked_by == who.user_id:
        return Refusal("SAME_PERSON", "", "Whoever asked for a waiver may not grant it: ask another person")
    return after


def seen(state: State, before: Outcome, now: Outcome) -> Verb | None:
    """What a further sight of a breach makes of its case: nothing where it is no graver and no milder."""
    if state is State.CLOSED:
        return Verb.REOPEN
    if now > before:
        return Verb.WORSEN
    return Verb.EASE if now < before else None


def _may(verb: Verb, who: Who) -> bool:
    if who.is_system:
        return verb not in MAY
    return verb in MAY and (who.is_superuser or who.role in MAY[verb])


_PAST = {
    Verb.ACKNOWLEDGE: "acknowledged", Verb.ASSIGN: "assigned", Verb.NOTE: "noted", Verb.CURE: "put into cure",
    Verb.ASK_WAIVER: "proposed for a waiver", Verb.GRANT_WAIVER: "waived", Verb.REFUSE_WAIVER: "refused a waiver",
    Verb.WORSEN: "escalated", Verb.EASE: "eased", Verb.LAPSE: "reopened after a waiver", Verb.CLEAN: "closed",
    Verb.REOPEN: "reopened", Verb.ACT: "acted upon", Verb.OVERDUE: "overdue",
}  # fmt: skip
