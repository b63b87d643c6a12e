"""The custodian's statements at the end of its day, an account each: holdings (semt.002.001.11), movements
(semt.017.001.12) and cash (camt.053.001.10).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from settlement.messages import values as v
from settlement.messages.tree import Fault, Node, Reader

_PAGE = ("Pgntn", ("PgNb", "1"), ("LastPgInd", "true"))
# Kinds of cash movements, and their codes of the custodian's own (camt.053, BkTxCd/Prtry).
KINDS = {
    "settlement": "STLM", "dividend": "DVCA", "coupon": "INTR", "redemption": "REDM", "fee": "CHRG", "margin": "MARG",
    "penalty": "PNLT", "transfer": "TRFR", "other": "OTHR",
}  # fmt: skip
_KIND = {code: word for word, code in KINDS.items()}


class Holding(NamedTuple):
    """What an account holds of a security: units, or face amount; negative where it is short."""

    isin: str
    symbol: str
    qty: Decimal
    face: bool = False


class HoldingsStatement(NamedTuple):
    """Everything an account held at the end of ``day``, as settled. A correction has the first's ``statement_id``."""

    message_id: str
    account: str
    day: date
    lines: tuple[Holding, ...]
    statement_id: str = ""


class Moved(NamedTuple):
    """One movement of securities, and the money for it: positive where it came in."""

    reference: str
    custodian_reference: str
    isin: str
    symbol: str
    direction: str
    qty: Decimal
    currency: str
    money: Decimal
    settled_on: date
    face: bool = False


class MovementsStatement(NamedTuple):
    """Every movement of securities of an account on ``day``."""

    message_id: str
    account: str
    day: date
    lines: tuple[Moved, ...]
    statement_id: str = ""


class CashLine(NamedTuple):
    """One movement of money: positive where it came in. ``reference`` is ours where it has one."""

    reference: str
    amount: Decimal
    value_date: date
    kind: str
    custodian_reference: str = ""


class CashStatement(NamedTuple):
    """The money of an account in one currency on ``day``: opening, movements, closing."""

    message_id: str
    account: str
    currency: str
    day: date
    opening: Decimal
    closing: Decimal
    lines: tuple[CashLine, ...]
    statement_id: str = ""


Statement = HoldingsStatement | MovementsStatement | CashStatement


def holdings(it: HoldingsStatement) -> Node:
    """semt.002.001.11, SecuritiesBalanceCustodyReport. Raises Fault."""
    return (
        "Document",
        (
            "SctiesBalCtdyRpt",
            _PAGE,
            (
                "StmtGnlDtls",
                ("StmtId", _named(it)),
                v.day("StmtDtTm", it.day, wrapped=False),
                ("Frqcy", ("Cd", "DAIL")),
                ("UpdTp", ("Cd", "COMP")),
                ("StmtBsis", ("Cd", "SETT")),
                ("ActvtyInd", _flag(bool(it.lines))),
                ("SubAcctInd", "false"),
            ),
            v.owner(it.account),
            ("SfkpgAcct", ("Id", v.limited(it.account, "account"))),
            *(_holding(line) for line in it.lines),
        ),
    )


def _holding(line: Holding) -> Node:
    side = "SHOR" if line.qty < 0 else "LONG"
    amount = v.amount_of(abs(line.qty), line.face)
    return (
        "BalForAcct",
        v.security(line.isin, line.symbol),
        ("AggtBal", ("ShrtLngInd", side), ("Qty", ("Qty", ("Qty", amount)))),
    )


def read_holdings(message_id: str, body: Reader) -> HoldingsStatement:
    """The statement of a semt.002. Raises Fault."""
    at = body.need("SctiesBalCtdyRpt")
    _whole(at)
    lines = []
    for one in at.all("BalForAcct"):
        isin, symbol, _ = v.read_security(one)
        qty, face = v.read_amount(one.need("AggtBal/Qty/Qty/Qty"))
        short = one.word("AggtBal/ShrtLngInd", {"SHOR": "short", "LONG": "long"}) == "short"
        lines.append(Holding(isin, symbol, -qty if short and qty else qty, face))
    day, name = at.day("StmtGnlDtls/StmtDtTm/Dt"), _read_name(at, "StmtGnlDtls/StmtId", message_id)
    return HoldingsStatement(message_id, _account(at), day, tuple(lines), name)


