"""The line between a page and the hub in the hands of dice: words are lost, doubled, late, cut off, of a later version."""

import json
import random
from collections import Counter
from typing import Any

from playwright.sync_api import WebSocketRoute

# How often each happens to a message, either way, in a hundred.
MISHAPS = {"nothing": 70, "lost": 8, "doubled": 6, "late": 8, "of a later version": 5, "cut off": 2, "half": 1}
LATEST = 12


class Wire:
    """Every websocket that the page opens. Hostile or not; kind at first."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.hostile = False
        self.happened: Counter[str] = Counter()
        # What is held back: for how many messages more, to whom, and what.
        self.late: list[tuple[int, WebSocketRoute, str]] = []

    def lay(self, page_end: WebSocketRoute) -> None:
        """Connect a websocket of the page to the real hub."""
        hub_end = page_end.connect_to_server()
        hub_end.on_message(lambda text: self._carry(str(text), page_end, page_end))
        page_end.on_message(lambda text: self._carry(str(text), hub_end, page_end))

    def be_kind(self) -> None:
        """From now on nothing happens to a message; what was held back arrives, in any order."""
        self.hostile = False
        self.dice.shuffle(self.late)
        for _, to, text in self.late:
            to.send(text)
        self.late.clear()

    def _carry(self, text: str, to: WebSocketRoute, page_end: WebSocketRoute) -> None:
        self._let_go()
        if not self.hostile:
            to.send(text)
            return
        [what] = self.dice.choices(list(MISHAPS), list(MISHAPS.values()))
        self.happened[what] += 1
        if what == "late":
            self.late.append((self.dice.randint(1, LATEST), to, text))
        for said in self._instead(what, text, to is page_end):
            to.send(said)
        if what in ("cut off", "half"):
            page_end.close(code=3000, reason="")

    def _instead(self, what: str, text: str, to_page: bool) -> list[str]:
        """What is sent on in the place of a message."""
        if what == "nothing" or (what in ("half", "of a later version") and not to_page):
            return [text]
        return {
            "doubled": [text, text],
            "of a later version": [json.dumps(unheard_of(self.dice)), json.dumps(newer(json.loads(text)))],
            "half": [text[: len(text) // 2]],
        }.get(what, [])

    def _let_go(self) -> None:
        """One message more has passed those that are held back."""
        waiting = [(left - 1, to, text) for left, to, text in self.late]
        self.late = [one for one in waiting if one[0] > 0]
        for left, to, text in waiting:
            if left <= 0:
                to.send(text)


def newer(message: dict[str, Any]) -> dict[str, Any]:
    """The message as a later version of the protocol might say it: all of it, and more."""
    return message | {"v": 9, "because": {"of": ["something", None]}}


def unheard_of(dice: random.Random) -> dict[str, Any]:
    """A message that this version does not know, though its fields have names that it knows."""
    known = {"s": "orders@EQ", "p": 0, "q": 10**9, "n": [[1, 10**6]], "x": [1]}
    return known | {"t": dice.choice(["dd", "forecast", ""]), "v": 9}
