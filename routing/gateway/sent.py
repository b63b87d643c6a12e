"""What a gateway has sent lately: which message a Reject means, and which orders the venue has not answered."""

import threading
import time
from collections import OrderedDict
from typing import Any

REMEMBERED = 10_000


class Sent:
    """Kept in memory only: after a restart every open order is asked about anyway. Used by both directions' threads.

    ``sending`` is held from before a message leaves until it is noted: an answer that is faster waits for the note,
    without which nobody would know what a Reject rejects.
    """

    def __init__(self) -> None:
        self.sending = threading.Lock()
        self._names: OrderedDict[int, tuple[str, str]] = OrderedDict()
        self._unanswered: dict[str, float] = {}

    def note(self, msg_seq_num: int, msg_type: str, cl_ord_id: str) -> None:
        """Remember one message, and forget one that is old. Called by whoever holds ``sending``."""
        self._names[msg_seq_num] = msg_type, cl_ord_id
        if len(self._names) > REMEMBERED:
            self._names.popitem(last=False)
        if msg_type in ("D", "AB"):
            self._unanswered[cl_ord_id] = time.monotonic()

    def named(self, msg_seq_num: Any) -> tuple[str, str]:
        """Type and ClOrdID of what was sent under this number (RefSeqNum, 45); empty when it is not known."""
        with self.sending:
            return self._names.get(msg_seq_num, ("", ""))

    def answered(self, cl_ord_id: str | None) -> None:
        """The venue has said something about this order."""
        if cl_ord_id:
            with self.sending:
                self._unanswered.pop(cl_ord_id, None)

    def overdue(self, patience_s: float) -> list[str]:
        """The ClOrdIDs of new orders without an answer for so long; each is named once."""
        sent_before = time.monotonic() - patience_s
        found = [name for name, at in list(self._unanswered.items()) if at < sent_before]
        for name in found:
            self.answered(name)
        return found
