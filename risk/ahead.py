"""What the accepted orders of a batch add to the surroundings of those after them in it. Pure.

The loaded parts hold what was committed before; two orders of one batch must see each other all the same.
"""

from collections import defaultdict
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

from risk.context import Context, Resting
from risk.controls.compliance import asked
from risk.parts import Credit, Fund, Rollout, Sent
from risk.pipeline import Placed
from risk.terms import Terms

ZERO, ONE = Decimal(0), Decimal(1)
Key = tuple[object, ...]


class Ahead:
    """The accepted orders so far. Parts that no rule asked for stay unknown, and cost nothing."""

    def __init__(self) -> None:
        self._sent: dict[int | None, list[Sent]] = defaultdict(list)
        self._resting: dict[tuple[int | None, str], list[Resting]] = defaultdict(list)
        self._sums: dict[Key, Decimal] = defaultdict(Decimal)
        self._issuers: dict[int | None, dict[str, Decimal]] = {}
        self._rolled: dict[str, Rollout] = {}
        self._open: dict[int | None, dict[str, Decimal]] = defaultdict(_amounts)
        self._placed: tuple[Placed, ...] = ()

    def copy(self) -> "Ahead":
        """To try a group of orders on that stand or fall together."""
        return deepcopy(self)

    def took(self, terms: Terms, context: Context) -> None:
        """Remember an accepted order, as far as parts that are known could need it. A block's members took its room."""
        if terms.is_block:
            return
        price = _price(terms, context)
        value = None if price is None else terms.exposure(price)
        if context.situation is not None:
            self._placed = (*self._placed, Placed(terms.order_id, asked(terms, context)))
        if context.recent is not None and not terms.is_amend:
            self._sent[terms.account_id].append(_sent(terms, value))
        if context.resting is not None:
            self._resting[_book(terms, context)].append(Resting(terms.side, terms.price, terms.order_id))
        if context.sent_ages_s is not None:
            self._sums["messages", terms.sender] += 1
            self._sums["messages of", _algorithm(terms)] += 1
        if context.borrow is not None and terms.side in ("sell_short", "sell_short_exempt"):
            self._sums["short", terms.account_id, terms.instrument_id] += max(
                terms.leaves_qty - terms.open_before, ZERO
            )
        if context.margin is not None and context.margin.per_contract is not None:
            self._sums["margin", terms.account_id] += terms.growth_qty * context.margin.per_contract
        if price is not None and context.credit is not None:
            self._open[terms.account_id][terms.currency] += max(terms.growth(price), ZERO)
        if value is not None and not terms.is_sell:
            self._bought(terms, context, price or ZERO)
        if value is not None and context.rollout is not None:
            self._rolled[_algorithm(terms)] = _together(
                self._rolled.get(_algorithm(terms), Rollout()),
                Rollout(frozenset({terms.instrument_id}), value, frozenset({terms.venue} - {""})),
            )

    def _bought(self, terms: Terms, context: Context, price: Decimal) -> None:
        """A purchase takes cash, and weighs wherever its instrument counts."""
        account, fund = terms.account_id, context.fund
        if context.cash is not None:
            self._sums["cash", account] += terms.growth(price)
        if fund is None:
            return
        value = terms.growth(price)
        self._issuers.setdefault(account, defaultdict(Decimal))[fund.issuer] += value
        self._sums["gross", account] += value
        self._sums["shares", account, terms.instrument_id] += terms.growth_qty
        self._sums["shares", None, terms.instrument_id] += terms.growth_qty
        for kind, tag in _tags(fund).items():
            self._sums[kind, account, tag] += value
        if fund.duration is not None:
            self._sums["duration", account] += value * fund.duration
            self._sums["bonds", account] += value

    def added(self, terms: Terms, context: Context) -> Context:
        """``context`` as it is after the orders before this one."""
        changes: dict[str, Any] = {}
        if context.recent is not None and terms.account_id in self._sent:
            changes["recent"] = (*context.recent, *self._sent[terms.account_id])
        if context.resting is not None and _book(terms, context) in self._resting:
            own = (one for one in self._resting[_book(terms, context)] if one.order_id != terms.order_id)
            changes["resting"] = (*context.resting, *own)
        messages = self._sums.get(("messages", terms.sender))
        if context.sent_ages_s is not None and messages:
            changes["sent_ages_s"] = (*context.sent_ages_s, *[ZERO] * int(messages))
        together = self._sums.get(("messages of", _algorithm(terms)))
        if context.strategy_ages_s is not None and together:
            changes["strategy_ages_s"] = (*context.strategy_ages_s, *[ZERO] * int(together))
        bought = self._sums.get(("cash", terms.account_id))
        if context.credit is not None:
            changes["credit"] = self._credit(terms, context, context.credit)
        if context.cash is not None and bought:
            changes["cash"] = replace(context.cash, reserved=context.cash.reserved + bought)
        short = self._sums.get(("short", terms.account_id, terms.instrument_id))
        if context.borrow is not None and short:
            changes["borrow"] = replace(context.borrow, used=context.borrow.used + short)
        margin = self._sums.get(("margin", terms.account_id))
        if context.margin is not None and context.margin.used is not None and margin:
            changes["margin"] = replace(context.margin, used=context.margin.used + margin)
        if context.fund is not None and terms.account_id in self._issuers:
            changes["fund"] = self._fund(terms, context.fund)
        if context.rollout is not None and _algorithm(terms) in self._rolled:
            changes["rollout"] = _together(context.rollout, self._rolled[_algorithm(terms)])
        if context.situation is not None and self._placed:
            changes["situation"] = replace(context.situation, ahead=self._placed)
        return replace(context, **changes) if changes else context

    def _credit(self, terms: Terms, context: Context, known: Credit) -> Credit:
        """With what orders before this one opened, in this one's currency; not known where there is no rate."""
        total = known.open
        for currency, value in self._open.get(terms.account_id, {}).items():
            rate = ONE if currency == terms.currency else context.fx.get(currency)
            total = None if total is None or not rate else total + value / rate
        return replace(known, open=total)

    def _fund(self, terms: Terms, fund: Fund) -> Fund:
        account, instrument = terms.account_id, terms.instrument_id
        sums = {kind: self._sums.get((kind, account, tag)) for kind, tag in _tags(fund).items()}
        sums["gross"] = self._sums.get(("gross", account))
        sums["issuer_mv"] = self._issuers[account].get(fund.issuer)
        sums["shares_held"] = self._sums.get(("shares", account, instrument))
        sums["firm_shares"] = self._sums.get(("shares", None, instrument))
        sums["duration_mv"] = self._sums.get(("duration", account))
        sums["bonds_mv"] = self._sums.get(("bonds", account))
        changes: dict[str, Any] = {
            name: getattr(fund, name) + more
            for name, more in sums.items()
            if more is not None and getattr(fund, name) is not None
        }
        if fund.issuers is not None:
            bought = self._issuers[account]
            names = fund.issuers.keys() | bought.keys()
            changes["issuers"] = {name: fund.issuers.get(name, ZERO) + bought.get(name, ZERO) for name in names}
        return replace(fund, **changes)


def _amounts() -> dict[str, Decimal]:
    """Money by currency."""
    return defaultdict(Decimal)


def _tags(fund: Fund) -> dict[str, str]:
    """Where a purchase of the instrument counts, by the name of the sum."""
    return {
        "sector_mv": fund.sector,
        "country_mv": fund.country,
        "currency_mv": fund.currency,
        "illiquid_mv": "illiquid" if fund.liquidity == "illiquid" else "liquid",
    }


def _book(terms: Terms, context: Context) -> tuple[int | None, str]:
    return terms.instrument_id, context.stp_group


def _algorithm(terms: Terms) -> str:
    return terms.strategy or terms.sender


def _together(one: Rollout, other: Rollout) -> Rollout:
    return Rollout(one.instruments | other.instruments, one.value + other.value, one.venues | other.venues)


def _price(terms: Terms, context: Context) -> Decimal | None:
    if terms.price is not None:
        return terms.price
    return context.reference.price if context.reference else None


def _sent(terms: Terms, value: Decimal | None) -> Sent:
    return Sent(terms.account_id, terms.instrument_id, terms.side, terms.order_qty, terms.price, ZERO, value)
