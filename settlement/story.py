"""One order's way from execution to settlement, told in order: for the order's page and the journey command."""

from datetime import datetime
from typing import NamedTuple

from oms.base.money import plain
from settlement.instruction import reference
from settlement.models import Instruction, InstructionEvent, InstructionObligation, LedgerEntry, Obligation


class Step(NamedTuple):
    """Something that happened: when, what kind of thing, in a few words, and with its figures."""

    at: datetime
    kind: str
    title: str
    detail: str


def story(order_id: int) -> list[Step]:
    """Obligations, instruction events and ledger transfers of a root order, oldest first. Four queries."""
    owed = list(Obligation.objects.filter(order_id=order_id).select_related("instrument").order_by("id"))
    steps = [_obliged(one) for one in owed]
    over = InstructionObligation.objects.filter(obligation__in=owed).values("instruction_id")
    events = InstructionEvent.objects.filter(instruction_id__in=over).select_related("instruction")
    steps.extend(_instructed(event) for event in events.order_by("instruction_id", "seq"))
    entries = LedgerEntry.objects.filter(obligation__in=owed).select_related(
        "transaction", "asset__instrument", "debit_account__account", "credit_account__account"
    )
    steps.extend(_moved(entry) for entry in entries.order_by("id"))
    return sorted(steps, key=lambda step: step.at)


def _obliged(one: Obligation) -> Step:
    charges = f", commission {plain(one.commission)}, fees {plain(one.fees)}"
    accrued = f", accrued interest {plain(one.accrued)}" if one.accrued else ""
    return Step(
        one.created_at,
        "obligation",
        f"{one.side} {plain(one.qty)} {one.instrument.symbol} at {plain(one.price)}, settles {one.settl_date}"
        + (" (reversal)" if one.reverses_id else ""),
        f"gross {plain(one.gross_trade_amt)}{accrued}{charges}, net {plain(one.net_money)} {one.currency}",
    )


def _instructed(event: InstructionEvent) -> Step:
    held: Instruction = event.instruction
    how = held.get_payment_display().lower() + (", net" if held.is_net else "")
    where = f"{held.direction} {how} at {held.place_of_settlement or 'no place yet'}"
    said = f" with {held.counterparty}" if held.counterparty else ""
    return Step(
        event.at,
        "instruction",
        f"instruction {reference(held.pk)} {event.state}",
        event.text or f"{where}{said}, {plain(held.net_money)} {held.currency}",
    )


def _moved(entry: LedgerEntry) -> Step:
    asset = entry.asset.currency or (entry.asset.instrument.symbol if entry.asset.instrument else "")
    return Step(
        entry.transaction.inserted_at,
        "ledger",
        f"{plain(entry.amount)} {asset} {entry.phase}",
        f"{_name(entry.credit_account)} to {_name(entry.debit_account)}, {entry.transaction.source}",
    )


def _name(account: object) -> str:
    owner, held, party = account.owner, account.account, account.party  # type: ignore[attr-defined]
    return held.code if held else f"{owner} {party}".strip()
