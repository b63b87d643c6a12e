"""What we say to the custodian: settle this (sese.023.001.11), and forget about it (sese.020.001.07)."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from settlement.messages import values as v
from settlement.messages.tree import Fault, Node, Reader

PARTIALS = {"not_allowed": "NPAR", "allowed": "PART"}
_PARTIAL = {code: word for word, code in PARTIALS.items()}
PRICE_DIGITS, RATE_DIGITS = 13, 10


class Instruct(NamedTuple):
    """A settlement instruction as its message names it.

    ``qty`` is face amount where ``face``, else units; ``price`` is per cent of face then, else money. ``net_money`` is
    what the receiver of the securities pays (negative: is paid) and zero where delivery is free. ``agent`` and
    ``safekeeping_account`` are where we hold, ``counterparty`` (a BIC or a name) and its account where the other side
    does. ``linked_to`` names the instruction that must settle first.
    """

    message_id: str
    reference: str
    direction: str
    payment: str
    account: str
    trade_date: date
    settl_date: date
    isin: str
    symbol: str
    qty: Decimal
    currency: str
    net_money: Decimal
    place_of_settlement: str
    counterparty: str
    face: bool = False
    price: Decimal | None = None
    accrued: Decimal = v.ZERO
    description: str = ""
    safekeeping_account: str = ""
    agent: str = ""
    counterparty_account: str = ""
    on_hold: bool = False
    partial: str = "not_allowed"
    priority: int = 3
    linked_to: str = ""


class Cancel(NamedTuple):
    """A request to cancel an instruction; ``message_id`` is what its answer refers to."""

    message_id: str
    reference: str
    direction: str
    payment: str
    account: str
    custodian_reference: str = ""


def instruction(it: Instruct) -> Node:
    """sese.023.001.11, SecuritiesSettlementTransactionInstruction. Raises Fault."""
    free = it.payment == "free"
    if free and (it.net_money or it.currency or it.accrued or it.price is not None):
        raise Fault("BAD_VALUE", "net_money", f"{it.reference} is free of payment and names money")
    return (
        "Document",
        (
            "SctiesSttlmTxInstr",
            ("TxId", v.limited(it.reference, "reference")),
            (
                "SttlmTpAndAddtlParams",
                ("SctiesMvmntTp", v.one_of(it.direction, v.MOVEMENTS, "direction")),
                ("Pmt", v.one_of(it.payment, v.PAYMENTS, "payment")),
            ),
            _linkage(it.linked_to),
            ("TradDtls", v.day("TradDt", it.trade_date), v.day("SttlmDt", it.settl_date), _price(it)),
            v.security(it.isin, it.symbol, it.description),
            (
                "QtyAndAcctDtls",
                v.quantity("SttlmQty", it.qty, it.face),
                v.owner(it.account),
                ("SfkpgAcct", ("Id", v.limited(it.safekeeping_account, "safekeeping_account")))
                if it.safekeeping_account
                else None,
            ),
            _parameters(it),
            *_parties(it),
            None if free else v.money("SttlmAmt", it.currency, it.net_money, v.is_credit(it.direction)),
            _accrued(it),
        ),
    )


def read_instruction(message_id: str, body: Reader) -> Instruct:
    """The instruction of a sese.023. Raises Fault."""
    at = body.need("SctiesSttlmTxInstr")
    direction = at.word("SttlmTpAndAddtlParams/SctiesMvmntTp", v.DIRECTION)
    payment = at.word("SttlmTpAndAddtlParams/Pmt", v.PAYMENT)
    isin, symbol, description = v.read_security(at)
    qty, face = v.read_quantity(at, "QtyAndAcctDtls/SttlmQty")
    account = v.read_owner(at.need("QtyAndAcctDtls"))
    ours, theirs = ("Dlvrg", "Rcvg") if direction == "deliver" else ("Rcvg", "Dlvrg")
    agent, _ = v.read_party(at.find(f"{ours}SttlmPties/Pty1"))
    counterparty, counterparty_account = v.read_party(at.find(f"{theirs}SttlmPties/Pty1"))
    place = at.text(f"{theirs}SttlmPties/Dpstry/Id/AnyBIC")
    price = _read_price(at.find("TradDtls/DealPric"))
    accrued = at.find("OthrAmts/AcrdIntrstAmt")
    currency, net_money = "", v.ZERO
    if payment == "against_payment":
        currency, net_money = v.read_money(at.need("SttlmAmt"), v.is_credit(direction))
    safekeeping = v.read_reference(at, "QtyAndAcctDtls/SfkpgAcct/Id", optional=True)
    priority = at.text("SttlmParams/Prty/Nmrc", "0003")
    if not (priority.isascii() and priority.isdecimal() and len(priority) == 4):
        raise Fault("BAD_VALUE", "priority", f"SttlmParams/Prty/Nmrc is {priority[:20]!a}, not four digits")
    return Instruct(
        message_id=message_id,
        reference=v.read_reference(at, "TxId"),
        direction=direction,
        payment=payment,
        account=account or safekeeping,
        trade_date=at.day("TradDtls/TradDt/Dt/Dt"),
        settl_date=at.day("TradDtls/SttlmDt/Dt/Dt"),
        isin=isin,
        symbol=symbol,
        qty=qty,
        currency=currency,
        net_money=net_money,
        place_of_settlement=v.bic(place, "place_of_settlement"),
        counterparty=counterparty,
        face=face,
        price=price,
        accrued=v.read_money(accrued, v.is_credit(direction))[1] if accrued else v.ZERO,
        description=description,
        safekeeping_account=safekeeping,
        agent=agent,
        counterparty_account=counterparty_account,
        on_hold=at.text("SttlmParams/HldInd/Ind", "false") in ("true", "1"),
        partial=_PARTIAL.get(at.text("SttlmParams/PrtlSttlmInd", "NPAR"), "allowed"),
        priority=int(priority),
        linked_to=v.read_reference(at, "Lnkgs/Ref/SctiesSttlmTxId", optional=True),
    )


def cancellation(it: Cancel) -> Node:
    """sese.020.001.07, SecuritiesTransactionCancellationRequest. Raises Fault."""
    return (
        "Document",
        (
            "SctiesTxCxlReq",
            (
                "AcctOwnrTxId",
                (
                    "SctiesSttlmTxId",
                    ("TxId", v.limited(it.reference, "reference")),
                    ("SctiesMvmntTp", v.one_of(it.direction, v.MOVEMENTS, "direction")),
                    ("Pmt", v.one_of(it.payment, v.PAYMENTS, "payment")),
                ),
            ),
            ("AcctSvcrTxId", v.limited(it.custodian_reference, "custodian_reference"))
            if it.custodian_reference
            else None,
            v.owner(it.account),
        ),
    )


def read_cancellation(message_id: str, body: Reader) -> Cancel:
    """The request of a sese.020. Raises Fault."""
    at = body.need("SctiesTxCxlReq")
    of = at.need("AcctOwnrTxId/SctiesSttlmTxId")
    return Cancel(
        message_id,
        v.read_reference(of, "TxId"),
        of.word("SctiesMvmntTp", v.DIRECTION),
        of.word("Pmt", v.PAYMENT),
        v.read_owner(at),
        v.read_reference(at, "AcctSvcrTxId", optional=True),
    )


def _linkage(reference: str) -> Node | None:
    """Settle after the one that is named."""
    if not reference:
        return None
    return ("Lnkgs", ("PrcgPos", ("Cd", "AFTE")), ("Ref", ("SctiesSttlmTxId", v.limited(reference, "linked_to"))))


def _price(it: Instruct) -> Node | None:
    """DealPric: per cent of face for what is held in face amount, money for the rest."""
    if it.price is None:
        return None
    kind = ("Tp", ("ValTp", "NEGA" if it.price < 0 else "PARV"))
    if it.face:
        return ("DealPric", kind, ("Val", ("Rate", _rate(abs(it.price)))))
    price = v.number(abs(it.price), "price", PRICE_DIGITS)
    return ("DealPric", kind, ("Val", ("Amt", {"Ccy": it.currency}, price)))


def _rate(price: Decimal) -> str:
    text = v.number(price, "price", RATE_DIGITS)
    if len(text.replace(".", "").lstrip("0")) > RATE_DIGITS + 1:
        raise Fault("BAD_NUMBER", "price", f"price {text} has more than {RATE_DIGITS + 1} digits")
    return text


def _read_price(at: Reader | None) -> Decimal | None:
    if at is None:
        return None
    price = at.decimal("Val/Rate" if at.find("Val/Amt") is None else "Val/Amt")
    return -price if at.text("Tp/ValTp", "") == "NEGA" else price


def _parameters(it: Instruct) -> Node:
    if not 0 <= it.priority <= 9999:
        raise Fault("BAD_VALUE", "priority", f"priority is {it.priority}; it has four digits")
    return (
        "SttlmParams",
        ("HldInd", ("Ind", "true" if it.on_hold else "false")),
        ("Prty", ("Nmrc", f"{it.priority:04d}")),
        ("SctiesTxTp", ("Cd", "TRAD")),
        ("PrtlSttlmInd", v.one_of(it.partial, PARTIALS, "partial")),
    )


def _parties(it: Instruct) -> tuple[Node, Node]:
    """The delivering, then the receiving side: the depository and, above it, whoever holds there."""
    place = ("Dpstry", ("Id", ("AnyBIC", v.bic(it.place_of_settlement, "place_of_settlement"))))
    ours = v.party("Pty1", v.bic(it.agent, "agent"), "agent") if it.agent else None
    theirs = v.party("Pty1", it.counterparty, "counterparty", it.counterparty_account)
    sides = (ours, theirs) if it.direction == "deliver" else (theirs, ours)
    return ("DlvrgSttlmPties", place, sides[0]), ("RcvgSttlmPties", place, sides[1])


def _accrued(it: Instruct) -> Node | None:
    if not it.accrued:
        return None
    return ("OthrAmts", v.money("AcrdIntrstAmt", it.currency, it.accrued, v.is_credit(it.direction)))
