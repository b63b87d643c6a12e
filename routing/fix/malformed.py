"""What is wrong with a message, in the terms a session Reject (35=3) needs."""

from enum import IntEnum


class Reason(IntEnum):
    """SessionRejectReason (tag 373), as far as a message's own text can be at fault."""

    INVALID_TAG = 0
    REQUIRED_MISSING = 1
    NOT_OF_THIS_MESSAGE = 2
    UNDEFINED_TAG = 3
    WITHOUT_VALUE = 4
    VALUE_INCORRECT = 5
    FORMAT_INCORRECT = 6
    INVALID_MSG_TYPE = 11
    REPEATED = 13
    OUT_OF_ORDER = 14
    GROUP_OUT_OF_ORDER = 15
    GROUP_COUNT = 16


class Malformed(ValueError):
    """A value that may not be sent, or that was received and is not what FIX says it is.

    ``tag`` is the field at fault (371) and ``reason`` the SessionRejectReason (373) to answer with.
    """

    def __init__(self, text: str, tag: int = 0, reason: Reason = Reason.FORMAT_INCORRECT) -> None:
        super().__init__(text)
        self.tag = tag
        self.reason = reason
