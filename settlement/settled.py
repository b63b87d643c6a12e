"""Confirmations become posted ledger transfers: securities and money of a confirmation in one transaction.

The pending transfers of every obligation under the instruction are taken: whole with the last confirmation, else in
part, and what is left of them is pending again in the same transaction.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from oms.base import sets
from settlement import free, ledger
from settlement.models import Asset, Confirmation, InstructionObligation, LedgerAccount, LedgerEntry
from settlement.parts import granularity, parts
from settlement.rounding import ZERO, minor_unit


class Confirmed(NamedTuple):
    """One confirmation to be written and posted. ``is_last``: with it all of the instruction has settled."""

    instruction_id: int
    direction: str
    currency: str
    message_id: str
    business_date: date
    qty: Decimal
    net_money: Decimal
    is_last: bool
    custodian_reference: str


Open = list[tuple[int, ledger.Line]]  # pending entries by id
_CONFIRMATION = (
    "id", "instruction", "message_id", "business_date", "qty", "net_money", "custodian_reference", "at",
)  # fmt: skip


def post(confirmed: Sequence[Confirmed], at: datetime) -> None:
    """Write the confirmations and post what they settle, in order. A fixed number of statements."""
    if not confirmed:
        return
    ids = sets.ids(Confirmation, len(confirmed))
    sets.insert(
        Confirmation,
        _CONFIRMATION,
        [
            (id_, c.instruction_id, c.message_id, c.business_date, c.qty, c.net_money, c.custodian_reference, at)
            for id_, c in zip(ids, confirmed, strict=True)
        ],
    )
    held = _pending({one.instruction_id for one in confirmed})
    in_part = [one for one in confirmed if not one.is_last]
    fresh = iter(sets.ids(LedgerEntry, sum(len(held[one.instruction_id]) for one in in_part)))
    names = _Names(held) if in_part else None
    postings = []
    for id_, one in zip(ids, confirmed, strict=True):
        entries = held[one.instruction_id]
        if names is None or one.is_last:
            lines, held[one.instruction_id] = ledger.resolved(entries, ledger.POSTED), []
        else:
            lines, held[one.instruction_id] = names.part(one, entries, fresh)
        source = f"settlement:{id_}"
        postings.append(ledger.Posting(source, "settlement", one.business_date, one.business_date, lines))
    ledger.post(postings, at)


def _pending(instruction_ids: set[int]) -> dict[int, Open]:
    """What is still pending of the obligations under each instruction. Two SELECTs, and two for what is free."""
    under = InstructionObligation.objects.filter(instruction_id__among=instruction_ids).order_by("obligation_id")
    pairs = list(under.values_list("instruction_id", "obligation_id"))
    entries = ledger.open_entries({obligation for _, obligation in pairs})
    found: dict[int, Open] = defaultdict(list)
    for instruction, obligation in pairs:
        found[instruction] += entries.get(obligation, [])
    if moved_free := instruction_ids - {instruction for instruction, _ in pairs}:
        found.update(free.pending(moved_free))
    return found


class _Names:
    """Which of the accounts and assets of pending transfers are ours, and which are money. Two SELECTs."""

    def __init__(self, held: dict[int, Open]) -> None:
        lines = [line for entries in held.values() for _, line in entries]
        accounts = {id_ for line in lines for id_ in (line.debit_id, line.credit_id)}
        self.ours = set(LedgerAccount.objects.filter(pk__among=accounts, owner="account").values_list("pk", flat=True))
        assets = Asset.objects.filter(pk__in={line.asset_id for line in lines})
        self.currencies = dict(assets.values_list("pk", "currency"))

    def part(self, one: Confirmed, entries: Open, fresh: Iterator[int]) -> tuple[list[ledger.Line], Open]:
        """The lines that post the confirmed part of ``entries``, and what is pending after it.

        Our account's money is one sum, what is delivered the other; each comes to what was confirmed.
        """
        left, taken = self._left(one, entries), {}
        for is_money in (False, True):
            some = [(id_, line) for id_, line in entries if self._is_money(one, line) is is_money]
            amounts = [self._signed(one, line, is_money) for _, line in some]
            share = one.qty / left
            confirmed = one.net_money if is_money else one.qty
            unit = minor_unit(one.currency) if is_money else granularity([*amounts, one.qty])
            for (id_, _), amount in zip(some, parts(amounts, share, confirmed, unit), strict=True):
                taken[id_] = abs(amount)
        return _take(entries, taken, fresh)

    def _left(self, one: Confirmed, entries: Open) -> Decimal:
        return sum((self._signed(one, line, False) for _, line in entries if not self._is_money(one, line)), ZERO)

    def _is_money(self, one: Confirmed, line: ledger.Line) -> bool:
        return self.currencies[line.asset_id] == one.currency

    def _signed(self, one: Confirmed, line: ledger.Line, is_money: bool) -> Decimal:
        """The amount, positive where it goes the instruction's way: securities in and money out for a receipt."""
        inwards = line.debit_id in self.ours
        wanted = (one.direction == "receive") is not is_money
        return line.amount if inwards is wanted else -line.amount


def _take(entries: Open, taken: dict[int, Decimal], fresh: Iterator[int]) -> tuple[list[ledger.Line], Open]:
    lines: list[ledger.Line] = []
    after: Open = []
    for id_, line in entries:
        amount = taken[id_]
        if not amount:
            after.append((id_, line))
            continue
        lines.append(line._replace(amount=amount, phase=ledger.POSTED, resolves=id_, released=line.amount, id=None))
        if rest := line.amount - amount:
            again = line._replace(amount=rest, id=next(fresh))
            lines.append(again)
            assert again.id is not None
            after.append((again.id, again))
    return lines, after
