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
    "OPEN_ORDERS_LIMIT": Reason("Too many orders are open.", "Cancel open orders, or ask Risk."),
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
    "KILL_RELEASED": Reason("Trading goes on.", "Enter again what was canceled, if it is still wanted."),
    "NOT_CONFIRMED": Reason("A kill switch is confirmed by its target's name.", "Send the name in the answer."),
    "PRICE_REQUIRED": Reason("An order without a price is not taken here.", "Send a limit order."),
    "VOLUME_SHARE": Reason(
        "The order is too large a part of the daily volume.", "Send less, or work it over several days."
    ),
    "MARKET_CLOSED": Reason("The venue is closed for such an order.", "Send it within the hours of the venue."),
    "TRADE_THROUGH": Reason(
        "The price would trade through a better quotation.", "Price it at the best quotation, or sweep (ISO)."
    ),
    "LOCKS_MARKET": Reason(
        "The price would lock or cross the market.", "Move it a tick away, or send it immediate or cancel."
    ),
    "EVALUATED_PRICE": Reason(
        "The price is far from the bond's evaluated price.", "Check the price; acknowledge it with a reason."
    ),
    "FILL_OUTLIER": Reason("A fill is far from the market.", "Ask the venue whether it stands."),
    "CREDIT_LIMIT": Reason(
        "What is executed today and open would exceed a limit.",
        "Send less, cancel open orders, or ask Risk for a larger line.",
    ),
    "BUYING_POWER": Reason("There is not enough cash.", "Send less, cancel open purchases, or fund the account."),
    "OPEN_VALUE": Reason("Too much is open already.", "Send less, cancel open orders, or wait until they are filled."),
    "WINDOW_VALUE": Reason("Too much was sent in a short time.", "Wait until the window has passed, or ask Risk."),
    "DAILY_LOSS": Reason("Today's loss has reached its limit.", "Only reduce positions, or ask Risk."),
    "INITIAL_MARGIN": Reason(
        "There is not enough equity for the margin.", "Send less, close contracts, or fund the account."
    ),
    "DUPLICATE_ORDER": Reason("The same order came a moment ago.", "Wait if it is meant twice; else do nothing."),
    "STRATEGY_STOPPED": Reason(
        "The strategy executed too often and was stopped.", "Have a designated person arm it again."
    ),
    "AMEND_COUNT": Reason("The order was amended very often.", "Cancel it and enter a new one, or acknowledge."),
    "SESSION_DOWN": Reason("The session to the venue is down.", "Wait until it is up, or choose another venue."),
    "ROLLOUT_CAP": Reason("The algorithm would leave its roll-out caps.", "Stay within them, or have them widened."),
    "NOT_PERMITTED": Reason("Nobody granted you this market.", "Ask for the permission named in the answer."),
    "WATCHED": Reason("The name is on a list that Compliance watches.", "For Compliance: look at the order."),
    "NO_LOCATE": Reason("There is no locate for the short sale.", "Locate the stock, or sell less."),
    "WASH_TRADE": Reason("The same owner just traded the other side.", "Wait, or acknowledge it with a reason."),
    "TRADING_AHEAD": Reason("A client's order works at this price.", "Let the client's order go first."),
    "VENUE_POLICY": Reason(
        "The venue is not in the execution policy.", "Choose one that is, or acknowledge with a reason."
    ),
    "NO_SSI": Reason("There are no settlement instructions.", "Have operations set them up, or acknowledge."),
    "NOT_ELIGIBLE": Reason("The instrument is not for this account.", "Use an eligible account."),
    "OPTIONS_LEVEL": Reason("The account's options level is too low.", "Cover the option, or have the level raised."),
    "VOTING_SHARE": Reason("Too many of the issuer's shares.", "Send a smaller order."),
    "FIVE_TEN_FORTY": Reason("The portfolio would leave 5/10/40.", "Send a smaller order."),
    "SECTOR_WEIGHT": Reason("The sector would be too large a part.", "Send a smaller order."),
    "DURATION_BAND": Reason("Duration would leave its band.", "Send less, or trade the other way elsewhere first."),
    "LEVERAGE": Reason("Gross exposure would be too large.", "Send a smaller order."),
    "ILLIQUID_WEIGHT": Reason("Too much would be illiquid.", "Choose a liquid instrument."),
    "VALUE_AT_RISK": Reason("Value at risk is too large.", "Reduce risk, or acknowledge."),
    "REGION_WEIGHT": Reason("The country or currency would weigh too much.", "Send a smaller order, or acknowledge."),
    "EXCLUDED": Reason("The mandate excludes the name.", "Choose another instrument."),
    "OVERDRAFT": Reason("Cash would fall below what must be left.", "Send less, or fund the account."),
    "CROSS_TRADE": Reason("The cross does not meet the rules.", "Mend what the answer names, or trade in the market."),
    "OWNERSHIP": Reason("The firm would own a reportable part.", "Tell Compliance; acknowledge."),
    "COUNTERPARTY": Reason("The broker would owe us too much.", "Use another broker."),
    "BROKER_NOT_APPROVED": Reason("The broker is not approved.", "Use an approved broker."),
    "UNFAIR_ALLOCATION": Reason("The allocation is not fair.", "Allocate pro rata, or record the minimum fill."),
    "ALERT_LATE": Reason("An alert came late.", "Operations looks at the watch."),
    "REPORT_LATE": Reason("A fill came late to supervision.", "Operations looks at the feed."),
    "CLOSE_OUT": Reason("A failed delivery must be closed out.", "Buy in or borrow before the market opens."),
    "NOT_REVERSED": Reason("A busted trade was not reversed exactly.", "Operations compares the books."),
    "LOSS_STOP": Reason(
        "Today's loss has stopped this account, desk, trader or strategy.",
        "Reduce positions where that is allowed; Compliance may release it for the day.",
    ),
    "LOSS_WARNING": Reason("Today's loss has reached its warning level.", "Look at it before it reaches the next."),
    "BREACH_OVER": Reason("What was breached holds again.", "Nothing to do."),
    "BREACH_OVERDUE": Reason("A breach was not cured by its deadline.", "Cure it, or have it waived."),
    "BREACH_STATE": Reason("The breach is not in a state for this.", "Open it again and see where it stands."),
    "BREACH_HOLD": Reason("A breach holds the order back.", "Wait until it is over, or have it waived."),
    "UNKNOWN_BREACH": Reason("No such breach, or not one of your desks'.", "Check the number."),
    "ORDER_TO_TRADE": Reason("Too many orders for the trades made.", "Send fewer orders."),
    "COMPLIANCE_RULE": Reason(
        "A rule of Compliance stands against it.", "See the text: it names the rule, the number and the level."
    ),
    "CONTRADICTORY_RULE": Reason("Parts of the rule exclude each other.", "Mend the field named in the answer."),
    "CIRCULAR_RULE": Reason("Rules that name each other in a circle.", "Write the filter out in one of them."),
    "UNKNOWN_RULE": Reason("No such rule.", "Use the code of a rule that is written."),
    "RULE_NOT_TESTED": Reason(
        "The rule's own test cases have not all passed, or there are too few.",
        "Have a case that passes and one that does not, and run them.",
    ),
    "RULE_CHANGED": Reason("The rule is no longer what you looked at.", "Open it again."),
    "NOT_RECONSTRUCTED": Reason(
        "The past of this figure is not on record.", "Bring the rule into force as a dry run, and see what it says."
    ),
    "BAD_PERIOD": Reason("The dates do not follow each other.", "See the text."),
    "UNKNOWN_OVERRIDE": Reason("No such override, or not on your desks.", "Check its number under risk/overrides/."),
    "OVERRIDE_PENDING": Reason(
        "The override has not been decided yet.", "Wait for Compliance; the answer is an alert."
    ),
    "OVERRIDE_ASKED": Reason("Somebody asks for an override.", "Compliance grants or refuses it under Overrides."),
    "OVERRIDE_GRANTED": Reason("An override was granted.", "Send the same terms again with its number, in time."),
    "OVERRIDE_REFUSED": Reason("The override was refused.", "Change the order, or ask again with a better reason."),
    "OVERRIDE_USED": Reason("The override was used by an order before.", "Ask for another: each is for one order."),
    "OVERRIDE_EXPIRED": Reason("The override has expired.", "Ask again, and send the order in time."),
    "OVERRIDE_TERMS": Reason(
        "The override was granted for other terms.", "Send the terms it was granted for, or ask for these."
    ),
    "PROPOSAL_DECIDED": Reason("The proposed rule was decided before.", "Nothing to do: see the decision."),
    "OVERRIDE_DECIDED": Reason("The override was decided before.", "Nothing to do: see the decision."),
    "NOT_OVERRIDABLE": Reason(
        "There is no override for this.", "See the text: change the order, or acknowledge its warnings with a reason."
    ),
    "SELF_APPROVAL": Reason(
        "Whoever asked, or whose order it is, may not decide.", "Another person of Compliance decides."
    ),
}
REASONS.update(RISK_REASONS)
