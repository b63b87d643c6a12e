"""The messages that went out and came in about an instruction, as they were."""

from settlement.instruction import Instruction


def of(one: Instruction) -> tuple[tuple[str, str], ...]:
    """Title and text of each message, newest first."""
    return ()
