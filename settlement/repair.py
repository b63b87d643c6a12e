"""What operations does about instructions: hold and release them, call them off, amend them, offer them again.

Before it was sent an instruction is ours to change. After that the custodian is asked to cancel it (sese.020), and what
is to take its place waits on hold for the answer (settlement/linked.py). Each verb takes a list and answers one
refusal or None each, in order; each needs a reason, which its event keeps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from settlement import free, instructing
from settlement.answer import WISHES
from settlement.families import families
from settlement.instruction import OPEN, STILL_HERE, reference
from settlement.models import Instruction, InstructionEvent
from settlement.obligations import Terms
from settlement.parties import Parties
from settlement.standing import standing

# Long enough ago for the next look at what is unanswered to ask again.
_LONG_AGO = timedelta(days=1)


class Amendment(NamedTuple):
    """New terms of an instruction; None leaves one as it is."""

    instruction_id: int
    partial: str | None = None
    priority: int | None = None
    settl_date: date | None = None


@dataclass(slots=True)
class _Held:
    """An instruction while a batch of wishes works on it; the names are the columns."""

    id: int
    state: str
    version: int
    on_hold: bool
    payment: str
    linkage: str
    linked_to_id: int | None
    checked_by_id: int | None
    account_id: int
    instrument_id: int
    direction: str
    trade_date: date
    settl_date: date
    qty: Decimal
    price: Decimal | None
    net_money: Decimal
    currency: str
    settled_qty: Decimal
    settled_money: Decimal
    is_net: bool
    partial: str
    priority: int
    place_of_settlement: str
    counterparty: str
    agent_bic: str
    safekeeping_account: str
    ssi_id: int | None
    state_at: datetime
    asked_at: datetime | None
    cancel_requested_at: datetime | None
    linked_to__state: str | None
    changed: bool = False


_HELD = [field.name for field in fields(_Held)][:-1]
_SAVED = (
    "state", "state_at", "version", "on_hold", "partial", "priority", "settl_date", "place_of_settlement",
    "counterparty", "agent_bic", "safekeeping_account", "ssi_id", "asked_at", "cancel_requested_at",
)  # fmt: skip
Verb = Callable[["_Repairing", _Held], Refusal | None]


def hold(ids: Sequence[int], actor: str, reason: str) -> list[Refusal | None]:
    """Keep what has not been sent from being sent."""
    return _each(ids, actor, reason, _hold)


def release(ids: Sequence[int], actor: str, reason: str) -> list[Refusal | None]:
    """Lift the hold; drafts and rejected ones become ready, drafts with the place that is known by now."""
    return _each(ids, actor, reason, _release)


def cancel(ids: Sequence[int], actor: str, reason: str) -> list[Refusal | None]:
    """Call off what was not sent; ask the custodian to cancel what was. What it discharges stays owed: see resend."""
    return _each(ids, actor, reason, _cancel)


def resend(ids: Sequence[int], actor: str, reason: str) -> list[Refusal | None]:
    """Send again: what is unanswered under its reference, a rejected one likewise, a cancelled one as a new one."""
    return _each(ids, actor, reason, _resend)


def amend(amendments: Sequence[Amendment], actor: str, reason: str) -> list[Refusal | None]:
    """Change terms. What was sent is cancelled on request, and its replacement goes out once that is granted."""
    by_id = {one.instruction_id: one for one in amendments}
    return _each(
        [one.instruction_id for one in amendments], actor, reason, lambda all_, held: _amend(all_, held, by_id[held.id])
    )


def _each(ids: Sequence[int], actor: str, reason: str, verb: Verb) -> list[Refusal | None]:
    if not reason.strip():
        return [Refusal("MISSING", "reason", "reason is required")] * len(ids)
    with transaction.atomic():
        repairing = _Repairing(ids)
        answers = [repairing.one(id_, verb) for id_ in ids]
        repairing.save(actor, reason)
        return answers


class _Repairing:
    """A batch of wishes: the instructions they name, locked, and what was decided."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.at = now()
        self.tables = standing()
        rows = locked(Instruction.objects.filter(pk__in=ids))
        named = [f"instrument__{name}" for name in Terms._fields]
        self.held: dict[int, _Held] = {}
        self.terms: dict[int, Terms] = {}
        for row in rows.values_list(*_HELD, *named):
            held = _Held(*row[: len(_HELD)])
            self.held[held.id], self.terms[held.id] = held, Terms(*row[len(_HELD) :])
        self.families = families(list(self.held))
        self.taken: set[int] = set()
        self.again: list[instructing.Instructed] = []

    def one(self, id_: int, verb: Verb) -> Refusal | None:
        held = self.held.get(id_)
        if held is None:
            return Refusal("MISSING", "id", f"no instruction {reference(id_)}")
        if held.changed:
            return Refusal("BAD_VALUE", "state", f"{reference(id_)} is {held.state}")
        return verb(self, held)

    def move(self, held: _Held, state: str = "") -> None:
        """Note that it changed, and its new state if it has one."""
        held.state, held.changed = state or held.state, True
        held.version += 1

    def complete(self, held: _Held) -> Parties:
        """The parties now in force for it."""
        found = self.tables.parties(self.terms[held.id], held.account_id, held.currency, held.settl_date)
        names = ("place_of_settlement", "counterparty", "agent_bic", "safekeeping_account", "ssi_id")
        for name, value in zip(names, found, strict=True):
            setattr(held, name, value)
        return found

    def follow_with(self, held: _Held, linkage: str, *, on_hold: bool) -> Refusal | None:
        """Another instruction for what is left of what ``held`` is for, unless one is on its way or has settled it."""
        family = self.families.get(held.id)
        if held.payment != "against_payment" or family is None or not family.is_free(held.id, self.taken):
            return Refusal("BAD_VALUE", "id", f"nothing that {reference(held.id)} was for is owed without another")
        self.taken |= family.owed.keys()
        parties = self.tables.parties(self.terms[held.id], held.account_id, held.currency, held.settl_date)

        def again(direction: str, qty: Decimal, price: Decimal | None, money: Decimal, *ids: int) -> None:
            under = tuple((id_, family.owed[id_].seq + 1) for id_ in ids)
            self.again.append(
                instructing.Instructed(
                    held.account_id, held.instrument_id, direction, held.trade_date, held.settl_date, qty, price, money,
                    held.currency, parties, under, held.is_net and len(ids) > 1, held.id, linkage, on_hold,
                    held.partial, held.priority,
                )
            )  # fmt: skip

        if family.is_whole:
            qty, money = family.left
            again(held.direction, qty, held.price, money, *sorted(family.owed))
        else:
            # A part of the net was called off while it was cancelled: what is left of it goes one by one.
            for id_, one in sorted(family.owed.items()):
                if one.qty:
                    again(one.direction, one.qty, one.price, one.net_money, id_)
        return None

    def save(self, actor: str, reason: str) -> None:
        """One statement a table."""
        changed = [held for held in self.held.values() if held.changed]
        for held in changed:
            held.state_at = self.at
        sets.update(Instruction, ["id"], _SAVED, [(h.id, *(getattr(h, name) for name in _SAVED)) for h in changed])
        events = [(h.id, h.version, h.state, self.at, actor, reason[:300]) for h in changed]
        sets.insert(InstructionEvent, instructing.EVENT, events)
        instructing.write(self.again, self.at, actor, reason[:300])
        free.void([h.id for h in changed if h.payment == "free" and h.state == "cancelled"], self.at)
        bell.ring_on_commit("instruct")


