"""What falls due: instructions by settlement date, currency and state, with their value."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse

from oms.blotter.ops.cells import Block, Cell, Column, Row, day, money, text, tile
from oms.blotter.ops.settlements import ENDED, GROUPS, WAITS
from orders.reference import business_date
from settlement.models import Instruction

# Days back that are shown although nothing of them is left to do, and the order of the columns.
BACK = timedelta(days=4)
SHOWN = (
    ("waits", "Waits"), ("ready", "Ready"), ("at_custodian", "At custodian"), ("matched", "Matched"),
    ("failing", "Failing"), ("partial", "Partial"), ("settled", "Settled"), ("cancelled", "Cancelled"),
)  # fmt: skip
GROUP = {state: group for group, states in GROUPS.items() for state in states}
TONES = {"waits": "warn", "failing": "down", "partial": "warn"}


class Due(NamedTuple):
    """Instructions of one date, currency and state: ``of`` how many, and their money on both sides."""

    settl_date: date
    currency: str
    state: str
    of: int
    pays: Decimal
    gets: Decimal


def dues(today: date) -> list[Due]:
    """Everything due from a few days ago on, and all that is older and not settled. One SELECT."""
    recent = Q(settl_date__gte=today - BACK) | ~Q(state__in=ENDED)
    rows = (
        Instruction.objects.filter(recent)
        .order_by("settl_date", "currency")
        .values_list("settl_date", "currency", "state")
    )
    zero = Decimal(0)
    summed = rows.annotate(of=Count("pk"), pays=Sum("net_money", filter=Q(direction="receive"), default=zero),
                           gets=Sum("net_money", filter=Q(direction="deliver"), default=zero))  # fmt: skip
    return [Due(*row) for row in summed]


def link(**given: Any) -> str:
    """Where the instructions like that are listed."""
    return f"{reverse('ops-sheet', args=['settlements'])}?{urlencode({k: v for k, v in given.items() if v})}"


def tiles() -> tuple[Cell, ...]:
    """Today's settlements, and what waits or fails of all."""
    today = business_date()
    found = dues(today)
    due = sum(one.of for one in found if one.settl_date == today and one.state != "cancelled")
    done = sum(one.of for one in found if one.settl_date == today and one.state == "settled")
    waits = sum(one.of for one in found if one.state in WAITS)
    late = sum(one.of for one in found if one.settl_date < today and one.state not in ENDED)
    settled = Cell(f"{done:,} / {due:,}", link(settl_date=today), "good" if done == due else "")
    return (
        settled._replace(title="Settled today", mark=f"of what is due {today}"),
        tile(late, "Late", "settlement date has passed", link(state="late"), "bad"),
        tile(waits, "Waits for a person", "draft, rejected, unmatched", link(state="waits")),
    )


def blocks() -> tuple[Block, ...]:
    """A line for each date and currency: how many in each state, and what is paid and got."""
    today = business_date()
    lines: dict[tuple[date, str], dict[str, Due]] = {}
    for one in dues(today):
        group = GROUP.get(one.state, one.state)
        line = lines.setdefault((one.settl_date, one.currency), {})
        before = line.get(group, one._replace(of=0, pays=Decimal(0), gets=Decimal(0)))
        line[group] = before._replace(of=before.of + one.of, pays=before.pays + one.pays, gets=before.gets + one.gets)
    columns = (
        Column("day", "Settles"), Column("ccy", "Ccy"), *(Column(name, title, "num") for name, title in SHOWN),
        Column("pays", "To pay", "num", hint="Not settled yet: what we pay against securities"),
        Column("gets", "To get", "num"), Column("net", "Net", "num"), Column("done", "Settled value", "num"),
    )  # fmt: skip
    rows = tuple(_line(*key, states, today) for key, states in sorted(lines.items(), reverse=True))
    return (Block("Settlements by date, currency and state", columns, rows, "No instruction is due.", link()),)


def _line(settl_date: date, currency: str, states: dict[str, Due], today: date) -> Row:
    zero = Decimal(0)
    to_do = [one for name, one in states.items() if name not in ENDED]
    pays, gets = sum((one.pays for one in to_do), zero), sum((one.gets for one in to_do), zero)
    done = states.get("settled")
    cells = [day(settl_date, href=link(settl_date=settl_date), tone="strong" if settl_date == today else ""),
             text(currency, href=link(settl_date=settl_date, currency=currency))]  # fmt: skip
    for name, _ in SHOWN:
        one = states.get(name)
        href = link(state=name, settl_date=settl_date, currency=currency) if one else ""
        cells.append(Cell(f"{one.of:,}" if one else "·", href, TONES.get(name, "") if one else "quiet"))
    cells += [
        money(pays),
        money(gets),
        money(gets - pays, tone="strong"),
        money(done.pays + done.gets if done else zero),
    ]
    return Row(f"{settl_date}{currency}", tuple(cells), tone="gone" if not to_do else "")
