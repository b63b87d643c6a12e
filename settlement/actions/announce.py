"""Announcing corporate actions, approving them by a second person, and calling them off: load, decide, save."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.models import Instrument
from orders.reference import business_date
from settlement.actions.kinds import TERMS, faults
from settlement.actions.tables import CorporateAction, CorporateActionEvent

EVENT = ("action", "seq", "state", "at", "actor", "text")
LONGEST = {"source": 64, "text": 300, "symbol": 24}


class Notice(NamedTuple):
    """An action as somebody announces it; the names are the table's columns. Dates left out follow from the ex-date."""

    source: str
    kind: str
    instrument_id: int
    ex_date: date
    pay_date: date | None = None
    record_date: date | None = None
    amount: Decimal | None = None
    new: Decimal | None = None
    old: Decimal | None = None
    in_lieu_px: Decimal | None = None
    pct: Decimal | None = None
    into_id: int | None = None
    symbol: str = ""
    isin: str = ""
    text: str = ""

    @property
    def terms(self) -> dict[str, Any]:
        """The terms by name (kinds.TERMS)."""
        return {name: self.into_id if name == "into" else getattr(self, name) for name in TERMS}


_TERMS = ("kind", "instrument_id", "ex_date", "pay_date", "record_date", "amount", "new", "old", "in_lieu_px", "pct",
          "into_id", "symbol", "isin", "text")  # fmt: skip


def announce(notices: Sequence[Notice], actor: str, *, automatic: bool = False) -> list[int | Refusal]:
    """Write down what was announced; the action's id or a refusal each. What was announced before is not again.

    ``automatic``: made from the terms of a bond by us, in force at once. Five statements.
    """
    with transaction.atomic():
        at, today = now(), business_date()
        wanted = {one.instrument_id for one in notices} | {one.into_id for one in notices if one.into_id}
        currencies = dict(Instrument.objects.filter(pk__in=wanted).values_list("pk", "currency"))
        full = [_dated(one) for one in notices]
        objections = [_objection(one, currencies, today, automatic=automatic) for one in full]
        fresh = {one.source: one for one, fault in zip(full, objections, strict=True) if fault is None}
        state = "approved" if automatic else "announced"
        checked: tuple[Any, ...] = (automatic, actor if automatic else "", at if automatic else None)
        rows = [
            (one.source, *(getattr(one, name) for name in _TERMS), currencies[one.instrument_id], state, actor, at,
             *checked, 1)
            for one in fresh.values()
        ]  # fmt: skip
        columns = ("source", *_TERMS, "currency", "state", "announced_by", "announced_at", "automatic", "approved_by",
                   "approved_at", "version")  # fmt: skip
        made = sets.insert(CorporateAction, columns, rows, skip_duplicates=True, returning="id")
        sets.insert(CorporateActionEvent, EVENT, [(pk, 1, state, at, actor, "") for pk in made])
        stand = {row[1]: (row[0], row[2:]) for row in _standing(fresh)}
        bell.ring_on_commit("actions")
        return [fault or _id(one, stand) for one, fault in zip(full, objections, strict=True)]


def _standing(fresh: dict[str, Notice]) -> Any:
    return CorporateAction.objects.filter(source__in=list(fresh)).values_list("id", "source", *_TERMS)


def _id(one: Notice, stand: dict[str, tuple[int, tuple[Any, ...]]]) -> int | Refusal:
    """The id of the action that stands under the source, unless it is another."""
    pk, terms = stand[one.source]
    if terms == tuple(getattr(one, name) for name in _TERMS):
        return pk
    return Refusal("SOURCE_REUSED", "source", f"{one.source} is CA{pk}, whose terms are others")


def _dated(one: Notice) -> Notice:
    record = one.record_date or one.ex_date
    return one._replace(record_date=record, pay_date=one.pay_date or max(one.ex_date, record))


