"""How many messages and trades there had been when each past order came."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from orders.models import ExecutionReport, OrderRequest
from orders.vocabulary import ExecType
from risk.pipeline import Pipeline
from risk.pipeline.book import CountKey, Who

Moment = tuple[datetime, int]
"""When, and of which order: of those of one moment the earlier id came first."""
Owner = tuple[int, int, str, int]
"""(account, user, sender, instrument)"""


class Counter:
    """Messages and trades of everybody around the orders of one bite. Two statements."""

    def __init__(
        self, rule: Pipeline, entered: Sequence[Mapping[str, Any]], whos: Mapping[int, Who], names: Mapping[int, str]
    ) -> None:
        self.rule, self.whos, self.names = rule, whos, names
        times = [event["order__created_at"] for event in entered]
        begin, end = self._since(min(times)), max(times)
        self._messages: dict[tuple[str, object], list[Moment]] = defaultdict(list)
        self._trades: dict[tuple[str, object], list[Moment]] = defaultdict(list)
        asked = OrderRequest.objects.filter(
            created_at__gt=begin, created_at__lte=end, kind__in=("new", "replace"), order__parent__isnull=True,
            order__composition="",
        ).values_list(
            "order__account_id", "order__entered_by_id", "sender_comp_id", "order__instrument_id", "created_at",
            "order_id",
        )  # fmt: skip
        for *owner, at, order_id in asked:
            self._note(self._messages, tuple(owner), (at, order_id))
        done = ExecutionReport.objects.filter(
            recorded_at__gt=begin, recorded_at__lte=end, is_root=True, order__composition="", exec_type=ExecType.TRADE
        ).values_list(
            "account_id", "order__entered_by_id", "order__sender_comp_id", "instrument_id", "recorded_at", "order_id"
        )
        for *owner, at, order_id in done:
            self._note(self._trades, tuple(owner), (at, order_id))
        for moments in (*self._messages.values(), *self._trades.values()):
            moments.sort()

    def _note(self, where: dict[tuple[str, object], list[Moment]], owner: Any, moment: Moment) -> None:
        account, user, sender, instrument = owner
        where[self._whose(account, user, sender), instrument if self.rule.group else None].append(moment)

    def _whose(self, account: int, user: int, sender: str) -> str:
        over = self.rule.over
        if over in ("account", "client", "desk"):
            return getattr(self.whos[account], over)
        return {"firm": "firm", "trader": self.names.get(user, ""), "sender": sender}[over]

    def _since(self, at: datetime) -> datetime:
        """The last moment that is outside the window of one order."""
        if self.rule.window_s is None:
            day = datetime.combine(at.astimezone(UTC).date(), time(), UTC)
            return day - timedelta(microseconds=1)
        return at - timedelta(microseconds=int(self.rule.window_s * 1_000_000))

    def until(self, event: Mapping[str, Any]) -> dict[CountKey, tuple[Decimal, Decimal]]:
        """What had been sent and traded before one order."""
        thing = event["instrument_id"] if self.rule.group else None
        whose = self._whose(event["account_id"], event["order__entered_by_id"], event["order__sender_comp_id"])
        at: datetime = event["order__created_at"]
        counts = [
            bisect_left(moments, (at, event["order_id"])) - bisect_right(moments, (self._since(at), 2**62))
            for moments in (self._messages[whose, thing], self._trades[whose, thing])
        ]
        messages, trades = (Decimal(max(count, 0)) for count in counts)
        return {(self.rule.window_s, self.rule.over, whose, thing): (messages, trades)}
