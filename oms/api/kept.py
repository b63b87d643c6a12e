"""What a person keeps under a name: views, templates. A name is its owner's only one, a version counts changes."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet

from oms.api.problems import Problem
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.models import User

# Who needs more of them forgets which is which.
MOST = 100
Row = TypeVar("Row", bound=Model)


class Shelf(Generic[Row]):
    """Where one kind of thing is kept. ``noun`` is what it is called, ``constraint`` has its name be the only one."""

    def __init__(self, model: type[Row], noun: str, constraint: str) -> None:
        self.rows: QuerySet[Row] = model._default_manager.all()
        self.model, self.noun, self.constraint = model, noun, constraint

    def of(self, user: User) -> QuerySet[Row]:
        """The user's own."""
        return self.rows.filter(owner=user)

    def one(self, rows: QuerySet[Row], key: str) -> Row:
        """The one of ``rows`` whose address has ``key``; else 404."""
        try:
            found = rows.filter(pk=UUID(key)).first()
        except ValueError:
            found = None
        if found is None:
            raise Problem(404, "NOT_FOUND", f"no {self.noun} {key} of yours")
        return found

    def own(self, user: User, key: str) -> Row:
        """The user's own of that key, locked in the caller's transaction."""
        return self.one(locked(self.of(user)), key)

    def add(self, user: User, values: Mapping[str, Any]) -> Row:
        """Keep a new one."""
        if self.of(user).count() >= MOST:
            raise Problem.of([Refusal("TOO_MUCH", "name", f"you have {MOST} {self.noun}s; delete one first")])
        made = self.model(owner=user, updated_at=now(), **values)
        self._write(made)
        return made

    def change(self, row: Any, values: Mapping[str, Any], version: object) -> None:
        """Keep it anew; not when ``version`` is a number and not the one that is there."""
        if isinstance(version, int) and version != row.version:
            raise Problem.of([Refusal("VERSION_CONFLICT", "version", f"version {row.version} was kept meanwhile")])
        for name, value in values.items():
            setattr(row, name, value)
        row.version, row.updated_at = row.version + 1, now()
        self._write(row)

    def _write(self, row: Any) -> None:
        """A name that is taken is said so, whoever was first."""
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            if self.constraint not in str(error):
                raise
            text = f"you have a {self.noun} named {row.name} already"
            raise Problem.of([Refusal("CONFLICT", "name", text)]) from error
