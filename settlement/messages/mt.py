"""Instructions as ISO 15022 text: MT540 receive free, MT541 receive against payment, MT542 and MT543 deliver.

An alternative to sese.023 for a custodian that wants it. What its character set or its lengths cannot hold is refused;
what is written is read back unchanged. Field structure: User Handbook, Category 5 (16R/16S sequences, qualifiers).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from oms.base.refusal import Refusal
from settlement.messages import values as v
from settlement.messages.instruct import PARTIALS, Instruct
from settlement.messages.tree import Fault

TYPES = {
    ("receive", "free"): "540", ("receive", "against_payment"): "541",
    ("deliver", "free"): "542", ("deliver", "against_payment"): "543",
}  # fmt: skip
_KINDS = {number: kind for kind, number in TYPES.items()}
REFERENCE, LINE, LINES, ACCOUNT, OWNER = 16, 35, 4, 35, 34
HEAD_OFFICE = "X" * 3  # the branch of a BIC of eight
NUMBER = 15  # digits and the comma
_TEXT = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]+", re.ASCII)  # character set x
_HEAD = re.compile(
    r"\{1:F01[A-Z0-9]{12}[0-9]{10}\}\{2:I(54[0-3])[A-Z0-9]{12}N\}\{3:\{108:([^{}]{1,16})\}\}\{4:\r\n(.*)\r\n-\}",
    re.DOTALL,
)
_FIELD = re.compile(r":([0-9]{2}[A-Z]?):(?::([A-Z]{4})/)?(.*)", re.DOTALL)
_NUMBER = re.compile(r"(?=[0-9,]{2,15}$)[0-9]+,[0-9]*", re.ASCII)
_PARTIAL = {code: word for word, code in PARTIALS.items()}
_PURPOSES = {True: "PREA", False: "NEWM"}


def build(it: Instruct, sender: str, receiver: str) -> str | Refusal:
    """The message from one BIC to another, with its headers."""
    try:
        number = TYPES[it.direction, it.payment]
        head = (
            f"{{1:F01{_terminal(sender, 'sender')}0000000000}}{{2:I{number}{_terminal(receiver, 'receiver')}N}}"
            f"{{3:{{108:{_text(it.message_id, 'message_id', REFERENCE)}}}}}"
        )
        return "\r\n".join([f"{head}{{4:", *_lines(it), "-}"])
    except KeyError:
        return Refusal("BAD_VALUE", "payment", f"no message for {it.direction[:20]!a} {it.payment[:20]!a}")
    except Fault as fault:
        return fault.refusal


def read(text: str) -> Instruct | Refusal:
    """The instruction of a message, or why it cannot be read."""
    head = _HEAD.fullmatch(text)
    if not head:
        return Refusal("UNKNOWN_MESSAGE", "", "no MT540, 541, 542 or 543 with the headers that are expected")
    try:
        return _read(head[2], *_KINDS[head[1]], _Fields(head[3]))
    except Fault as fault:
        return fault.refusal


def _lines(it: Instruct) -> Iterator[str]:
    """Block 4, a field or a sequence mark a line."""
    yield from _sequence("GENL", _general(it))
    yield from _sequence("TRADDET", _trade(it))
    yield from _sequence("FIAC", _account(it))
    yield from _sequence("SETDET", _settlement(it))


def _general(it: Instruct) -> Iterator[str]:
    yield f":20C::SEME//{_text(it.reference, 'reference', REFERENCE)}"
    yield f":23G:{_PURPOSES[it.on_hold]}"
    if it.linked_to:
        link = [":22F::LINK//AFTE", f":20C::RELA//{_text(it.linked_to, 'linked_to', REFERENCE)}"]
        yield from _sequence("LINK", link)


def _trade(it: Instruct) -> Iterator[str]:
    yield f":98A::SETT//{it.settl_date:%Y%m%d}"
    yield f":98A::TRAD//{it.trade_date:%Y%m%d}"
    if it.price is not None and it.face:
        sign = "N" if it.price < 0 else ""
        yield f":90A::DEAL//PRCT/{sign}{_number(abs(it.price), 'price')}"
    elif it.price is not None:
        if it.price < 0:
            raise Fault("BAD_NUMBER", "price", f"price is {it.price}, and field 90B has no sign")
        yield f":90B::DEAL//ACTU/{_currency(it)}{_number(it.price, 'price')}"
    v.security(it.isin, it.symbol)  # an ISIN that is one, or a symbol
    names = [f"ISIN {it.isin}"] if it.isin else []
    names += [f"/TS/{_text(it.symbol, 'symbol', LINE - 4)}"] if it.symbol else []
    yield ":35B:" + "\r\n".join([*names, *_narrative(it.description, "description", LINES - 1)])


def _account(it: Instruct) -> Iterator[str]:
    kind = "FAMT" if it.face else "UNIT"
    if it.qty <= 0:
        raise Fault("NOT_POSITIVE", "qty", f"qty is {it.qty}; it must be greater than 0")
    yield f":36B::SETT//{kind}/{_number(it.qty, 'qty')}"
    yield f":95R::ACOW/{v.ISSUER}/{_text(it.account, 'account', OWNER)}"
    yield f":97A::SAFE//{_text(it.safekeeping_account or it.account, 'safekeeping_account', ACCOUNT)}"


def _settlement(it: Instruct) -> Iterator[str]:
    yield ":22F::SETR//TRAD"
    yield f":22F::STCO//{v.one_of(it.partial, PARTIALS, 'partial')}"
    if not 0 <= it.priority <= 9999:
        raise Fault("BAD_VALUE", "priority", f"priority is {it.priority}; it has four digits")
    yield f":22F::PRIR//{it.priority:04d}"
    ours, theirs = ("DEAG", "REAG") if it.direction == "deliver" else ("REAG", "DEAG")
    if it.agent:
        yield from _sequence("SETPRTY", [f":95P::{ours}//{v.bic(it.agent, 'agent')}"])
    yield from _sequence("SETPRTY", _party(theirs, it))
    yield from _sequence("SETPRTY", [f":95P::PSET//{v.bic(it.place_of_settlement, 'place_of_settlement')}"])
    if it.payment == "free":
        if it.net_money or it.currency or it.accrued or it.price is not None:
            raise Fault("BAD_VALUE", "net_money", f"{it.reference} is free of payment and names money")
        return
    yield from _sequence("AMT", [f":19A::SETT//{_money(it, it.net_money, 'net_money')}"])
    if it.accrued:
        yield from _sequence("AMT", [f":19A::ACRU//{_money(it, it.accrued, 'accrued')}"])


def _party(qualifier: str, it: Instruct) -> Iterator[str]:
    if v.is_bic(it.counterparty):
        yield f":95P::{qualifier}//{it.counterparty}"
    else:
        if not it.counterparty:
            raise Fault("MISSING", "counterparty", "counterparty is missing")
        yield f":95Q::{qualifier}//" + "\r\n".join(_narrative(it.counterparty, "counterparty", LINES))
    if it.counterparty_account:
        yield f":97A::SAFE//{_text(it.counterparty_account, 'counterparty_account', ACCOUNT)}"


def _sequence(name: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    yield f":16R:{name}"
    yield from lines
    yield f":16S:{name}"


def _text(text: str, field: str, longest: int) -> str:
    """Text of the character set, in one line, that cannot be taken for a field or the end of the block."""
    if not text:
        raise Fault("MISSING", field, f"{field} is missing")
    if len(text) > longest:
        raise Fault("TOO_LONG", field, f"{field} is {len(text)} characters, at most {longest} fit")
    if not _TEXT.fullmatch(text) or text[0] in ":-/" or text[-1] == "/" or "//" in text or text != text.strip():
        raise Fault("BAD_TEXT", field, f"{field} {text[:40]!a} cannot be written in the character set of SWIFT")
    return text


def _narrative(text: str, field: str, lines: int) -> list[str]:
    """Text over several lines of 35 characters."""
    parts = [text[start : start + LINE] for start in range(0, len(text), LINE)]
    if len(parts) > lines:
        raise Fault("TOO_LONG", field, f"{field} is {len(text)} characters, at most {lines * LINE} fit")
    if any(not _TEXT.fullmatch(part) or part[0] in ":-/" or part[-1] == " " for part in parts):
        raise Fault("BAD_TEXT", field, f"{field} {text[:40]!a} cannot be written in the character set of SWIFT")
    return parts


def _number(number: Decimal, field: str) -> str:
    """A number with a comma, 15 characters at most."""
    plain = format(number, "f")
    whole, _, fraction = plain.partition(".")
    text = f"{whole},{fraction.rstrip('0')}"
    if len(text) > NUMBER:
        raise Fault("BAD_NUMBER", field, f"{field} {plain} is longer than {NUMBER} characters")
    return text


def _currency(it: Instruct) -> str:
    if not re.fullmatch(r"[A-Z]{3}", it.currency, re.ASCII):
        raise Fault("BAD_VALUE", "currency", f"currency is {it.currency[:20]!a}, not a code of ISO 4217")
    return it.currency


def _money(it: Instruct, amount: Decimal, field: str) -> str:
    return f"{'N' if amount < 0 else ''}{_currency(it)}{_number(abs(amount), field)}"


def _terminal(bic: str, field: str) -> str:
    """The address of a logical terminal: BIC of eight, terminal, branch."""
    bic = v.bic(bic, field)
    return f"{bic[:8]}X{bic[8:] or HEAD_OFFICE}"


class _Found(NamedTuple):
    sequence: str
    tag: str
    qualifier: str
    value: str


class _Fields:
    """The fields of block 4 with the sequence each stands in. Raises Fault where sequences do not close."""

    def __init__(self, block: str) -> None:
        self.found: list[_Found] = []
        self.parties: list[list[_Found]] = []
        open_: list[str] = []
        for one in re.split(r"\r\n(?=:)", block):
            match = _FIELD.fullmatch(one)
            if not match:
                raise Fault("BAD_TEXT", "", f"no field: {one[:40]!a}")
            tag, qualifier, value = match[1], match[2] or "", match[3].removeprefix("/")
            if tag == "16R":
                open_.append(value)
                if value == "SETPRTY":
                    self.parties.append([])
            elif tag == "16S":
                if not open_ or open_.pop() != value:
                    raise Fault("BAD_TEXT", "16S", f"sequence {value[:20]!a} ends and did not begin")
            else:
                field = _Found(open_[-1] if open_ else "", tag, qualifier, value)
                (self.parties[-1] if field.sequence == "SETPRTY" else self.found).append(field)
        if open_:
            raise Fault("BAD_TEXT", "16R", f"sequence {open_[-1][:20]!a} does not end")

    def value(self, tag: str, qualifier: str = "", otherwise: str | None = None) -> str:
        """The value of the field, which must be there unless something stands for it."""
        for field in self.found:
            if (field.tag, field.qualifier) == (tag, qualifier):
                return field.value
        if otherwise is None:
            raise Fault("MISSING", f"{tag}:{qualifier}", f":{tag}::{qualifier} is missing")
        return otherwise

    def party(self, qualifier: str) -> tuple[str, str]:
        """(BIC or name, account) of a party; empty where it is not there."""
        for fields in self.parties:
            told = {field.qualifier: field.value for field in fields}
            if qualifier in told:
                return told[qualifier].replace("\r\n", ""), told.get("SAFE", "")
        return "", ""


def _read(message_id: str, direction: str, payment: str, fields: _Fields) -> Instruct:
    isin, symbol, description = _read_security(fields.value("35B"))
    kind, _, qty = fields.value("36B", "SETT").partition("/")
    if kind not in ("UNIT", "FAMT"):
        raise Fault("BAD_VALUE", "36B", f":36B::SETT is in {kind[:20]!a}, not UNIT or FAMT")
    account = fields.value("95R", "ACOW").removeprefix(f"{v.ISSUER}/")
    safekeeping = fields.value("97A", "SAFE")
    ours, theirs = ("DEAG", "REAG") if direction == "deliver" else ("REAG", "DEAG")
    counterparty, counterparty_account = fields.party(theirs)
    currency, net_money = "", v.ZERO
    if payment == "against_payment":
        currency, net_money = _read_money(fields.value("19A", "SETT"))
    accrued = fields.value("19A", "ACRU", "")
    priority = fields.value("22F", "PRIR", "0003")
    if not (priority.isascii() and priority.isdecimal() and len(priority) == 4):
        raise Fault("BAD_VALUE", "22F", f":22F::PRIR is {priority[:20]!a}, not four digits")
    return Instruct(
        message_id=message_id,
        reference=fields.value("20C", "SEME"),
        direction=direction,
        payment=payment,
        account=account,
        trade_date=_read_day(fields.value("98A", "TRAD")),
        settl_date=_read_day(fields.value("98A", "SETT")),
        isin=isin,
        symbol=symbol,
        qty=_read_number(qty),
        currency=currency,
        net_money=net_money,
        place_of_settlement=v.bic(fields.party("PSET")[0], "PSET"),
        counterparty=counterparty,
        face=kind == "FAMT",
        price=_read_price(fields),
        accrued=_read_money(accrued)[1] if accrued else v.ZERO,
        description=description,
        safekeeping_account="" if safekeeping == account else safekeeping,
        agent=fields.party(ours)[0],
        counterparty_account=counterparty_account,
        on_hold=fields.value("23G") == "PREA",
        partial=_PARTIAL.get(fields.value("22F", "STCO", "NPAR"), "not_allowed"),
        priority=int(priority),
        linked_to=fields.value("20C", "RELA", ""),
    )


def _read_security(value: str) -> tuple[str, str, str]:
    lines = value.split("\r\n")
    isin = lines.pop(0).removeprefix("ISIN ") if lines[0].startswith("ISIN ") else ""
    symbol = lines.pop(0).removeprefix("/TS/") if lines and lines[0].startswith("/TS/") else ""
    v.security(isin, symbol)
    return isin, symbol, "".join(lines)


def _read_price(fields: _Fields) -> Decimal | None:
    if percent := fields.value("90A", "DEAL", ""):
        text = percent.removeprefix("PRCT/")
        return -_read_number(text[1:]) if text.startswith("N") else _read_number(text)
    money = fields.value("90B", "DEAL", "")
    return _read_number(money.removeprefix("ACTU/")[3:]) if money else None


def _read_money(text: str) -> tuple[str, Decimal]:
    negative = text[:1] == "N" and text[1:4].isalpha()
    text = text[1:] if negative else text
    amount = _read_number(text[3:])
    return text[:3], -amount if negative else amount


def _read_number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise Fault("BAD_NUMBER", "", f"{text[:20]!a} is no number as 1000,25")
    return Decimal(text.replace(",", "."))


def _read_day(text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{8}", text, re.ASCII):
            return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    except ValueError:
        pass
    raise Fault("BAD_VALUE", "98A", f"{text[:20]!a} is no date as 20261124")
