"""Daily loss limits: what is made and lost today, what each level leads to, and who may release it."""

from datetime import timedelta
from decimal import Decimal
from threading import Event, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from oms.base.clock import now
from oms.desk import amend, cancel, enter
from oms.desk.asked import Amendment, Cancellation
from oms.desk.care import Slice, slices
from oms.desk.intrade import intrade
from oms.desk.losses import watch
from oms.desk.record import record
from oms.desk.route import route
from orders.models import Alert, BusinessDate, FxRate, Order
from risk import losses
from risk.models import LossLimit, LossStop, OpeningResult, Rule
from routing.models import Outbox
from tests.desk.world import children, fill, says
from tests.factories import TODAY, Floor, quote, user

pytestmark = pytest.mark.django_db(transaction=True)
NONE = timedelta(0)


def look() -> int:
    return watch(NONE)


def limit(scope: str, scope_id: Any, **levels: Any) -> LossLimit:
    author = user(f"author-{LossLimit.objects.count()}", role="compliance")
    made = losses.put(
        LossLimit(scope=scope, scope_id=str(scope_id), **{k: Decimal(v) for k, v in levels.items()}), author
    )
    assert isinstance(made, LossLimit), made
    return made


def price(desk: Floor, px: int, symbol: str = "AAPL") -> None:
    for mic in ("XNAS", "XNYS", "BATS"):
        quote(desk.instruments[symbol], mic, f"{px - 1}", f"{px + 1}")


@pytest.fixture
def holds(desk: Floor, pair: tuple[Order, Order]) -> Order:
    """The day has begun, and 100 were bought at 100 since."""
    price(desk, 100)
    look()
    record([fill(pair[1], 100)])
    return pair[0]


def engaged() -> list[str]:
    return list(LossStop.objects.filter(released_at=None).order_by("pk").values_list("action", flat=True))


def codes(answer: Any) -> list[str]:
    return [refusal.code for refusal in answer.refusals]


@pytest.mark.parametrize("scope", ["account", "desk", "trader", "strategy"])
def test_a_loss_is_measured_for_every_scope(desk: Floor, holds: Order, scope: str, books: Any) -> None:
    keys = {"account": holds.account_id, "desk": desk.desk.pk, "trader": desk.trader.pk, "strategy": "tina"}
    limit(scope, keys[scope], warn=500, reduce_only=1000, halt=2000)
    price(desk, 91)
    assert (look(), engaged()) == (1, ["warn"])
    price(desk, 90)
    assert (look(), look(), engaged()) == (1, 0, ["warn", "reduce_only"])
    stop = LossStop.objects.get(action="reduce_only")
    assert (stop.realised, stop.unrealised, stop.level) == (0, -1000, 1000)
    assert list(Alert.objects.filter(kind="loss").values_list("code", "desk")) == [
        ("LOSS_STOP", desk.desk.pk), ("LOSS_WARNING", desk.desk.pk),
    ]  # fmt: skip
    books()


def test_only_what_reduces_is_taken_and_a_recovery_changes_nothing(desk: Floor, holds: Order, books: Any) -> None:
    limit("account", holds.account_id, reduce_only=1000)
    price(desk, 80)
    look()
    price(desk, 100)
    look()
    buys, sells, more = enter(
        [desk.draft(), desk.draft(side="sell", qty=60), desk.draft(side="sell", qty=60)], desk.actor
    )
    assert (codes(buys), codes(sells), codes(more)) == (["LOSS_STOP"], [], ["LOSS_STOP"])
    [other] = enter([desk.draft(account="BETA")], desk.actor)
    assert codes(other) == []
    books()


def test_a_halt_takes_cancels_alone_and_lets_nothing_out(desk: Floor, holds: Order, books: Any) -> None:
    [waiting] = enter([desk.draft(symbol="MSFT")], desk.actor)
    limit("desk", desk.desk.pk, halt=1000)
    price(desk, 90)
    look()
    sent = Outbox.objects.count()
    [sells] = enter([desk.draft(side="sell")], desk.actor)
    [more] = amend([Amendment(waiting.order_id, Decimal(200))], desk.actor)  # type: ignore[arg-type]
    [less] = amend([Amendment(waiting.order_id, Decimal(50))], desk.actor)  # type: ignore[arg-type]
    assert (codes(sells), codes(more), codes(less)) == (["LOSS_STOP"], ["LOSS_STOP"], [])
    assert (route(), Outbox.objects.count()) == (0, sent)
    [done] = cancel([Cancellation(waiting.order_id)], desk.actor)  # type: ignore[arg-type]
    assert done.ord_status == "canceled"
    books()


