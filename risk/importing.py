"""Importing what controls need to know from CSV: a verdict on every row, then one write for all good ones.

Analytics and profiles are one row an instrument or account, and an import replaces what the file states; lists, locates
and permissions are added to. An empty cell says nothing. The number of statements does not grow with the rows.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models, transaction

from oms.base import sets
from oms.base.locks import lane
from oms.base.refusal import Refusal
from orders.models import Account, Instrument, User
from risk.models import AccountProfile, InstrumentAnalytics, Locate, Permission, Restriction

MAX_ROWS = 20_000
KEYS = ("instrument", "account", "user")


class Kind(NamedTuple):
    """What one kind of file is about. ``key`` is what a row replaces the row of; empty: rows are added."""

    model: type[models.Model]
    key: str = ""


KINDS = {
    "analytics": Kind(InstrumentAnalytics, "instrument"),
    "accounts": Kind(AccountProfile, "account"),
    "lists": Kind(Restriction),
    "locates": Kind(Locate),
    "permissions": Kind(Permission),
}


class Verdict(NamedTuple):
    """What became of a row: its number in the file (the header is 1), and why it was refused, if it was."""

    row: int
    refusals: tuple[Refusal, ...] = ()


class Outcome(NamedTuple):
    """What an import did. ``refusals`` are about the file as a whole, and then nothing was read."""

    verdicts: tuple[Verdict, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def refused(self) -> list[Verdict]:
        """The rows that did not go in."""
        return [verdict for verdict in self.verdicts if verdict.refusals]


def run(kind: str, text: str, user: User | None = None, *, dry_run: bool = False) -> Outcome:
    """Import ``text``, a CSV whose header names fields; ``user`` is who did it."""
    about = KINDS[kind]
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="more", restval=None))
    except csv.Error as error:
        return Outcome(refusals=(Refusal("BAD_CSV", "", str(error)),))
    if faults := _header(rows, about.model):
        return Outcome(refusals=tuple(faults))
    with transaction.atomic():
        if not dry_run and not lane(f"import {kind}"):
            return Outcome(refusals=(Refusal("BUSY", "", "another import is running"),))
        found = _named(rows)
        known = _known(about, found)
        built = [_build(about, row, found, known) for row in rows]
        built = _once(about, built)
        if not dry_run:
            _save(about, [one for one, refusals in built if one is not None and not refusals], known, user)
    return Outcome(tuple(Verdict(n, refusals) for n, (_, refusals) in enumerate(built, 2)))


def fields_of(model: type[models.Model]) -> dict[str, models.Field]:
    """What a header may name."""
    return {f.name: f for f in model._meta.concrete_fields if not f.auto_created}


def _header(rows: Sequence[Mapping[str, Any]], model: type[models.Model]) -> list[Refusal]:
    if not rows:
        return [Refusal("MISSING", "", "the file has no rows")]
    if len(rows) > MAX_ROWS:
        return [Refusal("TOO_MANY", "", f"{len(rows)} rows; at most {MAX_ROWS} at once")]
    names = ", ".join(fields_of(model))
    return [
        Refusal("UNKNOWN_FIELD", ascii(name)[1:-1][:40], f"no column {name!a}; known: {names}")
        for name in rows[0]
        if name not in fields_of(model) and name != "more"
    ]


def _named(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The instruments (SYMBOL or SYMBOL.MIC), accounts and users that rows name. Three statements."""
    said = {key: {str(row.get(key) or "").strip() for row in rows} - {""} for key in KEYS}
    symbols = said["instrument"] | {name.rpartition(".")[0] for name in said["instrument"]}
    instruments: dict[str, Any] = {}
    for one in Instrument.objects.filter(symbol__in=symbols):
        instruments[f"{one.symbol}.{one.primary_mic}"] = one
        instruments[one.symbol] = None if one.symbol in instruments else one
    return {
        "instrument": instruments,
        "account": {one.code: one for one in Account.objects.filter(code__in=said["account"])},
        "user": {one.username: one for one in User.objects.filter(username__in=said["user"])},
    }


def _known(about: Kind, found: Mapping[str, Mapping[str, Any]]) -> dict[Any, Any]:
    """The rows that would be replaced. One statement."""
    if not about.key:
        return {}
    named = {one.pk for one in found[about.key].values() if one is not None}
    return {one.pk: one for one in about.model._default_manager.filter(pk__in=named)}


def _build(
    about: Kind, row: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]], known: Mapping[Any, Any]
) -> tuple[Any, tuple[Refusal, ...]]:
    """The row as it would be, checked by its own fields and constraints; or what is wrong with it."""
    values, refusals = _read(about.model, row, found)
    if refusals:
        return None, tuple(refusals)
    if about.key and about.key not in values:
        return None, (Refusal("MISSING", about.key, f"{about.key} is required"),)
    one = known.get(values[about.key].pk) if about.key else None
    one = one or about.model()
    for name, value in values.items():
        setattr(one, name, value)
    required = {key for key in KEYS if key in fields_of(about.model) and not fields_of(about.model)[key].null}
    if missing := sorted(required - values.keys()):
        return None, tuple(Refusal("MISSING", key, f"{key} is required") for key in missing)
    try:
        # Uniqueness and references are seen to elsewhere: a look for each row would be a statement for each row.
        one.clean_fields(exclude=KEYS)
    except ValidationError as error:
        said = error.message_dict.items()
        return None, tuple(Refusal("BAD_VALUE", name, f"{name}: {text}") for name, texts in said for text in texts)
    return one, tuple(Refusal("BAD_VALUE", name, text) for wrong, name, text in _faults(one) if wrong)


