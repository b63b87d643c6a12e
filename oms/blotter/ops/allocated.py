"""One allocation, told: what was asked for whom, what each gets or would get now, and its history."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from oms.blotter.ops.cells import Block, Cell, Row, day, lean, moment, money, px, qty, side, state, table, text, words
from settlement.allocation.executed import Executed
from settlement.allocation.shares import Ask, Method, divide
from settlement.allocation.tables import WAITING
from settlement.models import Allocation, AllocationShare


def facts(one: Allocation, orders: Sequence[int]) -> tuple[tuple[str, Cell], ...]:
    """What was asked, and what the block came to when it was booked."""
    return (
        ("Orders", text(", ".join(map(str, orders)))),
        ("Instrument", text(one.instrument.symbol)),
        ("Side", side(one.side)),
        ("Trade date", day(one.trade_date)),
        ("Method", words(one.method)),
        ("Least lot", qty(one.min_lot)),
        ("AllocID", text(one.alloc_id)),
        ("Books itself", text("yes" if one.auto_book else "")),
        ("Quantity", qty(one.qty)),
        ("Average price", px(one.avg_px)),
        ("Gross", money(one.gross_trade_amt)),
        ("Commission", money(one.commission)),
        ("Fees, taxes", money(one.fees)),
        ("Accrued", money(one.accrued)),
        ("Net money", money(one.net_money)),
        ("Currency", text(one.currency)),
        ("Asked by", text(one.made_by.username)),
        ("Asked", moment(one.made_at)),
        ("Booked", moment(one.booked_at)),
        ("Remark", text(one.text)),
        ("Revision", text(one.revision)),
    )


def shares(one: Allocation, orders: Sequence[int]) -> Block:
    """Who asked for what, and what each gets: as booked, or as it would be now."""
    found = list(one.shares.filter(revision=one.revision).select_related("account").order_by("seq"))
    gets = [share.alloc_qty for share in found]
    if one.state in WAITING:
        gets = foreseen(one, orders, found)
    rows = (
        Row(
            str(share.pk),
            (
                text(share.account.code, tone="strong"),
                qty(share.percent),
                qty(share.qty),
                text(share.priority or ""),
                qty(got, tone="strong"),
                money(share.gross_trade_amt),
                money(share.commission),
                money(share.fees),
                money(share.net_money),
            ),
        )
        for share, got in zip(found, gets, strict=True)
    )
    would = "Would get>" if one.state in WAITING else "Got>"
    heads = f"Account | Percent> | Asked> | Priority> | {would} | Gross> | Commission> | Fees> | Net>"
    return lean(table("Shares", heads, rows))


def foreseen(one: Allocation, orders: Sequence[int], asked: Sequence[AllocationShare]) -> list[Decimal | None]:
    """What each account would get of what is executed by now; nothing while it cannot be said."""
    none: list[Decimal | None] = [None] * len(asked)
    on: date | None = one.trade_date
    total = Executed(orders).qty(orders, on) if on else Decimal(0)
    if not total:
        return none
    asks = [Ask(share.account_id, share.qty, share.percent, share.nav, share.priority) for share in asked]
    got = divide(Method(one.method), asks, total, one.min_lot)
    return [*got] if isinstance(got, list) else none


def events(one: Allocation) -> Block:
    """Everything that was done about it."""
    rows = (
        Row(
            str(event.seq),
            (
                text(event.seq),
                words(event.act),
                state(event.state),
                moment(event.at),
                text(event.actor),
                text(event.text),
            ),
        )
        for event in one.events.order_by("-seq")
    )
    return table("History, newest first", "#> | What | State | At (UTC) | By | Said", rows)