def _hold(all_: _Repairing, held: _Held) -> Refusal | None:
    if held.state not in STILL_HERE or held.on_hold:
        return _is(held, "nothing that was sent can be held" if held.state not in STILL_HERE else "")
    held.on_hold = True
    all_.move(held)
    return None


def _release(all_: _Repairing, held: _Held) -> Refusal | None:
    state = WISHES["release"].get(held.state, "ready" if held.state == "ready" and held.on_hold else "")
    if not state:
        return _is(held)
    if held.on_hold and held.linkage in ("replaces", "reverses") and held.linked_to__state in OPEN:
        linked = reference(held.linked_to_id or 0)
        return Refusal("BAD_VALUE", "state", f"{reference(held.id)} waits for {linked} to be cancelled or settled")
    if held.payment == "free" and not held.checked_by_id:
        return Refusal("SECOND_PERSON", "", f"{reference(held.id)} is free of payment: another person checks it first")
    if not held.place_of_settlement and not all_.complete(held).place:
        return Refusal("MISSING", "place_of_settlement", f"no place of settlement is known for {reference(held.id)}")
    held.on_hold = False
    all_.move(held, state)
    return None


def _cancel(all_: _Repairing, held: _Held) -> Refusal | None:
    state = WISHES["cancel"].get(held.state)
    if state is None:
        return _is(held)
    if state == "cancel_requested":
        held.cancel_requested_at = all_.at
    all_.move(held, state)
    return None


def _resend(all_: _Repairing, held: _Held) -> Refusal | None:
    if held.state == "cancelled":
        return all_.follow_with(held, "replaces", on_hold=False)
    if held.state == "rejected":
        return _release(all_, held)
    if held.state not in OPEN:
        return _is(held)
    held.asked_at = all_.at - _LONG_AGO
    all_.move(held)
    return None


def _amend(all_: _Repairing, held: _Held, terms: Amendment) -> Refusal | None:
    changes = {name: value for name, value in zip(terms._fields[1:], terms[1:], strict=True) if value is not None}
    if wrong := _bad_terms(held, changes):
        return wrong
    if held.state in STILL_HERE:
        for name, value in changes.items():
            setattr(held, name, value)
        all_.complete(held)
        all_.move(held)
        return None
    if held.state not in OPEN or held.state == "cancel_requested":
        return _is(held)
    before = {name: getattr(held, name) for name in changes}
    for name, value in changes.items():
        setattr(held, name, value)
    wrong = all_.follow_with(held, "replaces", on_hold=True)
    for name, value in before.items():
        setattr(held, name, value)
    return wrong or _cancel(all_, held)


def _bad_terms(held: _Held, changes: dict[str, Any]) -> Refusal | None:
    if all(getattr(held, name) == value for name, value in changes.items()):
        return Refusal("NOTHING_CHANGES", "", f"{reference(held.id)} has these terms")
    if changes.get("partial", "allowed") not in ("allowed", "not_allowed"):
        return Refusal("BAD_VALUE", "partial", "partial must be allowed or not_allowed")
    if not 1 <= changes.get("priority", 1) <= 4:
        return Refusal("BAD_VALUE", "priority", "priority must be 1 (high) to 4 (low)")
    if changes.get("settl_date", held.settl_date) < held.trade_date:
        return Refusal("BAD_VALUE", "settl_date", f"settl_date must be {held.trade_date} or later")
    return None


def _is(held: _Held, more: str = "") -> Refusal:
    state = f"{held.state}, on hold" if held.on_hold else held.state
    return Refusal("BAD_VALUE", "state", f"{reference(held.id)} is {state}" + (f": {more}" if more else ""))
