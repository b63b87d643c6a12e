"""Settlement instructions by state: what is on its way, what waits for a person, what failed."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse

from oms.blotter.ops import choices, messages
from oms.blotter.ops.cells import (
    Block,
    Cell,
    Column,
    Detail,
    Row,
    day,
    moment,
    money,
    px,
    qty,
    side,
    state,
    table,
    text,
    words,
)
from oms.blotter.ops.entries import NEEDS, posted
from oms.blotter.ops.instruct import ACTS, acts_for
from oms.blotter.ops.sheet import Filter, Sheet, equal, has, number
from orders.reference import business_date
from settlement.instruction import STILL_HERE, Instruction, InstructionEvent, InstructionObligation
from settlement.models import LedgerEntry, PlaceOfSettlement

# States in groups, as the overview counts them and the filter offers them; the other states are groups of their own.
WAITS = ("draft", "rejected", "unmatched")
AT_CUSTODIAN = ("sent", "accepted", "pending", "cancel_requested")
ENDED = ("settled", "cancelled")
GROUPS = {"waits": WAITS, "at_custodian": AT_CUSTODIAN}
WORDS = {"unsettled": "not settled", "late": "late", "waits": "waits for a person", "at_custodian": "at the custodian",
         "to_check": "free of payment, to be checked", "on_hold": "on hold"}  # fmt: skip
TOLD = ("account", "instrument", "linked_to", "made_by", "checked_by")


def states() -> list[tuple[str, str]]:
    """Groups of states first, then each."""
    each = [(value, value.replace("_", " ")) for value in Instruction.State.values]
    return [(name, f"— {words} —") for name, words in WORDS.items()] + each


def in_state(value: str) -> Q:
    """Instructions of a state, of a group of states, late, held or to be checked."""
    if value == "on_hold":
        return Q(on_hold=True)
    if value == "to_check":
        return Q(payment="free", checked_by=None, state__in=STILL_HERE)
    if value in ("unsettled", "late"):
        late = Q(settl_date__lt=business_date()) if value == "late" else Q()
        return late & ~Q(state__in=ENDED)
    return Q(state__in=GROUPS.get(value, (value,)))


def places() -> list[tuple[str, str]]:
    """Where instructions go to."""
    found = PlaceOfSettlement.objects.order_by("bic").values_list("bic", flat=True).distinct()
    return [(bic, bic) for bic in found]


def numbered(value: str) -> Q:
    """The instruction of a number or of a TxId."""
    return number("pk")(value.upper().removeprefix("SI").lstrip("0") or "0")


def of_order(value: str) -> Q:
    """The instructions that an order's obligations are settled by."""
    return Q(
        pk__in=InstructionObligation.objects.filter(number("obligation__order_id")(value)).values("instruction_id")
    )


class Settlements(Sheet):
    """Instructions, the latest settlement date first."""

    slug, title = "settlements", "Settlement instructions"
    empty = "No instruction is like that."
    columns = (
        Column("reference", "Instruction", sort="pk"),
        Column("state", "State", sort="state"),
        Column("settl_date", "Settles", sort="settl_date"),
        Column("direction", "Direction", sort="direction"),
        Column("qty", "Qty", "num", "qty"),
        Column("settled", "Settled", "num", "settled_qty"),
        Column("symbol", "Instrument", sort="instrument__symbol"),
        Column("money", "Net money", "num", "net_money", "Paid by the receiver of the securities"),
        Column("currency", "Ccy", sort="currency"),
        Column("account", "Account", sort="account__code"),
        Column("place", "Place", sort="place_of_settlement"),
        Column("party", "Counterparty", sort="counterparty"),
        Column("why", "Reason", sort="reason_code"),
        Column("since", "Since (UTC)", sort="state_at"),
    )
    filters = (
        Filter("state", "State", "choice", in_state, states),
        Filter("settl_date", "Settles", "date", equal("settl_date")),
        Filter("account", "Account", "choice", equal("account__code"), choices.accounts),
        Filter("place", "Place", "choice", equal("place_of_settlement"), places),
        Filter("currency", "Ccy", "choice", equal("currency"), choices.currencies),
    )
    finds = (
        has("instrument__symbol"), has("account__code"), has("custodian_reference"), has("counterparty"),
        numbered, of_order,
    )  # fmt: skip
    order = ("-settl_date", "-pk")
    acts = ACTS

    def rows(self) -> QuerySet[Any]:
        """Every instruction."""
        return Instruction.objects.select_related("account", "instrument")

    def shown(self, rows: Sequence[Instruction]) -> list[Row]:
        """A row an instruction, with what may be done to it now."""
        return [Row(str(one.pk), self._cells(one), acts_for(one), tone_of(one)) for one in rows]

    def _cells(self, one: Instruction) -> tuple[Cell, ...]:
        return (
            text(one.reference, href=f"?open={one.pk}"), state_of(one), day(one.settl_date),
            side(one.direction), qty(one.qty), qty(one.settled_qty or None), text(one.instrument.symbol),
            paid(one), text(one.currency), text(one.account.code), text(one.place_of_settlement),
            text(one.counterparty), text(one.reason_code or one.reason), moment(one.state_at),
        )  # fmt: skip

    def sums(self, rows: QuerySet[Any]) -> tuple[tuple[str, Cell], ...]:
        """Money by currency, against payment: what is paid and what comes in."""
        open_ones = rows.exclude(state__in=["settled", "cancelled"])
        totals = open_ones.order_by("currency").values("currency").annotate(
            pays=Sum("net_money", filter=Q(direction="receive")), gets=Sum("net_money", filter=Q(direction="deliver")),
        )[:4]  # fmt: skip
        said: list[tuple[str, Cell]] = []
        for one in totals:
            said += [(f"{one['currency']} to pay", money(one["pays"])), ("to get", money(one["gets"]))]
        return tuple(said)

    def detail(self, key: int) -> Detail | None:
        """Facts, events, what it settles, what was posted, messages."""
        one = Instruction.objects.select_related(*TOLD).filter(pk=key).first()
        if one is None:
            return None
        owed = list(one.obligations.select_related("account").order_by("pk"))
        entries = LedgerEntry.objects.filter(obligation__in=owed).select_related(*NEEDS).order_by("pk")
        blocks = (events_of(one), _confirmed(one), _obligations(owed), posted(entries), messages.received(one))
        href = reverse("ops-trade", args=[owed[0].order_id]) if owed and owed[0].order_id else ""
        return Detail(one.reference, state_of(one), _facts(one), blocks, messages.of(one), href, acts_for(one))


