"""What we write validates against its schema and is read back unchanged, whatever names and texts hold."""

import csv
import random
from datetime import UTC, date, datetime
from decimal import Decimal as D
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from oms.management import seed
from settlement.messages import Envelope, Instruct, Message, Status, bare, build, part, read
from settlement.messages.batch import KINDS
from settlement.messages.tree import Fault
from settlement.messages.values import is_bic, security
from settlement.standard_rates import PLACES
from tests.settlement.messages.making import MESSAGES, instructs
from tests.settlement.messages.trades import life

SCHEMAS = Path("/work/shared/xsd")
schemas = pytest.mark.skipif(not SCHEMAS.is_dir(), reason=f"the schemas of ISO 20022 are not in {SCHEMAS}")
ENVELOPE = Envelope("OMSXUS33", "CUSTUS33XXX", datetime(2026, 11, 24, 8, tzinfo=UTC), date(2026, 11, 24))
TRADES = 5_000
SOME = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMAS / f"{name}.xsd")))


def dated(message: Message) -> Envelope:
    """An envelope with the business date that a status takes from it."""
    return ENVELOPE._replace(business_date=getattr(message, "business_date", ENVELOPE.business_date))


def validated(message: Message) -> None:
    definition = KINDS[type(message)].definition
    if not definition.startswith("urn:"):
        schema(definition).assertValid(etree.fromstring(bare(message)))


@schemas
def test_the_messages_of_5000_trades_validate_and_are_read_back() -> None:
    """Instruction, statuses, confirmations and cancellation of each, in one batch file of everything."""
    told = [message for number in range(TRADES) for message in life(random.Random(number), number)]
    for message in told:
        validated(message)
    assert [
        one.message
        for start in range(0, len(told), 5_000)
        for one in read(build(told[start : start + 5_000], ENVELOPE)[0])
    ] == told


@schemas
@SOME
@given(instructs())
def test_every_instruction_validates_and_is_read_back(message: Instruct) -> None:
    validated(message)
    (back,) = read(build([message], ENVELOPE)[0])
    assert (back.message, back.refusal) == (message, None)


@schemas
@SOME
@given(MESSAGES)
def test_every_message_validates_and_is_read_back(message: Message) -> None:
    validated(message)
    (back,) = read(build([message], dated(message))[0])
    assert (back.message, back.refusal) == (message, None)


@schemas
def test_the_header_validates() -> None:
    message = Status("M1", "SI1", "C1", "accepted", date(2026, 11, 24))
    header = etree.fromstring(part(message, ENVELOPE))[0]
    schema("head.001.001.03").assertValid(header)


@FEW
@given(st.lists(MESSAGES, max_size=6).filter(bool))
def test_a_batch_is_read_back_whole_and_in_order(messages: list[Message]) -> None:
    data, refusals = build(messages, ENVELOPE)
    assert refusals == [None] * len(messages)
    back = [one.message for one in read(data)]
    assert [one._replace(business_date=date.min) if isinstance(one, Status) else one for one in back if one] == [
        one._replace(business_date=date.min) if isinstance(one, Status) else one
        for one in [
            m._replace(business_date=ENVELOPE.business_date) if hasattr(m, "business_date") else m for m in messages
        ]
    ]


INSTRUCT = Instruct(
    "SI000000000001-1", "SI000000000001", "receive", "against_payment", "EQ-ALPHA", date(2026, 11, 23),
    date(2026, 11, 24), "US0378331005", "AAPL", D(100), "USD", D("1000.25"), "DTCYUS33", "NSCC", price=D(10),
)  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"reference": ""}, "MISSING", "reference"),
        ({"reference": "S" * 36}, "TOO_LONG", "reference"),
        ({"reference": "S\x00"}, "BAD_TEXT", "reference"),
        ({"counterparty": "N\ud800"}, "BAD_TEXT", "counterparty"),
        ({"counterparty": "N\ufffe"}, "BAD_TEXT", "counterparty"),
        ({"counterparty": "N" * 351}, "TOO_LONG", "counterparty"),
        ({"counterparty": ""}, "MISSING", "counterparty"),
        ({"isin": "US037833100"}, "BAD_VALUE", "isin"),
        ({"isin": "", "symbol": ""}, "MISSING", "isin"),
        ({"qty": D(0)}, "NOT_POSITIVE", "qty"),
        ({"qty": D(-1)}, "NOT_POSITIVE", "qty"),
        ({"qty": D("12345678901234.12345678")}, "BAD_NUMBER", "qty"),
        ({"net_money": D("1.123456")}, "BAD_NUMBER", "amount"),
        ({"currency": "usd"}, "BAD_VALUE", "currency"),
        ({"place_of_settlement": "DTC"}, "BAD_VALUE", "place_of_settlement"),
        ({"agent": "not a bic"}, "BAD_VALUE", "agent"),
        ({"direction": "sideways"}, "BAD_VALUE", "direction"),
        ({"payment": "free"}, "BAD_VALUE", "net_money"),
        ({"partial": "perhaps"}, "BAD_VALUE", "partial"),
        ({"priority": 10_000}, "BAD_VALUE", "priority"),
        ({"price": D("1234.12345678"), "face": True}, "BAD_NUMBER", "price"),
    ],
)
def test_what_no_message_can_hold_is_refused_and_spoils_nothing_else(
    wrong: dict[str, object], code: str, field: str
) -> None:
    data, refusals = build([INSTRUCT, INSTRUCT._replace(**wrong), INSTRUCT], ENVELOPE)  # type: ignore[arg-type]
    assert [refusal and (refusal.code, refusal.field) for refusal in refusals] == [None, (code, field), None]
    assert [one.message for one in read(data)] == [INSTRUCT, INSTRUCT]


def test_nothing_to_write_is_no_file() -> None:
    assert build([INSTRUCT._replace(reference="")], ENVELOPE)[0] == b""


def test_a_reason_in_words_needs_its_code() -> None:
    with pytest.raises(Fault):
        bare(Status("M1", "SI1", "C1", "failing", date(2026, 11, 24), "", "because"))


def test_every_place_that_is_shipped_is_a_bic_and_every_instrument_can_be_named() -> None:
    assert [place.bic for place in PLACES if not is_bic(place.bic)] == []
    rows = csv.DictReader((Path(seed.__file__).parent / "instruments.csv").read_text().splitlines())
    for row in rows:
        assert security(row["isin"], row["symbol"], row["name"])