def test_a_halt_stops_slices_by_hand_as_well(desk: Floor, holds: Order, books: Any) -> None:
    [care] = enter([desk.draft(hold="manual", handl_inst="manual")], desk.actor)
    limit("desk", desk.desk.pk, halt=1000)
    price(desk, 90)
    look()
    part = Slice(care.order_id, Decimal(10), price=Decimal(90), venue="XNAS")  # type: ignore[arg-type]
    assert codes(slices([part], desk.actor)[0]) == ["LOSS_STOP"]
    books()


def test_cancel_takes_back_what_works_in_the_scope_once(desk: Floor, holds: Order, books: Any) -> None:
    enter([desk.draft(symbol="MSFT"), desk.draft(symbol="MSFT", account="BETA")], desk.actor)
    route()
    mine, others = Order.objects.filter(parent=None, instrument__symbol="MSFT").order_by("pk")
    for root in (mine, others):
        record([says(children(root.pk)[0], "new")])
    limit("account", holds.account_id, cancel=1000)
    price(desk, 90)
    look()
    look()
    mine.refresh_from_db()
    others.refresh_from_db()
    assert (mine.ord_status, others.ord_status) == ("pending_cancel", "new")
    assert Outbox.objects.filter(msg_type="F").count() == 1
    assert LossStop.objects.get().acted_at is not None
    books()


def test_release_is_for_another_person_with_a_reason_and_for_this_level_alone(desk: Floor, holds: Order) -> None:
    made = limit("trader", desk.trader.pk, reduce_only=1000, halt=3000)
    price(desk, 90)
    look()
    stop, chief = LossStop.objects.get(), user("carla", role="compliance")
    assert losses.release(stop.pk, chief, " ").code == "MISSING"  # type: ignore[union-attr]
    assert losses.release(stop.pk, desk.trader, "go on").code == "SAME_PERSON"  # type: ignore[union-attr]
    assert losses.release(stop.pk, made.author, "go on").code == "SAME_PERSON"  # type: ignore[union-attr]
    assert codes(enter([desk.draft()], desk.actor)[0]) == ["LOSS_STOP"]
    assert isinstance(losses.release(stop.pk, chief, "hedged elsewhere"), LossStop)
    assert losses.release(stop.pk, chief, "again").code == "NOT_ENGAGED"  # type: ignore[union-attr]
    assert (look(), codes(enter([desk.draft()], desk.actor)[0])) == (0, [])
    price(desk, 70)
    assert (look(), engaged()) == (1, ["halt"])
    with pytest.raises(IntegrityError), transaction.atomic():
        LossStop.objects.filter(action="halt").update(released_by=made.author, released_at=stop.at, reason="x")


def test_the_next_business_day_begins_anew(desk: Floor, holds: Order) -> None:
    limit("account", holds.account_id, halt=1000)
    price(desk, 90)
    look()
    BusinessDate.objects.update(today=TODAY + timedelta(days=1))
    assert (look(), losses.in_force()) == (0, ())
    assert codes(enter([desk.draft()], desk.actor)[0]) == []
    assert OpeningResult.objects.get(date=TODAY + timedelta(days=1)).unrealised == -1000
    price(desk, 80)
    assert look() == 1


def test_what_cannot_be_told_lets_only_reductions_through_until_it_can(desk: Floor, holds: Order) -> None:
    author = user("author", role="compliance")
    made = losses.put(
        LossLimit(scope="account", scope_id=str(holds.account_id), currency="EUR", halt=Decimal(1000)), author
    )
    price(desk, 99)
    look()
    assert engaged() == ["unknown"]
    buys, sells = enter([desk.draft(), desk.draft(side="sell")], desk.actor)
    assert (codes(buys), codes(sells)) == (["DATA_MISSING"], [])
    made.currency = "USD"  # type: ignore[union-attr]
    losses.put(made, author)  # type: ignore[arg-type]
    look()
    assert engaged() == []
    assert codes(enter([desk.draft()], desk.actor)[0]) == []


def supplied(base: str, to: str, rate: str, ago: timedelta = timedelta(0)) -> None:
    FxRate.objects.update_or_create(
        base=base, quote=to, defaults={"rate": Decimal(rate), "at": now() - ago, "source": "test"}
    )


