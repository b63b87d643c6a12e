"""Fails: what was due and has not settled, how old it is, why, what it costs, when it must be closed out."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse

from oms.blotter.ops import choices
from oms.blotter.ops.cells import Block, Cell, Column, Detail, Row, day, money, px, qty, side, table, text, tile, words
from oms.blotter.ops.instruct import ACTS, acts_for
from oms.blotter.ops.settlements import Settlements, state_of
from oms.blotter.ops.sheet import Asked, Filter, Found, Sheet, equal
from orders.models import Account
from orders.reference import business_date
from settlement import failing as kernel
from settlement.failing import Fail, fails
from settlement.models import Instruction

# Aged fails turn amber, then red: business days.
AMBER, RED = 2, 5


def reasons() -> list[tuple[str, str]]:
    """ISO 20022 codes that something fails for now."""
    found = failing().exclude(reason_code="").order_by("reason_code")
    return [(code, code) for code in found.values_list("reason_code", flat=True).distinct()]


def failing() -> Any:
    """What fails as of today."""
    return Instruction.objects.filter(kernel.failing(business_date()))


class Fails(Sheet):
    """Open fails, the oldest first."""

    slug, title = "fails", "Fails"
    empty = "Nothing fails: what was due has settled."
    columns = (
        Column("reference", "Instruction"),
        Column("state", "State"),
        Column("age", "Age", "num", hint="Business days since it was due"),
        Column("settl_date", "Was due"),
        Column("why", "Reason", hint="ISO 20022: LACK, CLAC, MONY ..."),
        Column("direction", "Direction"),
        Column("symbol", "Instrument"),
        Column("open", "Open qty", "num"),
        Column("money", "Open money", "num"),
        Column("currency", "Ccy"),
        Column("penalty", "Penalty so far", "num", hint="CSDR: below zero it is paid to us"),
        Column("close", "Close out by", hint="Regulation SHO 204: before the open of this day"),
        Column("account", "Account"),
        Column("party", "Counterparty"),
    )
    filters = (
        Filter("account", "Account", "choice", equal("account__code"), choices.accounts),
        Filter("reason", "Reason", "choice", equal("reason_code"), reasons),
        Filter("direction", "Direction", "choice", equal("direction"), choices.of(Instruction.Direction)),
        Filter("settl_date", "Was due", "date", equal("settl_date")),
    )
    acts = ACTS

    def read(self, asked: Asked) -> Found:
        """Those asked for."""
        if asked.faults:
            return Found((), 0)
        which = Q()
        for one in self.filters:
            if one.name in asked.values:
                which &= one.narrow(asked.values[one.name])
        wanted = set(failing().filter(which).values_list("pk", flat=True))
        found = [one for one in fails(Account.objects.values_list("pk", flat=True)) if one.instruction.pk in wanted]
        sums: dict[str, Any] = {}
        for fail in found:
            sums[fail.instruction.currency] = sums.get(fail.instruction.currency, 0) + fail.penalties
        said = tuple(
            (f"Penalties {name}", money(value, tone="down" if value > 0 else "")) for name, value in sums.items()
        )
        return self.listed([row(fail) for fail in found], asked, said)

    def detail(self, key: int) -> Detail | None:
        """As the instruction's, with the penalty of each day."""
        told = Settlements(self.user).detail(key)
        if told is None:
            return None
        rows = (
            Row(str(one.pk), (
                day(one.day), words(one.category), text(one.reason_code), qty(one.stands.failed_qty),
                px(one.reference_price), qty(one.rate),
                money(one.stands.amount if one.is_ours else -one.stands.amount), text(one.currency),
            ))
            for one in Instruction.objects.get(pk=key).penalties.order_by("-day").prefetch_related("corrections")
        )  # fmt: skip
        heads = "Day | Category | Reason | Failed> | Ref. price> | Rate> | Penalty> | Ccy"
        return told._replace(blocks=(table("Penalties", heads, rows, "None has accrued."), *told.blocks))


def row(one: Fail) -> Row:
    """A fail as a row; what must be closed out now is red."""
    held, today = one.instruction, business_date()
    tone = "down" if one.age_days >= RED else "warn" if one.age_days >= AMBER else ""
    close = one.close_out_by
    cells = (
        text(held.reference, href=f"?open={held.pk}"), state_of(held), text(f"{one.age_days} d", tone=tone),
        day(held.settl_date), text(held.reason_code), side(held.direction), text(held.instrument.symbol),
        qty(held.qty - held.settled_qty), money(held.net_money - held.settled_money), text(held.currency),
        money(one.penalties, tone="down" if one.penalties > 0 else ""),
        day(close, tone="down" if close and close <= today else "warn" if close else ""), text(held.account.code),
        text(held.counterparty),
    )  # fmt: skip
    return Row(str(held.pk), cells, acts_for(held))


def waiting() -> int:
    """How many fail."""
    count: int = failing().count()
    return count


def tiles() -> tuple[Cell, ...]:
    """Open fails."""
    return (tile(waiting(), "Fails", "due and not settled", reverse("ops-sheet", args=["fails"]), "bad"),)


def blocks() -> tuple[Block, ...]:
    """Fails by reason and currency."""
    found: Sequence[dict[str, Any]] = list(
        failing().values("reason_code", "currency").annotate(of=Count("pk"), value=Sum("net_money")).order_by("-of")
    )
    href = reverse("ops-sheet", args=["fails"])
    rows = (
        Row(f"{one['reason_code']}{one['currency']}", (
            text(one["reason_code"]), text(one["currency"]),
            qty(one["of"], href=f"{href}?reason={one['reason_code']}" if one["reason_code"] else ""),
            money(one["value"]),
        ))
        for one in found
    )  # fmt: skip
    return (table("Fails by reason", "Reason | Ccy | Fails> | Money>", rows, "Nothing fails.", href),)
