"""One example of every message, in our words, for the rules of engagement; the codec makes the bytes."""

from typing import Any

Fields = dict[str, Any]
AT = "2026-11-23T15:00:00.123456+00:00"
_WHAT: Fields = {"symbol": "AAPL", "side": "buy"}
_ORDER: Fields = _WHAT | {
    "transact_time": AT, "order_qty": "100", "ord_type": "limit", "price": "187.5", "time_in_force": "day",
    "account": "EQ-CORE",
}  # fmt: skip
_LEGS = [
    {"leg_symbol": "ESH7", "leg_ratio_qty": "1", "leg_side": "buy", "leg_ref_id": "1"},
    {"leg_symbol": "ESM7", "leg_ratio_qty": "1", "leg_side": "sell", "leg_ref_id": "2"},
]
_SPREAD: Fields = {"symbol": "ESH7-ESM7", "order_qty": "5", "price": "-12.25", "legs": _LEGS}
_LAST: Fields = {"last_qty": "40", "last_px": "187.5"}
_STOP: Fields = {"ord_type": "stop", "stop_px": "180"}
EXAMPLES: dict[str, Fields] = {
    "0": {"test_req_id": "T1"},
    "1": {"test_req_id": "T1"},
    "2": {"begin_seq_no": 5, "end_seq_no": 0},
    "3": {
        "ref_seq_num": 7, "ref_tag_id": 44, "ref_msg_type": "D", "session_reject_reason": 6,
        "text": "Incorrect data format for value",
    },
    "4": {"gap_fill_flag": True, "new_seq_no": 9},
    "5": {"text": "end of session"},
    "A": {"encrypt_method": 0, "heart_bt_int": 30, "username": "desk1", "password": "***"},
    "D": {"cl_ord_id": "C-1"} | _ORDER,
    "F": {"orig_cl_ord_id": "C-1", "cl_ord_id": "C-3"} | _WHAT | {"transact_time": AT, "order_qty": "100"},
    "G": {"orig_cl_ord_id": "C-1", "cl_ord_id": "C-2"} | _ORDER | {"order_qty": "150"},
    "H": {"cl_ord_id": "C-1", "ord_status_req_id": "S-1"} | _WHAT,
    "AF": {"mass_status_req_id": "MS-1", "mass_status_req_type": "all_orders"},
    "q": {
        "cl_ord_id": "C-9", "mass_cancel_request_type": "orders_for_a_security", "symbol": "AAPL", "transact_time": AT,
    },
    "r": {
        "cl_ord_id": "C-9", "order_id": "MC-1", "mass_cancel_request_type": "orders_for_a_security",
        "mass_cancel_response": "orders_for_a_security", "total_affected_orders": 1,
        "affected_orders": [{"orig_cl_ord_id": "C-1", "affected_order_id": "861"}], "symbol": "AAPL",
    },
    "E": {
        "list_id": "L-1", "bid_type": "no_bidding_process", "tot_no_orders": 2,
        "contingency_type": "one_cancels_other",
        "orders": [
            {"cl_ord_id": "C-11", "list_seq_no": 1} | _ORDER | {"side": "sell", "price": "190"},
            {"cl_ord_id": "C-12", "list_seq_no": 2} | _ORDER | {"side": "sell", "price": None} | _STOP,
        ],
    },
    "N": {
        "list_id": "L-1", "list_status_type": "response", "no_rpts": 1, "list_order_status": "executing", "rpt_seq": 1,
        "transact_time": AT, "tot_no_orders": 2,
        "orders": [
            {
                "cl_ord_id": "C-11", "cum_qty": "40", "ord_status": "partially_filled", "leaves_qty": "60",
                "cxl_qty": "0", "avg_px": "190",
            },
            {
                "cl_ord_id": "C-12", "cum_qty": "0", "ord_status": "new", "leaves_qty": "60", "cxl_qty": "40",
                "avg_px": "0",
            },
        ],
    },
    "K": {"list_id": "L-1", "transact_time": AT},
    "L": {"list_id": "L-1", "transact_time": AT},
    "M": {"list_id": "L-1"},
    "AB": {"cl_ord_id": "C-21"} | _ORDER | _SPREAD,
    "AC": {"orig_cl_ord_id": "C-21", "cl_ord_id": "C-22"} | _ORDER | _SPREAD | {"price": "-12"},
    "J": {
        "alloc_id": "A-1", "alloc_trans_type": "new", "alloc_type": 1, "alloc_no_orders_type": 1,
        "orders": [{"cl_ord_id": "C-1", "order_id": "861"}], "execs": [{"last_qty": "100", "exec_id": "9001"}],
        "quantity": "100", "avg_px": "187.5", "trade_date": "2026-11-23", "transact_time": AT,
        "allocs": [{"alloc_account": "FUND-A", "alloc_qty": "60"}, {"alloc_account": "FUND-B", "alloc_qty": "40"}],
    } | _WHAT,
    "P": {"alloc_id": "A-1", "trade_date": "2026-11-23", "transact_time": AT, "alloc_status": "accepted"},
    "AS": {
        "alloc_report_id": "12.3", "alloc_id": "A-1", "alloc_trans_type": "new",
        "alloc_report_type": "sellside_calculated_without_preliminary", "alloc_status": "accepted",
        "alloc_no_orders_type": 1, "orders": [{"cl_ord_id": "C-1", "order_id": "861"}], "quantity": "100",
        "avg_px": "187.5", "trade_date": "2026-11-23", "net_money": "18750.35",
        "allocs": [
            {"alloc_account": "FUND-A", "alloc_qty": "60", "alloc_avg_px": "187.5", "alloc_net_money": "11250.21"},
            {"alloc_account": "FUND-B", "alloc_qty": "40", "alloc_avg_px": "187.5", "alloc_net_money": "7500.14"},
        ],
    } | _WHAT,
    "AK": {
        "confirm_id": "31", "confirm_trans_type": "new", "confirm_type": "confirmation", "confirm_status": "confirmed",
        "alloc_id": "A-1", "transact_time": AT, "trade_date": "2026-11-23", "settl_date": "2026-11-24",
        "alloc_qty": "60", "capacities": [{"order_capacity": "A", "order_capacity_qty": "60"}],
        "alloc_account": "FUND-A", "avg_px": "187.5", "gross_trade_amt": "11250", "net_money": "11250.21",
        "commission": "0.21",
    } | _WHAT,
    "AU": {
        "confirm_id": "31", "trade_date": "2026-11-23", "transact_time": AT, "affirm_status": "affirmed",
    },
    "Q": {"order_id": "861", "exec_id": "9001", "dk_reason": "no_matching_order"} | _WHAT | _LAST,
    "8": {
        "order_id": "861", "cl_ord_id": "C-1", "exec_id": "9001", "exec_type": "trade",
        "ord_status": "partially_filled", "last_mkt": "XNAS", "leaves_qty": "60", "cum_qty": "40", "avg_px": "187.5",
    } | _LAST | _ORDER,
    "9": {
        "order_id": "861", "cl_ord_id": "C-3", "orig_cl_ord_id": "C-1", "ord_status": "filled",
        "cxl_rej_response_to": "order_cancel_request", "cxl_rej_reason": 0, "text": "too late to cancel",
    },
    "j": {
        "ref_seq_num": 12, "ref_msg_type": "D", "business_reject_ref_id": "C-4", "business_reject_reason": 4,
        "text": "the application is not available",
    },
    "AE": {
        "trade_report_id": "TR-1", "previously_reported": False, "symbol": "AAPL", "last_qty": "40", "last_px": "187.5",
        "trade_date": "2026-11-23", "transact_time": AT, "exec_id": "9001", "copy_msg_indicator": True,
        "sides": [{"side": "buy", "order_id": "861", "cl_ord_id": "C-1", "account": "EQ-CORE"}],
    },
    "AR": {"trade_report_id": "TR-1", "trd_rpt_status": "accepted", "symbol": "AAPL"},
    "V": {
        "md_req_id": "M-1", "subscription_request_type": "subscribe", "market_depth": 1, "md_update_type": 1,
        "md_entry_types": [{"md_entry_type": "bid"}, {"md_entry_type": "offer"}, {"md_entry_type": "trade"}],
        "related_sym": [{"symbol": "AAPL"}],
    },
    "W": {
        "md_req_id": "M-1", "symbol": "AAPL", "security_exchange": "XNAS",
        "md_entries": [
            {"md_entry_type": "bid", "md_entry_px": "187.49", "md_entry_size": "300"},
            {"md_entry_type": "offer", "md_entry_px": "187.5", "md_entry_size": "200"},
        ],
    },
    "X": {
        "md_entries": [
            {
                "md_update_action": "change", "md_entry_type": "bid", "symbol": "AAPL", "security_exchange": "XNAS",
                "md_entry_px": "187.48", "md_entry_size": "100",
            },
        ],
    },
    "Y": {"md_req_id": "M-1", "md_req_rej_reason": "0", "text": "unknown symbol"},
}  # fmt: skip

_TERMS = {
    "limit": {"price": "187.5"},
    "stop": {"stop_px": "180"},
    "stop_limit": {"stop_px": "180", "price": "179.5"},
    "market_if_touched": {"stop_px": "180"},
    "limit_if_touched": {"stop_px": "180", "price": "180.5"},
    "trailing_stop": {"peg_offset_value": "-2"},
    "market_to_limit": {},
    "pegged": {"peg_price_type": "primary", "peg_offset_value": "0.01"},
}
# How each type of order is written.
ORDER_TYPES: dict[str, Fields] = {name: {"ord_type": name} | terms for name, terms in {"market": {}, **_TERMS}.items()}
