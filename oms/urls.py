"""Which address leads to which door."""

from django.contrib import admin
from django.urls import include, path

from oms.health import healthz

admin.autodiscover()
urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    # The pages' own data lies under api/v1/blotter/ and comes first: the REST door answers all the rest of api/v1/.
    path("", include("oms.blotter.urls")),
    path("api/v1/", include("oms.api.urls")),
]
