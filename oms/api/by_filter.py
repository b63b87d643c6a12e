"""Canceling and amending by filter: a preview with a token, then exactly what the preview showed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from oms.api import shapes_by_filter as described
from oms.api.answers import answer
from oms.api.fields import Field, ascii_text, flag, key, take, text
from oms.api.problems import STATUS, Problem, error_body
from oms.api.views import View, object_body
from oms.base.clock import now
from oms.base.refusal import Refusal
from oms.desk import by_filter
from oms.desk.asked import CHANGES, Actor, Answer
from oms.desk.by_filter import Change, Done, Foreseen, Preview
from oms.desk.chosen import MOST, Choice, Shown
from oms.desk.sealed import LONGEST
from orders.adjust import Step, read_price, read_qty
from orders.filter import LONGEST as LONGEST_LINE

Values = Mapping[str, Any]
Image = dict[str, Any]


def keys(raw: Any, name: str) -> tuple[int, ...] | Refusal:
    """A list of ids, each once."""
    if not isinstance(raw, list) or not raw:
        return Refusal("BAD_VALUE", name, f"{name} must be a list of order ids")
    if len(raw) > MOST:
        return Refusal("TOO_MANY", name, f"{len(raw)} orders; at most {MOST} at a time")
    read: list[int | Refusal] = [key(one, name) for one in raw]
    wrong = next((one for one in read if isinstance(one, Refusal)), None)
    return wrong or tuple(dict.fromkeys(one for one in read if not isinstance(one, Refusal)))


def step(read: Callable[[str, str], Step | Refusal]) -> Callable[[Any, str], Any]:
    """New terms said in one word; an integer as JSON has it is one, too."""

    def reader(raw: Any, name: str) -> Step | Refusal:
        if isinstance(raw, bool) or not isinstance(raw, str | int):
            return Refusal("BAD_NUMBER", name, f"{name} must be a string such as {'-50%' if 'qty' in name else '+2t'}")
        return read(str(raw)[:60], name)

    return reader


CHOICE = {"filter": Field(text(LONGEST_LINE, empty=True), None), "order_ids": Field(keys, None)}
TERMS = {
    "price": Field(step(read_price), None),
    "order_qty": Field(step(read_qty), None),
    "acknowledge_soft": Field(flag, False),
    "acknowledge_reason": Field(text(500, empty=True), ""),
}
TOKEN = {"token": Field(ascii_text(LONGEST))}


class CancelByFilter(View):
    """Taking many orders back."""

    access = {"POST": CHANGES}

    @extend_schema(**described.CANCEL)
    def post(self, request: Request) -> HttpResponse:
        """Preview with `filter` or `order_ids`; with the preview's `token`, cancel exactly those orders."""
        given, actor = object_body(request), Actor.of(self.user(request))
        if "token" in given:
            values = _read(given, {**TOKEN, "unchanged": Field(flag, False)})
            return _acted(by_filter.cancel(values["token"], actor, now(), unchanged=values["unchanged"]))
        values = _read(given, CHOICE)
        return _previewed(by_filter.preview_cancel(_choice(values), actor, now()))


class AmendByFilter(View):
    """New terms for many orders."""

    access = {"POST": CHANGES}

    @extend_schema(**described.AMEND)
    def post(self, request: Request) -> HttpResponse:
        """Preview with `filter` or `order_ids` and the new terms; with the preview's `token`, amend exactly so."""
        given, actor = object_body(request), Actor.of(self.user(request))
        if "token" in given:
            return _acted(by_filter.amend(_read(given, TOKEN)["token"], actor, now()))
        values = _read(given, CHOICE | TERMS)
        choice, change = _choice(values), Change(*(values[name] for name in TERMS))
        if change.price is None and change.order_qty is None:
            raise Problem.of([Refusal("MISSING", "price", "give price, order_qty or both")], HTTPStatus.BAD_REQUEST)
        return _previewed(by_filter.preview_amend(choice, change, actor, now()))


def _read(given: Values, fields: Mapping[str, Field]) -> Values:
    values, faults = take(given, fields)
    if faults:
        raise Problem.of(faults, _status(faults))
    return values


def _choice(values: Values) -> Choice:
    line, order_ids = values["filter"], values["order_ids"]
    if (line is None) == (order_ids is None):
        raise Problem.of([Refusal("MISSING", "filter", "give filter or order_ids, one of them")], 400)
    return Choice(line, order_ids or ())


def _status(faults: Sequence[Refusal]) -> int:
    code = faults[0].code
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if code == "TOO_MANY" else STATUS.get(code, HTTPStatus.BAD_REQUEST)


def _previewed(found: Preview | tuple[Refusal, ...]) -> HttpResponse:
    if not isinstance(found, Preview):
        raise Problem.of(found, _status(found))
    rows = [_foreseen(row) for row in found.rows]
    return answer({
        "token": found.token, "expires_at": found.expires_at, "total": len(rows), "counts": counts(found.rows),
        "rows": rows,
    })  # fmt: skip


def counts(rows: Sequence[Foreseen]) -> dict[str, dict[str, int]]:
    """How many orders by what would become of them, by status, side, symbol and venue."""
    return {
        "outcome": _counted(outcome(row) for row in rows),
        "ord_status": _counted(row.shown.ord_status for row in rows),
        "side": _counted(row.shown.side for row in rows),
        "symbol": _counted(row.shown.symbol for row in rows),
        "venue": _counted(venue for row in rows for venue in row.shown.venues or ("",)),
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(Counter(values).most_common())


def outcome(row: Foreseen) -> str:
    """Asked of its venue, done at once, or refused."""
    return "refused" if row.answer.refusals else "asked" if row.asked else "done"


def _foreseen(row: Foreseen) -> Image:
    return {
        **image(row.shown), "outcome": outcome(row), "new_order_qty": row.order_qty, "new_price": row.price,
        **_told(row.answer),
    }  # fmt: skip


def image(shown: Shown) -> Image:
    """An order as the preview shows it."""
    values = shown._asdict()
    del values["instrument_id"]
    return {**values, "order_id": str(shown.order_id)}


def _told(reply: Answer) -> Image:
    errors = [{**error_body(one), **({"soft": True} if reply.soft else {})} for one in reply.refusals]
    return {"errors": errors}


def _acted(found: list[Done] | Refusal) -> HttpResponse:
    if isinstance(found, Refusal):
        raise Problem.of([found], HTTPStatus.CONFLICT if found.code == "TOKEN_EXPIRED" else HTTPStatus.BAD_REQUEST)
    results = [_result(one) for one in found]
    return answer({
        "total": len(results),
        "counts": {
            "done": sum(one.answer.accepted for one in found), "refused": sum(not one.answer.accepted for one in found),
            "repeated": sum(one.repeated for one in found),
        },
        "results": results,
    })  # fmt: skip


def _result(one: Done) -> Image:
    reply = one.answer
    refused = reply.refusals[0].code if reply.refusals else ""
    return {
        "order_id": str(one.order_id), "status": STATUS.get(refused, 422) if refused else 200,
        "seen_version": one.seen, "version": reply.version, "ord_status": reply.ord_status, "repeated": one.repeated,
        **_told(reply),
    }  # fmt: skip
