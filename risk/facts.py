"""Load what the controls need for a batch, in a number of statements that does not grow with it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from oms.base import fence
from oms.base.prepared import Prepared
from orders.fx import Rates
from orders.models import Instrument
from orders.reference import business_date
from risk import exposures, index, kill, lists, losses, strategies, supply, usage
from risk.context import Listing, Quoted
from risk.controls.price import seconds
from risk.known import Facts, Scoped, of_strategy
from risk.parts import Tradable
from risk.room import EXPOSURES, Bound, Counted, Hold, place, select
from risk.supply.batch import Batch, Given
from risk.terms import Terms

NO_RATES = Rates()
Quote = Callable[[Iterable[int]], Mapping[int, Quoted]]


def load(
    terms: Sequence[Terms],
    at: datetime,
    quotes: Mapping[int, Quoted],
    fx: Rates = NO_RATES,
    given: Given | None = None,
    *,
    today: date | None = None,
    quote: Quote | None = None,
    standing: Collection[int] = (),
    lock: bool = True,
) -> Facts:
    """Lock the usages the orders count in, then read what is in force at ``at``. Ten statements.

    Everything but rules and limits is read after the locks, so it holds what the transaction that had them before us
    has committed; those are changed by whoever is alone behind the fence. Without ``lock`` it is a look that nothing
    may be decided by.
    Where a rule in force asks for more, each further part costs one to four statements, and what it is measured over
    (a portfolio, a sender, a group's orders in a name) is locked too. ``given`` are suppliers of what other
    departments know, by instrument; ``quote`` prices further instruments, where an exposure is made of them.
    ``standing`` are the ids of orders that are in the book already: they count in the limits they have counted in
    since they were entered, and ``of_orders`` adds those once the orders are loaded. Further statements, each at most
    once, are for windows and exposures, where orders count in limits of these.
    """
    if lock:
        fence.stay()
    book = index.current()
    rules = book.rules(at)
    needs = supply.needed(rules)
    named = strategies.of(t.sender for t in terms if t.sender)
    terms = [of_strategy(t, named) for t in terms]
    if lock:
        supply.lock(needs, terms)
    instruments = {t.instrument_id for t in terms if t.instrument_id is not None}
    limits = _counted([t for t in terms if t.order_id not in standing], book, fx, at)
    usages = (usage.claim if lock else usage.seen)(
        ((t.account_id, t.instrument_id) for t in terms if t.account_id is not None and t.instrument_id is not None),
        (one.bound.usage_id for counted in limits.values() for one in counted),
        standing,
    )
    listings, states = _listings(instruments)
    entries = lists.in_force(instruments, at)
    known = Facts(
        usages=usages,
        rules=rules,
        lists=entries,
        switches=kill.engaged(),
        listings=listings,
        states=states,
        quotes=quotes,
        fx=fx,
        parts=supply.load(needs, Batch(terms, at, rules, quotes, fx, entries, given or {})),
        today=today or business_date(),
        bounds=book.bounds,
        loss_stops=losses.in_force(),
        strategies=named,
    )
    known = _with_limits(known, limits, at, quote)
    return known if lock else replace(known, stakes=exposures.with_untouched(known.stakes, limits, terms, known, at))


def of_orders(known: Facts, holds: Mapping[int, Hold], at: datetime, quote: Quote | None = None) -> Facts:
    """``known`` with the limits that orders which are in the book already count in."""
    bounds = known.bounds
    limits = {
        order_id: tuple(Counted(bounds[pk], rate) for pk, rate in hold.limits if pk in bounds)
        for order_id, hold in holds.items()
    }
    return _with_limits(replace(known, holds={**known.holds, **holds}), {**known.limits, **limits}, at, quote)


def rules_in_force(at: datetime) -> tuple[Scoped, ...]:
    """The rules in force at ``at``, their parameters as the controls read them."""
    return index.current().rules(at)


def age_s(at: datetime, then: datetime) -> Decimal:
    """Seconds from ``then`` to ``at``, exactly."""
    return seconds(at - then)


def _counted(terms: Sequence[Terms], book: index.Index, fx: Rates, at: datetime) -> dict[int, tuple[Counted, ...]]:
    """The limits each new order counts in, with the rate from its currency into theirs. A block's members count."""
    known: dict[tuple[int, str], Counted] = {}
    found = {}
    for each in terms:
        counted = []
        for bound in () if each.is_block else select(book.limits.find(place(each)), book.most_specific, at):
            key = bound.usage_id, each.currency
            if key not in known:
                known[key] = _rated(bound, each.currency, fx)
            counted.append(known[key])
        found[each.order_id] = tuple(counted)
    return found


def _rated(bound: Bound, currency: str, fx: Rates) -> Counted:
    if not bound.currency or bound.currency == currency:
        return Counted(bound)
    rate = fx.between(currency, bound.currency)
    return Counted(bound, None) if rate is None else Counted(bound, rate.rate, rate.at)


def _with_limits(known: Facts, limits: Mapping[int, tuple[Counted, ...]], at: datetime, quote: Quote | None) -> Facts:
    """What the limits need beside their usages."""
    bounds = {one.bound.usage_id: one.bound for counted in limits.values() for one in counted}.values()
    windows = {bound.usage_id: bound.window_s for bound in bounds if bound.window_s}
    stakes = exposures.load([b for b in bounds if b.measure in EXPOSURES], known, at, quote)
    return replace(known, limits=limits, sent=usage.sent(windows, at), stakes=stakes)


_LISTED = Prepared(
    lambda instruments: Instrument.objects.filter(pk__among=instruments)
    .order_by("pk", "tick_table__ticks__price_from")
    .values_list(
        "pk", "round_lot", "min_qty", "state", "maturity_date",
        "tick_table__ticks__price_from", "tick_table__ticks__tick",
    )
)  # fmt: skip


def _listings(instruments: Iterable[int]) -> tuple[dict[int, Listing], dict[int, Tradable]]:
    rows = _LISTED(instruments)
    sizes: dict[int, tuple[Decimal, Decimal]] = {}
    states: dict[int, Tradable] = {}
    ticks: dict[int, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for pk, round_lot, min_qty, state, maturity_date, price_from, tick in rows:
        sizes[pk] = round_lot, min_qty
        states[pk] = Tradable(state, maturity_date)
        if tick is not None:
            ticks[pk].append((price_from, tick))
    listings = {pk: Listing(tuple(ticks[pk]), round_lot, min_qty) for pk, (round_lot, min_qty) in sizes.items()}
    return listings, states
