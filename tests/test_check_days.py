"""The checker must be able to fail for a closed day: statements, breaks and signatures falsified, and who notices."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from settlement.load import load_calendars, load_rates
from tests import factories
from tests.forging import broken, forged
from tests.settlement.recon.world import a_day_with_breaks

OF_THE_DAY = [
    ("an entry made smaller", "UPDATE settlement_ledgerentry SET amount = amount * 2 WHERE phase = 'posted'", "I39 I41"),
    ("a transaction of another day", "UPDATE settlement_ledgertransaction SET value_date = value_date + 1", "I41"),
    ("a root made anew", "UPDATE settlement_ledgerroot SET root = repeat('0', 64)", "I41 I87"),
    ("securities that the custodian does not hold", "UPDATE settlement_statementline SET qty = qty - 1 WHERE isin <> '' AND reference = ''", "I80"),
    ("a break about securities hidden", "DELETE FROM settlement_breakevent; DELETE FROM settlement_break WHERE kind = 'holdings'", "I80 I83"),
    ("money that the custodian does not hold", "UPDATE settlement_statement SET opening = opening + 1, closing = closing + 1 WHERE kind = 'cash' AND account_id = (SELECT max(account_id) FROM settlement_statement)", "I81"),
    ("a statement that does not add up", "UPDATE settlement_statement SET opening = opening + 1 WHERE kind = 'cash'", "I82"),
    ("a break closed by nobody", "UPDATE settlement_break SET state = 'auto_closed', closed_at = now() WHERE state <> 'auto_closed'", "I83"),
    ("a signature of who resolved", "UPDATE settlement_signoff SET signed_by_id = (SELECT resolved_by_id FROM settlement_break WHERE resolved_by_id IS NOT NULL LIMIT 1)", "I84"),
    ("money given up and never posted", "UPDATE settlement_break SET entry_id = (SELECT min(id) FROM settlement_ledgertransaction) WHERE reason = 'written_off'", "I85"),
    ("a day closed before it was signed", "DELETE FROM settlement_signoff", "I86"),
]  # fmt: skip


@pytest.fixture(scope="module")
def closed_day(lasting: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two accounts settled; of one the custodian said too much, which was resolved and written off; signed, closed."""
    with override_settings(OMS_HOME=tmp_path_factory.mktemp("home")):
        load_calendars(2026, 2027)
        load_rates()
        a_day_with_breaks(factories.floor())
        # Its fills are written by the book alone: without requests and positions.
        assert broken() <= {"I18", "I24", "I27", "I73"}
        yield


@pytest.mark.parametrize(("forgery", "noticed"), [f[1:] for f in OF_THE_DAY], ids=[f[0] for f in OF_THE_DAY])
def test_a_forged_day_is_noticed(closed_day: None, forgery: str, noticed: str) -> None:
    forged(forgery, noticed)
