"""What may come from outside instead of a batch file: each is answered with a name, and what is whole is taken."""

import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement.messages import Envelope, Status, batch, build, read

ENVELOPE = Envelope("CUSTUS33XXX", "OMSXUS33", datetime(2026, 11, 24, 8, tzinfo=UTC), date(2026, 11, 24))
TOLD = [Status(f"M{n}", f"SI{n:012d}", f"CU{n}", "accepted", date(2026, 11, 24)) for n in range(3)]
WHOLE = build(TOLD, ENVELOPE)[0]
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Batch xmlns="urn:oms:custody:batch:1"><BizMsg>&b;</BizMsg></Batch>"""


def codes(data: bytes) -> list[str]:
    """ "ok", or the code of the refusal, of every message."""
    return [one.refusal.code if one.refusal else "ok" for one in read(data)]


def second(change: bytes, old: bytes = b"CU1") -> bytes:
    """The batch with something changed in its second message."""
    assert old in WHOLE
    return WHOLE.replace(old, change, 1)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", ["TRUNCATED"]),
        (b"  \n", ["TRUNCATED"]),
        (b"rubbish", ["UNKNOWN_MESSAGE"]),
        (b'{"reference": "SI1"}', ["UNKNOWN_MESSAGE"]),
        (b"<Batch><BizMsg/></Batch>", ["UNKNOWN_MESSAGE"]),
        (WHOLE.replace(b"batch:1", b"batch:2"), ["UNKNOWN_MESSAGE"]),
        (BOMB, ["DTD_REFUSED"]),
        (WHOLE.replace(b"<Batch", b'<!DOCTYPE Batch SYSTEM "http://127.0.0.1/x.dtd"><Batch'), ["DTD_REFUSED"]),
        (second(b"<!-- <BizMsg> -->"), ["DTD_REFUSED"]),
        (second(b"<![CDATA[<BizMsg>evil</BizMsg>]]>"), ["DTD_REFUSED"]),
        (WHOLE.decode().encode("utf-16"), ["BAD_ENCODING"]),
        (WHOLE.decode().encode("utf-32"), ["BAD_ENCODING"]),
        (WHOLE.replace(b"UTF-8", b"ISO-8859-1"), ["BAD_ENCODING"]),
        (b'<?xml version="1.0" encoding="UTF-8"?>\n<Batch xmlns="urn:oms:custody:batch:1">\n', ["TRUNCATED"]),
        (b'<Batch xmlns="urn:oms:custody:batch:1"></Batch>', ["MALFORMED_XML"]),
        (WHOLE, ["ok", "ok", "ok"]),
        (b"\xef\xbb\xbf" + WHOLE, ["ok", "ok", "ok"]),
        (WHOLE.replace(b"</Batch>\n", b""), ["ok", "ok", "ok", "TRUNCATED"]),
        (WHOLE + b"more", ["ok", "ok", "ok", "MALFORMED_XML"]),
        (WHOLE[:-60], ["ok", "ok", "TRUNCATED"]),
        (second(b"\xe9"), ["ok", "BAD_ENCODING", "ok"]),
        (second(b"&external;"), ["ok", "MALFORMED_XML", "ok"]),
        (second(b"<open>"), ["ok", "MALFORMED_XML", "ok"]),
        (second(b"C\x00U"), ["ok", "MALFORMED_XML", "ok"]),
        (second(b"</BizMsg>"), ["ok", "MALFORMED_XML", "MALFORMED_XML", "ok"]),
        (second(b"C" * 36), ["ok", "TOO_LONG", "ok"]),
        (second(b"<X/>", b"SI000000000001"), ["ok", "BAD_TEXT", "ok"]),
        (second(b"", b"SI000000000001"), ["ok", "MISSING", "ok"]),
        (WHOLE.replace(b"sese.024.001.12", b"sese.024.001.09"), ["UNKNOWN_MESSAGE"] * 3),
        (WHOLE.replace(b"<MsgDefIdr>sese.024.001.12", b"<MsgDefIdr>sese.025.001.11"), ["UNKNOWN_MESSAGE"] * 3),
        (WHOLE.replace(b"head.001.001.03", b"head.001.001.01"), ["UNKNOWN_MESSAGE"] * 3),
        (WHOLE.replace(b"AckdAccptd", b"Whatever"), ["BAD_VALUE"] * 3),
        (WHOLE.replace(b"SctiesSttlmTxStsAdvc", b"Other"), ["MISSING"] * 3),
        (WHOLE.replace(b"2026-11-24T00", b"yesterdayT00"), ["BAD_VALUE"] * 3),
    ],
)  # fmt: skip
def test_each_fault_has_its_name_and_costs_itself_alone(data: bytes, found: list[str]) -> None:
    assert codes(data) == found
    whole = [one.message for one in read(data) if one.message]
    assert [one for one in whole if one not in TOLD] == []
    assert len(whole) == found.count("ok")


def test_a_message_that_cannot_be_read_still_says_whose_it_was() -> None:
    (_, broken, _) = read(second(b"<open>"))
    assert broken.reference == "SI000000000001"
    assert broken.raw.startswith(b"<BizMsg>")


def test_absurd_size_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST_MESSAGES", 2)
    assert codes(WHOLE) == ["TOO_LARGE"]
    monkeypatch.setattr(batch, "MOST_MESSAGES", 3)
    monkeypatch.setattr(batch, "MOST_MESSAGE_BYTES", 400)
    assert codes(second(b"C" * 30)) == ["TOO_LARGE"] * 3
    monkeypatch.setattr(batch, "MOST_BYTES", 100)
    assert codes(WHOLE) == ["TOO_LARGE"]


def test_depth_is_refused() -> None:
    assert codes(second(b"<a>" * 300 + b"</a>" * 300)) == ["ok", "MALFORMED_XML", "ok"]


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_whatever_happens_to_a_file_reading_answers(seed: int, changes: int) -> None:
    """Bytes lost, doubled, flipped, moved: every message that is answered as whole is one that was written."""
    dice, data = random.Random(seed), bytearray(WHOLE)
    for _ in range(changes):
        at = dice.randrange(len(data) or 1)
        what = dice.randrange(4)
        if what == 0:
            del data[at : at + dice.randrange(1, 200)]
        elif what == 1:
            data[at:at] = data[at : at + dice.randrange(1, 200)]
        elif what == 2 and data:
            data[at] = dice.randrange(256)
        else:
            del data[at:]
        if not data:
            break
    found = read(bytes(data))
    assert found
    assert all((one.message is None) != (one.refusal is None) for one in found)
