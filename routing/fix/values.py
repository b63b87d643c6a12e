"""Enumerations of FIX: our names (the FIX value names in lower snake case) and the codes on the wire.

CLOSED ones are whole: any other code is an error of the sender. OPEN ones a counterparty may add to, so a code
without a name passes as it is: refusing a fill for a reason code we never saw would lose the fill.
"""

SIDE = {
    "buy": "1", "sell": "2", "buy_minus": "3", "sell_plus": "4", "sell_short": "5", "sell_short_exempt": "6",
    "undisclosed": "7", "cross": "8", "cross_short": "9", "cross_short_exempt": "A", "as_defined": "B",
    "opposite": "C", "subscribe": "D", "redeem": "E", "lend": "F", "borrow": "G",
}  # fmt: skip
ORD_TYPE = {
    "market": "1", "limit": "2", "stop": "3", "stop_limit": "4", "market_on_close": "5", "with_or_without": "6",
    "limit_or_better": "7", "limit_with_or_without": "8", "on_basis": "9", "on_close": "A", "limit_on_close": "B",
    "forex_market": "C", "previously_quoted": "D", "previously_indicated": "E", "forex_limit": "F",
    "forex_swap": "G", "forex_previously_quoted": "H", "funari": "I", "market_if_touched": "J",
    "market_to_limit": "K", "previous_fund_valuation_point": "L", "next_fund_valuation_point": "M", "pegged": "P",
    "counter_order_selection": "Q",
}  # fmt: skip
TIME_IN_FORCE = {
    "day": "0", "good_till_cancel": "1", "at_the_opening": "2", "immediate_or_cancel": "3", "fill_or_kill": "4",
    "good_till_crossing": "5", "good_till_date": "6", "at_the_close": "7", "good_through_crossing": "8",
    "at_crossing": "9",
}  # fmt: skip
ORD_STATUS = {
    "new": "0", "partially_filled": "1", "filled": "2", "done_for_day": "3", "canceled": "4", "pending_cancel": "6",
    "stopped": "7", "rejected": "8", "suspended": "9", "pending_new": "A", "calculated": "B", "expired": "C",
    "accepted_for_bidding": "D", "pending_replace": "E",
}  # fmt: skip
EXEC_TYPE = {
    "new": "0", "done_for_day": "3", "canceled": "4", "replaced": "5", "pending_cancel": "6", "stopped": "7",
    "rejected": "8", "suspended": "9", "pending_new": "A", "calculated": "B", "expired": "C", "restated": "D",
    "pending_replace": "E", "trade": "F", "trade_correct": "G", "trade_cancel": "H", "order_status": "I",
    "trade_in_a_clearing_hold": "J", "trade_has_been_released_to_clearing": "K", "triggered": "L",
}  # fmt: skip
# H is reinstatement on a system failure, J on a trading halt.
EXEC_INST = {
    "stay_on_offer_side": "0", "not_held": "1", "work": "2", "go_along": "3", "over_the_day": "4", "held": "5",
    "participate_dont_initiate": "6", "strict_scale": "7", "try_to_scale": "8", "stay_on_bid_side": "9",
    "no_cross": "A", "ok_to_cross": "B", "call_first": "C", "percent_of_volume": "D", "do_not_increase": "E",
    "do_not_reduce": "F", "all_or_none": "G", "reinstate_on_system_failure": "H", "institutions_only": "I",
    "reinstate_on_trading_halt": "J", "cancel_on_trading_halt": "K", "last_peg": "L", "mid_price_peg": "M",
    "non_negotiable": "N", "opening_peg": "O", "market_peg": "P", "cancel_on_system_failure": "Q",
    "primary_peg": "R", "suspend": "S", "fixed_peg_to_local_best": "T", "customer_display_instruction": "U",
    "netting": "V", "peg_to_vwap": "W", "trade_along": "X", "try_to_stop": "Y", "cancel_if_not_best": "Z",
    "trailing_stop_peg": "a", "strict_limit": "b", "ignore_price_validity_checks": "c", "peg_to_limit_price": "d",
    "work_to_target_strategy": "e", "intermarket_sweep": "f", "external_routing_allowed": "g",
    "external_routing_not_allowed": "h", "imbalance_only": "i", "single_execution_requested_for_block_trade": "j",
    "best_execution": "k", "suspend_on_system_failure": "l", "suspend_on_trading_halt": "m",
    "reinstate_on_connection_loss": "n", "cancel_on_connection_loss": "o", "suspend_on_connection_loss": "p",
    "release": "q", "execute_as_delta_neutral": "r", "execute_as_duration_neutral": "s",
    "execute_as_fx_neutral": "t",
}  # fmt: skip
HANDL_INST = {"automated": "1", "manual": "3"}
FLAG = {True: "Y", False: "N"}

