"""The values that several messages share: securities, quantities, amounts with a direction, parties, dates.

Each is written by one function and read by another; what the schema could not hold raises Fault and names its field.
"""

import re
from datetime import date
from decimal import Decimal

from settlement.messages.tree import Fault, Node, Reader, writable

ZERO = Decimal(0)
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", re.ASCII)
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_CODE = re.compile(r"[A-Z]{4}", re.ASCII)
MOVEMENTS = {"deliver": "DELI", "receive": "RECE"}
PAYMENTS = {"against_payment": "APMT", "free": "FREE"}
DIRECTION = {code: word for word, code in MOVEMENTS.items()}
PAYMENT = {code: word for word, code in PAYMENTS.items()}
REFERENCE = 35  # Max35Text
NO_REASON = "NORE"
# Whose numbers our accounts are, where a schema asks for the issuer of an identification.
ISSUER = "OMS"
MOST_DIGITS, UNIT_DIGITS, AMOUNT_DIGITS = 18, 17, 5  # totalDigits and fractionDigits of the schemas


def limited(text: str, field: str, longest: int = REFERENCE) -> str:
    """``text``, which must be there, be at most ``longest`` characters and be such as XML can hold."""
    if not text:
        raise Fault("MISSING", field, f"{field} is missing")
    if len(text) > longest:
        raise Fault("TOO_LONG", field, f"{field} is {len(text)} characters, at most {longest} fit")
    return writable(text, field)


def one_of(value: str, words: dict[str, str], field: str) -> str:
    """The code of a word of ours."""
    if value not in words:
        raise Fault("BAD_VALUE", field, f"{field} is {value[:20]!a}, not one of {', '.join(words)}")
    return words[value]


def is_bic(text: str) -> bool:
    """Whether the text has the form of a business identifier code (ISO 9362)."""
    return bool(_BIC.fullmatch(text))


def bic(text: str, field: str) -> str:
    """A business identifier code (ISO 9362): 8 or 11 characters."""
    if not is_bic(text):
        raise Fault("BAD_VALUE", field, f"{field} is {text[:20]!a}, not a BIC of 8 or 11 characters")
    return text


def reason_code(code: str, field: str = "reason_code") -> str:
    """A reason of four letters, as LACK."""
    if not _CODE.fullmatch(code):
        raise Fault("BAD_VALUE", field, f"{field} is {code[:20]!a}, not a code of four letters")
    return code


