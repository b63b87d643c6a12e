"""Corporate actions: announced, looked at, approved by a second person, booked on their ex-date, paid."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

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
    state,
    table,
    text,
    tile,
    words,
)
from oms.blotter.ops.settlements import cause
from oms.blotter.ops.sheet import Act, Field, Filter, Sheet, equal, has, number
from oms.desk import actions as desk
from orders.models import Account, Instrument
from settlement.actions.kinds import AUTOMATIC, Kind
from settlement.actions.tables import CorporateAction, Entitlement, MarketClaim

PATH = "/api/v1/corporate-actions/"
KINDS = tuple((kind.value, kind.value.replace("_", " ")) for kind in Kind)
WORDS = Field("text", "Remark", required=False)
TERMS = (
    Field("source", "Source: what the notice is called where it came from"),
    Field("kind", "Kind", "choice", True, KINDS),
    Field("instrument", "Instrument", "number", hint="AAPL.XNAS"),
    Field("ex_date", "Ex-date", "date"),
    Field("record_date", "Record date", "date", False),
    Field("pay_date", "Pay date", "date", False),
    Field("amount", "Amount a unit; of bonds per 100 of face", "number", False),
    Field("new", "New units", "number", False),
    Field("old", "for old units", "number", False),
    Field("in_lieu_px", "Price for fractions", "number", False),
    Field("pct", "Percent of cost or holding", "number", False),
    Field("into", "Into instrument", "number", False),
    Field("new_symbol", "New symbol", "number", False),
    Field("new_isin", "New ISIN", "number", False),
    WORDS,
)


class CorporateActions(Sheet):
    """Actions by ex-date, the latest first."""

    slug, title = "corporate-actions", "Corporate actions"
    empty = "Nothing is announced like that."
    columns = (
        Column("action", "Action", sort="pk"),
        Column("state", "State", sort="state"),
        Column("kind", "Kind", sort="kind"),
        Column("symbol", "Instrument", sort="instrument__symbol"),
        Column("ex", "Ex-date", sort="ex_date"),
        Column("record", "Record", sort="record_date"),
        Column("pay", "Pays", sort="pay_date"),
        Column("terms", "Terms"),
        Column("guided", "Booked by"),
        Column("by", "Announced by", sort="announced_by"),
        Column("approved", "Approved by", sort="approved_by"),
        Column("orders", "Orders seen to", sort="orders_at"),
        Column("source", "Source", sort="source"),
    )
    filters = (
        Filter("state", "State", "choice", equal("state"), lambda: list(CorporateAction.State.choices)),
        Filter("kind", "Kind", "choice", equal("kind"), lambda: list(KINDS)),
        Filter("ex_date", "Ex-date", "date", equal("ex_date")),
    )
    finds = (has("instrument__symbol"), has("source"), number("pk"))
    order = ("-ex_date", "-pk")
    acts = (
        Act(
            "announce", "Announce", "n", PATH, "Nothing follows before a second person approves it.", TERMS, alone=True
        ),
        Act(
            "approve",
            "Approve",
            "y",
            f"{PATH}{{key}}/approve/",
            "Second person: puts the action into force as its preview shows. It is booked when its ex-date has come.",
            (WORDS,),
            shows=True,
        ),
        Act(
            "process",
            "Process",
            "p",
            f"{PATH}{{key}}/process/",
            "Books an approved action whose ex-date has come, now.",
            (WORDS,),
        ),
        Act(
            "cancel",
            "Call off",
            "u",
            f"{PATH}{{key}}/cancel/",
            "Calls it off before it is booked.",
            (Field("text", "Reason, for the record"),),
            tone="danger",
        ),
    )

    def rows(self) -> QuerySet[Any]:
        """Every action."""
        return CorporateAction.objects.select_related("instrument", "into")

    def shown(self, rows: Sequence[CorporateAction]) -> list[Row]:
        """A row an action."""
        return [
            Row(
                str(one.pk),
                (
                    text(f"CA{one.pk}", href=f"?open={one.pk}"),
                    state(one.state),
                    words(one.kind),
                    text(one.instrument.symbol),
                    day(one.ex_date),
                    day(one.record_date),
                    day(one.pay_date),
                    terms(one),
                    text("itself" if one.kind in AUTOMATIC else "a person"),
                    text(one.announced_by),
                    text(one.approved_by),
                    moment(one.orders_at),
                    text(one.source),
                ),
                acts_for(one),
                "gone" if one.state == "cancelled" else "",
            )
            for one in rows
        ]

    def detail(self, key: int) -> Detail | None:
        """Its terms, what booking it would do to each account, what it did, and its history."""
        one = self.rows().filter(pk=key).first()
        if one is None:
            return None
        foreseen = (_foreseen(one),) if one.state in ("announced", "approved") else ()
        blocks = (*foreseen, _entitled(one), *_claimed(one), _events(one))
        return Detail(f"CA{one.pk} {one.get_kind_display()}", state(one.state), _facts(one), blocks, acts=acts_for(one))


def terms(one: CorporateAction) -> Cell:
    """What the action gives, in a few words."""
    said = []
    if one.amount is not None:
        said.append(f"{qty(one.amount).text} {one.currency}")
    if one.new is not None:
        said.append(f"{qty(one.new).text} for {qty(one.old).text}")
    if one.into:
        said.append(f"into {one.into.symbol}")
    if one.pct is not None:
        said.append(f"{qty(one.pct).text} %")
    said += [f"now {name}" for name in (one.symbol, one.isin) if name]
    return text(", ".join(said))


def acts_for(one: CorporateAction) -> tuple[str, ...]:
    """What may be done with it now."""
    return {"announced": ("approve", "cancel"), "approved": ("process", "cancel")}.get(one.state, ())


def _facts(one: CorporateAction) -> tuple[tuple[str, Cell], ...]:
    return (
        ("Instrument", text(f"{one.instrument.symbol} · {one.instrument.name}")),
        ("Terms", terms(one)),
        ("Price for fractions", px(one.in_lieu_px)),
        ("Ex-date", day(one.ex_date)),
        ("Record date", day(one.record_date)),
        ("Pay date", day(one.pay_date)),
        ("Source", text(one.source)),
        ("Remark", text(one.text)),
        ("Announced", text(f"{one.announced_by}")),
        ("at", moment(one.announced_at)),
        ("Approved", text(one.approved_by)),
        ("at ", moment(one.approved_at)),
        ("Open orders seen to", moment(one.orders_at)),
    )


def _foreseen(one: CorporateAction) -> Block:
    found = desk.preview(one)
    codes = Account.objects.in_bulk([held.account_id for held, _ in found])
    symbols = Instrument.objects.in_bulk([pk for pk in (one.instrument_id, one.into_id) if pk])
    rows = (
        Row(
            f"{held.account_id}.{at}",
            (
                text(codes[held.account_id].code),
                qty(held.qty),
                words(move.kind),
                text(symbols[move.instrument_id].symbol),
                qty(move.qty),
                px(move.px),
                money(move.money),
            ),
        )
        for held, moves in found
        for at, move in enumerate(moves)
    )
    heads = "Account | Entitled> | What | Instrument | Units> | Price> | Money>"
    return table("What booking it now would do", heads, rows, "Nobody holds any of it.")


def _entitled(one: CorporateAction) -> Block:
    rows = (
        Row(
            str(got.pk),
            (text(got.account.code), qty(got.qty), qty(got.unsettled_qty), money(got.money), qty(got.units)),
        )
        for got in Entitlement.objects.filter(action=one).select_related("account").order_by("account__code")
    )
    heads = "Account | Entitled> | of it unsettled> | Money> | Units>"
    return table("What accounts got", heads, rows, "It is not booked yet.")


def _claimed(one: CorporateAction) -> tuple[Block, ...]:
    """Market claims, if there are any: whom they are against, and whether they have settled."""
    found = list(MarketClaim.objects.filter(action=one).select_related("account", "obligation").order_by("pk"))
    rows = (
        Row(
            str(claim.pk),
            (
                text(claim.account.code),
                text(claim.counterparty),
                qty(claim.qty),
                money(claim.money),
                state(claim.state),
                moment(claim.ended_at),
                cause(claim.obligation),
            ),
        )
        for claim in found
    )
    heads = "Account | Against | Units> | Money> | State | Ended (UTC) | Trade"
    return (table("Market claims", heads, rows),) if found else ()


def _events(one: CorporateAction) -> Block:
    rows = (
        Row(
            str(event.seq), (text(event.seq), state(event.state), moment(event.at), text(event.actor), text(event.text))
        )
        for event in one.events.order_by("-seq")
    )
    return table("History, newest first", "#> | State | At (UTC) | By | Said", rows)


def waiting() -> int:
    """Announced actions that a second person has not looked at."""
    return CorporateAction.objects.filter(state="announced").count()


def tiles() -> tuple[Cell, ...]:
    """What waits for a second person."""
    from django.urls import reverse

    href = f"{reverse('ops-sheet', args=['corporate-actions'])}?state=announced"
    return (tile(waiting(), "Corporate actions", "to be approved", href),)


def blocks() -> tuple[Block, ...]:
    """No table of its own."""
    return ()
