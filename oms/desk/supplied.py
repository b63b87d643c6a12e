"""What other departments know that risk asks for: marks of any instrument, and what its venues take."""

from collections.abc import Iterable

from risk.parts import Takes
from risk.supply.batch import Given
from routing import market, rules
from routing.capabilities import PLAIN


def takes(instrument_ids: Iterable[int]) -> dict[int, tuple[Takes, ...]]:
    """The venues that list each instrument, and what they take natively. Two SELECTs."""
    able = rules.capabilities()
    found: dict[int, tuple[Takes, ...]] = {}
    for instrument_id, venues in rules.listings(instrument_ids).items():
        cans = [(mic, able.get(mic, PLAIN)) for mic in sorted(venues)]
        found[instrument_id] = tuple(
            Takes(mic, can.ord_types, can.times_in_force, can.peg_price_types) for mic, can in cans
        )
    return found


SUPPLIED: Given = {"marks": market.references, "takes": takes}
