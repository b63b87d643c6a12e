"""Breaks: where our books and somebody's statement differ, whose they are and what became of them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from oms.blotter.ops import choices
from oms.blotter.ops.cells import (
    Block,
    Cell,
    Column,
    Detail,
    Row,
    day,
    moment,
    money,
    qty,
    state,
    table,
    text,
    tile,
    words,
)
from oms.blotter.ops.sheet import Act, Field, Filter, Sheet, equal, has
from orders.models import User
from orders.reference import business_date
from orders.vocabulary import Role
from settlement.models import Break
from settlement.recon.breaklife import LIVE, REASONS, STATES, WRITTEN_OFF
from settlement.recon.matching import TYPES
from settlement.statements import KINDS

PATH = "/api/v1/recon/breaks/"
WHY = Field("text", "What was found, for the record")
PEOPLE = ("account", "owner", "resolved_by", "confirmed_by", "entry")
WHICH = tuple((name, f"{name.replace('_', ' ')}: {says}") for name, says in REASONS.items())
# What stands in the cell of a side, by the type of the break; of what only one side has, the whole.
TELLS = {
    "qty": ("qty",), "price": ("price",), "cash": ("money", "currency"), "date": ("day",), "currency": ("currency",),
    "ssi": ("place",),
}  # fmt: skip
ENTRY = Field("entry", "Ledger transaction that corrects us, if we were wrong", "number", False, hint="number")
ADJUSTMENT = Field("adjustment", "or position adjustment", "number", False, hint="its source")


def act(name: str, title: str, key: str, says: str, fields: tuple[Field, ...] = (), tone: str = "") -> Act:
    """A verb of breaks: all of them go to one address, with the verb's name."""
    return Act(name, title, key, PATH, says, fields, tone=tone, also=(("verb", name),))


def states() -> list[tuple[str, str]]:
    """The live ones together, then each state."""
    return [("live", "— open or assigned —"), *((one, one.replace("_", " ")) for one in STATES)]


def owners() -> list[tuple[str, str]]:
    """Who may own a break."""
    people = User.objects.filter(role=Role.OPERATIONS, is_active=True).order_by("username")
    return [("nobody", "nobody"), *((name, name) for name in people.values_list("username", flat=True))]


def plainly(values: Sequence[str]) -> Any:
    """Options that are their own words."""
    return lambda: [(one, one.replace("_", " ")) for one in values]


