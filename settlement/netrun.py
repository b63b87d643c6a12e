"""The netting run: what waits becomes net instructions, set-wise, in one transaction. It may run at any time again.

It takes what was traded before the business date; the end of day names the day itself, so that nothing waits overnight.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane, locked
from oms.base.money import scaled
from orders import feed
from orders.models import Instrument
from orders.reference import business_date
from settlement import instructing
from settlement.models import AwaitingNetting
from settlement.netting import Due, Net, nets
from settlement.obligations import Terms
from settlement.settle import CURSOR
from settlement.standing import Standing, standing

ACTOR = "netting"
# What the first event of a netted instruction says.
NETTED = "netted"
_DUE = (
    "obligation_id", "obligation__account_id", "obligation__instrument_id", "obligation__side",
    "obligation__trade_date", "obligation__settl_date", "obligation__qty", "obligation__net_money",
    "obligation__currency",
)  # fmt: skip


def net(through: date | None = None) -> int:
    """Net what was traded on ``through`` or before (the day before the business date, unless named).

    Answer how many obligations were netted; 0 also while another worker is at it. A fixed number of statements.
    """
    with transaction.atomic():
        before = Q(trade_date__lte=through) if through else Q(trade_date__lt=business_date())
        rows = AwaitingNetting.objects.filter(before)
        if not rows.exists() or not lane("net"):
            return 0
        # The journal's cursor is held, so that nothing is undone between reading and writing.
        feed.hold(CURSOR)
        waiting = list(locked(rows).values_list(*_DUE))
        if not waiting:
            return 0
        found = nets(_dues(waiting, standing()))
        rows_of = [_instructed(one, index > 0 and found[index - 1].is_pair) for index, one in enumerate(found)]
        instructing.write(rows_of, now(), ACTOR, NETTED)
        sets.delete(AwaitingNetting, "obligation", [row[0] for row in waiting])
        bell.ring_on_commit("instruct")
        return len(waiting)


def _dues(waiting: list[tuple[Any, ...]], tables: Standing) -> list[Due]:
    ids = {row[2] for row in waiting}
    rows = Instrument.objects.filter(pk__in=ids).values_list(*Terms._fields)
    terms = {row[0]: Terms(*row) for row in rows}
    return [
        Due(
            id_, account, instrument, side == "buy", trade_date, settl_date, qty, money, currency,
            tables.parties(terms[instrument], account, currency, settl_date),
        )
        for id_, account, instrument, side, trade_date, settl_date, qty, money, currency in waiting
    ]  # fmt: skip


def _instructed(one: Net, is_second: bool) -> instructing.Instructed:
    """``is_second``: the row before it is the other side of its pair."""
    return instructing.Instructed(
        one.account, one.instrument, one.direction, one.trade_date, one.settl_date, one.qty,
        scaled(abs(one.net_money) / one.qty), one.net_money, one.currency, one.parties,
        tuple((id_, 1) for id_ in one.under), is_net=len(one.under) > 1,
        linked_to=-1 if is_second else None, linkage="paired" if is_second else "",
    )  # fmt: skip
