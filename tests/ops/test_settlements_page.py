"""What may be done with an instruction is offered by its state, and a fail tells how old it is and what it costs."""

from datetime import date

import pytest
from django.db import transaction

from oms.blotter.ops.instruct import ACTS, acts_for
from orders.models import BusinessDate
from settlement import repair
from settlement.instruction import STATES
from settlement.models import Instruction
from tests.factories import Floor
from tests.ops.conftest import Browser

VERBS = {"hold": repair.hold, "release": repair.release, "cancel": repair.cancel, "resend": repair.resend}


class Undo(Exception):
    """Nothing of it is to stay."""


@pytest.mark.parametrize("on_hold", [False, True])
@pytest.mark.parametrize("state", [one for one in STATES if one != "settled"])
def test_what_is_offered_is_what_the_verb_does(floor: Floor, state: str, on_hold: bool) -> None:
    one = Instruction.objects.order_by("pk").first()
    assert one
    part = {"settled_qty": 1} if state == "partial" else {}
    asked = {"cancel_requested_at": one.state_at} if state == "cancel_requested" else {}
    Instruction.objects.filter(pk=one.pk).update(
        state=state, on_hold=on_hold and state in ("draft", "ready", "rejected"), **part, **asked
    )
    one.refresh_from_db()
    offered = set(acts_for(one)) & VERBS.keys()
    done = set()
    for name, verb in VERBS.items():
        try:
            with transaction.atomic():
                if verb([one.pk], "olga", "tried")[0] is None:
                    done.add(name)
                raise Undo
        except Undo:
            continue
    assert offered == done


def test_every_letter_opens_one_dialog() -> None:
    letters = [act.key for act in ACTS]
    assert len(set(letters)) == len(letters)
    assert not set(letters) & set("jkxazt/?0123456789"), "keys of the rows"


def test_a_fail_tells_its_age_and_when_it_is_closed_out(floor: Floor, browser: Browser) -> None:
    client = browser("compliance")
    assert client.get("/ops/fails/rows").json()["total"] == 0
    sale = Instruction.objects.get(direction="deliver")
    Instruction.objects.filter(pk=sale.pk).update(state="failing", reason_code="LACK")
    BusinessDate.objects.update(today=date(2026, 11, 27))
    [row] = client.get("/ops/fails/rows").json()["rows"]
    assert row["cells"][2]["text"] == "2 d", "over Thanksgiving"
    assert row["cells"][4] == "LACK"
    assert row["cells"][11]["text"] == "2026-11-30", "before the open of the third day"
    assert client.get("/ops/fails/rows?reason=LACK").json()["total"] == 1
    assert client.get("/ops/overview").json()["attention"]["fails"] == 1
    told = client.get(f"/ops/fails/{sale.pk}/detail").json()
    assert told["blocks"][0]["title"] == "Penalties"
