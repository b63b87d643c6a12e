"""Our words to FIX and back, and everything that may not pass."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.fix import codec, marketdata
from routing.fix.codec import SOH, Malformed, Reason
from routing.fix.marketdata import BID, OFFER, TRADE, MdEntry
from routing.fix.parts import FIX42, FIX44, FIX50, VERSIONS
from tests.routing.fix.fields import messages

BEGINS = {FIX42: "FIX.4.2", FIX44: "FIX.4.4", FIX50: "FIXT.1.1"}
AT = "2026-11-23T15:00:00+00:00"
BASE = {"cl_ord_id": "1", "symbol": "AAPL", "side": "buy", "order_qty": "5", "transact_time": AT}


def whole(body: str, seq: int = 7, version: str = FIX44) -> str:
    """A body with the header and trailer a session gives it."""
    head = f"8={BEGINS[version]}{SOH}9=0{SOH}{body}34={seq}{SOH}49=A{SOH}52=20261123-15:00:00.000{SOH}"
    return f"{head}56=B{SOH}10=000{SOH}"


def there_and_back(msg_type: str, fields: dict[str, Any], version: str = FIX44) -> dict[str, Any]:
    return codec.decode(whole(codec.encode(msg_type, fields, version), version=version)).fields


@pytest.mark.parametrize("version", VERSIONS)
@given(data=st.data())
def test_what_is_sent_is_what_is_received(version: str, data: st.DataObject) -> None:
    msg_type, fields = data.draw(messages(version))
    received = codec.decode(whole(codec.encode(msg_type, fields, version), version=version))
    assert (received.msg_type, received.msg_seq_num, received.version) == (msg_type, 7, version)
    if version == FIX42 and msg_type in ("D", "G"):
        fields = {"handl_inst": "automated"} | fields
    if version == FIX50 and msg_type == "r" and "order_id" in fields:
        fields = {"mass_action_report_id": fields["order_id"]} | fields
    assert received.fields == fields


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


@pytest.mark.parametrize("tag", ["44=1e5", "44=NaN", "44=.", "54=Z", "150=Z", "60=yesterday", "102=x"])
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


def test_unknown_tags_are_kept_as_they_came_and_go_out_so() -> None:
    fields = codec.decode(whole(f"35=8{SOH}9999=x{SOH}11=A{SOH}20000=y=z{SOH}")).fields
    assert fields == {"cl_ord_id": "A", "unknown": {"9999": "x", "20000": "y=z"}}
    assert there_and_back("8", fields) == fields


@pytest.mark.parametrize(
    "tags", [{"44": "1"}, {"555": "1"}, {"34": "1"}, {"x": "1"}, {"9999": "a\x01b"}, {}, {"07": "1"}]
)
def test_only_tags_of_nobody_go_out_as_they_are(tags: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="unknown"):
        codec.encode("D", {"unknown": tags})


SHAPES = [
    # body, tag, reason
    ("35=D|44=1|44=2|", 44, Reason.REPEATED),
    ("35=D|9999=1|9999=2|", 9999, Reason.REPEATED),
    ("35=D|58=|", 58, Reason.WITHOUT_VALUE),
    ("35=D|nonsense|", 0, Reason.INVALID_TAG),
    ("35=D|x=1|", 0, Reason.INVALID_TAG),
    ("35=D|044=1|", 0, Reason.INVALID_TAG),
    ("35=D|58|", 0, Reason.INVALID_TAG),
    ("35=D|54=Z|", 54, Reason.VALUE_INCORRECT),
    ("35=D|18=6 ?|", 18, Reason.VALUE_INCORRECT),
    ("35=D|44=1e5|", 44, Reason.FORMAT_INCORRECT),
    ("35=D|60=20261301|", 60, Reason.FORMAT_INCORRECT),
    ("35=D|432=20261399|", 432, Reason.FORMAT_INCORRECT),
    ("35=AB|555=2|600=A|623=1|", 555, Reason.GROUP_COUNT),
    ("35=AB|555=1|600=A|600=B|", 555, Reason.GROUP_COUNT),
    ("35=AB|555=1|623=1|600=A|", 623, Reason.GROUP_OUT_OF_ORDER),
    ("35=AB|555=1|600=A|623=1|623=2|", 623, Reason.REPEATED),
    ("35=AB|555=x|600=A|", 555, Reason.FORMAT_INCORRECT),
    ("35=AB|555=1|600=A|566=?|", 566, Reason.FORMAT_INCORRECT),
    ("35=AB|555=1|600=A|624=Z|", 624, Reason.VALUE_INCORRECT),
    ("35=AB|555=1|", 555, Reason.GROUP_COUNT),
    ("35=AB|600=A|555=1|600=A|555=1|600=A|", 555, Reason.REPEATED),
    ("35=E|73=1|11=A|67=1|453=2|448=x|", 453, Reason.GROUP_COUNT),
]  # fmt: skip


@pytest.mark.parametrize(("body", "tag", "reason"), SHAPES, ids=[shape[0] for shape in SHAPES])
def test_each_bad_shape_says_where_and_why(body: str, tag: int, reason: Reason) -> None:
    with pytest.raises(Malformed) as caught:
        codec.decode(whole(body.replace("|", SOH)))
    assert (caught.value.tag, caught.value.reason) == (tag, reason)


def test_a_version_nobody_speaks_is_malformed() -> None:
    with pytest.raises(Malformed) as caught:
        codec.decode(whole(f"35=D{SOH}").replace("FIX.4.4", "FIX.4.0"))
    assert caught.value.tag == 8


def test_an_empty_group_is_none() -> None:
    assert codec.decode(whole(f"35=AB{SOH}555=0{SOH}11=A{SOH}")).fields == {"cl_ord_id": "A"}
    with pytest.raises(Malformed, match="legs"):
        codec.encode("AB", {"legs": []})


def test_groups_go_behind_the_fields_they_would_swallow() -> None:
    fields = {"sides": [{"side": "buy"}], "text": "of the trade", "trade_report_id": "T"}
    assert there_and_back("AE", fields) == fields
    with pytest.raises(Malformed, match="one leg"):
        codec.encode("8", {"legs": [{"leg_symbol": "A"}], "leg_ref_id": "1"})


@pytest.mark.parametrize(
    "entry", [{"leg_ratio_qty": "1"}, {"leg_symbol": f"A{SOH}38=9"}, {"leg_symbol": "A", "leg_price": "x"},
              {"leg_symbol": "A", "price": "1"}, {"leg_symbol": "A", "leg_side": "long"}, {"leg_symbol": None}],
)  # fmt: skip
def test_what_has_no_form_inside_a_group_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="legs"):
        codec.encode("AB", {"legs": [entry]})


def test_a_data_field_cannot_smuggle_fields_in() -> None:
    """EncodedText may hold SOH; what looks like a field inside it is none."""
    hidden = f"{SOH}44=1"
    fields = codec.decode(whole(f"35=D{SOH}11=A{SOH}354={len(hidden)}{SOH}355={hidden}{SOH}58=t{SOH}")).fields
    assert "price" not in fields
    assert (fields["cl_ord_id"], fields["text"]) == ("A", "t")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "terms",
    [
        {"ord_type": "limit_if_touched", "price": "5", "stop_px": "6"},
        {"ord_type": "market_if_touched", "stop_px": "6"},
        {"ord_type": "trailing_stop", "peg_offset_value": "-0.5", "exec_inst": "do_not_increase"},
        {"ord_type": "trailing_stop", "peg_offset_value": "1", "stop_px": "90"},
        {"ord_type": "pegged", "peg_price_type": "primary", "peg_offset_value": "1", "price": "10"},
        {"ord_type": "pegged", "peg_price_type": "market"},
        {"ord_type": "pegged", "peg_price_type": "midpoint", "exec_inst": "all_or_none participate_dont_initiate"},
        {"ord_type": "market_to_limit"},
        {"ord_type": "limit", "price": "1", "max_floor": "2", "order_capacity": "A"},
    ],
)
def test_every_order_type_travels_in_every_version(version: str, terms: dict[str, Any]) -> None:
    fields = BASE | {"handl_inst": "manual"} | terms
    assert there_and_back("D", fields, version) == fields


WIRE = [
    (FIX44, {"ord_type": "trailing_stop", "peg_offset_value": "1"}, {"40": "3", "18": "a", "211": "1"}),
    (FIX50, {"ord_type": "trailing_stop", "peg_offset_type": "basis_points"}, {"40": "P", "1094": "8", "836": "1"}),
    (FIX44, {"ord_type": "limit_if_touched", "price": "5", "stop_px": "6"}, {"40": "J", "44": "5", "99": "6"}),
    (FIX50, {"ord_type": "limit_if_touched", "price": "5", "stop_px": "6"}, {"40": "2", "44": "5", "1100": "4", "1102": "6"}),
    (FIX42, {"ord_type": "pegged", "peg_price_type": "midpoint"}, {"40": "P", "18": "M", "21": "1"}),
    (FIX50, {"ord_type": "pegged", "peg_price_type": "midpoint"}, {"40": "P", "1094": "2"}),
    (FIX44, {"exec_inst": "do_not_increase participate_dont_initiate"}, {"18": "E 6"}),
    (FIX44, {"ord_type": "market_to_limit", "handl_inst": "manual", "min_qty": "1"}, {"40": "K", "21": "3", "110": "1"}),
]  # fmt: skip


@pytest.mark.parametrize(("version", "fields", "tags"), WIRE)
def test_the_codes_of_a_version(version: str, fields: dict[str, Any], tags: dict[str, str]) -> None:
    assert codec.header(codec.encode("D", fields, version)) == {"35": "D"} | tags


REPORTS_42 = [
    ({"exec_type": "trade", "ord_status": "partially_filled", "leaves_qty": "5"}, "150=1|39=1|151=5|20=0"),
    ({"exec_type": "trade", "ord_status": "filled", "leaves_qty": "0"}, "150=2|39=2|151=0|20=0"),
    ({"exec_type": "trade", "ord_status": "pending_cancel", "leaves_qty": "5"}, "150=1|39=6|151=5|20=0"),
    ({"exec_type": "trade_cancel", "ord_status": "new", "leaves_qty": "5"}, "150=0|39=0|151=5|20=1"),
    ({"exec_type": "trade_correct", "ord_status": "partially_filled", "leaves_qty": "5"}, "150=1|39=1|151=5|20=2"),
    ({"exec_type": "order_status", "ord_status": "filled", "leaves_qty": "0"}, "150=2|39=2|151=0|20=3"),
    ({"exec_type": "canceled", "ord_status": "canceled", "leaves_qty": "0"}, "150=4|39=4|151=0|20=0"),
]


@pytest.mark.parametrize(("fields", "wire"), REPORTS_42)
def test_a_report_in_fix_42_has_a_transaction_type(fields: dict[str, Any], wire: str) -> None:
    assert codec.encode("8", fields, FIX42) == SOH.join(["35=8", *wire.split("|"), ""])
    assert there_and_back("8", fields, FIX42) == fields


@pytest.mark.parametrize(
    ("cum", "leaves", "status"), [("0", "5", "new"), ("2", "3", "partially_filled"), ("5", "0", "filled")]
)
def test_the_status_replaced_of_fix_42_is_told_by_the_quantities(cum: str, leaves: str, status: str) -> None:
    raw = whole(f"35=8{SOH}20=0{SOH}150=5{SOH}39=5{SOH}14={cum}{SOH}151={leaves}{SOH}", version=FIX42)
    assert codec.decode(raw).fields["ord_status"] == status


def test_fix_42_leaves_out_what_it_can_spare_and_refuses_what_it_cannot() -> None:
    assert "790=" not in codec.encode("H", BASE | {"ord_status_req_id": "R"}, FIX42)
    for name, value in (("contingency_type", "one_cancels_other"), ("peg_offset_type", "basis_points")):
        with pytest.raises(Malformed, match=name):
            codec.encode("D", BASE | {name: value}, FIX42)
    with pytest.raises(Malformed, match="no message"):
        codec.encode("AF", {}, FIX42)


def test_a_list_holds_orders_with_parties_of_their_own() -> None:
    party = {"party_id": "C1", "party_role": 3, "party_sub_ids": [{"party_sub_id": "desk"}]}
    terms = {"ord_type": "pegged", "peg_price_type": "market"}
    orders = [
        BASE | {"list_seq_no": 1, "ord_type": "limit", "price": "1", "parties": [party, {"party_id": "C2"}]},
        BASE | {"cl_ord_id": "2", "list_seq_no": 2} | terms,
    ]
    fields = {"list_id": "L", "bid_type": "no_bidding_process", "tot_no_orders": 2, "orders": orders}
    for version in (FIX44, FIX50):
        assert there_and_back("E", fields, version) == fields
    del orders[0]["parties"]
    assert there_and_back("E", fields, FIX42) == fields


def test_a_reason_nobody_named_passes_as_it_is() -> None:
    fields = codec.decode(whole(f"35=8{SOH}378=4711{SOH}103=99{SOH}")).fields
    assert fields == {"exec_restatement_reason": "4711", "ord_rej_reason": 99}
    assert codec.decode(whole(f"35=8{SOH}378=1{SOH}")).fields == {"exec_restatement_reason": "gt_renewal"}


def test_fixt_tells_its_application_version() -> None:
    body = codec.encode("8", {"exec_type": "new"}, FIX50)
    assert codec.decode(whole(body, version=FIX50)).version == FIX50
    assert codec.decode(whole(f"{body}1128=6{SOH}", version=FIX50)).version == FIX44


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


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers()),
    st.dictionaries(st.text(), st.text()), st.decimals(),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*codec.FIELDS, "legs", "orders", "unknown", "x"]), JUNK), st.data())
def test_no_value_makes_anything_but_a_message_or_a_refusal(fields: dict[str, Any], data: st.DataObject) -> None:
    msg_type = data.draw(st.sampled_from(["D", "E", "AB", "8", "J", "b", "D\x01", ""]))
    try:
        body = codec.encode(msg_type, fields, data.draw(st.sampled_from(VERSIONS)))
    except Malformed:
        return
    assert all(character == SOH or " " <= character <= "~" for character in body)
    assert msg_type in ("D", "E", "AB", "8", "J", "b")


@given(st.data())
def test_no_text_makes_anything_but_a_message_or_a_refusal(data: st.DataObject) -> None:
    msg_type, fields = data.draw(messages(FIX44))
    parts = whole(codec.encode(msg_type, fields)).split(SOH)
    odd = st.one_of(st.text(), st.sampled_from(["", "=", "34=x", "555=3", "8=", "35=", "354=9", "\x0010=1", *parts]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(parts) - 1))
        parts[at : at + data.draw(st.integers(0, 2))] = [data.draw(odd)]
        parts = parts or [""]
    with suppress(Malformed):
        codec.decode(SOH.join(parts))
