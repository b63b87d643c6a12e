"""MT540 to MT543: the text as a custodian expects it, read back unchanged, refused where it cannot be written."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms.base.refusal import Refusal
from settlement.messages import Instruct, mt
from tests.settlement.messages.making import BICS, CURRENCIES, DAYS, ISINS

OURS, THEIRS = "OMSXUS33", "CUSTUS33XXX"
SOLD = Instruct(
    "SI000000000007-2", "SI000000000007", "deliver", "against_payment", "EQ-ALPHA", date(2026, 11, 23),
    date(2026, 11, 24), "US0378331005", "AAPL", D(100), "USD", D("1049.5"), "DTCYUS33", "NSCC", price=D("10.5"),
    description="Apple Inc.", safekeeping_account="SAFE-1", agent="CUSTUS33XXX", partial="allowed",
    linked_to="SI000000000006",
)  # fmt: skip
TEXT = """{1:F01OMSXUS33XXXX0000000000}{2:I543CUSTUS33XXXXN}{3:{108:SI000000000007-2}}{4:
:16R:GENL
:20C::SEME//SI000000000007
:23G:NEWM
:16R:LINK
:22F::LINK//AFTE
:20C::RELA//SI000000000006
:16S:LINK
:16S:GENL
:16R:TRADDET
:98A::SETT//20261124
:98A::TRAD//20261123
:90B::DEAL//ACTU/USD10,5
:35B:ISIN US0378331005
/TS/AAPL
Apple Inc.
:16S:TRADDET
:16R:FIAC
:36B::SETT//UNIT/100,
:95R::ACOW/OMS/EQ-ALPHA
:97A::SAFE//SAFE-1
:16S:FIAC
:16R:SETDET
:22F::SETR//TRAD
:22F::STCO//PART
:22F::PRIR//0003
:16R:SETPRTY
:95P::DEAG//CUSTUS33XXX
:16S:SETPRTY
:16R:SETPRTY
:95Q::REAG//NSCC
:16S:SETPRTY
:16R:SETPRTY
:95P::PSET//DTCYUS33
:16S:SETPRTY
:16R:AMT
:19A::SETT//USD1049,5
:16S:AMT
:16S:SETDET
-}"""


def test_a_delivery_against_payment_as_text() -> None:
    built = mt.build(SOLD, OURS, THEIRS)
    assert built == TEXT.replace("\n", "\r\n")
    assert mt.read(built) == SOLD


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 .,'()+?]{0,32}[A-Za-z0-9.]", fullmatch=True)
AMOUNTS = st.decimals(D("-9999999999"), D("9999999999"), places=2)
QUANTITIES = st.decimals(D("0.01"), D("9999999999"), places=2)


@st.composite
def writable(draw: st.DrawFn) -> Instruct:
    face, free = draw(st.booleans()), draw(st.booleans())
    prices = st.decimals(D(-999), D(999), places=6) if face else st.decimals(D(0), D(99999), places=6)
    return Instruct(
        draw(st.from_regex(r"SI[0-9]{12}-[0-9]", fullmatch=True)), draw(st.from_regex(r"SI[0-9]{12}", fullmatch=True)),
        draw(st.sampled_from(["deliver", "receive"])), "free" if free else "against_payment",
        draw(st.sampled_from(["EQ-ALPHA", "FI-GOVT"])), draw(DAYS), draw(DAYS), draw(ISINS),
        draw(st.sampled_from(["", "AAPL", "BRK.B"])), draw(QUANTITIES), "" if free else draw(CURRENCIES),
        D(0) if free else draw(AMOUNTS), draw(BICS), draw(BICS | NAMES), face,
        None if free else draw(st.none() | prices), D(0) if free else draw(AMOUNTS), draw(st.just("") | NAMES),
        draw(st.sampled_from(["", "SAFE-1"])), draw(st.just("") | BICS), draw(st.sampled_from(["", "CP/77"])),
        draw(st.booleans()), draw(st.sampled_from(["allowed", "not_allowed"])), draw(st.integers(0, 9999)),
        draw(st.just("") | st.from_regex(r"SI[0-9]{12}", fullmatch=True)),
    )  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(writable())
def test_what_is_written_is_read_back(it: Instruct) -> None:
    built = mt.build(it, OURS, THEIRS)
    assert isinstance(built, str), built
    assert mt.read(built) == it


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"counterparty": "三井住友信託銀行"}, "BAD_TEXT", "counterparty"),
        ({"counterparty": "A&B"}, "BAD_TEXT", "counterparty"),
        ({"counterparty": "-}{5:"}, "BAD_TEXT", "counterparty"),
        ({"counterparty": "N" * 141}, "TOO_LONG", "counterparty"),
        ({"counterparty": ""}, "MISSING", "counterparty"),
        ({"description": "a\r\n:20C::SEME//X"}, "BAD_TEXT", "description"),
        ({"reference": "S" * 17}, "TOO_LONG", "reference"),
        ({"qty": D("1234567.12345678")}, "BAD_NUMBER", "qty"),
        ({"qty": D(0)}, "NOT_POSITIVE", "qty"),
        ({"price": D(-1)}, "BAD_NUMBER", "price"),
        ({"currency": "usd"}, "BAD_VALUE", "currency"),
        ({"payment": "free"}, "BAD_VALUE", "net_money"),
        ({"payment": "later"}, "BAD_VALUE", "payment"),
        ({"place_of_settlement": "DTC"}, "BAD_VALUE", "place_of_settlement"),
    ],
)
def test_what_it_cannot_hold_is_refused(wrong: dict[str, object], code: str, field: str) -> None:
    answer = mt.build(SOLD._replace(**wrong), OURS, THEIRS)  # type: ignore[arg-type]
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == (code, field)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("I543", "I999", "UNKNOWN_MESSAGE"),
        (":16S:FIAC\n", "", "BAD_TEXT"),
        (":35B:ISIN US0378331005\n/TS/AAPL\n", ":35B:", "MISSING"),
        (":98A::SETT//20261124", ":98A::SETT//20261324", "BAD_VALUE"),
        ("UNIT/100,", "UNIT/100.", "BAD_NUMBER"),
        (":19A::SETT//USD1049,5\n", "", "MISSING"),
        (":95P::PSET//DTCYUS33", ":95P::PSET//DTC", "BAD_VALUE"),
    ],
)
def test_text_that_is_none_is_named(old: str, new: str, code: str) -> None:
    assert old in TEXT
    answer = mt.read(TEXT.replace(old, new).replace("\n", "\r\n"))
    assert isinstance(answer, Refusal)
    assert answer.code == code
