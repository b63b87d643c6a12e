"""A refusal is a value with a code from one public catalogue, not an exception."""

from typing import NamedTuple


class Refusal(NamedTuple):
    """Why something was not done: the catalogue's code, the field at fault (or ''), and the text with the numbers."""

    code: str
    field: str
    text: str


class Reason(NamedTuple):
    """What a code means, and what whoever meets it can do."""

    text: str
    remedy: str


REASONS: dict[str, Reason] = {
    "BAD_NUMBER": Reason("Not a plain decimal number.", "Send plain digits with an optional point, as a string."),
    "BAD_VALUE": Reason("Not one of the values this field takes.", "Use one of the values named in the answer."),
    "NOT_POSITIVE": Reason("Must be greater than zero.", "Send a number above zero."),
    "MISSING": Reason("A required field is missing.", "Send the field named in the answer."),
    "UNKNOWN_FIELD": Reason("No such field.", "Leave it out, or correct its name."),
    "UNKNOWN_COLUMN": Reason("No such column.", "Use one of the columns named in the answer."),
    "BAD_TOKEN": Reason("The token is not one we gave you for this.", "Ask for a preview, and send its token."),
    "TOKEN_EXPIRED": Reason("The preview is too old to act upon.", "Ask for a new preview, and look at it."),
    "TOO_LONG": Reason("The text is too long.", "Shorten it to the length named in the answer."),
    "BAD_TEXT": Reason("The text holds a character that is not allowed.", "Use printable characters."),
    "UNKNOWN_ACCOUNT": Reason("No such account, or not one of yours.", "Use an account of one of your desks."),
    "UNKNOWN_INSTRUMENT": Reason("No such instrument.", "Look the symbol up under /api/v1/instruments/."),
    "NOT_TRADABLE": Reason("The instrument is halted or expired.", "Wait until operations sets it active again."),
    "UNKNOWN_ORDER": Reason("No such order, or not one of yours.", "Check the order id."),
    "AMBIGUOUS_INSTRUMENT": Reason("Several instruments have this symbol.", "Add the market, as SYMBOL.MIC."),
    "DUPLICATE_CL_ORD_ID": Reason(
        "This ClOrdID was used before with other terms.",
        "Use a new ClOrdID; the order it names is in the answer.",
    ),
    "DUPLICATE_EXEC_ID": Reason("This execution was reported before.", "Nothing to do: it is booked once."),
    "BALANCE_DIFFERS": Reason(
        "A balance of the ledger is not the sum of its entries.", "Stop settling, run check_books, and find out why."
    ),
    "UNKNOWN_TRANSFER": Reason("No such transfer, or it was decided.", "Look at the list of transfers."),
    "SOURCE_REUSED": Reason(
        "Something else was booked under this source.", "Book the difference under a source of its own."
    ),
    "ORDER_CLOSED": Reason("The order is no longer open.", "Nothing can be amended or canceled."),
    "NOT_OPEN_FOR_AMEND": Reason("A request for this order is in flight.", "Wait for its answer."),
    "VERSION_CONFLICT": Reason("The order changed since you read it.", "Read it again and repeat."),
    "NOTHING_CHANGES": Reason("The amendment changes nothing.", "Change the quantity or the price."),
    "OVERFILL": Reason("The venue reported more than the order's quantity.", "Operations decides: see the alert."),
    "BAD_REPORT": Reason("The report makes no sense for this order.", "Operations decides: see the alert."),
    "NOT_ALLOWED": Reason("Your role does not allow this.", "Ask someone whose role does."),
    "NOT_SUPPORTED_BY_VENUE": Reason(
        "No venue of the instrument takes such an order, and it cannot be emulated.", "Choose another type or validity."
    ),
    "NOT_HELD": Reason("The order is not held for that reason.", "Look at what holds it."),
    "LIST_REFUSED": Reason("Another order of the list was refused, and the list is all or nothing.", "Mend that one."),
    "BAD_LIST": Reason("These orders cannot be linked so.", "See the text."),
    "BAD_BLOCK": Reason("These orders cannot be one block.", "See the text: leave out what differs, or what works."),
    "IN_BLOCK": Reason("The order is part of a block.", "Undo or cancel the block, which gives the order back."),
    "IS_BLOCK": Reason("A block is what its members are.", "Undo it, or take out a member."),
    "BLOCK_WORKS": Reason("The block is filled, or a part of it is at a venue.", "Cancel it: its members come back."),
    "BAD_SPLIT": Reason("The order cannot be split so.", "See the text: the parts must come to what is left."),
    "BAD_ALLOCATION": Reason("The trade cannot be allocated so.", "See the text: the parts must come to the whole."),
    "UNKNOWN_ALLOCATION": Reason("No such allocation, or not one of yours.", "Check the allocation's id."),
    "DUPLICATE_ALLOC_ID": Reason(
        "This AllocID was used before.", "Use a new AllocID; replace names the one it replaces."
    ),
    "ALLOCATED_ALREADY": Reason("The order is in an allocation already.", "Change that one, or cancel it first."),
    "NOT_ALLOCABLE": Reason(
        "The executions of this order settle where they were made.",
        "Trade in an allocation account of the desk, or allocate before the first fill.",
    ),
    "ALLOCATION_STATE": Reason("The allocation is not in a state for this.", "Read it again and see where it stands."),
    "NOT_ALLOCATED": Reason("Executions wait for their allocation.", "Allocate them before the cut-off."),
    "REALLOCATE": Reason(
        "Executions under a booked allocation changed, so it was taken back.", "Book it again at the new quantity."
    ),
    "CONFIRMATION_DIFFERS": Reason("The counterparty's version differs from ours.", "Settle the difference with it."),
    "NOT_AFFIRMED": Reason("A trade was not affirmed in time.", "Call the counterparty; it settles all the same."),
    "CONFIRMATION_STATE": Reason("The confirmation is not in a state for this.", "Read it again."),
    "UNKNOWN_CONFIRMATION": Reason("No such confirmation, or not one of yours.", "Check its id."),
    "IS_A_LEG": Reason("The order is a leg of a spread.", "Amend or cancel the spread as a whole."),
    "LEGS_DIFFER": Reason(
        "A spread's legs did not fill in its ratio, or not at its net price.", "Compare its executions with the venue."
    ),
    "CONTINGENCY_BREACHED": Reason(
        "Linked orders were filled beyond what was meant, before a cancel could arrive.", "Trade out of the excess."
    ),
    "TRADER_REFUSED": Reason("The trader refused the order.", "See the trader's reason."),
    "TOO_MUCH": Reason("More than is left to work.", "Ask for at most what the answer names."),
    "SECOND_PERSON": Reason(
        "This needs a second person.", "Ask a colleague to confirm it; for an order, ask Compliance for an override."
    ),
    "DAY_NOT_ENDED": Reason("The day before has not been ended.", "Run the end of day first."),
    "STATEMENT_DIFFERS": Reason(
        "A statement of this name came before and said something else.", "Ask the sender which of them holds."
    ),
    "STATEMENT_REPEATED": Reason("A statement of that day is here already.", "Ask the sender which of them holds."),
    "STATEMENT_CONTRADICTS": Reason(
        "The statement contradicts itself: opening and movements do not come to closing.", "Ask for another."
    ),
    "STATEMENT_LATE": Reason("The day was signed before this statement came.", "Look at it by hand."),
    "WRONG_DAY": Reason("The day is not over, or no business day.", "Wait until it is over, or name another."),
    "WRONG_CURRENCY": Reason("The account holds no such currency.", "Ask the sender what it is."),
    "BREAK": Reason("Our books and a statement differ.", "Assign the breaks, find out why, resolve them."),
    "BREAK_CLOSED": Reason("The break is closed.", "Nothing to do: see its history."),
    "BREAKS_OPEN": Reason("A break has no owner.", "Assign or resolve every break, then sign."),
    "NO_STATEMENT": Reason("There is no statement to sign.", "Wait for it, or ask the custodian."),
    "NOT_COMPARED": Reason("A statement is not compared with our books yet.", "Wait a second and repeat."),
    "SIGNED": Reason("This was signed already.", "Nothing to do."),
    "DAY_OPEN": Reason(
        "Something mandatory is open on this day.", "Do what the answer names, or ask for the close with a reason."
    ),
    "VENUE_OPEN": Reason(
        "A venue with open orders has not closed yet.", "Wait until it has, or force the end of day with a reason."
    ),
    "HOURS_UNKNOWN": Reason(
        "It is not known when the venue trades.", "Give the venue a calendar, or load calendars that reach this day."
    ),
    "EXPIRED_OVERNIGHT": Reason(
        "A venue let a carried order expire between its sessions.", "Nothing to do: it is sent again the next day."
    ),
    "CORPORATE_ACTION": Reason(
        "The order was changed, or ended, by a corporate action of its instrument.",
        "See the action: its id is in the text.",
    ),
    "NOT_TOLD": Reason(
        "The custodian could not be told of a movement: no message can hold it.",
        "Tell it otherwise, and mend the data.",
    ),
    "MARKET_CLAIM": Reason(
        "Trades had not settled when an instrument went ex.",
        "Claim what is due on them from the counterparty, or pay it.",
    ),
    "NO_ROUTE": Reason("No routing rule names a venue for this order.", "Operations adds a rule."),
    "CUM_QTY_DIFFERS": Reason(
        "The venue and we disagree about what was filled.", "Operations compares the executions: see the alert."
    ),
    "TOO_LATE_TO_CANCEL": Reason("The order was filled or ended before the request.", "Nothing to do: see its fills."),
    "BROKER_OPTION": Reason("The other side declined the request.", "Ask it why: see the text."),
    "REQUEST_PENDING": Reason("The venue takes one request at a time.", "Repeat it when the first is answered."),
    "UNRESOLVED": Reason(
        "A request was not answered in time, so nobody knows what became of it.",
        "The venue was asked for the order's status; wait for it, or call the venue.",
    ),
    "THROTTLED": Reason("More orders in a second than the session may send.", "Send them more slowly."),
    "DROP_COPY_UNMATCHED": Reason(
        "A broker reports an execution that we do not have.", "Operations compares it with the venue's reports."
    ),
    "VENUE_REJECTED": Reason("The venue refused the order.", "See the venue's text."),
    "MALFORMED_XML": Reason("The message is not well-formed XML.", "Ask the sender for it again."),
    "TRUNCATED": Reason("The file ends early.", "Ask the sender for it again: what was whole has been applied."),
    "DTD_REFUSED": Reason(
        "A document type, an entity, a comment or CDATA: none of them is taken.", "Ask the sender for plain elements."
    ),
    "TOO_LARGE": Reason("Larger than is taken.", "Ask the sender for smaller files."),
    "BAD_ENCODING": Reason("Not in UTF-8.", "Ask the sender for UTF-8."),
    "UNKNOWN_MESSAGE": Reason("No message that we take.", "Compare its kind and version with docs/operations.md."),
    "DUPLICATE_DIFFERS": Reason(
        "A message with the identifier of another one that was applied, and other content.",
        "Nothing of it was applied: ask the sender which of the two is right.",
    ),
    "NOT_APPLIED": Reason(
        "The message was understood, and applying it failed.",
        "Tell whoever runs the system: the log says why. Then put its file back from aside into out.",
    ),
    "NOT_INSTRUCTED": Reason(
        "The settlement instruction cannot be written as a message.", "Correct what the text names, then release it."
    ),
    "SSI_MISSING": Reason(
        "No standing settlement instruction and no place of settlement is known.",
        "Operations enters one, and another person checks it: what waits is then released.",
    ),
    "BUSY": Reason("The database is busy with these rows.", "Repeat the request; it is idempotent."),
}
