"""Every message we speak, once: what it is for, who sends it, its fields and groups, and what answers it.

The codec's groups, the QuickFIX dictionaries and the rules of engagement are all made from this table, so they agree.
Required means: the session refuses a message without it (35=3, 373=1).
"""

from typing import NamedTuple

from routing.fix.parts import (
    CONDITIONAL,
    CONTRA_BROKERS,
    IN_42,
    INSTRUMENT,
    LEGS,
    MARKET_SYMBOL,
    OPTIONAL,
    PARTIES,
    PRE_ALLOCS,
    REQUIRED,
    TRADING_SESSIONS,
    VERSIONS,
    Entry,
    Group,
    Part,
    may,
    need,
    when,
)

SINCE_44 = VERSIONS[1:]
FROM_CLIENT, TO_CLIENT = "client to us", "us to client"
TO_VENUE, FROM_VENUE = "us to venue", "venue to us"
IN, OUT = (FROM_CLIENT, TO_VENUE), (TO_CLIENT, FROM_VENUE)
BOTH = (FROM_CLIENT, TO_CLIENT, TO_VENUE, FROM_VENUE)


class Message(NamedTuple):
    """One message type: ``replies`` are message types; ``versions`` those that have it."""

    msg_type: str
    name: str
    purpose: str
    directions: tuple[str, ...]
    parts: tuple[Part, ...]
    replies: str = ""
    versions: tuple[str, ...] = VERSIONS
    admin: bool = False


QUANTITY = (
    *when("order_qty", "unless CashOrderQty (152) is given; for a replace the new total, not what is left"),
    *when("cash_order_qty", "instead of OrderQty: the order is for an amount of money"),
)
TERMS: tuple[Part, ...] = (
    *when("price", "OrdType limit, stop_limit, limit_if_touched; for pegged and market_to_limit the cap"),
    *when("stop_px", "OrdType stop, stop_limit, market_if_touched, limit_if_touched: the price that triggers"),
    *when("peg_offset_value", "OrdType pegged, trailing_stop: the distance, signed"),
    *when("peg_offset_type", "with PegOffsetValue; price if absent; not in FIX 4.2"),
    *when("peg_price_type", "OrdType pegged: FIX 5.0 in this field, before in ExecInst R, P, M"),
    *when("trigger_type", "limit_if_touched in FIX 5.0 is OrdType 2 with TriggerType 4 and TriggerPrice"),
    *may("trigger_action"), *when("trigger_price", "with TriggerType"),
    *may("exec_inst min_qty max_floor max_show display_qty currency time_in_force effective_time"),
    *when("expire_time", "TimeInForce good_till_date, unless ExpireDate is given"),
    *when("expire_date", "TimeInForce good_till_date, unless ExpireTime is given"),
    *may("rule_80a order_capacity restrictions price_type"),
    *when("settl_type", "0 regular, 1 cash (T+0), 2 T+1, 3 T+2, 4 T+3, 5 T+4, 9 T+5, 6 on SettlDate", OPTIONAL),
    *when("settl_date", "SettlType 6; goes before SettlType"), *may("locate_reqd position_effect quote_id"),
    *may("solicited_flag commission compliance_id text"),
)  # fmt: skip
HANDLING: tuple[Part, ...] = (
    *may("secondary_cl_ord_id cl_ord_link_id client_id exec_broker"), PARTIES,
    Entry("account", CONDITIONAL, "where the session has no account of its own"), PRE_ALLOCS,
    Entry("handl_inst", IN_42, "automated if absent; manual: a trader works it"),
    *may("ex_destination target_strategy"), TRADING_SESSIONS, *may("process_code"),
    *when("acknowledge_reason", "to send it in spite of warnings: why; printable ASCII, kept with the decision"),
    *when("override_id", "the override that was granted for exactly these terms"),
)  # fmt: skip
ORDER: tuple[Part, ...] = (
    *need("cl_ord_id"), *HANDLING, *INSTRUMENT, *need("side transact_time"), *QUANTITY, *need("ord_type"), *TERMS,
)  # fmt: skip
REPLACEMENT: tuple[Part, ...] = (*need("orig_cl_ord_id"), *may("order_id list_id"), *ORDER)


