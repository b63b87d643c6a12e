"""A filter line's terms as a condition on orders. See orders/filter.py for what they mean."""

import re
from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Exists, OuterRef, Q

from orders.filter import ANYWHERE, COLUMNS, Kind, Term
from orders.order import Order

# Columns that are called otherwise in the model.
PATHS = {
    "symbol": "instrument__symbol",
    "currency": "instrument__currency",
    "desk": "desk__code",
    "account": "account__code",
    "entered_by": "entered_by__username",
    "assigned_to": "assigned_to__username",
}
LOOKUPS = {":": "exact", "=": "exact", "<": "lt", ">": "gt", "<=": "lte", ">=": "gte"}
_ALWAYS = Q(pk__isnull=False)


def matching(terms: Sequence[Term]) -> Q:
    """The condition that every term sets."""
    return reduce(and_, (_one(term) for term in terms), _ALWAYS)


def _one(term: Term) -> Q:
    columns = (term.column,) if term.column else ANYWHERE
    found = reduce(or_, (_in(column, term) for column in columns))
    return ~found if term.negated else found


def _in(column: str, term: Term) -> Q:
    """The column of the order itself, or where the family counts, of one of its children."""
    own = _holds(column, term)
    if not COLUMNS[column].family:
        return own
    return own | Q(Exists(Order.objects.filter(own, parent_id=OuterRef("pk"))))


def _holds(column: str, term: Term) -> Q:
    path = PATHS.get(column, column)
    kind = COLUMNS[column].kind if term.column else Kind.TEXT
    if kind is Kind.WORD:
        words = [word == "true" for word in term.values] if column in ("unresolved", "triggered") else term.values
        return Q(**{f"{path}__in": words})
    if kind is Kind.TEXT:
        return reduce(or_, (_text(path, pattern, whole=term.operator == "=") for pattern in term.values))
    if len(term.values) > 1:
        return Q(**{f"{path}__in": term.values})
    # Nothing is neither below nor above a number; said so that `-` may turn it round.
    return Q(**{f"{path}__isnull": False, f"{path}__{LOOKUPS[term.operator]}": term.values[0]})


def _text(path: str, pattern: str, *, whole: bool) -> Q:
    if whole:
        return Q(**{f"{path}__iexact": pattern})
    if "*" not in pattern:
        return Q(**{f"{path}__icontains": pattern})
    if not pattern.strip("*"):
        return _ALWAYS
    shape: Any = ".*".join(re.escape(part) for part in pattern.split("*"))
    return Q(**{f"{path}__iregex": f"^{shape}$"})
