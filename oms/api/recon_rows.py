"""Statements, breaks and signatures as they are told."""

from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from oms.base.money import plain
from orders.reference import business_date
from settlement.advance import HOME_CALENDAR
from settlement.models import Break, SignOff, Statement, StatementLine
from settlement.recon import signing
from settlement.standing import standing


def statements(rows: QuerySet[Statement]) -> list[dict[str, Any]]:
    """Statements with what their comparison came to. One SELECT."""
    found = rows.select_related("account", "reconciliation").annotate(count=Count("lines"))
    return [_statement(row) for row in found]


def _statement(row: Any) -> dict[str, Any]:
    done = getattr(row, "reconciliation", None)
    return {
        "id": str(row.pk), "message_id": row.message_id, "kind": row.kind, "source": row.source,
        "account": row.account.code if row.account else "", "currency": row.currency, "day": row.day,
        "opening": plain(row.opening), "closing": plain(row.closing), "lines": row.count,
        "received_at": row.received_at, "statement_id": row.statement_id, "made_at": row.made_at,
        "version": row.version, "replaces": row.replaces_id and str(row.replaces_id),
        "compared_at": done and done.at, "matched": done and done.matched, "breaks": done and done.breaks,
    }  # fmt: skip


def lines(rows: QuerySet[StatementLine]) -> list[dict[str, Any]]:
    """Lines as their sender wrote them."""
    return [
        {
            "id": str(row.pk), "number": row.number, "reference": row.reference,
            "custodian_reference": row.custodian_reference, "isin": row.isin, "direction": row.direction,
            "qty": plain(row.qty), "price": plain(row.price), "money": plain(row.money), "currency": row.currency,
            "day": row.day,
        }
        for row in rows
    ]  # fmt: skip


def images(rows: QuerySet[Break]) -> list[dict[str, Any]]:
    """The breaks as they are told. Three SELECTs."""
    today, calendar = business_date(), standing().calendars.get(HOME_CALENDAR)
    found = rows.select_related("account", "owner", "resolved_by", "confirmed_by").prefetch_related("events")
    return [_image(row, today, calendar) for row in found]


def _image(row: Break, today: date, calendar: Any) -> dict[str, Any]:
    people = {
        name: who.username if (who := getattr(row, name)) else "" for name in ("owner", "resolved_by", "confirmed_by")
    }
    until = min(today, row.closed_at.date()) if row.closed_at else today
    age = calendar.between(row.opened_on, until) if calendar else (until - row.opened_on).days
    return {
        "id": str(row.pk), "kind": row.kind, "source": row.source, "account": row.account.code if row.account else "",
        "type": row.type, "key": row.key, "ours": row.ours, "theirs": row.theirs, "difference": plain(row.difference),
        "tolerance": plain(row.tolerance), "currency": row.currency, "opened_on": row.opened_on,
        "seen_on": row.seen_on, "age": age, "state": row.state, "reason": row.reason, "text": row.text,
        "entry": row.entry_id and str(row.entry_id), "adjustment": row.adjustment, "closed_at": row.closed_at,
        "version": row.version, **people,
        "events": [
            {
                "seq": one.seq, "verb": one.verb, "state": one.state, "at": one.at, "actor": one.actor,
                "text": one.text,
            }
            for one in row.events.all()
        ],
    }  # fmt: skip


def stand(one: signing.Stand, codes: dict[int, str]) -> dict[str, Any]:
    """How one reconciliation stands."""
    return {
        "kind": one.kind, "account": codes.get(one.account or 0, ""), "day": one.day, "matches": one.matches,
        "breaks": one.breaks, "open_breaks": one.live, "unowned": one.unowned, "waiting": one.waiting,
        "signed": one.signed,
    }  # fmt: skip


def signed(rows: QuerySet[SignOff]) -> list[dict[str, Any]]:
    """Signatures. One SELECT."""
    return [
        {
            "id": str(row.pk), "kind": row.kind, "account": row.account.code if row.account else "", "day": row.day,
            "matches": row.matches, "breaks": row.breaks, "open_breaks": row.open_breaks,
            "signed_by": row.signed_by.username, "signed_at": row.signed_at, "text": row.text,
        }
        for row in rows.select_related("account", "signed_by")
    ]  # fmt: skip
