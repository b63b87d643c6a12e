"""Whether what a rule names exists: a sector that is spelled wrongly would let everything pass, for ever."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from oms.base.refusal import Refusal
from orders.models import Account, Desk, Instrument, User
from risk.models import InstrumentAnalytics
from risk.pipeline import Pipeline


def unknown(rule: Pipeline) -> list[Refusal]:
    """Every name that stands for nothing. One or two statements for each kind of name that the rule uses."""
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for where, conditions in (("scope", rule.scope), ("filter", rule.filter)):
        for condition in conditions:
            asked[where, condition.field].update(condition.values)
    faults = []
    for (where, field), names in asked.items():
        for name in sorted(names - set(_known(field, names))):
            faults.append(Refusal("BAD_VALUE", where, f"there is no {field.replace('_', ' ')} {name[:40]!a}"))
    return faults


def columns(rule: Pipeline | list[Refusal]) -> dict[str, Any]:
    """The scope of a rule of risk that a written one amounts to, where it names one of a kind: others are passed over.

    The rule says the same itself; this only spares the orders that it does not concern. Three statements at most.
    """
    found: dict[str, Any] = {}
    for condition in [] if isinstance(rule, list) else rule.scope:
        if condition.test != "in" or len(condition.values) != 1:
            continue
        name = condition.values[0]
        if condition.field == "asset_class":
            found["asset_class"] = name
        elif condition.field == "account":
            found["account"] = Account.objects.filter(code=name).first()
        elif condition.field == "desk":
            found["desk"] = Desk.objects.filter(code=name).first()
        elif condition.field == "instrument":
            found["instrument"] = _only(name)
    return found


def _only(name: str) -> Instrument | None:
    """The instrument of that name, unless several markets list the symbol."""
    symbol, _, mic = name.rpartition(".")
    rows = list(Instrument.objects.filter(Q(symbol=name) | Q(symbol=symbol, primary_mic=mic))[:2])
    return rows[0] if len(rows) == 1 else None


def _known(field: str, names: Collection[str]) -> Collection[str]:
    if field == "instrument":
        return _instruments(names)
    tables: dict[str, list[tuple[QuerySet, str]]] = {
        "account": [(Account.objects.all(), "code")],
        "desk": [(Desk.objects.all(), "code")],
        "client": [(Account.objects.all(), "client"), (Account.objects.filter(client=""), "code")],
        "issuer": [(Instrument.objects.all(), "issuer"), (InstrumentAnalytics.objects.all(), "parent")],
        "sector": [(InstrumentAnalytics.objects.all(), "sector"), (Instrument.objects.all(), "sector")],
        "trader": [(User.objects.all(), "username")],
    }
    if field not in tables:
        # Words of a list were looked at when the rule was read; senders and strategies may be yet to come.
        return names
    found: set[str] = set()
    for rows, column in tables[field]:
        found.update(rows.filter(**{f"{column}__in": names}).values_list(column, flat=True))
    return found


def _instruments(names: Collection[str]) -> set[str]:
    """By symbol, or symbol and market."""
    symbols = {*names, *(name.rpartition(".")[0] for name in names)}
    rows = Instrument.objects.filter(symbol__in=symbols).values_list("symbol", "primary_mic")
    return {name for symbol, mic in rows for name in (symbol, f"{symbol}.{mic}")} & set(names)
