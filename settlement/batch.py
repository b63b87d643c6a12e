"""One batch of executions: what is loaded for it, what is decided, and how it is saved, one statement a table."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Sum

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from orders.models import Alert, Instrument, Order
from orders.vocabulary import ExecType
from settlement import instructing, ledger
from settlement.calendars import Unsupported
from settlement.instruction import OPEN, STILL_HERE
from settlement.models import (
    AwaitingNetting,
    Instruction,
    InstructionEvent,
    InstructionObligation,
    Obligation,
    ObligationCancellation,
)
from settlement.obligations import AccountKey, Decision, Execution, Owed, Terms, Transfer, owe, transfers, undo
from settlement.parties import Parties
from settlement.rounding import ZERO
from settlement.standing import Standing

ACTOR = "settlement"
FILLS = (ExecType.TRADE, ExecType.TRADE_CORRECT)
UNDOES = (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)
Ref = tuple[int | None, str, str]  # order, venue, the venue's ExecID


class Batch:
    """Executions of one transaction: what was loaded for them and what was decided.

    Shares of allocations are decided by who books them (settlement/allocation/obliged.py), and saved here alike.
    """

    def __init__(self, events: Sequence[Execution], tables: Standing, instruments: Iterable[int] = ()) -> None:
        self.at, self.tables = now(), tables
        self.terms = _terms({event.instrument_id for event in events} | set(instruments))
        self.charged = _charged({event.order_id for event in events})
        self.undone = _undone([event for event in events if event.exec_type in UNDOES])
        self.decisions: list[Decision] = []
        self.reversals: list[Owed] = []
        self.cancelled: list[Target] = []
        self.notices: list[tuple[Execution, str, str]] = []
        # What the custodian is asked to cancel, by obligation; its reversal waits for the answer.
        self.asked: dict[int, Target] = {}

    def take(self, event: Execution) -> None:
        """Decide one event, wholly or not at all; later ones see it."""
        try:
            target = self._target(event) if event.exec_type in UNDOES else None
            charged = self.charged.get(event.order_id, ZERO) - (target.owed.commission if target else ZERO)
            reversal = self._reversal(target, event.trade_date) if target else None
            fill = self._fill(event, charged) if event.exec_type in FILLS else None
        except Unsupported as why:
            self.notices.append((event, "UNSETTLED", str(why)))
            return
        if target:
            del self.undone[ref(event)]
            if reversal is None:
                self.cancelled.append(target._replace(by=event.id))
            else:
                self.reversals.append(reversal._replace(execution_id=event.id))
        if fill:
            self.decisions.append(fill)
        self.charged[event.order_id] = charged + (fill.owed.commission if fill else ZERO)

    def take_back(self, target: "Target", day: date) -> None:
        """Undo the obligation of a share whose allocation is taken back on ``day``."""
        reversal = self._reversal(target, day)
        if reversal is None:
            self.cancelled.append(target)
        else:
            self.reversals.append(reversal)

    def _target(self, event: Execution) -> "Target":
        target = self.undone.get(ref(event))
        if target is None:
            raise Unsupported(f"execution {event.exec_ref_id} of order {event.order_id} is not there to be undone")
        return target

    def _fill(self, event: Execution, charged: Decimal) -> Decision:
        return owe(event, self.terms[event.instrument_id], self.tables, charged)

    def _reversal(self, target: "Target", day: date) -> Owed | None:
        """None while the custodian does not hold the instruction: it is called off. Else an obligation reverses it.

        What was netted stays netted: its instruction stands for others too. What has settled in part is settled.
        """
        if target.state in ("", *STILL_HERE) and not target.is_net and not target.settled_qty:
            return None
        if target.state in OPEN and not target.is_net and not target.settled_qty:
            self.asked[target.id] = target
        terms = self.terms[target.owed.instrument_id]
        again = self.tables.settl_date(terms.market, terms.asset_class, day, terms.pair)
        return undo(target.id, target.owed, day, max(again, target.owed.settl_date))

    def save(self) -> list[int]:
        """One statement a table, whatever the number of events. Answer the ids of what is owed now, in order."""
        owed = [*(decision.owed for decision in self.decisions), *self.reversals]
        places = [
            self.tables.parties(self.terms[one.instrument_id], one.account_id, one.currency, one.settl_date)
            for one in owed
        ]
        ids = sets.ids(Obligation, len(owed))
        self._obligations(ids, owed)
        self._instructions(ids, owed, places)
        self._called_off()
        postings = [*self._trades(ids, places), *self._undoing(ids[len(self.decisions) :])]
        ledger.post(postings, self.at)
        _alert(self.notices, self.at)
        return ids[: len(self.decisions)]

    def _obligations(self, ids: Sequence[int], owed: Sequence[Owed]) -> None:
        rows = [(id_, *one, self.at) for id_, one in zip(ids, owed, strict=True)]
        sets.insert(Obligation, ("id", *Owed._fields, "created_at"), rows)

    def _instructions(self, ids: Sequence[int], owed: Sequence[Owed], places: Sequence[Parties]) -> None:
        """An instruction for each, but for what its place of settlement nets.

        What reverses an instruction that may yet be cancelled waits for the answer by itself, and is not netted.
        """
        rows, waiting = [], []
        for id_, one, parties in zip(ids, owed, places, strict=True):
            asked = self.asked.get(one.reverses_id or 0)
            if asked is None and self.tables.nets(parties.place, one.trade_date):
                waiting.append((id_, one.trade_date))
            else:
                rows.append(instructed(id_, one, parties, asked.instruction_id if asked else None))
        instructing.write(rows, self.at, ACTOR)
        sets.insert(AwaitingNetting, ("obligation", "trade_date"), waiting)

    def _called_off(self) -> None:
        """What was cancelled here: its obligation is owed no longer, its instruction never leaves."""
        rows = [(gone.id, gone.by, self.at, ACTOR) for gone in self.cancelled]
        sets.insert(ObligationCancellation, ("obligation", "execution", "at", "actor"), rows)
        gone = [one for one in self.cancelled if one.instruction_id]
        off: list[tuple[Any, ...]] = [(one.instruction_id, "cancelled", self.at, one.version + 1, None) for one in gone]
        # Asked before or not, it is the same request.
        asked = [one for one in self.asked.values() if one.state != "cancel_requested"]
        off += [(one.instruction_id, "cancel_requested", self.at, one.version + 1, self.at) for one in asked]
        # What was to replace it is needed no longer.
        waits = {pair for one in (*self.cancelled, *self.asked.values()) for pair in one.waits}
        off += [(id_, "cancelled", self.at, version + 1, None) for id_, version in sorted(waits)]
        columns = ["state", "state_at", "version", "cancel_requested_at"]
        sets.update(Instruction, ["id"], columns, off)
        text = "the fill was undone"
        events = [(id_, version, state, self.at, ACTOR, text) for id_, state, _, version, _ in off]
        sets.insert(InstructionEvent, instructing.EVENT, events)
        if waited := [one.id for one in self.cancelled if not one.instruction_id]:
            sets.delete(AwaitingNetting, "obligation", waited)

    def _trades(self, ids: Sequence[int], places: Sequence[Parties]) -> list[ledger.Posting]:
        moves = [
            transfers(decision, self.terms[decision.owed.instrument_id], place[:2])
            for decision, place in zip(self.decisions, places, strict=False)
        ]
        opened = ledger.accounts({key for move in moves for one in move for key in (one.debit, one.credit)})
        return [
            ledger.Posting(
                source("trade", id_), "trade", decision.owed.trade_date, decision.owed.settl_date,
                [_line(one, opened, id_) for one in move],
            )
            for id_, decision, move in zip(ids, self.decisions, moves, strict=False)
        ]  # fmt: skip

    def _undoing(self, ids: Sequence[int]) -> list[ledger.Posting]:
        """Void what was called off; move back, pending again, what is reversed."""
        reversed_ = [source("trade", one.reverses_id) for one in self.reversals]
        held = ledger.pending(reversed_) if reversed_ else {}
        still_open = ledger.open_entries([one.id for one in self.cancelled]) if self.cancelled else {}
        postings = []
        for target in self.cancelled:
            lines = ledger.resolved(still_open[target.id], ledger.VOID)
            dates = (target.owed.trade_date, target.owed.settl_date)
            postings.append(ledger.Posting(source("void", target.id), "void", *dates, lines))
        for id_, one in zip(ids, self.reversals, strict=True):
            original, entries = held[source("trade", one.reverses_id)]
            lines = ledger.turned(entries, id_)
            postings.append(
                ledger.Posting(source("trade", id_), "reversal", one.trade_date, one.settl_date, lines, original)
            )
        return postings


class Target(NamedTuple):
    """An obligation that is to be undone, and where its instruction stands, if it has one (state "" if not).

    ``settled_qty`` is of all its instructions. ``by``: the execution that undoes it. ``waits``: (id, version) of what
    is on hold to replace its instruction.
    """

    id: int
    owed: Owed
    instruction_id: int = 0
    state: str = ""
    version: int = 0
    is_net: bool = False
    settled_qty: Decimal = ZERO
    by: int | None = None
    waits: tuple[tuple[int, int], ...] = ()


def ref(event: Execution) -> Ref:
    """The execution that ``event`` undoes."""
    return event.order_id, event.last_mkt, event.exec_ref_id


_STANDS = ("id", "state", "version", "is_net", "settled_qty")


def instructed(obligation_id: int, one: Owed, parties: Parties, reverses: int | None = None) -> instructing.Instructed:
    """The instruction for an obligation by itself; on hold while that which it ``reverses`` may yet be cancelled."""
    return instructing.Instructed(
        one.account_id, one.instrument_id, "receive" if one.side == "buy" else "deliver", one.trade_date,
        one.settl_date, one.qty, one.price, one.net_money, one.currency, parties, ((obligation_id, 1),),
        linked_to=reverses, linkage="reverses" if reverses else "", on_hold=bool(reverses),
    )  # fmt: skip


def source(kind: str, obligation_id: int | None) -> str:
    """The idempotency key of an obligation's ledger transaction."""
    return f"{kind}:{obligation_id}"


