"""Completing instructions that have not been sent from the standing instructions in force on their settlement date."""

from datetime import datetime

from django.db.models import QuerySet

from oms.base import sets
from oms.base.locks import locked
from settlement.instructing import EVENT
from settlement.models import Instruction, InstructionEvent
from settlement.obligations import Terms
from settlement.parties import Parties
from settlement.standing import Standing

PARTIES = ("place_of_settlement", "counterparty", "agent_bic", "safekeeping_account", "ssi")
_TERMS = [f"instrument__{name}" for name in Terms._fields]


def complete(rows: QuerySet[Instruction], tables: Standing, at: datetime, actor: str, text: str) -> int:
    """Give drafts and ready ones among ``rows`` the parties now in force; drafts that have a place become ready.

    Answer how many changed. One SELECT, two writes.
    """
    held = locked(rows.filter(state__in=["draft", "ready"], payment="against_payment")).values_list(
        "id", "version", "state", "account_id", "currency", "settl_date", *PARTIES, *_TERMS
    )
    changed = []
    for id_, version, state, account, currency, day, place, party, agent, safekeeping, ssi, *terms in held:
        before = Parties(place, party, agent, safekeeping, ssi)
        after = tables.parties(Terms(*terms), account, currency, day)
        if after == before and (state == "ready" or not after.place):
            continue
        changed.append((id_, *after, "ready" if after.place else "draft", version + 1, at))
    sets.update(Instruction, ["id"], [*PARTIES, "state", "version", "state_at"], changed)
    events = [(row[0], row[-2], row[-3], at, actor, text[:300]) for row in changed]
    sets.insert(InstructionEvent, EVENT, events)
    return len(changed)
