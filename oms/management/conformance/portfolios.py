"""The words of a case as a portfolio, a cross, a counterparty, an allocation, and what was traded."""

from decimal import Decimal
from typing import Any

from oms.management.conformance.surroundings import Parts, number
from oms.management.conformance.words import Case, Words, age_s, of
from risk.parts import Allocation, Copied, Copies, Counterparty, Cross, Fail, Fill, Fund, Share, Traffic, Undone
from risk.terms import Terms

ZERO = Decimal(0)


def fund(w: Words, terms: Terms) -> Parts:
    """The portfolio without the order. Weights are read as market values of a portfolio worth 100."""
    nav, issuers = w.number("nav"), _weights(w)
    if issuers is not None and nav is None:
        nav = Decimal(100)
    elif issuers is not None and nav is not None and sum(issuers.values(), ZERO) <= 100:
        issuers = {name: weight * nav / 100 for name, weight in issuers.items()}
    duration_mv, bonds_mv = _durations(w, nav)
    held = w.number("shares_held")
    rows = w.rows("holdings")
    firm = held
    if rows is not None and all(not isinstance(row, dict) or of(row, "qty") is not None for row in rows):
        firm = sum((Decimal(of(row, "qty") if isinstance(row, dict) else row) for row in rows), ZERO)
    elif isinstance(w.value("holdings"), dict):
        firm = sum((Decimal(qty) for qty in w.value("holdings").values()), ZERO)
    elif w.number("holdings") is not None:
        firm = w.number("holdings")
    illiquid = w.value("illiquid_mv")
    return {
        "fund": Fund(
            nav=nav,
            issuer=str(w.value("issuer") or ""),
            issuers=issuers,
            issuer_mv=w.number("issuer_mv"),
            sector_mv=w.number("sector_mv"),
            country_mv=w.number("country_mv"),
            currency_mv=w.number("currency_mv"),
            illiquid_mv=None if isinstance(illiquid, bool) else number(w.known.get("illiquid_mv", illiquid)),
            gross=w.number("gross_exposure"),
            duration_mv=duration_mv,
            bonds_mv=bonds_mv,
            benchmark_duration=w.number("benchmark_duration"),
            shares_held=w.number("position") if held is None else held,
            firm_shares=firm,
            var_pct=w.number("var_pct"),
            benchmark_var_pct=w.number("benchmark_var_pct"),
        )
    }


def _weights(w: Words) -> dict[str, Decimal] | None:
    said = w.value("weights")
    if isinstance(said, dict):
        return {str(name): Decimal(weight) for name, weight in said.items()}
    if isinstance(said, list):
        return {
            str(of(row, "issuer") or n) if isinstance(row, dict) else f"#{n}": Decimal(
                next(row[word] for word in ("weight", "weight_pct", "pct", "mv") if word in row)
                if isinstance(row, dict)
                else row
            )
            for n, row in enumerate(said)
        }
    return None


