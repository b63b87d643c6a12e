"""Quotes as the choosers see them, and the reference price they come to. Pure."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class Top(NamedTuple):
    """Best bid and offer of one venue; None where a side is empty. ``at`` is when the venue last said so."""

    mic: str
    bid_px: Decimal | None
    bid_size: Decimal | None
    offer_px: Decimal | None
    offer_size: Decimal | None
    last_px: Decimal | None
    at: datetime


class Reference(NamedTuple):
    """The price controls measure against: the mid of the best bid and offer of all venues, or the last trade."""

    price: Decimal | None
    bid: Decimal | None
    offer: Decimal | None
    at: datetime | None


def reference(quotes: Iterable[Top]) -> Reference:
    """Best bid and offer over the venues, and their mid; with one side empty the last trade."""
    quotes = list(quotes)
    bid = max((q.bid_px for q in quotes if q.bid_px is not None), default=None)
    offer = min((q.offer_px for q in quotes if q.offer_px is not None), default=None)
    newest = max(quotes, key=lambda q: q.at)
    mid = (bid + offer) / 2 if bid is not None and offer is not None else None
    return Reference(mid if mid is not None else newest.last_px, bid, offer, newest.at)
