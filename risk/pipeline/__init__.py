"""Rules that compliance officers write: a pipeline from which orders are concerned to the levels a number may reach.

``read`` turns JSON into a ``Pipeline`` or says what is wrong with it, ``plain`` reads it back in words, ``evaluate``
judges one order by it. All of it is pure: a test case, a live order and a backtest run through the same function.
"""

from risk.pipeline.book import Asked, Book, Nav, Placed, Row, Thing
from risk.pipeline.evaluate import Answer, Level, evaluate, evaluate_all
from risk.pipeline.grammar import Condition, Pipeline
from risk.pipeline.read import read
from risk.pipeline.words import plain

__all__ = [
    "Answer",
    "Asked",
    "Book",
    "Condition",
    "Level",
    "Nav",
    "Pipeline",
    "Placed",
    "Row",
    "Thing",
    "evaluate",
    "evaluate_all",
    "plain",
    "read",
]