class Breaks(Sheet):
    """Breaks, live ones first, the oldest first."""

    slug, title = "breaks", "Breaks"
    empty = "Nothing differs: every statement that was compared agrees with the books."
    columns = (
        Column("break", "Break", sort="pk"),
        Column("state", "State", sort="state"),
        Column("kind", "Of", sort="kind"),
        Column("type", "Type", sort="type"),
        Column("account", "Account", sort="account__code"),
        Column("key", "What", sort="key"),
        Column("ours", "Ours", "num", hint="As our books have it"),
        Column("theirs", "Theirs", "num", hint="As their statement has it"),
        Column("difference", "Difference", "num", "difference", "Theirs less ours"),
        Column("currency", "Ccy", sort="currency"),
        Column("source", "Says", sort="source"),
        Column("age", "Age", "num", "opened_on", "Calendar days since it was first seen"),
        Column("owner", "Owner", sort="owner__username"),
        Column("reason", "Reason", sort="reason"),
    )
    filters = (
        Filter("state", "State", "choice", lambda v: Q(state__in=LIVE if v == "live" else [v]), states),
        Filter("kind", "Of", "choice", equal("kind"), plainly(KINDS)),
        Filter("type", "Type", "choice", equal("type"), plainly(TYPES)),
        Filter("account", "Account", "choice", equal("account__code"), choices.accounts),
        Filter("owner", "Owner", "choice", lambda v: Q(owner=None) if v == "nobody" else Q(owner__username=v), owners),
        Filter("seen_on", "Seen on", "date", equal("seen_on")),
    )
    finds = (has("key"), has("account__code"), has("owner__username"), has("source"))
    order = ("closed_at", "opened_on", "pk")
    acts = (
        act("assign", "Take", "o", "You become the owner of the breaks."),
        act("note", "Note", "n", "Adds to the history of each break.", (Field("text", "Note"),)),
        act("resolve", "Resolve", "r",
            "Closes the breaks with a reason. Money is written off by two: somebody else confirms it.",
            (Field("reason", "Why it is no longer one", "choice", options=WHICH), WHY, ENTRY, ADJUSTMENT)),
        act("confirm", "Confirm", "y", "Second person: the money is given up and posted to suspense."),
        act("refuse", "Refuse", "u", "Second person: the money is not given up; the break goes on.", (WHY,), "danger"),
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        """Every break."""
        return Break.objects.select_related("account", "owner")

    def ordered(self, rows: QuerySet[Any], asked: Any) -> QuerySet[Any]:
        """Live ones first: those that are closed are dated."""
        return (
            super().ordered(rows, asked)
            if asked.sort
            else rows.order_by(F("closed_at").desc(nulls_first=True), "opened_on", "pk")
        )

    def shown(self, rows: Sequence[Break]) -> list[Row]:
        """A row a break, both sides of it."""
        today = business_date()
        return [
            Row(
                str(one.pk),
                (text(one.pk, href=f"?open={one.pk}"), state(one.state), words(one.kind), words(one.type),
                 text(one.account.code if one.account else "firm"), text(one.key, title=one.key), side(one, one.ours),
                 side(one, one.theirs), difference(one), text(one.currency), text(one.source),
                 text(f"{((one.closed_at.date() if one.closed_at else today) - one.opened_on).days} d"),
                 text(one.owner.username if one.owner else ""), reason(one)),
                acts_for(one),
                "" if one.state in LIVE else "gone",
            )
            for one in rows
        ]  # fmt: skip

    def sums(self, rows: QuerySet[Any]) -> tuple[tuple[str, Cell], ...]:
        """What nobody has taken, of those asked for."""
        alone = rows.filter(state="open").count()
        return (("without an owner", text(alone, tone="warn" if alone else "")),)

    def detail(self, key: int) -> Detail | None:
        """Both sides whole, and the history."""
        one = Break.objects.select_related(*PEOPLE).filter(pk=key).first()
        if one is None:
            return None
        names = list(dict.fromkeys([*(one.ours or {}), *(one.theirs or {})]))
        apart = (
            Row(name, (words(name), text((one.ours or {}).get(name)), text((one.theirs or {}).get(name))),
                tone="head" if (one.ours or {}).get(name) != (one.theirs or {}).get(name) else "")
            for name in names
        )  # fmt: skip
        events = (
            Row(str(event.seq), (text(event.seq), words(event.verb), state(event.state), moment(event.at),
                                 text(event.actor), text(event.text)))
            for event in one.events.order_by("-seq")
        )  # fmt: skip
        blocks = (
            table("Both sides", "What | Ours | Theirs", apart),
            table("History, newest first", "#> | What | State | At (UTC) | By | Said", events),
        )
        return Detail(f"Break {one.pk}", state(one.state), _facts(one), blocks, acts=acts_for(one))


def side(one: Break, of: dict[str, Any] | None) -> Cell:
    """What one side has: the number they differ about, or all of what only it has."""
    if of is None:
        return Cell("nothing", tone="quiet")
    names = TELLS.get(one.type, ("qty", "money", "currency"))
    said = [_told(of.get(name)) for name in names if of.get(name) not in (None, "", "0")]
    return text(" ".join(said), title=" ".join(f"{name} {value}" for name, value in of.items() if value))


def _told(value: Any) -> str:
    try:
        return qty(Decimal(str(value))).text
    except ArithmeticError:
        return str(value)


def difference(one: Break) -> Cell:
    """Theirs less ours; days, units or money."""
    if one.difference is None:
        return text("")
    tone = "warn" if one.state in LIVE else ""
    return money(one.difference, tone=tone) if one.currency and one.type != "qty" else qty(one.difference, tone=tone)


def reason(one: Break) -> Cell:
    """Why it was closed; what waits for a second person says so."""
    return Cell("write-off asked", tone="warn") if asked_off(one) else words(one.reason)


def asked_off(one: Break) -> bool:
    """Whether somebody asked to write it off, and a second person is to decide."""
    return one.state in LIVE and one.reason == WRITTEN_OFF


def acts_for(one: Break) -> tuple[str, ...]:
    """What may be done with it now."""
    if one.state not in LIVE:
        return ()
    return ("assign", "note", "confirm", "refuse") if asked_off(one) else ("assign", "note", "resolve")


def _facts(one: Break) -> tuple[tuple[str, Cell], ...]:
    entry = one.entry
    return (
        ("Of", words(one.kind)), ("Type", words(one.type)), ("What", text(one.key)), ("Says", text(one.source)),
        ("Account", text(one.account.code if one.account else "firm")), ("Difference", difference(one)),
        ("Allowed", qty(one.tolerance)), ("Currency", text(one.currency)), ("First seen", day(one.opened_on)),
        ("Last seen", day(one.seen_on)), ("Owner", text(one.owner.username if one.owner else "")),
        ("Reason", reason(one)), ("Found", text(one.text)),
        ("Corrected by", text(entry.source if entry else one.adjustment)),
        ("Asked or resolved by", text(one.resolved_by.username if one.resolved_by else "")),
        ("Confirmed by", text(one.confirmed_by.username if one.confirmed_by else "")),
        ("Closed", moment(one.closed_at)), ("Version", text(one.version)),
    )  # fmt: skip


def waiting() -> int:
    """How many breaks are live."""
    return Break.objects.filter(state__in=LIVE).count()


def tiles() -> tuple[Cell, ...]:
    """Live breaks."""
    return (
        tile(waiting(), "Breaks", "open or assigned", f"{reverse('ops-sheet', args=['breaks'])}?state=live", "bad"),
    )


def blocks() -> tuple[Block, ...]:
    """No table of its own."""
    return ()
