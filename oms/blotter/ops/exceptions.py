"""Exception items: what came from the custodian and could not be applied as it was."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from oms.blotter.ops.cells import Block, Cell, Column, Detail, Row, moment, state, text, tile
from oms.blotter.ops.sheet import Act, Field, Filter, Sheet, equal, has
from settlement.exceptions import STATES, CustodyException

WHAT = Field("resolution", "What was done about it, for the record")


def codes() -> list[tuple[str, str]]:
    """Codes that there are items of."""
    found = CustodyException.objects.order_by("code").values_list("code", flat=True).distinct()
    return [(code, code) for code in found]


class Exceptions(Sheet):
    """Items, those that are open first."""

    slug, title = "exceptions", "Exception items"
    empty = "The custodian has said nothing that needs a person."
    columns = (
        Column("item", "Item", sort="pk"),
        Column("state", "State", sort="state"),
        Column("code", "Code", sort="code"),
        Column("kind", "Message", sort="kind"),
        Column("reference", "Reference", sort="reference"),
        Column("text", "What is wrong"),
        Column("received", "Received (UTC)", sort="received_at"),
        Column("owner", "Owner", sort="owner"),
        Column("resolution", "Resolution"),
    )
    filters = (
        Filter("state", "State", "choice", equal("state"), lambda: [(one, one) for one in STATES]),
        Filter("code", "Code", "choice", equal("code"), codes),
    )
    finds = (has("reference"), has("code"), has("owner"), has("text"))
    order = ("state", "-pk")
    acts = (
        Act("take", "Take", "o", "/api/v1/custody/exceptions/{key}/take/", "You become the owner of the items."),
        Act("resolve", "Resolve", "r", "/api/v1/custody/exceptions/{key}/resolve/",
            "Closes the items. Nothing is applied by it: correct what they are about first.", (WHAT,)),
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        """Every item."""
        return CustodyException.objects.all()

    def shown(self, rows: Sequence[CustodyException]) -> list[Row]:
        """A row an item."""
        return [
            Row(
                str(one.pk),
                (text(one.pk, href=f"?open={one.pk}"), state(one.state), text(one.code), text(one.kind),
                 text(one.reference), text(one.text, title=one.text), moment(one.received_at), text(one.owner),
                 text(one.resolution)),
                _acts(one),
                "gone" if one.state == "resolved" else "",
            )
            for one in rows
        ]  # fmt: skip

    def detail(self, key: int) -> Detail | None:
        """The item with the message as it came."""
        one = CustodyException.objects.filter(pk=key).first()
        if one is None:
            return None
        facts = (
            ("Code", text(one.code)), ("What is wrong", text(one.text)), ("Message", text(one.kind)),
            ("Reference", text(one.reference, href=_instructions(one.reference))),
            ("File", text(one.file)), ("Received", moment(one.received_at)), ("Owner", text(one.owner)),
            ("Resolution", text(one.resolution)), ("Resolved by", text(one.resolved_by)),
            ("Resolved", moment(one.resolved_at)), ("SHA-256", text(one.digest, tone="mono")),
        )  # fmt: skip
        raw = bytes(one.raw).decode("utf-8", "backslashreplace")
        return Detail(
            f"Exception {one.pk}", state(one.state), facts, (), (("The message as it came", raw),), "", _acts(one)
        )


def _instructions(find: str) -> str:
    return f"{reverse('ops-sheet', args=['settlements'])}?{urlencode({'find': find})}" if find else ""


def _acts(one: CustodyException) -> tuple[str, ...]:
    return ("take", "resolve") if one.state == "open" else ()


def waiting() -> int:
    """How many items are open."""
    return CustodyException.objects.filter(state="open").count()


def tiles() -> tuple[Cell, ...]:
    """Open items."""
    href = f"{reverse('ops-sheet', args=['exceptions'])}?state=open"
    return (tile(waiting(), "Exception items", "from the custodian, open", href, "bad"),)


def blocks() -> tuple[Block, ...]:
    """No table of its own."""
    return ()
