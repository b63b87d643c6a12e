"""Business dates: the end of the trading day, the next date, and the close of a day with its checklist."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.urls import reverse

from oms.blotter.ops.cells import Block, Cell, Column, Detail, Row, day, moment, state, table, text, tile, words
from oms.blotter.ops.checklist import steps_of
from oms.blotter.ops.sheet import REASON, Act, Asked, Field, Filter, Found, Sheet
from oms.desk import dayclose
from oms.desk import days as trading
from orders.models import DayStep
from orders.reference import business_date
from settlement.models import DayClose, Statement

PATH = "/api/v1/days/{day}/"
BACK = timedelta(days=60)
STATES = ("present", "to_close", "asked", "closed", "overridden")
WAITS = ("to_close", "asked")


class Day(NamedTuple):
    """A business date: whether it is the present one, the trading runs that are done, and how its close stands."""

    date: date
    is_present: bool
    runs: frozenset[str]
    row: DayClose | None

    @property
    def state(self) -> str:
        """Of STATES: closed in spite of open steps is ``overridden``, and ``asked`` while a second person is wanted."""
        if self.row and self.row.closed_at:
            return "overridden" if self.row.left else "closed"
        if self.is_present:
            return "present"
        return "asked" if self.row and self.row.reason else "to_close"

    @property
    def key(self) -> str:
        """The day as a number."""
        return f"{self.date:%Y%m%d}"


def known() -> list[Day]:
    """The business date, and the days before it that were ended, stated of or closed; latest first. Four SELECTs."""
    today = business_date()
    since = today - BACK
    runs: dict[date, set[str]] = {today: set()}
    last = Q(run="end", name=trading.LAST["end"]) | Q(run="start", name=trading.LAST["start"])
    for on, run in DayStep.objects.filter(last, date__gte=since).order_by().values_list("date", "run"):
        runs.setdefault(on, set()).add(run)
    stated = Statement.objects.filter(day__gte=since, day__lt=today).order_by().values_list("day", flat=True)
    closes = DayClose.objects.filter(date__gte=since).select_related("asked_by", "closed_by")
    rows = {one.date: one for one in closes}
    days = sorted({*runs, *stated.distinct(), *rows}, reverse=True)
    return [Day(on, on == today, frozenset(runs.get(on, ())), rows.get(on)) for on in days if on <= today]


class Days(Sheet):
    """Business dates, the present one first. What is next to be closed says what it waits for."""

    slug, title = "days", "Business dates"
    empty = "No day of the last two months is like that."
    columns = (
        Column("day", "Day"),
        Column("state", "State"),
        Column("asked", "Second person", hint="Who wants it closed although steps are open, and why"),
        Column("waits", "Waits for"),
        Column("ended", "Trading"),
        Column("closed", "Closed by"),
        Column("at", "Closed (UTC)"),
        Column("left", "Left open", hint="Steps that were open when it was closed"),
    )
    filters = (
        Filter("state", "State", "choice", lambda _: Q(), lambda: [("waits", "— to be closed —"), *zip_words(STATES)]),
    )
    acts = (
        Act("end", "End trading", "e", f"{PATH}end/",
            "Day orders expire, good-till orders are carried. Not while a venue that works orders of ours is open."),
        Act("force", "End, venue open", "v", f"{PATH}end/",
            "Ends trading although venues are open: orders there count as ended here while they may still be filled.",
            (REASON,), tone="danger", also=(("force", True),)),
        Act("move", "Next date", "n", "/api/v1/business-date/",
            "Moves the firm's business date: what falls due by it settles. It never goes back, and ends no day orders.",
            (Field("today", "To; the next business day if left out", "date", False),), alone=True, method="PUT"),
        Act("start", "Start trading", "s", f"{PATH}start/",
            "Carried orders are renewed, and sent where no venue has them."),
        Act("close", "Close day", "c", f"{PATH}close/",
            "Works through the checklist, and closes the day if nothing that must be done is open.", shows=True),
        Act("override", "Close, steps open", "o", f"{PATH}close/",
            "Asks for the day to be closed as it is. Another person closes it; what is open stays on record.",
            (REASON,), tone="danger", shows=True),
        Act("confirm", "Confirm close", "y", f"{PATH}close/",
            "Second person: the day is closed although steps are open. Whoever asked for it may not.", shows=True),
    )  # fmt: skip

    def read(self, asked: Asked) -> Found:
        """All days there are, those of a state where one is asked for."""
        if asked.faults:
            return Found((), 0)
        found = known()
        open_steps = _waits(found)
        wanted = asked.values.get("state")
        states = WAITS if wanted == "waits" else (wanted,) if wanted else STATES
        rows = [_row(one, open_steps.get(one.date, "")) for one in found if one.state in states]
        return self.listed(rows, asked, (("to be closed", text(sum(one.state in WAITS for one in found))),))

    def detail(self, key: int) -> Detail | None:
        """The checklist as it stands, the runs of the trading day, and what the venues do."""
        on = _date(key)
        one = next((one for one in known() if one.date == on), None)
        if one is None:
            return None
        trade = trading.overview(one.date)
        checklist = steps_of(dayclose.closing(one.date).steps, "Checklist of its close")
        blocks = (checklist, *((_runs(trade), _venues(trade)) if trade else ()))
        return Detail(f"{one.date:%A}, {one.date}", state(one.state), _facts(one, trade), blocks, acts=acts_for(one))


def zip_words(values: Sequence[str]) -> list[tuple[str, str]]:
    """Each value with its words."""
    return [(one, one.replace("_", " ")) for one in values]


def _waits(found: Sequence[Day]) -> dict[date, str]:
    """What blocks the day that is next to be closed; later ones wait for it."""
    days = [one.date for one in reversed(found) if one.state in WAITS]
    if not days:
        return {}
    first, *later = days
    steps = dayclose.closing(first).open_steps
    said = f"{len(steps)} open: " + "; ".join(step.blocks for step in steps) if steps else "nothing"
    return {first: said} | dict.fromkeys(later, f"{first} is to be closed first")


def acts_for(one: Day) -> tuple[str, ...]:
    """What may be done with a day now; the verb looks again."""
    if one.state == "present":
        trade = () if "end" in one.runs else ("end", "force")
        return trade + (() if "start" in one.runs else ("start",))
    return {"to_close": ("close", "override"), "asked": ("confirm",)}.get(one.state, ())


def _row(one: Day, waits: str) -> Row:
    close = one.row
    trade = [f"{name} done" for name in ("start", "end") if name in one.runs]
    cells = (
        day(one.date, href=f"?open={one.key}", tone="strong" if one.is_present else ""), state(one.state), _wish(close),
        text(waits, title=waits, tone="warn" if waits not in ("", "nothing") else "quiet"),
        text(", ".join(trade), tone="quiet"), text(_closer(close)),
        moment(close.closed_at if close else None), words(", ".join(close.left) if close and close.closed_at else ""),
    )  # fmt: skip
    return Row(one.key, cells, acts_for(one), "gone" if one.state == "closed" else "", {"day": one.date.isoformat()})


def _wish(close: DayClose | None) -> Cell:
    if close is None or close.asked_by is None:
        return text("")
    return text(
        f"{close.asked_by.username}: {close.reason}", tone="" if close.closed_at else "warn", title=close.reason
    )


def _closer(close: DayClose | None) -> str:
    """Nobody named is the command line."""
    if close is None or close.closed_at is None:
        return ""
    return close.closed_by.username if close.closed_by else dayclose.COMMAND


def _facts(one: Day, trade: trading.Overview | None) -> tuple[tuple[str, Cell], ...]:
    close = one.row
    objected = "; ".join(fault.text for fault in trade.objections) if trade and "end" not in one.runs else ""
    return (
        ("Trading ended", text("yes" if "end" in one.runs else "no")),
        ("Cannot be ended now", text(objected, tone="warn")),
        ("Asked to close it open", text(close.asked_by.username if close and close.asked_by else "")),
        ("Asked (UTC)", moment(close.asked_at if close else None)),
        ("Reason", text(close.reason if close else "")),
        ("Steps open then", words(", ".join(close.left) if close else "")),
        ("Closed by", text(_closer(close))),
        ("Closed (UTC)", moment(close.closed_at if close else None)),
    )


def _runs(trade: trading.Overview) -> Block:
    rows = (
        Row(str(step.pk), (
            words(step.run), words(step.name),
            text(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in step.counts.items()), tone="quiet"),
            text(step.reason), text(step.actor), moment(step.done_at),
        ))
        for step in trade.steps
    )  # fmt: skip
    return table(
        "Trading day", "Run | Step | Counted | Forced because | By | At (UTC)", rows, "Neither started nor ended."
    )


def _venues(trade: trading.Overview) -> Block:
    rows = (
        Row(str(one.get("mic")), (
            text(one.get("mic")), words(one.get("state")), _time(one.get("opens_at")), _time(one.get("closes_at")),
            text(one.get("open_orders")),
        ))
        for one in trade.venues
    )  # fmt: skip
    return table("Venues", "Venue | State | Opens | Closes | Orders of ours>", rows, "No venue is in use.")


def _time(value: object) -> Cell:
    """A time as it is, or as it was noted."""
    return moment(
        datetime.fromisoformat(value) if isinstance(value, str) else value if isinstance(value, datetime) else None
    )


def _date(key: int) -> date | None:
    try:
        return datetime.strptime(f"{key:08d}", "%Y%m%d").date()
    except ValueError:
        return None


def waiting() -> int:
    """Days that are over and not closed."""
    return sum(one.state in WAITS for one in known())


def tiles() -> tuple[Cell, ...]:
    """Days that are to be closed."""
    href = f"{reverse('ops-sheet', args=['days'])}?state=waits"
    return (tile(waiting(), "Days to close", "over, and not closed", href),)


def blocks() -> tuple[Block, ...]:
    """The checklist is a part of its own."""
    return ()
