"""What Celery workers do: answer a bell. A task carries no data, and running one too often is harmless."""

from oms import keys
from oms.base import bell
from oms.base.clock import now
from oms.base.heartbeat import beat
from oms.celery import app
from oms.desk import stages


@app.task(name="oms.tasks.heartbeat")
def heartbeat() -> None:
    """Show that tasks are taken and done, not only that a worker answers."""
    beat("worker")


@app.task(name="oms.tasks.housekeeping")
def housekeeping() -> None:
    """Forget what is kept for a while only."""
    keys.forget(now())


def _answer(name: str) -> None:
    bell.heard(name)
    stages.drain(name)


@app.task(name="oms.tasks.route")
def route() -> None:
    """Send what was entered to venues."""
    _answer("route")


@app.task(name="oms.tasks.trigger")
def trigger() -> None:
    """See whether the market reached what waits for it, and move pegs after it."""
    _answer("trigger")
    stages.drain("reprice")


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
    _answer("inbox")


@app.task(name="oms.tasks.settle")
def settle() -> None:
    """Turn executions into obligations, instructions and ledger entries."""
    _answer("settle")


@app.task(name="oms.tasks.instruct")
def instruct() -> None:
    """Exchange instructions and confirmations with the custodian."""
    _answer("instruct")
