"""Reconciliation: statements received, breaks and what is done about them, and the signatures under a day."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from oms.api import idempotency, pages, recon_rows, recon_shapes, schema
from oms.api.access import FIRM_WIDE, OPERATIONS
from oms.api.answers import answer
from oms.api.fields import Field, Read, choice, key, take, text
from oms.api.problems import STATUS, Problem, error_body
from oms.api.views import View, as_object, json_body, object_body
from oms.base.refusal import Refusal
from orders.models import Account, User
from orders.reference import business_date
from settlement.advance import HOME_CALENDAR
from settlement.models import Break, SignOff, Statement, StatementLine
from settlement.recon import breaklife, casework, signing
from settlement.recon.matching import TYPES
from settlement.standing import standing
from settlement.statements import KINDS

LIVE = "live"
MOST = 500
LONGEST_AGE = 1_000


def _enum(name: str, values: Any) -> Any:
    return StrEnum(name, [(value.upper(), value) for value in values])


def day_of(raw: Any, name: str) -> date | Refusal:
    """A day as ISO 8601 writes it."""
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        return Refusal("BAD_VALUE", name, f"{name} must be a date such as 2026-11-24")


def _age(raw: Any, name: str) -> int | Refusal:
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 5 and int(raw) <= LONGEST_AGE:
        return int(raw)
    return Refusal("BAD_VALUE", name, f"{name} must be business days from 0 to {LONGEST_AGE}")


KIND, TYPE = choice(_enum("Kind", KINDS)), choice(_enum("Type", TYPES))
REASON = choice(_enum("Reason", breaklife.REASONS))
STATEMENTS: dict[str, Read] = {"kind": KIND, "account": text(16), "day": day_of, "source": text(32)}
BREAKS: dict[str, Read] = {
    "kind": KIND, "account": text(16), "type": TYPE, "state": choice(_enum("State", [LIVE, *breaklife.STATES])),
    "owner": text(150), "opened_on": day_of, "age": _age,
}  # fmt: skip
SIGNED: dict[str, Read] = {"kind": KIND, "account": text(16), "day": day_of}
_SAID = {
    "kind": "holdings, movements, cash or dropcopy; may be repeated", "account": "may be repeated",
    "day": "may be repeated",
    "source": "custodian, a MIC or a broker's session; may be repeated", "type": "may be repeated",
    "state": "live, open, assigned, resolved or auto_closed; may be repeated", "owner": "username; may be repeated",
    "opened_on": "may be repeated", "age": "at least so many business days old",
}  # fmt: skip


def _parameters(filters: dict[str, Read]) -> list[OpenApiParameter]:
    named = [OpenApiParameter(name, str, description=_SAID[name]) for name in filters]
    return [*named, *schema.filters("limit", "cursor")]


class Statements(View):
    """Statements."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(
        operation_id="recon_statements_list", parameters=_parameters(STATEMENTS),
        responses=schema.said(schema.paged(recon_shapes.StatementShape, "Statement")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """The statements received, newest first."""
        query = pages.read(request, STATEMENTS)
        rows = Statement.objects.filter(_which(query, {"account": "account__code"}))
        return pages.page(request, rows, query, recon_rows.statements)


class StatementLines(View):
    """A statement's lines."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(
        operation_id="recon_statements_lines", parameters=schema.filters("limit", "cursor"),
        responses=schema.said(schema.paged(recon_shapes.StatementLineShape, "StatementLine"), 404),
    )  # fmt: skip
    def get(self, request: Request, statement_id: str) -> HttpResponse:
        """The lines as their sender wrote them."""
        found = key(statement_id, "id")
        if isinstance(found, Refusal) or not Statement.objects.filter(pk=found).exists():
            raise Problem(404, "NOT_FOUND", f"there is no statement {statement_id}")
        rows = StatementLine.objects.filter(statement=found)
        return pages.page(request, rows, pages.read(request, {}), recon_rows.lines, ascending=True)


class Breaks(View):
    """Breaks."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="recon_breaks_list", parameters=_parameters(BREAKS),
        responses=schema.said(schema.paged(recon_shapes.BreakShape, "ReconBreak")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """The breaks, newest first."""
        query = pages.read(request, BREAKS, single=frozenset({"age"}))
        age, states = query.one("age"), query.pop("state", [])
        query.pop("age", None)
        which = _which(query, {"account": "account__code", "owner": "owner__username"})
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
        user, given = self.user(request), _list(json_body(request))
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


class Reconciliations(View):
    """How each reconciliation stands."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(
        operation_id="recon_reconciliations_list",
        parameters=[OpenApiParameter(name, str, required=name == "day") for name in ("day", "kind", "account")],
        responses=schema.said(recon_shapes.StandShape(many=True)),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Every reconciliation of a day: counts, what is open, whether it is signed."""
        query = pages.read(request, SIGNED)
        if "day" not in query:
            raise Problem.of([Refusal("MISSING", "day", "name the day")], 400)
        found = signing.stands(_which(query, {"account": "account__code"}))
        codes = dict(Account.objects.values_list("pk", "code"))
        return answer([recon_rows.stand(one, codes) for one in found])


class SignOffs(View):
    """Signatures."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="recon_sign_offs_list", parameters=_parameters(SIGNED),
        responses=schema.said(schema.paged(recon_shapes.SignOffShape, "SignOff")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """The signatures, newest first."""
        query = pages.read(request, SIGNED)
        rows = SignOff.objects.filter(_which(query, {"account": "account__code"}))
        return pages.page(request, rows, query, recon_rows.signed)

    @extend_schema(
        operation_id="recon_sign_offs_sign", parameters=[schema.KEY], request=recon_shapes.SignRequest(many=True),
        responses=schema.said(recon_shapes.OneAnswer(many=True), 409, 413, 415, 422),
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Sign one reconciliation (an object), or several (a list; an answer each, in order)."""
        user, body = self.user(request), json_body(request)
        given = _list(body if isinstance(body, list) else [as_object(body)])
        codes = {str(one.get("account", "")) for one in given}
        accounts = dict(Account.objects.filter(code__in=codes).values_list("code", "pk"))
        wanted = [_wanted(one, accounts) for one in given]

        def work() -> HttpResponse:
            good = [one for one in wanted if isinstance(one, signing.Wanted)]
            done = iter(signing.sign(good, casework.Actor(user.pk, user.username)))
            said = [next(done) if isinstance(one, signing.Wanted) else one for one in wanted]
            if not isinstance(body, list) and said[0] is not None:
                raise Problem.of(said[0] if isinstance(said[0], list) else [said[0]])
            return answer([_answered(one, 201) for one in said], 200 if isinstance(body, list) else 201)

        return idempotency.once(request, user, work)


def _which(query: pages.Query, columns: dict[str, str]) -> Q:
    which = Q()
    for name, values in query.items():
        which &= Q(**{f"{columns.get(name, name)}__in": values})
    return which


def _days_ago(age: int) -> date:
    """The day that lies so many business days before the present one; a calendar that begins later counts days."""
    today, calendar = business_date(), standing().calendars.get(HOME_CALENDAR)
    if calendar is None or today - timedelta(days=2 * age + 14) < calendar.valid_from:
        return today - timedelta(days=age)
    return calendar.add(today, -age)


def _list(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise Problem(400, "BAD_JSON", "a JSON list is expected here")
    if len(value) > MOST:
        raise Problem(413, "TOO_LARGE", f"at most {MOST} items at once, not {len(value)}")
    return [as_object(one) for one in value]


_NAMED = {"id": Field(key), "verb": Field(choice(_enum("Verb", breaklife.VERBS)))}
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
    return answer([_answered(None if isinstance(one, casework.Acted) else one, 200) for one in said])


def _answered(said: Any, ok: int) -> dict[str, Any]:
    if said is None:
        return {"status": ok}
    refusals = [said] if isinstance(said, Refusal) else list(said)
    status = STATUS.get(refusals[0].code, 422) if isinstance(said, Refusal) else 400
    return {"status": status, "errors": [error_body(one) for one in refusals]}


def _wanted(given: dict[str, Any], accounts: dict[str, int]) -> signing.Wanted | list[Refusal]:
    fields = {
        "kind": Field(KIND), "account": Field(text(16, empty=True), ""), "day": Field(day_of),
        "text": Field(text(300, empty=True), ""),
    }  # fmt: skip
    values, faults = take(given, fields)
    if faults:
        return list(faults)
    code, is_firm = values["account"], values["kind"] == "dropcopy"
    if is_firm == bool(code) or (code and code not in accounts):
        what = "drop copies are of no account" if is_firm else f"there is no account {code!a}"
        return [Refusal("UNKNOWN_ACCOUNT", "account", what)]
    return signing.Wanted(values["kind"], accounts.get(code), values["day"], values["text"])


def _one(break_id: str) -> dict[str, Any]:
    number = key(break_id, "id")
    found = [] if isinstance(number, Refusal) else recon_rows.images(Break.objects.filter(pk=number))
    if not found:
        raise Problem(404, "NOT_FOUND", f"there is no break {break_id}")
    return found[0]
