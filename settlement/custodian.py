"""A simulated custodian: takes instructions from a folder, settles them on their day, answers into another.

It shares nothing with the order management system but two folders of messages and the business date, and keeps its own
journal, so it may be killed at any moment: what it said before, it says again. It knows an instruction by the reference
its sender gave it and never acts twice on one. Securities and money move together (delivery versus payment), so an
instruction is settled or it is not. No Django, no database.

    in/        instructions, one file a batch        out/      its answers
    archive/   files both sides are done with        journal.jsonl, business_date
    failing    one ISIN or symbol a line: deliveries of these wait (ISO 20022 reason LACK), to try fails out
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from settlement import mail

TERMS = ("direction", "isin", "symbol", "qty", "currency", "net_money", "settl_date", "account", "counterparty")
FILE_SIZE = 1_000  # answers
DONE = frozenset({"settled", "rejected"})


class Custodian:
    """Everything it knows is in its journal; this object is that journal in memory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.known: dict[str, dict[str, Any]] = {}
        self.open: dict[str, set[str]] = {}  # references by settlement date
        for name in ("in", "out", "archive"):
            (home / name).mkdir(parents=True, exist_ok=True)
        self.journal = (home / "journal.jsonl").open("a", encoding="utf-8")
        # One custodian a folder: a second one would know only half. The lock ends with the process, however it ends.
        fcntl.flock(self.journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unanswered = self._replay()
        self._answer(unanswered)

    def turn(self) -> int:
        """Take what is waiting, settle what is due; answer how many answers were given."""
        given = 0
        for path in mail.waiting(self.home / "in"):
            given += self._say(self._take(message) for message in mail.read(path))
            mail.archive(path, self.home / "archive")
        return given + self._say(self._due())

    def _take(self, message: dict[str, Any]) -> dict[str, Any]:
        """Accept an instruction, or repeat what became of it."""
        reference = str(message.get("reference", ""))
        digest = hashlib.sha256(json.dumps([message.get(name) for name in TERMS]).encode()).hexdigest()
        held = self.known.get(reference)
        if held and held["status"] != "rejected":
            same = held["digest"] == digest
            return held if same else held | {"status": "rejected", "reason": "reference was used before (DDEA)"}
        wrong = next((name for name in ("reference", *TERMS) if name != "isin" and not message.get(name)), "")
        status, reason = ("rejected", f"{wrong} is missing") if wrong else ("accepted", "")
        number = hashlib.sha256(reference.encode()).hexdigest()[:12].upper()
        terms = {name: message.get(name) for name in TERMS}
        return {
            "reference": reference, "digest": digest, "status": status, "reason": reason,
            "custodian_reference": f"CU{number}", "business_date": self.today(), **terms,
        }  # fmt: skip

    def _due(self) -> Iterable[dict[str, Any]]:
        """What settles or fails on the business date. Weekends and holidays are days the date never stands on."""
        today, short = self.today(), self._short()
        for held in [self.known[one] for day in sorted(self.open) if day <= today for one in sorted(self.open[day])]:
            fails = held["direction"] == "deliver" and not short.isdisjoint((held["isin"], held["symbol"]))
            status, reason = ("failing", "lack of securities (LACK)") if fails else ("settled", "")
            after = held | {"status": status, "reason": reason, "business_date": today}
            if after != held:
                yield after

    def _say(self, answers: Iterable[dict[str, Any]]) -> int:
        """Write answers down, then give them, then note that they were given: after a kill they are given again."""
        said = []
        for held in answers:  # one by one: what is decided on one instruction may depend on the one before
            self._know(held)
            said.append(held)
        if said:
            self._write(said)
            self._answer(said)
        return len(said)

    def _answer(self, answers: list[dict[str, Any]]) -> None:
        for start in range(0, len(answers), FILE_SIZE):
            part = answers[start : start + FILE_SIZE]
            mail.put(self.home / "out", ({k: v for k, v in one.items() if k != "digest"} for one in part))
        if answers:
            self._write([{"answered": len(answers)}])

    def _know(self, held: dict[str, Any]) -> None:
        """Remember the latest about an instruction; a misused reference leaves the first one as it is."""
        reference, known = held["reference"], self.known.get(held["reference"])
        if held["status"] == "rejected" and known and known["status"] != "rejected":
            return
        self.known[reference] = held
        if held["status"] not in DONE:
            self.open.setdefault(held["settl_date"], set()).add(reference)
        elif open_ones := self.open.get(held["settl_date"]):
            open_ones.discard(reference)

    def _write(self, lines: Iterable[dict[str, Any]]) -> None:
        self.journal.write("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
        self.journal.flush()
        os.fsync(self.journal.fileno())

    def _replay(self) -> list[dict[str, Any]]:
        """Read the journal; answer what was decided but perhaps never said. A line torn by a kill is cut off."""
        path = self.home / "journal.jsonl"
        whole = path.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        if kept != whole:
            os.truncate(path, len(kept))
        unanswered: list[dict[str, Any]] = []
        for line in map(json.loads, kept.splitlines()):
            if "answered" in line:
                unanswered.clear()
            else:
                self._know(line)
                unanswered.append(line)
        return unanswered

    def today(self) -> str:
        """The business date we were told, as ISO 8601 text; before we were told any, nothing is due."""
        try:
            return (self.home / "business_date").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return "0001-01-01"

    def _short(self) -> set[str]:
        try:
            return set((self.home / "failing").read_text(encoding="utf-8").split())
        except FileNotFoundError:
            return set()