def number(value: Decimal, field: str, decimals: int = AMOUNT_DIGITS) -> str:
    """A number of at most 18 digits, ``decimals`` of them after the point."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    whole, _, fraction = text.lstrip("-").partition(".")
    if len(whole.lstrip("0") + fraction) > MOST_DIGITS or len(fraction) > decimals:
        raise Fault("BAD_NUMBER", field, f"{field} {text} has more than {MOST_DIGITS} digits or {decimals} decimals")
    return "0" if text == "-0" else text


def security(isin: str, symbol: str, description: str = "") -> Node:
    """A security (SecurityIdentification19): by ISIN where it has one, and by our symbol (source TIKR)."""
    if isin and not _ISIN.fullmatch(isin):
        raise Fault("BAD_VALUE", "isin", f"isin is {isin[:20]!a}, not an ISIN")
    if not isin and not symbol:
        raise Fault("MISSING", "isin", "a security needs an ISIN or a symbol")
    return (
        "FinInstrmId",
        ("ISIN", isin) if isin else None,
        ("OthrId", ("Id", limited(symbol, "symbol")), ("Tp", ("Cd", "TIKR"))) if symbol else None,
        ("Desc", limited(description, "description", 140)) if description else None,
    )


def read_security(at: Reader) -> tuple[str, str, str]:
    """(ISIN, symbol, description) below ``at``; a security with neither ISIN nor symbol raises Fault."""
    found = at.need("FinInstrmId")
    isin = found.text("ISIN", "")
    if isin and not _ISIN.fullmatch(isin):
        raise Fault("BAD_VALUE", "ISIN", f"{found.where}/ISIN is {isin[:20]!a}, not an ISIN")
    symbol = next((other.text("Id") for other in found.all("OthrId") if other.text("Tp/Cd", "") == "TIKR"), "")
    if not isin and not symbol:
        raise Fault("MISSING", "ISIN", f"{found.where} names no ISIN and no symbol")
    return isin, symbol, found.text("Desc", "")


def amount_of(qty: Decimal, face: bool, field: str = "qty") -> Node:
    """A quantity (FinancialInstrumentQuantity33Choice): face amount of a bond, units of anything else."""
    if qty < 0:
        raise Fault("NOT_POSITIVE", field, f"{field} is {qty}, and a message has no sign for it")
    return ("FaceAmt", number(qty, field)) if face else ("Unit", number(qty, field, UNIT_DIGITS))


def quantity(name: str, qty: Decimal, face: bool) -> Node:
    """A quantity of more than zero where the schema has Quantity51Choice."""
    if qty <= 0:
        raise Fault("NOT_POSITIVE", "qty", f"qty is {qty}; it must be greater than 0")
    return (name, ("Qty", amount_of(qty, face)))


def read_amount(at: Reader) -> tuple[Decimal, bool]:
    """(quantity, whether it is face amount) of a FinancialInstrumentQuantity33Choice."""
    face = at.find("FaceAmt") is not None
    qty = at.decimal("FaceAmt" if face else "Unit")
    if qty < 0:
        raise Fault("NOT_POSITIVE", "qty", f"{at.where} is {qty}")
    return qty, face


def read_quantity(at: Reader, path: str) -> tuple[Decimal, bool]:
    """(quantity, whether it is face amount) of a Quantity51Choice; it must be greater than zero."""
    qty, face = read_amount(at.need(f"{path}/Qty"))
    if qty <= 0:
        raise Fault("NOT_POSITIVE", "qty", f"{at.where}/{path} is {qty}")
    return qty, face


def money(name: str, currency: str, amount: Decimal, credit: bool, flag: str = "CdtDbtInd") -> Node:
    """An amount with its direction: ``credit`` says which way a positive amount goes, a negative one goes the other."""
    if not _CURRENCY.fullmatch(currency):
        raise Fault("BAD_VALUE", "currency", f"currency is {currency[:20]!a}, not a code of ISO 4217")
    sign = "CRDT" if credit == (amount >= 0) else "DBIT"
    return (name, ("Amt", {"Ccy": currency}, number(abs(amount), "amount")), (flag, sign))


def read_money(at: Reader, credit: bool, flag: str = "CdtDbtInd") -> tuple[str, Decimal]:
    """(currency, amount): negative where it goes the other way than ``credit`` says."""
    amount, currency = at.decimal("Amt"), at.need("Amt").attribute("Ccy")
    if not _CURRENCY.fullmatch(currency):
        raise Fault("BAD_VALUE", "Ccy", f"{at.where}/Amt/@Ccy is {currency[:20]!a}, not a code of ISO 4217")
    if amount < 0:
        raise Fault("NOT_POSITIVE", "Amt", f"{at.where}/Amt is {amount}; its direction has a field of its own")
    same = at.word(flag, {"CRDT": "credit", "DBIT": "debit"}) == ("credit" if credit else "debit")
    return currency, amount if same or not amount else -amount


def is_credit(direction: str) -> bool:
    """Who delivers is paid."""
    return direction == "deliver"


def day(name: str, when: date, *, wrapped: bool = True) -> Node:
    """A date; ``wrapped`` where the schema has a choice of date and code around it."""
    return (name, ("Dt", ("Dt", when.isoformat()))) if wrapped else (name, ("Dt", when.isoformat()))


def owner(account: str) -> Node:
    """The account owner (PartyIdentification144): our code for the account."""
    return ("AcctOwnr", ("Id", ("PrtryId", ("Id", limited(account, "account")), ("Issr", ISSUER))))


def read_owner(at: Reader) -> str:
    """Our code for the account; "" where the message does not say it."""
    return at.text("AcctOwnr/Id/PrtryId/Id", "")


def party(name: str, who: str, field: str, account: str = "") -> Node:
    """A party to the settlement (PartyIdentificationAndAccount196): by BIC if it is one, by name otherwise."""
    known = ("AnyBIC", who) if is_bic(who) else ("NmAndAdr", ("Nm", limited(who, field, 350)))
    return (name, ("Id", known), ("SfkpgAcct", ("Id", limited(account, f"{field}_account"))) if account else None)


def read_party(at: Reader | None) -> tuple[str, str]:
    """(BIC or name, its safekeeping account); empty where there is none."""
    if at is None:
        return "", ""
    return at.text("Id/AnyBIC", "") or at.text("Id/NmAndAdr/Nm", ""), at.text("SfkpgAcct/Id", "")


def why(code: str, text: str) -> Node:
    """A reason: its code and words, or that there is none."""
    if not code:
        if text:
            raise Fault("MISSING", "reason_code", "a reason in words needs a code (OTHR)")
        return ("NoSpcfdRsn", NO_REASON)
    words = ("AddtlRsnInf", limited(text, "reason", 210)) if text else None
    return ("Rsn", ("Cd", ("Cd", reason_code(code))), words)


def read_why(at: Reader) -> tuple[str, str]:
    """(code, words) of the first reason; empty where none is given."""
    code, text = at.text("Rsn/Cd/Cd", ""), at.text("Rsn/AddtlRsnInf", "")
    return (reason_code(code, f"{at.where}/Rsn/Cd") if code else ""), text[:210]


def read_reference(at: Reader, path: str, *, optional: bool = False) -> str:
    """An identification of at most 35 characters (Max35Text)."""
    text = at.text(path, "" if optional else None)
    return text if optional and not text else limited(text, f"{at.where}/{path}")
