"""Instructions that there were for the same obligations: cancelled ones and what followed them. None is sent twice."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from settlement.models import InstructionObligation
from settlement.rounding import ZERO


class Member(NamedTuple):
    """One of the instructions that there were for the same obligations."""

    id: int
    state: str
    qty: Decimal
    net_money: Decimal
    settled_qty: Decimal
    settled_money: Decimal


class Family:
    """All instructions that there were for some obligations, the first for the whole; and how many each has had."""

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.seqs: dict[int, int] = {}

    def is_free(self, but: int, taken: set[int]) -> bool:
        """Whether something is owed, and no other instruction than ``but`` is there to settle it, or has."""
        others = [one for one in self.members.values() if one.id != but]
        return self.left[0] > 0 and taken.isdisjoint(self.seqs) and all(one.state == "cancelled" for one in others)

    @property
    def left(self) -> tuple[Decimal, Decimal]:
        """Units and money of the first instruction that none of them has settled."""
        first, every = self.members[min(self.members)], self.members.values()
        return (
            first.qty - sum((one.settled_qty for one in every), ZERO),
            first.net_money - sum((one.settled_money for one in every), ZERO),
        )


def families(ids: Sequence[int]) -> dict[int, Family]:
    """The family of each instruction that is for something still owed. One SELECT."""
    under = InstructionObligation.objects.filter(instruction_id__in=ids, obligation__cancellation=None)
    columns = ("obligation__over__seq", *(f"obligation__over__instruction__{name}" for name in Member._fields))
    found: dict[int, Family] = {}
    for id_, obligation, seq, *of_member in under.values_list("instruction_id", "obligation_id", *columns):
        family, member = found.setdefault(id_, Family()), Member(*of_member)
        family.members[member.id] = member
        family.seqs[obligation] = max(seq, family.seqs.get(obligation, 0))
    return found
