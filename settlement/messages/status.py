"""What the custodian says about an instruction: its status (sese.024.001.12), what has settled (sese.025.001.11), and
what becomes of a request to cancel (sese.027.001.07).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from settlement.messages import values as v
from settlement.messages.tree import Fault, Node, Reader

# Where each status stands in a sese.024, and what it is called there.
PLACES: Mapping[str, tuple[str, str]] = {
    "accepted": ("PrcgSts", "AckdAccptd"),
    "rejected": ("PrcgSts", "Rjctd"),
    "cancelled": ("PrcgSts", "Canc"),
    "matched": ("MtchgSts", "Mtchd"),
    "unmatched": ("MtchgSts", "Umtchd"),
    "pending": ("SttlmSts", "Pdg"),
    "failing": ("SttlmSts", "Flng"),
}
ANSWERS = {"cancelled": "Canc", "denied": "Dnd", "rejected": "Rjctd", "pending": "PdgCxl"}
_PARTLY = "PAIN"  # partial confirmation; the rest is to follow
_LAST = "PARC"  # the last of several


class Status(NamedTuple):
    """How an instruction stands: one of PLACES. ``reason_code`` as LACK, CLAC, MONY; empty where none is given."""

    message_id: str
    reference: str
    custodian_reference: str
    status: str
    business_date: date
    reason_code: str = ""
    reason: str = ""


class Confirmation(NamedTuple):
    """What settled now: ``qty`` for ``net_money`` (paid by the receiver), on ``settled_on``.

    ``settled_before`` and ``remaining`` are quantities: not ``remaining`` means that the instruction is settled whole.
    """

    message_id: str
    reference: str
    custodian_reference: str
    direction: str
    payment: str
    account: str
    isin: str
    symbol: str
    qty: Decimal
    currency: str
    net_money: Decimal
    settl_date: date
    settled_on: date
    face: bool = False
    settled_before: Decimal = v.ZERO
    remaining: Decimal = v.ZERO


class CancelAnswer(NamedTuple):
    """What becomes of a request to cancel (``request`` is its message): cancelled, denied, rejected or pending."""

    message_id: str
    request: str
    reference: str
    custodian_reference: str
    direction: str
    payment: str
    status: str
    business_date: date
    reason_code: str = ""
    reason: str = ""


def status(it: Status) -> Node:
    """sese.024.001.12, SecuritiesSettlementTransactionStatusAdvice. Raises Fault."""
    if it.status not in PLACES:
        raise Fault("BAD_VALUE", "status", f"status is {it.status[:20]!a}, not one of {', '.join(PLACES)}")
    place, name = PLACES[it.status]
    return (
        "Document",
        (
            "SctiesSttlmTxStsAdvc",
            (
                "TxId",
                ("AcctOwnrTxId", v.limited(it.reference, "reference")),
                ("AcctSvcrTxId", v.limited(it.custodian_reference, "custodian_reference"))
                if it.custodian_reference
                else None,
            ),
            (place, (name, None if it.status == "matched" else v.why(it.reason_code, it.reason))),
        ),
    )


def read_status(message_id: str, body: Reader, business_date: date) -> Status:
    """The status of a sese.024. Raises Fault."""
    at = body.need("SctiesSttlmTxStsAdvc")
    for word, (place, name) in PLACES.items():
        if found := at.find(f"{place}/{name}"):
            code, text = v.read_why(found)
            reference = v.read_reference(at, "TxId/AcctOwnrTxId")
            theirs = v.read_reference(at, "TxId/AcctSvcrTxId", optional=True)
            return Status(message_id, reference, theirs, word, business_date, code, text)
    raise Fault("BAD_VALUE", "status", "the message holds none of the statuses we know: " + ", ".join(PLACES))


def confirmation(it: Confirmation) -> Node:
    """sese.025.001.11, SecuritiesSettlementTransactionConfirmation. Raises Fault."""
    free = it.payment == "free"
    if free and (it.net_money or it.currency):
        raise Fault("BAD_VALUE", "net_money", f"{it.reference} is free of payment and names money")
    part = _PARTLY if it.remaining else _LAST if it.settled_before else None
    return (
        "Document",
        (
            "SctiesSttlmTxConf",
            (
                "TxIdDtls",
                ("AcctOwnrTxId", v.limited(it.reference, "reference")),
                ("AcctSvcrTxId", v.limited(it.custodian_reference, "custodian_reference")),
                ("SctiesMvmntTp", v.one_of(it.direction, v.MOVEMENTS, "direction")),
                ("Pmt", v.one_of(it.payment, v.PAYMENTS, "payment")),
            ),
            ("AddtlParams", ("PrtlSttlm", part)) if part else None,
            ("TradDtls", v.day("SttlmDt", it.settl_date), v.day("FctvSttlmDt", it.settled_on)),
            v.security(it.isin, it.symbol),
            (
                "QtyAndAcctDtls",
                v.quantity("SttldQty", it.qty, it.face),
                ("PrevslySttldQty", v.amount_of(it.settled_before, it.face)) if part else None,
                ("RmngToBeSttldQty", v.amount_of(it.remaining, it.face)) if part else None,
                v.owner(it.account),
            ),
            ("SttlmParams", ("SctiesTxTp", ("Cd", "TRAD"))),
            None if free else v.money("SttldAmt", it.currency, it.net_money, v.is_credit(it.direction)),
        ),
    )


def read_confirmation(message_id: str, body: Reader) -> Confirmation:
    """The confirmation of a sese.025. Raises Fault."""
    at = body.need("SctiesSttlmTxConf")
    direction, payment = at.word("TxIdDtls/SctiesMvmntTp", v.DIRECTION), at.word("TxIdDtls/Pmt", v.PAYMENT)
    isin, symbol, _ = v.read_security(at)
    qty, face = v.read_quantity(at, "QtyAndAcctDtls/SttldQty")
    currency, net_money = "", v.ZERO
    if payment == "against_payment":
        currency, net_money = v.read_money(at.need("SttldAmt"), v.is_credit(direction))
    before, rest = at.find("QtyAndAcctDtls/PrevslySttldQty"), at.find("QtyAndAcctDtls/RmngToBeSttldQty")
    remaining = v.read_amount(rest)[0] if rest else v.ZERO
    if at.text("AddtlParams/PrtlSttlm", "") == _PARTLY and not remaining:
        raise Fault("MISSING", "remaining", "a partial confirmation does not say what remains (RmngToBeSttldQty)")
    return Confirmation(
        message_id=message_id,
        reference=v.read_reference(at, "TxIdDtls/AcctOwnrTxId"),
        custodian_reference=v.read_reference(at, "TxIdDtls/AcctSvcrTxId", optional=True),
        direction=direction,
        payment=payment,
        account=v.read_owner(at.need("QtyAndAcctDtls")),
        isin=isin,
        symbol=symbol,
        qty=qty,
        currency=currency,
        net_money=net_money,
        settl_date=at.day("TradDtls/SttlmDt/Dt/Dt"),
        settled_on=at.day("TradDtls/FctvSttlmDt/Dt/Dt"),
        face=face,
        settled_before=v.read_amount(before)[0] if before else v.ZERO,
        remaining=remaining,
    )


def cancel_answer(it: CancelAnswer) -> Node:
    """sese.027.001.07, SecuritiesTransactionCancellationRequestStatusAdvice. Raises Fault."""
    return (
        "Document",
        (
            "SctiesTxCxlReqStsAdvc",
            ("CxlReqRef", v.limited(it.request, "request")),
            (
                "TxId",
                ("AcctSvcrTxId", v.limited(it.custodian_reference, "custodian_reference"))
                if it.custodian_reference
                else None,
                (
                    "AcctOwnrTxId",
                    (
                        "SctiesSttlmTxId",
                        ("TxId", v.limited(it.reference, "reference")),
                        ("SctiesMvmntTp", v.one_of(it.direction, v.MOVEMENTS, "direction")),
                        ("Pmt", v.one_of(it.payment, v.PAYMENTS, "payment")),
                    ),
                ),
            ),
            ("PrcgSts", (v.one_of(it.status, ANSWERS, "status"), v.why(it.reason_code, it.reason))),
        ),
    )


def read_cancel_answer(message_id: str, body: Reader, business_date: date) -> CancelAnswer:
    """The answer of a sese.027. Raises Fault."""
    at = body.need("SctiesTxCxlReqStsAdvc")
    of = at.need("TxId/AcctOwnrTxId/SctiesSttlmTxId")
    for word, name in ANSWERS.items():
        if found := at.find(f"PrcgSts/{name}"):
            code, text = v.read_why(found)
            return CancelAnswer(
                message_id, v.read_reference(at, "CxlReqRef"), v.read_reference(of, "TxId"),
                v.read_reference(at, "TxId/AcctSvcrTxId", optional=True), of.word("SctiesMvmntTp", v.DIRECTION),
                of.word("Pmt", v.PAYMENT), word, business_date, code, text,
            )  # fmt: skip
    raise Fault("BAD_VALUE", "status", "the message holds none of the statuses we know: " + ", ".join(ANSWERS))
