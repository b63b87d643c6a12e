"""Saved views of the blotter: one's own, and those shared with one's desks."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import pages, schema
from oms.api.access import EVERYONE, desk_ids
from oms.api.answers import answer
from oms.api.fields import Field, take, text
from oms.api.kept import Shelf
from oms.api.orders import version_of
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from oms.savedview import SavedView, read_body
from orders.models import Desk, User

VIEW = {"name": Field(text(60)), "body": Field(read_body), "desk": Field(text(16), "", nullable=True)}
SHELF = Shelf(SavedView, "view", "saved_view_name_once")


class SavedViewShape(s.Serializer[Any]):
    """One view."""

    id = s.CharField(help_text="the blotter opens with it under /blotter/?view=<id>")
    name = s.CharField()
    desk = s.CharField(allow_blank=True, help_text="the desk it is shared with, if any")
    owner = s.CharField()
    mine = s.BooleanField(help_text="only its owner changes it")
    version = s.IntegerField()
    updated_at = s.DateTimeField()
    body = s.DictField(help_text="tables: columns, widths, sort, pinned, group; filter; chip; linked")

    class Meta:
        ref_name = "SavedView"


class SavedViewRequest(s.Serializer[Any]):
    """A view as it is to be kept."""

    name = s.CharField(max_length=60)
    desk = s.CharField(required=False, allow_null=True, help_text="share it with this desk of yours")
    body = s.DictField()


def seen_by(user: User) -> QuerySet[SavedView]:
    """The user's own views and those shared with desks the user sees."""
    return SavedView.objects.filter(Q(owner=user) | Q(desk__in=desk_ids(user))).select_related("owner", "desk")


class SavedViews(View):
    """All that the caller may look through."""

    access = {"GET": EVERYONE, "POST": EVERYONE}

    @extend_schema(operation_id="saved_views_list", responses=schema.said(SavedViewShape(many=True)))
    def get(self, request: Request) -> HttpResponse:
        """By name, one's own first."""
        pages.read(request, {})
        user = self.user(request)
        rows = sorted(seen_by(user), key=lambda view: (view.owner_id != user.pk, view.name))
        return answer({"results": [image(row, user) for row in rows]})

    @extend_schema(
        operation_id="saved_views_create",
        request=SavedViewRequest,
        responses=schema.said(SavedViewShape, 409, 415, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Keep a new one. Its name is its owner's only one."""
        user = self.user(request)
        view = SHELF.add(user, _values(request, user))
        return answer(image(view, user), 201)


class OneSavedView(View):
    """One of them."""

    access = {"GET": EVERYONE, "PUT": EVERYONE, "DELETE": EVERYONE}

    @extend_schema(operation_id="saved_views_read", responses=schema.said(SavedViewShape, 404))
    def get(self, request: Request, view_id: str) -> HttpResponse:
        """The view."""
        pages.read(request, {})
        user = self.user(request)
        view = SHELF.one(seen_by(user), view_id)
        return answer(image(view, user))

    @extend_schema(
        operation_id="saved_views_change",
        request=SavedViewRequest,
        responses=schema.said(SavedViewShape, 404, 409, 412, 415),
    )
    def put(self, request: Request, view_id: str) -> HttpResponse:
        """Keep it anew. ``If-Match`` may name the version you read; a newer one is not overwritten then."""
        user, version = self.user(request), version_of(request)
        values = _values(request, user)
        with transaction.atomic():
            view = SHELF.own(user, view_id)
            SHELF.change(view, values, version)
        return answer(image(view, user))

    @extend_schema(operation_id="saved_views_delete", responses=schema.said(None, 404, ok=204))
    def delete(self, request: Request, view_id: str) -> HttpResponse:
        """Forget it, for those it is shared with, too."""
        with transaction.atomic():
            SHELF.own(self.user(request), view_id).delete()
        return HttpResponse(status=204)


def image(view: SavedView, user: User) -> dict[str, Any]:
    """A view as it is told."""
    return {
        "id": str(view.pk), "name": view.name, "desk": view.desk.code if view.desk else "",
        "owner": view.owner.username, "mine": view.owner_id == user.pk, "version": view.version,
        "updated_at": view.updated_at, "body": view.body,
    }  # fmt: skip


def _values(request: Request, user: User) -> dict[str, Any]:
    values, faults = take(object_body(request), VIEW)
    if faults:
        raise Problem.of(faults, 400)
    code = values.pop("desk") or ""
    desk = Desk.objects.filter(code=code, pk__in=desk_ids(user)).first() if code else None
    if code and desk is None:
        raise Problem.of([Refusal("BAD_VALUE", "desk", f"no desk {code!a} of yours")], 400)
    return values | {"desk": desk}
