"""The row of a session to a venue as the engine takes it."""

import os
import re
from pathlib import Path
from typing import Any

from django.conf import settings

from routing import sessionterms
from routing.fix.link import Link, Schedule, Tls
from routing.models import VenueSession

# What the engine is told of a session; a change of these takes effect with a new process.
SHAPE = (
    "sender_comp_id", "target_comp_id", "host", "port", "version", "start", "end", "start_day", "end_day", "tls",
    "username", "transforms", "purpose",
)  # fmt: skip


class UnfitError(Exception):
    """The row of a session cannot be run; the text says why, and so does the row."""


def shape(code: str) -> tuple[Any, ...]:
    """What the row says now. One SELECT."""
    return VenueSession.objects.values_list(*SHAPE).get(pk=code)


def link(row: VenueSession, **more: Any) -> Link:
    """The link of ``row``. Raises UnfitError, and notes in the row what is wrong."""
    problem = sessionterms.first(row.faults()) or _missing(row)
    if problem != row.problem:
        VenueSession.objects.filter(pk=row.pk).update(problem=problem[:200])
    if problem:
        raise UnfitError(f"session {row.code} is not run: {problem}")
    return Link(
        row.code, row.sender_comp_id, row.target_comp_id, row.host, row.port, version=row.version,
        tls=_tls(row.code) if row.tls else None,
        schedule=Schedule(row.start, row.end, row.start_day, row.end_day), transforms=row.transforms,
        username=row.username, password=_password(row.code), **more,
    )  # fmt: skip


def _files(code: str) -> tuple[Path, Path, Path]:
    home = Path(settings.OMS_HOME) / "fix" / "tls"
    return home / f"{code}.pem", home / f"{code}.key", home / f"{code}-authorities.pem"


def _tls(code: str) -> Tls:
    """Our certificate and key, if the venue wants one, and who may have signed the venue's."""
    certificate, key, authorities = _files(code)
    shown = (str(certificate), str(key)) if certificate.exists() else ("", "")
    return Tls(*shown, str(authorities))


def _missing(row: VenueSession) -> str:
    """A venue whose certificate nobody checked could be anybody: authorities are a must."""
    authorities = _files(row.code)[2]
    if row.tls and not authorities.exists():
        return f"tls: there is no {authorities.name} in OMS_HOME/fix/tls"
    if row.username and not _password(row.code):
        return f"username: there is no password in {_variable(row.code)}"
    return ""


def _variable(code: str) -> str:
    return "OMS_FIX_PASSWORD_" + re.sub(r"[^A-Z0-9]", "_", code.upper())


def _password(code: str) -> str:
    """It must be said in clear, so it is in no row, no history and no backup of the database."""
    return os.environ.get(_variable(code), "")
