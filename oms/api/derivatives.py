"""Settlement prices by REST or as a table, the margin they led to, and notices of exercise and assignment."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import named, pages, schema, shapes
from oms.api.access import FIRM_WIDE, OPERATIONS
from oms.api.answers import answer
from oms.api.corporate_action_shapes import ImportedShape
from oms.api.fields import Field, Read, above_zero, choice, day, number, take, text
from oms.api.orders import as_key, read_csv
from oms.api.problems import Problem, error_body
from oms.api.views import View, csv_body, object_body
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import margin
from orders.models import Account, Instrument
from orders.reference import business_date
from orders.vocabulary import AssetClass
from routing import market
from settlement.derivatives.prices import Price, put
from settlement.models import OptionNotice, SettlementPrice, VariationMargin

PRICE = {
    "instrument": Field(text(40)), "day": Field(day), "price": Field(number, None, nullable=True),
    "source": Field(text(40, empty=True), ""),
}  # fmt: skip
NOTICE = {
    "source": Field(text(64)), "account": Field(text(16)), "instrument": Field(text(40)),
    "kind": Field(choice(OptionNotice.Kind)),  # type: ignore[arg-type]
    "qty": Field(above_zero), "day": Field(day),
}  # fmt: skip
FILTERS: dict[str, Read] = {"day": day}
LAST_QUOTE = "last quote"


class SettlementPriceShape(s.Serializer[Any]):
    """What a day was settled at."""

    id = s.CharField()
    instrument = s.CharField(help_text="SYMBOL.MIC")
    day = s.DateField()
    price = shapes.amount()
    source = s.CharField(help_text='whence it is; "last quote" where operations took that')
    entered_by = s.CharField()
    margin_at = s.DateTimeField(allow_null=True, help_text="when the day's margin was booked from it")

    class Meta:
        ref_name = "SettlementPrice"


class SettlementPriceRequest(s.Serializer[Any]):
    """A price of a day. Without a price the instrument's last quote is taken, if ``source`` says "last quote"."""

    instrument = s.CharField()
    day = s.DateField()
    price = shapes.amount(required=False)
    source = s.CharField(required=False)


class VariationMarginShape(s.Serializer[Any]):
    """Margin of one position for one day."""

    id = s.CharField()
    account = s.CharField()
    instrument = s.CharField()
    day = s.DateField()
    qty = shapes.amount()
    settlement_px = shapes.amount()
    amount = shapes.amount(help_text="what the account gets; below zero it pays")
    value_date = s.DateField()

    class Meta:
        ref_name = "VariationMargin"


class OptionNoticeShape(s.Serializer[Any]):
    """What a holder decided, or the clearing house assigned."""

    id = s.CharField()
    source = s.CharField()
    account = s.CharField()
    instrument = s.CharField()
    kind = s.CharField(help_text=", ".join(OptionNotice.Kind.values))
    qty = shapes.amount()
    day = s.DateField()
    proposed_by = s.CharField()
    confirmed_by = s.CharField(allow_blank=True)

    class Meta:
        ref_name = "OptionNotice"


class OptionNoticeRequest(s.Serializer[Any]):
    """A notice to be confirmed by a second person."""

    source = s.CharField(max_length=64)
    account = s.CharField()
    instrument = s.CharField()
    kind = s.CharField(help_text=", ".join(OptionNotice.Kind.values))
    qty = shapes.amount()
    day = s.DateField()