def movements(it: MovementsStatement) -> Node:
    """semt.017.001.12, SecuritiesTransactionPostingReport. Raises Fault."""
    return (
        "Document",
        (
            "SctiesTxPstngRpt",
            _PAGE,
            (
                "StmtGnlDtls",
                ("StmtId", _named(it)),
                ("StmtPrd", ("FrDtToDt", ("FrDt", it.day.isoformat()), ("ToDt", it.day.isoformat()))),
                ("StmtBsis", ("Cd", "SETT")),
                ("ActvtyInd", _flag(bool(it.lines))),
                ("SubAcctInd", "false"),
            ),
            v.owner(it.account),
            ("SfkpgAcct", ("Id", v.limited(it.account, "account"))),
            # Movements of one security stand together; a change of security begins the next group.
            *(_moved(list(group)) for _, group in groupby(it.lines, key=lambda line: (line.isin, line.symbol))),
        ),
    )


def _moved(lines: Sequence[Moved]) -> Node:
    return ("FinInstrmDtls", v.security(lines[0].isin, lines[0].symbol), *map(_transaction, lines))


def _transaction(line: Moved) -> Node:
    return (
        "Tx",
        ("AcctOwnrTxId", v.limited(line.reference, "reference")),
        ("AcctSvcrTxId", v.limited(line.custodian_reference, "custodian_reference"))
        if line.custodian_reference
        else None,
        (
            "TxDtls",
            ("TxActvty", ("Cd", "SETT")),
            ("SctiesMvmntTp", v.one_of(line.direction, v.MOVEMENTS, "direction")),
            ("Pmt", "APMT" if line.currency else "FREE"),
            v.quantity("PstngQty", line.qty, line.face),
            v.money("PstngAmt", line.currency, line.money, credit=True, flag="CdtDbt") if line.currency else None,
            v.day("FctvSttlmDt", line.settled_on, wrapped=False),
        ),
    )


def read_movements(message_id: str, body: Reader) -> MovementsStatement:
    """The statement of a semt.017. Raises Fault."""
    at = body.need("SctiesTxPstngRpt")
    _whole(at)
    day, last = (at.day(f"StmtGnlDtls/StmtPrd/FrDtToDt/{end}") for end in ("FrDt", "ToDt"))
    if day != last:
        raise Fault("BAD_VALUE", "StmtPrd", f"the statement covers {day} to {last}; one of a single day is expected")
    lines = tuple(line for group in at.all("FinInstrmDtls") for line in _read_moved(group))
    return MovementsStatement(message_id, _account(at), day, lines, _read_name(at, "StmtGnlDtls/StmtId", message_id))


def _read_moved(group: Reader) -> Iterator[Moved]:
    isin, symbol, _ = v.read_security(group)
    for one in group.all("Tx"):
        told = one.need("TxDtls")
        qty, face = v.read_quantity(told, "PstngQty")
        paid = told.find("PstngAmt")
        currency, money = v.read_money(paid, credit=True, flag="CdtDbt") if paid else ("", v.ZERO)
        yield Moved(
            v.read_reference(one, "AcctOwnrTxId"), v.read_reference(one, "AcctSvcrTxId", optional=True), isin, symbol,
            told.word("SctiesMvmntTp", v.DIRECTION), qty, currency, money, told.day("FctvSttlmDt/Dt"), face,
        )  # fmt: skip


def cash(it: CashStatement) -> Node:
    """camt.053.001.10, BankToCustomerStatement: one account, one currency, one day. Raises Fault."""
    made = datetime.combine(it.day, time(23, 59, 59), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        "Document",
        (
            "BkToCstmrStmt",
            ("GrpHdr", ("MsgId", v.limited(it.message_id, "message_id")), ("CreDtTm", made)),
            (
                "Stmt",
                ("Id", _named(it)),
                ("StmtPgntn", *_PAGE[1:]),
                ("Acct", ("Id", ("Othr", ("Id", v.limited(it.account, "account", 34)))), ("Ccy", it.currency)),
                _balance("OPBD", it.currency, it.opening, it.day),
                _balance("CLBD", it.currency, it.closing, it.day),
                *(_entry(line, it.currency, it.day) for line in it.lines),
            ),
        ),
    )


