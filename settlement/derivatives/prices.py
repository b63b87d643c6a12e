"""Settlement prices as they come: set, corrected, or taken from the last quote when somebody says so."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from orders.models import Instrument
from orders.vocabulary import AssetClass
from settlement.derivatives.tables import SettlementPrice

# What options are written on and futures are: a bond's or a currency's price of the day is nobody's margin.
PRICED = frozenset({AssetClass.FUTURE, AssetClass.OPTION, AssetClass.EQUITY, AssetClass.ETF})


class Price(NamedTuple):
    """One instrument's price of one day."""

    instrument_id: int
    day: date
    price: Decimal
    source: str


def put(prices: Sequence[Price], actor: str, today: date) -> list[Refusal | None]:
    """Set the prices, or correct them; one refusal or None each, in order. Two statements."""
    with transaction.atomic():
        classes = dict(
            Instrument.objects.filter(pk__in={one.instrument_id for one in prices}).values_list("pk", "asset_class")
        )
        answers = [_objection(one, classes, today) for one in prices]
        at = now()
        rows = {
            (one.instrument_id, one.day): (one.instrument_id, one.day, one.price, one.source, actor, at)
            for one, fault in zip(prices, answers, strict=True)
            if fault is None
        }
        columns = ("price", "source", "entered_by", "entered_at")
        sets.put(SettlementPrice, ["instrument", "day"], columns, [rows[key] for key in sorted(rows)])
        bell.ring_on_commit("margin")
        return answers


def _objection(one: Price, classes: Mapping[int, str], today: date) -> Refusal | None:
    if one.instrument_id not in classes:
        return Refusal("UNKNOWN_INSTRUMENT", "instrument", f"no instrument {one.instrument_id}")
    if classes[one.instrument_id] not in PRICED:
        return Refusal("BAD_VALUE", "instrument", f"a {classes[one.instrument_id]} has no settlement price")
    if one.day > today:
        return Refusal("BAD_VALUE", "day", f"the business date is {today}: {one.day} has no price yet")
    if not one.source:
        return Refusal("MISSING", "source", "source says whence the price is")
    if len(one.source) > 40:
        return Refusal("TOO_LONG", "source", "source may have 40 characters")
    return None
