"""The reason codes of the controls, entered into the one public catalogue."""

from oms.base.refusal import REASONS, Reason

RISK_REASONS: dict[str, Reason] = {
    "BAD_QUANTITY": Reason("The quantity is not a number above zero.", "Send a quantity above zero."),
    "BAD_PRICE": Reason(
        "The price does not fit the order type.", "A limit order has a price above zero, a market order none."
    ),
    "MAX_ORDER_QTY": Reason("The order is larger than the limit.", "Send a smaller quantity, or ask Risk."),
    "MAX_NOTIONAL": Reason("The order is worth more than the limit.", "Send a smaller order, or ask Risk."),
    "PRICE_COLLAR": Reason("The price is too far from the market.", "Check the price; move it towards the reference."),
    "LOT_SIZE": Reason("The quantity is not a multiple of the lot.", "Round the quantity to the lot in the answer."),
    "TICK_SIZE": Reason("The price is not a multiple of the tick.", "Round the price to the tick in the answer."),
    "RESTRICTED": Reason("The instrument is on the restricted list.", "Ask Compliance."),
    "POSITION_LIMIT": Reason(
        "The position could grow beyond its limit.", "Send less, cancel open orders, or ask Risk."
    ),
    "GROSS_LIMIT": Reason(
        "The value traded today would exceed a limit.", "Send less, cancel open orders, or ask Risk."
    ),
    "OPEN_ORDERS_LIMIT": Reason("The open orders would exceed a limit.", "Send less, cancel open orders, or ask Risk."),
    "WINDOW_LIMIT": Reason("Too much was sent in a short time.", "Wait until the window has passed, or ask Risk."),
    "EXPOSURE_LIMIT": Reason("The exposure could grow beyond its limit.", "Send less, or ask Risk."),
    "LIMIT_FIXED": Reason("Scope and measure of a limit never change.", "End this limit and set another one."),
    "DUPLICATE_LIMIT": Reason("A limit of this measure and scope is in force.", "Change that one, or end it first."),
    "KILL_SWITCH": Reason("Trading is stopped.", "Wait until the kill switch is released."),
    "ORDER_MARKING": Reason(
        "The sale is marked wrongly.", "Mark it as the answer says: long as sell, short as sell_short."
    ),
    "SHORT_SALE_PRICE": Reason("A short sale must be above the best bid today.", "Raise the price above the bid."),
    "SELF_TRADE": Reason("The order could trade with one of our own.", "Cancel the order on the other side first."),
    "THROTTLED": Reason("Too many messages in too short a time.", "Send more slowly."),
    "ISSUER_WEIGHT": Reason("The issuer would be too large a part of the portfolio.", "Send a smaller order."),
    "RATING_FLOOR": Reason("The instrument's rating is too low.", "Choose an instrument rated at the floor or better."),
    "DATA_MISSING": Reason("Something a control needs is not known.", "Wait for the data, or have it supplied."),
    "REDUCE_ONLY": Reason("The order would increase the position.", "Lower the quantity or drop the instruction."),
    "DATA_STALE": Reason("Something a control needs is too old.", "Wait for fresh data."),
    "SAME_PERSON": Reason("Another person must do this.", "Ask a colleague with the same right."),
    "NOT_ENGAGED": Reason("This kill switch is not engaged.", "Nothing to do."),
}
REASONS.update(RISK_REASONS)
