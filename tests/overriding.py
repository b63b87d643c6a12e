"""What tests of overrides begin with: a limit that warns, a rule that wants a second person, and people to decide."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from oms.desk import Actor, Answer, enter
from oms.desk.override import Ask, Ruling, ask, decide
from orders.models import Alert, ExecutionReport, Order
from orders.vocabulary import Role
from risk.models import Decision, Override, OverrideEvent, Reservation, Rule, Usage
from tests.factories import Floor, user


@dataclass
class People:
    """The desk's trader, a colleague of the desk, and two of Compliance."""

    tina: Actor
    tom: Actor
    carla: Actor
    carl: Actor


def people(floor: Floor) -> People:
    """Whoever takes part in an override."""
    return People(
        floor.actor,
        Actor.of(user("tom", desk=floor.desk)),
        *(Actor.of(user(name, role=Role.COMPLIANCE)) for name in ("carla", "carl")),
    )


def warn(soft: str = "50", **more: str) -> Rule:
    """Orders of more than ``soft`` are warned of."""
    return Rule.objects.create(control="PT-01", name="size", params={"soft": soft, **more})


def second_person(**params: str) -> Rule:
    """From which value on a second person must release what is warned of; from 0: always."""
    return Rule.objects.create(control="PT-36", name="four eyes", params={"from_value": "0", **params})


def refused(floor: Floor, **terms: Any) -> Answer:
    """An order that a warning stopped."""
    [answer] = enter([floor.draft(**terms)], floor.actor)
    assert answer.refusals, answer
    return answer


def granted(floor: Floor, who: People, answer: Answer | None = None, minutes: int = 15) -> int:
    """The number of an override that Tina asked for and Carla granted."""
    one = answer or refused(floor)
    assert one.order_id is not None
    [asked] = ask([Ask(one.order_id, "the client insists")], who.tina)
    assert asked.override_id is not None, asked
    [told] = decide([Ruling(asked.override_id, True, "seen the client's letter", minutes)], who.carla)
    assert told.refusals == (), told
    return asked.override_id


def everything() -> dict[str, Any]:
    """All that an order or an override can move."""
    return {
        "orders": list(Order.objects.order_by("pk").values_list("pk", "version", "phase")),
        "events": ExecutionReport.objects.count(),
        "decisions": Decision.objects.count(),
        "usages": list(
            Usage.objects.exclude(open_buy_qty=0, open_sell_qty=0)
            .order_by("pk")
            .values_list("pk", "open_buy_qty", "open_sell_qty")
        ),
        "held": list(Reservation.objects.order_by("pk").values_list("order_id", "qty")),
        "overrides": list(Override.objects.order_by("pk").values_list("pk", "state", "decided_by", "used_by")),
        "steps": OverrideEvent.objects.exclude(what="turned_away").count(),
        "alerts": Alert.objects.count(),
    }


def age(number: int, by: timedelta) -> None:
    """As if everything about an override had happened so much earlier; its trigger would not let anybody do that."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE risk_override DISABLE TRIGGER risk_override_moves_on")
        cursor.execute(
            "UPDATE risk_override SET asked_at = asked_at - %s, decided_at = decided_at - %s,"
            " expires_at = expires_at - %s WHERE id = %s",
            [by, by, by, number],
        )
        cursor.execute("ALTER TABLE risk_override ENABLE TRIGGER risk_override_moves_on")
