"""Our words to FIX and back, and everything that may not pass."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.fix import codec, marketdata
from routing.fix.codec import SOH, Malformed
from routing.fix.marketdata import BID, OFFER, TRADE, MdEntry

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30)
DECIMALS = st.decimals(
    min_value=Decimal("-99999999999999999999"), max_value=Decimal("99999999999999999999"), places=8, allow_nan=False
)
TIMES = st.datetimes().filter(lambda moment: moment.year >= 1000).map(lambda moment: moment.isoformat() + "+00:00")


def values() -> st.SearchStrategy[dict[str, Any]]:
    """Any fields, each with values of its kind."""
    kinds: dict[str, st.SearchStrategy[Any]] = {}
    for name, (_, kind) in codec.FIELDS.items():
        if kind.encode is codec._decimal:
            kinds[name] = DECIMALS.map(lambda number: format(number, "f"))
        elif kind.encode is codec._integer:
            kinds[name] = st.integers(-999, 999)
        elif kind.encode is codec._utc:
            kinds[name] = TIMES
        elif kind.encode is codec._date:
            kinds[name] = st.dates().filter(lambda day: day.year >= 1000).map(lambda day: day.isoformat())
        elif kind.encode is codec._text:
            kinds[name] = TEXTS
    for name, codes in (
        ("side", codec.SIDE), ("ord_type", codec.ORD_TYPE), ("time_in_force", codec.TIME_IN_FORCE),
        ("ord_status", codec.ORD_STATUS), ("exec_type", codec.EXEC_TYPE), ("poss_dup", codec.FLAG),
        ("poss_resend", codec.FLAG), ("cxl_rej_response_to", codec.CXL_REJ_RESPONSE_TO),
    ):  # fmt: skip
        kinds[name] = st.sampled_from(list(codes))
    assert kinds.keys() == codec.FIELDS.keys()
    return st.fixed_dictionaries({}, optional=kinds)


def whole(body: str, seq: int = 7) -> str:
    """A body with the header and trailer a session gives it."""
    return f"8=FIX.4.4{SOH}9=0{SOH}{body}34={seq}{SOH}49=A{SOH}52=20261123-15:00:00.000{SOH}56=B{SOH}10=000{SOH}"


@given(values())
def test_what_is_sent_is_what_is_received(fields: dict[str, Any]) -> None:
    received = codec.decode(whole(codec.encode("8", fields)))
    assert received.fields == fields
    assert (received.msg_type, received.msg_seq_num) == ("8", 7)


def test_codes_are_those_of_fix() -> None:
    body = codec.encode("D", {"side": "buy", "ord_type": "limit", "time_in_force": "fill_or_kill", "price": None})
    assert body == SOH.join(["35=D", "54=1", "40=2", "59=4", ""])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("price", "1e5"), ("price", "NaN"), ("price", "Infinity"), ("price", "1.123456789"), ("price", ""),
        ("price", 1.5), ("price", "\uff11"), ("price", "1_000"), ("price", " 1"), ("price", Decimal("NaN")),
        ("order_qty", "+5"), ("order_qty", "5."), ("side", "long"), ("side", "1"), ("ord_type", "LIMIT"),
        ("text", "naïve"), ("text", f"a{SOH}54=2"), ("text", "a\nb"), ("text", ""), ("cl_ord_id", 5),
        ("transact_time", "2026-11-23T15:00:00"), ("transact_time", "2026-11-23T15:00:00+01:00"),
        ("cxl_rej_reason", "one"), ("no_such_field", "1"),
    ],
)  # fmt: skip
def test_what_has_no_fix_form_is_refused(name: str, value: Any) -> None:
    with pytest.raises(Malformed, match=name):
        codec.encode("D", {name: value})


def test_a_decimal_is_written_plainly() -> None:
    assert "44=0.00000001" in codec.encode("D", {"price": Decimal("1E-8")})
    assert "38=1000000" in codec.encode("D", {"order_qty": Decimal("1E+6")})


@pytest.mark.parametrize("tag", ["44=1e5", "44=NaN", "44=.", "54=9", "150=Z", "60=yesterday", "102=x"])
def test_what_a_venue_may_not_send_is_malformed(tag: str) -> None:
    with pytest.raises(Malformed, match=f"tag {tag.split('=', maxsplit=1)[0]}"):
        codec.decode(whole(f"35=8{SOH}{tag}{SOH}"))


def test_a_venue_may_write_numbers_loosely() -> None:
    fields = codec.decode(whole(f"35=8{SOH}44=.5{SOH}6=5.{SOH}31=-0.250000000000{SOH}")).fields
    assert fields == {"price": "0.5", "avg_px": "5", "last_px": "-0.25"}


def test_strange_bytes_never_travel_further() -> None:
    fields = codec.decode(whole(f"35=8{SOH}58=caf\udcc3\udca9 \x00{SOH}")).fields
    assert fields == {"text": "caf?? ?"}
    assert codec.clean("caf\udcc3\x00").isascii()
    assert "\x00" not in codec.clean("\x00")


def test_unknown_tags_are_left_to_the_raw_text() -> None:
    assert codec.decode(whole(f"35=8{SOH}9999=x{SOH}11=A{SOH}")).fields == {"cl_ord_id": "A"}


ENTRIES = st.builds(
    MdEntry,
    st.sampled_from(["AAPL", "MSFT"]), st.sampled_from(["XNAS", "BATS"]), st.sampled_from([BID, OFFER, TRADE]),
    st.integers(1, 10**6).map(str), st.integers(1, 10**6).map(str),
)  # fmt: skip


@given(st.lists(ENTRIES, max_size=20))
def test_incremental_entries_keep_their_order_and_content(entries: list[MdEntry]) -> None:
    assert marketdata.decode_entries(whole(marketdata.encode_incremental(entries))) == entries


def test_an_empty_side_is_a_deletion() -> None:
    gone = MdEntry("AAPL", "XNAS", BID, None, None)
    assert "279=2" in marketdata.encode_incremental([gone])
    assert marketdata.decode_entries(whole(marketdata.encode_incremental([gone]))) == [gone]


def test_a_snapshot_without_a_side_says_that_it_is_empty() -> None:
    offer = MdEntry("AAPL", "XNAS", OFFER, "10", "5")
    raw = whole(marketdata.encode_snapshot("R", "AAPL", "XNAS", [offer]))
    assert marketdata.decode_entries(raw) == [MdEntry("AAPL", "XNAS", BID, None, None), offer]


def test_a_request_for_many_symbols() -> None:
    symbols = [f"S{n}" for n in range(100)]
    assert marketdata.decode_request(whole(marketdata.encode_request("R", symbols))) == ("R", True, symbols)
    assert not marketdata.decode_request(whole(marketdata.encode_request("R", symbols, subscribe=False))).subscribe


def test_market_data_that_lacks_something_is_malformed() -> None:
    with pytest.raises(Malformed):
        marketdata.decode_entries(whole(f"35=X{SOH}268=1{SOH}279=1{SOH}269=0{SOH}"))
