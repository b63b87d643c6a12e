"""The stage that compares statements with our books: load, decide, save; each statement exactly once.

A bite is the statements of one kind and day. Whether a statement was compared stands in a row of its own, written in
the transaction that writes its breaks, so a run that died begins again where it stopped.

A statement that replaces another is compared as if that one had not been: breaks it opened are looked at again, and
those it closed are open again where the new one does not close them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import lane, locked
from oms.base.money import plain
from orders.models import Alert
from settlement.models import Break, BreakEvent, Reconciliation, Statement, StatementLine
from settlement.recon import day, ours
from settlement.recon.breaklife import LIVE
from settlement.recon.day import Found, Known, Outcome, compare
from settlement.recon.items import Item
from settlement.recon.theirs import LINE, Line, balance, items, told, untold
from settlement.rounding import ZERO

ACTOR = "reconciliation"
BITE = 500  # statements
BREAK = (
    "id", "kind", "source", "account", "key", "type", "ours", "theirs", "difference", "tolerance", "currency",
    "opened_on", "seen_on", "opened_at", "state", "version", "reason", "text", "adjustment",
)  # fmt: skip
EVENT = ("broken", "seq", "verb", "state", "at", "actor", "text")
ALERT = ("at", "severity", "kind", "code", "text", "payload", "resolution")


class Due(NamedTuple):
    """A statement that waits to be compared."""

    id: int
    kind: str
    source: str
    account_id: int | None
    currency: str
    day: Any
    opening: Decimal | None
    closing: Decimal | None
    replaces__reconciliation__at: datetime | None


def reconcile(limit: int = BITE) -> int:
    """Compare the next statements with our books; answer how many, 0 when none (or another worker) was there."""
    with transaction.atomic():
        if not lane("reconcile"):
            return 0
        waiting = Statement.objects.filter(reconciliation=None, replaced_by=None).order_by("day", "kind", "id")
        first = waiting.values_list("day", "kind").first()
        if first is None:
            return 0
        rows = waiting.filter(day=first[0], kind=first[1]).values_list(*Due._fields)[:limit]
        run = _Run([Due(*row) for row in rows])
        run.decide()
        run.save()
        return len(run.due)


class _Run:
    """Statements of one kind and day: what was loaded for them, what was decided."""

    def __init__(self, due: Sequence[Due]) -> None:
        self.at, self.due = now(), due
        self.kind, self.day = due[0].kind, due[0].day
        self.lines = _lines([one.id for one in due])
        self.known, self.stands = _known(due)
        self.books = _books(due, self.lines)
        self.outcomes: list[tuple[Due, int, int, Outcome]] = []

    def decide(self) -> None:
        """Compare each statement with its own part of our books."""
        for one in self.due:
            left, levels = self.books(one)
            right = items(self.kind, one.currency, self.lines.get(one.id, ()))
            known = self.known.get(_place(one), ())
            if one.kind == "cash":
                known = [each for each in known if _currency(each) == one.currency]
            compared = compare(self.kind, left, right, known, levels, self._afresh(one, known))
            outcome = self._outcome(known, compared)
            extra = 1 if levels else 0
            self.outcomes.append((one, len(left) + extra, len(right) + extra, outcome))

    def _afresh(self, one: Due, known: Sequence[Known]) -> frozenset[int]:
        """The breaks that the version before showed for the first time."""
        if one.replaces__reconciliation__at is None:
            return frozenset()
        return frozenset(each.id for each in known if self.stands[each.id].opened_on == self.day)

    def _outcome(self, known: Sequence[Known], outcome: Outcome) -> Outcome:
        """What is looked at every day stays as a later day found it; what was closed and matches again is closed."""
        levels = {each.id for each in known if each.is_level}
        ended = [id_ for id_ in outcome.ended if self._ends(id_, id_ in levels)]
        return outcome._replace(ended=ended)

    def _ends(self, id_: int, is_level: bool) -> bool:
        stand = self.stands[id_]
        return stand.state in LIVE and not (is_level and stand.opened_on > self.day)

    def save(self) -> None:
        """One statement a table."""
        accounts = self._accounts()
        ids = iter(sets.ids(Break, sum(len(outcome.new) for *_, outcome in self.outcomes)))
        rows, events, changed, closed, alerts, done = [], [], [], [], [], []
        for one, left, right, outcome in self.outcomes:
            for found in outcome.new:
                id_ = next(ids)
                account = one.account_id or accounts.get((one.id, found.key))
                rows.append((id_, self.kind, one.source, account, found.key, *day.kept(found, told), self.day, self.day,
                             self.at, "open", 1, "", "", ""))  # fmt: skip
                events.append((id_, 1, "open", "open", self.at, ACTOR, _words(found)))
            for id_, found in outcome.goes_on:
                stand = self.stands[id_]
                state, version = stand.again, stand.version
                seen = min(stand.opened_on, self.day), max(stand.seen_on, self.day)
                changed.append((id_, *day.kept(found, told), *seen, state, None, version + 1))
                events.append(
                    (id_, version + 1, "seen", state, self.at, ACTOR, f"on {self.day}: {_words(found)}"[:300])
                )
            for id_ in outcome.ended:
                version = self.stands[id_].version
                closed.append((id_, "auto_closed", self.at, version + 1))
                events.append((id_, version + 1, "close", "auto_closed", self.at, ACTOR, f"matches on {self.day}"))
            if outcome.new:
                alerts.append(_alert(one, outcome.new, self.at))
            done.append(_done(one, left, right, outcome, self.at))
        self._write(rows, changed, closed, events)
        sets.insert(Alert, ALERT, alerts)
        sets.insert(Reconciliation, DONE, done)

    def _write(self, rows: Any, changed: Any, closed: Any, events: Any) -> None:
        sets.insert(Break, BREAK, rows)
        columns = ("type", "ours", "theirs", "difference", "tolerance", "currency", "opened_on", "seen_on", "state",
                   "closed_at", "version")  # fmt: skip
        sets.update(Break, ["id"], columns, changed)
        sets.update(Break, ["id"], ["state", "closed_at", "version"], closed)
        sets.insert(BreakEvent, EVENT, events)

    def _accounts(self) -> Mapping[Any, int]:
        """Whose the executions are that broke, by statement and key: our execution says it, or their ClOrdID."""
        if self.kind != "dropcopy":
            return {}
        made, named = {}, {}
        for one, *_, outcome in self.outcomes:
            for found in outcome.new:
                if found.ours:
                    made[one.id, found.key] = int(found.ours.id)
                elif found.theirs:
                    named[one.id, found.key] = self.lines[one.id][int(found.theirs.id) - 1][1].subject
        by_report, by_name = ours.accounts_of(set(made.values()), set(named.values()) - {""})
        found_ = {key: by_report.get(report) for key, report in made.items()}
        found_ |= {key: by_name.get(name) for key, name in named.items()}
        return {key: account for key, account in found_.items() if account}


DONE = ("statement", "ours", "theirs", "matched", "matches", "breaks", "opened", "closed", "at")


def _done(one: Due, left: int, right: int, outcome: Outcome, at: datetime) -> tuple[Any, ...]:
    breaks = len(outcome.new) + len(outcome.goes_on)
    matches = sum(outcome.matched.values())
    return one.id, left, right, outcome.matched, matches, breaks, len(outcome.new), len(outcome.ended), at


def _place(one: Due) -> tuple[str, int | None]:
    """Within what a break's key is its own: drop copies have no account."""
    return one.source, None if one.kind == "dropcopy" else one.account_id


