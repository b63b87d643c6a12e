"""The life of an instruction: which state follows which on an answer of the custodian, or on a wish of ours. Pure.

draft (no place known) -> ready -> sent -> accepted (PACK) -> matched or unmatched (NMAT) -> pending (PEND) -> partial,
failing (PENF) -> settled. Before it was sent we cancel it alone; after that by request: cancel_requested -> cancelled,
or the request is denied and it goes on. Rejected is repaired and made ready again. Answers may be repeated, late, or
contradict what we know; each is answered as a value and moves nothing (ISO 20022 sese.024, sese.025, sese.027).
"""

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from oms.base.refusal import Refusal
from settlement.rounding import ZERO, half_up, minor_unit

SETTLING: Final = frozenset({"settled", "partial"})
STATUSES: Final = (
    "accepted", "matched", "unmatched", "pending", "failing", "partial", "settled", "rejected", "cancelled",
    "cancel_denied", "cancel_rejected",
)  # fmt: skip
# What the custodian's rounding of a part may differ from ours, in units of the currency.
ROUNDING: Final = 5

_GOES_ON: Final = {"failing": "failing", "partial": "partial", "settled": "settled", "cancelled": "cancelled"}
_BEFORE_MATCH: Final = _GOES_ON | {"pending": "pending", "rejected": "rejected"}
_CONTRADICTS: Final = frozenset({"settled", "partial"})
# state -> answer -> next state. What is not here is late: it repeats, or lags behind what we know.
NEXT: Final[dict[str, dict[str, str]]] = {
    "sent": _BEFORE_MATCH | {"accepted": "accepted", "matched": "matched", "unmatched": "unmatched"},
    "accepted": _BEFORE_MATCH | {"matched": "matched", "unmatched": "unmatched"},
    "unmatched": _BEFORE_MATCH | {"matched": "matched"},
    "matched": _GOES_ON | {"pending": "pending"},
    "pending": _GOES_ON,
    "failing": _GOES_ON,
    "partial": _GOES_ON,
    # A part that settles meanwhile does not answer the request. What is rejected the custodian does not hold. A request
    # is rejected where it knows no such instruction: ours has not come there, and is sent again.
    "cancel_requested": {
        "partial": "cancel_requested", "settled": "settled", "cancelled": "cancelled", "rejected": "cancelled",
        "cancel_denied": "pending", "cancel_rejected": "sent",
    },
}  # fmt: skip
# state -> answers that cannot be true if what we know is.
WRONG: Final[dict[str, frozenset[str]]] = {
    "draft": _CONTRADICTS,
    "ready": _CONTRADICTS,
    "rejected": _CONTRADICTS,
    "cancelled": _CONTRADICTS,
    "matched": frozenset({"rejected"}),
    "pending": frozenset({"rejected"}),
    "partial": frozenset({"rejected"}),
    "failing": frozenset({"rejected"}),
    "settled": frozenset({"settled", "partial", "rejected", "cancelled"}),
}
# What we may do ourselves: verb -> state -> next state.
WISHES: Final[dict[str, dict[str, str]]] = {
    "release": {"draft": "ready", "rejected": "ready"},
    "send": {"ready": "sent"},
    "cancel": {
        **dict.fromkeys(("draft", "ready", "rejected"), "cancelled"),
        **dict.fromkeys(
            ("sent", "accepted", "matched", "unmatched", "pending", "partial", "failing"), "cancel_requested"
        ),
    },
}
ENDED: Final = frozenset({"settled", "cancelled"})


class Answer(NamedTuple):
    """What the custodian says about one instruction (sese.024 status, sese.025 confirmation, sese.027 cancellation).

    ``status`` is one of STATUSES. ``qty`` and ``net_money`` are those of this confirmation: of the part, or of what
    was left. ``reason_code`` is ISO 20022's (LACK, CLAC, MONY). A confirmation counts once by its ``message_id``.
    """

    reference: str
    status: str
    custodian_reference: str = ""
    business_date: date = date.min
    qty: Decimal | None = None
    net_money: Decimal | None = None
    reason_code: str = ""
    reason: str = ""
    message_id: str = ""


class Stand(NamedTuple):
    """Where an instruction stands; the names are its columns."""

    state: str
    qty: Decimal
    net_money: Decimal
    currency: str
    settl_date: date
    partial: str = "allowed"
    settled_qty: Decimal = ZERO
    settled_money: Decimal = ZERO
    reason_code: str = ""


class Late(NamedTuple):
    """An answer that changes nothing: it repeats or lags behind what we know."""

    text: str


def step(held: Stand, answer: Answer) -> Stand | Late | Refusal:
    """The stand after ``answer``; Late if it changes nothing, a Refusal if it contradicts what was instructed."""
    if answer.status not in STATUSES:
        return Refusal("BAD_REPORT", "status", f"{answer.reference}: {answer.status!a} is no status")
    # Of what has settled in part the custodian holds the rest, whatever was asked of it meanwhile.
    if answer.status in WRONG.get(held.state, ()) or (answer.status == "rejected" and held.settled_qty):
        return Refusal("BAD_REPORT", "status", f"{answer.reference} is {held.state} and the custodian {_said(answer)}")
    after = NEXT.get(held.state, {}).get(answer.status)
    if after is None or ((after, answer.reason_code) == (held.state, held.reason_code) and after == "failing"):
        return Late(f"{answer.reference} is {held.state} already")
    if answer.status in SETTLING:
        return _settle(held, answer, after)
    if after in ("pending", "sent") and held.settled_qty:
        after = "partial"  # what had settled before a cancellation was denied
    return held._replace(state=after, reason_code=answer.reason_code[:4])


def _settle(held: Stand, answer: Answer, after: str) -> Stand | Refusal:
    """A confirmation must name what was instructed: all that is left, or a part at its price, not before its day."""
    left, money = held.qty - held.settled_qty, held.net_money - held.settled_money
    if answer.qty is None or answer.net_money is None or answer.qty <= 0 or answer.qty > left:
        return _differs(held, answer)
    whole = answer.qty == left
    if answer.business_date < held.settl_date:
        return Refusal("BAD_REPORT", "business_date", f"{answer.reference} settled before {held.settl_date}")
    if whole and answer.net_money == money:
        return held._replace(state="settled", settled_qty=held.qty, settled_money=held.net_money, reason_code="")
    if whole or answer.status == "settled":
        return _differs(held, answer)
    if held.partial != "allowed":
        return Refusal("BAD_REPORT", "qty", f"{answer.reference} settled in part, which was not allowed")
    unit = minor_unit(held.currency)
    due = half_up(money * answer.qty / left, unit)
    if abs(answer.net_money - due) > ROUNDING * unit or not min(money, ZERO) <= answer.net_money <= max(money, ZERO):
        return _differs(held, answer)
    return held._replace(
        state=after,
        settled_qty=held.settled_qty + answer.qty,
        settled_money=held.settled_money + answer.net_money,
        reason_code=answer.reason_code[:4],
    )


def _differs(held: Stand, answer: Answer) -> Refusal:
    left, money = held.qty - held.settled_qty, held.net_money - held.settled_money
    text = (
        f"{answer.reference}: the custodian settled {answer.qty} for {answer.net_money},"
        f" to settle were {left:f} for {money:f}"
    )
    return Refusal("BAD_REPORT", "net_money", text)


def _said(answer: Answer) -> str:
    words = {"settled": "settled it", "partial": "settled a part of it", "rejected": "rejected it"}
    return words.get(answer.status, "cancelled it")