@pytest.mark.parametrize("scope", ["account", "desk", "trader", "strategy"])
def test_a_loss_in_another_currency_is_turned_at_a_fresh_rate(
    desk: Floor, holds: Order, scope: str, books: Any
) -> None:
    keys = {"account": holds.account_id, "desk": desk.desk.pk, "trader": desk.trader.pk, "strategy": "tina"}
    one = LossLimit(scope=scope, scope_id=str(keys[scope]), currency="EUR", halt=Decimal(800))
    losses.put(one, user("author", role="compliance"))
    supplied("USD", "EUR", "0.8")
    price(desk, 91)
    assert (look(), engaged()) == (0, [])
    price(desk, 90)
    assert (look(), engaged()) == (1, ["halt"])
    stop = LossStop.objects.get(action="halt")
    assert (stop.realised, stop.unrealised, stop.level) == (0, -800, 800)
    books()


@pytest.mark.parametrize(("ago", "code"), [(None, "DATA_MISSING"), (timedelta(days=2), "DATA_STALE")])
def test_without_a_fresh_rate_only_reductions_pass_and_the_refusal_says_why(
    desk: Floor, holds: Order, ago: timedelta | None, code: str
) -> None:
    if ago:
        supplied("USD", "EUR", "0.8", ago)
    one = LossLimit(scope="account", scope_id=str(holds.account_id), currency="EUR", halt=Decimal(800))
    losses.put(one, user("author", role="compliance"))
    price(desk, 99)
    look()
    assert (engaged(), LossStop.objects.get().lacks) == (["unknown"], code)
    assert Alert.objects.filter(kind="loss").values_list("code", flat=True)[0] == code
    buys, sells = enter([desk.draft(), desk.draft(side="sell")], desk.actor)
    assert (codes(buys), codes(sells)) == ([code], [])
    assert "exchange rate from USD to EUR" in buys.refusals[0].text
    supplied("USD", "EUR", "0.8")
    look()
    assert (engaged(), codes(enter([desk.draft()], desk.actor)[0])) == ([], [])


def test_levels_that_do_not_rise_are_refused_with_the_field(desk: Floor) -> None:
    author = user("author", role="compliance")
    wrong = LossLimit(scope="desk", scope_id="1", warn=Decimal(5), halt=Decimal(5), cancel=Decimal(-1))
    assert {refusal.field for refusal in losses.put(wrong, author)} == {"halt", "cancel"}  # type: ignore[union-attr]
    assert losses.put(LossLimit(scope="desk", scope_id="1"), author)[0].field == "warn"  # type: ignore[index]
    assert not LossLimit.objects.exists()
    for levels in ({"warn": 5, "halt": 5}, {"warn": -1}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LossLimit.objects.create(scope="desk", scope_id="1", author=author, **levels)


def test_a_changed_level_is_a_version(desk: Floor) -> None:
    made = limit("desk", desk.desk.pk, warn=10)
    stale = LossLimit.objects.get()
    made.warn = Decimal(20)
    losses.put(made, made.author)
    assert LossLimit.objects.get().version == 2
    assert losses.put(stale, made.author)[0].code == "VERSION_CONFLICT"  # type: ignore[index]
    with pytest.raises(IntegrityError), transaction.atomic():
        LossLimit.objects.update(warn=5)


def test_the_rule_of_daily_loss_knows_the_accounts_result(desk: Floor, holds: Order) -> None:
    Rule.objects.create(control="PT-33", name="test", params={"max_loss": "1000"})
    assert codes(enter([desk.draft()], desk.actor)[0]) == []
    price(desk, 90)
    buys, sells = enter([desk.draft(), desk.draft(side="sell")], desk.actor)
    assert (codes(buys), codes(sells)) == (["DAILY_LOSS"], [])


def test_working_orders_that_add_are_breaches_under_reduce_only(desk: Floor, holds: Order) -> None:
    [answer] = enter([desk.draft(symbol="MSFT")], desk.actor)
    intrade(NONE)
    limit("account", holds.account_id, reduce_only=1000)
    price(desk, 90)
    look()
    intrade(NONE)
    from risk.models import Breach

    assert list(Breach.objects.values_list("order_id", "control", "cause")) == [(answer.order_id, "PT-44", "loss")]


def test_no_order_is_entered_after_a_halt_has_committed(desk: Floor, holds: Order, books: Any) -> None:
    """Orders pour in while the halt is engaged: each that began after it is refused."""
    limit("account", holds.account_id, halt=1000)
    price(desk, 90)
    halted, wrong, refused = Event(), [], []

    def press() -> None:
        for _ in range(20):
            after = halted.is_set()
            [answer] = enter([desk.draft()], desk.actor)
            (wrong if after and answer.accepted else refused if not answer.accepted else []).append(answer)
        connection.close()

    threads = [Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    look()
    halted.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert {code for answer in refused for code in codes(answer)} <= {"LOSS_STOP"}
    assert codes(enter([desk.draft()], desk.actor)[0]) == ["LOSS_STOP"]
    books()