def _lines(ids: Sequence[int]) -> dict[int, list[tuple[int, Line]]]:
    found: dict[int, list[tuple[int, Line]]] = defaultdict(list)
    rows = StatementLine.objects.filter(statement__in=ids).order_by("statement_id", "number")
    for statement, number, *values in rows.values_list("statement_id", "number", *LINE):
        found[statement].append((number, Line(*values)))
    return found


class Stand(NamedTuple):
    """How a break stands: ``owner_id`` tells whether it is somebody's."""

    version: int
    state: str
    opened_on: Any
    seen_on: Any
    owner_id: int | None
    closed_at: datetime | None

    @property
    def again(self) -> str:
        """The state in which it goes on."""
        return self.state if self.state in LIVE else "assigned" if self.owner_id else "open"


def _known(due: Sequence[Due]) -> tuple[dict[Any, list[Known]], dict[int, Stand]]:
    """The breaks that were open before, locked, by their place; and how each stands.

    So are those that a version before closed, unless the thing has broken again since.
    """
    live = Q(state__in=LIVE)
    if closed := {one.replaces__reconciliation__at for one in due if one.replaces__reconciliation__at}:
        live |= Q(state="auto_closed", closed_at__in=closed)
    rows = Break.objects.filter(live, kind=due[0].kind, source__in={one.source for one in due})
    if due[0].kind != "dropcopy":
        rows = rows.filter(account__in={one.account_id for one in due})
    found: dict[Any, list[Known]] = defaultdict(list)
    stands: dict[int, Stand] = {}
    columns = ("id", "source", "account_id", "key", "type", "ours", "theirs", *Stand._fields)
    read = locked(rows).values_list(*columns)
    for id_, source, account, key, type_, left, right, *stand in sorted(read, key=lambda row: row[8] in LIVE):
        place = (source, None if due[0].kind == "dropcopy" else account)
        found[place].append(Known(id_, key, type_, left and untold(left), right and untold(right)))
        stands[id_] = Stand(*stand)
    return found, stands


