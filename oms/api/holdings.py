"""Positions: traded and settled, valued in two currencies, by average cost and by lots, now or at a past instant."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import images, listing, pages, reference_shapes, schema, shapes
from oms.api.access import EVERYONE, account_ids
from oms.api.answers import answer
from oms.api.fields import instant
from oms.api.problems import Problem
from oms.api.views import View
from oms.desk.valued import Valued, opening_rates, valued
from orders.models import Position
from orders.moves import Key

AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="as it was known at this instant; now if left out")


class HeldShape(reference_shapes.PositionShape):
    """What an account holds of an instrument: money in its currency, and in the account's where it says so."""

    adjusted_qty = shapes.amount(help_text="came or went by no execution; qty is bought less sold and this")
    settled_qty = shapes.amount(allow_null=True, help_text="has settled; null for spot FX, which delivers money")
    net_cash = shapes.amount(help_text="money paid and got, income included, before fees")
    fifo_realised = shapes.amount(help_text="realised by FIFO; realised is by average cost, both before fees")
    dividends = shapes.amount(help_text="income: dividends and coupons, apart from realised")
    fees = shapes.amount(help_text="commission, fees and taxes charged, apart from cost")
    accrued = shapes.amount(help_text="accrued interest paid on buying less got on selling")
    price = shapes.amount(allow_null=True)
    price_at = s.DateTimeField(allow_null=True, help_text="since when; null for a price on file")
    price_source = s.CharField(allow_blank=True, help_text="market or reference")
    market_value = shapes.amount(allow_null=True)
    unrealised = shapes.amount(allow_null=True, help_text="at price; null where nobody knows it")
    base = s.CharField(help_text="the account's currency")
    fx_rate = shapes.amount(allow_null=True, help_text="what one unit of currency is worth in base")
    fx_at = s.DateTimeField(allow_null=True, help_text="since when; null where both are the same")
    realised_base = shapes.amount(allow_null=True, help_text="each day's at the rate of its end")
    unrealised_base = shapes.amount(allow_null=True)
    missing = s.CharField(allow_blank=True, help_text="DATA_MISSING and of what, where a number is null")

    class Meta:
        ref_name = "HeldPosition"


class LotShape(s.Serializer[Any]):
    """A parcel, the oldest first."""

    qty = shapes.amount(help_text="signed")
    px = shapes.amount()
    opened_on = s.DateField(allow_null=True)
    fx_rate = shapes.amount(allow_null=True, help_text="into base at the end of the day it was opened; null until then")
    fx_at = s.DateTimeField(allow_null=True)
    unrealised = shapes.amount(allow_null=True)


class LotsShape(s.Serializer[Any]):
    """A position with its lots."""

    position = HeldShape()
    lots = LotShape(many=True)


class Positions(View):
    """What the accounts of your desks hold."""

    access = {"GET": EVERYONE}

    @extend_schema(
        operation_id="positions_list",
        parameters=[*schema.filters("account", "symbol", "limit", "cursor"), AS_OF],
        responses=schema.said(schema.paged(HeldShape, "Position")),
    )
    def get(self, request: Request) -> HttpResponse:
        """Positions at trade date and settled, by average cost and FIFO; ``as_of`` a past instant as it was known."""
        query = pages.read(request, {**listing.POSITIONS, "as_of": instant}, single=frozenset({"as_of"}))
        rows = Position.objects.filter(account_id__in=account_ids(self.user(request)))
        found = listing.positions(rows, query)
        return pages.page(request, found, query, lambda some: held(some, query.one("as_of")), ascending=True)


class Lots(View):
    """The lots of one position."""

    access = {"GET": EVERYONE}

    @extend_schema(operation_id="positions_lots", parameters=[AS_OF], responses=schema.said(LotsShape, 404))
    def get(self, request: Request, account: str, symbol: str) -> HttpResponse:
        """A position with its lots by FIFO, the oldest first; ``as_of`` a past instant as it was known."""
        query = pages.read(request, {"as_of": instant}, single=frozenset({"as_of"}))
        at = query.one("as_of")
        mine = Position.objects.filter(account_id__in=account_ids(self.user(request)), account__code=account)
        rows = list(mine.filter(listing.of_symbols([symbol], "instrument__"))[:2])
        if not rows:
            raise Problem(404, "NOT_FOUND", f"{account} has no position in {symbol}")
        if len(rows) > 1:
            raise Problem(404, "AMBIGUOUS_INSTRUMENT", f"several instruments are called {symbol}: add the market")
        key: Key = (rows[0].account_id, rows[0].instrument_id)
        one = valued([key], at)[key]
        rates = opening_rates(key, one.line)
        lots = [
            {
                "qty": lot.qty, "px": lot.px, "opened_on": lot.opened_on,
                "fx_rate": rates[lot.opened_on].rate if lot.opened_on in rates else None,
                "fx_at": rates[lot.opened_on].at if lot.opened_on in rates else None,
                "unrealised": _of_lot(one, lot.qty, lot.px),
            }
            for lot in one.line.lots
        ]  # fmt: skip
        (position,) = held(Position.objects.filter(pk=rows[0].pk), at)
        return answer({"position": position, "lots": lots})


def _of_lot(one: Valued, qty: Decimal, px: Decimal) -> Decimal | None:
    """The lot's part of what the whole would realise at the same price."""
    if one.price is None or one.market_value is None or not one.held.qty:
        return None
    unit = one.market_value / (one.held.qty * one.price.price) if one.price.price else Decimal(0)
    return ((one.price.price - px) * qty * unit).quantize(Decimal("0.00000001"))


def held(rows: Any, at: datetime | None) -> list[dict[str, Any]]:
    """The images of positions, now or as they were known at an instant."""
    keys: list[Key] = list(rows.values_list("account_id", "instrument_id"))
    found = valued(keys, at)
    return [image | _told(found[key]) for image, key in zip(images.positions(rows), keys, strict=True)]


def _told(one: Valued) -> dict[str, Any]:
    own, price, rate = one.held, one.price, one.rate
    return {
        "qty": own.qty, "avg_cost": own.avg_cost, "realised": own.realised, "bought_qty": own.bought_qty,
        "sold_qty": own.sold_qty, "adjusted_qty": own.adjusted_qty, "settled_qty": one.settled_qty,
        "net_cash": own.net_cash, "fifo_realised": one.line.realised, "dividends": own.dividends,
        "fees": one.cost.fees, "accrued": one.cost.accrued, "price": price.price if price else None,
        "price_at": price.at if price else None, "price_source": price.source if price else "",
        "market_value": one.market_value, "unrealised": one.unrealised, "base": one.base,
        "fx_rate": rate.rate if rate else None, "fx_at": rate.at if rate else None,
        "realised_base": one.realised_base, "unrealised_base": one.unrealised_base, "missing": one.missing,
    }  # fmt: skip