def _balance(code: str, currency: str, amount: Decimal, day: date) -> Node:
    _, paid, sign = v.money("Bal", currency, amount, credit=True)
    return ("Bal", ("Tp", ("CdOrPrtry", ("Cd", code))), paid, sign, v.day("Dt", day, wrapped=False))


def _entry(line: CashLine, currency: str, day: date) -> Node:
    _, paid, sign = v.money("Ntry", currency, line.amount, credit=True)
    theirs = line.custodian_reference
    return (
        "Ntry",
        ("NtryRef", v.limited(line.reference, "reference")) if line.reference else None,
        paid,
        sign,
        ("Sts", ("Cd", "BOOK")),
        v.day("BookgDt", day, wrapped=False),
        v.day("ValDt", line.value_date, wrapped=False),
        ("AcctSvcrRef", v.limited(theirs, "custodian_reference")) if theirs else None,
        ("BkTxCd", ("Prtry", ("Cd", v.one_of(line.kind, KINDS, "kind")))),
    )


def read_cash(message_id: str, body: Reader) -> CashStatement:
    """The statement of a camt.053. Raises Fault; also where an entry is in another currency than the account."""
    at = body.need("BkToCstmrStmt/Stmt")
    _whole(at, "StmtPgntn")
    currency = at.text("Acct/Ccy")
    balances = {one.text("Tp/CdOrPrtry/Cd"): one for one in at.all("Bal")}
    if missing := {"OPBD", "CLBD"} - set(balances):
        raise Fault("MISSING", "Bal", f"the statement has no balance {' and '.join(sorted(missing))}")
    opening, closing = (_of(currency, balances[code]) for code in ("OPBD", "CLBD"))
    lines = tuple(_read_entry(one, currency) for one in at.all("Ntry"))
    account = v.read_reference(at, "Acct/Id/Othr/Id")
    day = balances["CLBD"].day("Dt/Dt")
    name = _read_name(at, "Id", message_id)
    return CashStatement(message_id, account, currency, day, opening, closing, lines, name)


def _read_entry(one: Reader, currency: str) -> CashLine:
    return CashLine(
        v.read_reference(one, "NtryRef", optional=True), _of(currency, one), one.day("ValDt/Dt"),
        _KIND.get(one.text("BkTxCd/Prtry/Cd", ""), "other"), v.read_reference(one, "AcctSvcrRef", optional=True),
    )  # fmt: skip


def _of(currency: str, at: Reader) -> Decimal:
    """An amount in the currency of the statement."""
    found, amount = v.read_money(at, credit=True)
    if found != currency:
        raise Fault("BAD_VALUE", "Ccy", f"{at.where} is in {found}, the account in {currency}")
    return amount


def _named(it: Statement) -> str:
    """What the statement is called: as its message, unless it is a statement's that was sent before."""
    return v.limited(it.statement_id or it.message_id, "statement_id")


def _read_name(at: Reader, path: str, message_id: str) -> str:
    """StmtId, or Stmt/Id; "" where it is the message's name, or left out."""
    name = v.read_reference(at, path, optional=True)
    return "" if name == message_id else name


def _account(at: Reader) -> str:
    return v.read_owner(at) or v.read_reference(at, "SfkpgAcct/Id")


def _flag(on: bool) -> str:
    return "true" if on else "false"


def _whole(at: Reader, name: str = "Pgntn") -> None:
    """A statement of several pages would be compared as if what is on the others were not there."""
    if at.text(f"{name}/PgNb", "1").lstrip("0") != "1" or at.text(f"{name}/LastPgInd", "true") not in ("true", "1"):
        raise Fault("BAD_VALUE", name, "the statement has several pages; one page a statement is expected")
