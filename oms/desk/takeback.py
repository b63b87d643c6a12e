"""Taking back what an engaged kill switch found open: in bites, each a transaction, until nothing of it is open.

Everything is in rows. First the orders are written down, which can be done once; then each is asked for, and asked for
again while it is open and nobody asks; so whoever dies in between, the next one goes on. A cancel is never refused by
a limit or throttle. For a venue only what is there is taken back, and its parents are routed elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from oms.base import bell, sets
from oms.base.clock import now
from oms.base.locks import lane_of_session
from oms.desk import roots
from oms.desk.batch import persistently
from oms.desk.cancel import ask_to_cancel
from oms.desk.homes import Homes
from oms.desk.record import pump
from oms.desk.release import released
from orders.book import Book, Line
from orders.lifecycle import Report
from orders.models import Order
from orders.reference import business_date
from orders.vocabulary import ExecType, Hold
from risk import kill, scoping, usage
from risk.context import Switch
from risk.controls.gate import stopped
from risk.models import KillSwitch, Taken
from routing.boxes import Outgoing, cancel_message
from routing.gateway.send import OWN
from routing.models import Inbox

BITE = 500
# An order that is still open, and of which nobody asks the cancel, is asked for again after this.
AGAIN = timedelta(seconds=3)
COLUMNS = ("switch_id", "order_id", "root_id", "venue", "unsent", "asked_at", "tried_at")


class Tally(NamedTuple):
    """How far the taking back at a venue is; ``venue`` is '' for what no venue has.

    ``found`` orders were open; of these ``unsent`` never left, ``ended_before`` had ended by themselves before
    they were asked for, ``asked`` were asked for, ``confirmed`` of those have ended, ``still_open`` of all are open.
    """

    venue: str
    found: int
    unsent: int
    ended_before: int
    asked: int
    confirmed: int
    still_open: int


def take_back(limit: int = BITE) -> int:
    """Take back a bite for every switch that is on; answer how many orders were asked for.

    0 also when another worker is at it.
    """
    with lane_of_session("kill") as mine:
        if not mine:
            return 0
        # Before an order is asked for, what never left of it has to have been answered.
        _answer_unsent()
        rows = KillSwitch.objects.filter(released_at__isnull=True, done_at__isnull=True).order_by("pk")
        return sum(sum(persistently(partial(_bite, limit), [switch])) for switch in rows)


def _answer_unsent() -> None:
    """Record what stands for venues' answers, in the order of each inbox."""
    for session in sorted(_unsent().order_by().values_list("session_id", flat=True).distinct()):
        while _unsent().filter(session_id=session).exists() and pump(session):
            continue


def _unsent() -> QuerySet[Inbox]:
    return Inbox.objects.filter(done_at__isnull=True, incarnation=OWN)


def _bite(limit: int, switches: Sequence[KillSwitch]) -> list[int]:
    return [_take_back(switch, limit) for switch in switches]


def _take_back(switch: KillSwitch, limit: int) -> int:
    # Held until the end, as every verb of the desk does: no switch is thrown or found anew in between.
    kill.stay()
    if _unsent().exists():
        # Another worker is recording them: the next look is soon.
        return 0
    if switch.found_at is None:
        _find(switch)
    still_open, at = Taken.objects.filter(switch=switch, order__leaves_qty__gt=0), now()
    due = still_open.filter(Q(tried_at__isnull=True) | Q(tried_at__lt=at - AGAIN)).order_by("pk")
    rows = list(due.values_list("pk", "order_id", "root_id")[:limit])
    if not rows:
        if not still_open.exists():
            KillSwitch.objects.filter(pk=switch.pk).update(done_at=at)
        return 0
    if switch.scope == KillSwitch.Scope.VENUE:
        asked = _withdraw({order_id: root_id for _, order_id, root_id in rows}, switch)
        mine = [pk for pk, order_id, _ in rows if order_id in asked]
    else:
        asked = _cancel({root_id for _, _, root_id in rows}, switch)
        mine = [pk for pk, _, root_id in rows if root_id in asked]
    sets.update(Taken, ["id"], ["tried_at"], [(pk, at) for pk, _, _ in rows])
    Taken.objects.filter(pk__in=mine, asked_at__isnull=True).update(asked_at=at)
    return len(mine)


