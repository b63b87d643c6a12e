"""What Celery workers do: answer a bell. A task carries no data, and running one too often is harmless.

Connections to the database outlive a task (settings.CELERY_DB_REUSE_MAX), so each task first gives up one that broke.
"""

import time

from django.db import close_old_connections

from oms import keys
from oms.base import bell
from oms.base.clock import now
from oms.base.heartbeat import beat
from oms.celery import app
from oms.desk import stages
from risk import backtests

SHARE_S, REST_S = 2.0, 0.25
# A bite of the stages that every order passes takes several times as many.
FEW = 100


@app.task(name="oms.tasks.heartbeat")
def heartbeat() -> None:
    """Show that tasks are taken and done, not only that a worker answers."""
    close_old_connections()
    beat("worker")


@app.task(name="oms.tasks.housekeeping")
def housekeeping() -> None:
    """Forget what is kept for a while only."""
    close_old_connections()
    keys.forget(now())


@app.task(name="oms.tasks.day")
def day() -> None:
    """See whether the business date can end by itself, and what is left to close the one before."""
    stages.drain("day")
    stages.drain("close")


@app.task(name="oms.tasks.portfolios")
def portfolios() -> None:
    """See whether the portfolios are to be looked at, and whose deadline has passed."""
    close_old_connections()
    stages.drain("portfolios")


def _answer(name: str, *steps: str, least: int = 1) -> None:
    """Take what waits at the stage of that bell, or at these, until nothing does: until a bite is smaller than
    ``least``, where a stage takes in one bite whatever waits.

    When others rang meanwhile it rests as long as it took, at most ``REST_S``: under load work gathers, and a batch
    costs each order a fraction of what it costs alone. After ``SHARE_S`` it lets other stages have their turn.
    """
    close_old_connections()
    rung, begun = bell.rung(name), time.monotonic()
    while sum([stages.STAGES[step]() for step in steps or (name,)]) >= least:  # a list: each of them is run
        took = time.monotonic() - begun
        if took >= SHARE_S or bell.rung(name) != rung:
            bell.again(name, min(took, REST_S))
            return
    if not bell.answered(name, rung):
        bell.again(name, min(time.monotonic() - begun, REST_S))


@app.task(name="oms.tasks.route")
def route() -> None:
    """Send what was entered to venues."""
    _answer("route", least=FEW)


@app.task(name="oms.tasks.kill")
def kill() -> None:
    """Take back what a kill switch found open."""
    _answer("kill")


@app.task(name="oms.tasks.trigger")
def trigger() -> None:
    """See whether the market reached what waits for it, and move pegs after it."""
    _answer("trigger", "trigger", "reprice")


@app.task(name="oms.tasks.intrade")
def intrade() -> None:
    """Measure daily losses, and judge working orders again where something they were judged by has changed."""
    _answer("intrade", "losses", "intrade", least=FEW)


@app.task(name="oms.tasks.lists")
def lists() -> None:
    """See what follows for linked orders."""
    _answer("lists")


@app.task(name="oms.tasks.blocks")
def blocks() -> None:
    """Give back the orders of blocks that ended."""
    _answer("blocks")


@app.task(name="oms.tasks.record")
def record() -> None:
    """Record what venues reported."""
    _answer("inbox", least=FEW)


@app.task(name="oms.tasks.settle")
def settle() -> None:
    """Turn executions into obligations, instructions and ledger entries; allocations follow them."""
    _answer("settle", "settle", "allocations", "allocate", least=FEW)


@app.task(name="oms.tasks.allocate")
def allocate() -> None:
    """Book allocations whose orders have ended."""
    _answer("allocate")


@app.task(name="oms.tasks.confirm")
def confirm() -> None:
    """Confirm what was booked."""
    _answer("confirm")


@app.task(name="oms.tasks.net")
def net() -> None:
    """Net what was traded before the business date, where its place nets; accrue the penalties of days gone by."""
    _answer("net", "net", "penalties")


@app.task(name="oms.tasks.instruct")
def instruct() -> None:
    """Exchange instructions and confirmations with the custodian."""
    _answer("instruct", least=FEW)


@app.task(name="oms.tasks.actions")
def actions() -> None:
    """Book corporate actions whose day has come, and see to the orders they change."""
    _answer("actions")


@app.task(name="oms.tasks.margin")
def margin() -> None:
    """Book variation margin, expiries and exercises of days that are over."""
    _answer("margin")


@app.task(name="oms.tasks.reconcile")
def reconcile() -> None:
    """Compare the custodian's statements with our books."""
    _answer("reconcile")


@app.task(name="oms.tasks.backtest")
def backtest() -> None:
    """Try rules on past orders. It may take minutes, so the drain leaves it alone: a lost bell waits for the beat."""
    close_old_connections()
    bell.heard("backtest")
    bites = 0
    while backtests.work():
        bites += 1
