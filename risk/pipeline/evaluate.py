"""One order judged by one rule: the number, the level it is compared with, and the room that is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from risk.grades import GRADES
from risk.pipeline import conditions, words
from risk.pipeline.book import ONE, ZERO, Asked, Book, Placed, whose
from risk.pipeline.grammar import (
    OPEN_ORDERS,
    POSITIONS,
    THIS_ORDER,
    Pipeline,
)
from risk.pipeline.tally import Sums, Tally, Weight, tally

HUNDRED, DAY_S = Decimal(100), Decimal(86_400)
IN_PERCENT = frozenset({"percent_of_nav", "percent_of_adv", "percent_of_outstanding", "leverage"})
AGED = frozenset({"percent_of_adv", "percent_of_outstanding", "duration", "rating"})


class Level(StrEnum):
    """What becomes of the order. ``missing`` and ``stale`` refuse it: a rule never passes because it knows nothing."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"
    MISSING = "missing"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule says of an order. ``number`` and ``before`` are None where it concerns it not.

    ``limit`` is the level that was passed, or the next one; ``room`` what is left up to the next
    level, if any. ``text`` says it in words;
    of what is missing it names what.
    """

    level: Level
    number: Decimal | str | None = None
    before: Decimal | str | None = None
    limit: Decimal | str | None = None
    room: Decimal | None = None
    text: str = ""


class Measured(NamedTuple):
    """A part and the whole it is measured by, with the order and ``before`` it. Compared as products, never divided.

    ``waived`` is an order that takes no part in the number and is let through whatever it is.
    """

    top: Decimal
    whole: Decimal
    before: Weight | None = None
    waived: bool = False

    def within(self, pipeline: Pipeline, level: Decimal) -> bool:
        """Whether the level holds: exactly the level passes."""
        limit = level * self.whole
        return self.top <= limit if pipeline.upward else self.top >= limit


def evaluate(pipeline: Pipeline, book: Book, order: Asked, ahead: Sequence[Placed] = ()) -> Answer:
    """Judge ``order`` by ``pipeline``, after the orders ``ahead`` of it in the same batch.

    An order that the rule's scope or filter leaves out passes without a number. One that makes a breached number no
    worse passes too: what was breached without it is not its doing.
    """
    found = measure(pipeline, book, order, ahead)
    return found if isinstance(found, Answer) else judge(pipeline, found)


def measure(pipeline: Pipeline, book: Book, order: Asked, ahead: Sequence[Placed] = ()) -> Measured | Answer:
    """The number, or the answer where there is none: the order is not concerned, or something is not known.

    Levels play no part in it: of rules that differ in nothing else it is the same.
    """
    concerned = conditions.of_order(pipeline.scope, order)
    if concerned is True and THIS_ORDER in pipeline.take:
        concerned = conditions.of_row(pipeline.filter, order.who, order.thing)
    if concerned is False:
        return Answer(Level.PASS)
    if isinstance(concerned, str):
        return _missing(concerned)
    if not whose(pipeline.over, order):
        return _missing(pipeline.over)
    return _rate(pipeline, book, order, ahead) if pipeline.is_rate else _holding(pipeline, book, order, ahead)


def _rate(pipeline: Pipeline, book: Book, order: Asked, ahead: Sequence[Placed]) -> Measured | Answer:
    """Messages, this one included; per trade, less one, where nothing was traded as if one trade had been made."""
    if book.counts is None:
        return _missing("count of messages")
    owner, thing = whose(pipeline.over, order), order.thing.id if pipeline.group else None
    messages, trades = book.counts.get((pipeline.window_s, pipeline.over, owner, thing), (ZERO, ZERO))
    before = sum(1 for one in ahead if whose(pipeline.over, one.asked) == owner and thing in (None, one.asked.thing.id))
    sent = messages + before + 1
    if pipeline.measure == "messages":
        return Measured(sent, ONE)
    trades = max(trades, ONE)
    return Measured(sent - trades, trades)


def _holding(pipeline: Pipeline, book: Book, order: Asked, ahead: Sequence[Placed]) -> Measured | Answer:
    group = conditions.group_of(pipeline.group, order.who, order.thing)
    if isinstance(group, str):
        return _missing(group)
    if old := _too_old(pipeline, order.thing.as_of, book.at, "analytics") if pipeline.measure in AGED else None:
        return old
    currency = pipeline.currency or order.thing.currency
    kept = tally(pipeline, book, currency, ahead)
    sums = kept.sums(order, group, _qty(pipeline, order))
    if isinstance(sums, str):
        return _missing(sums)
    if pipeline.measure == "rating":
        return _graded(pipeline, book, order, sums)
    top, before = sums.after[0], sums.before[0]
    if pipeline.measure == "duration":
        return Measured(top, sums.after[1], sums.before) if sums.after[1] > 0 else Measured(ZERO, ONE, (ZERO, ONE))
    if pipeline.whole:
        return _share(pipeline, book, order, ahead, sums)
    whole = _whole(pipeline, book, order, kept)
    if isinstance(whole, Answer):
        return whole
    waived = _settled(pipeline, book, order)
    return Measured(top * (HUNDRED if pipeline.measure in IN_PERCENT else ONE), whole, (before, whole), waived)


def _graded(pipeline: Pipeline, book: Book, order: Asked, sums: Sums) -> Measured | Answer:
    if sums.worst_rank is None:
        return Answer(Level.PASS)
    return Measured(sums.worst_rank, ONE, None, reduces(book, order))


def _settled(pipeline: Pipeline, book: Book, order: Asked) -> bool:
    """Whether an order that takes no part in the number is let through: one that only reduces a position."""
    return THIS_ORDER not in pipeline.take and reduces(book, order)


def _qty(pipeline: Pipeline, order: Asked) -> Decimal:
    """How much of the order is new to what the rule takes."""
    if THIS_ORDER not in pipeline.take:
        return ZERO
    if OPEN_ORDERS in pipeline.take:
        return order.total if order.growth is None else order.growth
    if POSITIONS in pipeline.take:
        return order.total if order.leaves is None else order.leaves
    return order.total


def _share(pipeline: Pipeline, book: Book, order: Asked, ahead: Sequence[Placed], part: Sums) -> Measured | Answer:
    """A part of everything that is held in the order's own issuer, sector, country or currency."""
    every = words.everything(pipeline)
    group = conditions.group_of(every.group, order.who, order.thing)
    if isinstance(group, str):
        return _missing(group)
    currency = pipeline.currency or order.thing.currency
    held = tally(every, book, currency, ahead).sums(order, group, _qty(pipeline, order))
    if isinstance(held, str):
        return _missing(held)
    if held.after[0] <= 0:
        return Measured(ZERO, ONE, (ZERO, ONE))
    before = (part.before[0] * HUNDRED, held.before[0]) if held.before[0] > 0 else None
    return Measured(part.after[0] * HUNDRED, held.after[0], before)


