"""The acceptor's process and a client of it, for as long as the scenarios are played."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection

from oms.base.ports import free_port
from oms.management.conformance.matrices import stage
from oms.management.conformance.matrices.client import Client
from orders.models import User
from routing.fix.link import Link
from routing.models import ClientSession

SESSION = "CONFORM"
ROOT = Path(__file__).resolve().parents[4]


@contextmanager
def client() -> Iterator[Client]:
    """A client that is logged on to an acceptor of its own; both end with the block."""
    stage.trader()
    user = User.objects.get(username="conformance")
    # The engine keeps a session as long as its process lives, so each client has a CompID of its own.
    comp_id = f"{SESSION}-{uuid4().hex[:8]}"
    ClientSession.objects.update_or_create(
        code=SESSION, defaults={"target_comp_id": comp_id, "user": user, "enabled": True}
    )
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        link = Link(SESSION, comp_id, "OMS", port=port)
        with _process(port, Path(home)), Client(link, Path(home) / "client").logged_on() as found:
            yield found


@contextmanager
def _process(port: int, home: Path) -> Iterator[None]:
    """``manage.py fix_acceptor`` on the database we are connected to."""
    command = [sys.executable, str(ROOT / "manage.py"), "fix_acceptor", "--port", str(port)]
    environment = os.environ | {"OMS_HOME": str(home), "DATABASE_URL": _url(), "REDIS_URL": settings.REDIS_URL}
    environment["SECRET_KEY"] = settings.SECRET_KEY
    with (home / "acceptor.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _url() -> str:
    """The database of this process, which in a test is not the one of the environment."""
    given = os.environ["DATABASE_URL"]
    head, _, tail = given.rpartition("/")
    _, mark, options = tail.partition("?")
    return f"{head}/{connection.settings_dict['NAME']}{mark}{options}"
