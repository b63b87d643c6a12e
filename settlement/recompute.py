"""Charges worked out again from the dated tables, and compared with what was booked. Reads only."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F

from orders.models import ExecutionReport, Instrument
from settlement.calendars import Unsupported
from settlement.models import Obligation, ObligationCancellation
from settlement.obligations import Execution, Terms, owe
from settlement.rounding import ZERO
from settlement.standing import standing

BITE = 5_000
COMPARED = ("settl_date", "principal", "accrued", "commission", "fees", "net_money")


class Difference(NamedTuple):
    """A booked figure that the tables, as they are now, would not give."""

    obligation_id: int
    field: str
    booked: object
    computed: object


def differences() -> Iterator[Difference]:
    """Every figure of an obligation of an execution that is not what its terms and the dated tables come to.

    Commission is an order's: a fill's is what the order owes after it less what stood before it, undone fills given
    back.
    """
    charged: dict[int, Decimal] = {}
    returned: dict[int, list[tuple[int, Decimal]]] = {}
    undone = dict(ObligationCancellation.objects.values_list("obligation_id", "execution_id"))
    # What a correction undoes is given back before it is charged.
    rows = Obligation.objects.filter(execution__isnull=False)
    rows = rows.order_by("execution_id", F("reverses_id").asc(nulls_last=True))
    start = 0
    while bite := list(rows.filter(execution_id__gt=start)[:BITE]):
        whole = [one for one in bite if len(bite) < BITE or one.execution_id != bite[-1].execution_id]
        fills, terms = _fills(whole), _terms(whole)
        for one in whole:
            assert one.execution_id is not None
            assert one.order_id is not None
            due = returned.get(one.order_id, [])
            back = sum((amount for event, amount in due if event <= one.execution_id), ZERO)
            returned[one.order_id] = [each for each in due if each[0] > one.execution_id]
            before = charged.get(one.order_id, ZERO) - back
            charged[one.order_id] = before + one.commission
            if one.pk in undone:
                returned[one.order_id].append((undone[one.pk] or one.execution_id, one.commission))
            if one.reverses_id is None:
                yield from _of(one, fills[one.execution_id], terms[one.instrument_id], before)
        start = whole[-1].execution_id or 0


def _of(one: Obligation, fill: Execution, terms: Terms, before: Decimal) -> Iterator[Difference]:
    try:
        made = owe(fill, terms, standing(), before).owed
    except Unsupported as why:
        yield Difference(one.pk, "terms", one.net_money, str(why))
        return
    for name in COMPARED:
        if getattr(one, name) != getattr(made, name):
            yield Difference(one.pk, name, getattr(one, name), getattr(made, name))


def _fills(rows: Iterable[Obligation]) -> dict[int, Execution]:
    found = ExecutionReport.objects.filter(pk__in=[one.execution_id for one in rows])
    return {row[0]: Execution(*row) for row in found.values_list(*Execution._fields)}


def _terms(rows: Iterable[Obligation]) -> dict[int, Terms]:
    wanted = Instrument.objects.filter(pk__in={one.instrument_id for one in rows})
    return {row[0]: Terms(*row) for row in wanted.values_list(*Terms._fields)}
