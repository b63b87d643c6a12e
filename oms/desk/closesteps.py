"""The steps of a day's close that the desk and settlement own: what each looks at, and what blocks it."""

from datetime import date

from django.db.models import Q

from oms.desk import balances, told
from oms.desk.checklist import Looked, register
from orders.models import Alert, Cursor, DayResult, DayStep, ExecutionReport
from orders.reference import business_date
from settlement import failing, netrun, roots
from settlement.allocation.tables import WAITING
from settlement.instruct import ask_again
from settlement.instruction import OPEN
from settlement.models import (
    Allocation,
    AwaitingNetting,
    CustodyException,
    Instruction,
    LedgerRoot,
    PenaltyDay,
    Statement,
    TradeConfirmation,
)
from settlement.recon import ours, signing
from settlement.settle import CURSOR

CLOSED = ("settled", "cancelled")


def _orders(day: date) -> Looked:
    done = DayStep.objects.filter(date=day, run="end", name="carry_orders").exists()
    return Looked({}, "" if done else f"the trading day {day} was not ended")


def _executions(day: date) -> Looked:
    """Nothing of the day is behind the cursor, and nothing was put aside."""
    cursor = Cursor.objects.filter(name=CURSOR).first()
    tx, event = (cursor.tx, cursor.event_id) if cursor else (0, 0)
    behind = ExecutionReport.objects.filter(
        Q(tx__gt=tx) | Q(tx=tx, id__gt=event), tx__gte=tx, is_root=True, trade_date=day,
        exec_type__in=("trade", "trade_correct", "trade_cancel"),
    ).count()  # fmt: skip
    aside = Alert.objects.filter(kind="settlement", code="UNSETTLED", acknowledged_at__isnull=True).count()
    blocks = [f"{behind} executions have no obligation yet"] if behind else []
    blocks += [f"{aside} executions could not be settled: see the alerts"] if aside else []
    return Looked({"behind": behind, "put_aside": aside}, "; ".join(blocks))


def _allocations(day: date) -> Looked:
    """Every allocation of the day is booked or cancelled."""
    waiting = Allocation.objects.filter(trade_date=day, state__in=WAITING).count()
    return Looked({"waiting": waiting}, f"{waiting} allocations are not booked" if waiting else "")


def _confirmations(day: date) -> Looked:
    """Every confirmation of the day was sent; what the other side has not affirmed is counted."""
    rows = TradeConfirmation.objects.filter(trade_date=day)
    unsent = rows.filter(state="unconfirmed").count()
    unaffirmed = rows.filter(state__in=("confirmed", "disputed", "late")).count()
    blocks = f"{unsent} confirmations are not sent" if unsent else ""
    return Looked({"unsent": unsent, "unaffirmed": unaffirmed}, blocks)


def _results(day: date) -> Looked:
    """The end of the day has written what it made of each position; those without a price or rate are counted."""
    written = DayStep.objects.filter(date=day, run="end", name="write_results").exists()
    rows = DayResult.objects.filter(day=day)
    counts = {"rows": rows.count(), "incomplete": rows.exclude(missing="").count()}
    return Looked(counts, "" if written else "the day's results are not written: end the trading day")


def _netted(day: date) -> Looked:
    """Nothing that was traded by the day waits to be netted."""
    waiting = AwaitingNetting.objects.filter(trade_date__lte=day).count()
    return Looked({"waiting": waiting}, f"{waiting} obligations wait to be netted" if waiting else "")


def _recycled(day: date) -> Looked:
    """What should have settled by the day and has not is in the custodian's queue, where it is tried again each day.

    What the custodian has not taken on, or has not answered a request to cancel, is asked about again.
    """
    due = Instruction.objects.filter(settl_date__lte=day, state__in=OPEN)
    unanswered = due.exclude(state__in=failing.FAILING).count() + due.filter(state="cancel_requested").count()
    counts = {"failing": due.filter(state__in=failing.FAILING).count(), "unanswered": unanswered}
    return Looked(counts, f"the custodian has not answered about {unanswered} that are due" if unanswered else "")


