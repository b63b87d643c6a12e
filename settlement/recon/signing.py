"""The signature under a day: what was matched and what broke, an account and kind each, also where nothing broke."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Q, Sum

from oms.base import sets
from oms.base.clock import now
from oms.base.locks import locked
from oms.base.refusal import Refusal
from orders.models import Account
from settlement.models import Break, Reconciliation, SignOff, Statement
from settlement.recon.breaklife import LIVE
from settlement.recon.casework import Actor

SIGNED = (
    "kind", "account", "day", "matches", "breaks", "open_breaks", "resolver", "signed_by", "signed_at", "text",
)  # fmt: skip


class Wanted(NamedTuple):
    """What is to be signed. ``account`` is None for drop copies."""

    kind: str
    account: int | None
    day: date
    text: str = ""

    @property
    def key(self) -> tuple[str, int | None, date]:
        """What is signed once."""
        return self.kind, self.account, self.day


class Stand(NamedTuple):
    """How a reconciliation stands: counts, live breaks (``unowned`` have nobody), who resolved some of them."""

    kind: str
    account: int | None
    day: date
    matches: int
    breaks: int
    waiting: int
    live: int
    unowned: int
    resolvers: tuple[int, ...]
    signed: bool


def stands(which: Q) -> list[Stand]:
    """How everything stands that has a statement among ``which`` (a condition on statements). Three SELECTs."""
    rows = (
        Statement.objects.filter(which, replaced_by=None)
        .order_by("day", "kind", "account_id")
        .values("kind", "account_id", "day")
        .annotate(
            statements=Count("pk"), done=Count("reconciliation"), matches=Sum("reconciliation__matches", default=0),
            breaks=Sum("reconciliation__breaks", default=0),
        )
    )  # fmt: skip
    found = list(rows)
    days = {row["day"] for row in found}
    signed = set(SignOff.objects.filter(day__in=days).values_list("kind", "account_id", "day"))
    breaks = _breaks(days)
    return [_stand(row, signed, breaks) for row in found]


def _breaks(days: Iterable[date]) -> dict[Any, list[tuple[Any, ...]]]:
    """The breaks that a statement of the days may have shown, by kind and account; drop copies have none."""
    found: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    if not days:
        return found
    rows = Break.objects.filter(opened_on__lte=max(days), seen_on__gte=min(days)) | Break.objects.filter(
        state__in=LIVE, opened_on__lte=max(days)
    )
    columns = ("kind", "account_id", "opened_on", "seen_on", "state", "owner_id", "resolved_by_id", "confirmed_by_id")
    for row in rows.values_list(*columns):
        found[row[0], None if row[0] == "dropcopy" else row[1]].append(row)
    return found


def _stand(row: Any, signed: set[Any], breaks: Mapping[Any, Sequence[Any]]) -> Stand:
    day = row["day"]
    of_it = [b for b in breaks.get((row["kind"], row["account_id"]), ()) if b[2] <= day]
    live = [b for b in of_it if b[4] in LIVE]
    people = {who for b in of_it if b[3] >= day for who in b[6:8] if who is not None}
    return Stand(
        row["kind"], row["account_id"], day, row["matches"], max(row["breaks"], len(live)),
        row["statements"] - row["done"], len(live), sum(b[5] is None for b in live), tuple(sorted(people)),
        (row["kind"], row["account_id"], day) in signed,
    )  # fmt: skip


def sign(wanted: Sequence[Wanted], actor: Actor) -> list[Refusal | None]:
    """Sign; a refusal (or None) each, in order.

    Refused while a statement is not compared yet, while a break has no owner, by whoever resolved one of its breaks,
    and the second time.
    """
    with transaction.atomic():
        # Who signs and who resolves meet at the accounts, so that neither overlooks the other.
        list(locked(Account.objects.filter(pk__in={one.account for one in wanted if one.account})).values_list("pk"))
        at = now()
        days = {one.day for one in wanted}
        known = {(one.kind, one.account, one.day): one for one in stands(Q(day__in=days))} if days else {}
        rows: dict[Any, tuple[Any, ...]] = {}
        answers: list[Refusal | None] = []
        for one in wanted:
            stand = known.get(one.key)
            refusal = _refusal(one, stand, actor, rows)
            answers.append(refusal)
            if refusal is None and stand is not None:
                resolver = stand.resolvers[0] if stand.resolvers else None
                rows[one.key] = (
                    *one.key, stand.matches, stand.breaks, stand.live, resolver, actor.id, at, one.text[:300],
                )  # fmt: skip
        sets.insert(SignOff, SIGNED, list(rows.values()))
        return answers


def _refusal(one: Wanted, stand: Stand | None, actor: Actor, rows: dict[Any, Any]) -> Refusal | None:
    what = f"{one.kind} of {one.day}"
    if stand is None:
        return Refusal("NO_STATEMENT", "day", f"there is no statement for the {what}")
    if stand.signed or one.key in rows:
        return Refusal("SIGNED", "", f"the {what} are signed already")
    if stand.waiting:
        return Refusal("NOT_COMPARED", "", f"{stand.waiting} statements of the {what} are not compared yet")
    if stand.unowned:
        return Refusal("BREAKS_OPEN", "", f"{stand.unowned} breaks of the {what} have no owner")
    if actor.id in stand.resolvers:
        return Refusal("SECOND_PERSON", "", f"you resolved a break of the {what}: somebody else signs")
    return None


def unsigned(day: date) -> list[Stand]:
    """What has a statement of ``day`` and no signature."""
    return [one for one in stands(Q(day=day)) if not one.signed]


def compared(day: date) -> tuple[int, int]:
    """How many statements of ``day`` hold, and how many of them were compared. Two SELECTs."""
    rows = Statement.objects.filter(day=day, replaced_by=None)
    return rows.count(), Reconciliation.objects.filter(statement__in=rows).count()
