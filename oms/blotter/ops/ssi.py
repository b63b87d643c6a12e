"""The book of standing settlement instructions: rows in force, rows that wait for a second person, rows replaced."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, QuerySet

from oms.blotter.ops import choices
from oms.blotter.ops.cells import Block, Cell, Column, Detail, Row, day, moment, state, table, text, words
from oms.blotter.ops.sheet import REASON, Act, Field, Filter, Sheet, equal, has, number
from settlement.models import StandingInstruction

PATH = "/api/v1/standing-instructions/"
STATES = {
    "proposed": Q(checked_by=None),
    "in_force": Q(checked_by__isnull=False, superseded_by=None),
    "superseded": Q(superseded_by__isnull=False),
}
SCOPE = ("account", "party", "market", "currency", "asset_class")
SAYS = (
    "place_of_settlement", "counterparty", "agent_bic", "safekeeping_account", "cash_account", "valid_from", "valid_to",
)  # fmt: skip
TERMS = (
    Field("account", "Account of ours", "choice", False, choices.any_account),
    Field("party", "or of this counterparty", "number", False),
    Field("market", "Market", "number", False, hint="any; US, UK, XETRA"),
    Field("currency", "Currency", "number", False, hint="any"),
    Field("asset_class", "Asset class", "choice", False, choices.asset_classes),
    Field("place_of_settlement", "Place of settlement (BIC)", "number", False, hint="DTCYUS33"),
    Field("counterparty", "Who stands on the other side", "number", False),
    Field("agent_bic", "Agent (BIC)", "number", False),
    Field("safekeeping_account", "Safekeeping account", "number", False),
    Field("cash_account", "Cash account", "number", False),
    Field("valid_from", "In force from", "date"),
    Field("valid_to", "to", "date", False),
    REASON,
)


class StandingInstructions(Sheet):
    """Rows of the book, those that wait first."""

    slug, title = "standing-instructions", "Standing settlement instructions"
    empty = "No standing instruction is like that: the usual place of each market is taken."
    columns = (
        Column("ssi", "SSI", sort="pk"),
        Column("state", "State"),
        Column("whose", "Whose", sort="account__code"),
        Column("market", "Market", sort="market"),
        Column("currency", "Ccy", sort="currency"),
        Column("asset_class", "Asset class", sort="asset_class"),
        Column("place", "Place", sort="place_of_settlement"),
        Column("party", "Counterparty", sort="counterparty"),
        Column("agent", "Agent", sort="agent_bic"),
        Column("safekeeping", "Safekeeping", sort="safekeeping_account"),
        Column("cash", "Cash account", sort="cash_account"),
        Column("from", "From", sort="valid_from"),
        Column("to", "To", sort="valid_to"),
        Column("by", "Written by", sort="made_by__username"),
        Column("checked", "Checked by", sort="checked_by__username"),
    )
    filters = (
        Filter(
            "state", "State", "choice", lambda value: STATES[value], lambda: [(one, words(one).text) for one in STATES]
        ),
        Filter("account", "Account", "choice", equal("account__code"), choices.accounts),
        Filter("party", "Party", "text", has("party")),
        Filter("market", "Market", "text", has("market")),
    )
    finds = (
        has("account__code"),
        has("party"),
        has("market"),
        has("place_of_settlement"),
        has("agent_bic"),
        number("pk"),
    )
    acts = (
        Act("propose", "Propose", "n", PATH, "It changes nothing before another person has checked it.", TERMS,
            alone=True),
        Act("check", "Check", "y", f"{PATH}{{key}}/check/",
            "Second person: it is in force, in the place of the one of the same scope. What was not sent follows it.",
            shows=True),
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        """Every row."""
        return StandingInstruction.objects.select_related("account", "made_by", "checked_by")

    def ordered(self, rows: QuerySet[Any], asked: Any) -> QuerySet[Any]:
        """What waits has not been checked, and comes first."""
        if asked.sort:
            return super().ordered(rows, asked)
        return rows.order_by(F("checked_at").desc(nulls_first=True), "-pk")

    def shown(self, rows: Sequence[StandingInstruction]) -> list[Row]:
        """A row as it stands."""
        return [
            Row(
                str(one.pk),
                (text(one.pk, href=f"?open={one.pk}"), state(state_of(one)), whose(one), text(one.market),
                 text(one.currency), words(one.asset_class), text(one.place_of_settlement), text(one.counterparty),
                 text(one.agent_bic), text(one.safekeeping_account), text(one.cash_account), day(one.valid_from),
                 day(one.valid_to), text(one.made_by.username),
                 text(one.checked_by.username if one.checked_by else "")),
                acts_for(one),
                "gone" if one.superseded_by_id else "",
            )
            for one in rows
        ]  # fmt: skip

    def detail(self, key: int) -> Detail | None:
        """What it says, beside what the row says whose place it takes."""
        one = self.rows().filter(pk=key).first()
        if one is None:
            return None
        return Detail(f"SSI {one.pk}", state(state_of(one)), _facts(one), (_replaced(one),), acts=acts_for(one))


def state_of(one: StandingInstruction) -> str:
    """proposed, in_force or superseded."""
    return "superseded" if one.superseded_by_id else "in_force" if one.checked_by_id else "proposed"


def whose(one: StandingInstruction) -> Cell:
    """An account, a counterparty, or all accounts of ours."""
    return text(one.account.code if one.account else one.party or "all of ours", tone="strong")


def acts_for(one: StandingInstruction) -> tuple[str, ...]:
    """What may be done with it now."""
    return () if one.checked_by_id else ("check",)


def _facts(one: StandingInstruction) -> tuple[tuple[str, Cell], ...]:
    later = one.superseded_by_id
    return (
        ("Whose", whose(one)), ("Market", text(one.market)), ("Currency", text(one.currency)),
        ("Asset class", words(one.asset_class)), ("Place of settlement", text(one.place_of_settlement)),
        ("Counterparty", text(one.counterparty)), ("Agent", text(one.agent_bic)),
        ("Safekeeping account", text(one.safekeeping_account)), ("Cash account", text(one.cash_account)),
        ("In force from", day(one.valid_from)), ("to", day(one.valid_to)), ("Reason", text(one.reason)),
        ("Written by", text(one.made_by.username)), ("Written (UTC)", moment(one.made_at)),
        ("Checked by", text(one.checked_by.username if one.checked_by else "")),
        ("Checked (UTC)", moment(one.checked_at)),
        ("Superseded by", text(later, href=f"?open={later}" if later else "")),
    )  # fmt: skip


def _replaced(one: StandingInstruction) -> Block:
    """The row of the same scope whose place it took, or would take."""
    same = StandingInstruction.objects.filter(**{name: getattr(one, name) for name in SCOPE}).exclude(pk=one.pk)
    found = same.filter(superseded_by=one) if one.checked_by_id else same.filter(STATES["in_force"])
    before = found.order_by("-pk").first()
    if before is None:
        return table("In the place of", "What | Before | Now", (), "None of this scope was in force.")
    rows = (
        Row(name, (words(name), text(getattr(before, name)), text(getattr(one, name))),
            tone="head" if getattr(before, name) != getattr(one, name) else "")
        for name in SAYS
    )  # fmt: skip
    return table(f"In the place of SSI {before.pk}", "What | Before | Now", rows, href=f"?open={before.pk}")


def waiting() -> int:
    """Rows that a second person has not looked at."""
    return StandingInstruction.objects.filter(STATES["proposed"]).count()
