"""Controls of options: what an account's level allows, and whether a written call is covered."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from risk import params
from risk.context import Context
from risk.controls.holding import reduces
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import Terms


@dataclass(frozen=True, slots=True)
class OptionLevels:
    """The level an account needs for each kind of trade."""

    covered: Annotated[Decimal, params.number("to write a covered call")] = Decimal(1)
    long: Annotated[Decimal, params.number("to buy an option")] = Decimal(2)
    uncovered: Annotated[Decimal, params.number("to write an option that is not covered")] = Decimal(4)


def option_level(terms: Terms, levels: OptionLevels, context: Context) -> Result:
    """PT-37: FINRA 2360. A call is covered by underlying that other calls do not need. Closing needs no level."""
    if terms.asset_class != "option" or reduces(terms, context):
        return passed("PT-37")
    option, client = context.option, context.client
    if option is None or client is None or client.options_level is None:
        return missing("PT-37", "options level of the account")
    kind, needed = "buying an option", levels.long
    if terms.is_sell:
        if option.put_or_call == "call" and option.underlying_qty is None:
            return missing("PT-37", "position in the underlying")
        free = (option.underlying_qty or Decimal(0)) - option.written_calls * terms.multiplier
        covered = option.put_or_call == "call" and terms.leaves_qty * terms.multiplier <= free
        kind = "writing a covered call" if covered else "writing an uncovered option"
        needed = levels.covered if covered else levels.uncovered
    if needed <= client.options_level:
        return passed("PT-37", needed, client.options_level)
    text = f"The account has options level {show(client.options_level)}; {kind} needs {show(needed)}"
    return breach("PT-37", Outcome.HARD, "OPTIONS_LEVEL", text, needed, client.options_level)
