"""What becomes of an instruction next: one pure function over what is held, the day, the books and what it was told."""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from settlement.custody.books import Books
from settlement.custody.held import DONE, Held
from settlement.custody.says import Says
from settlement.rounding import ONE, ZERO

# Reasons of ISO 20022 (external codes of sese.024).
WORDS = {
    "LACK": "lack of securities",
    "CLAC": "the counterparty lacks securities",
    "MONY": "lack of cash",
    "CMIS": "the counterparty's instruction is missing",
    "PREA": "held until it is released",
    "LINK": "waits for the instruction it is linked to",
}


class Step(NamedTuple):
    """What is said next; with a quantity, what settles."""

    status: str
    code: str = ""
    qty: Decimal = ZERO


def step(held: Held, today: date, books: Books, says: Says, done: Callable[[str], bool]) -> Step | None:
    """The next thing that happens to an instruction, or None. ``done`` tells whether another one has settled.

    What fails is tried again on every turn and said again on every day: recycling needs no new instruction.
    """
    it = held.it
    if held.status in DONE or not held.status:
        return None
    if held.status in ("accepted", "unmatched"):
        code = says.of("unmatched", it)
        if code is None:
            return Step("matched")
        return Step("unmatched", code) if held.status == "accepted" else None
    if it.on_hold:
        return _unless_said(held, today, Step("pending", "PREA"))
    if it.settl_date > today:
        return None
    if it.linked_to and not done(it.linked_to):
        return _unless_said(held, today, Step("pending", "LINK"))
    qty, code = _possible(held, books, says)
    if qty == held.left:
        return Step("settled", qty=qty)
    if qty and it.partial == "allowed":
        return Step("partial", qty=qty)
    return _unless_said(held, today, Step("failing", code))


def _unless_said(held: Held, today: date, step: Step) -> Step | None:
    """Once a day is enough."""
    return None if (held.status, held.code, held.day) == (step.status, step.code, today) else step


def _possible(held: Held, books: Books, says: Says) -> tuple[Decimal, str]:
    """(how much of what is left can settle now, what the rest lacks)."""
    it, strict = held.it, says.of("strict", held.it) is not None
    short = "LACK" if it.direction == "deliver" else "CLAC"
    pays = it.direction == "receive" and held.money_left > 0
    if pays and (says.of("no_cash", it) is not None or (strict and not books.affords(it, held.money_left))):
        return ZERO, "MONY"
    if says.fails(it):
        return ZERO, short
    possible = held.left
    if (share := says.share(it)) is not None:
        part = (it.qty * share).quantize(ONE, ROUND_DOWN)
        possible = min(possible, max(part - held.settled_qty, ZERO))
    if strict and it.direction == "deliver":
        possible = min(possible, max(books.available(it), ZERO))
    return possible, short
