"""Daily loss: the result of each scope that has a limit, at each price and fill, and what it leads to.

A level that is reached warns, lets only reductions through, halts the scope, or halts it and cancels what works in it.
It holds for the business date, whatever the result becomes, unless another person releases it. Where the result cannot
be told, only reductions are taken until it can.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane_of_session
from oms.base.money import plain
from oms.desk import alerts
from oms.desk.asked import Cancellation
from oms.desk.cancel import cancel
from oms.desk.intrade import watch_actor
from orders.fx import Rates
from orders.models import Account, Alert, Order, User
from orders.reference import business_date
from risk import dayresult, losses, losslevels, strategies
from risk.controls.limits import MAX_RATE_AGE_S
from risk.controls.price import seconds
from risk.losses import Reached
from risk.losslevels import LossAction
from risk.models import LossLimit, LossStop, OpeningResult, WatchMark
from risk.parts import Results
from risk.supply import results
from risk.supply.results import Day
from routing import market

NAME = "losses"
PAUSE = timedelta(seconds=1)
BITE = 1_000
_WORDS = {
    LossAction.WARN: "look at it",
    LossAction.UNKNOWN: "until its result is known only reductions are taken",
    LossAction.REDUCE_ONLY: "only reductions are taken today",
    LossAction.HALT: "no order is taken today",
    LossAction.CANCEL: "no order is taken today, and what works is canceled",
}
Found = dict[int, "Measured"]


class Measured(NamedTuple):
    """A day's result in its limit's currency; None where it cannot be told, and then why: a code, and words."""

    result: Results | None
    code: str = ""
    text: str = ""


def watch(pause: timedelta = PAUSE) -> int:
    """Measure every scope that has a limit; answer how many levels were reached that were not before."""
    with lane_of_session(NAME) as mine:
        return _look(pause) if mine else 0


def _look(pause: timedelta) -> int:
    at, today = now(), opened(business_date())
    limits = list(LossLimit.objects.filter(active=True).order_by("pk"))
    mark = WatchMark.objects.filter(pk=NAME).first() if limits else None
    if not limits or (mark is not None and at - mark.at < pause):
        return 0
    found = measured(limits, today, at)
    engaged = _engaged(today.date)
    reached = [one for limit in limits for one in _reached(limit, found[limit.pk], engaged.get(limit.pk, frozenset()))]
    fresh = losses.engage(today.date, reached, at)
    again = [limit.pk for limit in limits if found[limit.pk].result is not None]
    with transaction.atomic():
        losses.known_again(today.date, again, at)
        _tell(fresh, at)
        WatchMark.objects.update_or_create(pk=NAME, defaults={"at": at})
    if fresh:
        bell.ring("intrade")
    _act(today.date, at)
    return len(fresh)


def opened(day: date) -> Day:
    """Write down, once, what every position had made when the business date began. The first look does it."""
    known = results.day()
    if known is not None and known.date == day:
        return known
    at = now()
    rows = results.held()
    prices = results.priced(rows, market.references)
    columns = ("date", "account_id", "instrument_id", "qty", "mark", "realised", "unrealised", "at")
    values = [
        (day, row.account, row.instrument, row.open.qty, prices[row.instrument], row.open.realised,
         dayresult.unrealised(row.open, prices[row.instrument]), at)
        for row in rows
    ]  # fmt: skip
    with transaction.atomic():
        sets.insert(OpeningResult, columns, values, skip_duplicates=True)
        WatchMark.objects.update_or_create(pk=results.NAME, defaults={"at": at, "seen": {"date": day.isoformat()}})
    return Day(day, at)


def measured(limits: Sequence[LossLimit], today: Day, at: datetime) -> Found:
    """The day's result of each limit's scope in its currency, or why it cannot be told. At most seven statements."""
    rates = _Rates(market.rates(), at)
    accounts = _accounts(limits)
    by_account = results.of_accounts({pk for some in accounts.values() for pk in some}, today, market.references)
    keys = {scope: [one.scope_id for one in limits if one.scope == scope] for scope in ("trader", "strategy")}
    traders = results.of_senders("entered_by_id", map(int, keys["trader"]), today, market.references)
    together = strategies.senders(keys["strategy"]) if keys["strategy"] else {}
    everyone = [sender for some in together.values() for sender in some]
    senders = results.of_senders("sender_comp_id", everyone, today, market.references)
    found: Found = {}
    for limit in limits:
        if limit.pk in accounts:
            parts = [part for account in accounts[limit.pk] for part in by_account.get(account, ())]
        elif limit.scope == LossLimit.Scope.TRADER:
            parts = traders.get(int(limit.scope_id), [])
        else:
            parts = [part for sender in together[limit.scope_id] for part in senders.get(sender, ())]
        found[limit.pk] = _together(parts, limit.currency, rates)
    return found


class _Rates(NamedTuple):
    """Exchange rates and the moment they have to be fresh at: as fresh as limits in money want them."""

    rates: Rates
    at: datetime

    def of(self, base: str, to: str) -> tuple[Decimal | None, str]:
        """The rate, or the code of what is wrong with it."""
        known = self.rates.between(base, to)
        if known is None:
            return None, "DATA_MISSING"
        old = known.at is not None and seconds(self.at - known.at) > MAX_RATE_AGE_S
        return (None, "DATA_STALE") if old else (known.rate, "")


def _together(parts: Sequence[tuple[Results, str]], currency: str, rates: _Rates) -> Measured:
    """The results in one currency. What comes to nothing needs no rate."""
    parts = [(one, base) for one, base in parts if one.realised != 0 or one.unrealised != 0]
    turned = [(one, *rates.of(base, currency), base) for one, base in parts]
    for _, _, code, base in turned:
        if code:
            how = "older than a day" if code == "DATA_STALE" else "not known"
            return Measured(None, code, f"the exchange rate from {base} to {currency} is {how}")
    result = dayresult.total((one, rate) for one, rate, _, _ in turned)
    if dayresult.whole(result) is None:
        return Measured(None, "DATA_MISSING", "a position has no price")
    return Measured(result)


def _accounts(limits: Iterable[LossLimit]) -> dict[int, list[int]]:
    """The accounts of each limit of an account or a desk. One statement."""
    rows = list(Account.objects.values_list("pk", "desk_id"))
    column = {LossLimit.Scope.ACCOUNT: 0, LossLimit.Scope.DESK: 1}
    return {
        limit.pk: [row[0] for row in rows if str(row[column[LossLimit.Scope(limit.scope)]]) == limit.scope_id]
        for limit in limits
        if limit.scope in column
    }


def _engaged(day: date) -> dict[int, frozenset[LossAction]]:
    """What was engaged today by limit, released or not; of what could not be told only what still cannot."""
    found: dict[int, set[LossAction]] = {}
    rows = LossStop.objects.filter(date=day).exclude(action=LossAction.UNKNOWN, released_at__isnull=False)
    for limit_id, action in rows.values_list("limit_id", "action"):
        found.setdefault(limit_id, set()).add(LossAction(action))
    return {limit_id: frozenset(actions) for limit_id, actions in found.items()}


def _reached(limit: LossLimit, found: Measured, today: frozenset[LossAction]) -> list[Reached]:
    known = found.result or Results(None, None)
    return [
        Reached(limit, action, limit.levels.get(action), known.realised, known.unrealised, found.code, found.text)
        for action in losslevels.due(limit.levels, dayresult.whole(known), today)
    ]


def _tell(fresh: Sequence[LossStop], at: datetime) -> None:
    """An alert on the page of every desk of the scope; the gravest of a scope stands for those below it."""
    rows: list[tuple[Any, ...]] = []
    gravest = {stop.limit_id: stop for stop in sorted(fresh, key=lambda stop: LossAction(stop.action).rank)}
    for stop in gravest.values():
        action = LossAction(stop.action)
        grave = action.rank >= LossAction.REDUCE_ONLY.rank
        severity = Alert.Severity.CRITICAL if grave else Alert.Severity.WARNING
        code = {LossAction.WARN: "LOSS_WARNING", LossAction.UNKNOWN: stop.lacks}.get(action, "LOSS_STOP")
        text = f"daily loss of {_named(stop.limit)}{_numbers(stop)}: {_WORDS[action]}"
        desks: list[int | None] = [*_desks(stop.limit)] or [None]
        payload = {"loss_stop": stop.pk, "action": str(action)}
        rows += [(at, severity.value, "loss", code, desk, None, text[:500], payload, "") for desk in desks]
    alerts.save(rows)


def _numbers(stop: LossStop) -> str:
    if stop.realised is None or stop.unrealised is None:
        return f" is not known, as {stop.reason}"
    lost, parts = plain(-(stop.realised + stop.unrealised)), (plain(stop.realised), plain(stop.unrealised))
    numbers = "realised {}, unrealised {}".format(*parts)
    return f" is {lost} {stop.limit.currency} ({numbers}), level {plain(stop.level)}"


def _named(limit: LossLimit) -> str:
    if limit.scope == LossLimit.Scope.ACCOUNT:
        return f"account {Account.objects.filter(pk=limit.scope_id).values_list('code', flat=True).first()}"
    if limit.scope == LossLimit.Scope.TRADER:
        return f"trader {User.objects.filter(pk=limit.scope_id).values_list('username', flat=True).first()}"
    return f"this {limit.scope}" if limit.scope == LossLimit.Scope.DESK else f"strategy {limit.scope_id}"


def _desks(limit: LossLimit) -> list[int]:
    """The desks on whose pages it belongs."""
    if limit.scope == LossLimit.Scope.DESK:
        return [int(limit.scope_id)]
    if limit.scope == LossLimit.Scope.ACCOUNT:
        return list(Account.objects.filter(pk=limit.scope_id).values_list("desk_id", flat=True))
    orders = Order.objects.filter(losses.of(limit.scope, limit.scope_id))
    return sorted(set(orders.order_by().values_list("desk_id", flat=True).distinct()))


def _act(day: date, at: datetime) -> None:
    """Cancel what works in the scopes whose loss says so. A stop says so until it was done."""
    stops = list(
        LossStop.objects.filter(date=day, action=LossAction.CANCEL, acted_at=None, released_at=None).select_related(
            "limit"
        )
    )
    for stop in stops:
        working = Order.objects.filter(
            losses.of(stop.limit.scope, stop.limit.scope_id), leaves_qty__gt=0, cancels_pending=0
        ).exclude(hold="leg")
        ids = list(working.order_by("pk").values_list("pk", flat=True))
        cancel([Cancellation(pk) for pk in ids], watch_actor())
        LossStop.objects.filter(pk=stop.pk).update(acted_at=at)
