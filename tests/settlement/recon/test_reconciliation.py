"""Statements in, breaks out, people who resolve them, and the signature under a day: on the real database."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.base.clock import now
from oms.base.refusal import Refusal
from orders.models import Account, Alert, Instrument, User
from settlement.advance import advance
from settlement.messages.statement import CashLine, CashStatement, Holding, HoldingsStatement, MovementsStatement
from settlement.models import (
    Break,
    BreakEvent,
    CustodyException,
    LedgerTransaction,
    Reconciliation,
    SignOff,
    Statement,
    StatementLine,
)
from settlement.recon.breaklife import Wish
from settlement.recon.casework import Acted, Actor, act
from settlement.recon.comparing import reconcile
from settlement.recon.executions import ExecutionsStatement, Told
from settlement.recon.receiving import receive
from settlement.recon.signing import Wanted, sign
from tests.factories import Floor
from tests.settlement.checks import broken
from tests.settlement.recon.world import THURSDAY, TUESDAY, WEDNESDAY, settle_all, settled, told
from tests.settlement.world import MONDAY, fill

FILLS = [("buy", 100, "10"), ("sell", 40, "11"), ("buy", 7, "9.5")]


@pytest.fixture
def people(floor: Floor) -> list[Actor]:
    users = [User.objects.create(username=name, role="operations") for name in ("olga", "otto")]
    return [Actor(user.pk, user.username) for user in users]


def compare() -> int:
    done = 0
    while bite := reconcile():
        done += bite
    return done


def take(statements: Iterable[Any]) -> list[str]:
    return [answer.code if answer else "" for answer in receive(list(statements))]


def breaks(**which: Any) -> list[tuple[str, str, Any]]:
    rows = Break.objects.filter(**which).order_by("kind", "type", "key")
    return [(row.kind, row.type, row.difference) for row in rows]


def test_right_statements_match_and_are_signed_with_zero_breaks(floor: Floor, people: list[Actor]) -> None:
    settled(floor, FILLS)
    account = floor.accounts[0]
    assert take(told(account)) == ["", "", ""]
    assert compare() == 3
    assert breaks() == []
    runs = {run.statement.kind: run for run in Reconciliation.objects.select_related("statement")}
    assert {kind: (run.ours, run.theirs, run.matches, run.breaks) for kind, run in runs.items()} == {
        "holdings": (1, 1, 1, 0), "movements": (3, 3, 3, 0), "cash": (4, 4, 4, 0),
    }  # fmt: skip
    wanted = [Wanted(kind, account.pk, TUESDAY) for kind in runs]
    assert sign(wanted, people[0]) == [None, None, None]
    assert set(SignOff.objects.values_list("breaks", "open_breaks", "signed_by__username")) == {(0, 0, "olga")}
    assert [answer.code for answer in sign(wanted[:1], people[1]) if answer] == ["SIGNED"]
    assert broken() == {}


def test_what_has_no_isin_is_known_by_its_whole_symbol(floor: Floor) -> None:
    """A listed option's is longer than an ISIN (OCC: root, date, right and strike)."""
    option = "AAPL270319C00230000"
    Instrument.objects.filter(pk=floor.instruments["AAPL"].pk).update(symbol=option, isin="")
    settled(floor, FILLS)
    assert take(told(floor.accounts[0])) == ["", "", ""]
    assert compare() == 3
    assert set(StatementLine.objects.exclude(isin="").values_list("isin", flat=True)) == {option}
    assert breaks() == []


def test_what_was_received_changes_nothing_the_second_time(floor: Floor) -> None:
    settled(floor, FILLS)
    statements = told(floor.accounts[0])
    assert take(statements) == take(statements) == take([*statements, *statements])[:3] == ["", "", ""]
    assert (Statement.objects.count(), StatementLine.objects.count()) == (3, 7)
    assert compare() == 3
    assert compare() == 0
    assert CustodyException.objects.count() == 0


