"""What an order that was refused is told of ways round: none, its own reason, or somebody's override."""

from collections.abc import Sequence

from oms.base.refusal import Refusal
from risk.waiving import Way

LONGEST = 500
_WAYS = {
    Way.REASON: "It may be sent with a reason (acknowledge_reason)",
    Way.SECOND_PERSON: "Ask for an override of order {}",
    Way.DESIGNATED: "Compliance alone may waive this: ask for an override of order {}",
}


def told(refusals: Sequence[Refusal], way: str, order_id: int) -> str:
    """Text (58) of a refused order: every reason, and last what may be done, which is not cut off."""
    words = _WAYS.get(Way(way), "").format(order_id)
    text = "; ".join(refusal.text for refusal in refusals)
    return f"{text[: LONGEST - len(words) - 2]}; {words}" if words else text[:LONGEST]
