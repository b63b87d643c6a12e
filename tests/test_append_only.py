"""Journals only grow: the database refuses to change, delete or empty them, to their owner as well."""

import pytest
from django.db import IntegrityError, connection, transaction

from oms.desk import enter
from tests.factories import Floor

pytestmark = pytest.mark.django_db
TABLES = (
    "orders_executionreport", "orders_positionadjustment", "orders_dayresult", "risk_decision", "risk_rulefamily", "settlement_obligation", "settlement_ledgertransaction",
    "settlement_ledgerentry", "settlement_instructionevent", "risk_breachevent", "risk_portfolioreview",
    "risk_openingresult", "risk_ruleversion", "risk_rulestep", "risk_backtestfinding", "settlement_allocationshare",
    "settlement_allocationevent", "settlement_tradeconfirmationevent",
    "settlement_instructionobligation", "settlement_obligationcancellation", "settlement_confirmation",
    "settlement_custodymessage",
    "settlement_corporateactionevent", "settlement_entitlement", "settlement_variationmargin",
    "settlement_standinginstruction", "settlement_penalty", "settlement_penaltyday",
    "settlement_statement", "settlement_statementline", "settlement_reconciliation", "settlement_breakevent",
    "settlement_signoff", "settlement_closestep", "settlement_ledgerroot",
)  # fmt: skip


def guards() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ '_(append_only|no_truncate)$'"
        )
        return set(cursor.fetchall())


@pytest.mark.parametrize("table", TABLES)
def test_every_journal_is_guarded(table: str) -> None:
    assert {(table, f"{table}_append_only"), (table, f"{table}_no_truncate")} <= guards()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders_executionreport SET text = 'never'",
        "DELETE FROM orders_executionreport",
        "TRUNCATE orders_executionreport CASCADE",
        "UPDATE risk_decision SET accepted = false",
        "DELETE FROM risk_decision",
    ],
)
def test_what_was_written_stays(desk: Floor, statement: str) -> None:
    enter([desk.draft()], desk.actor)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("SELECT count(*) FROM orders_executionreport")
        assert cursor.fetchone()[0] == 1
        transaction.set_rollback(True)
