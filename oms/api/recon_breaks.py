"""Breaks and what is done about them."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from oms.api import idempotency, pages, recon_rows, recon_shapes, schema
from oms.api.access import FIRM_WIDE, OPERATIONS
from oms.api.answers import answer
from oms.api.fields import Field, Read, choice, key, take, text
from oms.api.problems import Problem
from oms.api.recon_words import KIND, answered, as_list, asked_for, day_of, enum, parameters
from oms.api.views import View, json_body, object_body
from oms.base.refusal import Refusal
from orders.models import User
from orders.reference import business_date
from settlement.advance import HOME_CALENDAR
from settlement.models import Break
from settlement.recon import breaklife, casework
from settlement.recon.matching import TYPES
from settlement.standing import standing

LIVE = "live"
LONGEST_AGE = 1_000


def _age(raw: Any, name: str) -> int | Refusal:
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 5 and int(raw) <= LONGEST_AGE:
        return int(raw)
    return Refusal("BAD_VALUE", name, f"{name} must be business days from 0 to {LONGEST_AGE}")


TYPE = choice(enum("Type", TYPES))
REASON = choice(enum("Reason", breaklife.REASONS))
BREAKS: dict[str, Read] = {
    "kind": KIND, "account": text(16), "type": TYPE, "state": choice(enum("State", [LIVE, *breaklife.STATES])),
    "owner": text(150), "opened_on": day_of, "age": _age,
}  # fmt: skip


class Breaks(View):
    """Breaks."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="recon_breaks_list", parameters=parameters(BREAKS),
        responses=schema.said(schema.paged(recon_shapes.BreakShape, "ReconBreak")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """The breaks, newest first."""
        query = pages.read(request, BREAKS, single=frozenset({"age"}))
        age, states = query.one("age"), query.pop("state", [])
        query.pop("age", None)
        which = asked_for(query, {"account": "account__code", "owner": "owner__username"})
        if states:
            live = Q(state__in=breaklife.LIVE) if LIVE in states else Q(pk__in=[])
            which &= live | Q(state__in=[state for state in states if state != LIVE])
        if age:
            which &= Q(opened_on__lte=_days_ago(age))
        return pages.page(request, Break.objects.filter(which), query, recon_rows.images)

    @extend_schema(
        operation_id="recon_breaks_act", parameters=[schema.KEY], request=recon_shapes.ActRequest(many=True),
        responses=schema.said(recon_shapes.OneAnswer(many=True), 409, 413, 415, 422),
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Do one thing with each of several breaks; an answer each, in order."""
        user, given = self.user(request), as_list(json_body(request))
        wishes = [_wish(one, user, _NAMED) for one in given]
        return idempotency.once(request, user, lambda: _each(wishes, user))


class OneBreak(View):
    """One break."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(operation_id="recon_breaks_read", responses=schema.said(recon_shapes.BreakShape, 404))
    def get(self, request: Request, break_id: str) -> HttpResponse:
        """The break with its history."""
        return answer(_one(break_id))


def _described(verb: str) -> Any:
    return extend_schema(
        operation_id=f"recon_breaks_{verb}", parameters=[schema.KEY], request=recon_shapes.ActRequest,
        responses=schema.said(recon_shapes.BreakShape, 404, 409, 412, 415, 422),
    )  # fmt: skip


class _Act(View):
    """POST does one thing with one break."""

    access = {"POST": OPERATIONS}
    verb = ""

    def _post(self, request: Request, break_id: str) -> HttpResponse:
        user, number = self.user(request), key(break_id, "id")
        if isinstance(number, Refusal):
            raise Problem(404, "NOT_FOUND", f"there is no break {break_id}")
        wish = _wish(object_body(request) if request._request.body else {}, user, {})
        if not isinstance(wish, breaklife.Wish):
            raise Problem.of(wish, 400)

        def work() -> HttpResponse:
            [done] = casework.act([wish._replace(id=number, verb=self.verb)], casework.Actor(user.pk, user.username))
            if isinstance(done, Refusal):
                raise Problem.of([done])
            return answer(_one(break_id))

        return idempotency.once(request, user, work)


class AssignBreak(_Act):
    """Whose it is."""

    verb = "assign"

    @_described("assign")
    def post(self, request: Request, break_id: str) -> HttpResponse:
        """Assign the break to yourself, or to the owner named."""
        return self._post(request, break_id)


class NoteBreak(_Act):
    """A note in its history."""

    verb = "note"

    @_described("note")
    def post(self, request: Request, break_id: str) -> HttpResponse:
        """Write a note into the history of the break."""
        return self._post(request, break_id)


class ResolveBreak(_Act):
    """Why it is none."""

    verb = "resolve"

    @_described("resolve")
    def post(self, request: Request, break_id: str) -> HttpResponse:
        """Resolve the break with a reason and a text. Money that is written off waits for a second person."""
        return self._post(request, break_id)


class ConfirmBreak(_Act):
    """The second person's yes."""

    verb = "confirm"

    @_described("confirm")
    def post(self, request: Request, break_id: str) -> HttpResponse:
        """Confirm that the money is written off; it is posted to suspense."""
        return self._post(request, break_id)


class RefuseBreak(_Act):
    """The second person's no."""

    verb = "refuse"

    @_described("refuse")
    def post(self, request: Request, break_id: str) -> HttpResponse:
        """Refuse to write the money off; the break goes on."""
        return self._post(request, break_id)


def _days_ago(age: int) -> date:
    """The day that lies so many business days before the present one; a calendar that begins later counts days."""
    today, calendar = business_date(), standing().calendars.get(HOME_CALENDAR)
    if calendar is None or today - timedelta(days=2 * age + 14) < calendar.valid_from:
        return today - timedelta(days=age)
    return calendar.add(today, -age)


_NAMED = {"id": Field(key), "verb": Field(choice(enum("Verb", breaklife.VERBS)))}
_FIELDS = {
    "owner": Field(text(150), ""), "reason": Field(REASON, ""), "text": Field(text(300), ""),
    "entry": Field(key, None, nullable=True), "adjustment": Field(text(64), ""),
    "version": Field(key, None, nullable=True),
}  # fmt: skip


def _wish(given: dict[str, Any], user: User, more: dict[str, Field]) -> breaklife.Wish | tuple[Refusal, ...]:
    values, faults = take(given, {**more, **_FIELDS})
    if faults:
        return faults
    name = values.pop("owner")
    owner = User.objects.filter(username=name).values_list("pk", flat=True).first() if name else user.pk
    if owner is None:
        return (Refusal("BAD_VALUE", "owner", "there is no such user"),)
    return breaklife.Wish(**{"id": 0, "verb": "", **values}, owner=owner)


def _each(wishes: list[breaklife.Wish | tuple[Refusal, ...]], user: User) -> HttpResponse:
    good = [wish for wish in wishes if isinstance(wish, breaklife.Wish)]
    done = iter(casework.act(good, casework.Actor(user.pk, user.username)))
    said = [next(done) if isinstance(wish, breaklife.Wish) else list(wish) for wish in wishes]
    return answer([answered(None if isinstance(one, casework.Acted) else one, 200) for one in said])


def _one(break_id: str) -> dict[str, Any]:
    number = key(break_id, "id")
    found = [] if isinstance(number, Refusal) else recon_rows.images(Break.objects.filter(pk=number))
    if not found:
        raise Problem(404, "NOT_FOUND", f"there is no break {break_id}")
    return found[0]