def here(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Of open root orders those of which a part is nowhere else: held, waiting to be routed, or never sent.

    Staged orders stay: they are not released while the switch is on.
    """
    out = Order.objects.filter(parent=OuterRef("pk"), leaves_qty__gt=0)
    return rows.exclude(hold=Hold.STAGED).filter(~Q(hold="") | Q(to_route=True) | ~Exists(out))


def note_unsent(switch: KillSwitch, order_ids: Sequence[int]) -> None:
    """Write down what never left. One SELECT and one INSERT."""
    rows = Order.objects.filter(pk__in=order_ids).order_by("pk").values_list("pk", "parent_id", "venue")
    sets.insert(Taken, COLUMNS, [(switch.pk, pk, root, mic, True, None, None) for pk, root, mic in rows])


def _find(switch: KillSwitch) -> None:
    """Write down everything that is open: it was entered before the switch, or is there to reduce and may stay."""
    before = Q(created_at__lte=switch.engaged_at)
    parts = scoping.parts(switch.scope, switch.scope_id).filter(before, parent__created_at__lte=switch.engaged_at)
    found = list(parts.order_by("pk").values_list("pk", "parent_id", "venue"))
    if switch.scope != KillSwitch.Scope.VENUE:
        kept = here(scoping.roots(switch.scope, switch.scope_id).filter(before))
        found += [(pk, pk, "") for pk in kept.order_by("pk").values_list("pk", flat=True)]
    rows = [(switch.pk, pk, root, mic, False, None, None) for pk, root, mic in found]
    sets.insert(Taken, COLUMNS, rows, skip_duplicates=True)
    switch.found_at = now()
    KillSwitch.objects.filter(pk=switch.pk).update(found_at=switch.found_at)


def _cancel(root_ids: Iterable[int], switch: KillSwitch) -> set[int]:
    """Ask for root orders as for any cancel; the ids of those that are being canceled, or were."""
    found = roots.find(root_ids)
    usage.lock({root.key for root in found.values()}, found)
    book = Book(now(), business_date())
    homes = Homes(found.values())
    book.load({*found, *homes.of.values()}, families=True)
    held, outgoing = usage.held(found), Outgoing(book.at)
    roots.have_follow(book, found)
    chains, families = roots.chains(book, ()), roots.children_of(book)
    asked = set()
    for pk in sorted(root_ids):
        line = book.lines[pk]
        refusal = None
        if line.state.is_open and not line.state.cancels_pending:
            refusal = homes.take_out(book, line, families, _actor(switch)) if line.hold == Hold.BLOCK else None
            if refusal is None:
                ask_to_cancel(
                    book, line, families.get(pk, []), chains, outgoing, found[pk].symbol, _actor(switch),
                    text=_why(switch), reason_code="KILL_SWITCH",
                )  # fmt: skip
        if refusal is None:
            asked.add(pk)
    book.save()
    homes.save()
    outgoing.save()
    usage.move(released(book, held))
    bell.ring_on_commit("live", *outgoing.bells())
    return asked


def _withdraw(parts: Mapping[int, int], switch: KillSwitch) -> set[int]:
    """Ask the stopped venue for its parts alone. The request serves none on the parent, which lives on."""
    found = roots.find(parts.values())
    usage.lock({root.key for root in found.values()}, found)
    book = Book(now(), business_date())
    outgoing = Outgoing(book.at)
    book.load(found, families=True)
    roots.have_follow(book, found)
    chains = roots.chains(book, ())
    asked = set()
    for pk in sorted(parts):
        child = book.lines[pk]
        if child.state.is_open and not child.state.cancels_pending:
            _ask_for_part(book, child, chains, outgoing, found[parts[pk]].symbol, switch)
        asked.add(pk)
    book.save()
    outgoing.save()
    bell.ring_on_commit("live", *outgoing.bells())
    return asked


def _ask_for_part(
    book: Book, child: Line, chains: roots.Chains, outgoing: Outgoing, symbol: str, switch: KillSwitch
) -> None:
    name, orig = f"{child.id}.{child.version + 1}", chains.latest.get(child.id, child.cl_ord_id)
    asked = Report(ExecType.PENDING_CANCEL, request="cancel")
    book.note(
        child, asked, actor=_actor(switch), cl_ord_id=name, orig_cl_ord_id=child.cl_ord_id, text=_why(switch),
        reason_code="KILL_SWITCH",
    )  # fmt: skip
    book.ask(child, "cancel", name, orig)
    outgoing.add(child, "F", cancel_message(child, name, orig, symbol, book.at))


def counts(switch_ids: Iterable[int]) -> dict[int, list[Tally]]:
    """How far each switch is, by venue. One SELECT."""
    rows = Taken.objects.filter(switch_id__in=list(switch_ids)).order_by("switch_id", "venue")
    ended = Q(order__leaves_qty=0)
    asked = Q(asked_at__isnull=False)
    summed = rows.values_list("switch_id", "venue").annotate(
        n_found=Count("pk"),
        n_unsent=Count("pk", filter=Q(unsent=True)),
        n_before=Count("pk", filter=ended & ~asked & Q(unsent=False)),
        n_asked=Count("pk", filter=asked),
        n_confirmed=Count("pk", filter=asked & ended),
        n_open=Count("pk", filter=~ended),
    )
    found: dict[int, list[Tally]] = {}
    for switch_id, *row in summed:
        found.setdefault(switch_id, []).append(Tally(*row))
    return found


def as_known(switch: KillSwitch) -> Switch:
    """The switch as the controls know it."""
    return Switch(switch.pk, switch.scope, switch.scope_id, switch.reason, switch.engaged_at)


def _actor(switch: KillSwitch) -> str:
    return f"kill switch {switch.pk}"


def _why(switch: KillSwitch) -> str:
    return stopped(as_known(switch))[:500]
