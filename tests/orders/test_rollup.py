"""What a venue says of one part, where the whole has others."""

from decimal import Decimal as D

import pytest

from orders.lifecycle import Report, State
from orders.rollup import roll_up
from orders.vocabulary import Phase


def part(qty: int, phase: Phase = Phase.NEW, cum: int = 0) -> State:
    return State("day", D(qty), D(10), None, phase, cum_qty=D(cum), gross_trade_amt=D(10 * cum))


@pytest.mark.parametrize(("children", "whole"), [
    # Of four one was filled, one works, two were given back when the order was amended to two.
    ((part(1), part(1, Phase.CANCELED), part(1, cum=1)), None),
    ((part(1), part(1), part(1, cum=1)), D(3)),
])  # fmt: skip
def test_less_of_a_part_is_no_less_of_what_the_others_still_work(children: tuple[State, ...], whole: D | None) -> None:
    """A venue restates a part from two to one. Where that part had ended, one that still works would outlive the whole."""
    parent = part(2 if whole is None else 4, cum=1)
    follows = roll_up(parent, children, Report("restated", order_qty=D(1)), by=D(-1))
    assert [report.order_qty for report in follows] == ([] if whole is None else [whole])
