"""Confirmations: told to the other side, affirmed or disputed by it, late at the cut-off.

An affirmation may carry the other side's version of the trade: what differs beyond tolerance disputes it, by name. A
trade that is not affirmed in time settles all the same (a delivery order of the night or of the next day at the
depository); it is late, and stays marked so.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from oms.base import bell
from oms.base.clock import now
from oms.base.locks import lane
from oms.base.refusal import Refusal
from oms.desk import alerts
from oms.desk.asked import Actor
from oms.desk.batch import in_bites
from orders.models import Alert
from orders.reference import business_date
from orders.vocabulary import Role
from settlement.allocation import confirming
from settlement.allocation.confirmation import OPEN, TradeConfirmation
from settlement.allocation.confirming import Held, Journal
from settlement.allocation.matching import Difference, Tolerance, Version, differences

AFFIRMS = frozenset({Role.OPERATIONS, Role.API_CLIENT})
AUTO = "auto_affirm"
BITE = 1_000


class Word(NamedTuple):
    """What the other side says of a confirmation. ``theirs`` is its version, if it gave one."""

    confirmation_id: int
    theirs: Version | None = None
    version: int | None = None
    text: str = ""


class Heard(NamedTuple):
    """What became of it."""

    confirmation_id: int | None
    state: str = ""
    version: int | None = None
    refusals: tuple[Refusal, ...] = ()
    differences: tuple[Difference, ...] = ()


def affirm(words: Sequence[Word], actor: Actor) -> list[Heard]:
    """The other side affirms; an answer each. A version of its that differs disputes it instead, and says in what."""
    return _heard(words, actor, _affirmed)


def dispute(words: Sequence[Word], actor: Actor) -> list[Heard]:
    """The other side does not agree, and says why; an answer each."""
    return _heard(words, actor, _disputed)


Decide = Callable[[Held, Word, Journal, dict[str, Tolerance]], Held]


def _heard(words: Sequence[Word], actor: Actor, decide: Decide) -> list[Heard]:
    if not actor.may(AFFIRMS):
        no = Refusal("NOT_ALLOWED", "", f"the role {actor.role} may not affirm")
        return [Heard(None, refusals=(no,)) for _ in words]
    return in_bites(lambda bite: _hear(bite, actor, decide), words)


def _hear(words: Sequence[Word], actor: Actor, decide: Decide) -> list[Heard]:
    rows = TradeConfirmation.objects.filter(
        pk__in=[word.confirmation_id for word in words], account__desk_id__in=actor.desk_ids
    )
    if actor.role == Role.API_CLIENT and not actor.is_superuser:
        rows = rows.filter(_of_client(actor))
    held, tolerances = confirming.load(rows), confirming.tolerances()
    journal = Journal(now(), actor.username)
    answers = []
    for word in words:
        one = held.get(word.confirmation_id)
        wrong = _objection(one, word)
        if one is None or wrong:
            answers.append(Heard(one and one.id, one.state if one else "", one and one.version, (wrong,)))  # type: ignore[arg-type]
            continue
        held[one.id] = one = decide(one, word, journal, tolerances)
        found = tuple(Difference(*row) for row in one.differences) if one.state == "disputed" else ()
        answers.append(Heard(one.id, one.state, one.version, (), found))
    journal.save()
    alerts.save([_differs(one, journal.at) for one in journal.moved.values() if one.state == "disputed"])
    bell.ring_on_commit("live")
    return answers


def _of_client(actor: Actor) -> Q:
    """What a client may speak of: shares of its own allocations, or of its own orders."""
    mine = actor.sender_comp_id
    return Q(share__allocation__sender_comp_id=mine) | Q(obligation__order__sender_comp_id=mine)


def _objection(one: Held | None, word: Word) -> Refusal | None:
    if one is None:
        return Refusal("UNKNOWN_CONFIRMATION", "id", f"no confirmation {word.confirmation_id} of yours")
    if word.version is not None and word.version != one.version:
        return Refusal("VERSION_CONFLICT", "version", f"the confirmation is at version {one.version}")
    if one.state not in OPEN:
        return Refusal("CONFIRMATION_STATE", "state", f"confirmation {one.id} is {one.state}")
    return None


def _affirmed(one: Held, word: Word, journal: Journal, tolerances: dict[str, Tolerance]) -> Held:
    if word.theirs is None:
        return journal.move(one, "affirmed", word.text, differences=[], was_late=_is_late(one, journal.at))
    tolerance = tolerances.get(one.currency) or tolerances.get("") or Tolerance()
    found = [list(row) for row in differences(ours(one), word.theirs, tolerance)]
    said = {name: str(value) for name, value in word.theirs._asdict().items() if value is not None}
    late = one.was_late or (not found and _is_late(one, journal.at))
    text = word.text or ", ".join(f"{name}: {mine} and {other}" for name, mine, other in found)
    return journal.move(
        one, "disputed" if found else "affirmed", text, theirs=said, differences=found, was_late=late
    )  # fmt: skip


def _disputed(one: Held, word: Word, journal: Journal, tolerances: dict[str, Tolerance]) -> Held:
    return journal.move(one, "disputed", word.text, differences=[])


def _is_late(one: Held, at: datetime) -> bool:
    return one.was_late or (one.affirm_by is not None and at > one.affirm_by)


def ours(one: Held) -> Version:
    """Our version of the trade."""
    return Version(
        one.side, one.instrument__isin or None, one.qty, one.avg_px, one.net_money, one.trade_date, one.settl_date,
        one.account__code,
    )  # fmt: skip


def _differs(one: Held, at: datetime) -> alerts.Row:
    fields = ", ".join(row[0] for row in one.differences)
    text = f"confirmation {one.id} of {one.account__code} is disputed" + (f": {fields}" if fields else "")
    return _row(one, at, "CONFIRMATION_DIFFERS", text)


def _row(one: Held, at: datetime, code: str, text: str) -> alerts.Row:
    severity, desk = Alert.Severity.WARNING.value, one.account__desk_id
    return (at, severity, "confirmation", code, desk, one.obligation__order_id, text[:500], {"id": one.id}, "")


def confirm(limit: int = BITE) -> int:
    """Confirm what was booked and affirm it where the other side does so by itself; how many steps were taken."""
    with transaction.atomic():
        if not lane("confirm"):
            return 0
        journal = Journal(now(), confirming.ITSELF)
        fresh = TradeConfirmation.objects.filter(state="unconfirmed")
        some = list(fresh.order_by("pk").values_list("pk", flat=True)[:limit])
        held = confirming.load(fresh.filter(pk__in=some))
        for one in held.values():
            journal.move(one, "confirmed")
        journal.save()
        alone = TradeConfirmation.objects.filter(pk__in=held, account__auto_affirm=True)
        simulated = Journal(journal.at, AUTO)
        for one in confirming.load(alone).values():
            _affirmed(one, Word(one.id), simulated, {})
        simulated.save()
        return len(held)


def late(limit: int = BITE) -> int:
    """Mark what is not affirmed at its cut-off, or when the next business date began, and tell operations; how many."""
    with transaction.atomic():
        if not lane("late"):
            return 0
        at, today = now(), business_date()
        passed = Q(affirm_by__lt=at) | Q(affirm_by__isnull=False, trade_date__lt=today)
        rows = TradeConfirmation.objects.filter(passed, state__in=OPEN, was_late=False)
        some = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
        journal, told = Journal(at, confirming.ITSELF), []
        for one in confirming.load(rows.filter(pk__in=some)).values():
            # What is disputed stays so: who owes the next word is seen by it.
            state = one.state if one.state == "disputed" else "late"
            one = journal.move(one, state, "not affirmed at the cut-off", was_late=True)
            told.append(_row(one, at, "NOT_AFFIRMED", f"confirmation {one.id} of {one.account__code} is late"))
        journal.save()
        alerts.save(told)
        return len(told)
