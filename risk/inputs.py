"""What was known of an order's surroundings when it was decided, as its evidence keeps it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import orjson

from oms.base.money import plain
from risk.context import Context, Listing, Quoted

# Parts of the context that are evidence where they were looked at.
MORE = (
    "analytics", "client", "recent", "resting", "sent_ages_s", "owner_fills", "cash", "borrow",
    "executions", "modifies", "option", "margin", "rollout", "fund", "short_sale", "ratings", "grants", "takes",
    "situation",
)  # fmt: skip


class Inputs:
    """Those of one batch. What its orders share (a quote, an instrument, everything held) is put into words once."""

    def __init__(self) -> None:
        # By the object's id, which stays its own as long as it is kept beside.
        self._said: dict[int, tuple[Any, orjson.Fragment]] = {}

    def of(self, context: Context, terms: Mapping[str, str]) -> str:
        """As JSON. ``terms`` are those that met an objection; empty where none did."""
        holding, quote, listing = context.holding, context.reference, context.listing
        said: dict[str, Any] = {
            "holding": holding and [plain(holding.position), plain(holding.open_buy), plain(holding.open_sell)],
            "reference": quote and self._once(quote, _quote),
            "lots": listing and self._once(listing, _lots),
            "restricted": [entry.id for entry in (*(context.restricted or ()), *(context.excluded or ()))],
            "switches": [switch.id for switch in context.switches or ()],
        }
        for name in MORE:
            part = getattr(context, name)
            if part is not None:
                said[name] = self._part(part)
        if terms:
            said["terms"] = terms
        return orjson.dumps(said).decode()

    def _part(self, part: Any) -> Any:
        """A further part: long lists by their length, the rest as it was known."""
        if isinstance(part, tuple):
            return list(part) if all(isinstance(one, str) for one in part) else len(part)
        if isinstance(part, Decimal):
            return plain(part)
        if is_dataclass(part):
            kind: type = type(part)
            return {name: self._inner(value) for name in _names(kind)
                    if (value := getattr(part, name)) not in (None, "", ())}  # fmt: skip
        if isinstance(part, Mapping):
            return len(part)
        return sorted(map(str, part)) if isinstance(part, frozenset) else part

    def _inner(self, value: Any) -> Any:
        """What stands in a part: another part of its own is often that of many orders."""
        return self._once(value, self._part) if is_dataclass(value) else self._part(value)

    def _once(self, part: Any, say: Any) -> orjson.Fragment:
        known = self._said.get(id(part))
        if known is None:
            known = self._said[id(part)] = part, orjson.Fragment(orjson.dumps(say(part)))
        return known[1]


def _quote(quote: Quoted) -> list[Any]:
    return [plain(quote.price), plain(quote.bid), plain(quote.offer), quote.at]


def _lots(listing: Listing) -> list[Any]:
    return [plain(listing.min_qty), plain(listing.round_lot)]


@cache
def _names(kind: type) -> tuple[str, ...]:
    """What a part says of itself; sums that are kept for speed are no part of it."""
    return tuple(field.name for field in fields(kind) if field.repr)
