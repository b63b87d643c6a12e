"""The blotter without a script: a table by pages, and canceling by plain forms. Every answer of the desk is shown."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from oms.blotter import access
from oms.desk import Actor, Answer, Cancellation, cancel
from orders.filter import parse
from orders.filtered import matching
from orders.models import Order, User

A_PAGE = 50
MOST = 200
LONGEST_KEY = 18
STATES = ("working", "all")


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """GET /blotter/plain/?desk=EQ&show=working&filter=sym:AAPL&before=5000: the newest orders first."""
    desks = access.desks_for(request.user)
    given = request.GET
    desk = given.get("desk", "") if given.get("desk", "") in desks else next(iter(desks), "")
    show = given.get("show", "") if given.get("show", "") in STATES else STATES[0]
    line, before = given.get("filter", ""), given.get("before", "")
    read = parse(line)
    rows = _shown(desk, show).filter(matching(read.terms)) if not read.faults else Order.objects.none()
    if before.isdecimal() and len(before) <= LONGEST_KEY:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.select_related("instrument", "account", "entered_by")[: A_PAGE + 1])
    context = {
        "desk": desk, "desks": desks, "show": show, "filter": line, "faults": read.faults, "first": not before,
        "orders": found[:A_PAGE], "may_change": access.may_change(request.user),
        "next": f"?{_query(desk, show, line, before=found[A_PAGE - 1].pk)}" if len(found) > A_PAGE else "",
        "newest": f"?{_query(desk, show, line)}", "back": request.get_full_path(),
    }  # fmt: skip
    return render(request, "plain.html", context)


def _shown(desk: str, show: str) -> QuerySet[Order]:
    rows = Order.objects.filter(desk__code=desk, parent=None).order_by("-id")
    return rows.filter(leaves_qty__gt=0) if show == "working" else rows


def _query(desk: str, show: str, line: str, **more: Any) -> str:
    given = {"desk": desk, "show": show} | ({"filter": line} if line else {}) | more
    return urlencode(given)


@require_POST
@login_required
def cancel_orders(request: HttpRequest) -> HttpResponse:
    """POST /blotter/plain/cancel: ``order`` once for each; without ``sure`` only asks. What becomes of each is told."""
    user: User = request.user  # type: ignore[assignment]
    back = _back(request.POST.get("back", ""))
    keys = [key for key in request.POST.getlist("order") if key.isdecimal() and len(key) <= LONGEST_KEY]
    chosen = list(dict.fromkeys(map(int, keys)))
    mine = Order.objects.filter(desk__code__in=access.desks_for(user), pk__in=chosen[:MOST])
    if not chosen or len(chosen) > MOST:
        messages.error(request, f"Choose between 1 and {MOST} orders.")
        return HttpResponseRedirect(back)
    if request.POST.get("sure") != "yes":
        context = {"orders": mine.select_related("instrument", "account").order_by("-id"), "back": back}
        return render(request, "plain_sure.html", context)
    _tell(request, chosen, cancel([Cancellation(key) for key in chosen], Actor.of(user)))
    return HttpResponseRedirect(back)


def _tell(request: HttpRequest, chosen: Sequence[int], answers: Sequence[Answer]) -> None:
    done = [key for key, answer in zip(chosen, answers, strict=True) if not answer.refusals]
    for key, answer in zip(chosen, answers, strict=True):
        for refusal in answer.refusals:
            messages.error(request, f"Order {key}: {refusal.text} ({refusal.code})")
    if done:
        messages.success(request, f"Canceled, or asked to be canceled: {', '.join(map(str, done))}")


def _back(asked: str) -> str:
    """To the table again, and nowhere else."""
    here = reverse("blotter-plain")
    return asked if asked == here or asked.startswith(f"{here}?") else here
