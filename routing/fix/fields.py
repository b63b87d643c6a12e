"""Every field we know: our name, its tag, its FIX name and type, and how its values are written."""

from typing import NamedTuple

from routing.fix import values
from routing.fix.kinds import BY_TYPE, Kind, codes, open_codes, several

TYPES: dict[str, dict[str, int]] = {
    "STRING": {
        # 20000 and up are for two sides to agree on.
        "acknowledge_reason": 20011,
        "account": 1, "cl_ord_id": 11, "exec_id": 17, "exec_ref_id": 19, "security_id_source": 22, "order_id": 37,
        "orig_cl_ord_id": 41, "rule_80a": 47, "security_id": 48, "sender_sub_id": 50, "symbol": 55,
        "target_sub_id": 57, "text": 58, "settl_type": 63, "symbol_sfx": 65, "list_id": 66, "list_exec_inst": 69,
        "alloc_id": 70, "ref_alloc_id": 72, "exec_broker": 76, "alloc_account": 79, "process_code": 81,
        "issuer": 106, "security_desc": 107, "client_id": 109, "test_req_id": 112, "on_behalf_of_comp_id": 115,
        "quote_id": 117, "deliver_to_comp_id": 128, "security_type": 167, "secondary_order_id": 198, "md_req_id": 262,
        "md_entry_id": 278, "underlying_symbol": 311, "trading_session_id": 336, "ref_msg_type": 372,
        "contra_trader": 337, "contra_broker": 375, "compliance_id": 376, "business_reject_ref_id": 379, "bid_id": 390,
        "client_bid_id": 391, "list_status_text": 444, "party_id": 448,
        "security_alt_id": 455, "security_alt_id_source": 456, "cfi_code": 461, "individual_alloc_id": 467,
        "trade_input_source": 578, "party_sub_id": 523, "secondary_cl_ord_id": 526, "secondary_exec_id": 527,
        "restrictions": 529, "affected_order_id": 535, "affected_secondary_order_id": 536, "username": 553,
        "password": 554, "trade_report_id": 571, "trade_report_ref_id": 572, "cl_ord_link_id": 583,
        "mass_status_req_id": 584, "leg_settl_type": 587, "leg_symbol": 600, "leg_security_id": 602,
        "leg_security_id_source": 603, "leg_cfi_code": 608, "leg_security_type": 609, "trading_session_sub_id": 625,
        "leg_ref_id": 654, "contra_leg_ref_id": 655, "secondary_alloc_id": 793, "ord_status_req_id": 790,
        "secondary_trade_report_id": 818, "trd_match_id": 880, "new_password": 925,
        "confirm_id": 664, "alloc_report_id": 755, "default_appl_ver_id": 1137, "mass_action_report_id": 1369,
    },
    "CHAR": {
        "handl_inst": 21, "position_effect": 77, "dk_reason": 127, "md_req_rej_reason": 281, "exec_trans_type": 20,
        "side": 54, "ord_type": 40, "time_in_force": 59, "ord_status": 39, "exec_type": 150, "alloc_trans_type": 71,
        "subscription_request_type": 263, "md_entry_type": 269, "md_update_action": 279, "cxl_rej_response_to": 434,
        "multi_leg_reporting_type": 442, "list_exec_inst_type": 433, "party_id_source": 447, "order_capacity": 528,
        "mass_cancel_request_type": 530, "mass_cancel_response": 531, "leg_position_effect": 564, "leg_side": 624,
        "trigger_type": 1100, "last_capacity": 29, "match_status": 573,
    },
    "MULTIPLEVALUESTRING": {"exec_inst": 18},
    "CURRENCY": {"currency": 15, "settl_currency": 120, "strike_currency": 947, "leg_currency": 556},
    "EXCHANGE": {"last_mkt": 30, "ex_destination": 100, "security_exchange": 207, "leg_security_exchange": 616},
    "QTY": {
        "cum_qty": 14, "last_qty": 32, "order_qty": 38, "quantity": 53, "alloc_qty": 80, "cxl_qty": 84, "min_qty": 110,
        "max_floor": 111, "leaves_qty": 151, "cash_order_qty": 152, "max_show": 210, "md_entry_size": 271,
        "day_order_qty": 424, "day_cum_qty": 425, "contra_trade_qty": 437, "leg_order_qty": 685, "leg_qty": 687,
        "display_qty": 1138, "order_capacity_qty": 863,
    },
    "PRICE": {
        "avg_px": 6, "last_px": 31, "price": 44, "stop_px": 99, "alloc_avg_px": 153, "strike_price": 202,
        "md_entry_px": 270, "alloc_price": 366, "day_avg_px": 426, "leg_price": 566, "leg_strike_price": 612,
        "leg_last_px": 637, "trigger_price": 1102, "underlying_px": 810,
    },
    "PRICEOFFSET": {"peg_offset_value": 211, "last_spot_rate": 194},
    "AMT": {
        "commission": 12, "net_money": 118, "misc_fee_amt": 137, "alloc_net_money": 154, "accrued_interest_amt": 159,
        "gross_trade_amt": 381,
    },
    "FLOAT": {"contract_multiplier": 231, "leg_ratio_qty": 623},
    "PERCENTAGE": {"coupon_rate": 223, "order_percent": 516},
    "INT": {
        "list_seq_no": 67, "tot_no_orders": 68, "no_rpts": 82, "rpt_seq": 83, "alloc_rej_code": 88,
        "encrypt_method": 98, "cxl_rej_reason": 102, "ord_rej_reason": 103, "heart_bt_int": 108, "put_or_call": 201,
        "market_depth": 264, "md_update_type": 265, "ref_tag_id": 371, "session_reject_reason": 373,
        "exec_restatement_reason": 378, "business_reject_reason": 380, "bid_type": 394, "prog_rpt_reqs": 415,
        "list_status_type": 429, "list_order_status": 431, "party_role": 452, "product": 460,
        "trade_report_trans_type": 487, "mass_cancel_reject_reason": 532, "total_affected_orders": 533,
        "mass_status_req_type": 585,
        "alloc_type": 626, "trade_report_reject_reason": 751, "alloc_canc_replace_reason": 796,
        "party_sub_id_type": 803, "trd_type": 828, "peg_offset_type": 836, "trade_report_type": 856,
        "alloc_no_orders_type": 857, "tot_num_reports": 911, "trd_rpt_status": 939, "peg_price_type": 1094,
        "trigger_action": 1101, "contingency_type": 1385, "alloc_status": 87, "override_id": 20012, "price_type": 423,
        "target_strategy": 847, "alloc_report_type": 794, "confirm_status": 665, "confirm_trans_type": 666,
        "confirm_type": 773, "confirm_rej_reason": 774, "affirm_status": 940,
    },
    "LENGTH": {"max_message_size": 383},
    "SEQNUM": {"begin_seq_no": 7, "end_seq_no": 16, "new_seq_no": 36, "ref_seq_num": 45},
    "BOOLEAN": {
        "poss_dup": 43, "poss_resend": 97, "locate_reqd": 114, "gap_fill_flag": 123, "reset_seq_num_flag": 141,
        "solicited_flag": 377, "previously_reported": 570, "copy_msg_indicator": 797, "last_fragment": 893,
        "last_rpt_requested": 912, "test_message_indicator": 464, "working_indicator": 636,
    },
    "UTCTIMESTAMP": {
        "transact_time": 60, "expire_time": 126, "effective_time": 168,
        "contra_trade_time": 438,
    },
    "LOCALMKTDATE": {
        "settl_date": 64, "trade_date": 75, "expire_date": 432, "maturity_date": 541, "leg_settl_date": 588,
        "leg_maturity_date": 611,
    },
    "MONTHYEAR": {"maturity_month_year": 200, "leg_maturity_month_year": 610},
}  # fmt: skip

