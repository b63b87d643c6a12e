"""The page of overrides: what waits for Compliance, and what became of the rest. It reads and acts over REST."""

import secrets

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_safe

from oms.blotter import access, tables
from oms.desk.asked import Actor
from oms.desk.override import APPROVES
from orders.models import User


@require_safe
@login_required
def overrides(request: HttpRequest) -> HttpResponse:
    """The queue of the user's desks; whoever may decide does it here, by keyboard."""
    user: User = request.user  # type: ignore[assignment]
    config = {
        "csrf": get_token(request),
        "desks": access.desks_for(user),
        "may_decide": Actor.of(user).may(APPROVES),
        "schema": {"events": tables.COLUMNS["events"]},
        "tab": secrets.token_hex(4),
        "user": user.username,
    }
    return render(request, "overrides.html", {"config": config})
