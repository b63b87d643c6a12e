"""The words of a case as the parts of an order's surroundings. A part of which nothing is said is not known."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from oms.management.conformance.words import AT, NAMES, Case, Words, age_s, listed, of
from risk.context import LossStop, Reference, Resting, Restricted, ShortSale, Switch
from risk.parts import (
    Amending,
    Analytics,
    Borrow,
    Cash,
    Client,
    Credit,
    Grant,
    Hours,
    Line,
    Margin,
    Option,
    Release,
    Results,
    Rollout,
    Sent,
    Takes,
    Tradable,
    Traded,
    Working,
)
from risk.terms import Terms

ME, OTHER = 1, 2
SIDES = {
    "short": "sell_short", "sell short": "sell_short", "short_sell": "sell_short", "b": "buy", "s": "sell",
    "sell_short_exempt": "sell_short_exempt", "bid": "buy", "ask": "sell",
}  # fmt: skip
TIFS = {
    "gtc": "good_till_cancel", "gtd": "good_till_date", "ioc": "immediate_or_cancel", "fok": "fill_or_kill",
    "opg": "at_the_opening", "moo": "at_the_opening", "loo": "at_the_opening", "cls": "at_the_close",
    "moc": "at_the_close", "loc": "at_the_close",
}  # fmt: skip
TYPES = {"lmt": "limit", "mkt": "market", "peg": "pegged", "stp": "stop"}
GRANTED = {word for name in ("asset", "account", "venue", "trader") for word in (name, *NAMES[name])}
STRATEGIES = {"covered_call": True, "naked_call": False, "uncovered_call": False, "short_call": False}
Parts = dict[str, Any]


def number(value: Any) -> Decimal | None:
    """A number, or None for nothing."""
    return None if value is None else Decimal(value)


def side_of(value: Any) -> str:
    """A side in our words."""
    return SIDES.get(str(value).lower(), str(value).lower())


def tif_of(value: Any) -> str:
    """A validity in our words."""
    return TIFS.get(str(value).lower(), str(value).lower())


def type_of(value: Any) -> str:
    """An order type in our words."""
    return TYPES.get(str(value).lower(), str(value).lower())


def reference(w: Words) -> Reference | None:
    """Reference price, best bid and offer, and their age."""
    price, bid, offer = w.number("reference_price"), w.number("nbb"), w.number("nbo")
    age, at = w.number("reference_age_s"), w.time("reference_time")
    if age is not None:
        at = now(w) - timedelta(microseconds=int(age * 1_000_000))
    if (price, bid, offer, at) == (None, None, None, None):
        return None
    return Reference(price, bid, offer, at)


def now(w: Words) -> Any:
    """The moment of the case."""
    return w.time("now") or AT


def tradable(w: Words) -> Parts:
    """State, halt and last day of the instrument."""
    state, halted, until = w.value("status"), w.flag("halted"), w.value("maturity")
    if state is None and halted is None:
        return {}
    word = "halted" if halted else str(state or "active").lower()
    last = date.fromisoformat(str(until)[:10]) if until else None
    return {"tradable": Tradable("active" if word in ("active", "open", "trading") else word, last)}


def hours(w: Words) -> Parts:
    """Sessions, by their opening and closing."""
    spans = [(w.time("open"), w.time("close"))]
    if rows := w.rows("sessions"):
        one = [Words({}, row if isinstance(row, dict) else {"open": row[0], "close": row[1]}) for row in rows]
        spans = [(row.time("open"), row.time("close")) for row in one]
    return {} if None in spans[0] else {"hours": Hours(tuple(spans))}  # type: ignore[arg-type]


def takes(w: Words) -> Parts:
    """What each venue takes: types, or types with their validities."""
    matrix = w.value("capabilities")
    if not isinstance(matrix, dict):
        return {}
    asked = (type_of(w.value("type") or "limit"), tif_of(w.value("tif") or ""))
    found = []
    for venue, can in matrix.items():
        pairs = can if isinstance(can, list) else []
        said = can if isinstance(can, dict) else {}
        names = [str(one) for one in (said.get("types") or said.get("ord_types") or pairs)]
        tifs = {tif_of(one) for one in said.get("tifs") or said.get("times_in_force") or said.get("tif") or ()}
        combined = {tuple(name.upper().split("/")) for name in names if "/" in name}
        types = {type_of(kind) for kind, tif in combined if tif_of(tif) == asked[1] or not asked[1]}
        types |= {type_of(name) for name in names if "/" not in name}
        pegs = frozenset(said.get("pegs") or said.get("peg_price_types") or ())
        found.append(Takes(str(venue), frozenset(types), frozenset(tifs or {asked[1]}), pegs))
    return {"takes": tuple(found)}


def resting(w: Words) -> Parts:
    """The own orders of the same instrument and self-trade group."""
    own = w.value("own_resting")
    if not isinstance(own, list):
        return {}
    mine = [o for o in own if all(of(o, name) == w.asked(name) for name in ("symbol", "stp_group"))]
    return {"resting": tuple(Resting(side_of(o["side"]), number(of(o, "limit_price"))) for o in mine)}


def sent(w: Words) -> Parts:
    """Ages of the messages of the session."""
    times, at = w.rows("sent_times"), w.value("now")
    if times is None or at is None:
        return {}
    return {"sent_ages_s": tuple(age_s({"time": time} if not isinstance(time, dict) else time, at) for time in times)}


def recent(w: Words, terms: Terms) -> Parts:
    """Earlier orders. A row that does not say what it is of, is of the order's own."""
    rows = w.rows("recent")
    count, total = w.number("identical"), w.number("recent_notional")
    if rows is None:
        if count is None and total is None:
            return {}
        one = Sent(ME, ME, terms.side, terms.order_qty, terms.price, Decimal(0), total or Decimal(0))
        return {"recent": (one,) * int(1 if count is None else count)}
    return {"recent": tuple(_sent(row, w, terms) for row in rows)}


