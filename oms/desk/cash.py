"""Accounts' money: settled and unsettled as the ledger has it, reserved as risk has it."""

from collections.abc import Sequence

from orders.reference import business_date
from risk import usage
from settlement import ladder
from settlement.ladder import Ladder


def ladders(account_ids: Sequence[int]) -> list[Ladder]:
    """The cash ladder of each account by currency. At most eleven SELECTs."""
    return ladder.ladders(account_ids, business_date(), usage.reserved(account_ids))
