"""Load what the controls need for a batch, in a number of statements that does not grow with it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from orders.fx import Rates
from orders.models import Instrument
from orders.reference import business_date
from risk import exposures, fence, index, kill, usage
from risk.context import Listing, Quoted, Restricted
from risk.known import Facts
from risk.models import Restriction
from risk.room import EXPOSURES, Bound, Counted, Hold, place, select
from risk.terms import Terms

NO_RATES = Rates()


def load(
    terms: Sequence[Terms],
    at: datetime,
    quotes: Mapping[int, Quoted],
    fx: Rates = NO_RATES,
    *,
    today: date | None = None,
    quote: Callable[[Iterable[int]], Mapping[int, Quoted]] | None = None,
    amending: bool = False,
) -> Facts:
    """Lock the usages the orders count in, then read what is in force at ``at``. Eight statements.

    Everything is read after the lock, so it holds what the transaction that had the lock before us has committed.
    ``quote`` prices further instruments, where an exposure is made of them. When ``amending`` the orders count in the
    limits they have counted in since they were entered, and ``of_orders`` adds those once the orders are loaded.
    Further statements, each at most once, are for windows and exposures, where orders count in limits of these.
    """
    instruments = {t.instrument_id for t in terms if t.instrument_id is not None}
    fence.stay()
    book = index.current()
    limits = {} if amending else _counted(terms, book, fx, at)
    usages = usage.claim(
        ((t.account_id, t.instrument_id) for t in terms if t.account_id is not None and t.instrument_id is not None),
        (one.bound.usage_id for counted in limits.values() for one in counted),
        (t.order_id for t in terms) if amending else (),
    )
    known = Facts(
        usages=usages,
        rules=book.rules(at),
        restricted=_restricted(instruments, at),
        switches=kill.engaged(),
        listings=_listings(instruments),
        quotes=quotes,
        fx=fx,
        today=today or business_date(),
        bounds=book.bounds,
    )
    return _with_limits(known, limits, at, quote)


def of_orders(
    known: Facts,
    holds: Mapping[int, Hold],
    at: datetime,
    quote: Callable[[Iterable[int]], Mapping[int, Quoted]] | None = None,
) -> Facts:
    """``known`` with the limits that orders which are to be amended count in already."""
    bounds = known.bounds
    limits = {
        order_id: tuple(Counted(bounds[pk], rate) for pk, rate in hold.limits if pk in bounds)
        for order_id, hold in holds.items()
    }
    return _with_limits(replace(known, holds=holds), limits, at, quote)


def _counted(terms: Sequence[Terms], book: index.Index, fx: Rates, at: datetime) -> dict[int, tuple[Counted, ...]]:
    """The limits each new order counts in, with the rate from its currency into theirs."""
    known: dict[tuple[int, str], Counted] = {}
    found = {}
    for each in terms:
        counted = []
        for bound in select(book.limits.find(place(each)), book.most_specific, at):
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


def _with_limits(
    known: Facts,
    limits: Mapping[int, tuple[Counted, ...]],
    at: datetime,
    quote: Callable[[Iterable[int]], Mapping[int, Quoted]] | None,
) -> Facts:
    """What the limits need beside their usages."""
    bounds = {one.bound.usage_id: one.bound for counted in limits.values() for one in counted}.values()
    windows = {bound.usage_id: bound.window_s for bound in bounds if bound.window_s}
    stakes = exposures.load([b for b in bounds if b.measure in EXPOSURES], known, at, quote)
    return replace(known, limits=limits, sent=usage.sent(windows, at), stakes=stakes)


def _restricted(instruments: Iterable[int], at: datetime) -> dict[int, tuple[Restricted, ...]]:
    in_force = Q(effective_to__isnull=True) | Q(effective_to__gt=at)
    rows = Restriction.objects.filter(
        in_force, kind=Restriction.Kind.RESTRICTED, instrument_id__in=instruments, effective_from__lte=at
    )
    found: dict[int, list[Restricted]] = defaultdict(list)
    for instrument_id, pk, side in rows.order_by("pk").values_list("instrument_id", "pk", "side"):
        found[instrument_id].append(Restricted(pk, side))
    return {instrument_id: tuple(entries) for instrument_id, entries in found.items()}


def _listings(instruments: Iterable[int]) -> dict[int, Listing]:
    rows = (
        Instrument.objects.filter(pk__in=instruments)
        .order_by("pk", "tick_table__ticks__price_from")
        .values_list("pk", "round_lot", "min_qty", "tick_table__ticks__price_from", "tick_table__ticks__tick")
    )
    sizes: dict[int, tuple[Decimal, Decimal]] = {}
    ticks: dict[int, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for pk, round_lot, min_qty, price_from, tick in rows:
        sizes[pk] = round_lot, min_qty
        if tick is not None:
            ticks[pk].append((price_from, tick))
    return {pk: Listing(tuple(ticks[pk]), round_lot, min_qty) for pk, (round_lot, min_qty) in sizes.items()}
