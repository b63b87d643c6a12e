"""Settlement fails: what is due and has not settled, how old, what it costs, when it must be closed out."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from oms.api import pages, schema, shapes
from oms.api.access import EVERYONE, account_ids
from oms.api.answers import answer
from oms.api.views import View
from settlement.failing import Fail, fails
from settlement.models import Penalty


class PenaltyShape(s.Serializer[Any]):
    """The penalty of one day."""

    day = s.DateField()
    category = s.CharField()
    reason_code = s.CharField(allow_blank=True)
    failed_qty = shapes.amount(help_text="what had not settled at the end of the day, as is known by now")
    reference_price = shapes.amount()
    rate = s.DecimalField(max_digits=12, decimal_places=6, help_text="basis points; for lack of cash per cent a year")
    amount = shapes.amount()
    currency = s.CharField()
    is_ours = s.BooleanField(help_text="we pay it; else we are paid")


class FailShape(s.Serializer[Any]):
    """An open fail."""

    instruction_id = s.CharField()
    reference = s.CharField()
    account = s.CharField()
    symbol = s.CharField()
    direction = s.CharField()
    state = s.CharField()
    reason_code = s.CharField(allow_blank=True, help_text="ISO 20022: LACK, CLAC, MONY ...")
    settl_date = s.DateField()
    age_days = s.IntegerField(help_text="business days since it was due")
    open_qty = shapes.amount()
    open_money = shapes.amount()
    currency = s.CharField()
    counterparty = s.CharField(allow_blank=True)
    close_out_by = s.DateField(allow_null=True, help_text="before the open of this day (Reg SHO 204)")
    penalty = shapes.amount(help_text="accrued; below zero: to be paid to us")
    penalties = PenaltyShape(many=True)


class Fails(View):
    """The open fails of your accounts."""

    access = {"GET": EVERYONE}

    @extend_schema(operation_id="fails_list", responses=schema.said(schema.paged(FailShape, "Fail")))
    def get(self, request: Request) -> HttpResponse:
        """List open fails, the oldest first."""
        pages.read(request, {})
        found = fails(account_ids(self.user(request)))
        return answer({"results": [_image(one) for one in found], "next": None})


def _image(fail: Fail) -> dict[str, Any]:
    row = fail.instruction
    return {
        "instruction_id": str(row.pk), "reference": row.reference, "account": row.account.code,
        "symbol": row.instrument.symbol, "direction": row.direction, "state": row.state,
        "reason_code": row.reason_code, "settl_date": row.settl_date, "age_days": fail.age_days,
        "open_qty": row.qty - row.settled_qty, "open_money": row.net_money - row.settled_money,
        "currency": row.currency, "counterparty": row.counterparty, "close_out_by": fail.close_out_by,
        "penalty": fail.penalties, "penalties": [_penalty(one) for one in row.penalties.all()],
    }  # fmt: skip


def _penalty(one: Penalty) -> dict[str, Any]:
    names = (
        "day", "category", "reason_code", "failed_qty", "reference_price", "rate", "amount", "currency", "is_ours",
    )  # fmt: skip
    stands = one.stands
    return {name: getattr(one, name) for name in names} | {"failed_qty": stands.failed_qty, "amount": stands.amount}