def _sent(row: Case, w: Words, terms: Terms) -> Sent:
    qty, price = number(of(row, "qty")), number(of(row, "limit_price"))
    same = [of(row, name) is None or of(row, name) == w.asked(name) for name in ("account", "symbol")]
    said = of(row, "notional")
    value = number(said)
    if value is None and qty is not None and price is not None:
        value = qty * price * terms.multiplier * terms.price_factor
    side = side_of(row["side"]) if row.get("side") else terms.side
    side = terms.side if side == "sell" and terms.is_sell else side
    plain = said is not None and qty is None
    return Sent(
        ME if same[0] else OTHER, ME if same[1] else OTHER, side, terms.order_qty if plain else qty,
        terms.price if plain or "limit_price" not in w else price, age_s(row, w.value("now")), value,
    )  # fmt: skip


def owner_fills(w: Words) -> Parts:
    """Fills of the same beneficial owner in the same instrument."""
    rows = w.rows("owner_fills", "recent")
    if rows is None or any("side" not in row for row in rows):
        return {}
    mine = [row for row in rows if all(of(row, name) in (None, w.value(name)) for name in ("owner", "symbol"))]
    return {
        "owner_fills": tuple(
            Traded(side_of(row["side"]), number(of(row, "limit_price")), age_s(row, w.value("now"))) for row in mine
        )
    }


def people(w: Words, terms: Terms) -> Parts:
    """Who stands behind the account, and what the instrument is."""
    kind = str(w.value("client_type") or "").lower()
    venues, brokers = w.value("approved_venues"), w.value("approved_brokers")
    qib = w.flag("qib") if "qib" in w else True if kind == "qib" else False if kind else None
    retail = w.flag("retail") if "retail" in w else kind == "retail" if kind else None
    capacity = str(w.value("prop")).lower()
    prop = w.flag("prop") if "prop" in w else None
    client = Client(
        proprietary=prop and capacity not in ("agency", "client"), qib=qib, retail=retail,
        sanctioned=w.flag("sanctioned"), options_level=w.number("level"), erisa=w.flag("erisa"),
        venues=tuple(venues) if isinstance(venues, list) else None,
        brokers=tuple(brokers) if isinstance(brokers, list) else None,
    )  # fmt: skip
    analytics = Analytics(
        adv=w.number("adv"), shares_outstanding=w.number("shares_outstanding"), duration=w.number("duration"),
        liquidity=_liquidity(w), evaluated_price=w.number("eval_price"),
        only_qib=w.flag("is_144a") if "is_144a" in w else False if "retail_eligible" in w else None,
        retail=w.flag("retail_eligible") if "retail_eligible" in w else True,
    )  # fmt: skip
    orders = w.rows("client_orders")
    parts: Parts = {"client": client, "analytics": analytics}
    if orders is not None:
        behind = bool(w.flag("barrier"))
        parts["client_orders"] = tuple(
            Working(side_of(o["side"]), number(of(o, "limit_price")), number(of(o, "qty")),
                    not (behind or of(o, "barrier")))
            for o in orders if of(o, "symbol") in (None, w.asked("symbol"))
        )  # fmt: skip
    return parts | _grants(w, terms)