def _whole(pipeline: Pipeline, book: Book, order: Asked, kept: Tally) -> Decimal | Answer:
    """What the number is a part of."""
    if pipeline.measure in ("percent_of_nav", "leverage"):
        owner = whose(pipeline.over, order)
        if owner in kept.navs and order.who.account in book.navs:
            return kept.navs[owner]
        total = _nav(pipeline, book, order, kept.currency)
        if isinstance(total, Decimal):
            kept.navs[owner] = total
        return total
    if pipeline.measure == "percent_of_adv":
        return order.thing.adv or _missing(f"daily volume of {order.thing.symbol}")
    if pipeline.measure == "percent_of_outstanding":
        return order.thing.outstanding or _missing(f"units outstanding of {order.thing.symbol}")
    return ONE


def _nav(pipeline: Pipeline, book: Book, order: Asked, currency: str) -> Decimal | Answer:
    """Net assets of whomever the rule is over."""
    total = ZERO
    accounts = {order.who.account, *book.accounts(pipeline.over, whose(pipeline.over, order))}
    for account in sorted(accounts):
        nav = book.navs.get(account)
        rate = nav and book.rate(nav.currency, currency)
        if nav is None or rate is None:
            return _missing(f"net asset value of {account}")
        if old := _too_old(pipeline, nav.at, book.at, f"net asset value of {account}"):
            return old
        total += nav.value * rate
    return total if total > 0 else _missing("net asset value above 0")