def _line(move: Transfer, opened: dict[AccountKey, ledger.Opened], obligation: int) -> ledger.Line:
    debit, credit = opened[move.debit], opened[move.credit]
    return ledger.Line(debit.id, credit.id, debit.asset_id, move.amount, ledger.PENDING, obligation=obligation)


def _terms(ids: set[int]) -> dict[int, Terms]:
    return {row[0]: Terms(*row) for row in Instrument.objects.filter(pk__in=ids).values_list(*Terms._fields)}


def _charged(order_ids: set[int]) -> dict[int, Decimal]:
    """The commission each order has been charged by obligations that stand."""
    rows = Obligation.objects.filter(order_id__among=order_ids, cancellation=None)
    return dict(rows.order_by().values_list("order_id").annotate(Sum("commission")))


def _undone(events: Sequence[Execution]) -> dict[Ref, Target]:
    """The obligations the events undo, their instructions locked. No statement where there is nothing to undo."""
    if not events:
        return {}
    found = targets(_standing(events))
    return {(one.owed.order_id, one.owed.last_mkt, one.owed.venue_exec_id): one for one in found}


def targets(rows: Sequence[tuple[Any, ...]]) -> list[Target]:
    """Obligations (id and the columns of Owed) with their instructions, locked. Three SELECTs."""
    owed = {id_: Owed(*columns) for id_, *columns in rows}
    # What waits is locked before it is asked what has an instruction: a netting run turns the one into the other.
    list(locked(AwaitingNetting.objects.filter(pk__in=owed)).values_list("pk"))
    mapped = InstructionObligation.objects.filter(obligation_id__in=owed)
    pairs = list(mapped.values_list("obligation_id", "instruction_id"))
    # Of what was cancelled only what had settled of it counts.
    rows_of = Instruction.objects.filter(pk__in={pk for _, pk in pairs}).exclude(state="cancelled", settled_qty=0)
    held = {row[0]: row for row in locked(rows_of).values_list(*_STANDS, "linkage", "on_hold")}
    over: dict[int, list[tuple[Any, ...]]] = {}
    for obligation_id, pk in pairs:
        if pk in held:
            over.setdefault(obligation_id, []).append(held[pk])
    return [_target(id_, one, over.get(id_, [])) for id_, one in owed.items()]


