"""Statements that are wrong on purpose, to see whether anybody notices. Pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from settlement.custody.says import Says
from settlement.messages import CashStatement, Holding, HoldingsStatement, MovementsStatement, Statement

ONE = Decimal(1)
# A security that exists and that nobody here trades: the line that is too much.
EXTRA = Holding("GB0002634946", "", Decimal(7))
OTHER_CURRENCY = {"CAD": "AUD"}


def told(statements: Iterable[Statement], says: Says) -> Iterator[Statement]:
    """The statements, with what the custodian was told to get wrong."""
    for statement in statements:
        for fault in says.statement(statement.account):
            statement = _FAULTS[fault](statement)
        yield statement


def _quantity(statement: Statement) -> Statement:
    if isinstance(statement, HoldingsStatement) and statement.lines:
        first, *rest = statement.lines
        return statement._replace(lines=(first._replace(qty=first.qty + ONE), *rest))
    return statement


def _cash(statement: Statement) -> Statement:
    return statement._replace(closing=statement.closing + ONE) if isinstance(statement, CashStatement) else statement


def _missing(statement: Statement) -> Statement:
    return statement._replace(lines=statement.lines[:-1])  # type: ignore[arg-type]


def _extra(statement: Statement) -> Statement:
    if isinstance(statement, HoldingsStatement):
        return statement._replace(lines=(*statement.lines, EXTRA))
    if isinstance(statement, MovementsStatement) and statement.lines:
        more = statement.lines[-1]._replace(reference="SI999999999999", custodian_reference="CUEXTRA")
        return statement._replace(lines=(*statement.lines, more))
    return statement


def _currency(statement: Statement) -> Statement:
    if isinstance(statement, CashStatement):
        return statement._replace(currency=OTHER_CURRENCY.get(statement.currency, "CAD"))
    return statement


def _day(statement: Statement) -> Statement:
    return statement._replace(day=statement.day - timedelta(days=1))


_FAULTS = {
    "quantity": _quantity, "cash": _cash, "missing": _missing, "extra": _extra, "currency": _currency, "day": _day,
}  # fmt: skip
