"""What happened to an order, from entry to settlement: one entry for everything any department wrote about it."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q
from django.db.models.fields.json import KT
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from oms.api import listing, pages, schema
from oms.api.access import EVERYONE
from oms.api.answers import answer
from oms.api.orders import find
from oms.api.views import View
from oms.base.money import grouped
from oms.desk import roots
from orders.legs import label
from orders.models import ExecutionReport, Order
from orders.vocabulary import Composition, ExecType
from risk import evidence
from risk.controls import CATALOGUE
from risk.models import Decision
from risk.result import show
from routing.models import Inbox, Outbox, RouteDecision
from settlement.story import story

MESSAGES = {
    "D": "New order", "F": "Cancel request", "G": "Replace request", "H": "Status request",
    "AB": "New multileg order", "AC": "Multileg replace request",
    "8": "Execution report", "9": "Cancel reject", "3": "Session reject", "j": "Business reject",
}  # fmt: skip
FILLS = (ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
Entry = dict[str, Any]


class Place(NamedTuple):
    """Where an entry stands: when we wrote it, then the order of things within one transaction."""

    at: datetime
    rank: int
    key: int


class Timeline(View):
    """The story of one order."""

    access = {"GET": EVERYONE}

    @extend_schema(**schema.TIMELINE)
    def get(self, request: Request, order_id: str) -> HttpResponse:
        """Everything in the order it was written; ``raw=1`` adds the FIX messages of venues as they came."""
        query = pages.read(request, {"raw": listing.switch}, single=frozenset({"raw"}))
        order = find(request, order_id, self.user(request))
        return answer({"results": tell(order, raw=bool(query.one("raw"))), "next": None})


def tell(order: Order, *, raw: bool = False) -> list[Entry]:
    """The entries about ``order`` and its children, oldest first. At most fifteen SELECTs, however much happened."""
    family = list(Order.objects.filter(Q(pk=order.pk) | Q(parent_id=order.pk)).select_related("instrument", "account"))
    lines = {line.pk: line for line in family}
    told = [*_events(lines, _called(order)), *_checks(order), *_routes(order), *_messages(lines, raw), *_settled(order)]
    return [entry for _, entry in sorted(told, key=lambda one: one[0])]


def _entry(
    at: datetime, kind: str, title: str, actor: str, detail: dict[str, Any], recorded_at: datetime | None = None
) -> Entry:
    shown = {name: value for name, value in detail.items() if value not in (None, "", [], {})}
    return {
        "at": at, "recorded_at": recorded_at or at, "kind": kind, "title": title, "actor": actor, "detail": shown,
    }  # fmt: skip


def _called(order: Order) -> str:
    """What is traded, in a word: a spread is called by its legs."""
    if order.composition != Composition.MULTILEG:
        return order.instrument.symbol
    return label([leg.symbol for leg in roots.legs([order.pk]).values()])


def _events(lines: dict[int, Order], called: str) -> Iterator[tuple[Place, Entry]]:
    for event in ExecutionReport.objects.filter(order_id__in=lines).order_by("id"):
        line = lines[event.order_id]
        detail = {
            "exec_id": event.exec_id,
            "order_id": str(event.order_id),
            "ord_status": event.ord_status,
            "cl_ord_id": event.cl_ord_id,
            "orig_cl_ord_id": event.orig_cl_ord_id,
            "order_qty": event.order_qty,
            "price": event.price,
            "cum_qty": event.cum_qty,
            "leaves_qty": event.leaves_qty,
            "last_mkt": event.last_mkt,
            "venue_exec_id": event.venue_exec_id,
            "exec_ref_id": event.exec_ref_id,
            "reason_code": event.reason_code,
            "text": event.text,
            "trade_date": event.trade_date if event.exec_type in FILLS else None,
        }
        rank = 0 if line.parent_id is None and event.seq == 1 else 3
        entry = _entry(
            event.transact_time, event.exec_type, _title(event, line, called), event.actor, detail, event.recorded_at
        )
        yield Place(event.recorded_at, rank, event.pk), entry


def _title(event: ExecutionReport, line: Order, called: str) -> str:
    what = event.exec_type.replace("_", " ")
    if event.exec_type in FILLS:
        words = f"{what}: {grouped(event.last_qty)} at {grouped(event.last_px)}"
    elif event.seq == 1 and line.parent_id is None:
        entered = event.exec_type in (ExecType.NEW, ExecType.PENDING_NEW)
        words = f"{'entered' if entered else what}: {_terms(event, line, called)}"
    elif event.exec_type in (ExecType.PENDING_NEW, ExecType.REPLACED):
        words = f"{what}: {_terms(event, line, called)}"
    else:
        words = what
    return f"{line.venue}: {words}" if line.venue else words


def _terms(event: ExecutionReport, line: Order, called: str) -> str:
    at = "at market" if event.price is None else f"at {grouped(event.price)}"
    side, tif = line.side.replace("_", " "), line.time_in_force.replace("_", " ")
    return f"{side} {grouped(event.order_qty)} {called} {at}, {tif}, for {line.account.code}"


def _checks(order: Order) -> Iterator[tuple[Place, Entry]]:
    """One entry for each rule that looked at the order, those that passed included."""
    decisions = list(Decision.objects.filter(order=order).order_by("id"))
    found = evidence.of(decisions)
    for decision in decisions:
        for finding in found[decision.pk]:
            yield Place(decision.at, 1, decision.pk), _check(decision, finding)
        kind = "risk_accepted" if decision.accepted else "risk_refused"
        basis = f" ({_basis(decision)})" if decision.basis else ""
        what = "amendment" if decision.kind == "amend" else "order"
        title = f"Risk {'accepted' if decision.accepted else 'refused'} the {what}: {decision.outcome}{basis}"
        yield Place(decision.at, 1, decision.pk), _entry(decision.at, kind, title, "risk", {"inputs": decision.inputs})


def _basis(decision: Decision) -> str:
    """Why a breach did not stop it, with the reason or the override."""
    said = decision.reason or (f"number {decision.override_no}" if decision.override_no else "")
    return decision.basis.replace("_", " ") + (f": {said}" if said else "")


def _check(decision: Decision, finding: dict[str, Any]) -> Entry:
    control = str(finding.get("control", ""))
    name = CATALOGUE[control].name if control in CATALOGUE else ""
    outcome = str(finding.get("outcome", ""))
    # A rule that is only tried out stops nothing, whatever it finds.
    tried = bool(finding.get("dry_run")) and outcome != "pass"
    said = f"only tried out, would be {outcome}" if tried else outcome
    numbers = [f"{word} {_shown(finding[word])}" for word in ("measured", "limit") if finding.get(word) is not None]
    title = f"{control} {name}: " + ", ".join([said, *numbers])
    kind = "risk_tried" if tried else "risk_hard_refused" if outcome == "hard" else f"risk_{outcome}"
    return _entry(decision.at, kind, title, "risk", finding)


def _shown(said: object) -> str:
    """A number of the evidence as a person reads it; a word, a rating say, as it is."""
    return show(Decimal(str(said))) if PLAIN.fullmatch(str(said)) else str(said)


def _routes(order: Order) -> Iterator[tuple[Place, Entry]]:
    for decision in RouteDecision.objects.filter(order=order).order_by("id"):
        why = decision.why
        rule = why.get("rule") or {}
        parts = ", ".join(f"{_shown(part.get('order_qty'))} to {part.get('venue')}" for part in why.get("parts", []))
        by = f"rule {rule['name']!r}" if rule else "no rule"
        title = f"Routed by {by}: {parts}" if parts else f"No route: {by}"
        yield Place(decision.at, 2, decision.pk), _entry(decision.at, "route", title, "routing", why)


def _messages(lines: dict[int, Order], raw: bool) -> Iterator[tuple[Place, Entry]]:
    sent = list(Outbox.objects.filter(order_id__in=lines).order_by("id"))
    for out in sent:
        detail = {"msg_type": out.msg_type, "msg_seq_num": out.msg_seq_num, "sent_at": out.sent_at, **out.fields}
        title = f"{MESSAGES.get(out.msg_type, out.msg_type)} {out.cl_ord_id} to {out.session_id}"
        kind = "message_out" if out.sent_at else "message_waiting"
        entry = _entry(out.sent_at or out.created_at, kind, title, out.session_id, detail, out.created_at)
        yield Place(out.created_at, 4, out.pk), entry
    yield from _answers(sent, raw) if sent else ()


def _answers(sent: Iterable[Outbox], raw: bool) -> Iterator[tuple[Place, Entry]]:
    """What the venues said about any ClOrdID we sent."""
    names, sessions = {out.cl_ord_id for out in sent}, {out.session_id for out in sent}
    rows = Inbox.objects.alias(name=KT("fields__cl_ord_id")).filter(session_id__in=sessions, name__in=names)
    for one in rows.order_by("id"):
        said = one.fields.get("exec_type") or one.fields.get("ord_status") or ""
        detail = {
            "msg_type": one.msg_type,
            "msg_seq_num": one.msg_seq_num,
            "outcome": one.outcome,
            "raw": one.raw.replace("\x01", "|") if raw else None,
            **one.fields,
        }
        title = f"{MESSAGES.get(one.msg_type, one.msg_type)} {one.fields.get('exec_id', '')} from {one.session_id}"
        entry = _entry(one.received_at, "message_in", f"{title}: {said}".rstrip(": "), one.session_id, detail)
        yield Place(one.received_at, 2, one.pk), entry


def _settled(order: Order) -> Iterator[tuple[Place, Entry]]:
    for number, step in enumerate(story(order.pk)):
        entry = _entry(step.at, step.kind, step.title, step.actor, {"state": step.state, "text": step.detail})
        yield Place(step.at, 5, number), entry
