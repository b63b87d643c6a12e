"""Messages as Hypothesis makes them: every kind, with what names and texts may hold."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from settlement.messages.instruct import Cancel, Instruct
from settlement.messages.movement import Movement
from settlement.messages.statement import (
    KINDS,
    CashLine,
    CashStatement,
    Holding,
    HoldingsStatement,
    Moved,
    MovementsStatement,
)
from settlement.messages.status import PLACES, CancelAnswer, Confirmation, Status

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "GBP", "CHF"])
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
BICS = st.from_regex(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", fullmatch=True).filter(str.isascii)
ISINS = st.from_regex(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", fullmatch=True)


def texts(longest: int) -> st.SearchStrategy[str]:
    """Text that XML can hold: markup, line ends, any script; never surrogates or controls."""
    letters = st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\t\n\r", exclude_characters="\ufffe\uffff"
    )
    awkward = st.sampled_from(
        ["A&B <Ltd> \"'", "]]>", "株式会社", "Größe", "<!DOCTYPE x>", "&amp;", "-->", " x ", "🏦"]
    )
    return st.text(letters, min_size=1, max_size=longest) | awkward.filter(lambda text: len(text) <= longest)


REFERENCES = st.from_regex(r"SI[0-9]{12}(-[0-9]{1,4})?", fullmatch=True) | texts(35)
SYMBOLS = st.sampled_from(["AAPL", "BRK.B", "ESZ6"]) | texts(24)
ACCOUNTS = st.sampled_from(["EQ-ALPHA", "FI-GOVT"]) | texts(16)
UNITS = st.decimals(Decimal("0.00000001"), Decimal("9999999999"), places=8)
FACES = st.decimals(Decimal("0.01"), Decimal("9999999999999"), places=2)
MONEY = st.decimals(Decimal("-9999999999999"), Decimal("9999999999999"), places=5)
PRICES = st.decimals(Decimal("-99999"), Decimal("99999"), places=8)
RATES = st.decimals(Decimal(-999), Decimal(999), places=8)
CODES = st.sampled_from(["LACK", "CLAC", "MONY", "OTHR"])


@st.composite
def instructs(draw: st.DrawFn) -> Instruct:
    """Instructions of every kind."""
    face, free = draw(st.booleans()), draw(st.booleans())
    isin = draw(ISINS | st.just(""))
    return Instruct(
        message_id=draw(REFERENCES),
        reference=draw(REFERENCES),
        direction=draw(st.sampled_from(["deliver", "receive"])),
        payment="free" if free else "against_payment",
        account=draw(ACCOUNTS),
        trade_date=draw(DAYS),
        settl_date=draw(DAYS),
        isin=isin,
        symbol=draw(SYMBOLS) if not isin or draw(st.booleans()) else "",
        qty=draw(FACES if face else UNITS),
        currency="" if free else draw(CURRENCIES),
        net_money=Decimal(0) if free else draw(MONEY),
        place_of_settlement=draw(BICS),
        counterparty=draw(BICS | texts(350)),
        face=face,
        price=None if free else draw(st.none() | (RATES if face else PRICES)),
        accrued=Decimal(0) if free else draw(MONEY),
        description=draw(st.just("") | texts(140)),
        safekeeping_account=draw(st.just("") | texts(35)),
        agent=draw(st.just("") | BICS),
        counterparty_account=draw(st.just("") | texts(35)),
        on_hold=draw(st.booleans()),
        partial=draw(st.sampled_from(["allowed", "not_allowed"])),
        priority=draw(st.integers(0, 9999)),
        linked_to=draw(st.just("") | REFERENCES),
    )


CANCELS = st.builds(
    Cancel, message_id=REFERENCES, reference=REFERENCES, direction=st.sampled_from(["deliver", "receive"]),
    payment=st.sampled_from(["free", "against_payment"]), account=ACCOUNTS,
    custodian_reference=st.just("") | REFERENCES,
)  # fmt: skip


@st.composite
def statuses(draw: st.DrawFn) -> Status:
    """Statuses with and without reasons."""
    status = draw(st.sampled_from(sorted(PLACES)))
    code = "OTHR" if status != "matched" and draw(st.booleans()) else ""
    return Status(
        draw(REFERENCES), draw(REFERENCES), draw(st.just("") | REFERENCES), status, draw(DAYS), code,
        draw(st.just("") | texts(210)) if code else "",
    )  # fmt: skip


@st.composite
def confirmations(draw: st.DrawFn) -> Confirmation:
    """Whole, partial and last confirmations."""
    face, free = draw(st.booleans()), draw(st.booleans())
    quantities = FACES if face else UNITS
    rest = st.just(Decimal(0)) | quantities
    isin = draw(ISINS | st.just(""))
    return Confirmation(
        draw(REFERENCES), draw(REFERENCES), draw(REFERENCES), draw(st.sampled_from(["deliver", "receive"])),
        "free" if free else "against_payment", draw(ACCOUNTS), isin, "" if isin else draw(SYMBOLS), draw(quantities),
        "" if free else draw(CURRENCIES), Decimal(0) if free else draw(MONEY), draw(DAYS), draw(DAYS), face,
        draw(rest), draw(rest),
    )  # fmt: skip


@st.composite
def cancel_answers(draw: st.DrawFn) -> CancelAnswer:
    """What becomes of cancel requests."""
    code = draw(st.sampled_from(["", "OTHR"]))
    return CancelAnswer(
        draw(REFERENCES), draw(REFERENCES), draw(REFERENCES), draw(st.just("") | REFERENCES),
        draw(st.sampled_from(["deliver", "receive"])), draw(st.sampled_from(["free", "against_payment"])),
        draw(st.sampled_from(["cancelled", "denied", "rejected", "pending"])), draw(DAYS), code,
        draw(st.just("") | texts(210)) if code else "",
    )  # fmt: skip


# What a statement is called where it corrects another; "" where it is called as its message is.
NAMES = st.just("") | REFERENCES


def unnamed(one: Any) -> Any:
    """The statement without a name of its own that is its message's."""
    return one._replace(statement_id="") if one.statement_id == one.message_id else one