class SettlementPrices(View):
    """All of them."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="settlement_prices_list",
        parameters=[OpenApiParameter("day", str), *schema.filters("limit", "cursor")],
        responses=schema.said(schema.paged(SettlementPriceShape, "SettlementPrice")),
    )
    def get(self, request: Request) -> HttpResponse:
        """The newest first."""
        query = pages.read(request, FILTERS)
        rows = SettlementPrice.objects.all()
        return pages.page(request, rows.filter(day__in=query["day"]) if "day" in query else rows, query, _prices)

    @extend_schema(
        operation_id="settlement_prices_set",
        request=SettlementPriceRequest,
        responses=schema.said(SettlementPriceShape, 415, 422, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Set or correct the price of a day. Its margin is booked once the day is over."""
        values, faults = take(object_body(request), PRICE)
        if faults:
            raise Problem.of(faults, 400)
        (refusal,) = _put([values], self.user(request).username)
        if refusal is not None:
            raise Problem.of([refusal])
        key = named.instruments([values["instrument"]])[values["instrument"]]
        return answer(_prices(SettlementPrice.objects.filter(instrument=key, day=values["day"]))[0], 201)  # type: ignore[misc]


class ImportSettlementPrices(View):
    """A table of them."""

    access = {"POST": OPERATIONS}

    @extend_schema(
        operation_id="settlement_prices_import", request=schema.CSV, responses=schema.said(ImportedShape, 415)
    )
    def post(self, request: Request) -> HttpResponse:
        """Set the prices of a CSV with the columns instrument, day, price, source; one answer a row."""
        numbers, items = read_csv(csv_body(request), PRICE)
        read = [take(item, PRICE) for item in items]
        outcome = iter(_put([one.values for one in read if not one.faults], self.user(request).username))
        results = []
        for line, one in zip(numbers, read, strict=True):
            refusal = None if one.faults else next(outcome)
            errors = [*one.faults, *([refusal] if refusal else [])]
            results.append({"row": line, "errors": [error_body(each) for each in errors]})
        return answer({"results": results})


