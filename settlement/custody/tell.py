"""Telling the simulated custodian of movements that nobody instructs: dividends, coupons, splits, margin, transfers.

A real custodian hears of them from issuers, agents and clearing houses. Call it after the transaction that booked them
has committed; telling the same reference again changes nothing.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from oms.base.clock import now
from oms.base.refusal import Refusal
from settlement import mail
from settlement.custody.voice import CUSTODIAN, OURS
from settlement.messages import Envelope, Movement, build

FILE_SIZE = 1_000  # messages


def tell(home: Path, movements: Sequence[Movement], today: date) -> list[Refusal | None]:
    """Write the movements into the custodian's folder ``home``; a refusal (or None) each, in order."""
    answers: list[Refusal | None] = []
    for start in range(0, len(movements), FILE_SIZE):
        part = movements[start : start + FILE_SIZE]
        data, refusals = build(part, Envelope(OURS, CUSTODIAN, now(), today))
        answers += refusals
        if data:
            mail.put(home / "in", data)
    return answers
