"""What a verb would answer now, and what risk finds, rule by rule, with and without it."""

from typing import NamedTuple

from oms.desk.asked import Answer
from risk.verdict import Verdict


class Foreseen(NamedTuple):
    """The answer, and a verdict for each order that risk was asked about: of a spread one a leg, in their order.

    None where what was asked cannot be understood, or is no amendment at all: risk was not asked.
    """

    answer: Answer
    verdicts: tuple[Verdict, ...] = ()
