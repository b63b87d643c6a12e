"""What operations does about instructions that wait for a person: complete them, or offer them again."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from settlement.instruction import reference
from settlement.models import Instruction, InstructionEvent
from settlement.obligations import Terms
from settlement.standing import standing


def release(instruction_ids: Sequence[int], actor: str, text: str = "") -> list[Refusal | None]:
    """Make drafts and rejected instructions ready to be sent; one refusal (or None) each, in order.

    A draft takes the place of settlement that has been entered for its market since.
    """
    with transaction.atomic():
        at, tables = now(), standing()
        named = [f"instrument__{name}" for name in Terms._fields]
        rows = locked(Instruction.objects.filter(pk__in=instruction_ids))
        held = {
            row[0]: row[1:]
            for row in rows.values_list("id", "state", "version", "place_of_settlement", "counterparty", *named)
        }
        changed: dict[int, tuple[Any, ...]] = {}
        answers = [_release(id_, held, tables, changed) for id_ in instruction_ids]
        columns = ("version", "place_of_settlement", "counterparty", "state", "state_at")
        sets.update(Instruction, ["id"], columns, [(id_, *row, "ready", at) for id_, row in sorted(changed.items())])
        events = [(id_, row[0], "ready", at, actor, text[:300]) for id_, row in sorted(changed.items())]
        sets.insert(InstructionEvent, ("instruction", "seq", "state", "at", "actor", "text"), events)
        bell.ring_on_commit("instruct")
        return answers


def _release(id_: int, held: Any, tables: Any, changed: dict[int, tuple[Any, ...]]) -> Refusal | None:
    if id_ not in held:
        return Refusal("MISSING", "id", f"no instruction {reference(id_)}")
    state, version, bic, party, *columns = held[id_]
    if id_ in changed or state not in ("draft", "rejected"):
        return Refusal("BAD_VALUE", "state", f"{reference(id_)} is {'ready' if id_ in changed else state}")
    if not bic:
        bic, party = tables.place(Terms(*columns))
    if not bic:
        return Refusal("MISSING", "place_of_settlement", f"no place of settlement is known for {reference(id_)}")
    changed[id_] = (version + 1, bic, party)
    return None
