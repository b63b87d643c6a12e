"""Overrides as orders meet them: what one that was refused is told of ways round, and that one was used."""

from collections.abc import Sequence

from oms.base.refusal import Refusal
from oms.desk import alerts
from orders.book import Book
from orders.models import Alert
from risk.known import Facts
from risk.terms import Terms
from risk.verdict import Verdict
from risk.waiving import Way

LONGEST = 500
_WAYS = {
    Way.REASON: "It may be sent with a reason (acknowledge_reason)",
    Way.SECOND_PERSON: "Ask for an override of order {}",
    Way.DESIGNATED: "Compliance alone may waive this: ask for an override of order {}",
}


def told(refusals: Sequence[Refusal], way: str, order_id: int) -> str:
    """Text (58) of a refused order: every reason, and last what may be done, which is not cut off."""
    words = _WAYS.get(Way(way), "").format(order_id)
    text = "; ".join(refusal.text for refusal in refusals)
    return f"{text[: LONGEST - len(words) - 2]}; {words}" if words else text[:LONGEST]


def tell_used(book: Book, terms: Sequence[Terms], verdicts: Sequence[Verdict], known: Facts) -> None:
    """Tell the desk and whoever granted it that an override was used. One statement, none where none was."""
    rows = []
    for each, verdict in zip(terms, verdicts, strict=True):
        if verdict.accepted and each.override_id in known.overrides:
            said = Refusal("", "", f"order {each.order_id} was sent with override {each.override_id}")
            rows.append(alerts.notice(book, book.lines[each.order_id], Alert.Severity.INFO, "override", said))
    alerts.save(rows)
