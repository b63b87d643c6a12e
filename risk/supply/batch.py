"""What suppliers are asked about: a batch of orders, what is known of it already, and the parts they answer with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from orders.fx import Rates
from risk.context import Quoted, Restricted
from risk.controls.limits import MAX_RATE_AGE_S
from risk.controls.price import seconds
from risk.known import Scoped
from risk.terms import Terms

Given = Mapping[str, Callable[[Iterable[int]], Mapping[int, Any]]]
"""Suppliers by instrument that other departments bring: "marks" (quotes of any instrument), "takes" and "hours"
(of its venues), "lines" (is a session to one of them up), "ssi" (accounts with settlement instructions; None: all);
and by account "funds" (money by currency, as the ledger has it)."""

Parts = Mapping[str, Mapping[int, Any]]
"""Parts of the context: name of the part, id of the order, the part. An order that is missing is not known about."""

ROOTS: Mapping[str, Any] = {"parent__isnull": True, "composition": ""}
"""What clients asked for, each once: no children, no block beside its members, no spread beside its legs."""


@dataclass(frozen=True)
class Batch:
    """The orders, the moment, the rules in force, and what was loaded for every order in any case."""

    terms: Sequence[Terms]
    at: datetime
    rules: Sequence[Scoped]
    quotes: Mapping[int, Quoted]
    fx: Rates
    lists: Mapping[int, tuple[Restricted, ...]]
    given: Given
    # Portfolios without what is open to buy; and without what was traded since, by (account, instrument).
    positions_only: bool = False
    without: Mapping[tuple[int, int], Decimal] = field(default_factory=dict)

    @property
    def accounts(self) -> list[int]:
        """The accounts of the batch."""
        return sorted({t.account_id for t in self.terms if t.account_id is not None})

    @property
    def instruments(self) -> list[int]:
        """The instruments of the batch."""
        return sorted({t.instrument_id for t in self.terms if t.instrument_id is not None})

    @property
    def orders(self) -> list[int]:
        """The orders of the batch."""
        return sorted({t.order_id for t in self.terms})

    def by_instrument(self, known: Mapping[int, Any]) -> dict[int, Any]:
        """``known`` by instrument, by order."""
        return {t.order_id: known[t.instrument_id or 0] for t in self.terms if (t.instrument_id or 0) in known}

    def by_account(self, known: Mapping[int, Any]) -> dict[int, Any]:
        """``known`` by account, by order."""
        return {t.order_id: known[t.account_id or 0] for t in self.terms if (t.account_id or 0) in known}

    def age_s(self, then: datetime) -> Decimal:
        """How long ago ``then`` was."""
        return seconds(self.at - then)

    def since(self, *controls: str) -> datetime:
        """The beginning of the longest window that rules of ``controls`` look back over."""
        windows = [getattr(rule.values, "window_s", None) for rule in self.rules if rule.control in controls]
        longest = max((window for window in windows if window is not None), default=Decimal(0))
        return self.at - timedelta(microseconds=int(longest * 1_000_000))

    def rate(self, base: str, to: str) -> Decimal | None:
        """The exchange rate; None where nobody knows it, or only what it was too long ago."""
        known = self.fx.between(base, to)
        if known is None or (known.at is not None and self.age_s(known.at) > MAX_RATE_AGE_S):
            return None
        return known.rate


def strategy_of(terms: Terms) -> str:
    """Whose executions and orders count together: the strategy's, or else the sender's."""
    return terms.strategy or terms.sender
