"""Rules that compliance officers write: a pipeline from which orders are concerned to the levels a number may reach.

``read`` turns JSON into a ``Pipeline`` or says what is wrong with it, ``plain`` reads it back in words, ``evaluate``
judges one order by it: ``measure`` says the number, ``judge`` compares it with the levels. All of it is pure: a test
case, a live order and a backtest run through the same functions.
"""

from risk.pipeline.book import Asked, Book, Nav, Placed, Row, Thing
from risk.pipeline.evaluate import Answer, Level, Measured, evaluate, judge, measure, nearest, number, shown
from risk.pipeline.grammar import Condition, Pipeline
from risk.pipeline.read import read
from risk.pipeline.words import plain

__all__ = [
    "Answer",
    "Asked",
    "Book",
    "Condition",
    "Level",
    "Measured",
    "Nav",
    "Pipeline",
    "Placed",
    "Row",
    "Thing",
    "evaluate",
    "judge",
    "measure",
    "nearest",
    "number",
    "plain",
    "read",
    "shown",
]
