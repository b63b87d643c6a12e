"""Who settles with whom and where: the standing instruction in force on the day, the most specific one. Pure.

Ours (of the account, else of all accounts) say the place, the safekeeping account and who stands on the other side;
the counterparty's say its agent there. Where none of ours says a place, the market's usual place is taken.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Ssi(NamedTuple):
    """A standing instruction that was checked; the names are the columns. Blank scopes mean any."""

    id: int
    account: int | None
    party: str
    market: str
    currency: str
    asset_class: str
    place_of_settlement: str
    counterparty: str
    agent_bic: str
    safekeeping_account: str
    valid_from: date
    valid_to: date | None


class Need(NamedTuple):
    """What an instruction is to be completed for. ``day`` is its settlement date."""

    account: int
    market: str
    currency: str
    asset_class: str
    day: date


class Parties(NamedTuple):
    """Where an instruction goes. No place: it stays a draft until there is one."""

    place: str
    counterparty: str
    agent_bic: str = ""
    safekeeping_account: str = ""
    ssi: int | None = None


def choose(rows: Iterable[Ssi], need: Need, usual: tuple[str, str]) -> Parties:
    """The parties of an instruction; ``usual`` is (place, counterparty) of the market, ("", "") where not known."""
    rows = list(rows)
    ours = _best((row for row in rows if not row.party), need)
    place, counterparty = usual
    if ours:
        place, counterparty = ours.place_of_settlement or place, ours.counterparty or counterparty
    theirs = _best((row for row in rows if row.party and row.party == counterparty), need)
    found = ours or theirs
    return Parties(
        place or (theirs.place_of_settlement if theirs else ""),
        counterparty,
        (theirs.agent_bic if theirs else "") or (ours.agent_bic if ours else ""),
        ours.safekeeping_account if ours else "",
        found.id if found else None,
    )


def _best(rows: Iterable[Ssi], need: Need) -> Ssi | None:
    """The most specific: the account counts most, then market, currency, asset class; of equals the newest."""
    return max((row for row in rows if _fits(row, need)), key=_rank, default=None)


def _fits(row: Ssi, need: Need) -> bool:
    return (
        row.account in (None, need.account)
        and row.market in ("", need.market)
        and row.currency in ("", need.currency)
        and row.asset_class in ("", need.asset_class)
        and row.valid_from <= need.day
        and (row.valid_to is None or need.day <= row.valid_to)
    )


def _rank(row: Ssi) -> tuple[bool, bool, bool, bool, date, int]:
    return (
        row.account is not None, bool(row.market), bool(row.currency), bool(row.asset_class), row.valid_from, row.id,
    )  # fmt: skip
