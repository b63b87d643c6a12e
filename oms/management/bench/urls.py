"""The usual addresses, and the floor: a view that inserts one row and does nothing else."""

import json

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from oms.urls import urlpatterns as usual

INSERT = """INSERT INTO oms_heartbeat (name, at, pid) VALUES (left(%s || gen_random_uuid()::text, 32), now(), %s)"""


@csrf_exempt
def floor(request: HttpRequest) -> JsonResponse:
    """Parse the body, insert one row in a transaction, answer."""
    body = json.loads(request.body)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, [body["n"] % 100, body["n"]])
    return JsonResponse(body, status=201)


urlpatterns = [*usual, path("bench/floor/", floor)]
