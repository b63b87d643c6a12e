"""Controls that stop what repeats or runs away: duplicates, executions, amendments, releases, lines, roll-outs."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from risk import params
from risk.context import Context
from risk.controls.levels import exposure
from risk.controls.price import turned
from risk.params import Nothing
from risk.result import Outcome, Result, breach, missing, passed, show
from risk.terms import Terms

CLOSED = frozenset({"filled", "canceled", "cancelled", "rejected", "expired", "done_for_day"})
PENDING = frozenset({"pending_cancel", "pending_replace"})


@dataclass(frozen=True, slots=True)
class Repeats:
    """How many orders of the same content there may be in a window."""

    window_s: Annotated[Decimal, params.number("length of the window", "s", above_zero=True)] = Decimal(5)
    max_identical: Annotated[Decimal, params.number("this many in it refuse the next", above_zero=True)] = Decimal(1)
    outcome: Annotated[Outcome, params.outcome("of a duplicate: soft where people type orders")] = Outcome.HARD


@dataclass(frozen=True, slots=True)
class Executions:
    """Executions of a strategy before somebody must look."""

    max_executions: Annotated[Decimal, params.number("this many stop the strategy", above_zero=True)] = Decimal(20)


@dataclass(frozen=True, slots=True)
class Amendments:
    """Amendments of one order."""

    max_modifies: Annotated[Decimal, params.number("warn beyond this many")] = Decimal(50)


FOUR_EYES = "PT-36"
# Refusals that Compliance may be allowed to waive for one order: limits of size and lists of names. Never waived is
# what makes no sense, what nobody may do (permissions, kill switches, short sale rules) and what no venue would take.
WAIVABLE = frozenset(
    {
        "PT-01", "PT-02", "PT-03", "PT-06", "PT-09", "PT-14", "PT-16", "PT-18", "PT-19", "PT-32", "CP-01", "CP-02",
        "CP-03", "CP-04", "CP-05", "CP-06", "CP-07", "CP-08", "CP-10", "CP-11",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SecondPerson:
    """When one person's reason is not enough for a warning, and which refusals Compliance may waive.

    ``excess_pct`` is how grave a warning is: how far beyond its level, in percent of the level.
    """

    from_value: Annotated[Decimal, params.number("orders of this value or more")] = Decimal(1_000_000)
    currency: Annotated[str, params.currency("currency of from_value, ISO 4217; empty: the order's")] = ""
    max_rate_age_s: Annotated[Decimal, params.number("an exchange rate older than this is stale", "s")] = Decimal(
        86_400
    )
    excess_pct: Annotated[Decimal | None, params.number("warnings further beyond their level", "%")] = None
    controls: Annotated[str, params.text("for warnings of these controls alone; empty: of any")] = ""
    waives: Annotated[str, params.text("controls whose refusal Compliance may waive for one order; empty: none")] = ""

    def faults(self) -> list[str]:
        """Names of controls that are none, or that nobody may waive."""
        known = ", ".join(sorted(WAIVABLE))
        found = [f"{name} may never be waived; only {known}" for name in self.waives.split() if name not in WAIVABLE]
        odd = [name for name in self.controls.split() if not re.fullmatch("[A-Z]{2}-[0-9]{2}", name)]
        return found + [f"controls are named like PT-02, not {name!r}" for name in odd]


@dataclass(frozen=True, slots=True)
class Caps:
    """What an algorithm may do while it is rolled out. An empty part limits nothing."""

    max_instruments: Annotated[Decimal | None, params.number("different instruments")] = None
    max_value: Annotated[Decimal | None, params.number("value of its orders")] = None
    venues: Annotated[str, params.text("MICs it may use, with a space between them; empty: any")] = ""

    def faults(self) -> list[str]:
        """A rule that limits nothing is a mistake."""
        if self.max_instruments is None and self.max_value is None and not self.venues:
            return ["give max_instruments, max_value or venues"]
        return []


def duplicate(terms: Terms, limits: Repeats, context: Context) -> Result:
    """PT-09: 15c3-5(c)(1)(ii). Measured is how many orders of this account, instrument, side, quantity and price
    came within the window; one exactly as old as it is outside. An amendment is no new order."""
    if terms.is_amend:
        return passed("PT-09")
    if context.recent is None:
        return missing("PT-09", "list of recent orders", limits.max_identical)
    mine = (terms.account_id, terms.instrument_id, terms.side, terms.order_qty, terms.price)
    count = Decimal(sum(sent[:5] == mine and sent.age_s < limits.window_s for sent in context.recent))
    if count < limits.max_identical:
        return passed("PT-09", count, limits.max_identical)
    came = "An order of the same content" if count == 1 else f"{show(count)} orders of the same content"
    text = f"{came} came within {show(limits.window_s)} s"
    return breach("PT-09", limits.outcome, "DUPLICATE_ORDER", text, count, limits.max_identical)


def repeated_execution(_terms: Terms, limits: Executions, context: Context) -> Result:
    """PT-30: RTS 6 art. 15(3). A strategy that executed so often is stopped until a designated person re-arms it."""
    count = context.executions
    if count is None:
        return missing("PT-30", "count of the strategy's executions", limits.max_executions)
    if count < limits.max_executions:
        return passed("PT-30", count, limits.max_executions)
    text = f"The strategy executed {show(count)} times since it was armed; at {show(limits.max_executions)} it stops"
    return breach("PT-30", Outcome.HARD, "STRATEGY_STOPPED", text, count, limits.max_executions)


def amend_count(terms: Terms, limits: Amendments, context: Context) -> Result:
    """PT-31: FIA, FINRA 15-09. Amendments of the order, this one included."""
    count = context.modifies
    if count is None:
        return missing("PT-31", "count of amendments", limits.max_modifies) if terms.is_amend else passed("PT-31")
    if count <= limits.max_modifies:
        return passed("PT-31", count, limits.max_modifies)
    text = f"Amendment {show(count)} of the order; beyond {show(limits.max_modifies)} somebody should look"
    return breach("PT-31", Outcome.SOFT, "AMEND_COUNT", text, count, limits.max_modifies)


def amend_validity(terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-35: FIX 4.4 35=G. Not below CumQty, on an order that is open with nothing in flight, as its sender saw it.

    The desk has judged the state before it asks risk, so for it only the quantity is left to compare.
    """
    amending = context.amending
    if terms.order_qty < terms.cum_qty:
        text = f"{show(terms.cum_qty)} is filled already; the quantity cannot become {show(terms.order_qty)}"
        return breach("PT-35", Outcome.HARD, "BELOW_CUM_QTY", text, terms.order_qty, terms.cum_qty)
    if amending is not None:
        if amending.status in CLOSED:
            return _not_amended(terms, "ORDER_CLOSED", f"The order is {amending.status}")
        if amending.status in PENDING:
            return _not_amended(terms, "NOT_OPEN_FOR_AMEND", "A request for the order is in flight")
        if amending.expected_version is not None and amending.expected_version != amending.version:
            text = f"The order is at version {amending.version}, not {amending.expected_version}"
            return _not_amended(terms, "VERSION_CONFLICT", text)
    return passed("PT-35", terms.order_qty, terms.cum_qty)


