"""What a Django expression over an order's facts comes to, reckoned in Python: for the generated columns of orders."""

from collections.abc import Mapping
from decimal import Decimal
from operator import add, sub, truediv
from typing import Any

from django.db.models import Case, F, Func, Q, Value
from django.db.models.expressions import CombinedExpression

_LOOKUPS = {
    "exact": lambda left, right: left == right,
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "in": lambda left, right: left in right,
}
_ARITHMETIC = {"+": add, "-": sub, "/": truediv}


def meaning(expression: Any, facts: Mapping[str, Any]) -> Any:
    """The value of a Case, F, Value or arithmetic over ``facts``."""
    if isinstance(expression, Case):
        hit = (when.result for when in expression.cases if _holds(when.condition, facts))
        return meaning(next(hit, expression.default), facts)
    if isinstance(expression, F):
        return facts[expression.name]
    if isinstance(expression, Value):
        return expression.value
    if isinstance(expression, CombinedExpression):
        return _ARITHMETIC[expression.connector](meaning(expression.lhs, facts), meaning(expression.rhs, facts))
    assert isinstance(expression, Func), expression
    number, places = (meaning(part, facts) for part in expression.get_source_expressions())
    return round(Decimal(number), places)


def _holds(condition: Q, facts: Mapping[str, Any]) -> bool:
    """Whether ``condition`` is true of ``facts``."""
    found = []
    for child in condition.children:
        if isinstance(child, Q):
            found.append(_holds(child, facts))
            continue
        name, _, lookup = child[0].partition("__")
        value = meaning(child[1], facts) if isinstance(child[1], F) else child[1]
        found.append(_LOOKUPS[lookup or "exact"](facts[name], value))
    result = all(found) if condition.connector == Q.AND else any(found)
    return result is not condition.negated