CLOSED: dict[str, dict[str, str]] = {
    "side": SIDE, "ord_type": ORD_TYPE, "time_in_force": TIME_IN_FORCE, "ord_status": ORD_STATUS,
    "exec_type": EXEC_TYPE,
    "leg_side": SIDE,
    "exec_trans_type": {"new": "0", "cancel": "1", "correct": "2", "status": "3"},
    "cxl_rej_response_to": {"order_cancel_request": "1", "order_cancel_replace_request": "2"},
    "mass_cancel_request_type": {
        "orders_for_a_security": "1", "orders_for_an_underlying_security": "2", "orders_for_a_product": "3",
        "orders_for_a_cfi_code": "4", "orders_for_a_security_type": "5", "orders_for_a_trading_session": "6",
        "all_orders": "7", "orders_for_a_market": "8",
    },
    "mass_cancel_response": {
        "request_rejected": "0", "orders_for_a_security": "1", "orders_for_an_underlying_security": "2",
        "orders_for_a_product": "3", "orders_for_a_cfi_code": "4", "orders_for_a_security_type": "5",
        "orders_for_a_trading_session": "6", "all_orders": "7", "orders_for_a_market": "8",
    },
    "mass_status_req_type": {
        "orders_for_a_security": "1", "orders_for_an_underlying_security": "2", "orders_for_a_product": "3",
        "orders_for_a_cfi_code": "4", "orders_for_a_security_type": "5", "orders_for_a_trading_session": "6",
        "all_orders": "7", "orders_for_a_party": "8",
    },
    "multi_leg_reporting_type": {"single_security": "1", "individual_leg": "2", "multileg_security": "3"},
    "contingency_type": {
        "one_cancels_other": "1", "one_triggers_other": "2", "one_updates_other": "3",
        "one_updates_other_proportional": "4", "bid_and_offer": "5", "bid_and_offer_oco": "6",
    },
    "list_status_type": {
        "ack": "1", "response": "2", "timed": "3", "exec_started": "4", "all_done": "5", "alert": "6",
    },
    "list_order_status": {
        "in_bidding_process": "1", "received_for_execution": "2", "executing": "3", "cancelling": "4", "alert": "5",
        "all_done": "6", "reject": "7",
    },
    "alloc_trans_type": {"new": "0", "replace": "1", "cancel": "2", "preliminary": "3", "calculated": "4"},
    "alloc_status": {
        "accepted": "0", "block_level_reject": "1", "account_level_reject": "2", "received": "3", "incomplete": "4",
        "rejected_by_intermediary": "5",
    },
    "confirm_trans_type": {"new": "0", "replace": "1", "cancel": "2"},
    "confirm_type": {"status": "1", "confirmation": "2", "confirmation_request_rejected": "3"},
    "confirm_status": {
        "received": "1", "mismatched_account": "2", "missing_settlement_instructions": "3", "confirmed": "4",
        "request_rejected": "5",
    },
    "affirm_status": {"received": "1", "confirm_rejected": "2", "affirmed": "3"},
    "subscription_request_type": {"snapshot": "0", "subscribe": "1", "unsubscribe": "2"},
    "peg_offset_type": {"price": "0", "basis_points": "1", "ticks": "2", "price_tier": "3"},
    "peg_price_type": {
        "last": "1", "midpoint": "2", "opening": "3", "market": "4", "primary": "5", "vwap": "7", "trailing_stop": "8",
        "limit_price": "9", "short_sale_minimum_price": "10",
    },
    "trigger_type": {
        "partial_execution": "1", "specified_trading_session": "2", "next_auction": "3", "price_movement": "4",
        "on_close": "5",
    },
    "trd_rpt_status": {"accepted": "0", "rejected": "1", "canceled": "2", "accepted_with_errors": "3"},
}  # fmt: skip

OPEN: dict[str, dict[str, str]] = {
    "exec_restatement_reason": {
        "gt_corporate_action": "0", "gt_renewal": "1", "verbal_change": "2", "repricing": "3", "broker_option": "4",
        "partial_decline": "5", "cancel_on_trading_halt": "6", "cancel_on_system_failure": "7", "market_option": "8",
        "canceled_not_best": "9", "warehouse_recap": "10", "peg_refresh": "11", "other": "99",
    },
    "alloc_report_type": {
        "sellside_calculated_using_preliminary": "3", "sellside_calculated_without_preliminary": "4",
        "warehouse_recap": "5", "request_to_intermediary": "8",
    },
    "match_status": {"compared": "0", "uncompared": "1", "advisory": "2"},
    "dk_reason": {
        "unknown_symbol": "A", "wrong_side": "B", "quantity_exceeds_order": "C", "no_matching_order": "D",
        "price_exceeds_limit": "E", "calculation_difference": "F", "other": "Z",
    },
    "list_exec_inst_type": {"immediate": "1", "wait_for_instruction": "2"},
    "bid_type": {"non_disclosed": "1", "disclosed": "2", "no_bidding_process": "3"},
    "trade_report_trans_type": {"new": "0", "cancel": "1", "replace": "2", "release": "3", "reverse": "4"},
    "trade_report_type": {"submit": "0", "alleged": "1", "accept": "2", "decline": "3", "addendum": "4", "no_was": "5"},
    "md_entry_type": {"bid": "0", "offer": "1", "trade": "2"},
    "md_update_action": {"new": "0", "change": "1", "delete": "2"},
}  # fmt: skip

# Codes that are read as a name which is written with another: "automated, intervention allowed" is automated to us.
ALSO: dict[str, dict[str, str]] = {"handl_inst": {"2": "automated"}}