@st.composite
def holdings(draw: st.DrawFn) -> HoldingsStatement:
    """Statements of holdings, long, short and empty."""
    lines = []
    for _ in range(draw(st.integers(0, 4))):
        face = draw(st.booleans())
        qty = draw(FACES if face else UNITS) * draw(st.sampled_from([1, -1]))
        lines.append(Holding(draw(ISINS), draw(st.just("") | SYMBOLS), qty, face))
    return unnamed(HoldingsStatement(draw(REFERENCES), draw(ACCOUNTS), draw(DAYS), tuple(lines), draw(NAMES)))


@st.composite
def movements(draw: st.DrawFn) -> MovementsStatement:
    """Statements of movements, against payment and free."""
    lines = []
    for _ in range(draw(st.integers(0, 4))):
        face, free = draw(st.booleans()), draw(st.booleans())
        lines.append(
            Moved(
                draw(REFERENCES), draw(st.just("") | REFERENCES), draw(ISINS), draw(st.just("") | SYMBOLS),
                draw(st.sampled_from(["deliver", "receive"])), draw(FACES if face else UNITS),
                "" if free else draw(CURRENCIES), Decimal(0) if free else draw(MONEY), draw(DAYS), face,
            )
        )  # fmt: skip
    return unnamed(MovementsStatement(draw(REFERENCES), draw(ACCOUNTS), draw(DAYS), tuple(lines), draw(NAMES)))


CASH_LINES = st.builds(
    CashLine, reference=st.just("") | REFERENCES, amount=MONEY, value_date=DAYS, kind=st.sampled_from(sorted(KINDS)),
    custodian_reference=st.just("") | REFERENCES,
)  # fmt: skip
CASH = st.builds(
    CashStatement, message_id=REFERENCES, account=ACCOUNTS, currency=CURRENCIES, day=DAYS, opening=MONEY,
    closing=MONEY, lines=st.lists(CASH_LINES, max_size=4).map(tuple), statement_id=NAMES,
).map(unnamed)  # fmt: skip


@st.composite
def own_movements(draw: st.DrawFn) -> Movement:
    """What the simulated custodian is told of beside instructions."""
    of_money, face = draw(st.booleans()), draw(st.booleans())
    return Movement(
        draw(REFERENCES), draw(REFERENCES), draw(ACCOUNTS), draw(DAYS), draw(MONEY), draw(st.sampled_from(sorted(KINDS))),
        draw(CURRENCIES) if of_money else "", "" if of_money else draw(ISINS),
        "" if of_money else draw(st.just("") | SYMBOLS), not of_money and face,
    )  # fmt: skip


MESSAGES = st.one_of(
    instructs(), CANCELS, statuses(), confirmations(), cancel_answers(), holdings(), movements(), CASH, own_movements()
)
