"""What canceling and amending by filter take and answer, for the OpenAPI description."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer
from rest_framework import serializers as s

from oms.api import shapes
from orders.vocabulary import OrdStatus, OrdType, Side, choices


class CancelChoice(s.Serializer[Any]):
    """Which orders to preview: `filter` or `order_ids`."""

    filter = s.CharField(required=False, max_length=500, allow_blank=True, help_text="working orders it lets pass")
    order_ids = s.ListField(child=s.CharField(), required=False)


class AmendChoice(CancelChoice):
    """Which orders to preview, and their new terms."""

    price = s.CharField(required=False, help_text="101.50, +2t (ticks), -0.5%, +10bp")
    order_qty = s.CharField(required=False, help_text="500, the new total; -50% of what still works")
    acknowledge_soft = s.BooleanField(required=False)
    acknowledge_reason = s.CharField(max_length=500, required=False, help_text="why; kept with each decision")


class AmendToken(s.Serializer[Any]):
    """The token of a preview."""

    token = s.CharField()


class CancelToken(AmendToken):
    """The token of a preview: cancel what it showed."""

    unchanged = s.BooleanField(required=False, help_text="leave orders alone that changed since the preview")


class FilterCounts(s.Serializer[Any]):
    """How many of the orders, by what they are and by what would become of them."""

    outcome = s.DictField(child=s.IntegerField(), help_text="done at once, asked of venues, refused")
    ord_status = s.DictField(child=s.IntegerField())
    side = s.DictField(child=s.IntegerField())
    symbol = s.DictField(child=s.IntegerField())
    venue = s.DictField(child=s.IntegerField(), help_text="an order counts at each venue that works a part; '' at none")


class FilterRow(s.Serializer[Any]):
    """An order, and what would become of it."""

    order_id = s.CharField()
    version = s.IntegerField()
    cl_ord_id = s.CharField()
    account = s.CharField()
    symbol = s.CharField()
    side = s.ChoiceField(choices(Side))
    ord_type = s.ChoiceField(choices(OrdType))
    order_qty = shapes.amount()
    cum_qty = shapes.amount()
    leaves_qty = shapes.amount()
    price = shapes.amount(allow_null=True)
    ord_status = s.ChoiceField(choices(OrdStatus))
    venues = s.ListField(child=s.CharField())
    outcome = s.ChoiceField(["done", "asked", "refused"])
    new_order_qty = shapes.amount(allow_null=True)
    new_price = shapes.amount(allow_null=True)
    errors = shapes.Error(many=True)


class FilterPreview(s.Serializer[Any]):
    """What would become of each order, and the token that has it done."""

    token = s.CharField(help_text="send it to the same address to have exactly this done")
    expires_at = s.DateTimeField()
    total = s.IntegerField()
    counts = FilterCounts()
    rows = FilterRow(many=True)


class FilterResult(s.Serializer[Any]):
    """What became of one order."""

    order_id = s.CharField()
    status = s.IntegerField()
    seen_version = s.IntegerField(help_text="the version that the preview showed")
    version = s.IntegerField(allow_null=True)
    ord_status = shapes.word(20)
    repeated = s.BooleanField(help_text="the same token had asked for it before")
    errors = shapes.Error(many=True)


class FilterResultCounts(s.Serializer[Any]):
    """How many."""

    done = s.IntegerField()
    refused = s.IntegerField()
    repeated = s.IntegerField()


class FilterResults(s.Serializer[Any]):
    """What became of the orders."""

    total = s.IntegerField()
    counts = FilterResultCounts()
    results = FilterResult(many=True)


def _described(name: str, choice: Any, token: Any) -> dict[str, Any]:
    shown = PolymorphicProxySerializer("PreviewOrResults", [FilterPreview, FilterResults], None, many=False)
    return {
        "operation_id": name,
        "request": PolymorphicProxySerializer(f"{name}_request", [choice, token], None, many=False),
        "responses": {
            200: shown,
            409: OpenApiResponse(shapes.ProblemShape, "the token is too old"),
            413: OpenApiResponse(shapes.ProblemShape, "more than 10,000 orders"),
            **{status: OpenApiResponse(shapes.ProblemShape) for status in (400, 401, 403, 404, 415, 503)},
        },
    }


CANCEL = _described("orders_cancel_by_filter", CancelChoice, CancelToken)
AMEND = _described("orders_amend_by_filter", AmendChoice, AmendToken)
