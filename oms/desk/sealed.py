"""What somebody was shown, sealed: the orders with their versions, what is to be done, by whom and until when.

The seal is the only key to acting on it, so nothing can be acted upon that was not shown. It holds everything, and is
kept nowhere. ``mark`` names the requests that follow from it, so doing it twice asks for nothing twice.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.core import signing

from oms.base.refusal import Refusal
from oms.desk.asked import Actor

LIFE = timedelta(minutes=5)
LONGEST = 1_000_000
_SALT = "oms.desk.sealed"


class Sealed(NamedTuple):
    """Orders as (id, version), and the new terms of an amendment as they were typed."""

    verb: str
    orders: tuple[tuple[int, int], ...]
    terms: dict[str, Any]
    mark: str
    expires_at: datetime

    def name(self, order_id: int) -> str:
        """The ClOrdID (11) of the request about an order: the same whenever it is asked for again."""
        return f"oms-f{self.mark}-{order_id}"


def mark() -> str:
    """A name that nobody has used."""
    return secrets.token_hex(8)


def seal(sealed: Sealed, actor: Actor) -> str:
    """A token that only ``actor`` can open."""
    until = int(sealed.expires_at.timestamp())
    body = [sealed.verb, actor.user_id, until, sealed.mark, sealed.terms, sealed.orders]
    return signing.dumps(body, salt=_SALT, compress=True)


def unseal(token: str, verb: str, actor: Actor, at: datetime) -> Sealed | Refusal:
    """What the token holds, if it is ours, for this verb and this actor, and not too old."""
    try:
        kind, user_id, until, name, terms, orders = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return Refusal("BAD_TOKEN", "token", "the token is not one of ours, or not whole")
    if (kind, user_id) != (verb, actor.user_id):
        return Refusal("BAD_TOKEN", "token", f"the token is not for a {verb} of yours")
    expires_at = datetime.fromtimestamp(until, UTC)
    if at >= expires_at:
        return Refusal("TOKEN_EXPIRED", "token", f"the preview was good until {expires_at:%H:%M:%S} UTC")
    return Sealed(kind, tuple((pk, version) for pk, version in orders), terms, name, expires_at)