def _too_old(pipeline: Pipeline, at: datetime | None, now: datetime, what: str) -> Answer | None:
    if pipeline.max_age_days is None:
        return None
    if at is None:
        return _missing(f"age of the {what}")
    age_s = Decimal((now - at) // timedelta(microseconds=1)) / 1_000_000
    most_s = pipeline.max_age_days * DAY_S
    if age_s <= most_s:
        return None
    return Answer(Level.STALE, age_s, None, most_s, None, what)


def reduces(book: Book, order: Asked) -> bool:
    """Whether the order, with what is open on its side, takes from a position and cannot turn it round."""
    cell = book.row(order.who.account, order.thing.id)
    qty = order.total if order.growth is None else order.growth
    if cell is None:
        return qty <= 0
    if order.is_sell:
        return cell.position - cell.open_sell - qty >= 0
    return cell.position + cell.open_buy + qty <= 0


def number(pipeline: Pipeline, measured: Measured) -> Decimal | str:
    """The number as it is shown."""
    return _show(pipeline, measured.top / measured.whole)


def nearest(pipeline: Pipeline) -> Decimal:
    """The level that is passed first; what is within it is within both."""
    level = pipeline.fail if pipeline.warn is None else pipeline.warn
    assert level is not None, "a rule has a level"
    return level


def shown(pipeline: Pipeline, level: Decimal) -> Decimal | str:
    """A level as it is shown."""
    return _show(pipeline, level)


def judge(pipeline: Pipeline, measured: Measured) -> Answer:
    """Compare with both levels, the graver first."""
    top, whole, before, _ = measured
    found = number(pipeline, measured)
    earlier = None if before is None or not before[1] else _show(pipeline, before[0] * _scale(pipeline) / before[1])
    let_through = measured.waived or (THIS_ORDER in pipeline.take and _no_worse(pipeline, measured))
    passed = None
    for level, limit in ((Level.FAIL, pipeline.fail), (Level.WARN, pipeline.warn)):
        if limit is None:
            continue
        beyond = not measured.within(pipeline, limit)
        if beyond and not let_through:
            text = words.breached(pipeline, found, limit, warns=level is Level.WARN)
            room = None if passed is None else _room(pipeline, passed, top / whole)
            return Answer(level, found, earlier, _show(pipeline, limit), room or ZERO, text)
        passed = passed if beyond else limit
    room = None if passed is None else _room(pipeline, passed, top / whole)
    first = pipeline.warn if passed is None and pipeline.warn is not None else passed
    return Answer(Level.PASS, found, earlier, None if first is None else _show(pipeline, first), room)


def _room(pipeline: Pipeline, limit: Decimal, number: Decimal) -> Decimal | None:
    """How far the number is from a level that it has not passed. Grades are not counted."""
    if pipeline.measure == "rating":
        return None
    return limit - number if pipeline.upward else number - limit


def _scale(pipeline: Pipeline) -> Decimal:
    """By what a part is multiplied that is compared in percent of net assets, daily volume or units outstanding."""
    return HUNDRED if pipeline.measure in IN_PERCENT else ONE


def _no_worse(pipeline: Pipeline, measured: Measured) -> bool:
    """Whether the number is no worse with the order than without it."""
    if measured.before is None or measured.before[1] <= 0:
        return False
    part, whole = measured.before[0] * _scale(pipeline), measured.before[1]
    return (
        measured.top * whole <= part * measured.whole
        if pipeline.upward
        else measured.top * whole >= part * measured.whole
    )


def _show(pipeline: Pipeline, number: Decimal) -> Decimal | str:
    """A rating by its grade."""
    return GRADES[int(number)] if pipeline.measure == "rating" else number


def _missing(what: str) -> Answer:
    return Answer(Level.MISSING, text=what)
