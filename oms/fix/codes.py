"""Our reason codes as the numbers FIX has for them, and text that may go on the wire."""

# OrdRejReason (103); what has no number of its own is 99 (other), and Text (58) begins with our code.
ORD_REJ_REASONS = {
    "UNKNOWN_INSTRUMENT": 1,
    "AMBIGUOUS_INSTRUMENT": 1,
    "NOT_TRADABLE": 2,
    "UNKNOWN_ORDER": 5,
    "DUPLICATE_CL_ORD_ID": 6,
    "NOT_SUPPORTED_BY_VENUE": 11,
    "NO_ROUTE": 11,
    "NOT_POSITIVE": 13,
    "BAD_NUMBER": 13,
    "UNKNOWN_ACCOUNT": 15,
    "MAX_ORDER_QTY": 3,
    "MAX_NOTIONAL": 3,
    "POSITION_LIMIT": 3,
}
# CxlRejReason (102).
CXL_REJ_REASONS = {
    "TOO_LATE_TO_CANCEL": 0,
    "ORDER_CLOSED": 0,
    "UNKNOWN_ORDER": 1,
    "BROKER_OPTION": 2,
    "VENUE_REJECTED": 2,
    "REQUEST_PENDING": 3,
    "NOT_OPEN_FOR_AMEND": 3,
    "DUPLICATE_CL_ORD_ID": 6,
}
OTHER = 99
# BusinessRejectReason (380).
UNSUPPORTED, NOT_AVAILABLE, MISSING_FIELD, NOT_AUTHORIZED = 3, 4, 5, 6


def ascii_text(text: str, length: int = 200) -> str:
    """Text (58) may hold printable ASCII only; anything else is shown as a question mark."""
    if text.isascii() and text.isprintable():
        return text[:length]
    return "".join(char if " " <= char <= "~" else "?" for char in text)[:length]


def told(code: str, text: str) -> str:
    """What goes into Text (58): our code from the public catalogue, and the words."""
    return ascii_text(f"{code}: {text}" if code else text)