def test_statements_that_cannot_be_used_are_exception_items(floor: Floor) -> None:
    settled(floor, FILLS)
    held, moved, cash = told(floor.accounts[0])
    assert isinstance(held, HoldingsStatement)
    assert isinstance(cash, CashStatement)
    wrong = [
        held._replace(account="NOBODY"), held._replace(day=WEDNESDAY), held._replace(day=THURSDAY),
        held._replace(day=MONDAY.replace(day=22)), cash._replace(message_id="W1", currency="CHF"), cash._replace(message_id="W2", closing=cash.closing + 1),
        cash, cash._replace(closing=cash.closing + 1, opening=cash.opening + 1), cash._replace(message_id="again"),
    ]  # fmt: skip
    codes = [
        "UNKNOWN_ACCOUNT", "WRONG_DAY", "WRONG_DAY", "WRONG_DAY", "WRONG_CURRENCY", "STATEMENT_CONTRADICTS", "",
        "STATEMENT_DIFFERS", "STATEMENT_REPEATED",
    ]  # fmt: skip
    assert take(wrong) == codes
    assert Statement.objects.count() == 1
    items = CustodyException.objects.order_by("id")
    assert [item.code for item in items] == [code for code in codes if code]
    assert b"NOBODY" in bytes(items[0].raw)
    assert take(wrong) == codes
    assert CustodyException.objects.count() == len(codes) - 1
    assert take([moved]) == [""]


def later(minutes: int) -> datetime:
    return now() + timedelta(minutes=minutes)


def test_a_corrected_statement_replaces_the_one_before_and_is_compared_again(floor: Floor, people: list[Actor]) -> None:
    settled(floor, FILLS)
    held, moved, cash = told(floor.accounts[0])
    assert isinstance(held, HoldingsStatement)
    assert isinstance(moved, MovementsStatement)
    assert isinstance(cash, CashStatement)
    [line] = held.lines
    charge = CashLine("", D(-3), TUESDAY, "fee", "F1")
    wrong: list[Any] = [
        held._replace(lines=(line._replace(qty=line.qty + 5),)), moved._replace(lines=moved.lines[1:]),
        cash._replace(lines=(*cash.lines, charge), closing=cash.closing - 3),
    ]  # fmt: skip
    assert take(wrong) == ["", "", ""]
    assert compare() == 3
    assert breaks(state="open") == [
        ("cash", "cash", D(-3)), ("cash", "missing_ours", D(-3)), ("holdings", "qty", D(5)),
        ("movements", "missing_theirs", D(-100)),
    ]  # fmt: skip
    right = [one._replace(message_id=f"{one.message_id}-2", statement_id=one.message_id) for one in (held, moved, cash)]
    assert [answer.code for answer in receive(right, [later(-5)] * 3) if answer] == ["STATEMENT_REPEATED"] * 3
    assert receive(right, [later(5)] * 3) == [None] * 3
    assert compare() == 3
    assert breaks(state="open") == []
    assert set(Break.objects.values_list("state", flat=True)) == {"auto_closed"}
    rows = Statement.objects.filter(account=floor.accounts[0]).order_by("kind", "version")
    assert [(row.kind, row.version, row.replaces_id and row.replaces.version, row.statement_id) for row in rows] == [  # type: ignore[union-attr]
        (one.kind, version, version - 1 or None, one.message_id)
        for one in rows.filter(version=1) for version in (1, 2)
    ]  # fmt: skip
    assert Reconciliation.objects.count() == 6, "the older ones are kept, with what they came to"
    wanted = [Wanted(kind, floor.accounts[0].pk, TUESDAY) for kind in ("holdings", "movements", "cash")]
    assert sign(wanted, people[0]) == [None, None, None]
    assert SignOff.objects.get(kind="movements").matches == 3
    again = [one._replace(message_id=f"{one.message_id[:-2]}-3") for one in right]
    assert [answer.code for answer in receive(again, [later(9)] * 3) if answer] == ["STATEMENT_LATE"] * 3
    assert take(right) == ["", "", ""], "the same again changes nothing"
    assert broken() == {}


