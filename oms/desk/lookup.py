"""Turning the codes of drafts into accounts and instruments, for a whole batch in two SELECTs."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from oms.base.clock import now
from oms.base.prepared import Prepared
from oms.base.refusal import Refusal
from oms.desk.asked import Actor, Draft
from oms.desk.words import faults
from orders import models
from orders.models import Instrument
from orders.reference import issuer_of, price_factor


class Account(NamedTuple):
    """What the desk needs to know of an account."""

    id: int
    code: str
    desk_id: int
    active: bool
    client: str
    portfolio: str


class Listed(NamedTuple):
    """What the desk needs to know of an instrument."""

    id: int
    symbol: str
    primary_mic: str
    asset_class: str
    currency: str
    multiplier: Decimal
    state: str
    round_lot: Decimal
    issuer: str

    @property
    def price_factor(self) -> Decimal:
        return price_factor(self.asset_class)


class Directory(NamedTuple):
    """The accounts and instruments a batch names, by their codes."""

    accounts: dict[str, Account]
    instruments: dict[str, list[Listed]]
    at: datetime

    def find(self, draft: Draft) -> tuple[Account | None, Listed | None, tuple[Refusal, ...]]:
        """The draft's account and instrument, and everything that is wrong with the draft's own words."""
        refusals = list(faults(draft, self.at))
        account = self.accounts.get(draft.account)
        if account is None or not account.active:
            refusals.append(
                Refusal("UNKNOWN_ACCOUNT", "account", f"no active account {draft.account!r} among your desks")
            )
        symbol, _, mic = draft.symbol.partition(".")
        found = [one for one in self.instruments.get(symbol, []) if not mic or one.primary_mic == mic]
        found = found or self.instruments.get(draft.symbol, [])
        if not found:
            refusals.append(Refusal("UNKNOWN_INSTRUMENT", "symbol", f"no instrument {draft.symbol!r}"))
        elif len(found) > 1:
            names = ", ".join(f"{one.symbol}.{one.primary_mic}" for one in found)
            refusals.append(Refusal("AMBIGUOUS_INSTRUMENT", "symbol", f"{draft.symbol} may be {names}"))
        elif found[0].state != Instrument.State.ACTIVE:
            text = f"{found[0].symbol} is {found[0].state} and cannot be traded"
            refusals.append(Refusal("NOT_TRADABLE", "symbol", text))
        return account, found[0] if len(found) == 1 else None, tuple(refusals)


_ACCOUNTS = Prepared(
    lambda codes, desks: models.Account.objects.filter(code__among=codes, desk_id__among=desks).values_list(
        *Account._fields
    )
)
_INSTRUMENTS = Prepared(
    lambda symbols: Instrument.objects.filter(symbol__among=symbols).values_list(*Listed._fields[:-1], issuer_of())
)


def directory(drafts: Iterable[Draft], actor: Actor) -> Directory:
    """Everything the drafts name that the actor may use."""
    drafts = list(drafts)
    accounts = _ACCOUNTS({d.account for d in drafts}, actor.desk_ids)
    symbols = {d.symbol for d in drafts} | {d.symbol.partition(".")[0] for d in drafts}
    by_symbol: dict[str, list[Listed]] = defaultdict(list)
    for row in _INSTRUMENTS(symbols):
        by_symbol[row[1]].append(Listed(*row))
    return Directory({row[1]: Account(*row) for row in accounts}, by_symbol, now())
