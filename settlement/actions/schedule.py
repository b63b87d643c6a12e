"""Coupons and maturities of bonds, announced as their terms have them, some days ahead."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from orders.models import Instrument, Position
from settlement import accrued
from settlement.accrued import Bond
from settlement.actions.announce import Notice, announce
from settlement.actions.kinds import HUNDRED, Kind
from settlement.actions.tables import CorporateAction
from settlement.calendars import Calendar, Unsupported
from settlement.net import BONDS
from settlement.obligations import Terms, bond_of
from settlement.standing import Standing, standing

ACTOR = "terms of the bond"
AHEAD = timedelta(days=7)


class Coming(NamedTuple):
    """A payment of a bond: per 100 of face on ``day``, to whoever holds it as settled by ``record_date``."""

    kind: Kind
    day: date
    record_date: date
    pay_date: date
    amount: Decimal


def coming(bond: Bond, after: date, until: date, calendar: Calendar) -> list[Coming]:
    """The payments of a bond after one day up to another, in order: coupons, and the face at maturity."""
    found = []
    day = after
    while bond.coupon_pct and day < min(until, bond.maturity_date):
        start, end = accrued.coupon_period(bond, day)
        if end > until:
            break
        if bond.issue_date is None or end > bond.issue_date:
            paid = calendar.roll(end)
            found.append(Coming(Kind.COUPON, end, _record(bond, end), paid, accrued.coupon(bond, start, end)))
        day = end
    if after < bond.maturity_date <= until:
        paid = calendar.roll(bond.maturity_date)
        record = bond.maturity_date - timedelta(days=1)
        found.append(Coming(Kind.MATURITY, bond.maturity_date, record, paid, HUNDRED))
    return found


def _record(bond: Bond, end: date) -> date:
    """The last day to settle a purchase with the coupon: the ex-dividend day, or the day before the coupon."""
    if bond.ex_dividend_days and bond.ex_dividend_calendar is not None:
        return bond.ex_dividend_calendar.add(end, -bond.ex_dividend_days)
    return end - timedelta(days=1)


def announce_from_terms(today: date) -> int:
    """Announce the payments of the next days on bonds that somebody holds; answer how many are new."""
    tables = standing()
    held = Position.objects.exclude(qty=0).filter(instrument__asset_class__in=sorted(BONDS))
    rows = Instrument.objects.filter(pk__in=held.values("instrument_id"), maturity_date__gte=today - AHEAD)
    wanted = [one for row in rows.values_list(*Terms._fields) for one in _notices(Terms(*row), today, tables)]
    known = set(
        CorporateAction.objects.filter(source__in=[one.source for one in wanted]).values_list("source", flat=True)
    )
    fresh = [one for one in wanted if one.source not in known]
    if fresh:
        announce(fresh, ACTOR, automatic=True)
    return len(fresh)


def _notices(terms: Terms, today: date, tables: Standing) -> Sequence[Notice]:
    try:
        bond = bond_of(terms, tables)
        calendar = tables.calendars[tables.cycle(terms.market, terms.asset_class, today).calendar]
        found = coming(bond, today - AHEAD, today + AHEAD, calendar)
    except (Unsupported, KeyError):
        # Trades of such a bond can't be settled either, which is told there.
        return ()
    return [
        Notice(
            f"{one.kind}:{terms.id}:{one.day}", one.kind, terms.id, one.day, one.pay_date, one.record_date,
            amount=one.amount,
        )
        for one in found
    ]  # fmt: skip
