"""The overview: what today asks for. Every number is a link to the rows behind it."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from oms.blotter.ops import (
    access,
    allocations,
    breaks,
    checklist,
    confirmations,
    corporate,
    days,
    dues,
    exceptions,
    fails,
)
from oms.blotter.ops.attention import attention
from oms.blotter.ops.cells import Block, Cell
from oms.blotter.ops.views import frame, today, told
from orders.models import User

PARTS = (dues, fails, breaks, allocations, confirmations, corporate, exceptions, days, checklist)


def tiles() -> tuple[Cell, ...]:
    """The numbers that matter most, each with where it leads."""
    return tuple(one for part in PARTS for one in part.tiles())


def blocks() -> tuple[Block, ...]:
    """Tables of counts and values."""
    return tuple(one for part in PARTS for one in part.blocks())


@require_safe
@access.watched
@gzip_page
def page(request: HttpRequest) -> HttpResponse:
    """The page, complete without a script."""
    config = {"csrf": get_token(request), "user": cast(User, request.user).username, "at": reverse("ops-overview")}
    context = frame(request, "overview") | {"tiles": tiles(), "blocks": blocks(), "config": config}
    return render(request, "ops/overview.html", context)


@require_safe
@access.watched
@gzip_page
def data(request: HttpRequest) -> HttpResponse:
    """GET /ops/overview: {tiles, blocks, today, attention}; 304 while nothing has changed."""
    image = {"tiles": [one.image for one in tiles()], "blocks": [one.image for one in blocks()]}
    return told(request, image | {"today": today(), "attention": attention()})
