"""The custodian itself: takes what lies in its folder, settles what is due, answers, and states at the end of its day.

It knows an instruction by the reference its sender gave it and never acts twice on one. Securities and money move
together (delivery versus payment). What does not settle is tried again until it settles or is cancelled.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from settlement import mail
from settlement.custody import says as saying
from settlement.custody import voice
from settlement.custody.books import Books
from settlement.custody.decide import WORDS, step
from settlement.custody.held import (
    DONE,
    Held,
    Journalled,
    Said,
    line,
    message,
    recalled,
    same_terms,
)
from settlement.custody.says import NOTHING, Says
from settlement.custody.says import read as read_says
from settlement.messages import Cancel, CancelAnswer, Instruct, Message, Movement, Statement, Status, batch, read
from settlement.rounding import ZERO

NEVER = date.min


class Custodian:
    """Everything it knows is in its journal; this object is that journal in memory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.known: dict[str, Held] = {}
        self.open: dict[date, set[str]] = {}  # references by the day they fall due
        self.unmatched: set[str] = set()
        self.booked: set[str] = set()  # references of movements
        self.ahead: list[Movement] = []  # movements of days to come
        self.books = Books()
        self.day = NEVER
        self.stated: tuple[date, tuple[Statement, ...]] = (NEVER, ())  # what the last day that was closed came to
        self.restated = 0
        self.unsaid: list[tuple[Message, date]] = []
        self.says: Says = NOTHING
        for name in ("in", "out", "statements", "archive"):
            (home / name).mkdir(parents=True, exist_ok=True)
        _retire(home / "journal.jsonl")
        self.journal = (home / "journal.jsonl").open("a", encoding="utf-8")
        # One custodian a folder: a second one would know only half. The lock ends with the process, however it ends.
        fcntl.flock(self.journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._replay()
        self.says = read_says(home)
        self._answer()

    def turn(self) -> int:
        """End the day that is over, take what is waiting, settle what is due; answer how many answers were given."""
        self.says = read_says(self.home)
        # What came while the day was open counts on it, also when it is read after the day is over.
        given = self._take_files() if self.day not in (NEVER, self.today()) else 0
        self._end_of_day()
        if self.day == NEVER:
            return 0  # without a business date it cannot say when anything happened
        self._restate()
        given += self._take_files()
        given += self._decide(self._due())
        self._answer()
        return given

    # What comes in

    def _take_files(self) -> int:
        return sum(self._take_file(path) for path in mail.waiting(self.home / "in"))

    def _take_file(self, path: Path) -> int:
        data = mail.read(path, batch.MOST_BYTES)
        if data is None:
            return 0
        found = read(data)
        given = self._decide(said for one in found if one.message for said in self._take(one.message))
        broken = any(one.refusal for one in found)
        mail.archive(path, self.home / ("aside" if broken else "archive"))
        return given

    def _take(self, what: Message) -> Iterator[Said | Message]:
        """What is written down about one message, and what is answered to it."""
        if isinstance(what, Instruct):
            yield from self._instructed(what)
        elif isinstance(what, Cancel):
            # Before the rest is given up, whoever missed what had settled of it is told once more.
            if held := self.known.get(what.reference):
                yield from held.confirmed()
            yield self._asked_to_cancel(what)
        elif isinstance(what, Movement) and what.reference not in self.booked:
            yield what

    def _instructed(self, it: Instruct) -> Iterator[Said | Message]:
        """Accept an instruction, or repeat what became of it; what may be changed about it is.

        What was rejected may be sent again, in another message: the same one, read twice, is rejected still.
        """
        held = self.known.get(it.reference)
        if held and held.status and (held.status != "rejected" or held.it.message_id == it.message_id):
            if not same_terms(held.it, it):
                yield self._misused(held, it)
                return
            if held.status not in DONE and held.it != it._replace(message_id=held.it.message_id):
                yield it
            yield from held.repeated()
            return
        yield it  # known when this goes on
        code = self.says.of("reject", it)
        number = self.known[it.reference].number + 1
        if code:
            yield Said(it.reference, number, "rejected", self.day, code, "as the custodian was told")
        else:
            yield Said(it.reference, number, "accepted", self.day)

    def _misused(self, held: Held, it: Instruct) -> Message:
        """A reference never means two things; the first one stands."""
        digest = hashlib.sha256(repr(it._replace(message_id="")).encode()).hexdigest()[:8]
        name = f"{held.custodian_reference}-R{digest}"
        text = "this reference was used before, for other terms"
        return Status(name, it.reference, held.custodian_reference, "rejected", self.day, "REFE", text)

    def _asked_to_cancel(self, it: Cancel) -> Said | Message:
        """Cancel what has not settled. The same request gets the same answer."""
        held = self.known.get(it.reference)
        if held is None:
            text = "no such instruction"
            return CancelAnswer(
                f"{it.message_id[:30]}-NO", it.message_id, it.reference, "", it.direction, it.payment, "rejected",
                self.day, "REFE", text,
            )  # fmt: skip
        if answered := [one for one in held.said if one.request == it.message_id]:
            return answered[-1]
        said = Said(it.reference, held.number + 1, "cancelled", self.day, request=it.message_id)
        if held.status == "settled":
            return said._replace(status="cancel_denied", code="DSET", text="it has settled")
        if self.says.of("deny_cancel", held.it) is not None:
            return said._replace(status="cancel_denied", code="DPRG", text="it is being settled")
        return said._replace(code="CANI")

    # What becomes due

    def _due(self) -> Iterator[Said]:
        """Whatever can move now, one step after the other: matching first, then settlement in the order of days."""
        days = sorted(day for day in self.open if day <= self.day)
        names = [*sorted(self.unmatched), *(one for day in days for one in sorted(self.open[day]))]
        for reference in dict.fromkeys(names):
            held = self.known[reference]
            while found := step(held, self.day, self.books, self.says, self._done):
                yield Said(
                    reference, held.number + 1, found.status, self.day, found.code,
                    WORDS.get(found.code, "") if found.code else "", found.qty,
                    held.money_of(found.qty) if found.qty else ZERO,
                )  # fmt: skip

    def _done(self, reference: str) -> bool:
        """Whether an instruction has settled; one that we do not know does not keep others waiting."""
        held = self.known.get(reference)
        return held is None or held.status in DONE

    def _end_of_day(self) -> None:
        """When the business date has moved: state what the day that is over has brought, then begin the new one."""
        today = self.today()
        if today <= self.day:
            return
        if self.day != NEVER:
            voice.state(self.home, self.books.statements(self.day), self.day, self.says)
        self._write([{"day": today.isoformat()}])
        self._begin(today)

    def _restate(self) -> None:
        """State the day that was closed last once more, where it is told to: the same statements, in new messages."""
        day, statements = self.stated
        if not self.says.counts.get("restate") or day == NEVER:
            return
        number = self.restated + 2
        again = (
            one._replace(message_id=f"{one.message_id}-{number}", statement_id=one.message_id) for one in statements
        )
        voice.state(self.home, again, day, self.says)
        self._write([{"restated": day.isoformat()}])
        self.restated += 1
        saying.spend(self.home, {"restate": 1})
        self.says = read_says(self.home)

    def _begin(self, day: date) -> None:
        if self.day != NEVER:
            self.stated = self.day, tuple(self.books.statements(self.day))
        self.restated = 0
        self.books.close()
        self.day = day
        self._book_ahead()

    # What goes out

    def _decide(self, answers: Iterable[Said | Message]) -> int:
        """Write answers down, then give them, then note that they were given: after a kill they are given again."""
        given, lines = 0, list[dict[str, Any]]()
        for one in answers:  # one by one: what is decided on one instruction may depend on the one before
            if isinstance(one, Instruct | Movement):
                lines.append(line(one))
                self._know(one)
                continue
            given += 1
            if isinstance(one, Said):
                if one.number > self.known[one.reference].number:
                    lines.append(line(one))
                    self._know(one)
                self.unsaid.append((self._message(one), one.day))
            else:
                self.unsaid.append((one, self.day))
        if lines:
            self._write(lines)
        if given:
            self._answer()
        return given

    def _answer(self) -> None:
        """Give what was not given yet, unless it was told to keep silent."""
        if not self.unsaid or self.says.late:
            return
        voice.answer(self.home, self.unsaid, self.says)
        self.says = read_says(self.home)  # what counts has been counted down
        self.unsaid = []
        self._write([{"answered": True}])

    def _message(self, said: Said) -> Message:
        held = self.known[said.reference]
        before = sum((one.qty for one in held.said if one.number < said.number), ZERO)
        return message(held, said, before)

    # What it knows

    def _know(self, what: Journalled) -> None:
        """Remember one line of the journal."""
        if isinstance(what, Movement):
            self.booked.add(what.reference)
            self.books.account(what.account)
            self.ahead.append(what)
            self._book_ahead()
        elif isinstance(what, Instruct):
            held = self.known.get(what.reference)
            if held and held.status not in DONE:
                held.it = what
            else:
                number = hashlib.sha256(what.reference.encode()).hexdigest()[:12].upper()
                self.known[what.reference] = Held(what, f"CU{number}", number=held.number if held else 0)
                self.books.account(what.account)
        else:
            self._hear(what)

    def _hear(self, said: Said) -> None:
        held = self.known[said.reference]
        held.hear(said)
        if said.qty:
            self.books.settle(held, said)
        waits = held.status in ("accepted", "unmatched")
        (self.unmatched.add if waits else self.unmatched.discard)(said.reference)
        of_day = self.open.setdefault(held.it.settl_date, set())
        (of_day.discard if held.status in DONE or waits else of_day.add)(said.reference)

    def _write(self, lines: Iterable[dict[str, Any]]) -> None:
        self.journal.write("".join(json.dumps(one, separators=(",", ":")) + "\n" for one in lines))
        self.journal.flush()
        os.fsync(self.journal.fileno())

    def _replay(self) -> None:
        """Read the journal; what was decided but perhaps never said is to be said. A line torn by a kill is cut off."""
        path = self.home / "journal.jsonl"
        whole = path.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        if kept != whole:
            os.truncate(path, len(kept))
        unsaid: list[Said] = []
        for told in map(json.loads, kept.splitlines()):
            if "day" in told:
                self._begin(date.fromisoformat(told["day"]))
            elif "answered" in told:
                unsaid.clear()
            elif "restated" in told:
                self.restated += 1
            else:
                what = recalled(told)
                self._know(what)
                if isinstance(what, Said):
                    unsaid.append(what)
        self.unsaid = [(self._message(one), one.day) for one in unsaid]

    def _book_ahead(self) -> None:
        """Book the movements whose day has come."""
        for movement in [one for one in self.ahead if one.day <= self.day]:
            self.ahead.remove(movement)
            self.books.book(movement._replace(day=self.day))

    def today(self) -> date:
        """The business date we were told; before we were told any, nothing is due."""
        try:
            return date.fromisoformat((self.home / "business_date").read_text(encoding="utf-8").strip())
        except (FileNotFoundError, ValueError):
            return NEVER


def _retire(path: Path) -> None:
    """A journal of before messages were ISO 20022 is put beside: whatever is open is instructed again by its sender."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        if file.read(20).startswith(b'{"reference"'):
            path.rename(path.with_name("journal-before.jsonl"))
