"""Canceling and amending many orders from a list: a page that shows what would become of each, then exactly that."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from oms.admin.base import ByRole, tell
from oms.base.clock import now
from oms.base.money import plain
from oms.base.refusal import Refusal
from oms.desk import by_filter
from oms.desk.asked import Actor
from oms.desk.by_filter import Change, Done, Foreseen, Preview
from oms.desk.chosen import Choice
from orders.adjust import Step, read_price, read_qty
from orders.models import Order, User

MOST_SHOWN, MOST_TOLD = 200, 20
_LINE = re.compile(r"(^|\s)-?[A-Za-z_]+(<=|>=|:|<|>|=)\S")


def is_line(text: str) -> bool:
    """Whether somebody means a filter line, and no identifier."""
    return _LINE.search(text) is not None


class Verb(Protocol):
    """What is done with the orders: its action's name, its words, and its two steps."""

    action: str
    word: str
    past: str
    asks_terms: bool

    def look(self, choice: Choice, request: HttpRequest, actor: Actor) -> Preview | tuple[Refusal, ...]: ...
    def act(self, token: str, actor: Actor) -> list[Done] | Refusal: ...


class Cancel:
    """Taking them back."""

    action, word, past, asks_terms = "cancel_many", "Cancel", "canceled, or asked to be canceled", False

    def look(self, choice: Choice, request: HttpRequest, actor: Actor) -> Preview | tuple[Refusal, ...]:
        """What canceling would come to."""
        return by_filter.preview_cancel(choice, actor, now())

    def act(self, token: str, actor: Actor) -> list[Done] | Refusal:
        """Cancel what was shown."""
        return by_filter.cancel(token, actor, now())


class Amend:
    """New terms, said once for all of them."""

    action, word, past, asks_terms = "amend_many", "Amend", "amended, or asked to be amended", True

    def look(self, choice: Choice, request: HttpRequest, actor: Actor) -> Preview | tuple[Refusal, ...]:
        """What the terms in the form would come to."""
        read: dict[str, Step | Refusal | None] = {}
        for name, reader in (("price", read_price), ("order_qty", read_qty)):
            text = request.POST.get(name, "").strip()[:60]
            read[name] = reader(text, name) if text else None
        faults = tuple(one for one in read.values() if isinstance(one, Refusal))
        if faults or not any(read.values()):
            return faults or (Refusal("MISSING", "price", "Give a price, a quantity or both"),)
        price, qty = (step if isinstance(step, Step) else None for step in read.values())
        return by_filter.preview_amend(choice, Change(price, qty), actor, now())

    def act(self, token: str, actor: Actor) -> list[Done] | Refusal:
        """Amend as was shown."""
        return by_filter.amend(token, actor, now())


def work(page: ByRole, request: HttpRequest, rows: QuerySet[Order], verb: Verb) -> HttpResponse | None:
    """The step that the form stands at: ask for terms, show what would happen, or do it."""
    assert isinstance(request.user, User)
    actor = Actor.of(request.user)
    if token := request.POST.get("token"):
        _told(page, request, verb.act(token, actor), verb)
        return None
    keys = _keys(request, rows)
    if not keys:
        tell(page, request, [Refusal("ORDER_CLOSED", "", "None of these orders is working")])
        return None
    if verb.asks_terms and "look" not in request.POST:
        return _page(page, request, verb, keys, None, ())
    found = verb.look(Choice(None, keys), request, actor)
    if isinstance(found, Preview):
        return _page(page, request, verb, keys, found, ())
    if verb.asks_terms:
        return _page(page, request, verb, keys, None, found)
    tell(page, request, found)
    return None


def _keys(request: HttpRequest, rows: QuerySet[Order]) -> tuple[int, ...]:
    """The working orders among the rows; on the second page those of the first, in one field: a form has few fields."""
    told = request.POST.get("keys", "")
    if told:
        return tuple(int(key) for key in told.split(",") if key.isascii() and key.isdigit() and len(key) < 19)
    return tuple(rows.filter(parent__isnull=True, leaves_qty__gt=0).order_by("pk").values_list("pk", flat=True))


def _page(
    page: ByRole, request: HttpRequest, verb: Verb, keys: Sequence[int], found: Preview | None,
    faults: Sequence[Refusal],
) -> HttpResponse:  # fmt: skip
    rows = found.rows if found else []
    able = [row for row in rows if row.answer.accepted]
    context = {
        **page.admin_site.each_context(request), "title": f"{verb.word} many orders", "opts": page.opts, "verb": verb,
        "count": len(keys), "able": len(able), "preview": found, "faults": faults, "terms": request.POST,
        "lines": [_line(row) for row in sorted(rows, key=lambda row: row.answer.accepted)[:MOST_SHOWN]],
        "more": max(0, len(rows) - MOST_SHOWN), "checkbox": ACTION_CHECKBOX_NAME, "key": keys[0],
        "keys": ",".join(map(str, keys)),
        "by": {
            "Instrument": _counted(row.shown.symbol for row in able), "Side": _counted(row.shown.side for row in able),
            "Status": _counted(row.shown.ord_status for row in able),
            "Asked of": _counted(venue for row in able if row.asked for venue in row.shown.venues),
        },
    }  # fmt: skip
    return TemplateResponse(request, "oms/admin/many.html", context)


def _line(row: Foreseen) -> dict[str, Any]:
    shown = row.shown
    refused = "; ".join(one.text for one in row.answer.refusals)
    happens = f"asked of {', '.join(shown.venues)}" if row.asked else "at once"
    return {
        "shown": shown, "leaves_qty": plain(shown.leaves_qty), "price": plain(shown.price) or "market",
        "new_qty": plain(row.order_qty), "new_price": plain(row.price), "refused": refused, "happens": happens,
    }  # fmt: skip


def _counted(values: Iterable[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(values).most_common(8))


def _told(page: ByRole, request: HttpRequest, found: list[Done] | Refusal, verb: Verb) -> None:
    """What became of them; the refused by name, as many as anybody reads."""
    if isinstance(found, Refusal):
        tell(page, request, [found])
        return
    refused = [one for one in found if one.answer.refusals]
    refusals = [
        one.answer.refusals[0]._replace(text=f"Order {one.order_id}: {one.answer.refusals[0].text}")
        for one in refused[:MOST_TOLD]
    ]
    if len(refused) > MOST_TOLD:
        refusals.append(Refusal("", "", f"{len(refused) - MOST_TOLD} more orders were refused"))
    count = len(found) - len(refused)
    tell(page, request, refusals, f"{count} orders {verb.past}" if count else "")
