"""Overrides as orders meet them: what one that was refused is told of ways round, and that one was used."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from oms.base.refusal import Refusal
from oms.desk import alerts
from orders.book import Book
from orders.models import Alert
from risk import waiving
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
    used = {
        each.override_id: each.whole_id or each.order_id
        for each, verdict in zip(terms, verdicts, strict=True)
        if verdict.accepted and each.override_id in known.overrides
    }
    rows = []
    for number, order_id in used.items():
        said = Refusal("", "", f"order {order_id} was sent with override {number}")
        rows.append(alerts.notice(book, book.lines[order_id], Alert.Severity.INFO, "override", said))
    alerts.save(rows)


def as_one(
    legs: Sequence[Terms], whole_id: int, said: Mapping[str, object], ratios: Sequence[object], override_id: int | None
) -> list[Terms]:
    """The legs of a spread as risk is asked of them: an override is of the whole, in these words, with all its legs."""
    named = "; ".join(f"{leg.side} {ratio} {leg.symbol}.{leg.market}" for leg, ratio in zip(legs, ratios, strict=True))
    whole = tuple(waiving.in_words({**said, "legs": named}).items())
    return [
        replace(leg, leg=number, whole_id=whole_id, whole=whole, override_id=override_id)
        for number, leg in enumerate(legs, 1)
    ]


def no_way_round(refusals: Sequence[Refusal], ways: Iterable[str], what: str) -> tuple[Refusal, ...]:
    """The refusals of what takes no override, and what is to be done instead where a single order could have one."""
    if waiving.strictest(ways) not in (Way.SECOND_PERSON, Way.DESIGNATED):
        return tuple(refusals)
    return (*refusals, Refusal("NOT_OVERRIDABLE", "override_id", what))
