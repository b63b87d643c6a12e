"""Orders: enter one or many, list, read, amend, cancel."""

import csv
import io
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from oms.api import drafts, idempotency, images, listing, pages, schema
from oms.api.access import EVERYONE, account_ids, desk_ids
from oms.api.answers import answer
from oms.api.fields import MAX_ID, Field, take
from oms.api.problems import STATUS, Problem, respond
from oms.api.views import View, as_object, csv_body, json_body, object_body
from oms.base.refusal import Refusal
from oms.desk import Actor, Answer, Cancellation, Draft, amend, cancel, enter, refusing
from oms.desk.asked import CHANGES, ENTERS
from orders.models import ExecutionReport, Order
from orders.vocabulary import ExecType
from risk.waiving import Way

MOST_ORDERS = 5_000
# With a key all of them stand in one transaction.
MOST_WITH_KEY = 1_000
TRADES = (ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)
Image = dict[str, Any]
Ways = Mapping[int, dict[str, str]]


class Orders(View):
    """The orders of your desks."""

    access = {"GET": EVERYONE, "POST": ENTERS}

    @extend_schema(**schema.LIST_ORDERS)
    def get(self, request: Request) -> HttpResponse:
        """List orders, the newest first."""
        query = pages.read(request, listing.ORDERS, single=listing.SINGLE)
        rows = Order.objects.filter(desk_id__in=desk_ids(self.user(request)))
        return pages.page(request, listing.orders(rows, query), query, images.orders)

    @extend_schema(**schema.ENTER_ORDERS)
    def post(self, request: Request) -> HttpResponse:
        """Enter one order, or a list of up to 5,000."""
        body = json_body(request)
        user = self.user(request)
        if isinstance(body, list):
            bounded(request, len(body))
            return idempotency.once(request, user, lambda: answer(enter_many(body, Actor.of(user))))
        item = as_object(body)
        return idempotency.once(request, user, lambda: enter_one(item, Actor.of(user)))


class OrdersCsv(View):
    """Orders as a table."""

    access = {"POST": ENTERS}

    @extend_schema(**schema.ENTER_CSV)
    def post(self, request: Request) -> HttpResponse:
        """Enter the orders of a CSV; its header names the fields. One answer a row."""
        numbers, items = read_csv(csv_body(request))
        user = self.user(request)
        bounded(request, len(items))

        def work() -> HttpResponse:
            results = enter_many(items, Actor.of(user))
            return answer([{"row": row, **result} for row, result in zip(numbers, results, strict=True)])

        return idempotency.once(request, user, work)


class OneOrder(View):
    """One order of your desks."""

    access = {"GET": EVERYONE, "PATCH": CHANGES}

    @extend_schema(**schema.READ_ORDER)
    def get(self, request: Request, order_id: str) -> HttpResponse:
        """Read an order and the ids of its children."""
        return whole(find(request, order_id, self.user(request)))

    @extend_schema(**schema.AMEND_ORDER)
    def patch(self, request: Request, order_id: str) -> HttpResponse:
        """Ask for another quantity or price (35=G). ``If-Match`` must name the version you read."""
        user, number, version = self.user(request), as_key(order_id), version_of(request)
        if version is _ABSENT:
            raise Problem(428, "VERSION_REQUIRED", 'send If-Match: "<version>" with the version you read')
        wish = drafts.amendment(object_body(request), number, version)
        if isinstance(wish, tuple) and not hasattr(wish, "order_id"):
            raise Problem.of(wish, 400)

        def work() -> HttpResponse:
            (reply,) = amend([wish], Actor.of(user))  # type: ignore[list-item]
            return changed(reply, number)

        return idempotency.once(request, user, work)


