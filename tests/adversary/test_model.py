"""The independent model against cases of FIX 5.0 SP2, Appendix D, worked by hand, and against contradictions."""

from decimal import Decimal as D
from fractions import Fraction

import pytest

from oms.management.bench.adversary.message import Message
from oms.management.bench.adversary.model import Anomaly, books

SAY = {
    "new": "new", "reject": "rejected", "out": "canceled", "expired": "expired", "done": "done_for_day",
}  # fmt: skip


def told(play: str) -> list[Message]:
    """``D100``: an order X of 100. ``G150``/``F``: requests Y, Z... ``+40@9=A``: fill A. ``-A=B``: bust B of A.

    ``A>30@8=B``: correction. ``yes:Y150``, ``yes:Y`` and ``no:Y``: answers to requests.
    """
    names, messages = iter("XYZUVW"), []
    last = ""
    for at, word in enumerate(play.split()):
        if "=" in word:
            what, _, exec_id = word.partition("=")
            ref, _, fill = what.rpartition(">") if ">" in what else ("", "", what)
            kind = "trade_correct" if ref else "trade"
            if what[0] == "-":
                kind, ref, fill = "trade_cancel", what[1:], "0@0"
            qty, _, px = fill.lstrip("+").partition("@")
            messages.append(
                Message("8", "X", exec_id=exec_id, exec_type=kind, exec_ref_id=ref, last_qty=D(qty), last_px=D(px))
            )
        elif word[0] in "DG" or word == "F":
            name = next(names)
            messages.append(Message(word[0], name, last, "acc", "sym", "buy", D(word[1:] or 0), D(10)))
            last = name
        elif word.startswith(("yes:", "no:")):
            verdict, _, about = word.partition(":")
            qty = D(about[1:] or 0)
            kind = ("replaced" if qty else "canceled") if verdict == "yes" else "refused"
            form, exec_id = ("8", f"e{at}") if verdict == "yes" else ("9", "")
            messages.append(Message(form, about[0], order_qty=qty, price=D(10), exec_id=exec_id, exec_type=kind))
        else:
            messages.append(Message("8", "X", exec_id=f"e{at}", exec_type=SAY[word]))
    return messages


@pytest.mark.parametrize(
    ("play", "expected"),
    [
        ("D100 new +40@9=A +60@9=B", "filled 100 100 0"),
        ("D100 +40@9=A new", "partially_filled 100 40 60"),
        ("D100 new +20@9=A done", "done_for_day 100 20 0"),  # A.1.b
        ("D100 new F yes:Y", "canceled 100 0 0"),  # B.1.a
        ("D100 new F +50@9=A", "pending_cancel 100 50 50"),  # B.1.b
        ("D100 new F +100@9=A", "pending_cancel 100 100 0"),  # B.1.c
        ("D100 new F +100@9=A no:Y", "filled 100 100 0"),
        ("D100 new G110 +60@9=A", "pending_replace 100 60 40"),  # C.1.b
        ("D100 new G110 +100@9=A yes:Y110", "partially_filled 110 100 10"),  # C.1.c
        ("D100 new G70 +70@9=A yes:Y70", "filled 70 70 0"),  # C.3.b
        ("D100 new G70 +90@9=A yes:Y70", "filled 90 90 0"),  # C.3.c
        ("D100 new G80 G70 no:Z", "pending_replace 100 0 100"),  # D.2.c
        ("D100 new G80 G70 no:Z yes:Y80", "new 80 0 80"),
        ("D100 new G80 F", "pending_cancel 100 0 100"),
        ("D100 new +40@9=A out", "canceled 100 40 0"),  # E.1.b
        ("D100 new F yes:Y +40@9=A", "canceled 100 40 0"),  # J.1.b
        ("D100 new F yes:Y +100@9=A", "filled 100 100 0"),
        ("D100 new +40@9=A F yes:Y -A=B", "canceled 100 0 0"),
        ("D100 new +40@9=A -A=B", "new 100 0 100"),
        ("D100 reject", "rejected 100 0 0"),
        ("D100 new +40@9=A expired", "expired 100 40 0"),
    ],
)
def test_appendix_d(play: str, expected: str) -> None:
    outcome = books(told(play)).orders["X"]
    assert f"{outcome.ord_status} {outcome.order_qty} {outcome.cum_qty} {outcome.leaves_qty}" == expected
    assert books(told(play)).anomalies == set()


def test_corrections_and_busts_with_exact_average_prices() -> None:
    """J.1.a: the averages are 109, 110, 100, 102 and 120."""
    play = "D10000 new +1000@100=C +9000@110=D"
    for word, avg_px in (("", 109), ("-C=E", 110), ("D>9000@100=F", 100), ("+1000@120=G", 102), ("F>9000@120=H", 120)):
        play += f" {word}"
        assert books(told(play)).orders["X"].avg_px == avg_px
    assert books(told(play)).orders["X"].executions == {"G": (D(1000), D(120)), "H": (D(9000), D(120))}
    assert books(told("D7 new +1@1=A +2@2=B")).orders["X"].avg_px == Fraction(5, 3)


@pytest.mark.parametrize(
    ("play", "anomaly", "expected"),
    [
        ("D100 new +60@9=A +60@9=B", Anomaly("overfill", "B"), "partially_filled 60"),
        ("D100 new +60@9=A +60@9=B -A=C", Anomaly("overfill", "B"), "new 0"),
        ("D100 new +60@9=A +60@9=B -A=C +60@9=B", Anomaly("overfill", "B"), "new 0"),
        ("D100 new +60@9=A +60@9=B +40@9=C", Anomaly("overfill", "B"), "filled 100"),
        ("D100 new +60@9=A A>101@9=B", Anomaly("overfill", "B"), "partially_filled 60"),
        ("D100 new +60@9=A -B=C", Anomaly("unknown_execution", "C"), "partially_filled 60"),
        ("D100 new +60@9=A -A=B -A=C", Anomaly("unknown_execution", "C"), "new 0"),
        ("D100 new +60@9=A +61@9=A", Anomaly("contradiction", "A"), "partially_filled 60"),
        ("D100 new out new", Anomaly("out_of_place", "e3"), "canceled 0"),
    ],
)
def test_what_a_person_must_decide(play: str, anomaly: Anomaly, expected: str) -> None:
    came_to = books(told(play))
    outcome = came_to.orders["X"]
    assert came_to.anomalies == {anomaly}
    assert f"{outcome.ord_status} {outcome.cum_qty}" == expected
    assert came_to.positions == {("acc", "sym"): outcome.cum_qty}


def test_an_order_nobody_sent_and_a_report_told_twice() -> None:
    stray = Message("8", "nobody", exec_id="S", exec_type="trade", last_qty=D(5), last_px=D(1))
    play = told("D100 new +40@9=A")
    came_to = books([*play, stray, play[-1], stray])
    assert came_to.anomalies == {Anomaly("unknown_order", "S")}
    assert came_to.repeats == 2
    assert came_to.orders["X"].cum_qty == 40