def test_what_a_wrong_version_closed_is_open_again(floor: Floor, people: list[Actor]) -> None:
    settled(floor, FILLS)
    _, moved, _ = told(floor.accounts[0])
    assert isinstance(moved, MovementsStatement)
    missing = moved._replace(lines=moved.lines[1:])
    assert take([missing]) == [""]
    compare()
    [broke] = Break.objects.all()
    act([Wish(broke.pk, "assign", owner=people[0].id)], people[0])
    advance(THURSDAY, "olga")
    brought = MovementsStatement("W1", moved.account, WEDNESDAY, moved.lines[:1])
    assert take([brought]) == [""]
    compare()
    broke.refresh_from_db()
    assert broke.state == "auto_closed"
    assert receive([brought._replace(message_id="W2", statement_id="W1", lines=())], [later(5)]) == [None]
    compare()
    broke.refresh_from_db()
    assert (broke.state, broke.owner_id, broke.closed_at, broke.seen_on) == ("assigned", people[0].id, None, WEDNESDAY)
    assert broken() == {}


def test_what_is_replaced_before_it_was_compared_never_is(floor: Floor) -> None:
    settled(floor, FILLS)
    held, _, _ = told(floor.accounts[0])
    assert isinstance(held, HoldingsStatement)
    second = held._replace(message_id="H2", statement_id=held.message_id)
    assert receive([held._replace(lines=()), second], [later(1), later(2)]) == [None, None]
    assert compare() == 1
    assert breaks() == []
    with pytest.raises(IntegrityError, match="statement_version_replaces_one"), transaction.atomic():
        Statement.objects.create(
            message_id="X", statement_id="X", made_at=now(), kind="holdings", source="x", account=floor.accounts[0],
            day=TUESDAY, digest=b"x", received_at=now(), version=2,
        )  # fmt: skip


def test_a_statement_after_the_signature_is_late(floor: Floor, people: list[Actor]) -> None:
    settled(floor, FILLS)
    held, _, cash = told(floor.accounts[0])
    assert isinstance(cash, CashStatement)
    take([cash])
    compare()
    assert sign([Wanted("cash", floor.accounts[0].pk, TUESDAY)], people[0]) == [None]
    euro = CashStatement("E", floor.accounts[0].code, "USD", TUESDAY, D(0), D(0), ())
    assert take([euro, held]) == ["STATEMENT_REPEATED", ""]


def test_each_wrong_statement_raises_its_break_and_an_alert(floor: Floor) -> None:
    settled(floor, FILLS)
    held, moved, cash = told(floor.accounts[0])
    assert isinstance(held, HoldingsStatement)
    assert isinstance(cash, CashStatement)
    [line] = held.lines
    more = Holding("US5949181045", "MSFT", D(3))
    first, *rest = moved.lines  # type: ignore[union-attr]
    charge = CashLine("", D("-2.50"), TUESDAY, "fee", "F1")
    take([
        held._replace(lines=(line._replace(qty=line.qty + 5), more)),
        moved._replace(lines=(*rest, first._replace(reference="SI999999999999", qty=D(1), money=D(-9)))),  # type: ignore[union-attr]
        cash._replace(lines=(*cash.lines, charge), closing=cash.closing + charge.amount),
    ])  # fmt: skip
    compare()
    assert breaks() == [
        ("cash", "cash", D("-2.5")),
        ("cash", "missing_ours", D("-2.5")),
        ("holdings", "missing_ours", D(3)),
        ("holdings", "qty", D(5)),
        ("movements", "missing_ours", D(1)),
        ("movements", "missing_theirs", D(-100)),
    ]
    assert Alert.objects.filter(kind="reconciliation", code="BREAK").count() == 3
    row = Break.objects.get(kind="holdings", type="qty")
    assert (row.ours["qty"], row.theirs["qty"], row.state, row.opened_on) == ("67", "72", "open", TUESDAY)
    assert list(BreakEvent.objects.filter(broken=row).values_list("seq", "verb", "state")) == [(1, "open", "open")]