class Cancel(View):
    """Taking an order back."""

    access = {"POST": CHANGES}

    @extend_schema(**schema.CANCEL_ORDER)
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Ask for an order to be canceled (35=F). ``If-Match`` is optional: a cancel is rarely conditional."""
        user, number, version = self.user(request), as_key(order_id), version_of(request)
        given = object_body(request) if request._request.body else {}
        values, faults = take(given, drafts.CANCELLATION)
        if faults:
            raise Problem.of(faults, 400)
        wish = Cancellation(number, None if version is _ABSENT else version, **values)

        def work() -> HttpResponse:
            (reply,) = cancel([wish], Actor.of(user))
            return changed(reply, number)

        return idempotency.once(request, user, work)


class OrderExecutions(View):
    """The journal of one order."""

    access = {"GET": EVERYONE}

    @extend_schema(**schema.ORDER_EXECUTIONS)
    def get(self, request: Request, order_id: str) -> HttpResponse:
        """Every event of the order, the oldest first."""
        query = pages.read(request, {})
        order = find(request, order_id, self.user(request))
        rows = ExecutionReport.objects.filter(order=order)
        return pages.page(request, rows, query, images.executions, ascending=True)


class Executions(View):
    """The fills of your accounts."""

    access = {"GET": EVERYONE}

    @extend_schema(**schema.LIST_EXECUTIONS)
    def get(self, request: Request) -> HttpResponse:
        """List fills of root orders, with their cancels and corrections, the newest first."""
        query = pages.read(request, listing.EXECUTIONS, single=listing.SINGLE)
        rows = ExecutionReport.objects.filter(
            is_root=True, exec_type__in=TRADES, account_id__in=account_ids(self.user(request))
        )
        return pages.page(request, listing.executions(rows, query), query, images.executions)


class _Absent:
    """No If-Match header, which is not the same as ``*``."""


_ABSENT = _Absent()


def version_of(request: Request) -> Any:
    """The version If-Match names; None for ``*``; _ABSENT without the header. Weak tags never match (RFC 9110)."""
    tag = request.headers.get("If-Match")
    if tag is None:
        return _ABSENT
    if tag.strip() == "*":
        return None
    digits = tag.strip().removeprefix('"').removesuffix('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Problem(400, "BAD_VALUE", 'If-Match must be "<version>", the ETag of the order you read')
    return int(digits)


def as_key(order_id: str) -> int:
    """The id in an address. One that no order can have is not found."""
    number = int(order_id)
    if number > MAX_ID:
        raise Problem(404, "NOT_FOUND", f"no order {order_id} on your desks")
    return number


def find(request: Request, order_id: str, user: Any) -> Order:
    """The order, if it lies on the user's desks."""
    order = Order.objects.filter(pk=as_key(order_id), desk_id__in=desk_ids(user)).first()
    if order is None:
        raise Problem(404, "NOT_FOUND", f"no order {order_id} on your desks")
    return order


def whole(order: Order) -> HttpResponse:
    """An order with its children's ids."""
    image = images.orders_by_id([order.pk])[order.pk]
    children = Order.objects.filter(parent_id=order.pk).order_by("pk").values_list("pk", flat=True)
    return answer({**image, "children": [str(child) for child in children]}, ETag=tag_of(image))


def tag_of(image: Image) -> str:
    """The ETag of an order: its version."""
    return f'"{image["version"]}"'


def bounded(request: Request, count: int) -> None:
    """Refuse more orders than one request may hold."""
    most = MOST_WITH_KEY if idempotency.key_of(request) else MOST_ORDERS
    if count > most:
        raise Problem(413, "TOO_MANY", f"{count} orders; at most {most} in such a request")


def enter_one(item: Any, actor: Actor) -> HttpResponse:
    """201 for a new order, 200 for one that was entered before under this ClOrdID, else a problem."""
    (read,) = drafts.drafts([item], actor)
    if not isinstance(read, Draft):
        raise Problem.of(read, HTTPStatus.BAD_REQUEST)
    (reply,) = enter([read], actor)
    found = images.orders_by_id([reply.order_id]) if reply.order_id else {}
    status, image, problem = judged(reply, found, softly([reply]))
    if problem is None:
        assert image is not None
        location = f"/api/v1/orders/{reply.order_id}/"
        return answer(image, status, Location=location, ETag=tag_of(image))
    return refused(problem)


def enter_many(items: Sequence[Any], actor: Actor) -> list[Image]:
    """One result an item, in order."""
    read = drafts.drafts(items, actor)
    good = [draft for draft in read if isinstance(draft, Draft)]
    replies = iter(enter(good, actor))
    answers = [next(replies) if isinstance(one, Draft) else one for one in read]
    found = images.orders_by_id(one.order_id for one in answers if isinstance(one, Answer) and one.order_id)
    soft = softly([one for one in answers if isinstance(one, Answer)])
    return [result(one, found, soft) for one in answers]


def softly(replies: Sequence[Answer]) -> dict[int, dict[str, str]]:
    """How the orders that were refused may be sent all the same, by order; those that cannot be are missing."""
    refused_ids = {reply.order_id for reply in replies if reply.refusals and reply.order_id}
    if not refused_ids:
        return {}
    return {
        order_id: {"needs": one.way.value, "order_id": str(order_id), "terms_hash": one.decision.terms_hash}
        for order_id, one in refusing.latest(refused_ids).items()
        if one.way
    }


