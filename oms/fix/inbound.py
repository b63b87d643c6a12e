"""A batch of a client's messages: stored raw, acted upon and answered in one transaction.

Messages of one type that stand together are one call of the desk, so a burst costs little more than one message. An
order may stand in such a run only once: what comes next about it must see what came before.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from oms.base import sets
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk.batch import persistently
from oms.fix import allocating, asking, codes, dropcopy, lists, mass, multileg, posttrade, trading
from oms.fix.publish import Reader, first_words
from oms.fix.replies import Replies
from oms.fix.trading import Party
from routing.fix import codec, transform
from routing.models import ClientMessage

log = logging.getLogger("oms.fix")
COLUMNS = ("session_id", "incarnation", "msg_seq_num", "msg_type", "raw", "fields", "received_at", "outcome")
Handler = Callable[[Sequence[Mapping[str, Any]], Party, Replies], list[str]]
HANDLERS: dict[str, Handler] = {
    "D": trading.new_orders, "F": trading.cancels, "G": trading.replaces, "H": asking.status,
    "AF": asking.mass_status, "q": mass.mass_cancel, "E": lists.enter_list,
    "J": allocating.instructions, "AU": allocating.acknowledgements,
    "Q": posttrade.unknown_trades, "AB": multileg.new_orders, "AC": multileg.replaces,
}  # fmt: skip
ENTERING = frozenset({"D", "E", "AB"})
THROTTLED = ENTERING | {"G", "AC"}


class Message(NamedTuple):
    """A message as parsed; ``fault`` says what is wrong with it."""

    seq: int
    msg_type: str
    fields: dict[str, Any]
    raw: str
    fault: str = ""


class Throttle:
    """At most ``limit`` new and replaced orders in any second; 0 is any number."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken: deque[float] = deque()

    def takes(self) -> bool:
        """Whether one more is within the limit."""
        if not self.limit:
            return True
        at = time.monotonic()
        while self._taken and self._taken[0] <= at - 1:
            self._taken.popleft()
        if len(self._taken) >= self.limit:
            return False
        self._taken.append(at)
        return True


