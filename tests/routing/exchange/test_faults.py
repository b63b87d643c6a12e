"""How reports go wrong on their way, by chance and by rule: on the kernel, with chance and time as arguments."""

from typing import Any

import pytest

from routing.exchange.delivery import Delivery, Outgoing
from routing.exchange.faults import habits, parse


def report(name: str, exec_type: str = "trade", order: str = "O", **more: Any) -> Outgoing:
    fields = {"exec_id": name, "exec_type": exec_type, "order_id": order, "symbol": "AAPL", "ord_status": "new"}
    return "XNAS", "8", fields | more


class Way:
    """A delivery with one session's habits and a chance that is told."""

    def __init__(self, *, draw: float = 0.5, **told: Any) -> None:
        self.habits = habits(told)
        self.delivery = Delivery(lambda session: self.habits, lambda: draw)

    def send(self, *reports: Outgoing, now: float = 0.0) -> list[str]:
        return [fields["exec_id"] for _, _, fields in self.delivery.send(reports, now)]

    def due(self, now: float) -> list[str]:
        return [fields["exec_id"] for _, _, fields in self.delivery.due(now)]


def test_without_faults_everything_goes_as_it_is() -> None:
    batch = [report("1", "new"), report("2")]
    way = Way()
    assert list(way.delivery.send(batch, 0.0)) == batch
    assert way.delivery.is_empty


def test_lost_reports_are_lost_and_a_status_tells_the_truth() -> None:
    way = Way(drop=True)
    assert way.send(report("1", "new"), report("2"), report("3", "order_status")) == ["3"]
    assert way.delivery.is_empty


def test_a_chance_is_a_probability_a_count_and_symbols() -> None:
    assert Way(drop=0.4).send(report("1")) == ["1"]
    assert Way(drop=0.6).send(report("1")) == []
    assert Way(drop={"percentage": 60}).send(report("1")) == []
    assert Way(drop="60%").send(report("1")) == []
    assert Way(drop={"count": 2}).send(*(report(str(n)) for n in range(4))) == ["2", "3"]
    assert Way(drop=["MSFT"]).send(report("1"), report("2", symbol="MSFT")) == ["1"]
    assert Way(drop=False).send(report("1")) == ["1"]


def test_doubled_with_the_same_exec_id() -> None:
    assert Way(duplicate={"count": 1}).send(report("1"), report("2")) == ["1", "1", "2"]


def test_late() -> None:
    way = Way(delay={"seconds": 2, "count": 1})
    assert way.send(report("1"), report("2"), now=10.0) == ["2"]
    assert way.delivery.is_waiting
    assert (way.due(11.9), way.due(12.0)) == ([], ["1"])
    assert way.delivery.is_empty


def test_neighbours_swapped_also_over_batches_and_never_for_ever() -> None:
    way = Way(reorder={"count": 2, "seconds": 3})
    assert way.send(report("1"), report("2")) == ["2", "1"]
    assert way.send(report("3"), now=1.0) == []
    assert (way.due(3.9), way.due(4.0)) == ([], ["3"])


def test_the_first_fill_overtakes_its_acknowledgement() -> None:
    way = Way(fill_before_ack=True)
    batch = [report("1", "new", "A"), report("2", "trade", "A"), report("3", "new", "B")]
    assert way.send(*batch) == ["2", "1", "3"]


def test_an_acknowledgement_waits_for_the_first_fill_however_long_that_takes() -> None:
    way = Way(ack_after_fill=True)
    assert way.send(report("1", "new", "A"), report("2", "new", "B")) == []
    assert not way.delivery.is_empty
    assert way.send(report("3", "trade", "A"), report("4", "trade", "A")) == ["3", "1", "4"]
    assert way.send(report("5", "canceled", "B")) == ["5", "2"]


def test_ord_status_lags_behind_the_quantities() -> None:
    way = Way(lag_ord_status=True)
    batch = [report("1", "new"), report("2", ord_status="partially_filled"), report("3", ord_status="filled")]
    assert [one[2]["ord_status"] for one in way.delivery.send(batch, 0.0)] == ["new", "new", "partially_filled"]


def test_a_silent_session_answers_later_or_never() -> None:
    way = Way(silent=True)
    reject: Outgoing = ("XNAS", "j", {"text": "no", "exec_id": "J"})
    assert way.send(report("1", "new"), report("2", "order_status"), reject) == []
    assert not way.delivery.is_empty
    assert [one[2]["exec_id"] for one in way.delivery.release("XNAS")] == ["1", "2", "J"]
    way.send(report("3"))
    assert way.delivery.release("XNAS", discard=True) == []
    assert way.delivery.is_empty


def test_the_connection_is_cut_every_so_many_messages() -> None:
    way = Way(disconnect={"every": 3, "count": 1})
    way.send(*(report(str(n)) for n in range(2)))
    assert way.delivery.to_disconnect == []
    way.send(*(report(str(n)) for n in range(7)))
    assert way.delivery.to_disconnect == ["XNAS"]


def test_the_file_says_it_by_session_and_for_all() -> None:
    faults = parse({"reject": ["AAPL"], "sessions": {"*": {"drop": 0.5}, "XNAS": {"duplicate": True}}})
    assert faults.reject == {"AAPL"}
    assert set(faults.habits("XNAS").chances) == {"drop", "duplicate"}
    assert set(faults.habits("BATS").chances) == {"drop"}
    assert habits({"pending": True}).pending_replace
    assert not habits({"pending": True, "no_pending": True}).pending_new
    assert not habits({"pending": {"cancel": True}}).pending_new


@pytest.mark.parametrize(
    "told",
    [
        {"dorp": 1}, {"drop": 2}, {"drop": "often"}, {"drop": {"chance": 1}}, {"pending": {"fill": True}},
        {"day_end": "never"},
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        habits(told)
    with pytest.raises(ValueError, match=r"."):
        parse({"sessions": {"XNAS": told}})
