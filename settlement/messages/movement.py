"""A message of our own: the custodian books a movement that no instruction of ours asked for.

Dividends, coupons, redemptions, splits, margin and transfers between accounts reach a custodian from issuers, agents
and clearing houses. The simulated one is told of them, so that its statements show them.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from settlement.messages import values as v
from settlement.messages.statement import KINDS
from settlement.messages.tree import Fault, Node, Reader

_KIND = {code: word for word, code in KINDS.items()}


class Movement(NamedTuple):
    """``amount`` comes into ``account`` (negative: goes out) on ``day``: of a security, or of money in ``currency``.

    ``reference`` is the key: the custodian books each reference once. ``kind`` is one of statement.KINDS.
    """

    message_id: str
    reference: str
    account: str
    day: date
    amount: Decimal
    kind: str
    currency: str = ""
    isin: str = ""
    symbol: str = ""
    face: bool = False


def movement(it: Movement) -> Node:
    """The message. Raises Fault."""
    if bool(it.currency) == bool(it.isin or it.symbol):
        raise Fault("BAD_VALUE", "currency", f"{it.reference} must name either a currency or a security")
    amount = v.number(it.amount, "amount", v.UNIT_DIGITS)
    what = ("Amt", {"Ccy": it.currency}, amount) if it.currency else ("Qty", ("FaceAmt" if it.face else "Unit", amount))
    return (
        "Document",
        (
            "CtdyMvmnt",
            ("Ref", v.limited(it.reference, "reference")),
            v.owner(it.account),
            ("Dt", it.day.isoformat()),
            ("Kind", v.one_of(it.kind, KINDS, "kind")),
            None if it.currency else v.security(it.isin, it.symbol),
            what,
        ),
    )


def read_movement(message_id: str, body: Reader) -> Movement:
    """The movement. Raises Fault."""
    at = body.need("CtdyMvmnt")
    paid = at.find("Amt")
    isin, symbol, _ = ("", "", "") if paid else v.read_security(at)
    face = at.find("Qty/FaceAmt") is not None
    amount = at.decimal("Amt" if paid else "Qty/FaceAmt" if face else "Qty/Unit")
    return Movement(
        message_id, v.read_reference(at, "Ref"), v.read_owner(at), at.day("Dt"), amount,
        at.word("Kind", _KIND), paid.attribute("Ccy") if paid else "", isin, symbol, face,
    )  # fmt: skip
