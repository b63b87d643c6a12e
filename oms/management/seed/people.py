"""Users of every role for a demonstration, their random passwords and tokens, and the private file that says them."""

import json
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction
from knox.crypto import create_token_string, hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS, knox_settings

from oms.base import sets
from orders.models import Desk, User
from orders.vocabulary import Role

# A random password of 120 bits needs no stretching, and eight stretched ones would take seconds.
ITERATIONS = 10_000
Entry = dict[str, str]


class Person(NamedTuple):
    """A user to be. ``desks`` are codes; ``staff`` may look into the admin, as far as the role goes."""

    username: str
    role: Role
    desks: tuple[str, ...]
    staff: bool = True
    superuser: bool = False


ALL = ("EQ", "FI", "DX")
PEOPLE = (
    Person("trader", Role.TRADER, ALL),
    Person("trader2", Role.TRADER, ("EQ",)),
    Person("pm", Role.PORTFOLIO_MANAGER, ALL),
    Person("compliance", Role.COMPLIANCE, ALL),
    Person("compliance2", Role.COMPLIANCE, ALL),
    Person("operations", Role.OPERATIONS, ALL),
    Person("operations2", Role.OPERATIONS, ALL),
    Person("auditor", Role.AUDITOR, ()),
    Person("api", Role.API_CLIENT, ALL, staff=False),
    Person("admin", Role.OPERATIONS, ALL, superuser=True),
)


def hire(path: Path) -> list[Entry]:
    """Make whoever is missing, and write all of them to ``path`` (0600). What the file already says stays true."""
    told = {entry["username"]: entry for entry in told_by(path).get("users", [])}
    entries = [told.get(person.username) or _new_entry(person) for person in PEOPLE]
    with transaction.atomic():
        users = _users(entries, told)
        _desks(users)
        _tokens(entries, users)
    write(path, {**told_by(path), "users": entries})
    return entries


def _new_entry(person: Person) -> Entry:
    return {
        "username": person.username,
        "role": "admin" if person.superuser else str(person.role),
        "password": secrets.token_urlsafe(15),
        "token": knox_settings.TOKEN_PREFIX + create_token_string(),
    }


def _users(entries: Sequence[Entry], told: dict[str, Entry]) -> dict[str, User]:
    """Missing users are made; one whose password nobody wrote down gets a new one."""
    names = [entry["username"] for entry in entries]
    known = {user.username: user for user in User.objects.filter(username__in=names)}
    lost = [user for name, user in known.items() if name not in told]
    fresh: list[User] = []
    for person, entry in zip(PEOPLE, entries, strict=True):
        if person.username not in told or person.username not in known:
            user = known.get(person.username) or User(username=person.username)
            user.password = _hashed(entry["password"])
            if user.pk is None:
                user.role, user.is_staff, user.is_superuser = person.role, person.staff, person.superuser
                fresh.append(user)
    User.objects.bulk_create(fresh)
    sets.update(User, ["pk"], ["password"], [(user.pk, user.password) for user in lost])
    return known | {user.username: user for user in fresh}


def _desks(users: dict[str, User]) -> None:
    desks = dict(Desk.objects.values_list("code", "id"))
    through = User.desks.through
    rows = [(users[person.username].pk, desks[code]) for person in PEOPLE for code in person.desks]
    through.objects.bulk_create([through(user_id=u, desk_id=d) for u, d in rows], ignore_conflicts=True)


def _tokens(entries: Sequence[Entry], users: dict[str, User]) -> None:
    digests = {hash_token(entry["token"]): entry for entry in entries}
    known = set(AuthToken.objects.filter(digest__in=digests).values_list("digest", flat=True))
    AuthToken.objects.bulk_create(
        [
            AuthToken(
                digest=digest,
                token_key=entry["token"][: CONSTANTS.TOKEN_KEY_LENGTH],
                user=users[entry["username"]],
                expiry=None,
            )
            for digest, entry in digests.items()
            if digest not in known
        ]
    )


def _hashed(password: str) -> str:
    """Django hashes it anew, with its usual number of rounds, at the first login."""
    hasher = PBKDF2PasswordHasher()
    return str(hasher.encode(password, hasher.salt(), iterations=ITERATIONS))


def told_by(path: Path) -> dict[str, Any]:
    """What the file says already; nothing if there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}  # type: ignore[no-any-return]


def write(path: Path, value: Any) -> None:
    """Replace the private file (0600) as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
    Path(name).replace(path)
