"""What the exercise of an option obliges to: the underlying against the money at its strike. Pure."""

from datetime import date

from settlement.actions.effects import Move
from settlement.net import gross_trade_amt, principal
from settlement.obligations import BUY, SELL, Decision, Owed, Terms
from settlement.rounding import ZERO, minor_unit


def delivery(source: str, account_id: int, move: Move, terms: Terms, day: date, settl_date: date) -> Decision:
    """The obligation of the move that brings, or takes, the underlying: a trade of ``day`` at the strike, no charges.

    ``source`` names the exercise or assignment of the account, and is obliged once.
    """
    assert move.px is not None
    qty = abs(move.qty)
    gross = gross_trade_amt(terms.asset_class, qty, move.px, terms.multiplier)
    paid = principal(terms.asset_class, gross, minor_unit(terms.currency))
    owed = Owed(
        None, None, account_id, move.instrument_id, BUY if move.qty > 0 else SELL, day, settl_date, qty, move.px, gross,
        paid, ZERO, ZERO, ZERO, paid, terms.currency, "", "", None, source=source,
    )  # fmt: skip
    return Decision(owed, {})
