"""From an execution to what is owed: one pure function, and the transfers it means for the ledger. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from settlement.accrued import Bond, accrued
from settlement.calendars import Calendar, Unsupported
from settlement.cycles import FX, FX_SPOT, MARKETS, currencies_of
from settlement.fees import CommissionRate, Rate, Trade, charge, commission
from settlement.net import BONDS, gross_trade_amt, net, principal
from settlement.rounding import ZERO, minor_unit

BUY, SELL = "buy", "sell"


class Execution(NamedTuple):
    """A fill, correction or bust of a root order, as the journal has it; the names are the journal's columns."""

    id: int
    order_id: int
    exec_type: str
    account_id: int
    instrument_id: int
    side: str
    last_qty: Decimal
    last_px: Decimal
    cum_qty: Decimal
    gross_trade_amt: Decimal
    trade_date: date
    last_mkt: str
    venue_exec_id: str
    exec_ref_id: str
    # The day agreed for the order (SettlDate, 64), if one was.
    order__settl_date: date | None = None


class Terms(NamedTuple):
    """What settlement needs to know of an instrument; the names are the instrument's columns."""

    id: int
    symbol: str
    isin: str
    asset_class: str
    currency: str
    multiplier: Decimal
    settl_market: str
    issue_date: date | None
    maturity_date: date | None
    coupon_rate: Decimal | None
    coupon_frequency: int | None
    day_count: str

    @property
    def market(self) -> str:
        """The market of the cycle table."""
        return FX if self.pair else MARKETS.get(self.settl_market, self.settl_market)

    @property
    def pair(self) -> str:
        """The two currencies of a spot FX instrument, "" for all others."""
        return self.symbol if self.asset_class == FX_SPOT else ""

    @property
    def delivers(self) -> "AssetKey":
        """What its seller delivers: the instrument, or the base currency of a pair."""
        return currencies_of(self.pair)[0] if self.pair else self.id


class Owed(NamedTuple):
    """An obligation; the names are the columns of the table."""

    execution_id: int | None
    order_id: int | None
    account_id: int
    instrument_id: int
    side: str
    trade_date: date
    settl_date: date
    qty: Decimal
    price: Decimal
    gross_trade_amt: Decimal
    principal: Decimal
    accrued: Decimal
    commission: Decimal
    fees: Decimal
    net_money: Decimal
    currency: str
    last_mkt: str
    venue_exec_id: str
    reverses_id: int | None
    allocation_id: int | None = None
    source: str = ""


class Tables(Protocol):
    """The standing data the decision asks (settlement/standing.py)."""

    @property
    def calendars(self) -> Mapping[str, Calendar]: ...
    def settl_date(self, market: str, asset: str, trade_date: date, pair: str = "") -> date: ...
    def fees_of(self, trade: Trade) -> tuple[Rate, ...]: ...
    def commission_of(self, account: int, asset: str, trade_date: date) -> CommissionRate | None: ...
    def listed_of(self, instrument: int) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """The obligation and each fee in it by code."""

    owed: Owed
    fees: dict[str, Decimal]


def owe(fill: Execution, terms: Terms, tables: Tables, charged: Decimal) -> Decision:
    """What ``fill`` obliges to. ``charged`` is the commission its order has paid so far. Raises Unsupported.

    Commission is agreed for an order, so a fill pays what the order owes after it less what was paid before it.
    """
    asset, unit = terms.asset_class, minor_unit(terms.currency)
    settl_date = agreed_or(fill, tables.settl_date(terms.market, asset, fill.trade_date, terms.pair))
    gross = gross_trade_amt(asset, fill.last_qty, fill.last_px, terms.multiplier)
    paid = principal(asset, gross, unit)
    interest = _interest(fill, terms, settl_date, unit, tables)
    side = BUY if fill.side == BUY else SELL
    kind = Trade(fill.trade_date, terms.market, asset, side, terms.isin[:2], tables.listed_of(terms.id))
    fees = charge(tables.fees_of(kind), fill.last_qty, gross)
    rate = tables.commission_of(fill.account_id, asset, fill.trade_date)
    order_gross = gross_trade_amt(asset, Decimal(1), fill.gross_trade_amt, terms.multiplier)
    due = max(commission(rate, fill.cum_qty, order_gross, unit) - charged, ZERO)
    money = net(side, gross, paid, interest, due, sum(fees.values(), ZERO))
    return Decision(
        Owed(
            fill.id, fill.order_id, fill.account_id, fill.instrument_id, fill.side, fill.trade_date, settl_date,
            fill.last_qty, fill.last_px, gross, paid, interest, due, money.fees, money.net_money, terms.currency,
            fill.last_mkt, fill.venue_exec_id, None,
        ),
        fees,
    )  # fmt: skip


