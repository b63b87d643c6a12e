"""The stages an order passes after it was entered. Each takes what is waiting until nothing is.

Workers run a stage when its bell rings, and the drain runs all of them once a second (PATIENT ones every five), so that
losing a bell, a worker or Valkey costs that and nothing else. Each bite is a transaction of its own behind a lane lock:
two runs of one stage at once are harmless.
"""

from collections.abc import Callable

from oms.base.prepared import Prepared
from oms.desk import actions, affirming, dayclose, days, followed, losses, margin, portfolios
from oms.desk.contingent import contingent
from oms.desk.differing import differing
from oms.desk.intrade import intrade
from oms.desk.record import pump
from oms.desk.reprice import reprice
from oms.desk.route import route
from oms.desk.takeback import take_back
from oms.desk.transferring import transferring
from oms.desk.trigger import trigger
from oms.desk.unblock import unblock
from oms.desk.unresolved import unresolved
from oms.desk.watch import watch
from routing.models import Inbox
from settlement.failing import accrue
from settlement.instruct import instruct
from settlement.netrun import net
from settlement.recon.comparing import reconcile
from settlement.settle import settle


def record() -> int:
    """Record a bite of what the venues said, over all sessions that have something waiting."""
    sessions = _HAVE_SOMETHING.column()
    return pump(*sessions) if sessions else 0


_HAVE_SOMETHING = Prepared(
    lambda: Inbox.objects.filter(done_at__isnull=True).order_by("session_id").values_list("session_id").distinct()
)


# bell -> one bite of work; answers how many rows it took, 0 when there was nothing (or another worker was at it)
STAGES: dict[str, Callable[[], int]] = {
    "kill": take_back,
    "trigger": trigger,
    "reprice": reprice,
    "route": route,
    "inbox": record,
    "lists": contingent,
    "blocks": unblock,
    "differing": differing,
    "unresolved": unresolved,
    "settle": settle,
    "allocations": followed.follow,
    "allocate": followed.book_due,
    "confirm": affirming.confirm,
    "late": affirming.late,
    "remind": followed.remind,
    "net": net,
    "instruct": instruct,
    "actions": actions.act,
    "margin": margin.margin,
    "penalties": accrue,
    "transfers": transferring,
    "reconcile": reconcile,
    "watch": watch,
    "losses": losses.watch,
    "intrade": intrade,
    "day": days.due,
    "close": dayclose.due,
    "portfolios": portfolios.due,
}

# What belongs to the end of a day, or waits for hours anyway: without a bell it is found some seconds later.
PATIENT = frozenset({
    "actions", "close", "confirm", "day", "instruct", "late", "margin", "net", "penalties", "portfolios", "reconcile",
    "remind", "transfers",
})  # fmt: skip


def drain(name: str) -> int:
    """Run the stage until nothing is waiting; answer how many rows were taken."""
    taken = 0
    while bite := STAGES[name]():
        taken += bite
    return taken
