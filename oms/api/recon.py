"""Reconciliation: statements received, how each stands, and the signatures under a day."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from oms.api import idempotency, pages, recon_rows, recon_shapes, schema
from oms.api.access import FIRM_WIDE, OPERATIONS
from oms.api.answers import answer
from oms.api.fields import Field, Read, key, take, text
from oms.api.problems import Problem
from oms.api.recon_words import KIND, SIGNED, answered, as_list, asked_for, day_of, parameters
from oms.api.views import View, as_object, json_body
from oms.base.refusal import Refusal
from orders.models import Account
from settlement.models import SignOff, Statement, StatementLine
from settlement.recon import casework, signing

STATEMENTS: dict[str, Read] = {"kind": KIND, "account": text(16), "day": day_of, "source": text(32)}


class Statements(View):
    """Statements."""

    access = {"GET": FIRM_WIDE}

    @extend_schema(
        operation_id="recon_statements_list", parameters=parameters(STATEMENTS),
        responses=schema.said(schema.paged(recon_shapes.StatementShape, "Statement")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """The statements received, newest first."""
        query = pages.read(request, STATEMENTS)
        rows = Statement.objects.filter(asked_for(query, {"account": "account__code"}))
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
        found = signing.stands(asked_for(query, {"account": "account__code"}))
        codes = dict(Account.objects.values_list("pk", "code"))
        return answer([recon_rows.stand(one, codes) for one in found])


class SignOffs(View):
    """Signatures."""

    access = {"GET": FIRM_WIDE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="recon_sign_offs_list", parameters=parameters(SIGNED),
        responses=schema.said(schema.paged(recon_shapes.SignOffShape, "SignOff")),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """The signatures, newest first."""
        query = pages.read(request, SIGNED)
        rows = SignOff.objects.filter(asked_for(query, {"account": "account__code"}))
        return pages.page(request, rows, query, recon_rows.signed)

    @extend_schema(
        operation_id="recon_sign_offs_sign", parameters=[schema.KEY], request=recon_shapes.SignRequest(many=True),
        responses=schema.said(recon_shapes.OneAnswer(many=True), 409, 413, 415, 422),
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Sign one reconciliation (an object), or several (a list; an answer each, in order)."""
        user, body = self.user(request), json_body(request)
        given = as_list(body if isinstance(body, list) else [as_object(body)])
        codes = {str(one.get("account", "")) for one in given}
        accounts = dict(Account.objects.filter(code__in=codes).values_list("code", "pk"))
        wanted = [_wanted(one, accounts) for one in given]

        def work() -> HttpResponse:
            good = [one for one in wanted if isinstance(one, signing.Wanted)]
            done = iter(signing.sign(good, casework.Actor(user.pk, user.username)))
            said = [next(done) if isinstance(one, signing.Wanted) else one for one in wanted]
            if not isinstance(body, list) and said[0] is not None:
                raise Problem.of(said[0] if isinstance(said[0], list) else [said[0]])
            return answer([answered(one, 201) for one in said], 200 if isinstance(body, list) else 201)

        return idempotency.once(request, user, work)


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