def _liquidity(w: Words) -> str:
    """The instrument's bucket. A case that counts illiquid assets and says nothing of the order's is about one."""
    said = w.asked("illiquid_mv")
    if isinstance(said, bool):
        return "illiquid" if said else "highly_liquid"
    return str(w.value("liquidity") or "illiquid")


def _grants(w: Words, terms: Terms) -> Parts:
    said = w.value("grants")
    if said is None:
        return {}
    if isinstance(said, dict) and not set(said) <= GRANTED:
        # Whose name is not in the table has no permissions.
        said = said.get(w.value("trader"), [])
    rows = said if isinstance(said, list) else [said]
    found = []
    for row in rows:
        if isinstance(row, str):
            found.append(Grant(terms.asset_class if row in (terms.asset_class, w.value("asset"), "*") else row))
        elif isinstance(row, dict) and of(row, "trader") in (None, w.value("trader")):
            ours = of(row, "account") in (None, "*", w.asked("account"))
            kind = of(row, "asset")
            kind = terms.asset_class if kind is not None and kind == w.value("asset") else kind
            found.append(Grant("" if kind in (None, "*") else kind, None if ours else OTHER, of(row, "venue") or ""))
    return {"grants": tuple(found)}


def money(w: Words) -> Parts:
    """Credit, cash, results, margin."""
    parts: Parts = {}
    if "executed_gross" in w or "open_gross" in w:
        # Sessions open at a time; a sum that is open is a number beside one that is executed.
        waiting = w.number("open_gross") if "open_gross" in w else w.number("open")
        parts["credit"] = Credit(w.number("executed_gross"), waiting)
    cash = w.number("cash") if "cash" in w else w.number("projected_cash")
    if cash is not None:
        parts["cash"] = Cash(cash, w.number("reserved", 0) or Decimal(0), w.number("fees", 0) or Decimal(0))
    pnl = w.number("daily_pnl")
    if pnl is not None:
        parts["results"] = Results(pnl, Decimal(0))
    elif "realised" in w or "unrealised" in w:
        parts["results"] = Results(w.number("realised"), w.number("unrealised"))
    if "im_per_contract" in w or "equity" in w or "im_used" in w:
        equity = w.number("equity") if "equity" in w else w.number("cash")
        parts["margin"] = Margin(w.number("im_used", 0), w.number("im_per_contract"), equity)
    return parts


def short(w: Words) -> Parts:
    """The short sale price test, and what may be borrowed."""
    parts: Parts = {}
    active = w.flag("ssr_active")
    if active is not None:
        parts["short_sale"] = ShortSale(active, w.number("nbb"))
    if "etb" in w or "locate_qty" in w:
        until = now(w) if w.flag("locate_expired") else w.time("locate_expires")
        easy, used = w.flag("etb"), w.number("locate_used", 0)
        parts["borrow"] = Borrow(easy, w.number("locate_qty", None if easy is None else 0), used or Decimal(0), until)
    return parts


