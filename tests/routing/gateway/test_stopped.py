"""What a kill switch takes back is not sent again where the venue asks for a gap to be filled."""

from collections.abc import Callable
from pathlib import Path

from orders.models import Order
from routing import wishes
from routing.models import SessionOrder, VenueSession
from tests.factories import Floor
from tests.routing.gateway.conftest import Gateway, answered, child, waiting
from tests.routing.venues import Venues, until


def test_a_stopped_order_is_not_sent_again(
    floor: Floor, venues: Venues, gateway: Callable[..., Gateway], tmp_path: Path
) -> None:
    kept, stopped = child(floor, "KEPT"), child(floor, "STOPPED")
    waiting(kept, ["KEPT"])
    waiting(stopped, ["STOPPED"])
    gateway()
    assert answered(2)
    Order.objects.filter(pk=stopped.parent_id).update(reason_code="KILL_SWITCH")
    [wish] = wishes.ask([VenueSession.objects.get(pk="XNAS")], "resend", "they lost it", floor.trader, "1", "0")
    assert until(lambda: SessionOrder.objects.get(pk=wish.pk).outcome == "done", 60)

    log = tmp_path / "oms" / "fix" / "XNAS" / "log" / "FIX.4.4-OMS-XNAS.messages.log"

    def again() -> list[str]:
        lines = [line for line in log.read_text().splitlines() if "\x0135=D\x01" in line and "\x0143=Y\x01" in line]
        return [line.split("\x0111=", 1)[1].split("\x01", 1)[0] for line in lines]

    assert until(lambda: again() != [], 60)
    assert again() == ["KEPT"]