def _objection(one: Notice, currencies: dict[int, str], today: date, *, automatic: bool) -> Refusal | None:
    """The first thing that is wrong with a notice."""
    if not one.source:
        return Refusal("MISSING", "source", "source names the notice, and is what a repetition is known by")
    for name, longest in LONGEST.items():
        if len(getattr(one, name)) > longest:
            return Refusal("TOO_LONG", name, f"{name} may have {longest} characters")
    for name, pk in (("symbol", one.instrument_id), ("into", one.into_id)):
        if pk is not None and pk not in currencies:
            return Refusal("UNKNOWN_INSTRUMENT", name, f"no instrument {pk}")
    if one.into_id == one.instrument_id:
        return Refusal("BAD_VALUE", "into", "into must be another instrument")
    if one.into_id and currencies[one.into_id] != currencies[one.instrument_id]:
        return Refusal("BAD_VALUE", "into", "into is of another currency")
    assert one.pay_date
    assert one.record_date
    if not one.ex_date <= one.pay_date >= one.record_date:
        return Refusal("BAD_VALUE", "pay_date", f"pay_date {one.pay_date} is before the ex-date or the record date")
    if not automatic and one.ex_date <= today:
        text = f"the business date is {today}: an ex-date that has come cannot be announced; book a correction"
        return Refusal("BAD_VALUE", "ex_date", text)
    return next(faults(one.kind, one.terms), None)


def approve(action_ids: Sequence[int], actor: str, text: str = "") -> list[Refusal | None]:
    """Put announced actions into force; never by who announced them. A guided one is booked as its preview shows."""
    return _turn(action_ids, actor, text, "approved", _may_approve)


def cancel(action_ids: Sequence[int], actor: str, text: str) -> list[Refusal | None]:
    """Call off actions that are not effective yet. What has been booked is corrected, not called off."""
    if not text.strip():
        return [Refusal("MISSING", "text", "say why the action is called off") for _ in action_ids]
    return _turn(action_ids, actor, text, "cancelled", _may_cancel)


def _may_approve(action: CorporateAction, actor: str) -> Refusal | None:
    if action.state != CorporateAction.State.ANNOUNCED:
        return Refusal("BAD_VALUE", "state", f"CA{action.pk} is {action.state}")
    if action.announced_by == actor:
        return Refusal("SECOND_PERSON", "", f"CA{action.pk} was announced by {actor}: another person approves it")
    return None


def _may_cancel(action: CorporateAction, _actor: str) -> Refusal | None:
    if action.state not in (CorporateAction.State.ANNOUNCED, CorporateAction.State.APPROVED):
        return Refusal("BAD_VALUE", "state", f"CA{action.pk} is {action.state}")
    return None


def _turn(action_ids: Sequence[int], actor: str, text: str, state: str, may: Any) -> list[Refusal | None]:
    """Move actions to ``state``, where they ``may``. Three statements."""
    with transaction.atomic():
        at = now()
        held = {action.pk: action for action in locked(CorporateAction.objects.filter(pk__in=list(action_ids)))}
        answers: list[Refusal | None] = []
        turned: dict[int, CorporateAction] = {}
        for pk in action_ids:
            action = held.get(pk)
            refusal = may(action, actor) if action else Refusal("NOT_FOUND", "id", f"no corporate action {pk}")
            if refusal is None and pk in turned:
                refusal = Refusal("BAD_VALUE", "id", f"CA{pk} stands twice in the list")
            if refusal is None and action:
                turned[pk] = action
            answers.append(refusal)
        write(list(turned.values()), state, actor, at, text)
        bell.ring_on_commit("actions", "live")
        return answers


def write(actions: Sequence[CorporateAction], state: str, actor: str, at: datetime, text: str = "") -> None:
    """Write the new state of locked actions, and the event. Two statements."""
    checked = state == CorporateAction.State.APPROVED
    rows = [
        (one.pk, state, one.version + 1, actor if checked else one.approved_by, at if checked else one.approved_at)
        for one in actions
    ]
    columns = ("state", "version", "approved_by", "approved_at")
    assert sets.update(CorporateAction, ["id"], columns, rows) == len(rows)
    events = [(one.pk, one.version + 1, state, at, actor, text[:500]) for one in actions]
    sets.insert(CorporateActionEvent, EVENT, events)
    for one in actions:
        one.state, one.version = state, one.version + 1
