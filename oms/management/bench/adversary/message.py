"""One message of the stream, in the words of FIX: what we asked (D, G, F) or what the venue said (8, 9)."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
REQUESTS = frozenset("DGF")
DECIMALS = ("order_qty", "price", "last_qty", "last_px", "cum_qty", "leaves_qty")


class Message(NamedTuple):
    """``order_qty`` and ``price`` are the terms asked for, or those in force as the venue says.

    ``ord_status``, ``cum_qty`` and ``leaves_qty`` are the venue's own, as they were when it spoke: a message that was
    overtaken carries the older ones. ``exec_ref_id`` names the latest version of the execution that is undone.
    """

    msg_type: str
    cl_ord_id: str
    orig_cl_ord_id: str = ""
    account: str = ""
    symbol: str = ""
    side: str = ""
    order_qty: Decimal = ZERO
    price: Decimal = ZERO
    exec_id: str = ""
    exec_type: str = ""
    exec_ref_id: str = ""
    ord_status: str = ""
    last_qty: Decimal = ZERO
    last_px: Decimal = ZERO
    cum_qty: Decimal = ZERO
    leaves_qty: Decimal = ZERO

    @property
    def is_request(self) -> bool:
        """Whether we said it, rather than the venue."""
        return self.msg_type in REQUESTS


def to_lines(messages: Iterable[Message]) -> str:
    """``messages`` as JSON, one a line, numbers as text."""
    return "".join(json.dumps(message._asdict(), default=str) + "\n" for message in messages)
