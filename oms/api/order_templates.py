"""Order templates of the ticket: one's own."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import pages, schema
from oms.api.access import EVERYONE
from oms.api.answers import answer
from oms.api.fields import Field, take, text
from oms.api.kept import Shelf
from oms.api.orders import version_of
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.ordertemplate import FIELDS, OrderTemplate, read_body

TEMPLATE = {"name": Field(text(60)), "body": Field(read_body)}
SHELF = Shelf(OrderTemplate, "template", "order_template_name_once")


class OrderTemplateShape(s.Serializer[Any]):
    """One template."""

    id = s.CharField()
    name = s.CharField()
    version = s.IntegerField()
    updated_at = s.DateTimeField()
    body = s.DictField(child=s.CharField(), help_text=f"as typed: {', '.join(sorted(FIELDS))}")

    class Meta:
        ref_name = "OrderTemplate"


class OrderTemplateRequest(s.Serializer[Any]):
    """A template as it is to be kept."""

    name = s.CharField(max_length=60)
    body = s.DictField(child=s.CharField(max_length=40))


class OrderTemplates(View):
    """All of the caller's."""

    access = {"GET": EVERYONE, "POST": EVERYONE}

    @extend_schema(operation_id="order_templates_list", responses=schema.said(OrderTemplateShape(many=True)))
    def get(self, request: Request) -> HttpResponse:
        """By name."""
        pages.read(request, {})
        return answer({"results": [image(row) for row in SHELF.of(self.user(request))]})

    @extend_schema(
        operation_id="order_templates_create",
        request=OrderTemplateRequest,
        responses=schema.said(OrderTemplateShape, 409, 415, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Keep a new one. Its name is its owner's only one."""
        made = SHELF.add(self.user(request), _values(request))
        return answer(image(made), 201)


class OneOrderTemplate(View):
    """One of them."""

    access = {"GET": EVERYONE, "PUT": EVERYONE, "DELETE": EVERYONE}

    @extend_schema(operation_id="order_templates_read", responses=schema.said(OrderTemplateShape, 404))
    def get(self, request: Request, template_id: str) -> HttpResponse:
        """The template."""
        pages.read(request, {})
        found = SHELF.one(SHELF.of(self.user(request)), template_id)
        return answer(image(found))

    @extend_schema(
        operation_id="order_templates_change",
        request=OrderTemplateRequest,
        responses=schema.said(OrderTemplateShape, 404, 409, 412, 415),
    )
    def put(self, request: Request, template_id: str) -> HttpResponse:
        """Keep it anew. ``If-Match`` may name the version you read; a newer one is not overwritten then."""
        user, version = self.user(request), version_of(request)
        values = _values(request)
        with transaction.atomic():
            found = SHELF.own(user, template_id)
            SHELF.change(found, values, version)
        return answer(image(found))

    @extend_schema(operation_id="order_templates_delete", responses=schema.said(None, 404, ok=204))
    def delete(self, request: Request, template_id: str) -> HttpResponse:
        """Forget it."""
        with transaction.atomic():
            SHELF.own(self.user(request), template_id).delete()
        return HttpResponse(status=204)


def image(template: OrderTemplate) -> dict[str, Any]:
    """A template as it is told."""
    names = ("name", "version", "updated_at", "body")
    return {"id": str(template.pk), **{name: getattr(template, name) for name in names}}


def _values(request: Request) -> dict[str, Any]:
    values, faults = take(object_body(request), TEMPLATE)
    if faults:
        raise Problem.of(faults, 400)
    return values
