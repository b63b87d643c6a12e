"""Suppliers of what only some controls need: each loads its parts for a whole batch in a fixed number of statements.

A part is loaded only where a rule in force asks for it. What is measured over more than one account and instrument
is locked first, under a key of its own, so that two transactions cannot both take the same room.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from django.db import connection

from oms.base import sets
from risk.controls import CATALOGUE, ORDER
from risk.known import Scoped
from risk.supply import accounts, credit, fund, instruments, money, orders, results, short, situation
from risk.supply.batch import Batch, Parts, strategy_of
from risk.terms import Terms

SUPPLIERS: dict[str, Callable[[Batch], Parts]] = {
    "analytics": instruments.analytics,
    "ratings": instruments.analytics,
    "short_sale": instruments.analytics,
    "takes": instruments.takes,
    "hours": instruments.hours,
    "line": instruments.lines,
    "ssi": instruments.instructed,
    "option": instruments.options,
    "client": accounts.clients,
    "grants": accounts.grants,
    "resting": orders.working,
    "client_orders": orders.working,
    "recent": orders.recent,
    "owner_fills": orders.owner_fills,
    "sent_ages_s": orders.sent,
    "modifies": orders.modifies,
    "executions": orders.executions,
    "rollout": orders.rollout,
    "borrow": short.borrow,
    "credit": credit.credit,
    "cash": money.cash,
    "margin": money.margin,
    "fund": fund.funds,
    "results": results.results,
    "situation": situation.situations,
}
KEYS: dict[str, Callable[[Terms], str]] = {
    "resting": lambda t: f"instrument {t.instrument_id}",
    "client_orders": lambda t: f"instrument {t.instrument_id}",
    "recent": lambda t: f"account {t.account_id}",
    "credit": lambda t: f"account {t.account_id}",
    "cash": lambda t: f"account {t.account_id}",
    "margin": lambda t: f"account {t.account_id}",
    "fund": lambda t: f"account {t.account_id}",
    "sent_ages_s": lambda t: f"strategy {strategy_of(t)}",
    "executions": lambda t: f"strategy {strategy_of(t)}",
    "rollout": lambda t: f"strategy {strategy_of(t)}",
    "situation account": lambda t: f"account {t.account_id}",
    "situation desk": lambda t: f"desk {t.desk_id}",
    "situation firm": lambda _: "firm",
    "situation trader": lambda t: f"trader {t.entered_by_id}",
    "situation sender": lambda t: f"sender {t.sender}",
}


def needed(rules: Iterable[Scoped]) -> frozenset[str]:
    """The parts that rules in force look at."""
    rules = list(rules)
    controls = {rule.control for rule in rules} & CATALOGUE.keys()
    parts = (part for name in controls if CATALOGUE[name].stage == ORDER for part in CATALOGUE[name].needs)
    return frozenset(parts) | situation.locks(rules)


def lock(needs: Collection[str], terms: Sequence[Terms]) -> None:
    """Lock what the needed parts are measured over until the transaction ends. At most one statement.

    Limits come first of all locks, and these before the usage rows; sorted, so that two batches cannot deadlock.
    """
    keys = sorted({KEYS[part](t) for part in needs if part in KEYS for t in terms})
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(key, 4)) FROM unnest(%s::text[]) AS key",
                [sets.literal(f"limit {key}" for key in keys)],
            )


def load(needs: Collection[str], batch: Batch) -> Parts:
    """The needed parts by name and order."""
    parts: dict[str, dict[int, object]] = {}
    asked = dict.fromkeys(SUPPLIERS[part] for part in sorted(needs) if part in SUPPLIERS) if batch.terms else {}
    for supplier in asked:
        for name, known in supplier(batch).items():
            parts[name] = dict(known)
    return parts