def agreed_or(fill: Execution, usual: date) -> date:
    """The settlement date agreed for the order; the usual one where none is, or the fill came too late for it."""
    agreed = fill.order__settl_date
    return agreed if agreed is not None and agreed >= fill.trade_date else usual


def undo(original_id: int, original: Owed, trade_date: date, settl_date: date) -> Owed:
    """The obligation that reverses ``original``: other side, charges given back. Of a share it is the same share's."""
    return original._replace(
        side=SELL if original.side == BUY else BUY,
        trade_date=trade_date,
        settl_date=settl_date,
        commission=-original.commission,
        fees=-original.fees,
        venue_exec_id="",
        reverses_id=original_id,
    )


def _interest(fill: Execution, terms: Terms, settl_date: date, unit: Decimal, tables: Tables) -> Decimal:
    """Accrued interest to the settlement date: bonds only, paid by the buyer on top of the clean price."""
    if terms.asset_class not in BONDS:
        return ZERO
    bond = bond_of(terms, tables)
    return accrued(bond, settl_date, fill.last_qty, unit=unit).amount if bond.coupon_pct else ZERO


def bond_of(terms: Terms, tables: Tables) -> Bond:
    """The terms a bond accrues and pays by. Raises Unsupported where it has none."""
    if terms.coupon_rate is None or terms.maturity_date is None:
        raise Unsupported(f"{terms.symbol} has no coupon or no maturity")
    is_gilt = terms.asset_class == "government_bond" and terms.settl_market == "UK"
    return Bond(
        day_count=terms.day_count,
        coupon_pct=terms.coupon_rate,
        frequency=terms.coupon_frequency or 0,
        maturity_date=terms.maturity_date,
        issue_date=terms.issue_date,
        # Gilts trade without the next coupon in the seven business days before it is paid (UK DMO).
        ex_dividend_days=7 if is_gilt else 0,
        ex_dividend_calendar=tables.calendars.get("UK") if is_gilt else None,
    )


AssetKey = str | int  # a currency, or the id of an instrument


class AccountKey(NamedTuple):
    """A ledger account by what it is: see settlement/books.py."""

    owner: str
    account: int | None
    party: str
    asset: AssetKey
    location: str


class Transfer(NamedTuple):
    """``amount`` out of the credit account into the debit account, of the one asset both hold."""

    debit: AccountKey
    credit: AccountKey
    amount: Decimal


def transfers(decision: Decision, terms: Terms, place: tuple[str, str]) -> list[Transfer]:
    """What an obligation moves once it settles: the securities, the money for them, and each charge.

    ``place`` is (place of settlement, counterparty). The buyer's account is debited with securities and credited with
    money; amounts of zero move nothing, and negative accrued interest beyond the principal turns the money round.
    """
    owed = decision.owed
    bic, party = place
    # Securities are kept at a place; a currency is the account's cash, whichever leg of a pair it is.
    kept = "" if terms.pair else bic
    ours = AccountKey("account", owed.account_id, "", terms.delivers, kept)
    street = AccountKey("street", None, party, terms.delivers, kept)
    cash = AccountKey("account", owed.account_id, "", owed.currency, "")
    street_cash = AccountKey("street", None, party, owed.currency, "")
    buys = owed.side == BUY
    moves = [
        Transfer(ours, street, owed.qty) if buys else Transfer(street, ours, owed.qty),
        Transfer(street_cash, cash, owed.principal + owed.accrued)
        if buys
        else Transfer(cash, street_cash, owed.principal + owed.accrued),
        Transfer(AccountKey("commission", None, "", owed.currency, ""), cash, owed.commission),
        *(Transfer(AccountKey("fee", None, code, owed.currency, ""), cash, fee) for code, fee in decision.fees.items()),
    ]
    return [_forward(move) for move in moves if move.amount]


def _forward(move: Transfer) -> Transfer:
    return move if move.amount > 0 else Transfer(move.credit, move.debit, -move.amount)