# FIX names that do not follow from ours by putting the words together.
_NAMES = {
    "poss_dup": "PossDupFlag",
    "rule_80a": "Rule80A",
    "cxl_rej_response_to": "CxlRejResponseTo",
    "tot_no_orders": "TotNoOrders",
    "heart_bt_int": "HeartBtInt",
}
_WORDS = {"id": "ID", "md": "MD", "cfi": "CFI", "dk": "DK"}


class Field(NamedTuple):
    """One field: its tag, the name FIX gives it, its FIX data type, and how its values are written and read."""

    tag: int
    fix_name: str
    fix_type: str
    kind: Kind


def fix_name(name: str) -> str:
    """ClOrdID from cl_ord_id."""
    return _NAMES.get(name) or "".join(_WORDS.get(word, word.capitalize()) for word in name.split("_"))


def _kind(name: str, fix_type: str) -> Kind:
    if name in values.CLOSED:
        return codes(values.CLOSED[name])
    if name in values.OPEN:
        return open_codes(values.OPEN[name])
    if name == "handl_inst":
        return codes(values.HANDL_INST, values.ALSO[name])
    if fix_type == "BOOLEAN":
        return codes(values.FLAG)
    return several(values.EXEC_INST) if fix_type == "MULTIPLEVALUESTRING" else BY_TYPE[fix_type]


FIELDS: dict[str, Field] = {
    name: Field(tag, fix_name(name), fix_type, _kind(name, fix_type))
    for fix_type, named in TYPES.items()
    for name, tag in named.items()
}
BY_TAG: dict[int, str] = {field.tag: name for name, field in FIELDS.items()}
# What the session writes and reads around a body; these never count as unknown, and a body may not set them.
SESSION_TAGS = frozenset({
    "8", "9", "10", "34", "35", "49", "52", "56", "89", "90", "91", "93", "116", "122", "129", "142", "143", "144",
    "145", "212", "213", "347", "369", "1128", "1129", "1156",
})  # fmt: skip
# Length tag to the data tag behind it, whose bytes may hold anything, SOH too.
DATA_TAGS = {
    "90": "91",
    "93": "89",
    "95": "96",
    "212": "213",
    "348": "349",
    "350": "351",
    "352": "353",
    "354": "355",
    "356": "357",
    "358": "359",
    "360": "361",
    "362": "363",
    "364": "365",
    "445": "446",
    "618": "619",
    "621": "622",
}