def _not_amended(terms: Terms, code: str, text: str) -> Result:
    return breach("PT-35", Outcome.HARD, code, text, terms.order_qty, terms.cum_qty)


def four_eyes(terms: Terms, limits: SecondPerson, context: Context) -> Result:
    """PT-36: RTS 6 art. 15(6). Released by another person than its maker, under these terms, and in time."""
    release = context.release
    if release is None:
        value = exposure(FOUR_EYES, terms, context)
        if not isinstance(value, Result):
            value = turned(FOUR_EYES, value, terms, limits.currency, limits.max_rate_age_s, context)
        if isinstance(value, Result):
            return value
        if value < limits.from_value:
            return passed(FOUR_EYES, value, limits.from_value)
        text = f"An order of {f'{show(value)} {limits.currency}'.strip()} must be released by a second person"
        return breach(FOUR_EYES, Outcome.HARD, "SECOND_PERSON", text, value, limits.from_value)
    faults = (
        (not release.approver or release.approver == release.maker, "Whoever made the order may not release it"),
        (release.terms_hash != release.approved_hash, "The terms changed after the release"),
        (release.expires_at is not None and context.at >= release.expires_at, "The release has expired"),
    )
    for wrong, text in faults:
        if wrong:
            return breach(FOUR_EYES, Outcome.HARD, "SECOND_PERSON", text)
    return passed(FOUR_EYES)


def line_up(_terms: Terms, _limits: Nothing, context: Context) -> Result:
    """PT-42: FIA. Nothing is sent over a session that is down."""
    if context.line is None or context.line.up is None:
        return missing("PT-42", "state of the session")
    if context.line.up:
        return passed("PT-42")
    return breach("PT-42", Outcome.HARD, "SESSION_DOWN", "The session to the venue is down")


def rollout(terms: Terms, caps: Caps, context: Context) -> Result:
    """PT-43: RTS 6 art. 8. Instruments, value and venues of an algorithm, this order included, within its caps."""
    done = context.rollout
    if done is None:
        return missing("PT-43", "record of the algorithm's roll-out", caps.max_instruments)
    instruments = Decimal(len(done.instruments | {terms.instrument_id}))
    if caps.max_instruments is not None and instruments > caps.max_instruments:
        text = f"The algorithm would trade {show(instruments)} instruments; at most {show(caps.max_instruments)}"
        return breach("PT-43", Outcome.HARD, "ROLLOUT_CAP", text, instruments, caps.max_instruments)
    if caps.max_value is not None:
        value = exposure("PT-43", terms, context)
        if isinstance(value, Result):
            return value
        total = done.value + value
        if total > caps.max_value:
            text = f"The algorithm's orders would come to {show(total)}; at most {show(caps.max_value)}"
            return breach("PT-43", Outcome.HARD, "ROLLOUT_CAP", text, total, caps.max_value)
    used = done.venues | ({terms.venue} if terms.venue else set())
    if caps.venues and (beyond := sorted(used - set(caps.venues.split()))):
        text = f"The algorithm may not use {', '.join(beyond)}"
        return breach("PT-43", Outcome.HARD, "ROLLOUT_CAP", text)
    return passed("PT-43", instruments, caps.max_instruments)