def test_a_break_closes_itself_when_the_next_day_matches(floor: Floor) -> None:
    settled(floor, FILLS)
    account = floor.accounts[0]
    held, moved, cash = told(account)
    missed = moved.lines[0]  # type: ignore[union-attr]
    take([held._replace(lines=()), moved._replace(lines=moved.lines[1:]), cash])  # type: ignore[union-attr,arg-type,call-arg]
    compare()
    assert breaks() == [("holdings", "missing_theirs", D(-67)), ("movements", "missing_theirs", D(-100))]
    advance(THURSDAY, "olga")
    held, moved, cash = told(account, WEDNESDAY)
    take([held, moved._replace(lines=(missed,)), cash])  # type: ignore[union-attr,arg-type,call-arg]
    compare()
    assert breaks(state="auto_closed") == breaks()
    assert set(BreakEvent.objects.filter(seq=2).values_list("verb", "text")) == {("close", f"matches on {WEDNESDAY}")}


def test_a_break_that_goes_on_stays_the_same_break(floor: Floor) -> None:
    settled(floor, FILLS)
    account = floor.accounts[0]
    take([told(account)[0]._replace(lines=())])  # type: ignore[arg-type,call-arg]
    compare()
    advance(THURSDAY, "olga")
    [line] = told(account, WEDNESDAY)[0].lines
    take([told(account, WEDNESDAY)[0]._replace(lines=(line._replace(qty=D(60)),))])  # type: ignore[arg-type,call-arg]
    compare()
    row = Break.objects.get()
    assert (row.type, row.difference, row.opened_on, row.seen_on, row.version) == ("qty", D(-7), TUESDAY, WEDNESDAY, 2)
    assert list(row.events.values_list("verb", flat=True)) == ["open", "seen"]


@pytest.fixture
def charged(floor: Floor) -> list[Break]:
    """A charge of 2.50 that we know nothing of: the movement, and the balance."""
    settled(floor, FILLS)
    _, _, cash = told(floor.accounts[0])
    assert isinstance(cash, CashStatement)
    charge = CashLine("", D("-2.50"), TUESDAY, "fee", "F1")
    take([cash._replace(lines=(*cash.lines, charge), closing=cash.closing + charge.amount)])
    compare()
    return list(Break.objects.order_by("key"))


def test_money_is_written_off_by_two_and_the_next_day_agrees(
    floor: Floor, charged: list[Break], people: list[Actor]
) -> None:
    line, whole = charged
    olga, otto = people
    account = floor.accounts[0]
    [asked] = act([Wish(line.pk, "resolve", "bank charge", reason="written_off")], olga)
    assert isinstance(asked, Acted)
    assert asked.state == "assigned"
    [alone] = act([Wish(line.pk, "confirm")], olga)
    assert isinstance(alone, Refusal)
    assert alone.code == "SECOND_PERSON"
    assert LedgerTransaction.objects.filter(kind="adjustment").count() == 0
    [done] = act([Wish(line.pk, "confirm")], otto)
    assert isinstance(done, Acted)
    assert done.state == "resolved"
    line.refresh_from_db()
    assert line.entry is not None
    assert (line.entry.source, line.resolved_by_id, line.confirmed_by_id) == (f"write-off:{line.pk}", olga.id, otto.id)
    [refused] = act([Wish(whole.pk, "resolve", "same", reason="written_off")], olga)
    assert isinstance(refused, Refusal)
    assert broken() == {}
    advance(THURSDAY, "olga")
    take(told(account, WEDNESDAY))
    compare()
    assert Break.objects.exclude(state__in=("resolved", "auto_closed")).count() == 0
    assert Break.objects.count() == 2


