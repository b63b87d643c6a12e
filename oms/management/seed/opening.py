"""What accounts of a demonstration begin with: cash and holdings, transferred in by two people of operations."""

from collections.abc import Iterator
from decimal import Decimal

from oms.desk import Actor
from oms.desk.transfers import Wanted, decide, propose
from orders.models import Account, Instrument, User
from settlement.models import BookTransfer

REASON = "opening balance"
CASH = {
    "EQ-ALPHA": {"USD": 50_000_000}, "EQ-CORE": {"USD": 100_000_000}, "EQ-INDEX": {"USD": 80_000_000},
    "FI-GOVT": {"USD": 60_000_000}, "FI-CREDIT": {"USD": 40_000_000}, "DX-MACRO": {"USD": 30_000_000},
    "DX-HEDGE": {"EUR": 20_000_000, "USD": 5_000_000},
}  # fmt: skip
# Units, of bonds face, at the instrument's reference price.
HOLDINGS = {
    "EQ-ALPHA": {"XOM": 30_000, "JPM": 20_000}, "EQ-CORE": {"JNJ": 40_000, "PG": 50_000, "KO": 100_000},
    "EQ-INDEX": {"PEP": 15_000, "IBM": 10_000, "WMT": 20_000}, "FI-GOVT": {"UST-4500-1133": 10_000_000},
    "FI-CREDIT": {"JPM-4912-0733": 3_000_000},
}  # fmt: skip


def fund(maker: User, checker: User) -> int:
    """Transfer in what no account was given yet; how many transfers were booked. Repeating it changes nothing."""
    wanted = list(_wanted())
    known = set(
        BookTransfer.objects.filter(reference__in=[one.reference for one in wanted]).values_list("reference", flat=True)
    )
    asked = propose([one for one in wanted if one.reference not in known], Actor.of(maker))
    refusals = [one for one in asked if not isinstance(one, int)]
    booked = decide([one for one in asked if isinstance(one, int)], Actor.of(checker), book=True)
    refusals += [one for one in booked if one]
    if refusals:
        raise RuntimeError("; ".join(one.text for one in refusals))
    return len(asked)


def _wanted() -> Iterator[Wanted]:
    """Of accounts and instruments that there are."""
    there = set(Account.objects.values_list("code", flat=True))
    prices = dict(Instrument.objects.exclude(reference_price=None).values_list("symbol", "reference_price"))
    for account in sorted(CASH.keys() & there):
        for currency, amount in CASH[account].items():
            yield Wanted(f"seed:{account}:{currency}", account, Decimal(amount), REASON, currency)
        for symbol, amount in HOLDINGS.get(account, {}).items():
            if price := prices.get(symbol):
                yield Wanted(f"seed:{account}:{symbol}", account, Decimal(amount), REASON, symbol=symbol, px=price)
