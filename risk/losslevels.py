"""Daily loss: levels that rise with what they do, and which of them a result has reached. Pure."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise


class LossAction(StrEnum):
    """What a loss leads to, the mildest first. ``unknown``: the result cannot be told, so nothing may add risk."""

    WARN = "warn"
    UNKNOWN = "unknown"
    REDUCE_ONLY = "reduce_only"
    HALT = "halt"
    CANCEL = "cancel"

    @property
    def rank(self) -> int:
        """How grave it is."""
        return list(LossAction).index(self)


# Those that have a level.
LEVELLED = (LossAction.WARN, LossAction.REDUCE_ONLY, LossAction.HALT, LossAction.CANCEL)
Levels = Mapping[LossAction, Decimal | None]


def faults(levels: Levels) -> list[tuple[str, str]]:
    """What is wrong with a set of levels: (field, text) each."""
    found = [(action.value, f"{action} must be above 0") for action in LEVELLED if _level(levels, action) <= 0]
    given = [action for action in LEVELLED if levels.get(action) is not None]
    if not given:
        found.append(("warn", "give at least one level"))
    for milder, graver in pairwise(given):
        if _level(levels, milder) >= _level(levels, graver):
            found.append((graver.value, f"{graver} must be above {milder}: levels rise with what they do"))
    return found


def _level(levels: Levels, action: LossAction) -> Decimal:
    level = levels.get(action)
    return Decimal(1) if level is None else level


def reached(levels: Levels, result: Decimal) -> list[LossAction]:
    """The actions whose level the day's ``result`` has reached, the mildest first: a loss of exactly a level has."""
    return [action for action in LEVELLED if (level := levels.get(action)) is not None and result <= -level]


def due(levels: Levels, result: Decimal | None, today: Collection[LossAction]) -> list[LossAction]:
    """What has to be engaged now. ``today`` are those engaged this day, also where somebody has released them since.

    An action stays for the day once it is engaged, whatever the result becomes, and one that was released stays
    released; a greater loss still engages what is graver. What cannot be told is not taken for a profit.
    """
    if result is None:
        return [] if LossAction.UNKNOWN in today else [LossAction.UNKNOWN]
    return [action for action in reached(levels, result) if action not in today]


def strongest(actions: Iterable[LossAction]) -> LossAction | None:
    """The gravest of them."""
    return max(actions, key=lambda action: action.rank, default=None)
