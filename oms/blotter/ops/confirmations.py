"""Confirmations of shares: told, affirmed, disputed, late; each with its cut-off clock."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from oms.base.clock import now
from oms.blotter.ops import choices
from oms.blotter.ops.cells import (
    Block,
    Cell,
    Column,
    Detail,
    Row,
    clock,
    day,
    moment,
    money,
    px,
    qty,
    side,
    state,
    table,
    text,
    tile,
    words,
)
from oms.blotter.ops.sheet import Act, Field, Filter, Sheet, equal, has, number
from settlement.allocation.confirmation import OPEN, ConfirmationState, TradeConfirmation

PATH = "/api/v1/confirmations/{key}/"
WORDS = Field("text", "Remark", required=False)


def states() -> list[tuple[str, str]]:
    """What is not affirmed, then each state."""
    return [("open", "— to be affirmed —"), ("was_late", "— late, then or ever —"), *ConfirmationState.choices]


def which(value: str) -> Q:
    """Confirmations of a state, open ones, or late ones."""
    if value == "was_late":
        return Q(was_late=True)
    return Q(state__in=OPEN) if value == "open" else Q(state=value)


class Confirmations(Sheet):
    """Confirmations, those whose cut-off is next first."""

    slug, title = "confirmations", "Confirmations"
    empty = "Nothing is to be affirmed."
    columns = (
        Column("confirmation", "Confirmation", sort="pk"),
        Column("state", "State", sort="state"),
        Column("by", "Affirm by", sort="affirm_by", hint="Cut-off on trade date"),
        Column("account", "Account", sort="account__code"),
        Column("side", "Side", sort="side"),
        Column("qty", "Qty", "num", "qty"),
        Column("symbol", "Instrument", sort="instrument__symbol"),
        Column("px", "Avg px", "num", "avg_px"),
        Column("net", "Net money", "num", "net_money"),
        Column("ccy", "Ccy", sort="currency"),
        Column("day", "Trade date", sort="trade_date"),
        Column("settl", "Settles", sort="settl_date"),
        Column("differs", "Differs in"),
        Column("since", "Since (UTC)", sort="state_at"),
    )
    filters = (
        Filter("state", "State", "choice", which, states),
        Filter("trade_date", "Trade date", "date", equal("trade_date")),
        Filter("account", "Account", "choice", equal("account__code"), choices.accounts),
        Filter("symbol", "Symbol", "text", has("instrument__symbol")),
    )
    finds = (has("instrument__symbol"), has("account__code"), number("pk"), number("share__allocation_id"))
    acts = (
        Act("affirm", "Affirm", "y", f"{PATH}affirm/", "The other side agrees.", (WORDS,)),
        Act("dispute", "Dispute", "d", f"{PATH}dispute/", "The other side does not agree.",
            (Field("text", "What it says"),), tone="danger"),
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        """Every confirmation."""
        return TradeConfirmation.objects.select_related("account", "instrument", "share")

    def ordered(self, rows: QuerySet[Any], asked: Any) -> QuerySet[Any]:
        """By cut-off unless asked otherwise; what is over comes after."""
        if asked.sort:
            return super().ordered(rows, asked)
        return rows.order_by(F("trade_date").desc(), F("affirm_by").asc(nulls_last=True), "-pk")

    def shown(self, rows: Sequence[TradeConfirmation]) -> list[Row]:
        """A row a confirmation."""
        at = now()
        return [
            Row(
                str(one.pk),
                (
                    text(one.pk, href=f"?open={one.pk}"),
                    state(one.state),
                    _by(one, at),
                    text(one.account.code),
                    side(one.side),
                    qty(one.qty),
                    text(one.instrument.symbol),
                    px(one.avg_px),
                    money(one.net_money),
                    text(one.currency),
                    day(one.trade_date),
                    day(one.settl_date),
                    text(", ".join(str(row[0]).replace("_", " ") for row in one.differences), tone="warn"),
                    moment(one.state_at),
                ),
                ("affirm", "dispute") if one.state in OPEN else (),
                "gone" if one.state == "cancelled" else "",
            )
            for one in rows
        ]

    def detail(self, key: int) -> Detail | None:
        """Both versions where they differ, and its history."""
        one = self.rows().select_related("obligation").filter(pk=key).first()
        if one is None:
            return None
        apart = (Row(str(name), (words(name), text(ours), text(theirs))) for name, ours, theirs in one.differences)
        events = (
            Row(
                str(event.seq),
                (text(event.seq), state(event.state), moment(event.at), text(event.actor), text(event.text)),
            )
            for event in one.events.order_by("-seq")
        )
        allocation = one.share.allocation_id
        facts = (
            ("Allocation", text(allocation, href=f"{reverse('ops-sheet', args=['allocations'])}?open={allocation}")),
            ("Account", text(f"{one.account.code} · {one.account.name}")),
            ("Instrument", text(one.instrument.symbol)),
            ("Side", side(one.side)),
            ("Quantity", qty(one.qty)),
            ("Average price", px(one.avg_px)),
            ("Net money", money(one.net_money)),
            ("Currency", text(one.currency)),
            ("Trade date", day(one.trade_date)),
            ("Settles", day(one.settl_date)),
            ("Affirm by", moment(one.affirm_by)),
            ("Was late", text("yes" if one.was_late else "", tone="warn")),
            ("Version", text(one.version)),
        )
        blocks = (
            table("Where their version differs", "Field | Ours | Theirs", apart, "They have given no other version."),
            table("History, newest first", "#> | State | At (UTC) | By | Said", events),
        )
        href = reverse("ops-trade", args=[one.obligation.order_id])
        acts = ("affirm", "dispute") if one.state in OPEN else ()
        return Detail(f"Confirmation {one.pk}", state(one.state), facts, blocks, href=href, acts=acts)


def _by(one: TradeConfirmation, at: Any) -> Cell:
    """The clock while somebody waits for it; afterwards whether it was in time."""
    if one.state in OPEN:
        return clock(one.affirm_by, at)
    return text("was late", tone="warn") if one.was_late else text("")


def waiting() -> int:
    """What is late or disputed."""
    return TradeConfirmation.objects.filter(state__in=["late", "disputed"]).count()


def tiles() -> tuple[Cell, ...]:
    """What is to be affirmed, and what is late."""
    href = reverse("ops-sheet", args=["confirmations"])
    late = TradeConfirmation.objects.filter(state="late").count()
    open_ones = TradeConfirmation.objects.filter(state__in=OPEN).count()
    return (
        tile(open_ones, "Confirmations", "to be affirmed", f"{href}?state=open"),
        tile(late, "Late confirmations", "not affirmed at the cut-off", f"{href}?state=late", "bad"),
    )


def blocks() -> tuple[Block, ...]:
    """No table of its own."""
    return ()