def _faults(one: Any) -> Iterable[tuple[bool, str, str]]:
    """What the constraints of the table would refuse, in words."""
    if isinstance(one, InstrumentAnalytics):
        yield one.adv is not None and one.adv < 0, "adv", "adv must not be below 0"
        shares = one.shares_outstanding
        yield shares is not None and shares <= 0, "shares_outstanding", "shares_outstanding must be above 0"
        margin = one.initial_margin
        yield margin is not None and margin < 0, "initial_margin", "initial_margin must not be below 0"
    elif isinstance(one, AccountProfile):
        yield one.nav is not None and one.nav <= 0, "nav", "nav must be above 0"
        yield one.nav is not None and one.nav_as_of is None, "nav_as_of", "say as of when the nav is"
    elif isinstance(one, Restriction):
        both = (one.instrument_id is None) == (one.issuer == "")
        yield both, "instrument", "name an instrument or an issuer, and not both"
        yield _ends_first(one.effective_from, one.effective_to), "effective_to", "effective_to must be after its start"
    elif isinstance(one, Locate):
        yield one.qty <= 0, "qty", "qty must be above 0"
        yield one.used_qty < 0, "used_qty", "used_qty must not be below 0"
        yield _ends_first(one.effective_from, one.expires_at), "expires_at", "expires_at must be after its start"
    elif isinstance(one, Permission):
        yield _ends_first(one.effective_from, one.effective_to), "effective_to", "effective_to must be after its start"


def _ends_first(start: datetime, end: datetime | None) -> bool:
    return end is not None and end <= start


def _read(
    model: type[models.Model], row: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], list[Refusal]]:
    """The values a row states."""
    values: dict[str, Any] = {}
    refusals: list[Refusal] = []
    if row.get("more"):
        refusals.append(Refusal("BAD_CSV", "", "the row has more cells than the header"))
    for name, field in fields_of(model).items():
        text = str(row.get(name) or "").strip()
        if not text:
            continue
        if name in KEYS:
            if found[name].get(text) is None:
                why = "is ambiguous: add the market" if text in found[name] else "is not known"
                code = {"instrument": "UNKNOWN_INSTRUMENT", "account": "UNKNOWN_ACCOUNT"}.get(name, "BAD_VALUE")
                refusals.append(Refusal(code, name, f"{name} {text!a} {why}"))
            values[name] = found[name].get(text)
            continue
        try:
            values[name] = _value(field, text)
        except (ValidationError, ValueError) as error:
            said = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            refusals.append(Refusal("BAD_VALUE", name, f"{name} {text[:40]!a}: {said}"))
    return values, refusals


def _value(field: models.Field, text: str) -> Any:
    if isinstance(field, models.JSONField):
        # "S&P=BBB-;Moody's=Baa3" is a table, "XNAS;XNYS" a list.
        parts = [part.strip() for part in text.split(";") if part.strip()]
        return dict(part.split("=", 1) for part in parts) if "=" in text else parts
    if isinstance(field, models.BooleanField):
        words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        if text.lower() not in words:
            raise ValueError("say yes or no")
        return words[text.lower()]
    value = field.to_python(text)
    if isinstance(field, models.DateTimeField) and value.tzinfo is None:
        raise ValueError("say the time zone, such as 2026-11-23T09:00:00Z")
    return value


def _once(about: Kind, built: Sequence[tuple[Any, tuple[Refusal, ...]]]) -> list[tuple[Any, tuple[Refusal, ...]]]:
    """A key that stands twice in one file is refused the second time."""
    if not about.key:
        return list(built)
    seen: set[Any] = set()
    answers: list[tuple[Any, tuple[Refusal, ...]]] = []
    for one, refusals in built:
        key = one and getattr(one, f"{about.key}_id")
        if key is not None and key in seen:
            refusals = (*refusals, Refusal("DUPLICATE_ROW", about.key, "it stands in an earlier row already"))
        seen.add(key)
        answers.append((one, refusals))
    return answers


def _save(about: Kind, rows: Sequence[Any], known: Mapping[Any, Any], user: User | None) -> None:
    """New rows, changed rows, and a history row for each. Four statements."""
    model, history = about.model, about.model.history  # type: ignore[attr-defined]
    fresh = [row for row in rows if not about.key or row.pk not in known]
    changed = [row for row in rows if about.key and row.pk in known]
    note: dict[str, Any] = {"default_user": user, "default_change_reason": "CSV import"}
    if fresh:
        history.bulk_history_create(model._default_manager.bulk_create(fresh), **note)
    if changed:
        columns = [f.attname for f in model._meta.concrete_fields if not f.primary_key]
        values = [(row.pk, *(getattr(row, name) for name in columns)) for row in changed]
        assert sets.update(model, ["pk"], columns, values) == len(values)
        history.bulk_history_create(changed, update=True, **note)
