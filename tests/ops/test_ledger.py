"""An account of the ledger: its running balance ends at the balance that is kept, whatever is asked for."""

from decimal import Decimal

from oms.blotter.ops.ledger import Account
from oms.blotter.ops.sheet import asked
from settlement.models import Balance
from tests.factories import Floor
from tests.ops.conftest import Browser


def test_the_running_balance_ends_where_the_kept_one_is(floor: Floor) -> None:
    for held in Balance.objects.all():
        sheet = Account(floor.trader, held.pk)
        entries = list(sheet.rows().order_by("pk"))
        after = sheet.after([one.pk for one in entries])
        last = after[entries[-1].pk]
        assert (last.posted, last.expected) == (held.posted, held.posted + held.pending_in - held.pending_out)
        assert last.posted == sum((after[one.pk].moved for one in entries if one.phase == "posted"), Decimal(0))


def test_filtering_does_not_change_the_running_balance(floor: Floor) -> None:
    held = Balance.objects.filter(ledger_account__owner="account", version__gt=1).order_by("pk").first()
    assert held
    sheet = Account(floor.trader, held.pk)
    whole = {row.key: row.cells for row in sheet.read(asked(sheet, {})).rows}
    last = max(whole, key=int)
    [one] = sheet.read(asked(sheet, {"find": last})).rows
    assert one.cells == whole[last]
    assert len(whole) > 1


def test_an_entry_leads_to_its_transaction_and_its_trade(floor: Floor, browser: Browser) -> None:
    client = browser("auditor")
    held = Balance.objects.filter(ledger_account__owner="account").order_by("pk").first()
    assert held
    [*_, row] = client.get(f"/ops/ledger/{held.pk}/rows").json()["rows"]
    told = client.get(f"/ops/ledger/{held.pk}/{row['key']}/detail").json()
    assert len(told["blocks"][0]["rows"]) >= 2
    assert told["href"].startswith("/ops/trade/")
    assert client.get(told["href"]).status_code == 200
