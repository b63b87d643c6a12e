"""What waits on hold for another instruction's cancellation: its replacement, or the reversal of its trade.

Granted, the replacement goes out, and a reversal is called off together with what it reverses, as neither has moved
anything. Denied or settled, the replacement is cancelled, and the reversal goes out.
"""

from collections.abc import Mapping
from datetime import datetime

from oms.base import sets
from oms.base.locks import locked
from settlement import ledger
from settlement.instructing import EVENT
from settlement.instruction import STILL_HERE, reference
from settlement.models import Instruction, InstructionEvent, InstructionObligation, Obligation, ObligationCancellation

ACTOR = "settlement"


def follow(granted: Mapping[int, bool], at: datetime) -> None:
    """Decide about what waits for each instruction: was its cancellation granted? A fixed number of statements."""
    if not granted:
        return
    waits = Instruction.objects.filter(linked_to__in=granted, on_hold=True, state__in=STILL_HERE)
    # The other side of a pair is on hold because somebody wishes it.
    rows = list(locked(waits.filter(linkage__in=["replaces", "reverses"])).values_list(*_HELD))
    replaced = {row[6] for row in rows if row[3] == "replaces"}
    changed, events, called_off = [], [], []
    for id_, state, version, linkage, qty, money, other, *of_other in rows:
        whole, paid, settled, settled_money = of_other
        # Of what settled in part before it was cancelled the part is reversed, and only the rest replaced. What is
        # replaced is still to settle: its reversal, which somebody had put on hold again, is needed.
        replaces = linkage == "replaces"
        goes_out = granted[other] if replaces else not granted[other] or settled > 0 or other in replaced
        after = state if goes_out else "cancelled"
        if replaces and goes_out:
            qty, money = whole - settled, paid - settled_money
        said = f"{reference(other)} {'was cancelled' if granted[other] else 'was not cancelled'}"
        changed.append((id_, after, at, not goes_out, version + 1, qty, money))
        events.append((id_, version + 1, after, at, ACTOR, said))
        if not replaces and not goes_out:
            called_off += [id_, other]
    columns = ["state", "state_at", "on_hold", "version", "qty", "net_money"]
    sets.update(Instruction, ["id"], columns, changed)
    sets.insert(InstructionEvent, EVENT, events)
    _call_off(called_off, at)


_HELD = (
    "id", "state", "version", "linkage", "qty", "net_money", "linked_to_id", "linked_to__qty", "linked_to__net_money",
    "linked_to__settled_qty", "linked_to__settled_money",
)  # fmt: skip


def _call_off(instruction_ids: list[int], at: datetime) -> None:
    """The obligations under these are owed no longer; their pending transfers are void."""
    if not instruction_ids:
        return
    under = InstructionObligation.objects.filter(instruction_id__in=instruction_ids, obligation__cancellation=None)
    rows = Obligation.objects.filter(pk__in=under.values("obligation_id")).order_by("id")
    owed = list(rows.values_list("id", "trade_date", "settl_date"))
    columns = ("obligation", "at", "actor")
    sets.insert(ObligationCancellation, columns, [(id_, at, ACTOR) for id_, _, _ in owed])
    held = ledger.open_entries([id_ for id_, _, _ in owed])
    ledger.post(
        [
            ledger.Posting(f"void:{id_}", "void", traded, settles, ledger.resolved(held[id_], ledger.VOID))
            for id_, traded, settles in owed
        ],
        at,
    )