def with_way(problem: Problem, way: dict[str, str] | None) -> None:
    """Say in ``problem`` what may be done. Warnings that one person may wave through are marked as soft."""
    if way:
        problem.soft = way["needs"] == Way.REASON
        problem.extra["override"] = way


def result(one: Answer | tuple[Refusal, ...], found: dict[int, Image], soft: Ways) -> Image:
    """An item of a list's answer."""
    if not isinstance(one, Answer):
        problem: Problem | None = Problem.of(one, HTTPStatus.BAD_REQUEST)
        status, image = 400, None
    else:
        status, image, problem = judged(one, found, soft)
    return {"status": status, "order": image} if problem is None else {"status": status, "problem": problem.body()}


def judged(reply: Answer, found: dict[int, Image], soft: Ways) -> tuple[int, Image | None, Problem | None]:
    """What the desk's answer to a draft means: status, the order, and the problem if it was refused."""
    image = found.get(reply.order_id) if reply.order_id else None
    if not reply.refusals:
        return HTTPStatus.OK if reply.duplicate else HTTPStatus.CREATED, image, None
    code = reply.refusals[0].code
    if code == "DUPLICATE_CL_ORD_ID":
        problem = Problem.of(reply.refusals, HTTPStatus.CONFLICT, order_id=str(reply.order_id))
    elif reply.order_id is None:
        problem = Problem.of(reply.refusals, STATUS.get(code, HTTPStatus.BAD_REQUEST))
    else:
        problem = Problem.of(reply.refusals, HTTPStatus.UNPROCESSABLE_ENTITY, order=image)
        with_way(problem, soft.get(reply.order_id))
    return problem.status, image, problem


def changed(reply: Answer, order_id: int) -> HttpResponse:
    """The order after an amendment or a cancel, or why it is as it was."""
    if reply.refusals and reply.order_id is None:
        raise Problem.of(reply.refusals)
    image = images.orders_by_id([order_id])[order_id]
    if not reply.refusals:
        return answer(image, ETag=tag_of(image))
    problem = Problem.of(reply.refusals, order=image)
    if reply.way:
        with_way(problem, softly([reply]).get(order_id))
    return refused(problem)


def refused(problem: Problem) -> HttpResponse:
    """The answer to a refusal. What risk decided left a row, so it stands; the rest is undone and may be repeated."""
    if problem.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        raise problem
    return respond(problem)


def read_csv(body: bytes, fields: Mapping[str, Field] = drafts.ORDER) -> tuple[list[int], list[dict[str, Any]]]:
    """The rows of a CSV with the numbers of their lines. An empty cell is a field left out.

    Spreadsheets put tabs or semicolons between the cells of what is copied or saved: the header says which.
    """
    try:
        text = body.decode("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=_between(text), strict=True)
        header = [name.strip().lower() for name in next(lines, [])]
        rows = [(lines.line_num, cells) for cells in lines if any(map(str.strip, cells))]
    except UnicodeDecodeError as error:
        raise Problem(400, "BAD_TEXT", f"the body is not UTF-8 at byte {error.start}") from None
    except csv.Error as error:
        raise Problem(400, "BAD_CSV", f"the body is not CSV: {error}") from None
    _check_header(header, fields)
    for number, cells in rows:
        if len(cells) != len(header):
            text = f"line {number} has {len(cells)} cells, the header {len(header)}"
            raise Problem(400, "BAD_CSV", text)
    items = [
        {name: _cell(name, cell.strip()) for name, cell in zip(header, cells, strict=True) if cell.strip()}
        for _, cells in rows
    ]
    return [number for number, _ in rows], items


def _between(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return next((mark for mark in ",\t;" if mark in header), ",")


def _check_header(header: Sequence[str], fields: Mapping[str, Field]) -> None:
    unknown = take(dict.fromkeys(header), {name: Field(lambda *_: "") for name in fields}).faults
    faults = [fault for fault in unknown if fault.code == "UNKNOWN_FIELD"]
    faults += [
        Refusal("DUPLICATE_FIELD", name, f"{name} stands twice in the header")
        for name in sorted({name for name in header if header.count(name) > 1 and name in fields})
    ]
    if faults or not header:
        raise Problem.of(faults or [Refusal("BAD_CSV", "", "the first line must name the fields")], 400)


def _cell(name: str, text: str) -> Any:
    """Cells are text; the one flag among the fields is written true or false."""
    return {"true": True, "false": False}.get(text.lower(), text) if name == "acknowledge_soft" else text