def state_of(one: Instruction) -> Cell:
    """The state; what is held says so."""
    return state("held", f"{one.state} · held") if one.on_hold else state(one.state)


def tone_of(one: Instruction) -> str:
    """Ended without settlement: grey."""
    return "gone" if one.state == "cancelled" else ""


def paid(one: Instruction) -> Cell:
    """Its money; nothing is paid free of payment."""
    return Cell("free", tone="quiet") if one.payment == "free" else money(one.net_money)


def _facts(one: Instruction) -> tuple[tuple[str, Cell], ...]:
    linked = one.linked_to
    return (
        ("Instrument", text(f"{one.instrument.symbol} · {one.instrument.name}")), ("ISIN", text(one.instrument.isin)),
        ("Account", text(one.account.code)), ("Direction", side(one.direction)),
        ("Quantity", qty(one.qty)), ("Settled so far", qty(one.settled_qty)), ("Price", px(one.price)),
        ("Net money", money(one.net_money)), ("Currency", text(one.currency)), ("Payment", words(one.payment)),
        ("Trade date", day(one.trade_date)), ("Settlement date", day(one.settl_date)),
        ("Settled on", day(one.settled_on)), ("Place", text(one.place_of_settlement)),
        ("Counterparty", text(one.counterparty)), ("Agent", text(one.agent_bic)),
        ("Safekeeping account", text(one.safekeeping_account)),
        ("Custodian's reference", text(one.custodian_reference)), ("Partial settlement", words(one.partial)),
        ("Priority", text(one.priority)), ("Reason", text(" ".join(filter(None, (one.reason_code, one.reason))))),
        ("Made by", text(one.made_by.username if one.made_by else "")),
        ("Checked by", text(one.checked_by.username if one.checked_by else "")),
        ("Linked to", text(linked.reference if linked else "", href=f"?open={linked.pk}" if linked else "")),
        ("Version", text(one.version)),
    )  # fmt: skip


def events_of(one: Instruction) -> Block:
    """What happened to an instruction, newest first."""
    rows = (
        Row(str(event.pk), (text(event.seq), state(event.state), moment(event.at), text(event.actor), text(event.text)))
        for event in InstructionEvent.objects.filter(instruction=one).order_by("-seq")
    )
    return table("Events, newest first", "#> | State | At (UTC) | By | Said", rows)


def _obligations(owed: Sequence[Any]) -> Block:
    rows = (
        Row(str(row.pk), (
            cause(row), text(row.account.code), side(row.side),
            qty(row.qty), px(row.price), money(row.net_money), day(row.trade_date),
        ))
        for row in owed
    )  # fmt: skip
    heads = "Of | Account | Side | Qty> | Price> | Net money> | Trade date"
    return table(f"Settles {len(owed)} {'obligation' if len(owed) == 1 else 'obligations'}", heads, rows)


def cause(owed: Any) -> Cell:
    """What an obligation follows from: an order, or the exercise of an option by the name of its booking."""
    if owed.order_id is None:
        return text(f"exercise {owed.source}")
    return text(owed.order_id, href=reverse("ops-trade", args=[owed.order_id]))


def _confirmed(one: Instruction) -> Block:
    rows = (
        Row(str(row.pk), (day(row.business_date), qty(row.qty), money(row.net_money), text(row.message_id)))
        for row in one.confirmations.order_by("pk")
    )
    empty = "The custodian has confirmed nothing yet."
    return table("Confirmations", "Day | Qty> | Money> | Message", rows, empty)


def waiting() -> int:
    """How many wait for a person."""
    return Instruction.objects.filter(state__in=WAITS).count()
