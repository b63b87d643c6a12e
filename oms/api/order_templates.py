"""Order templates of the ticket: one's own."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import pages, schema
from oms.api.access import EVERYONE
from oms.api.answers import answer
from oms.api.fields import Field, take, text
from oms.api.orders import version_of
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from oms.ordertemplate import FIELDS, OrderTemplate, read_body

TEMPLATE = {"name": Field(text(60)), "body": Field(read_body)}
MOST = 100


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
        return answer({"results": [image(row) for row in OrderTemplate.objects.filter(owner=self.user(request))]})

    @extend_schema(
        operation_id="order_templates_create",
        request=OrderTemplateRequest,
        responses=schema.said(OrderTemplateShape, 409, 415, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Keep a new one. Its name is its owner's only one."""
        user = self.user(request)
        values = _values(request)
        if OrderTemplate.objects.filter(owner=user).count() >= MOST:
            raise Problem.of([Refusal("TOO_MUCH", "name", f"you have {MOST} templates; delete one first")])
        made = OrderTemplate(owner=user, updated_at=now(), **values)
        _write(made)
        return answer(image(made), 201)


class OneOrderTemplate(View):
    """One of them."""

    access = {"GET": EVERYONE, "PUT": EVERYONE, "DELETE": EVERYONE}

    @extend_schema(operation_id="order_templates_read", responses=schema.said(OrderTemplateShape, 404))
    def get(self, request: Request, template_id: str) -> HttpResponse:
        """The template."""
        pages.read(request, {})
        found = OrderTemplate.objects.filter(pk=_key(template_id), owner=self.user(request)).first()
        if found is None:
            raise _missing(template_id)
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
            found = locked(OrderTemplate.objects.filter(pk=_key(template_id), owner=user)).first()
            if found is None:
                raise _missing(template_id)
            if isinstance(version, int) and version != found.version:
                words = f"version {found.version} was kept meanwhile"
                raise Problem.of([Refusal("VERSION_CONFLICT", "version", words)])
            for name, value in values.items():
                setattr(found, name, value)
            found.version, found.updated_at = found.version + 1, now()
            _write(found)
        return answer(image(found))

    @extend_schema(operation_id="order_templates_delete", responses=schema.said(None, 404, ok=204))
    def delete(self, request: Request, template_id: str) -> HttpResponse:
        """Forget it."""
        gone, _ = OrderTemplate.objects.filter(pk=_key(template_id), owner=self.user(request)).delete()
        if not gone:
            raise _missing(template_id)
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


def _key(template_id: str) -> UUID:
    try:
        return UUID(template_id)
    except ValueError as error:
        raise _missing(template_id) from error


def _missing(template_id: str) -> Problem:
    return Problem(404, "NOT_FOUND", f"no template {template_id} of yours")


def _write(template: OrderTemplate) -> None:
    """A name that is taken is said so, whoever was first."""
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        if "order_template_name_once" not in str(error):
            raise
        words = f"you have a template named {template.name} already"
        raise Problem.of([Refusal("CONFLICT", "name", words)]) from error