def test_who_resolved_does_not_sign_and_nobody_signs_what_nobody_owns(
    floor: Floor, charged: list[Break], people: list[Actor]
) -> None:
    line, whole = charged
    olga, otto = people
    wanted = [Wanted("cash", floor.accounts[0].pk, TUESDAY)]
    assert [one.code for one in sign(wanted, olga) if one] == ["BREAKS_OPEN"]
    act(
        [Wish(line.pk, "resolve", "they book it back", reason="their_error"), Wish(whole.pk, "assign", owner=olga.id)],
        olga,
    )
    assert [one.code for one in sign(wanted, olga) if one] == ["SECOND_PERSON"]
    assert SignOff.objects.count() == 0
    assert sign(wanted, otto) == [None]
    row = SignOff.objects.get()
    assert (row.breaks, row.open_breaks, row.resolver_id, row.signed_by_id) == (2, 1, olga.id, otto.id)
    with pytest.raises(IntegrityError, match="sign_off_by_another"), transaction.atomic():
        SignOff.objects.create(
            kind="holdings", account=None, day=TUESDAY, matches=0, breaks=0, open_breaks=0, resolver_id=olga.id,
            signed_by_id=olga.id, signed_at=row.signed_at,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"verb": "resolve", "reason": "", "text": "x"}, "BAD_VALUE"),
        ({"verb": "resolve", "reason": "explained", "text": " "}, "MISSING"),
        ({"verb": "resolve", "reason": "corrected", "text": "x"}, "MISSING"),
        ({"verb": "resolve", "reason": "corrected", "text": "x", "entry": 987654321}, "NOT_FOUND"),
        ({"verb": "note"}, "MISSING"),
        ({"verb": "assign"}, "MISSING"),
        ({"verb": "assign", "owner": 987654321}, "BAD_VALUE"),
        ({"verb": "confirm"}, "BAD_VALUE"),
        ({"verb": "note", "text": "x", "version": 9}, "VERSION_CONFLICT"),
    ],
)
def test_a_refused_wish_changes_nothing(
    charged: list[Break], people: list[Actor], wish: dict[str, Any], code: str
) -> None:
    before = list(Break.objects.order_by("id").values_list())
    [answer] = act([Wish(charged[0].pk, **wish)], people[0])
    assert isinstance(answer, Refusal)
    assert answer.code == code
    assert list(Break.objects.order_by("id").values_list()) == before
    assert BreakEvent.objects.count() == 2


def test_the_venues_list_is_compared_with_our_executions(floor: Floor) -> None:
    """Root fills of the small world have no child; children are made of them as the venue's."""
    from orders.models import ExecutionReport

    settled(floor, FILLS)
    isin = floor.instruments["AAPL"].isin or "AAPL"
    rows = list(ExecutionReport.objects.filter(exec_type="trade").order_by("id"))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_executionreport DISABLE TRIGGER orders_executionreport_append_only")
        cursor.execute("UPDATE orders_executionreport SET is_root = false WHERE exec_type = 'trade'")
        cursor.execute("ALTER TABLE orders_executionreport ENABLE TRIGGER orders_executionreport_append_only")
    lines = [Told(row.venue_exec_id, row.cl_ord_id, isin, row.side, row.last_qty, row.last_px, "USD") for row in rows]
    wrong = lines[1]._replace(price=lines[1].price + 1)
    stranger = Told("GHOST", rows[0].cl_ord_id, isin, "buy", D(5), D(10), "USD")
    assert take([ExecutionsStatement("XNAS-1", "XNAS", MONDAY, (lines[0], wrong, stranger))]) == [""]
    compare()
    assert breaks() == [
        ("dropcopy", "missing_ours", D(5)), ("dropcopy", "missing_theirs", D(-7)), ("dropcopy", "price", D(1)),
    ]  # fmt: skip
    assert set(Break.objects.exclude(type="missing_ours").values_list("account", flat=True)) == {floor.accounts[0].pk}


def test_the_number_of_statements_does_not_grow_with_the_accounts(floor: Floor) -> None:
    counts = []
    more = [Account.objects.create(code=f"R{n}", name=f"R{n}", desk=floor.desk, base_currency="USD") for n in range(12)]
    for accounts in (more[:1], more[1:]):
        for account in accounts:
            fill(floor, FILLS, account=account)
        settle_all()
    settled(floor, FILLS)
    for accounts in (more[:1], more[1:]):
        statements = [one._replace(lines=()) for account in accounts for one in told(account)[:2]]
        for work in (lambda found=statements: receive(found), reconcile, reconcile):  # type: ignore[misc]
            with CaptureQueriesContext(connection) as queries:
                work()
            counts.append(len(queries))
    assert counts[:3] == counts[3:]
