"""The API's own description, the pages to read it in, and the answer to addresses that lead nowhere."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from oms.api.access import ANYBODY, EVERYONE
from oms.api.problems import Problem
from oms.api.views import Door, View

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Schema(Door, SpectacularJSONAPIView):
    """OpenAPI 3 in JSON."""

    access = {"GET": EVERYONE}


class Docs(Door, SpectacularSwaggerSplitView):
    """Swagger UI, from our own files and without a line of inline script (Content-Security-Policy)."""

    access = {"GET": EVERYONE}
    url_name = "api-schema"
    template_name = "oms/swagger_ui.html"


@extend_schema(exclude=True)
class Nothing(View):
    """Whatever else is asked for."""

    access = dict.fromkeys(METHODS, ANYBODY)

    def get(self, request: Request) -> HttpResponse:
        """There is nothing."""
        raise Problem(404, "NOT_FOUND", f"nothing is at {request.path}")

    post = put = patch = delete = get
