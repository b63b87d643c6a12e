"""Controls of conduct: permissions, watch list, locates, wash trades, trading ahead, venue policy, eligibility."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from risk import params
from risk.context import Context
from risk.params import Nothing
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import SELLS, Terms

DISCRETIONARY = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Wash:
    """Which fills of the same owner count as the other side of this order."""

    window_s: Annotated[Decimal, params.number("length of the window", "s", above_zero=True)] = Decimal(60)
    price_pct: Annotated[Decimal | None, params.number("how near the prices are; empty: any", "%")] = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """From which size a client's order is a block."""

    block_qty: Annotated[Decimal, params.number("a client order of this size or more is a block")] = DISCRETIONARY


def trader_permission(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-13: RTS 6 art. 15(5), 15c3-5(c)(2). What nobody granted is refused."""
    if context.grants is None:
        return missing("PT-13", "list of the trader's permissions")
    for grant in context.grants:
        if (
            grant.asset_class in ("", terms.asset_class)
            and grant.account_id in (None, terms.account_id)
            and (not grant.venue or grant.venue == terms.venue)
        ):
            return passed("PT-13")
    kind = terms.asset_class.replace("_", " ")
    where = f" on {terms.venue}" if terms.venue else ""
    return breach("PT-13", Outcome.HARD, "NOT_PERMITTED", f"No permission to trade {kind}{where} for this account")


def watch_list(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-15: FINRA 3110. Watched and grey names: Compliance is told, nobody else ever is."""
    if context.watched is None:
        return missing("PT-15", "watch list")
    hits = Decimal(len(context.watched))
    if not hits:
        return passed("PT-15", hits, Decimal(0))
    kinds = " and ".join(sorted({entry.kind for entry in context.watched}))
    text = f"{terms.symbol or 'The instrument'} is on the {kinds} list"
    return breach("PT-15", Outcome.ALERT, "WATCHED", text, hits, Decimal(0))


def locate(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-20: Reg SHO 203(b)(1). A short sale is easy to borrow, or located. Measured is what is left."""
    if terms.side not in ("sell_short", "sell_short_exempt"):
        return passed("PT-20")
    borrow = context.borrow
    if borrow is None or (borrow.easy is None and borrow.located is None):
        return missing("PT-20", "locate", terms.leaves_qty)
    if borrow.easy:
        return passed("PT-20")
    expired = borrow.expires_at is not None and context.at >= borrow.expires_at
    left = Decimal(0) if expired or borrow.located is None else borrow.located - borrow.used
    if terms.leaves_qty <= left:
        return passed("PT-20", left, terms.leaves_qty)
    what = "The locate has expired" if expired else f"{show(max(left, Decimal(0)))} are located"
    text = f"{what}; the short sale is of {show(terms.leaves_qty)}"
    return breach("PT-20", Outcome.HARD, "NO_LOCATE", text, left, terms.leaves_qty)


def wash_trade(terms: Terms, limits: Wash, context: Context) -> Result:
    """PT-26: FINRA 5210, CEA 4c(a). Fills of the same beneficial owner on the other side within the window."""
    if context.owner_fills is None:
        return missing("PT-26", "list of the owner's fills")
    count = Decimal(
        sum(
            fill.age_s < limits.window_s
            and (fill.side in SELLS) != terms.is_sell
            and _near(terms.price, fill.price, limits.price_pct)
            for fill in context.owner_fills
        )
    )
    if not count:
        return passed("PT-26", count, Decimal(0))
    text = f"The same owner traded the other side {show(count)} times within {show(limits.window_s)} s"
    return breach("PT-26", Outcome.SOFT, "WASH_TRADE", text, count, Decimal(0))


def _near(price: Decimal | None, other: Decimal | None, pct: Decimal | None) -> bool:
    if pct is None or price is None or other is None:
        return True
    return abs(price - other) * 100 <= pct * other


def trading_ahead(terms: Terms, limits: Ahead, context: Context) -> Result:
    """PT-27: FINRA 5320, 5270. A proprietary order that could take what a client's order still waits for.

    Orders behind an information barrier are not known to whoever trades and do not count, except that a block known
    on this side of the barrier stops trading on either side of the market.
    """
    known = context.client
    if known is None or known.proprietary is None:
        return missing("PT-27", "capacity of the account")
    if not known.proprietary:
        return passed("PT-27")
    if context.client_orders is None:
        return missing("PT-27", "list of clients' working orders")
    count = Decimal(
        sum(
            order.same_side
            and ((order.qty or Decimal(0)) >= limits.block_qty or _satisfies(terms, order.side, order.price))
            for order in context.client_orders
        )
    )
    if not count:
        return passed("PT-27", count, Decimal(0))
    text = "A client's order works at a price that this proprietary order would satisfy"
    return breach("PT-27", Outcome.HARD, "TRADING_AHEAD", text, count, Decimal(0))


def _satisfies(terms: Terms, side: str, price: Decimal | None) -> bool:
    """A proprietary order on the client's own side, at a price at which the client's would have been filled."""
    if (side in SELLS) != terms.is_sell:
        return False
    if price is None or terms.price is None:
        return True
    return terms.price >= price if terms.is_sell else terms.price <= price


def venue_policy(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-28: FINRA 5310, MiFID art. 27. A venue that the policy does not name needs a reason."""
    if not terms.venue:
        return passed("PT-28")
    if context.client is None or context.client.venues is None:
        return missing("PT-28", "venue policy")
    if terms.venue in context.client.venues:
        return passed("PT-28")
    text = f"{terms.venue} is not in the execution policy: acknowledge with a reason"
    return breach("PT-28", Outcome.SOFT, "VENUE_POLICY", text)


def settlement_ready(_terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-40: CSDR art. 6. Standing settlement instructions are in force for currency and market."""
    if context.ssi is None:
        return missing("PT-40", "settlement instructions")
    if context.ssi:
        return passed("PT-40")
    text = "There are no settlement instructions for this account, currency and market"
    return breach("PT-40", Outcome.SOFT, "NO_SSI", text)


def eligibility(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-41: OFAC, MiFIR, Rule 144A. The instrument is allowed for whoever stands behind the account."""
    client, known = context.client, context.analytics
    if client is None or known is None:
        return missing("PT-41", "flags of client or instrument")
    if client.sanctioned:
        return breach("PT-41", Outcome.HARD, "NOT_ELIGIBLE", "The account is under sanctions")
    if terms.side == "sell":
        return passed("PT-41")
    if known.only_qib is None or (known.only_qib and client.qib is None):
        return missing("PT-41", "flag for Rule 144A")
    name = terms.symbol or "The instrument"
    if known.only_qib and not client.qib:
        return breach("PT-41", Outcome.HARD, "NOT_ELIGIBLE", f"{name} is for qualified institutional buyers only")
    if client.retail and known.retail is None:
        return missing("PT-41", "flag for retail clients")
    if client.retail and not known.retail:
        return breach("PT-41", Outcome.HARD, "NOT_ELIGIBLE", f"{name} may not be sold to retail clients")
    return passed("PT-41")
