"""Importing limits from CSV: every row read, then all of them set at once or none.

The header names fields of ``Limit``; references are codes: desk, trader (user name), account, instrument (SYMBOL.MIC).
A row whose measure and scope are in force already changes its levels. Money without a currency is that of the account
the row names; a row that names no account must say it, also where a limit in force has one.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Model

from oms.base.clock import now
from oms.base.money import parse_decimal
from oms.base.refusal import Refusal
from orders.fx import Rates
from orders.models import Account, Desk, Instrument, User
from risk import limiting
from risk.limits import REFERENCES, SCOPE, Limit
from risk.room import MONEY

MAX_ROWS = 20_000
COLUMNS = ("measure", *SCOPE, "soft", "hard", "currency", "window_s", "effective_from", "effective_to")
_CODES: dict[str, tuple[type[Model], str]] = {
    "desk": (Desk, "code"), "trader": (User, "username"), "account": (Account, "code"),
    "instrument": (Instrument, "symbol"),
}  # fmt: skip


class Verdict(NamedTuple):
    """What an import does with a row of the file (the header is row 1): new, update, unchanged or refused."""

    row: int
    limit: str
    action: str
    refusals: tuple[Refusal, ...]


class Outcome(NamedTuple):
    """What an import did, or in a dry run would do. ``refusals`` are about the file as a whole."""

    verdicts: tuple[Verdict, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    written: bool = False

    def counts(self) -> dict[str, int]:
        """Rows by fate."""
        fates = ("new", "update", "unchanged", "refused")
        return {fate: sum(verdict.action == fate for verdict in self.verdicts) for fate in fates}


def run(data: bytes | str, actor: Any, fx: Rates, reason: str = "CSV import", *, dry_run: bool = False) -> Outcome:
    """Set the limits of ``data``, a CSV in UTF-8. One bad row, and none is set."""
    table = _table(data)
    if isinstance(table, Refusal):
        return Outcome(refusals=(table,))
    known = _references([cells for _, cells in table])
    with transaction.atomic():
        in_force = {limiting.key(limit): limit for limit in Limit.objects.filter(active=True)}
        read = [_limit(cells, known, in_force) for _, cells in table]
        wrong = any(faults for _, _, faults in read)
        changing = [limit for limit, action, faults in read if action != "unchanged" and not faults]
        found = iter(limiting.judge(changing) if wrong else limiting.put(changing, actor, fx, reason))
        verdicts = []
        for (row, _), (limit, action, faults) in zip(table, read, strict=True):
            more = faults or (next(found) if action != "unchanged" else [])
            verdicts.append(Verdict(row, str(limit), "refused" if more else action, tuple(more)))
        wrong = any(verdict.refusals for verdict in verdicts)
        if dry_run or wrong:
            transaction.set_rollback(True)
    return Outcome(tuple(verdicts), written=not (dry_run or wrong))


def _table(data: bytes | str) -> list[tuple[int, Mapping[str, str]]] | Refusal:
    """The rows by their number in the file."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip().lower() for name in next(lines, [])]
        unknown = [name for name in header if name not in COLUMNS]
        if unknown or "measure" not in header or "hard" not in header or len(set(header)) != len(header):
            shown = ascii(unknown[0][:40])[1:-1] if unknown else "measure" if "measure" not in header else "hard"
            return Refusal("UNKNOWN_FIELD" if unknown else "MISSING", shown, f"the columns are {', '.join(COLUMNS)}")
        rows: list[tuple[int, Mapping[str, str]]] = []
        for cells in lines:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    text = f"row {lines.line_num} has {len(cells)} cells, the header {len(header)}"
                    return Refusal("BAD_CSV", "", text)
                named = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
                rows.append((lines.line_num, named))
    except UnicodeDecodeError as error:
        return Refusal("BAD_TEXT", "", f"the file is not UTF-8 at byte {error.start}")
    except csv.Error as error:
        return Refusal("BAD_CSV", "", f"line {lines.line_num}: {error}")
    if len(rows) > MAX_ROWS:
        return Refusal("TOO_MANY", "", f"{len(rows)} rows; at most {MAX_ROWS} at once")
    return rows


def _references(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, Any]]:
    """Primary keys by the codes that the rows name, and the currencies of accounts. One SELECT a kind."""
    found: dict[str, dict[str, Any]] = {}
    for name, (model, code) in _CODES.items():
        named = {row[name] for row in rows if name in row}
        if name == "instrument":
            symbols = {text.rpartition(".")[0] for text in named}
            keys = Instrument.objects.filter(symbol__in=symbols).values_list("symbol", "primary_mic", "pk")
            found[name] = {f"{symbol}.{mic}": pk for symbol, mic, pk in keys}
        else:
            found[name] = dict(model._default_manager.filter(**{f"{code}__in": named}).values_list(code, "pk"))
    accounts = Account.objects.filter(pk__in=found["account"].values())
    found["currency"] = dict(accounts.values_list("code", "base_currency"))
    return found


def _limit(
    cells: Mapping[str, str], known: Mapping[str, Mapping[str, Any]], in_force: Mapping[Any, Limit]
) -> tuple[Limit, str, list[Refusal]]:
    """The limit a row means, what becomes of it, and what cannot be read."""
    values: dict[str, Any] = {"effective_from": now()}
    faults = []
    if cells.get("measure") in MONEY and "currency" not in cells:
        own = known["currency"].get(cells.get("account", ""))
        if own:
            cells = {**cells, "currency": own}
        else:
            text = "the limit is money and names no account: give its currency, three letters (ISO 4217), such as EUR"
            faults.append(Refusal("MISSING", "currency", text))
    for name, text in cells.items():
        value = _value(name, text, known)
        if isinstance(value, Refusal):
            faults.append(value)
        else:
            values[f"{name}_id" if name in REFERENCES else name] = value
    if "hard" not in cells:
        faults.append(Refusal("MISSING", "hard", "hard is required: the level that refuses"))
    limit = Limit(**values)
    held = None if faults else in_force.get(limiting.key(limit))
    if held is None:
        return limit, "new", faults
    given = {name: values.get(name) for name in ("soft", "hard")}
    given |= {name: values[name] for name in ("currency", "effective_from", "effective_to") if name in cells}
    changed = {name: value for name, value in given.items() if getattr(held, name) != value}
    limit = copy(held) if changed else held
    for name, value in changed.items():
        setattr(limit, name, value)
    return limit, "update" if changed else "unchanged", faults


def _value(name: str, text: str, known: Mapping[str, Mapping[str, Any]]) -> Any:
    """A cell as the field has it."""
    if name in REFERENCES:
        code = "UNKNOWN_INSTRUMENT" if name == "instrument" else "BAD_VALUE"
        hint = ", as SYMBOL.MIC" if name == "instrument" else ""
        return known[name].get(text) or Refusal(code, name, f"no {name} {text[:40]!a}{hint}")
    if name in ("soft", "hard"):
        return parse_decimal(text, name)
    if name == "window_s":
        good = text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) <= 9
        return int(text) if good else Refusal("BAD_VALUE", name, "window_s must be whole seconds, 1 or more")
    if name in ("effective_from", "effective_to"):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return Refusal("BAD_VALUE", name, f"{name} must be a time in ISO 8601, as 2030-12-31T08:00:00Z")
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return text
