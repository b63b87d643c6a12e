"""Positions traded and settled, with lots by FIFO, valued in their own currency and in the account's."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from oms.blotter.ops import choices
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
    signed,
    table,
    text,
    words,
)
from oms.blotter.ops.sheet import Filter, Sheet, equal, has
from oms.desk.valued import Valued, opening_rates, valued
from orders.models import Position, PositionAdjustment
from orders.vocabulary import AssetClass


class Positions(Sheet):
    """What accounts hold."""

    slug, title = "positions", "Positions"
    empty = "No account holds anything like that."
    columns = (
        Column("account", "Account", sort="account__code"),
        Column("symbol", "Instrument", sort="instrument__symbol"),
        Column("qty", "Traded", "num", "qty", "On trade date"),
        Column("settled", "Settled", "num", hint="As the ledger has posted it"),
        Column("avg", "Avg cost", "num", "avg_cost"),
        Column("price", "Price", "num", hint="Its time on hovering"),
        Column("value", "Market value", "num"),
        Column("unrealised", "Unrealised", "num"),
        Column("realised", "Realised", "num", "realised", "By average cost, before fees"),
        Column("fifo", "Realised FIFO", "num"),
        Column("income", "Income", "num", hint="Dividends and coupons"),
        Column("fees", "Fees", "num", hint="Commission, fees and taxes, apart from cost"),
        Column("ccy", "Ccy", sort="instrument__currency"),
        Column("rate", "FX rate", "num", hint="Into the account's currency; its time on hovering"),
        Column("base_un", "Unrealised, base", "num"),
        Column("base_re", "Realised, base", "num", hint="Each day's at the rate of its end"),
        Column("base", "Base"),
    )
    filters = (
        Filter("account", "Account", "choice", equal("account__code"), choices.accounts),
        Filter("symbol", "Symbol", "text", has("instrument__symbol")),
        Filter("class", "Class", "choice", equal("instrument__asset_class"), choices.of(AssetClass)),
        Filter("held", "Held", "choice", lambda value: Q(qty=0) if value == "flat" else ~Q(qty=0),
               lambda: [("open", "open"), ("flat", "flat")]),
    )  # fmt: skip
    finds = (has("instrument__symbol"), has("account__code"), has("instrument__isin"))
    order = ("account__code", "instrument__symbol", "pk")

    def rows(self) -> QuerySet[Any]:
        """Every position there ever was."""
        return Position.objects.select_related("account", "instrument").exclude(
            bought_qty=0, sold_qty=0, qty=0, realised=0
        )

    def shown(self, rows: Sequence[Position]) -> list[Row]:
        """A row a position, valued."""
        found = valued([(one.account_id, one.instrument_id) for one in rows])
        return [self._row(one, found[one.account_id, one.instrument_id]) for one in rows]

    def _row(self, one: Position, held: Valued) -> Row:
        own = held.held
        differs = held.settled_qty is not None and held.settled_qty != own.qty
        cells = (
            text(one.account.code, href=f"?open={one.pk}"), text(one.instrument.symbol, tone="strong"),
            qty(own.qty, tone="down" if own.qty < 0 else ""), qty(held.settled_qty, tone="warn" if differs else ""),
            px(own.avg_cost), price(held), money(held.market_value), signed(held.unrealised), signed(own.realised),
            signed(held.line.realised), signed(own.dividends), money(held.cost.fees), text(one.instrument.currency),
            rate(held), signed(held.unrealised_base), signed(held.realised_base), text(held.base),
        )  # fmt: skip
        return Row(str(one.pk), cells, tone="" if own.qty else "gone")

    def detail(self, key: int) -> Detail | None:
        """Its lots, the oldest first, and what moved it beside executions."""
        one = self.rows().filter(pk=key).first()
        if one is None:
            return None
        at = (one.account_id, one.instrument_id)
        held = valued([at])[at]
        rates = opening_rates(at, held.line)
        lots = (
            Row(str(number), (
                text(number), day(lot.opened_on), qty(lot.qty), px(lot.px), signed(_of_lot(held, lot)),
                qty(rates[lot.opened_on].rate) if lot.opened_on in rates else text(""),
            ))
            for number, lot in enumerate(held.line.lots, 1)
        )  # fmt: skip
        facts = (
            ("Instrument", text(f"{one.instrument.symbol} · {one.instrument.name}")),
            ("ISIN", text(one.instrument.isin)),
            ("Account", text(f"{one.account.code} · {one.account.name}")),
            ("Traded", qty(held.held.qty)),
            ("Settled", qty(held.settled_qty)),
            ("Average cost", px(held.held.avg_cost)),
            ("Price", price(held)),
            ("Price of", _at(held.price.at if held.price else None, held.price.source if held.price else "")),
            ("Market value", money(held.market_value)),
            ("Unrealised", signed(held.unrealised)),
            ("Realised", signed(held.held.realised)),
            ("Realised by FIFO", signed(held.line.realised)),
            ("Dividends, coupons", signed(held.held.dividends)),
            ("Fees", money(held.cost.fees)),
            ("Accrued interest", money(held.cost.accrued)),
            ("Money moved", signed(held.held.net_cash)),
            (f"Rate into {held.base}", rate(held)),
            ("Rate of", _at(held.rate.at if held.rate else None, "")),
            (f"Unrealised {held.base}", signed(held.unrealised_base)),
            (f"Realised {held.base}", signed(held.realised_base)),
            ("Missing", text(held.missing, tone="warn")),
            ("Ledger", text("its accounts", href=_ledger(one))),
            ("Last moved", moment(one.updated_at)),
        )
        heads = "Lot> | Opened | Qty> | Price> | Unrealised> | Rate when opened>"
        blocks = (table("Lots by FIFO, the oldest first", heads, lots, "Nothing is held."), _adjusted(one))
        return Detail(f"{one.account.code} in {one.instrument.symbol}", Cell(""), facts, blocks)


def price(held: Valued) -> Cell:
    """The price, and on hovering since when."""
    found = held.price
    if found is None:
        return text("", title=held.missing)
    since = f"{found.at:%Y-%m-%d %H:%M:%S} UTC" if found.at else "on file"
    return px(found.price, title=f"{found.source}, {since}", tone="" if found.source == "market" else "quiet")


def rate(held: Valued) -> Cell:
    """The exchange rate, and on hovering since when."""
    found = held.rate
    if found is None:
        return text("", title=held.missing)
    return qty(found.rate, title=f"{found.at:%Y-%m-%d %H:%M:%S} UTC" if found.at else "one and the same currency")


def _at(at: datetime | None, more: str) -> Cell:
    return text(" ".join(filter(None, (f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "", more))))


def _of_lot(held: Valued, lot: Any) -> Decimal | None:
    """The lot's part of what the whole would realise at the same price."""
    if held.price is None or held.market_value is None or not held.held.qty or not held.price.price:
        return None
    unit = held.market_value / (held.held.qty * held.price.price)
    return Decimal((held.price.price - lot.px) * lot.qty * unit)


def _adjusted(one: Position) -> Block:
    rows = (
        Row(
            str(moved.pk),
            (
                day(moved.trade_date),
                words(moved.kind),
                qty(moved.qty),
                px(moved.px),
                money(moved.money),
                text(moved.source),
                text(moved.actor),
            ),
        )
        for moved in PositionAdjustment.objects.filter(account=one.account, instrument=one.instrument).order_by("-pk")[
            :50
        ]
    )
    heads = "Day | Kind | Qty> | Price> | Money> | Source | By"
    return table("What moved it beside executions", heads, rows, "Nothing but executions.")


def _ledger(one: Position) -> str:
    return f"{reverse('ops-sheet', args=['ledger'])}?account={one.account.code}&symbol={one.instrument.symbol}"
