"""Who sees the operations desk: those who watch over the firm. Who may act is decided again by the verb."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from oms.blotter.access import watches
from orders.models import User
from orders.vocabulary import Role

View = Callable[..., HttpResponse]
ACTS = frozenset({Role.OPERATIONS})


def sees(user: Any) -> bool:
    """Operations, compliance and auditors; nobody else."""
    return bool(user.is_authenticated and watches(user))


def acts(user: User) -> bool:
    """Whether the page offers what operations does."""
    return user.is_superuser or user.role in ACTS


def watched(view: View) -> View:
    """The view for those who may see it: a page sends strangers to the login, data answers them 401."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            if request.headers.get("Accept", "").startswith("application/json"):
                return HttpResponse(status=401)
            return redirect_to_login(request.get_full_path())  # type: ignore[return-value]
        if not sees(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
