"""The messages about an instruction: ours as it is sent, and which of the custodian's were applied."""

from lxml import etree

from oms.base.refusal import Refusal
from oms.blotter.ops.cells import Block, Row, moment, table, text
from settlement.custody.voice import CUSTODIAN, OURS
from settlement.exceptions import CustodyMessage
from settlement.instruct import message_of
from settlement.instruction import Instruction
from settlement.messages import bare, mt
from settlement.messages.tree import Fault

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)


def of(one: Instruction) -> tuple[tuple[str, str], ...]:
    """Our message by ISO 20022, and the same as ISO 15022 text; nothing where no message can hold it."""
    told = message_of(one.pk)
    if told is None:
        return ()
    try:
        xml = etree.tostring(etree.fromstring(bare(told), PARSER), pretty_print=True, encoding="unicode")
    except Fault as fault:
        return (("Our message cannot be written", fault.refusal.text),)
    swift = mt.build(told, OURS, CUSTODIAN)
    return (("sese.023 as it is sent", xml), *((("MT540 to 543", swift),) if not isinstance(swift, Refusal) else ()))


def received(one: Instruction) -> Block:
    """What the custodian said of it and was applied, newest first."""
    rows = (
        Row(str(said.pk), (moment(said.received_at), text(said.kind), text(said.message_id)))
        for said in CustodyMessage.objects.filter(reference=one.reference).order_by("-pk")[:50]
    )
    return table("Messages of the custodian that were applied", "Received (UTC) | Message | Its name", rows, "None.")