def _durations(w: Words, nav: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Market value times duration and market value, from holdings or from the portfolio's figures."""
    rows = w.rows("holdings")
    if rows and all(isinstance(row, dict) and of(row, "duration") is not None for row in rows):
        values = [Decimal(next(row[word] for word in ("mv", "value", "market_value") if word in row)) for row in rows]
        moved = sum((mv * Decimal(of(row, "duration")) for mv, row in zip(values, rows, strict=True)), ZERO)
        return moved, sum(values, ZERO)
    duration = w.number("portfolio_duration")
    if duration is None:
        return None, None
    mv = w.number("portfolio_mv") if "portfolio_mv" in w else nav
    mv = Decimal(1) if mv is None else mv
    return duration * mv, mv


def dealings(w: Words, terms: Terms) -> Parts:
    """Crosses, counterparties and allocations."""
    parts: Parts = {}
    if "market_price" in w or "erisa" in w:
        price = w.number("limit_price")
        parts["cross"] = Cross(
            price, w.number("market_price"), w.number("fees", 0), w.flag("erisa") or False, w.flag("eligible"),
            w.flag("approved"),
        )  # fmt: skip
    broker, brokers = w.value("broker"), w.value("approved_brokers")
    if broker is not None or "exposure" in w or "unsettled" in w:
        approved = broker in brokers if isinstance(brokers, list) else w.flag("approved")
        owed = w.number("exposure")
        if owed is None and ("unsettled" in w or "otc" in w):
            owed = (w.number("unsettled", 0) or ZERO) + (w.number("otc", 0) or ZERO)
        owed = owed if owed is None else owed + (terms.exposure(terms.price) if terms.price is not None else ZERO)
        ok = True if approved is None and "exposure" in w else approved
        parts["counterparty"] = Counterparty(str(broker or ""), ok, owed, w.number("nav"))
    planned, actual = _amounts(w.value("planned")), _amounts(w.value("actual"))
    if planned and actual:
        prices = _amounts(w.value("avg_prices")) or {}
        parts["allocation"] = Allocation(
            tuple(Share(plan, actual.get(name, ZERO), prices.get(name)) for name, plan in planned.items()),
            w.number("lot", 1) or Decimal(1), bool(w.flag("min_fill")),
        )  # fmt: skip
    return parts


def _amounts(said: Any) -> dict[str, Decimal] | None:
    if isinstance(said, dict):
        return {str(name): Decimal(amount) for name, amount in said.items()}
    if isinstance(said, list) and all(not isinstance(one, dict) for one in said):
        return {str(n): Decimal(amount) for n, amount in enumerate(said)}
    return None


def traded(w: Words) -> Parts:
    """Fills, copies, latencies, fails, undone trades, traffic."""
    parts: Parts = {}
    known = w.flag("known") is not False
    order_qty = w.known.get("order_qty") if "order_qty" in w.known else w.order.get("qty")
    last_px = w.number("fill_price")
    if last_px is None:
        last_px = w.number("limit_price")
    parts["fill"] = Fill(
        w.number("last_qty"), last_px, number(order_qty) if known else None, w.number("cum_qty"),
        w.number("nbb"), w.number("nbo"), w.number("reference_price"),
    )  # fmt: skip
    parts |= _copies(w)
    latency, began, ended = w.number("latency_s"), w.value("event_time"), w.value("alert_time")
    if latency is None and began is not None and ended is not None:
        latency = age_s({"time": began}, ended)
    if latency is not None and w.flag("delivered") is not False:
        parts["latency_s"] = latency
    age = w.number("fail_age_days")
    if age is not None:
        parts["fail"] = Fail(age, bool(w.flag("short") or w.value("mark") == "short"), bool(w.flag("settled")))
    before, after = w.value("before"), w.value("after")
    if isinstance(before, dict) and isinstance(after, dict):
        books = {name: (number(before.get(name)), number(after.get(name))) for name in before.keys() | after.keys()}
        parts["undone"] = Undone(books)
    orders, trades = w.number("message_count"), w.number("trade_count")
    orders = w.number("recent") if orders is None else orders
    trades = w.number("owner_fills") if trades is None else trades
    orders = w.number("sent_times") if orders is None else orders
    if orders is not None and trades is not None:
        parts["traffic"] = Traffic(orders, trades)
    return parts


def _copies(w: Words) -> Parts:
    missing = w.number("missing_age_s")
    if missing is not None:
        return {"copies": Copies((Copied("1", None, None, missing),), ())}
    ours, theirs = w.rows("ours", "owner_fills"), w.rows("drop_copy")
    if ours is None or theirs is None:
        return {}
    return {"copies": Copies(tuple(_copied(one, w) for one in ours), tuple(_copied(one, w) for one in theirs))}


def _copied(row: Case, w: Words) -> Copied:
    try:
        age = age_s(row, w.value("now"))
    except LookupError:
        age = ZERO
    return Copied(str(row.get("exec_id") or row.get("id")), number(of(row, "qty")), number(of(row, "limit_price")), age)
