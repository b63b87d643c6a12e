"""The control that holds orders to what a daily loss has led to: nothing, reductions only, or a halt."""

from decimal import Decimal

from risk.context import Context, LossStop
from risk.controls.holding import reduces
from risk.losslevels import LossAction
from risk.params import Nothing
from risk.result import Outcome, Result, breach, missing, passed
from risk.terms import Terms

ZERO = Decimal(0)


def loss_stop(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-44: RTS 6 art. 15(4). What the day's loss of the account, desk, trader or strategy has led to holds.

    Measured is how many scopes of the order are stopped. A warning stands in nobody's way; what a block's members hold
    was judged with each of them.
    """
    if context.loss_stops is None:
        return missing("PT-44", "state of the daily loss limits")
    hits = [stop for stop in context.loss_stops if covers(stop, terms) and stop.action != LossAction.WARN]
    if not hits:
        return passed("PT-44", ZERO, ZERO)
    worst = max(hits, key=lambda stop: LossAction(stop.action).rank)
    only_reduces = worst.action in (LossAction.UNKNOWN, LossAction.REDUCE_ONLY)
    if only_reduces and (terms.is_block or reduces(terms, context)):
        return passed("PT-44", ZERO, ZERO)
    if worst.action == LossAction.UNKNOWN:
        return _unknown(worst)
    text = f"Today's loss of this {worst.scope} has reached {stopped(worst)}"
    return breach("PT-44", Outcome.HARD, "LOSS_STOP", text, Decimal(len(hits)), ZERO)


def _unknown(stop: LossStop) -> Result:
    """The refusal where the day's result cannot be told, with what is lacking."""
    result = missing("PT-44", f"result of the day for this {stop.scope}")
    if not stop.lacks:
        return result
    return result._replace(reason_code=stop.lacks, text=f"{result.text}: {stop.why}")


def stopped(stop: LossStop) -> str:
    """What a trader reads of it."""
    only = stop.action in (LossAction.UNKNOWN, LossAction.REDUCE_ONLY)
    return f"its limit {stop.level}: " + ("only what reduces a position is taken" if only else "no order is taken")


def covers(stop: LossStop, terms: Terms) -> bool:
    """Whether the order falls under the scope of the stop."""
    if stop.scope == "strategy":
        return bool(stop.scope_id) and stop.scope_id in (terms.strategy, terms.sender)
    whose = {"account": terms.account_id, "desk": terms.desk_id, "trader": terms.entered_by_id}[stop.scope]
    return whose is not None and str(whose) == stop.scope_id
