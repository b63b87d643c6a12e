"""The routing rules in force, and which venues may be used."""

from collections import defaultdict
from collections.abc import Iterable

from oms.base.prepared import Prepared
from routing.capabilities import Capability
from routing.choose import Condition
from routing.models import Listing, Rule, Venue, VenueCapability

_ACTIVE = Prepared(lambda: Rule.objects.filter(active=True).order_by("rank").values_list(*Condition._fields))
_SESSIONS = Prepared(lambda: Venue.objects.filter(active=True, session__enabled=True).values_list("mic", "session_id"))
_CAPABILITIES = Prepared(lambda: VenueCapability.objects.values_list("venue_id", *Capability._fields))
_LISTINGS = Prepared(
    lambda instruments: Listing.objects.filter(instrument_id__among=instruments).values_list(
        "instrument_id", "venue_id"
    )
)


def active() -> list[Condition]:
    """The active rules by rank. One SELECT."""
    return [Condition(*row) for row in _ACTIVE()]


def sessions() -> dict[str, str]:
    """The session that leads to each venue which may be used now. One SELECT."""
    return dict(_SESSIONS())


def capabilities() -> dict[str, Capability]:
    """What each venue that was described takes natively. One SELECT."""
    return {
        mic: Capability(*(frozenset(names) for names in (types, times, insts, pegs)), *rest)  # type: ignore[arg-type]
        for mic, types, times, insts, pegs, *rest in _CAPABILITIES()
    }


def listings(instrument_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """The venues each instrument is listed on. One SELECT."""
    found: dict[int, set[str]] = defaultdict(set)
    for instrument_id, mic in _LISTINGS(set(instrument_ids)):
        found[instrument_id].add(mic)
    return {instrument_id: frozenset(mics) for instrument_id, mics in found.items()}
