"""One order's way from execution to settlement, told in order: for the order's page and the trade's."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q

from oms.base.money import grouped
from settlement.allocation.confirmation import TradeConfirmationEvent
from settlement.allocation.tables import AllocationEvent
from settlement.exceptions import CustodyMessage
from settlement.instruction import reference
from settlement.models import Instruction, InstructionEvent, InstructionObligation, LedgerEntry, Obligation
from settlement.netrun import NETTED


class Step(NamedTuple):
    """Something that happened: when, what kind of thing, in a few words, with its figures, who did it, and the state it
    led to, if it is about something that has states.
    """

    at: datetime
    kind: str
    title: str
    detail: str
    actor: str = "settlement"
    state: str = ""


def story(order_id: int) -> list[Step]:
    """Everything that followed from the executions of a root order, oldest first. Seven queries at most.

    Its allocation and what was confirmed of it, obligations, netting, instructions, the custodian's messages, ledger.
    """
    shared = Q(allocation__allocation__orders__order=order_id)
    rows = Obligation.objects.filter(Q(order=order_id) | shared).distinct()
    owed = list(rows.select_related("instrument", "account", "awaiting").order_by("id"))
    steps = [*_allocated(order_id), *(_obliged(one) for one in owed), *_sent(owed)]
    entries = LedgerEntry.objects.filter(obligation__in=owed).select_related(
        "transaction", "asset__instrument", "debit_account__account", "credit_account__account"
    )
    steps.extend(_moved(entry) for entry in entries.order_by("id"))
    return sorted(steps, key=lambda step: step.at)


def _allocated(order_id: int) -> Iterable[Step]:
    """Allocations of the order, also those that were cancelled, and the confirmations of their shares."""
    events = AllocationEvent.objects.filter(allocation__orders__order=order_id).order_by("allocation_id", "seq")
    told = TradeConfirmationEvent.objects.filter(confirmation__share__allocation__orders__order=order_id)
    if not (allocated := list(events)):
        return
    for event in allocated:
        act = event.act.replace("_", " ")
        what = f"allocation {event.allocation_id} {act}" + (f": {event.state}" if event.state != act else "")
        yield Step(event.at, "allocation", what, event.text, event.actor, event.state)
    for one in told.select_related("confirmation__account").order_by("confirmation_id", "seq"):
        share = one.confirmation
        figures = f"{share.account.code} {share.side} {grouped(share.qty)} at {grouped(share.avg_px)}"
        said = f"{figures}, net {grouped(share.net_money)} {share.currency}" + (f": {one.text}" if one.text else "")
        yield Step(one.at, "confirmation", f"confirmation {share.pk} {one.state}", said, one.actor, one.state)


def _obliged(one: Obligation) -> Step:
    charges = f", commission {grouped(one.commission)}, fees {grouped(one.fees)}"
    accrued = f", accrued interest {grouped(one.accrued)}" if one.accrued else ""
    whose = f" for {one.account.code}" if one.allocation_id else ""
    return Step(
        one.created_at,
        "obligation",
        f"{one.side} {grouped(one.qty)} {one.instrument.symbol} at {grouped(one.price)}{whose},"
        f" settles {one.settl_date}"
        + (" (reversal)" if one.reverses_id else "")
        + (", waits to be netted" if hasattr(one, "awaiting") else ""),
        f"gross {grouped(one.gross_trade_amt)}{accrued}{charges}, net {grouped(one.net_money)} {one.currency}",
    )


def _sent(owed: Iterable[Obligation]) -> Iterable[Step]:
    """The instructions' events, and what the custodian said of them."""
    over = InstructionObligation.objects.filter(obligation__in=owed).values("instruction_id")
    rows = InstructionEvent.objects.filter(instruction_id__in=over).select_related("instruction")
    events = list(rows.annotate(under=Count("instruction__obligations")).order_by("instruction_id", "seq"))
    names = {reference(event.instruction_id) for event in events}
    for said in CustodyMessage.objects.filter(reference__in=names).order_by("id") if names else ():
        title = f"custodian: {said.kind} about {said.reference}"
        yield Step(said.received_at, "custodian_message", title, said.message_id, "custodian")
    for event in events:
        yield _instructed(event)


def _instructed(event: InstructionEvent) -> Step:
    held: Instruction = event.instruction
    how = held.get_payment_display().lower() + (", net" if held.is_net else "")
    where = f"{held.direction} {how} at {held.place_of_settlement or 'no place yet'}"
    said = f" with {held.counterparty}" if held.counterparty else ""
    what = f"instruction {reference(held.pk)} {event.state}"
    terms = f"{where}{said}, {grouped(held.net_money)} {held.currency}"
    if event.text == NETTED:
        under = event.under  # type: ignore[attr-defined]
        count = "one obligation" if under == 1 else f"{under} obligations"
        figures = f"{grouped(held.qty)}, {terms}"
        return Step(event.at, "netting", f"{count} netted into {what}", figures, event.actor, event.state)
    return Step(event.at, "instruction", what, event.text or terms, event.actor, event.state)


def _moved(entry: LedgerEntry) -> Step:
    asset = entry.asset.currency or (entry.asset.instrument.symbol if entry.asset.instrument else "")
    return Step(
        entry.transaction.inserted_at,
        "ledger",
        f"{grouped(entry.amount)} {asset} {entry.phase}",
        f"{_name(entry.credit_account)} to {_name(entry.debit_account)}, {entry.transaction.source}",
        state=entry.phase,
    )


def _name(account: object) -> str:
    owner, held, party = account.owner, account.account, account.party  # type: ignore[attr-defined]
    return held.code if held else f"{owner} {party}".strip()