def _penalties(day: date) -> Looked:
    """Penalties of the day are accrued; days are accrued in order, so a later one stands for it."""
    row = PenaltyDay.objects.filter(day__gte=day).order_by("day").first()
    count = row.penalties if row and row.day == day else 0
    return Looked({"penalties": count}, "" if row else f"the penalties of {day} are not accrued")


def _accrue(_day: date) -> int:
    """Accrue the days before the business date, and correct them by what the custodian has told since."""
    return failing.accrue() + failing.correct()


def _instructions(day: date) -> Looked:
    """What is due by the day is with the custodian; what is held on purpose is counted."""
    due = Instruction.objects.filter(settl_date__lte=day).exclude(state__in=CLOSED)
    ready = due.filter(state="ready", on_hold=False).count()
    held = due.filter(state="ready", on_hold=True).count()
    unfit = due.filter(state__in=("draft", "rejected")).count()
    failing = due.exclude(state__in=("ready", "draft", "rejected")).count()
    blocks = [f"{ready} instructions are not sent"] if ready else []
    blocks += [f"{unfit} drafts or rejected instructions are due"] if unfit else []
    return Looked({"ready": ready, "held": held, "unfit": unfit, "unsettled": failing}, "; ".join(blocks))


def _statements(day: date) -> Looked:
    """Every account the custodian holds something for was told of: securities, movements and each currency."""
    if day >= business_date():
        return Looked({}, f"{day} is still the business date: the custodian has not closed it")
    came = set(Statement.objects.filter(day=day, account__isnull=False).values_list("kind", "account_id", "currency"))
    missing = len(ours.expected(day) - came)
    return Looked({"received": len(came), "missing": missing}, f"{missing} statements have not come" if missing else "")


def _venues(day: date) -> Looked:
    missing = told.untold(day)
    return Looked({"missing": len(missing)}, f"not told yet: {', '.join(missing)}" if missing else "")


def _compared(day: date) -> Looked:
    statements, compared = signing.compared(day)
    left = statements - compared
    return Looked(
        {"statements": statements, "compared": compared}, f"{left} statements are not compared yet" if left else ""
    )


def _signed(day: date) -> Looked:
    waiting = signing.unsigned(day)
    breaks = sum(one.breaks for one in waiting)
    return Looked(
        {"unsigned": len(waiting), "breaks": breaks},
        f"{len(waiting)} reconciliations with {breaks} breaks are not signed" if waiting else "",
    )


def _exceptions(_day: date) -> Looked:
    waiting = CustodyException.objects.filter(state="open").count()
    return Looked({"open": waiting}, f"{waiting} exception items are open" if waiting else "")


def _balances(_day: date) -> Looked:
    """Balances derived again from all entries must be the same; an alert names those that are not."""
    counts = balances.rederive()
    wrong = counts["differing"]
    return Looked(counts, f"{wrong} balances are not the sum of their entries" if wrong else "")


def _root(day: date) -> Looked:
    row = LedgerRoot.objects.filter(date=day).first()
    return Looked({"entries": row.entries} if row else {}, "" if row else "the ledger's root was not taken")


register("orders_closed", "Trading day ended", _orders)
register("executions_settled", "Executions settled into obligations", _executions)
register("allocations_booked", "Allocations booked", _allocations)
register("confirmations_sent", "Confirmations sent", _confirmations)
register("trades_netted", "Trades netted", _netted, act=netrun.net)
register("instructions_sent", "Instructions that are due sent", _instructions)
register("fails_recycled", "Fails with the custodian", _recycled, act=ask_again)
register("results_written", "Positions and profit written", _results)
register("venue_trades", "Venues' trades taken in", _venues, act=told.tell)
register("statements_received", "Custodian's statements received", _statements)
register("penalties_accrued", "Penalties of fails accrued", _penalties, act=_accrue)
register("reconciled", "Statements compared", _compared, act=told.compare)
register("breaks_signed", "Reconciliations signed", _signed)
register("exceptions_resolved", "Custodian's exception items resolved", _exceptions)
register("balances_derived", "Balances derived again from entries", _balances, once=True)
register("ledger_root", "Ledger's root taken and exported", _root, act=roots.take, once=True)
