"""The codes only this door gives, entered into the one public catalogue."""

from oms.base.refusal import REASONS, Reason

REASONS.update(
    BAD_JSON=Reason("The body is not JSON as RFC 8259 has it.", "Send one JSON value, in UTF-8, names once each."),
    BAD_REQUEST=Reason("The request cannot be understood.", "See the detail."),
    BAD_CURSOR=Reason("The cursor is not one we gave.", "Follow `next` of the page before, or begin without one."),
    NOT_FOUND=Reason("Nothing is here, or nothing you may see.", "Check the address and the id."),
    NOT_AUTHENTICATED=Reason("We do not know who you are.", "Send `Authorization: Token ...`, or log in."),
    BAD_LOGIN=Reason("User name or password is wrong.", "Check both; the account may be disabled."),
    TOO_MANY_LOGINS=Reason("Too many failed logins.", "Wait as long as Retry-After says."),
    METHOD_NOT_ALLOWED=Reason("This address does not take this method.", "See the Allow header."),
    UNSUPPORTED_MEDIA_TYPE=Reason("The body is of a kind not taken here.", "Send the type named in the detail."),
    TOO_LARGE=Reason("The body is too large.", "Send less at a time."),
    VERSION_REQUIRED=Reason(
        "A change must say which version it is based on.", 'Send `If-Match: "<version>"` from the order you read.'
    ),
    KEY_REUSED=Reason("This Idempotency-Key came with another request.", "Use a new key for a new request."),
    IN_FLIGHT=Reason("A request with this Idempotency-Key is being worked on.", "Repeat it in a second."),
    CONFLICT=Reason("Someone else wrote the same at the same time.", "Read again and repeat."),
    INTERNAL=Reason("Something failed on our side, and was noted.", "Repeat later; tell operations if it persists."),
)
