"""Settlement instructions: read them, hold and release, cancel and send again, and move securities free of payment."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import idempotency, pages, schema, shapes
from oms.api.access import EVERYONE, OPERATIONS, account_ids
from oms.api.answers import answer
from oms.api.fields import Field, Read, above_zero, key, one_of, take, text
from oms.api.orders import as_key
from oms.api.problems import Problem
from oms.api.views import View, object_body
from oms.base.refusal import Refusal
from orders.models import Account, Instrument
from orders.reference import business_date
from settlement import free, repair
from settlement.instruction import STATES
from settlement.models import Instruction

Image = dict[str, Any]
Answers = Sequence[Refusal | None]
LONGEST_REASON = 300
REASON = {"reason": Field(text(LONGEST_REASON))}


def day(raw: Any, name: str) -> date | Refusal:
    """A date, as 2026-11-24."""
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        return Refusal("BAD_VALUE", name, f"{name} must be a date such as 2026-11-24")


def _priority(raw: Any, name: str) -> int | Refusal:
    whole = isinstance(raw, int) and not isinstance(raw, bool)
    return raw if whole else Refusal("BAD_VALUE", name, f"{name} must be a whole number from 1 (high) to 4 (low)")


AMEND = {
    **REASON,
    "partial": Field(one_of("allowed", "not_allowed"), None),
    "priority": Field(_priority, None),
    "settl_date": Field(day, None),
}
FREE = {
    **REASON, "account": Field(text(16)), "symbol": Field(text(29)), "direction": Field(one_of("deliver", "receive")),
    "qty": Field(above_zero), "settl_date": Field(day), "counterparty": Field(text(40, empty=True), ""),
}  # fmt: skip
FILTERS: dict[str, Read] = {
    "state": one_of("open", *STATES), "account": text(16), "symbol": text(29), "order_id": key, "settl_date": day,
    "direction": one_of("deliver", "receive"), "payment": one_of("against_payment", "free"),
    "place_of_settlement": text(11), "counterparty": text(40),
}  # fmt: skip


class InstructionEventShape(s.Serializer[Any]):
    """A state it has been in."""

    seq = s.IntegerField()
    state = s.CharField()
    at = s.DateTimeField()
    actor = s.CharField()
    text = s.CharField(allow_blank=True)


class InstructionConfirmationShape(s.Serializer[Any]):
    """What the custodian confirmed as settled: all of it, or a part."""

    message_id = s.CharField()
    business_date = s.DateField()
    qty = shapes.amount()
    net_money = shapes.amount()
    at = s.DateTimeField()


class InstructionShape(s.Serializer[Any]):
    """A settlement instruction."""

    id = s.CharField()
    reference = s.CharField(help_text="TxId in messages")
    account = s.CharField()
    symbol = s.CharField()
    isin = s.CharField(allow_blank=True)
    direction = s.CharField(help_text="deliver or receive")
    payment = s.CharField(help_text="against_payment or free")
    is_net = s.BooleanField()
    trade_date = s.DateField()
    settl_date = s.DateField()
    qty = shapes.amount()
    price = shapes.amount(allow_null=True)
    net_money = shapes.amount(help_text="paid by the receiver of the securities")
    currency = s.CharField()
    settled_qty = shapes.amount()
    settled_money = shapes.amount()
    place_of_settlement = s.CharField(allow_blank=True)
    counterparty = s.CharField(allow_blank=True)
    agent_bic = s.CharField(allow_blank=True)
    safekeeping_account = s.CharField(allow_blank=True)
    ssi_id = s.CharField(allow_null=True)
    partial = s.CharField()
    priority = s.IntegerField()
    on_hold = s.BooleanField()
    linked_to = s.CharField(allow_null=True)
    linkage = s.CharField(allow_blank=True)
    made_by = s.CharField(allow_null=True)
    checked_by = s.CharField(allow_null=True)
    state = s.CharField()
    state_at = s.DateTimeField()
    reason_code = s.CharField(allow_blank=True)
    cancel_requested_at = s.DateTimeField(allow_null=True)
    custodian_reference = s.CharField(allow_blank=True)
    settled_on = s.DateField(allow_null=True)
    version = s.IntegerField()


class WholeInstruction(InstructionShape):
    """An instruction with its history, what was confirmed of it, and what it discharges."""

    events = InstructionEventShape(many=True)
    confirmations = InstructionConfirmationShape(many=True)
    obligations = s.ListField(child=s.CharField())
    orders = s.ListField(child=s.CharField())


class RepairRequest(s.Serializer[Any]):
    """Why."""

    reason = s.CharField(max_length=LONGEST_REASON)


class AmendInstruction(RepairRequest):
    """New terms, and why. What was sent is cancelled on request and replaced."""

    partial = s.CharField(required=False, help_text="allowed or not_allowed")
    priority = s.IntegerField(required=False, help_text="1 (high) to 4 (low)")
    settl_date = s.DateField(required=False)


class FreeRequest(RepairRequest):
    """Securities to be moved free of payment."""

    account = s.CharField(max_length=16)
    symbol = s.CharField(max_length=29)
    direction = s.CharField(help_text="deliver or receive")
    qty = shapes.amount()
    settl_date = s.DateField()
    counterparty = s.CharField(max_length=40, required=False, allow_blank=True)


class Instructions(View):
    """The instructions of your accounts."""

    access = {"GET": EVERYONE, "POST": OPERATIONS}

    @extend_schema(
        operation_id="instructions_list",
        parameters=[
            OpenApiParameter("state", str, description="may be repeated; open: whatever has not ended"),
            *(OpenApiParameter(name, str) for name in FILTERS if name != "state"),
            *schema.filters("limit", "cursor"),
        ],
        responses=schema.said(schema.paged(InstructionShape, "Instruction")),
    )
    def get(self, request: Request) -> HttpResponse:
        """List instructions, the newest first."""
        query = pages.read(request, FILTERS)
        rows = Instruction.objects.filter(_asked(query), account_id__in=account_ids(self.user(request)))
        return pages.page(request, rows, query, images)

    @extend_schema(
        operation_id="instructions_free",
        parameters=[schema.KEY],
        request=FreeRequest,
        responses=schema.said(WholeInstruction, 415, 422, ok=201),
    )
    def post(self, request: Request) -> HttpResponse:
        """Write an instruction free of payment. It is sent once another person has checked it."""
        user, values = self.user(request), _taken(request, FREE)
        account = Account.objects.filter(code=values["account"]).first()
        symbol, _, mic = values["symbol"].rpartition(".")
        which = Q(symbol=values["symbol"]) | Q(symbol=symbol, primary_mic=mic)
        found = list(Instrument.objects.filter(which)[:2])
        if account is None:
            raise Problem.of([Refusal("UNKNOWN_ACCOUNT", "account", f"no account {values['account']!a}")], 422)
        if len(found) != 1:
            code = "AMBIGUOUS_INSTRUMENT" if found else "UNKNOWN_INSTRUMENT"
            raise Problem.of([Refusal(code, "symbol", f"no one instrument {values['symbol']!a}")], 422)

        def work() -> HttpResponse:
            names = ("direction", "qty", "settl_date", "reason", "counterparty")
            wish = free.Transfer(account.pk, found[0].pk, *(values[name] for name in names))
            (made,) = free.propose([wish], user, business_date())
            if made.refusal:
                raise Problem.of([made.refusal], 422)
            return answer(_whole(made.id or 0, None), 201)

        return idempotency.once(request, user, work)


class OneInstruction(View):
    """One instruction of your accounts."""

    access = {"GET": EVERYONE}

    @extend_schema(operation_id="instructions_read", responses=schema.said(WholeInstruction, 404))
    def get(self, request: Request, instruction_id: str) -> HttpResponse:
        """Read an instruction, its states, its confirmations, and the obligations and orders under it."""
        pages.read(request, {})
        return answer(_whole(as_key(instruction_id), account_ids(self.user(request))))


class _Verb(View):
    """A repair of one instruction, with its reason."""

    access = {"POST": OPERATIONS}

    def done(
        self, request: Request, instruction_id: str, verb: Callable[..., Sequence[Refusal | None]]
    ) -> HttpResponse:
        """Do it, and answer the instruction as it is then."""
        user, number, values = self.user(request), as_key(instruction_id), _taken(request, REASON)
        return _repaired(request, user, number, lambda: verb([number], user.username, values["reason"]))


def _described(name: str, shape: Any = RepairRequest) -> Any:
    return extend_schema(
        operation_id=f"instructions_{name}",
        parameters=[schema.KEY],
        request=shape,
        responses=schema.said(WholeInstruction, 404, 409, 415, 422),
    )


class Hold(_Verb):
    """Holding."""

    @_described("hold")
    def post(self, request: Request, instruction_id: str) -> HttpResponse:
        """Keep an instruction that has not been sent from being sent."""
        return self.done(request, instruction_id, repair.hold)


class Release(_Verb):
    """Releasing."""

    @_described("release")
    def post(self, request: Request, instruction_id: str) -> HttpResponse:
        """Lift the hold. A draft or rejected instruction becomes ready, with the standing instruction now in force."""
        return self.done(request, instruction_id, repair.release)


class Cancel(_Verb):
    """Cancelling."""

    @_described("cancel")
    def post(self, request: Request, instruction_id: str) -> HttpResponse:
        """Call off what was not sent; ask the custodian to cancel what was. What it discharges stays owed."""
        return self.done(request, instruction_id, repair.cancel)


class Resend(_Verb):
    """Sending again."""

    @_described("resend")
    def post(self, request: Request, instruction_id: str) -> HttpResponse:
        """Send again: what is unanswered under its reference, a cancelled one as a new instruction for what is owed."""
        return self.done(request, instruction_id, repair.resend)


class Amend(View):
    """Amending."""

    access = {"POST": OPERATIONS}

    @_described("amend", AmendInstruction)
    def post(self, request: Request, instruction_id: str) -> HttpResponse:
        """Change terms. Of what was sent the cancellation is asked for, and its replacement waits for the answer."""
        user, number, values = self.user(request), as_key(instruction_id), _taken(request, AMEND)
        wish = repair.Amendment(number, values["partial"], values["priority"], values["settl_date"])
        return _repaired(request, user, number, lambda: repair.amend([wish], user.username, values["reason"]))


class Check(View):
    """The second person."""

    access = {"POST": OPERATIONS}

    @extend_schema(
        operation_id="instructions_check",
        parameters=[schema.KEY],
        request=None,
        responses=schema.said(WholeInstruction, 404, 409, 415, 422),
    )
    def post(self, request: Request, instruction_id: str) -> HttpResponse:
        """Check an instruction free of payment, so that it is sent. Whoever wrote it may not (SAME_PERSON)."""
        user, number = self.user(request), as_key(instruction_id)
        return _repaired(request, user, number, lambda: free.check([number], user))


def _repaired(request: Request, user: Any, number: int, verb: Callable[[], Answers]) -> HttpResponse:
    def work() -> HttpResponse:
        (refusal,) = verb()
        if refusal:
            by_field = {"state": 409, "id": 404 if refusal.code == "MISSING" else 409}
            status = 409 if refusal.code in ("SAME_PERSON", "SECOND_PERSON") else by_field.get(refusal.field, 422)
            raise Problem.of([refusal], status)
        return answer(_whole(number, None))

    return idempotency.once(request, user, work)


def _taken(request: Request, fields: dict[str, Field]) -> dict[str, Any]:
    values, faults = take(object_body(request), fields)
    if faults:
        raise Problem.of(faults, 400)
    return values


def _asked(query: pages.Query) -> Q:
    which = Q()
    for name, column in {
        "account": "account__code", "direction": "direction", "payment": "payment", "settl_date": "settl_date",
        "place_of_settlement": "place_of_settlement", "counterparty": "counterparty",
        "order_id": "obligations__order_id",
    }.items():  # fmt: skip
        if name in query:
            which &= Q(**{f"{column}__in": query[name]})
    if "symbol" in query:
        which &= Q(instrument__symbol__in=query["symbol"])
    if "state" in query:
        live = ~Q(state__in=["settled", "cancelled"]) if "open" in query["state"] else Q(pk__in=[])
        which &= Q(state__in=query["state"]) | live
    return which


def images(rows: QuerySet[Instruction]) -> list[Image]:
    """Instructions as they are told. One SELECT."""
    related = ("account", "instrument", "made_by", "checked_by")
    return [image(row) for row in rows.select_related(*related).distinct()]


def image(row: Instruction) -> Image:
    """One instruction."""
    same = (
        "reference", "direction", "payment", "is_net", "trade_date", "settl_date", "qty", "price", "net_money",
        "currency", "settled_qty", "settled_money", "place_of_settlement", "counterparty", "agent_bic",
        "safekeeping_account", "partial", "priority", "on_hold", "linkage", "state", "state_at", "reason_code",
        "cancel_requested_at", "custodian_reference", "settled_on", "version",
    )  # fmt: skip
    return {
        "id": str(row.pk), "account": row.account.code, "symbol": row.instrument.symbol, "isin": row.instrument.isin,
        "ssi_id": row.ssi_id and str(row.ssi_id), "linked_to": row.linked_to_id and str(row.linked_to_id),
        "made_by": row.made_by and row.made_by.username, "checked_by": row.checked_by and row.checked_by.username,
        **{name: getattr(row, name) for name in same},
    }  # fmt: skip


def _whole(number: int, accounts: list[int] | None) -> Image:
    rows = Instruction.objects.filter(pk=number)
    found = images(rows if accounts is None else rows.filter(account_id__in=accounts))
    if not found:
        raise Problem(404, "NOT_FOUND", f"no instruction {number} of an account of yours")
    row = rows.get()
    under = list(row.obligations.order_by("id").values_list("id", "order_id"))
    said = ("message_id", "business_date", "qty", "net_money", "at")
    return found[0] | {
        "events": list(row.events.values("seq", "state", "at", "actor", "text")),
        "confirmations": list(row.confirmations.values(*said)),
        "obligations": [str(id_) for id_, _ in under],
        "orders": [str(order) for order in dict.fromkeys(order for _, order in under if order)],
    }
