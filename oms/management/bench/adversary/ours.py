"""The stream through our own desk and database: entered, routed, amended, canceled, and every report recorded."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from random import Random

from oms.base.clock import now
from oms.desk import Actor, Amendment, Answer, Cancellation, Draft, amend, cancel, enter, record, route
from oms.desk.arrivals import Arrival, parse
from oms.management.bench.adversary.message import ZERO, Message
from oms.management.bench.adversary.model import Outcome
from orders.models import Alert, ExecutionReport, Order, OrderRequest, Position

SESSION = "BENCHV"
BITES = (1, 20, 500, 2_000)
_FILLS = ("trade", "trade_correct", "trade_cancel")
_PLAIN = ("order_qty", "price", "last_qty", "last_px", "cum_qty")


class Ours:
    """One stream on its way through the desk. ``run`` keeps its names apart from those of other runs."""

    def __init__(self, actor: Actor, seed: int = 1) -> None:
        self.actor, self.rng = actor, Random(seed)  # noqa: S311 a seed, not a secret
        self.run = f"{now():%y%m%d%H%M%S%f}"
        self.order_ids: dict[str, int] = {}
        self.child_names: dict[str, str] = {}
        self.not_asked: list[tuple[str, Answer]] = []
        self.answers: dict[str, int] = {}
        self.before = _positions()
        self.first_alert = Alert.objects.order_by("id").values_list("id", flat=True).last() or 0

    def drive(self, messages: Sequence[Message]) -> None:
        """Everything that is said, in order; batches of many sizes."""
        for asking, said in groupby(messages, key=lambda message: message.msg_type if message.is_request else ""):
            for bite in _bites(list(said), self.rng, once_each=asking != ""):
                {"D": self._enter, "G": self._amend, "F": self._cancel, "": self._record}[asking](bite)

    def _enter(self, bite: Sequence[Message]) -> None:
        drafts = [
            Draft(m.account, m.symbol, m.side, "limit", "day", m.order_qty, m.price, self._mine(m.cl_ord_id))
            for m in bite
        ]
        answers = enter(drafts, self.actor)
        self._noted(bite, answers)
        self.order_ids |= {m.cl_ord_id: a.order_id for m, a in zip(bite, answers, strict=True) if a.order_id}
        while route():
            pass
        children = Order.objects.filter(parent_id__in=[a.order_id for a in answers])
        named = dict(children.values_list("parent_id", "cl_ord_id"))
        self.child_names |= {
            m.cl_ord_id: named[a.order_id] for m, a in zip(bite, answers, strict=True) if a.order_id in named
        }

    def _amend(self, bite: Sequence[Message]) -> None:
        wishes = [Amendment(self._order_id(m), m.order_qty, m.price, cl_ord_id=self._mine(m.cl_ord_id)) for m in bite]
        self._noted(bite, amend(wishes, self.actor))
        self._learn(bite)

    def _cancel(self, bite: Sequence[Message]) -> None:
        wishes = [Cancellation(self._order_id(m), cl_ord_id=self._mine(m.cl_ord_id)) for m in bite]
        self._noted(bite, cancel(wishes, self.actor))
        self._learn(bite)

    def _record(self, bite: Sequence[Message]) -> None:
        for refusal in record([self._arrival(message) for message in bite]):
            code = refusal.code if refusal else "recorded"
            self.answers[code] = self.answers.get(code, 0) + 1

    # -- names

    def _mine(self, name: str) -> str:
        return f"{self.run}.{name}" if name else ""

    def _order_id(self, message: Message) -> int:
        return self.order_ids[f"{message.cl_ord_id.split('-')[0]}-1"]

    def _learn(self, bite: Sequence[Message]) -> None:
        """Under which ClOrdIDs the venue has just been asked."""
        mine = {self._mine(m.cl_ord_id): m.cl_ord_id for m in bite}
        rows = OrderRequest.objects.filter(sender_comp_id=SESSION, root_cl_ord_id__in=list(mine))
        self.child_names |= {mine[root]: name for root, name in rows.values_list("root_cl_ord_id", "cl_ord_id")}

    def _noted(self, bite: Sequence[Message], answers: Sequence[Answer]) -> None:
        self.not_asked += [(m.cl_ord_id, a) for m, a in zip(bite, answers, strict=True) if not a.accepted]

    def _arrival(self, said: Message) -> Arrival:
        """The report as the gateway would hand it over: text, read by the one strict parser."""
        fields = {name: format(value, "f") for name in _PLAIN if (value := getattr(said, name))}
        fields |= {
            "cl_ord_id": self.child_names.get(said.cl_ord_id, self._mine(said.cl_ord_id)),
            "orig_cl_ord_id": self.child_names.get(said.orig_cl_ord_id, ""),
            "exec_type": said.exec_type, "ord_status": said.ord_status, "exec_id": self._mine(said.exec_id),
            "exec_ref_id": self._mine(said.exec_ref_id), "transact_time": now().isoformat(),
        }  # fmt: skip
        arrival = parse(SESSION, said.msg_type, fields)
        assert isinstance(arrival, Arrival), arrival
        return arrival

    # -- what it came to

    def outcomes(self) -> dict[str, tuple[Outcome, Outcome]]:
        """For each order of the stream what its root and its child came to."""
        ids = sorted(self.order_ids.values())
        roots = {row.pk: row for row in Order.objects.filter(pk__in=ids)}
        children = {row.parent_id: row for row in Order.objects.filter(parent_id__in=ids)}
        live = self._executions([*roots, *(child.pk for child in children.values())])
        return {
            name: (_outcome(roots[pk], live.get(pk, {})), _outcome(children[pk], live.get(children[pk].pk, {})))
            for name, pk in self.order_ids.items()
            if pk in children
        }

    def _executions(self, ids: Sequence[int]) -> dict[int, dict[str, tuple[Decimal, Decimal]]]:
        """The live executions of each order, from its journal: what no later event undid."""
        told = ExecutionReport.objects.filter(order_id__in=ids, exec_type__in=_FILLS).order_by("order_id", "seq")
        columns = ("order_id", "exec_type", "venue_exec_id", "exec_ref_id", "last_qty", "last_px")
        live: dict[int, dict[str, tuple[Decimal, Decimal]]] = {}
        for order_id, exec_type, exec_id, ref_id, qty, px in told.values_list(*columns):
            fills = live.setdefault(order_id, {})
            fills.pop(ref_id.removeprefix(f"{self.run}."), None)
            if exec_type != "trade_cancel":
                fills[exec_id.removeprefix(f"{self.run}.")] = (qty, px)
        return live

    def positions(self) -> dict[tuple[str, str], Decimal]:
        """By how much this stream moved each position."""
        after = _positions()
        return {key: qty - self.before.get(key, ZERO) for key, qty in after.items()}

    def surfaced(self) -> set[str]:
        """The ExecIDs of the reports that operations was told about."""
        told = Alert.objects.filter(id__gt=self.first_alert, kind="quarantine").values_list("payload", flat=True)
        return {payload.get("exec_id", "").removeprefix(f"{self.run}.") for payload in told.iterator()}


def _bites(said: list[Message], rng: Random, *, once_each: bool) -> Iterator[list[Message]]:
    """``said`` in batches of chance sizes; ``once_each`` keeps two requests about one order apart."""
    bite: list[Message] = []
    size = rng.choice(BITES)
    seen: set[str] = set()
    for message in said:
        order = message.cl_ord_id.split("-")[0]
        if len(bite) >= size or (once_each and order in seen):
            yield bite
            bite, size, seen = [], rng.choice(BITES), set()
        bite.append(message)
        seen.add(order)
    if bite:
        yield bite


def _outcome(row: Order, live: dict[str, tuple[Decimal, Decimal]]) -> Outcome:
    return Outcome(
        row.ord_status, row.order_qty, row.price or ZERO, row.cum_qty, row.leaves_qty, row.gross_trade_amt, live
    )


def _positions() -> dict[tuple[str, str], Decimal]:
    rows = Position.objects.filter(account__code__startswith="BENCH")
    return {(a, s): qty for a, s, qty in rows.values_list("account__code", "instrument__symbol", "qty")}
