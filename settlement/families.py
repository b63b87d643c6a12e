"""Instructions that there were for the same obligations: cancelled ones and what followed them. None is sent twice."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, F, Q, Sum, When

from settlement.models import InstructionObligation, LedgerEntry
from settlement.rounding import ZERO

Moved = tuple[Decimal, Decimal]  # securities and money


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
    """One of the obligations: how many instructions it has had, and what of it has not settled."""

    seq: int
    side: str
    price: Decimal
    qty: Decimal
    net_money: Decimal

    @property
    def direction(self) -> str:
        """Which way its securities go."""
        return "receive" if self.side == "buy" else "deliver"


class Family:
    """All instructions that there were for some obligations, the first for the whole; and what is owed of each."""

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.owed: dict[int, Owed] = {}

    def is_free(self, but: int, taken: set[int]) -> bool:
        """Whether something is owed, and no other instruction than ``but`` is there to settle it, or has."""
        others = [one for one in self.members.values() if one.id != but]
        return (
            any(one.qty for one in self.owed.values())
            and taken.isdisjoint(self.owed)
            and all(one.state == "cancelled" for one in others)
        )

    @property
    def is_whole(self) -> bool:
        """Whether all that the first instruction was for is owed still. Of a net something may have been called off."""
        direction = self.members[min(self.members)].direction
        signed = [(1 if one.direction == direction else -1, one) for one in self.owed.values()]
        return self.left == (
            sum((sign * one.qty for sign, one in signed), ZERO),
            sum((sign * one.net_money for sign, one in signed), ZERO),
        )

    @property
    def left(self) -> Moved:
        """Units and money of the first instruction that none of them has settled."""
        first, every = self.members[min(self.members)], self.members.values()
        return (
            first.qty - sum((one.settled_qty for one in every), ZERO),
            first.net_money - sum((one.settled_money for one in every), ZERO),
        )


def families(ids: Sequence[int]) -> dict[int, Family]:
    """The family of each instruction that is for something still owed. Two SELECTs."""
    under = InstructionObligation.objects.filter(instruction_id__in=ids, obligation__cancellation=None)
    columns = ("obligation__over__seq", *(f"obligation__over__instruction__{name}" for name in Member._fields))
    of_owed = ("obligation__side", "obligation__price", "obligation__qty", "obligation__net_money")
    rows = list(under.values_list("instruction_id", "obligation_id", *of_owed, *columns))
    moved = _moved({row[1] for row in rows})
    found: dict[int, Family] = {}
    for id_, obligation, side, price, qty, money, seq, *of_member in rows:
        family, member = found.setdefault(id_, Family()), Member(*of_member)
        family.members[member.id] = member
        before, (moved_qty, paid) = family.owed.get(obligation), moved.get(obligation, (ZERO, ZERO))
        seq = max(seq, before.seq if before else 0)
        family.owed[obligation] = Owed(seq, side, price, qty - moved_qty, money - paid)
    return found


def _moved(obligations: set[int]) -> dict[int, Moved]:
    """What has settled of each obligation: securities, and money the other way. One SELECT."""
    inwards = Case(When(debit_account__owner="account", then=F("amount")), default=-F("amount"))
    is_money = Q(asset__currency=F("obligation__currency"))
    rows = LedgerEntry.objects.filter(obligation_id__in=obligations, phase="posted").order_by()
    sums = rows.values_list("obligation_id", "obligation__side").annotate(
        units=Sum(inwards, filter=~is_money, default=ZERO), money=Sum(inwards, filter=is_money, default=ZERO)
    )
    return {id_: (qty, -money) if side == "buy" else (-qty, money) for id_, side, qty, money in sums}
