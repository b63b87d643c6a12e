"""The page of limits: how much of each is in use, as bars, by desk and account."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """For everybody: ``GET /api/v1/limits/``, which the page reads once a second, says which limits are theirs."""
    return render(request, "limits.html", {"config": {"csrf": get_token(request)}, "page": "limits"})