def _books(due: Sequence[Due], lines: Mapping[int, Sequence[tuple[int, Line]]]) -> Any:
    """What our books have for a statement: a function from it to items, and to the two balances of money."""
    kind, when = due[0].kind, due[0].day
    accounts = sorted({one.account_id for one in due if one.account_id})
    if kind == "cash":
        paid = ours.payments(accounts, when)
        closing = ours.balances(accounts, when)
        return lambda one: (paid.get((one.account_id, one.currency), []), _levels(one, closing))
    if kind == "dropcopy":
        made = ours.executions({one.source for one in due if _is_venue(one)}, when)
        copied = {line.reference for one in due if not _is_venue(one) for _, line in lines.get(one.id, ())}
        named = ours.executions_named(copied) if copied else {}
        return lambda one: (
            made.get(one.source, [])
            if _is_venue(one)
            else list(
                {
                    line.reference: named[line.reference]
                    for _, line in lines.get(one.id, ())
                    if line.reference in named
                }.values()
            ),
            (),
        )
    held = (ours.holdings if kind == "holdings" else ours.movements)(accounts, when)
    return lambda one: (held.get(one.account_id, []), ())


def _is_venue(one: Due) -> bool:
    """A venue is named by its MIC (ISO 10383, four characters) and tells all it made; a broker copies some."""
    return len(one.source) == 4


def _levels(one: Due, closing: Mapping[Any, Decimal]) -> tuple[Item, ...]:
    """The closing balances, ours and theirs. The opening is theirs alone: with the movements it gives the closing."""
    assert one.closing is not None
    mine = closing.get((one.account_id, one.currency), ZERO)
    return balance(one.currency, mine, "ours"), balance(one.currency, one.closing, "theirs")


def _currency(known: Known) -> str:
    side = known.ours or known.theirs
    return side.currency if side else ""


def _side(side: Item) -> str:
    qty = f"{plain(side.qty)} for " if side.qty else ""
    return f"{qty}{plain(side.money or side.price)} {side.currency}".strip()


def _words(found: Found) -> str:
    sides = [f"{name} {_side(side)}" for name, side in (("ours", found.ours), ("theirs", found.theirs)) if side]
    return f"{found.type.replace('_', ' ')}: {found.key}, {', '.join(sides)}"[:300]


def _alert(one: Due, new: Sequence[Found], at: datetime) -> tuple[Any, ...]:
    """One notice a statement, whatever the number of its breaks."""
    more = f" and {len(new) - 1} more" if len(new) > 1 else ""
    text = f"{one.kind} of {one.day}: {_words(new[0])}{more}"
    payload = {"statement": one.id, "breaks": len(new)}
    return at, Alert.Severity.WARNING.value, "reconciliation", "BREAK", text[:500], payload, ""
