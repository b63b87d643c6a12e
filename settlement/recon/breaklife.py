"""The life of a break: who may do what with it, and which state follows. Pure.

open -> assigned -> resolved by a person, or auto_closed by a statement that matches. Money is written off by two: one
asks (the break waits, assigned), another confirms or refuses.
"""

from typing import Final, NamedTuple

from oms.base.refusal import Refusal

STATES: Final = ["open", "assigned", "resolved", "auto_closed"]
LIVE: Final = ["open", "assigned"]
WRITTEN_OFF: Final = "written_off"
# Why a break is no longer one.
REASONS: Final = {
    "timing": "the other side books it on another day",
    "their_error": "the other side was wrong and corrects it",
    "corrected": "we were wrong: the ledger entry or position adjustment named corrects it",
    "explained": "both are right: see the text",
    WRITTEN_OFF: "the money is given up: posted to suspense, with a second person",
}
VERBS: Final = ("assign", "note", "resolve", "confirm", "refuse")


class Case(NamedTuple):
    """A break as its life sees it. ``asked_by`` is who asked to write it off, and waits."""

    state: str
    type: str
    kind: str
    is_balance: bool = False
    asked_by: int | None = None


class Wish(NamedTuple):
    """What somebody wants of a break. ``owner`` is for assign; ``reason``, ``entry`` and ``adjustment`` for resolve."""

    id: int
    verb: str
    text: str = ""
    owner: int | None = None
    reason: str = ""
    entry: int | None = None
    adjustment: str = ""
    version: int | None = None


def step(case: Case, wish: Wish, user: int) -> str | Refusal:
    """The state after ``wish`` of ``user``, or why it may not be."""
    if case.state not in LIVE:
        return Refusal("BREAK_CLOSED", "state", f"break {wish.id} is {case.state}")
    if wish.verb in ("confirm", "refuse"):
        return _decided(case, wish, user)
    if case.asked_by is not None and wish.verb == "resolve":
        return Refusal("SECOND_PERSON", "verb", f"break {wish.id} waits to be written off: confirm or refuse that")
    if wish.verb == "note":
        return case.state if wish.text else Refusal("MISSING", "text", "a note needs a text")
    if wish.verb == "assign":
        return "assigned" if wish.owner else Refusal("MISSING", "owner", "assign to whom?")
    return _resolved(case, wish)


def _decided(case: Case, wish: Wish, user: int) -> str | Refusal:
    if case.asked_by is None:
        return Refusal("BAD_VALUE", "verb", f"nobody asked to write break {wish.id} off")
    if case.asked_by == user and wish.verb == "confirm":
        return Refusal("SECOND_PERSON", "verb", "whoever asked to write it off does not confirm it")
    return "resolved" if wish.verb == "confirm" else "assigned"


def _resolved(case: Case, wish: Wish) -> str | Refusal:
    if wish.reason not in REASONS:
        return Refusal("BAD_VALUE", "reason", f"reason must be one of {', '.join(REASONS)}")
    if not wish.text.strip():
        return Refusal("MISSING", "text", "say in a few words what was found")
    if wish.reason == "corrected" and not (wish.entry or wish.adjustment):
        return Refusal("MISSING", "entry", "name the ledger transaction or the position adjustment that corrects it")
    if wish.reason == WRITTEN_OFF:
        if case.kind != "cash" or case.type not in ("cash", "missing_ours", "missing_theirs"):
            return Refusal("BAD_VALUE", "reason", "only a difference of money can be written off")
        if case.is_balance:
            return Refusal("BAD_VALUE", "reason", "write off the movements that it comes from; the balance follows")
        return "assigned"
    return "resolved"
