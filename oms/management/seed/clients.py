"""Clients that speak FIX to a demonstration, with random passwords, and what its venues take."""

import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from oms.management.seed.people import ITERATIONS, told_by, write
from orders.models import Account, User
from routing.exchange.capabilities import VENUES
from routing.models import ClientSession, Venue, VenueCapability

OURS = "OMS"
# Code and CompID, version, purpose.
SESSIONS = (
    ("BUYSIDE1", "FIX.4.4", "order_entry"),
    ("BUYSIDE2", "FIX.5.0SP2", "order_entry"),
    ("BUYSIDE42", "FIX.4.2", "order_entry"),
    ("DROP1", "FIX.4.4", "drop_copy_out"),
)


def engage(path: Path) -> None:
    """Make the sessions that are missing and write their logons beside the users'. What the file says stays true."""
    told = told_by(path)
    known = {entry["session"]: entry for entry in told.get("fix_clients", [])}
    user = User.objects.get(username="api")
    accounts = {code: code for code in Account.objects.order_by("code").values_list("code", flat=True)}
    entries = []
    for code, version, purpose in SESSIONS:
        entry = known.get(code) or _entry(code, version, purpose)
        entries.append(entry)
        existing = ClientSession.objects.filter(pk=code)
        if code not in known or not existing.exists():
            facts = {
                "purpose": purpose, "version": version, "target_comp_id": code, "sender_comp_id": OURS, "user": user,
                "username": entry["username"], "password": _hashed(entry["password"]),
                "account_map": accounts if purpose == "drop_copy_out" else {},
            }  # fmt: skip
            ClientSession.objects.update_or_create(code=code, defaults=facts)
    write(path, {**told, "fix_clients": entries})


def _entry(code: str, version: str, purpose: str) -> dict[str, str]:
    return {
        "session": code, "version": version, "purpose": purpose, "sender_comp_id": code, "target_comp_id": OURS,
        "username": code.lower(), "password": secrets.token_urlsafe(15),
    }  # fmt: skip


def _hashed(password: str) -> str:
    """A random password of 120 bits needs little stretching."""
    hasher = PBKDF2PasswordHasher()
    return str(hasher.encode(password, hasher.salt(), iterations=ITERATIONS))


def describe_venues() -> None:
    """What the simulated venues take, as they themselves have it. A row that is there stays as operations set it."""
    for mic, can in VENUES.items():
        if Venue.objects.filter(pk=mic).exists():
            VenueCapability.objects.get_or_create(venue_id=mic, defaults=_capability(can))


def _capability(can: Any) -> dict[str, Any]:
    return {
        "ord_types": sorted(can.ord_types), "times_in_force": sorted(can.times_in_force),
        "exec_insts": sorted(can.exec_insts), "peg_price_types": sorted(can.pegs), "max_floor": can.iceberg,
        "multileg": True,
    }  # fmt: skip
