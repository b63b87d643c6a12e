"""What operations does with instructions, and which of it each state lets it do (settlement/repair.py)."""

from oms.blotter.ops import choices
from oms.blotter.ops.sheet import REASON, Act, Field
from settlement.instruction import OPEN, STILL_HERE, Instruction

PATH = "/api/v1/instructions/{key}/"
YES_NO = (("", "as it is"), ("allowed", "allowed"), ("not_allowed", "not allowed"))
PRIORITIES = (("", "as it is"), ("1", "1 high"), ("2", "2"), ("3", "3"), ("4", "4 low"))
DIRECTIONS = (("deliver", "deliver"), ("receive", "receive"))
FREE = (
    Field("account", "Account", "choice", options=choices.accounts),
    Field("symbol", "Instrument", "number", hint="AAPL, or AAPL.XNAS"),
    Field("direction", "Direction", "choice", options=DIRECTIONS), Field("qty", "Quantity", "number"),
    Field("settl_date", "Settlement date", "date"),
    Field("counterparty", "Who delivers or receives", "number", False, hint="the market's usual one"), REASON,
)  # fmt: skip
TERMS = (
    REASON, Field("partial", "Partial settlement", "choice", False, YES_NO),
    Field("priority", "Priority", "whole", False, PRIORITIES), Field("settl_date", "Settlement date", "date", False),
)  # fmt: skip
ACTS = (
    Act("hold", "Hold", "h", f"{PATH}hold/", "Keeps them from being sent until they are released.", (REASON,)),
    Act("release", "Release", "r", f"{PATH}release/",
        "Lifts the hold. Drafts and rejected ones become ready, with the standing instruction now in force.",
        (REASON,)),
    Act("free", "Free of payment", "f", "/api/v1/instructions/",
        "Securities move and nothing is paid for them. It is a draft until another person has checked it.", FREE,
        alone=True),
    Act("check", "Check", "y", f"{PATH}check/",
        "Second person: securities move free of payment. Whoever wrote the instruction may not.", shows=True),
    Act("amend", "Amend", "m", f"{PATH}amend/",
        "New terms. Of what was sent the cancellation is asked for, and its replacement waits for the answer.",
        TERMS),
    Act("resend", "Send again", "s", f"{PATH}resend/",
        "What is unanswered under its reference; a cancelled one as a new instruction for what is owed.", (REASON,)),
    Act("cancel", "Cancel", "u", f"{PATH}cancel/",
        "Calls off what was not sent, and asks the custodian to cancel what was. What it discharges stays owed.",
        (REASON,), tone="danger"),
)  # fmt: skip


def acts_for(one: Instruction) -> tuple[str, ...]:
    """What may be done with an instruction now; the verb looks again."""
    here, there = one.state in STILL_HERE, one.state in OPEN and one.state != "cancel_requested"
    may = {
        "hold": here and not one.on_hold,
        "release": one.state in ("draft", "rejected") or (one.state == "ready" and one.on_hold),
        "check": one.payment == "free" and one.checked_by_id is None and here,
        "amend": here or there,
        "resend": one.state in OPEN or one.state in ("rejected", "cancelled"),
        "cancel": here or there,
    }
    return tuple(name for name, able in may.items() if able)