def _target(id_: int, owed: Owed, over: Sequence[tuple[Any, ...]]) -> Target:
    """``over``: the instructions it is under, in order. One that waits to replace another stands if that is gone.

    What has settled of any of them can't be called off.
    """
    found = [Target(id_, owed, *row[: len(_STANDS)]) for row in over]
    waiting = [one for one, row in zip(found, over, strict=True) if row[-2] == "replaces" and row[-1]]
    stands = [one for one in found if one not in waiting and one.state != "cancelled"]
    stands = stands or waiting[-1:] or found[-1:] or [Target(id_, owed)]
    return stands[-1]._replace(
        settled_qty=sum((one.settled_qty for one in found), ZERO),
        waits=tuple((one.instruction_id, one.version) for one in waiting if one is not stands[-1]),
    )


def _standing(events: Sequence[Execution]) -> list[tuple[Any, ...]]:
    """Obligations of the orders that nothing has undone yet, by the ExecIDs the events name."""
    rows = Obligation.objects.filter(
        order_id__in={event.order_id for event in events},
        venue_exec_id__in={event.exec_ref_id for event in events} - {""},
        reverses=None, reversed_by=None, cancellation=None,
    )  # fmt: skip
    return list(rows.values_list("id", *Owed._fields))


def _alert(notices: Sequence[tuple[Execution, str, str]], at: datetime) -> None:
    """Tell operations what could not be settled, with all that is needed to settle it again."""
    if not notices:
        return
    orders = {event.order_id for event, _, _ in notices}
    desks = dict(Order.objects.filter(pk__in=orders).values_list("pk", "desk_id"))
    rows: list[tuple[Any, ...]] = [
        (
            at, Alert.Severity.CRITICAL.value, "settlement", code, desks[event.order_id], event.order_id, text[:500],
            {"execution": event.id, "exec_type": event.exec_type}, "",
        )
        for event, code, text in notices
    ]  # fmt: skip
    columns = ("at", "severity", "kind", "code", "desk_id", "order_id", "text", "payload", "resolution")
    sets.insert(Alert, columns, rows)
