"""Whether what a rule names exists: a sector that is spelled wrongly would let everything pass, for ever."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import QuerySet

from oms.base.refusal import Refusal
from orders.models import Account, Desk, Instrument, User
from risk.models import AccountProfile, InstrumentAnalytics
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


def _known(field: str, names: Collection[str]) -> Collection[str]:
    if field == "instrument":
        return _instruments(names)
    tables: dict[str, list[tuple[QuerySet, str]]] = {
        "account": [(Account.objects.all(), "code")],
        "desk": [(Desk.objects.all(), "code")],
        "client": [(AccountProfile.objects.all(), "owner"), (Account.objects.all(), "code")],
        "issuer": [(InstrumentAnalytics.objects.all(), "issuer"), (InstrumentAnalytics.objects.all(), "parent")],
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
