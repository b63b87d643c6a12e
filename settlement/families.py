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
    direction: str
    qty: Decimal
    net_money: Decimal
    settled_qty: Decimal
    settled_money: Decimal


class Owed(NamedTuple):
    """One of the obligations: how many instructions it has had, and what it moves."""

    seq: int
    side: str
    qty: Decimal
    price: Decimal
    net_money: Decimal

    @property
    def direction(self) -> str:
        """Which way its securities go."""
        return "receive" if self.side == "buy" else "deliver"


class Family:
    """All instructions that there were for some obligations, the first for the whole; and how many each has had."""

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.owed: dict[int, Owed] = {}

    def is_free(self, but: int, taken: set[int]) -> bool:
        """Whether something is owed, and no other instruction than ``but`` is there to settle it, or has."""
        others = [one for one in self.members.values() if one.id != but]
        return self.left[0] > 0 and taken.isdisjoint(self.owed) and all(one.state == "cancelled" for one in others)

    @property
    def is_whole(self) -> bool:
        """Whether all that the first instruction was for is owed still. Of a net something may have been called off."""
        first = self.members[min(self.members)]
        signed = (one.qty if one.direction == first.direction else -one.qty for one in self.owed.values())
        return sum(signed, ZERO) == first.qty

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
    of_owed = ("obligation__side", "obligation__qty", "obligation__price", "obligation__net_money")
    for id_, obligation, side, qty, price, money, seq, *of_member in under.values_list(
        "instruction_id", "obligation_id", *of_owed, *columns
    ):
        family, member = found.setdefault(id_, Family()), Member(*of_member)
        family.members[member.id] = member
        before = family.owed.get(obligation)
        family.owed[obligation] = Owed(max(seq, before.seq if before else 0), side, qty, price, money)
    return found
