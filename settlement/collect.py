"""What the custodian's files hold is applied: answers, statements; and what cannot be becomes an exception item.

A file is taken in one transaction: messages that were applied are remembered by their identification, so that whatever
is taken twice (after a kill at any point, or because the custodian repeats itself) counts once. A file is moved away
after that transaction, beside the archive where something in it could not be read.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import lane
from oms.base.refusal import Refusal
from settlement import answers, mail
from settlement.answer import Answer
from settlement.exceptions import CustodyMessage, Exceptional, exceptional
from settlement.messages import (
    CancelAnswer,
    CashStatement,
    Confirmation,
    HoldingsStatement,
    Message,
    MovementsStatement,
    Read,
    Status,
    batch,
    read,
)
from settlement.recon.receiving import receive

log = logging.getLogger(__name__)
# A refusal with this code says that the message repeats or lags behind what we know: nothing to look into.
LATE = "DUPLICATE_EXEC_ID"
STATEMENTS = (HoldingsStatement, MovementsStatement, CashStatement)
_CANCELLED = {
    "cancelled": "cancelled", "denied": "cancel_denied", "rejected": "cancel_rejected", "pending": "pending",
}  # fmt: skip


def home() -> Path:
    """The folder shared with the custodian."""
    return Path(settings.OMS_HOME) / "custodian"


def collect() -> int:
    """Apply what lies in the custodian's folders, oldest first; how many messages there were."""
    return sum(take(path) for folder in ("out", "statements") for path in mail.waiting(home() / folder))


def take(path: Path) -> int:
    """Apply one file; how many messages were in it. 0 also when another worker is at it."""
    data = mail.read(path, batch.MOST_BYTES)
    if data is None:
        return 0
    found = read(data)
    whole = not any(one.refusal for one in found)
    try:
        if not _in_one(found, path.name):
            return 0
    except (OperationalError, InterfaceError):
        raise  # the database is away: the file waits
    except Exception:
        # A fault of ours in one message must not keep all files behind it waiting: each of them by itself, then.
        log.exception("%s cannot be applied as a whole", path.name)
        applied = [_alone(one, path.name) for one in found]
        if None in applied:
            return 0
        whole = whole and all(applied)
    mail.archive(path, home() / ("archive" if whole else "aside"))
    return len(found)


def _in_one(found: Sequence[Read], file: str) -> bool:
    """Apply messages in one transaction; False when another worker is at it."""
    with transaction.atomic():
        # One worker at a time: two that take the same file would both find its messages new.
        if not lane("custody"):
            return False
        _apply(found, file)
        return True


def _alone(one: Read, file: str) -> bool | None:
    """Apply one message; what cannot be is an exception item. Whether it was; None when another worker is at it."""
    try:
        return _in_one([one], file) or None
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("%s cannot be applied", one.message_id)
        text = f"{file}: {one.message_id} was understood and could not be applied: {type(error).__name__}"
        with transaction.atomic():
            exceptional([Exceptional("NOT_APPLIED", _kind(one), one.reference, text, one.raw, file)])
        return False


def _apply(found: Sequence[Read], file: str) -> None:
    """Apply what is new in the file, in its order; keep what cannot be. A fixed number of statements."""
    at = now()
    recorded = _recorded([one.message_id for one in found if one.message])
    seen = dict(recorded)
    items: list[Exceptional] = []
    fresh: list[Read] = []
    for one in found:
        if one.message is None:
            items.append(_unread(one, file))
            continue
        digest = _digest(one.message)
        if one.message_id not in seen:
            seen[one.message_id] = digest
            fresh.append(one)
        elif seen[one.message_id] != digest:
            items.append(_differs(one, file))
    done = []
    for one, refusal in zip(fresh, _told(fresh), strict=True):
        if refusal is None or refusal.code == LATE:
            done.append(one)
        elif refusal.code == "UNKNOWN_MESSAGE":  # whoever a message concerns keeps what it refuses itself
            items.append(Exceptional(refusal.code, _kind(one), one.reference, refusal.text, one.raw, file))
    exceptional(items)
    _remember(done, at)


def _told(fresh: Sequence[Read]) -> list[Refusal | None]:
    """Hand each message to whom it concerns; a refusal (or None) each, in order."""
    messages = [one.message for one in fresh if one.message]
    refusals: list[Refusal | None] = [Refusal("UNKNOWN_MESSAGE", "", "not a message for us") for _ in messages]
    said = [(place, answer_of(one)) for place, one in enumerate(messages)]
    heard = [(place, answer) for place, answer in said if answer]
    for (place, _), refusal in zip(heard, answers.apply([answer for _, answer in heard]), strict=True):
        refusals[place] = refusal
    stated = [(place, one) for place, one in enumerate(messages) if isinstance(one, STATEMENTS)]
    if stated:
        told = receive([one for _, one in stated], [fresh[place].made_at for place, _ in stated])
        for (place, _), refusal in zip(stated, told, strict=True):
            refusals[place] = refusal
    return refusals


def answer_of(message: Message) -> Answer | None:
    """What a message says about an instruction; None for one that says nothing about any."""
    if isinstance(message, Status):
        status, day = message.status, message.business_date
        code, reason = message.reason_code, message.reason
        return Answer(
            message.reference, status, message.custodian_reference, day, None, None, code, reason, message.message_id
        )
    if isinstance(message, Confirmation):
        status = "partial" if message.remaining else "settled"
        return Answer(
            message.reference, status, message.custodian_reference, message.settled_on, message.qty, message.net_money,
            "", "", message.message_id,
        )  # fmt: skip
    if isinstance(message, CancelAnswer):
        return Answer(
            message.reference, _CANCELLED[message.status], message.custodian_reference, message.business_date, None,
            None, message.reason_code, message.reason, message.message_id,
        )  # fmt: skip
    return None


def _recorded(ids: Sequence[str]) -> dict[str, str]:
    """The digests of messages that were applied before."""
    return dict(CustodyMessage.objects.filter(message_id__in=set(ids)).values_list("message_id", "digest"))


def _remember(done: Sequence[Read], at: datetime) -> None:
    """``at``: when they came, which is before what they did."""
    rows = [(one.message_id, _digest(one.message), _kind(one), one.reference[:40], at) for one in done]
    sets.insert(CustodyMessage, ("message_id", "digest", "kind", "reference", "received_at"), rows)


def _digest(message: Any) -> str:
    """What a message says, whenever its header was made."""
    return hashlib.sha256(repr(message).encode("utf-8", "backslashreplace")).hexdigest()


def _kind(one: Read) -> str:
    return batch.KINDS[type(one.message)].definition[:40] if one.message else "file"


def _unread(one: Read, file: str) -> Exceptional:
    assert one.refusal
    return Exceptional(one.refusal.code, "file", one.reference, f"{file}: {one.refusal.text}", one.raw, file)


def _differs(one: Read, file: str) -> Exceptional:
    text = f"{file}: {one.message_id} came before and said something else"
    return Exceptional("DUPLICATE_DIFFERS", _kind(one), one.reference, text, one.raw, file)
