"""The block's money over its accounts: every amount comes to it to the cent, whatever the prices."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from settlement.allocation.money import average, block, shared
from settlement.allocation.shares import parts
from settlement.calendars import Calendar
from settlement.fees import CommissionRate, Rate, Trade
from settlement.obligations import Execution, Terms

DAY, NEXT = date(2026, 11, 23), date(2026, 11, 24)
TERMS = Terms(1, "AAPL", "US0378331005", "equity", "USD", D(1), "US", None, None, None, None, "")


class Rates:
    """Standing data with a fee that has a cap and a commission that has a minimum."""

    calendars: Mapping[str, Calendar] = {}

    def settl_date(self, market: str, asset: str, trade_date: date, pair: str = "") -> date:
        return NEXT

    def fees_of(self, trade: Trade) -> tuple[Rate, ...]:
        sec = Rate("SEC31", DAY, D("20.60"), "per_million", "sell")
        taf = Rate("TAF", DAY, D("0.000195"), "per_unit", "sell", cap=D("9.79"))
        return (sec, taf) if trade.side == "sell" else ()

    def commission_of(self, account: int, asset: str, trade_date: date) -> CommissionRate | None:
        return CommissionRate(None, "", DAY, "per_unit", D("0.0035"), D("0.35"))

    def listed_of(self, instrument: int) -> frozenset[str]:
        return frozenset()


def execution(number: int, qty: D, px: D, side: str = "sell", order: int = 1) -> Execution:
    return Execution(number, order, "trade", 9, 1, side, qty, px, qty, qty * px, DAY, "XNAS", f"E{number}", "")


fills = st.lists(
    st.tuples(st.integers(1, 100_000).map(D), st.decimals(D("0.0001"), D(10_000), places=4), st.integers(1, 3)),
    min_size=1, max_size=20,
)  # fmt: skip


@settings(max_examples=1_000, deadline=None)
@given(fills, st.lists(st.integers(1, 1_000), min_size=1, max_size=10), st.sampled_from(["buy", "sell", "sell_short"]))
def test_every_amount_over_the_accounts_is_the_blocks(
    made: list[tuple[D, D, int]], wanted: list[int], side: str
) -> None:
    whole = block([execution(n, qty, px, side, order) for n, (qty, px, order) in enumerate(made)], TERMS, Rates())
    qtys = parts([D(one) for one in wanted], whole.owed.qty, D(1))
    accounts = [(at, 100 + at, qty) for at, qty in enumerate(qtys) if qty]
    got = shared(whole, accounts)
    for name in ("qty", "gross_trade_amt", "principal", "accrued", "commission", "fees", "net_money"):
        assert sum(getattr(one.owed, name) for one in got) == getattr(whole.owed, name), name
    for code, amount in whole.fees.items():
        assert sum(one.fees.get(code, 0) for one in got) == amount
    for one in got:
        assert one.owed.price == whole.owed.price
        assert one.owed.principal == one.owed.principal.quantize(D("0.01"))
        assert one.owed.commission >= 0
        assert all(fee > 0 for fee in one.fees.values())
        # Nobody's money is more than a cent from his exact part of the block's.
        exact = whole.owed.principal * one.owed.qty / whole.owed.qty
        assert abs(one.owed.principal - exact) <= D("0.01")


def test_what_is_not_whole_cents_goes_to_the_largest_remainder() -> None:
    whole = block([execution(1, D(100), D("10.0001")), execution(2, D(200), D("10.0102"))], TERMS, Rates())
    assert whole.owed.price == D("10.00683333")
    assert (whole.owed.principal, whole.owed.commission) == (D("3002.05"), D("1.05"))
    got = shared(whole, [(1, 11, D(100)), (2, 12, D(100)), (3, 13, D(100))])
    assert [one.owed.principal for one in got] == [D("1000.69"), D("1000.68"), D("1000.68")]
    assert [one.owed.allocation_id for one in got] == [1, 2, 3]
    assert {one.owed.execution_id for one in got} == {None}


def test_the_average_is_exact_until_it_is_kept() -> None:
    assert average([(D(1), D(1)), (D(2), D(2))]) == D("1.66666667")
    assert average([(D("99999999999"), D("99999.99999999")), (D(1), D("0.00000001"))]) == D("99999.99999899")
