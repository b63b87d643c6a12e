"""The steps of a day's close that the desk and settlement own: what each looks at, and what blocks it."""

from datetime import date

from django.db.models import Q

from oms.desk import balances, told
from oms.desk.checklist import Looked, register
from orders.models import Alert, Cursor, DayResult, DayStep, ExecutionReport
from orders.reference import business_date
from settlement import roots
from settlement.allocation.tables import WAITING
from settlement.models import Allocation, CustodyException, Instruction, LedgerRoot, Statement, TradeConfirmation
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
    """Balances derived again from all entries: what is posted must be the same."""
    wrong = sum(1 for _, kept, derived, *_ in balances.differing() if kept != derived)
    return Looked({"wrong": wrong}, f"{wrong} balances are not the sum of their entries" if wrong else "")


def _root(day: date) -> Looked:
    row = LedgerRoot.objects.filter(date=day).first()
    return Looked({"entries": row.entries} if row else {}, "" if row else "the ledger's root was not taken")


register("orders_closed", "Trading day ended", _orders)
register("executions_settled", "Executions settled into obligations", _executions)
register("allocations_booked", "Allocations booked", _allocations)
register("confirmations_sent", "Confirmations sent", _confirmations)
register("instructions_sent", "Instructions that are due sent", _instructions)
register("results_written", "Positions and profit written", _results)
register("venue_trades", "Venues' trades taken in", _venues, act=told.tell)
register("statements_received", "Custodian's statements received", _statements)
register("reconciled", "Statements compared", _compared, act=told.compare)
register("breaks_signed", "Reconciliations signed", _signed)
register("exceptions_resolved", "Custodian's exception items resolved", _exceptions)
register("balances_derived", "Balances derived again from entries", _balances, once=True)
register("ledger_root", "Ledger's root taken and exported", _root, act=roots.take, once=True)