def _optional(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """HandlInst is required of an order in FIX 4.2, not of one in a list."""
    return tuple(part._replace(presence=OPTIONAL) if part.presence == IN_42 else part for part in parts)


LISTED = Group(
    "orders", 73, "NoOrders",
    (
        *need("cl_ord_id list_seq_no"), *_optional(HANDLING), *INSTRUMENT, *need("side"), *may("transact_time"),
        *QUANTITY, *need("ord_type"), *TERMS,
    ),
    REQUIRED,
)  # fmt: skip
REPORT: tuple[Part, ...] = (
    *need("order_id"), *may("secondary_order_id secondary_exec_id"),
    *when("cl_ord_id", "but for unsolicited reports of orders entered otherwise"),
    *when("orig_cl_ord_id", "answers to a cancel or replace: the last accepted ClOrdID"),
    *may("cl_ord_link_id ord_status_req_id mass_status_req_id tot_num_reports last_rpt_requested client_id"),
    *may("exec_broker"), PARTIES, CONTRA_BROKERS, *may("list_id"), *need("exec_id"),
    *when("exec_ref_id", "ExecType trade_cancel, trade_correct: the latest version of the execution"),
    *when("exec_trans_type", "FIX 4.2 only; set from ExecType", IN_42), *need("exec_type ord_status"),
    *may("working_indicator"), *when("ord_rej_reason", "ExecType rejected"),
    *when("exec_restatement_reason", "ExecType restated and unsolicited cancels"), *may("account"), PRE_ALLOCS,
    *INSTRUMENT, *need("side"), *may("order_qty cash_order_qty ord_type handl_inst ex_destination"), *TERMS,
    *when("last_qty", "ExecType trade, trade_correct; LastShares in FIX 4.2"), *when("last_px", "with LastQty"),
    *may("last_mkt last_capacity last_spot_rate"), *need("leaves_qty cum_qty avg_px"),
    *may("day_order_qty day_cum_qty day_avg_px trade_date transact_time gross_trade_amt accrued_interest_amt"),
    *may("net_money settl_currency multi_leg_reporting_type leg_ref_id"), LEGS,
    *may("copy_msg_indicator trd_match_id contingency_type"),
)  # fmt: skip
LIST_STATE = Group(
    "orders", 73, "NoOrders",
    (*need("cl_ord_id"), *may("cum_qty ord_status working_indicator leaves_qty cxl_qty avg_px ord_rej_reason text")),
    REQUIRED,
)  # fmt: skip
ALLOCATED = Group(
    "allocs", 78, "NoAllocs",
    (
        *need("alloc_account"),
        *may("alloc_price individual_alloc_id process_code alloc_qty alloc_avg_px alloc_net_money"),
    ),
)  # fmt: skip
ALLOC_ORDERS = Group(
    "orders", 73, "NoOrders", (*need("cl_ord_id"), *may("order_id secondary_order_id list_id order_qty"))
)
EXECS = Group("execs", 124, "NoExecs", (*need("last_qty"), *may("exec_id secondary_exec_id last_px last_capacity")))
CAPACITIES = Group("capacities", 862, "NoCapacities", need("order_capacity order_capacity_qty"), REQUIRED)
AFFECTED = Group(
    "affected_orders", 534, "NoAffectedOrders",
    (*need("orig_cl_ord_id"), *may("affected_order_id affected_secondary_order_id")),
)  # fmt: skip
SIDES = Group(
    "sides", 552, "NoSides",
    (
        *need("side"), *may("order_id secondary_order_id cl_ord_id secondary_cl_ord_id list_id"), PARTIES,
        *may("account trade_input_source currency settl_currency text"),
    ),
    REQUIRED,
)  # fmt: skip
MD_ENTRY_TYPES = Group("md_entry_types", 267, "NoMDEntryTypes", need("md_entry_type"), REQUIRED)
RELATED = Group("related_sym", 146, "NoRelatedSym", MARKET_SYMBOL, REQUIRED)
SNAPSHOT = Group(
    "md_entries", 268, "NoMDEntries", (*need("md_entry_type"), *may("md_entry_px md_entry_size")), REQUIRED
)
INCREMENT = Group(
    "md_entries", 268, "NoMDEntries",
    (
        *need("md_update_action"), *may("md_entry_type md_entry_id symbol symbol_sfx security_id security_id_source"),
        *may("security_type security_exchange md_entry_px md_entry_size"),
    ),
    REQUIRED,
)  # fmt: skip

_ALL = (
    Message("0", "Heartbeat", "Says that the line is up.", BOTH, may("test_req_id"), admin=True),
    Message("1", "TestRequest", "Asks for a Heartbeat.", BOTH, need("test_req_id"), "0", admin=True),
    Message("2", "ResendRequest", "Asks for messages again.", BOTH, need("begin_seq_no end_seq_no"), "4", admin=True),
    Message(
        "3", "Reject",
        "The session could not read a message: RefTagID (371) says where, SessionRejectReason (373) why.", BOTH,
        (*need("ref_seq_num"), *may("ref_tag_id ref_msg_type session_reject_reason text")), admin=True,
    ),
    Message(
        "4", "SequenceReset", "Fills a gap, or resets the number.", BOTH,
        (*may("gap_fill_flag"), *need("new_seq_no")), admin=True,
    ),
    Message("5", "Logout", "Ends the session; Text says why.", BOTH, may("text"), "5", admin=True),
    Message(
        "A", "Logon", "Begins the session. A refused logon is answered by a Logout with Text.", BOTH,
        (
            *need("encrypt_method heart_bt_int"), *may("reset_seq_num_flag max_message_size test_message_indicator"),
            *when("username", "sessions with credentials"), *when("password", "sessions with credentials"),
            *may("new_password"), Entry("default_appl_ver_id", REQUIRED, "9: FIX 5.0 SP2, over FIXT.1.1 only"),
            *may("text"),
        ),
        "A 5", admin=True,
    ),
    Message("D", "NewOrderSingle", "Enters an order.", IN, ORDER, "8 j"),
    Message(
        "F", "OrderCancelRequest", "Asks to cancel what is left of an order.", IN,
        (
            *need("orig_cl_ord_id"), *may("order_id"), *need("cl_ord_id"),
            *may("cl_ord_link_id list_id account client_id exec_broker"), PARTIES, *INSTRUMENT,
            *need("side transact_time"), *may("order_qty cash_order_qty text"),
        ),
        "8 9 j",
    ),
    Message(
        "G", "OrderCancelReplaceRequest",
        "Asks to change an order. It states the whole order again: an optional field left out is removed.",
        IN, REPLACEMENT, "8 9 j",
    ),
    Message(
        "H", "OrderStatusRequest", "Asks for the state of one order.", IN,
        (
            *may("order_id"), *need("cl_ord_id"), *may("ord_status_req_id account client_id"), PARTIES, *INSTRUMENT,
            *need("side"),
        ),
        "8 j",
    ),
    Message(
        "AF", "OrderMassStatusRequest", "Asks for the state of many orders: one ExecutionReport each.", IN,
        (
            *need("mass_status_req_id mass_status_req_type"), PARTIES, *may("account trading_session_id"),
            *when("symbol", "MassStatusReqType orders_for_a_security"), *INSTRUMENT[1:], *may("side"),
        ),
        "8 j", SINCE_44,
    ),
    Message(
        "q", "OrderMassCancelRequest", "Asks to cancel many orders.", IN,
        (
            *need("cl_ord_id"), *may("secondary_cl_ord_id"), *need("mass_cancel_request_type"), PARTIES,
            *may("account trading_session_id trading_session_sub_id"),
            *when("symbol", "MassCancelRequestType orders_for_a_security"), *INSTRUMENT[1:],
            *when("underlying_symbol", "MassCancelRequestType orders_for_an_underlying_security"), *may("side"),
            *need("transact_time"), *may("text"),
        ),
        "r 8 9 j", SINCE_44,
    ),
    Message(
        "r", "OrderMassCancelReport", "Answers an OrderMassCancelRequest; each order is reported on its own.", OUT,
        (
            *may("cl_ord_id secondary_cl_ord_id"), *need("order_id"), *may("mass_action_report_id"),
            *need("mass_cancel_request_type mass_cancel_response"),
            *when("mass_cancel_reject_reason", "MassCancelResponse request_rejected"), *may("total_affected_orders"),
            AFFECTED, PARTIES, *may("account trading_session_id symbol"), *INSTRUMENT[1:],
            *may("side transact_time text"),
        ),
        "", SINCE_44,
    ),
    Message(
        "E", "NewOrderList", "Enters a list of orders: a basket, or linked orders by ContingencyType (1385).",
        (FROM_CLIENT,),
        (
            *need("list_id"), *may("bid_id client_bid_id prog_rpt_reqs"), *need("bid_type"),
            *may("list_exec_inst_type list_exec_inst contingency_type"), *need("tot_no_orders"),
            *may("last_fragment"), LISTED,
        ),
        "N 8 j",
    ),
    Message(
        "N", "ListStatus", "The state of a list and its orders.", (TO_CLIENT,),
        (
            *need("list_id list_status_type no_rpts list_order_status"), *may("contingency_type"), *need("rpt_seq"),
            *may("list_status_text transact_time"), *need("tot_no_orders"), *may("last_fragment"), LIST_STATE,
        ),
    ),
    Message(
        "K", "ListCancelRequest", "Asks to cancel every order of a list.", (FROM_CLIENT,),
        (*need("list_id transact_time"), *may("text")), "N 8 9 j",
    ),
    Message(
        "L", "ListExecute", "Releases a list that waits for instruction.", (FROM_CLIENT,),
        (*need("list_id"), *may("client_bid_id bid_id"), *need("transact_time"), *may("text")), "N 8 j",
    ),
    Message(
        "M", "ListStatusRequest", "Asks for the state of a list.", (FROM_CLIENT,),
        (*need("list_id"), *may("text")), "N j",
    ),
    Message(
        "AB", "NewOrderMultileg", "Enters an order for several legs at a net price.", IN,
        (*ORDER, LEGS._replace(presence=REQUIRED)), "8 j", SINCE_44,
    ),
    Message(
        "AC", "MultilegOrderCancelReplace", "Asks to change a multileg order.", IN,
        (*REPLACEMENT, LEGS._replace(presence=REQUIRED)), "8 9 j", SINCE_44,
    ),
    Message(
        "J", "AllocationInstruction", "Says which accounts a trade is for.", (FROM_CLIENT,),
        (
            *need("alloc_id alloc_trans_type"), *when("alloc_type", "not in FIX 4.2"),
            *may("secondary_alloc_id"), *when("ref_alloc_id", "AllocTransType replace, cancel"),
            *may("alloc_canc_replace_reason alloc_no_orders_type"), ALLOC_ORDERS, EXECS, *need("side"), *INSTRUMENT,
            *need("quantity"), *may("last_mkt"), *need("avg_px"), *may("currency"), PARTIES, *need("trade_date"),
            *may("transact_time settl_type settl_date gross_trade_amt net_money position_effect text"), ALLOCATED,
        ),
        "P j",
    ),
    Message(
        "P", "AllocationInstructionAck", "Answers an AllocationInstruction.", (TO_CLIENT,),
        (
            *need("alloc_id"), PARTIES, *may("secondary_alloc_id trade_date transact_time"), *need("alloc_status"),
            *when("alloc_rej_code", "AllocStatus is a rejection"), *may("alloc_type text"), ALLOCATED,
        ),
    ),
    Message(
        "AS", "AllocationReport", "What an allocation came to when it was booked, or that its booking was taken back.",
        (TO_CLIENT,),
        (
            *need("alloc_report_id"), *when("alloc_id", "of an allocation that the client asked for"),
            *need("alloc_trans_type alloc_report_type alloc_status"), *need("alloc_no_orders_type"), ALLOC_ORDERS,
            *need("side"), *INSTRUMENT, *need("quantity avg_px"), *may("currency"), *need("trade_date"),
            *may("transact_time settl_date gross_trade_amt net_money text"), ALLOCATED,
        ),
        "", SINCE_44,
    ),
    Message(
        "AK", "Confirmation", "What one account's share of a trade comes to: to be affirmed by ConfirmationAck.",
        (TO_CLIENT,),
        (
            *need("confirm_id confirm_trans_type confirm_type confirm_status"), *may("alloc_id"), ALLOC_ORDERS,
            *need("transact_time trade_date"), *INSTRUMENT, *need("alloc_qty"), *may("currency"), *need("side"),
            CAPACITIES, *need("alloc_account avg_px"), *may("settl_date"), *need("gross_trade_amt net_money"),
            *may("accrued_interest_amt commission text"),
        ),
        "AU", SINCE_44,
    ),
    Message(
        "AU", "ConfirmationAck", "Affirms a Confirmation, or says why not.", (FROM_CLIENT,),
        (
            *need("confirm_id trade_date transact_time affirm_status"),
            *when("confirm_rej_reason", "AffirmStatus confirm_rejected"), *may("match_status text"),
        ),
        "j", SINCE_44,
    ),
    Message(
        "Q", "DontKnowTrade", "Says that a reported execution is not known or not right.", IN,
        (
            *need("order_id"), *may("secondary_order_id"), *need("exec_id dk_reason"), *INSTRUMENT, *need("side"),
            *may("order_qty cash_order_qty last_qty last_px text"),
        ),
        "8 j",
    ),
    Message("8", "ExecutionReport", "What happened to an order, and its state after that.", OUT, REPORT, "Q"),
    Message(
        "9", "OrderCancelReject", "Refuses a cancel or a replace; the order is as OrdStatus says.", OUT,
        (
            Entry("order_id", REQUIRED, "NONE when the order is not known"), *may("secondary_order_id"),
            *need("cl_ord_id orig_cl_ord_id ord_status"), *may("working_indicator list_id account transact_time"),
            *need("cxl_rej_response_to"), *may("cxl_rej_reason text"),
        ),
    ),
    Message(
        "j", "BusinessMessageReject",
        "A message that could be read and cannot be acted on: BusinessRejectReason (380).", BOTH,
        (
            *may("ref_seq_num"), *need("ref_msg_type"), *may("business_reject_ref_id"), *need("business_reject_reason"),
            *may("text"),
        ),
    ),
    Message(
        "AE", "TradeCaptureReport", "A trade, for those who keep copies.", OUT,
        (
            *need("trade_report_id"), *may("trade_report_trans_type trade_report_type trd_type trade_report_ref_id"),
            *may("secondary_trade_report_id trd_match_id exec_id exec_type ord_status"),
            *need("previously_reported"), *INSTRUMENT, *need("last_qty last_px"), *may("last_mkt currency"),
            *need("trade_date transact_time"), *may("settl_type settl_date multi_leg_reporting_type gross_trade_amt"),
            SIDES, *may("copy_msg_indicator text"),
        ),
        "AR", SINCE_44,
    ),
    Message(
        "AR", "TradeCaptureReportAck", "Answers a TradeCaptureReport.", IN,
        (
            *need("trade_report_id"), *may("trade_report_trans_type trade_report_type exec_type trade_report_ref_id"),
            *may("trd_rpt_status trade_report_reject_reason secondary_trade_report_id trd_match_id"), *INSTRUMENT,
            *may("transact_time text"),
        ),
        "", SINCE_44,
    ),
    Message(
        "V", "MarketDataRequest", "Asks for quotes and trades.", (TO_VENUE,),
        (
            *need("md_req_id subscription_request_type market_depth"), *may("md_update_type"), MD_ENTRY_TYPES, RELATED,
        ),
        "W X Y",
    ),
    Message(
        "W", "MarketDataSnapshotFullRefresh", "All levels of one instrument.", (FROM_VENUE,),
        (*may("md_req_id"), *MARKET_SYMBOL, SNAPSHOT),
    ),
    Message("X", "MarketDataIncrementalRefresh", "What changed.", (FROM_VENUE,), (*may("md_req_id"), INCREMENT)),
    Message(
        "Y", "MarketDataRequestReject", "Refuses a MarketDataRequest.", (FROM_VENUE,),
        (*need("md_req_id"), *may("md_req_rej_reason text")),
    ),
)  # fmt: skip
MESSAGES: dict[str, Message] = {message.msg_type: message for message in _ALL}