class Inbound:
    """What one session may send, and what becomes of it."""

    def __init__(
        self,
        party: Party,
        purpose: str,
        throttle: int,
        reader: Reader | None = None,
        transforms: Sequence[transform.Rule] = (),
    ) -> None:
        self.party, self.purpose, self.reader, self.transforms = party, purpose, reader, transforms
        self.throttle = Throttle(throttle)

    def take(self, incarnation: str, raws: Sequence[str]) -> None:
        """Apply messages, once each. If the batch as a whole cannot be, each is tried alone, and none is lost."""
        messages = [read(raw, self.transforms) for raw in raws]
        try:
            persistently(lambda bite: self._apply(incarnation, bite), messages)
        except Exception:
            log.exception("%s: a batch of %s is taken one by one", self.party.code, len(messages))
            for message in messages:
                self._alone(incarnation, message)

    def _alone(self, incarnation: str, message: Message) -> None:
        try:
            persistently(lambda bite: self._apply(incarnation, bite), [message])
        except Exception:
            log.exception("%s: message %s could not be applied", self.party.code, message.seq)
            persistently(lambda bite: self._give_up(incarnation, bite), [message])

    def _give_up(self, incarnation: str, messages: Sequence[Message]) -> list[None]:
        """Nothing of it was done; the client is told so, and the message is kept."""
        replies = Replies(self.party.code, now())
        for one in messages:
            text = "the message could not be applied; nothing was done"
            replies.business_reject(one.seq, one.msg_type, codes.NOT_AVAILABLE, text, _name(one))
        self._store(incarnation, messages, ["failed"] * len(messages), replies)
        return [None] * len(messages)

    def _apply(self, incarnation: str, messages: Sequence[Message]) -> list[None]:
        seen = ClientMessage.objects.filter(
            session_id=self.party.code, incarnation=incarnation, msg_seq_num__in=[one.seq for one in messages]
        )
        known = set(seen.values_list("msg_seq_num", flat=True))
        fresh = [one for one in messages if one.seq not in known]
        replies = Replies(self.party.code, now())
        outcomes: list[str] = []
        for run in runs(fresh):
            outcomes += self._run(run, replies)
        if self.reader and any(one.msg_type in ENTERING for one in fresh):
            replies.rows[:0] = first_words(self.reader)
        self._store(incarnation, fresh, outcomes, replies)
        return [None] * len(messages)

    def _store(self, incarnation: str, messages: Sequence[Message], outcomes: Sequence[str], replies: Replies) -> None:
        rows = [
            (self.party.code, incarnation, one.seq, one.msg_type[:2], codec.clean(one.raw), one.fields, replies.at, out)
            for one, out in zip(messages, outcomes, strict=True)
        ]
        sets.insert(ClientMessage, COLUMNS, rows, skip_duplicates=True)
        replies.save()

    def _run(self, run: Sequence[Message], replies: Replies) -> list[str]:
        kind = run[0].msg_type
        if run[0].fault:
            return [self._faulty(one, replies) for one in run]
        if kind in ("3", "j"):
            return ["noted"] * len(run)
        if self.purpose == "drop_copy_in" and kind == "8":
            return dropcopy.take([one.fields for one in run], self.party, replies)
        if kind not in HANDLERS or self.purpose != "order_entry":
            return [self._refused(one, replies) for one in run]
        within = [kind not in THROTTLED or self.throttle.takes() for _ in run]
        outcomes = iter(
            HANDLERS[kind]([m.fields for m, ok in zip(run, within, strict=True) if ok], self.party, replies)
        )
        return [next(outcomes) if ok else self._throttled(m, replies) for m, ok in zip(run, within, strict=True)]

    def _faulty(self, one: Message, replies: Replies) -> str:
        replies.business_reject(one.seq, one.msg_type, 0, one.fault, _name(one))
        return "malformed"

    def _refused(self, one: Message, replies: Replies) -> str:
        """Known, and not for this session; or not done here (Appendix: 380 = 6 and 3)."""
        if self.purpose != "order_entry":
            text = f"a {self.purpose.replace('_', ' ')} session may not send {one.msg_type}"
            replies.business_reject(one.seq, one.msg_type, codes.NOT_AUTHORIZED, text, _name(one))
            return "NOT_ALLOWED"
        text = f"message type {one.msg_type} is not supported"
        replies.business_reject(one.seq, one.msg_type, codes.UNSUPPORTED, text, _name(one))
        return "unsupported"

    def _throttled(self, one: Message, replies: Replies) -> str:
        refusal = Refusal("THROTTLED", "", f"more than {self.throttle.limit} orders in a second")
        if one.msg_type in ("G", "AC"):
            [found] = trading.named([one.fields], self.party)
            replies.cancel_reject(one.msg_type, one.fields, refusal, found.order)
        elif one.msg_type in ("D", "AB"):
            replies.rejected(one.fields, [refusal])
        else:
            replies.business_reject(one.seq, one.msg_type, codes.NOT_AVAILABLE, refusal.text, _name(one))
        return refusal.code


def read(raw: str, transforms: Sequence[transform.Rule] = ()) -> Message:
    """Parse a message, as the rules of the session make it; what is kept is what came.

    The engine has rejected what breaks the rules of its version; the rest is answered with j.
    """
    try:
        message = codec.decode(transform.apply(transforms, "in", raw))
    except codec.Malformed as fault:
        tags = codec.header(raw)
        return Message(int(tags["34"]), tags["35"], {"cl_ord_id": tags.get("11", "")}, raw, str(fault))
    return Message(message.msg_seq_num, message.msg_type, message.fields, raw)


def runs(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Neighbours of one type, in each of which a ClOrdID or OrigClOrdID stands once."""
    run: list[Message] = []
    names: set[str] = set()
    for one in messages:
        mine = {str(one.fields.get(name) or "") for name in ("cl_ord_id", "orig_cl_ord_id")} - {""}
        if run and (one.msg_type != run[0].msg_type or bool(one.fault) != bool(run[0].fault) or names & mine):
            yield run
            run, names = [], set()
        run.append(one)
        names |= mine
    if run:
        yield run


def _name(one: Message) -> str:
    for name in ("cl_ord_id", "list_id", "alloc_id", "confirm_id", "mass_status_req_id"):
        if one.fields.get(name):
            return codes.ascii_text(str(one.fields[name]), 64)
    return ""