class VariationMargins(View):
    """Margin that was booked."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(
        operation_id="variation_margins_list",
        parameters=[OpenApiParameter("day", str), *schema.filters("limit", "cursor")],
        responses=schema.said(schema.paged(VariationMarginShape, "VariationMargin")),
    )
    def get(self, request: Request) -> HttpResponse:
        """The newest first."""
        query = pages.read(request, FILTERS)
        rows = VariationMargin.objects.all()
        return pages.page(request, rows.filter(day__in=query["day"]) if "day" in query else rows, query, _margins)


class OptionNotices(View):
    """Exercises, abandonments and assignments."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="option_notices_list",
        parameters=schema.filters("limit", "cursor"),
        responses=schema.said(schema.paged(OptionNoticeShape, "OptionNotice")),
    )
    def get(self, request: Request) -> HttpResponse:
        """The newest first."""
        return pages.page(request, OptionNotice.objects.all(), pages.read(request, {}), _notices)

    @extend_schema(
        operation_id="option_notices_propose",
        request=OptionNoticeRequest,
        responses=schema.said(OptionNoticeShape, 409, 415, 422, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Propose a notice; a second person confirms it. Repeating a source answers what stands under it."""
        values, faults = take(object_body(request), NOTICE)
        if faults:
            raise Problem.of(faults, 400)
        found = _propose(values, self.user(request).username)
        if isinstance(found, Refusal):
            raise Problem.of([found], 409 if found.code == "SOURCE_REUSED" else None)
        return answer(_notices(OptionNotice.objects.filter(pk=found))[0], 201)


class ConfirmOptionNotice(View):
    """The second person."""

    access = {"POST": OPERATIONS}

    @extend_schema(
        operation_id="option_notices_confirm", request=None, responses=schema.said(OptionNoticeShape, 404, 409)
    )
    def post(self, request: Request, notice_id: str) -> HttpResponse:
        """Confirm a notice of somebody else. It is booked at once, or with the option's expiry on its last day."""
        pk = as_key(notice_id)
        refusal = margin.exercise(pk, self.user(request).username)
        if refusal is not None:
            raise Problem.of([refusal], {"SECOND_PERSON": 403, "BAD_VALUE": 409}.get(refusal.code))
        return answer(_notices(OptionNotice.objects.filter(pk=pk))[0])


def _put(items: list[dict[str, Any]], actor: str) -> list[Refusal | None]:
    """Set what was read; names become keys, and a price that is left out on purpose is the last quote."""
    found = named.instruments([one["instrument"] for one in items])
    keys = [key for key in found.values() if isinstance(key, int)]
    wanted = any(one["price"] is None for one in items)
    quoted = market.references(keys) if wanted else {}
    answers: list[Refusal | None] = [None] * len(items)
    prices, places = [], []
    for at, one in enumerate(items):
        key, price = found[one["instrument"]], one["price"]
        if price is None and one["source"] == LAST_QUOTE and isinstance(key, int) and key in quoted:
            price = quoted[key].price
        if isinstance(key, Refusal):
            answers[at] = key
        elif price is None:
            text = f'price is required, or a source of "{LAST_QUOTE}" where there is one'
            answers[at] = Refusal("MISSING", "price", text)
        else:
            prices.append(Price(key, one["day"], price, one["source"]))
            places.append(at)
    for at, refusal in zip(places, put(prices, actor, business_date()), strict=True):
        answers[at] = refusal
    return answers


def _propose(values: dict[str, Any], actor: str) -> int | Refusal:
    key = named.instruments([values["instrument"]])[values["instrument"]]
    account = Account.objects.filter(code=values["account"]).first()
    if isinstance(key, Refusal):
        return key
    if account is None:
        return Refusal("UNKNOWN_ACCOUNT", "account", f"no account {values['account']!r}")
    with transaction.atomic():
        terms = {"account": account, "instrument_id": key, **{name: values[name] for name in ("kind", "qty", "day")}}
        fault = _objection(key, values)
        if fault is not None:
            return fault
        made, _ = OptionNotice.objects.get_or_create(
            source=values["source"], defaults={**terms, "proposed_by": actor, "proposed_at": now()}
        )
        if any(getattr(made, name) != value for name, value in terms.items()):
            return Refusal("SOURCE_REUSED", "source", f"{values['source']} is notice {made.pk}, whose terms are others")
        return made.pk


def _objection(key: int, values: dict[str, Any]) -> Refusal | None:
    option = Instrument.objects.get(pk=key)
    if option.asset_class != AssetClass.OPTION or option.underlying_id is None:
        return Refusal("BAD_VALUE", "instrument", f"{option.symbol} is no option on an instrument we know")
    assert option.maturity_date is not None
    if option.state == Instrument.State.EXPIRED or not business_date() <= values["day"] <= option.maturity_date:
        text = f"day must be from {business_date()} to {option.maturity_date}, when {option.symbol} expires"
        return Refusal("BAD_VALUE", "day", text)
    return None


def _symbol(instrument: Any) -> str:
    return f"{instrument.symbol}.{instrument.primary_mic}"


def _prices(rows: QuerySet[SettlementPrice]) -> list[dict[str, Any]]:
    names = ("day", "price", "source", "entered_by", "margin_at")
    return [
        {"id": str(one.pk), "instrument": _symbol(one.instrument), **{name: getattr(one, name) for name in names}}
        for one in rows.select_related("instrument")
    ]


def _margins(rows: QuerySet[VariationMargin]) -> list[dict[str, Any]]:
    names = ("day", "qty", "settlement_px", "amount", "value_date")
    return [
        {"id": str(one.pk), "account": one.account.code, "instrument": _symbol(one.instrument),
         **{name: getattr(one, name) for name in names}}
        for one in rows.select_related("instrument", "account")
    ]  # fmt: skip


def _notices(rows: QuerySet[OptionNotice]) -> list[dict[str, Any]]:
    names = ("source", "kind", "qty", "day", "proposed_by", "confirmed_by")
    return [
        {"id": str(one.pk), "account": one.account.code, "instrument": _symbol(one.instrument),
         **{name: getattr(one, name) for name in names}}
        for one in rows.select_related("instrument", "account")
    ]  # fmt: skip