def brakes(w: Words, terms: Terms) -> Parts:
    """Counters, amendments, releases, lines and roll-outs."""
    parts: Parts = {}
    for name in ("executions", "modifies"):
        found = w.value(name)
        if found is not None:
            parts[name] = Decimal(len(found)) if isinstance(found, list) else Decimal(found)
    state = w.value("status")
    versions = [None if (said := w.value(name)) is None else int(said) for name in ("version", "expected_version")]
    parts["amending"] = Amending(state and str(state).lower(), *versions)
    if "maker" in w or "approver" in w:
        until = now(w) if w.flag("locate_expired") else w.time("locate_expires")
        now_hash, then_hash = (str(w.value(name) or "") for name in ("terms_hash", "approved_hash"))
        parts["release"] = Release(str(w.value("maker")), str(w.value("approver") or ""), now_hash, then_hash, until)
    if "ssi" in w:
        parts["ssi"] = w.flag("ssi")
    if "session_up" in w:
        parts["line"] = Line(w.flag("session_up"))
    used = w.value("instruments")
    if used is not None:
        names = set(used) if isinstance(used, list) else {f"#{n}" for n in range(int(used))}
        names = {ME if name == w.asked("symbol") else name for name in names}
        if w.asked("symbol") is None and names:
            names = {ME, *sorted(names, key=str)[1:]}
        parts["rollout"] = Rollout(frozenset(names), w.number("executed_gross", 0) or Decimal(0))
    if "put_or_call" in w or "underlying_position" in w or terms.asset_class == "option":
        held = w.number("underlying_position") if "underlying_position" in w else w.number("position", 0)
        covered = STRATEGIES.get(str(w.value("strategy")))
        if covered is not None and "underlying_position" not in w and "position" not in w:
            held = terms.leaves_qty * terms.multiplier if covered else Decimal(0)
        parts["option"] = Option(str(w.value("put_or_call") or "call").lower(), held)
    return parts


def lists(w: Words, terms: Terms) -> tuple[Restricted, ...]:
    """Entries of the lists that name the instrument, its issuer or its issuer's parent."""
    keys = [w.asked("symbol"), w.value("issuer"), w.value("parent")]
    found = []
    for name, kind in (("restricted", "restricted"), ("watch", "watch"), ("excluded", "exclusion")):
        said = w.value(name)
        if isinstance(said, list) and said and isinstance(said[0], dict):
            for row in said:
                if {of(row, "symbol"), of(row, "issuer")} & {key for key in keys if key}:
                    side = str(row.get("side") or row.get("barred") or "any")
                    found.append(Restricted(1, {"both": "any", "all": "any"}.get(side, side), kind))
        elif said == "sell_only":
            found.append(Restricted(1, "buy", "sell_only"))
        elif listed(said, *keys) if isinstance(said, list | dict) else said not in (None, False):
            side = said if said in ("buy", "sell", "any", "sell_short") else "any"
            found.append(Restricted(1, side, kind))
    return tuple(found)


def switches(w: Words, terms: Terms) -> tuple[Switch, ...]:
    """Engaged kill switches; the ids of people and desks are the order's own if the case's order is theirs."""
    said = w.value("kills")
    if not said:
        return ()
    rows = said if isinstance(said, list) else [said] if isinstance(said, str) else ["firm"]
    if isinstance(said, dict):
        rows = [{"scope": scope, "id": key} for scope, key in said.items()]
    return tuple(_switch(row, w, terms) for row in rows if not isinstance(row, dict) or _engaged(row))


def _engaged(row: Case) -> bool:
    return row.get("active") is not False and row.get("id") is not False


def _switch(row: Any, w: Words, terms: Terms) -> Switch:
    if isinstance(row, dict):
        scope = str(row.get("scope") or row.get("scope_type"))
        key = row.get("id") or row.get("scope_id") or row.get("value")
    else:
        scope, _, key = str(row).partition(":")
    if scope == "firm":
        return Switch(1, "firm")
    ours = {"desk": terms.desk_id, "trader": terms.entered_by_id, "account": ME, "instrument": ME, "venue": terms.venue}
    word = {"instrument": "symbol"}.get(scope, scope)
    mine = not key or key in (True, w.asked(word) if word in NAMES else None)
    return Switch(1, scope, str(ours.get(scope, key)) if mine else "0")


def loss_stops(w: Words, terms: Terms) -> tuple[LossStop, ...]:
    """What today's loss has led to, as kill switches are said: of the order's own scope, unless a row names another."""
    found = []
    for row in w.rows("loss_actions") or ():
        switch = _switch({"scope": row["scope"], "id": row.get("id")}, w, terms)
        found.append(LossStop(switch.scope, switch.scope_id, str(row["action"])))
    return tuple(found)
