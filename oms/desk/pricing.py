"""What an order says about bonds and settlement, in our own terms: a yield or a dirty price as a clean one.

The clean price an order is worked at is on the tick that is no worse for whoever asked: down to buy, up to sell.
"""

from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from oms.base.refusal import Refusal
from oms.desk.asked import Answer, Draft, refused
from orders.models import Instrument
from orders.tick import Bands, tick_at
from orders.ticks import bands_by_table
from orders.vocabulary import PriceType, Side
from settlement.bondprice import clean
from settlement.calendars import SATURDAY, Unsupported, weekdays
from settlement.net import BONDS
from settlement.obligations import Terms, bond_of
from settlement.standing import Standing, standing


def in_our_terms(candidates: list[Any], today: date, answers: list[Answer | None]) -> list[Any]:
    """The candidates with clean prices, on days that settle; the others are answered. No statement for plain orders."""
    said = [one for one in candidates if _says(one.draft)]
    if not said:
        return candidates
    tables, bands = standing(), bands_by_table()
    rows = Instrument.objects.filter(pk__in={one.instrument.id for one in said})
    known = {row[0]: (Terms(*row[:-1]), row[-1]) for row in rows.values_list(*Terms._fields, "tick_table_id")}
    stand = []
    for one in candidates:
        found = one.draft
        if _says(one.draft):
            terms, table = known[one.instrument.id]
            found = _settling(one.draft, terms, today, tables)
            if isinstance(found, Draft):
                found = _priced(found, terms, bands[table], today, tables)
        if isinstance(found, Refusal):
            answers[one.at] = refused(found)
        else:
            stand.append(one._replace(draft=found))
    return stand


def _says(draft: Draft) -> bool:
    return bool(draft.price_type or draft.settl_date or draft.settl_days is not None)


def _settling(draft: Draft, terms: Terms, today: date, tables: Standing) -> Draft | Refusal:
    """The order with the day it asks for (SettlDate, 64, or SettlType, 63), or why it can't settle on it."""
    wanted, days = draft.settl_date, draft.settl_days
    if wanted is None and days is None:
        return draft
    if wanted is not None and wanted < today:
        return Refusal("BAD_VALUE", "settl_date", f"the business date is {today}; {wanted} is past")
    try:
        code = tables.cycle(terms.market, terms.asset_class, today).calendar if not terms.pair else ""
        calendar = tables.calendars[code] if code else None
        if wanted is None:
            assert days is not None
            wanted = today if not days else calendar.add(today, days) if calendar else weekdays(today, days)
        is_open = calendar.is_business_day(wanted) if calendar else wanted.weekday() < SATURDAY
    except (KeyError, Unsupported) as why:
        day = wanted or f"T+{days}"
        return Refusal("BAD_VALUE", "settl_date", f"nobody knows whether {terms.symbol} settles on {day}: {why}")
    if is_open:
        return draft._replace(settl_date=wanted, settl_days=None)
    text = f"{terms.symbol} does not settle on {wanted}: calendar {code or 'FX'}"
    return Refusal("BAD_VALUE", "settl_date", text)


def _priced(draft: Draft, terms: Terms, bands: Bands, today: date, tables: Standing) -> Draft | Refusal:
    kind, price = draft.price_type, draft.price
    if kind in ("", PriceType.CLEAN) or price is None:
        return draft._replace(price_type="")
    if terms.asset_class not in BONDS:
        return Refusal("BAD_VALUE", "price_type", f"{terms.symbol} is no bond, and has one price")
    try:
        day = draft.settl_date or tables.settl_date(terms.market, terms.asset_class, today)
        exact = clean(bond_of(terms, tables), day, price, kind)
    except Unsupported as why:
        return Refusal("BAD_VALUE", "price", f"a {kind} of {price:f} gives no price: {why}")
    if exact <= 0:
        return Refusal("NOT_POSITIVE", "price", f"a {kind} of {price:f} is a clean price of {exact:.6f}")
    tick = tick_at(bands, exact)
    whole = (exact / tick).to_integral_value(ROUND_FLOOR if draft.side == Side.BUY else ROUND_CEILING)
    text = f"{kind} {price.normalize():f} to settle {day}: clean {exact:.6f}"
    return draft._replace(price=Decimal(whole * tick), price_type="", text=text)
