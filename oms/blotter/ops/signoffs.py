"""The signature under each reconciliation: an account, a kind and a day, also where nothing broke."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from oms.blotter.ops import choices
from oms.blotter.ops.cells import Cell, Column, Row, day, moment, qty, state, text, words
from oms.blotter.ops.sheet import Act, Asked, Field, Filter, Found, Sheet, equal
from orders.models import Account
from orders.reference import business_date
from settlement.models import SignOff
from settlement.recon import signing
from settlement.recon.signing import Stand
from settlement.statements import KINDS

BACK = timedelta(days=14)


def nothing(_value: str) -> Q:
    """A filter of what is computed, not of statements."""
    return Q()


class SignOffs(Sheet):
    """How each reconciliation stands, the newest day first, those without a signature first."""

    slug, title = "sign-offs", "Reconciliations to sign"
    empty = "No statement has come for that. Without one named, the last fortnight is shown."
    columns = (
        Column("day", "Day"),
        Column("kind", "Of"),
        Column("account", "Account"),
        Column("state", "State"),
        Column("matches", "Matched", "num"),
        Column("breaks", "Breaks", "num", hint="That its statements showed"),
        Column("open", "Still live", "num"),
        Column("unowned", "Without owner", "num", hint="Each break must have one before the day is signed"),
        Column("by", "Signed by"),
        Column("at", "Signed (UTC)"),
    )
    filters = (
        Filter("day", "Day", "date", equal("day")),
        Filter("kind", "Of", "choice", equal("kind"), lambda: [(one, one) for one in KINDS]),
        Filter("account", "Account", "choice", equal("account__code"), choices.accounts),
        Filter("signed", "Signed", "choice", nothing, lambda: [("no", "not signed"), ("yes", "signed")]),
    )
    acts = (
        Act("sign", "Sign", "s", "/api/v1/recon/sign-offs/",
            "Your name under the day. Whoever resolved one of its breaks does not sign it.",
            (Field("text", "Remark", required=False),)),
    )  # fmt: skip

    def read(self, asked: Asked) -> Found:
        """What the signatures know; statements are read for the days asked for alone."""
        if asked.faults:
            return Found((), 0)
        which = Q() if "day" in asked.values else Q(day__gte=business_date() - BACK)
        for one in self.filters:
            if one.name in asked.values:
                which &= one.narrow(asked.values[one.name])
        found = [one for one in signing.stands(which) if self._asked(one, asked)]
        found.sort(key=lambda one: (one.day, not one.signed, one.kind), reverse=True)
        codes = dict(Account.objects.values_list("pk", "code"))
        signed = {
            (one.kind, one.account_id, one.day): one
            for one in SignOff.objects.filter(day__in={one.day for one in found}).select_related("signed_by")
        }
        rows = [self._row(one, codes.get(one.account or 0, ""), signed) for one in found]
        return self.listed(rows, asked, (("to sign", text(sum(not one.signed for one in found))),))

    def _asked(self, one: Stand, asked: Asked) -> bool:
        return asked.values.get("signed") in (None, "yes" if one.signed else "no")

    def _row(self, one: Stand, account: str, signed: dict[Any, SignOff]) -> Row:
        done = signed.get((one.kind, one.account, one.day))
        at = "signed" if one.signed else "not_compared" if one.waiting else "unsigned"
        given = {"kind": one.kind, "day": one.day.isoformat()} | ({"account": account} if account else {})
        cells = (
            day(one.day), words(one.kind), text(account or "firm"), state(at), qty(one.matches),
            _breaks(one.breaks, one, account), _breaks(one.live, one, account),
            text(one.unowned, tone="warn" if one.unowned else ""),
            text(done.signed_by.username if done else ""), moment(done.signed_at if done else None),
        )  # fmt: skip
        return Row(f"{one.kind}.{account}.{one.day}", cells, ("sign",) if at == "unsigned" else (), "", given)


def _breaks(count: int, one: Stand, account: str) -> Cell:
    """A number of breaks, leading to them."""
    given = {"kind": one.kind} | ({"account": account} if account else {})
    return text(count, href=f"{reverse('ops-sheet', args=['breaks'])}?{urlencode(given)}" if count else "")


def waiting() -> int:
    """Reconciliations of the last fortnight that nobody has signed."""
    return sum(not one.signed for one in signing.stands(Q(day__gte=_since())))


def _since() -> date:
    return business_date() - BACK
